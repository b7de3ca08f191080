"""Messages in the log, and people who view them."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging.log import parsing, store
from messaging.models import Message
from tests.messaging.bodies import inbound, outbound

LIST = "/admin/messaging/message/"


@pytest.fixture
def told(db) -> Callable[..., Message]:
    """Return a function that merges one fact about a message into the log, as events do, and returns its row."""

    def tell(payload: dict[str, Any] | None = None, *, at: datetime | None = None, **changes: Any) -> Message:
        at = at or timezone.now() - timedelta(minutes=5)
        make = inbound if changes.pop("came_in", False) else outbound
        body = payload or make(**{"received_at": at.isoformat(), **changes})
        store.merge(parsing.rows(body, at=at, event_id=f"event-{uuid.uuid4()}", source="webhook"))
        return Message.objects.filter(remote_id=body["id"]).latest("id")

    return tell


def page_of(message: Message, action: str = "change") -> str:
    return f"{LIST}{message.pk}/{action}/"


def found(client, typed: str, **filters: str):
    """Type into the search box and return the list it leads to."""
    answer = client.post(f"{LIST}find/", {"q": typed, **filters}, follow=True)
    assert answer.status_code == 200
    return answer


def shown(answer) -> list[int]:
    return [row["message"].pk for row in answer.context["rows"]]
