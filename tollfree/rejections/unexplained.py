"""Telnyx's wordings that no reason explains yet, collected from the history of all requests.

They are read from what Telnyx said and stored nowhere else, so they go when the retention empties that, and disappear
from the page as soon as a phrase explains them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Max, QuerySet

from messaging.mirror.models import StatusChange

from ..choices import CORRECTABLE
from ..models import VerificationRequest
from . import explain, matching

# How many different texts are read, and how many wordings are shown.
MOST_TEXTS = 2000
MOST_SHOWN = 200


@dataclass
class Wording:
    """One wording: how many requests were told so, and the newest of them with what Telnyx said to it."""

    part: str
    count: int
    change: StatusChange
    request: VerificationRequest | None = None

    @property
    def at(self) -> datetime:
        """Return when Telnyx last said it."""
        return self.change.occurred_at


def told() -> QuerySet[StatusChange]:
    """Return everything Telnyx said about requests that it sent back or rejected."""
    kind = ContentType.objects.get_for_model(VerificationRequest)
    return StatusChange.objects.filter(resource_type=kind, status__in=CORRECTABLE).exclude(reason="")


def collected() -> list[Wording]:
    """Return the wordings without an explanation, the newest first. Four queries."""
    texts = (
        told()
        .order_by()
        .values("reason")
        .annotate(count=Count("resource_id", distinct=True), newest=Max("id"))
        .order_by("-newest")[:MOST_TEXTS]
    )
    known = explain.phrases(explain.reasons())
    open_texts = [(text, matching.find(text["reason"], known).unknown) for text in texts]
    changes = StatusChange.objects.in_bulk([text["newest"] for text, unknown in open_texts if unknown])
    found: dict[frozenset[str], Wording] = {}
    for text, unknown in open_texts:
        for part in unknown:
            wording = found.setdefault(matching.phrase(part), Wording(part, 0, changes[text["newest"]]))
            wording.count += text["count"]
    shown = list(found.values())[:MOST_SHOWN]
    requests = VerificationRequest.objects.in_bulk({wording.change.resource_id for wording in shown})
    for wording in shown:
        wording.request = requests.get(wording.change.resource_id)
    return [wording for wording in shown if wording.request]


def parts_of(change: StatusChange) -> Iterator[str]:
    """Yield what is not explained in one text of Telnyx's."""
    yield from matching.find(change.reason, explain.phrases(explain.reasons())).unknown
