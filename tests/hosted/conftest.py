"""Hosted orders for tests: checked drafts, orders at the sandbox, and signed events about them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.utils import timezone

from hosted.documents import store
from hosted.models import Document, HostedOrder, OrderNumber
from hosted.orders import workflow
from messaging.mirror.inbound import drain
from messaging.mirror.models import WebhookEvent
from messaging.mirror.records import sync
from messaging.models import MessagingProfile
from messaging.telnyx.client import Client
from tests.hosted.documents import pdfs
from tests.mirror.conftest import client  # noqa: F401 - a fixture: Telnyx's in the place of Django's
from tests.sandbox.control import Sandbox
from tests.sandbox.hosted_control import HOSTED_NUMBERS, PROFILE_ID
from tests.signing import deliver, event

PREFIX = "messaging_hosted_numbers_orders."
ONE, TWO = HOSTED_NUMBERS
THREE = "+13125550103"

LIST = "/admin/hosted/hostedorder/"

Draft = Callable[..., HostedOrder]
Upload = Callable[..., Document]


@pytest.fixture(autouse=True)
def documents_folder(settings, tmp_path) -> Path:
    settings.DOCUMENTS_ROOT = tmp_path / "documents"
    return settings.DOCUMENTS_ROOT


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_user("operator")


@pytest.fixture
def profile(db) -> MessagingProfile:
    return MessagingProfile.objects.create(remote_id=PROFILE_ID, name="Main")


@pytest.fixture
def draft(profile) -> Draft:
    """Return drafts whose numbers were just found eligible, with `changes` to the order."""

    def made(*phone_numbers: str, **changes: Any) -> HostedOrder:
        order = HostedOrder.objects.create(**({"messaging_profile": profile} | changes))
        add_numbers(order, phone_numbers or HOSTED_NUMBERS)
        return order

    return made


def add_numbers(order: HostedOrder, phone_numbers: Sequence[str], **fields: Any) -> None:
    checked = {"eligibility": "ELIGIBLE", "eligible": True, "checked_at": timezone.now()}
    for phone_number in phone_numbers:
        OrderNumber.objects.create(order=order, phone_number=phone_number, **(checked | fields))


@pytest.fixture
def ordered(draft, work, operator) -> Draft:
    """Return orders that went through the worker to the sandbox."""

    def made(*phone_numbers: str, **changes: Any) -> HostedOrder:
        order = draft(*phone_numbers, **changes)
        work(workflow.submit(order, by=operator))
        order.refresh_from_db()
        return order

    return made


@pytest.fixture
def upload(operator) -> Upload:
    def uploaded(order: HostedOrder, kind: str = "loa", content: bytes | None = None) -> Document:
        file = SimpleUploadedFile(f"{kind}.pdf", content or pdfs.plain())
        document = store.save(order, kind, file, by=operator)
        return store.keep(order, document.pk, by=operator) if document.is_waiting() else document

    return uploaded


@pytest.fixture
def live(ordered: Draft, sandbox: Sandbox, telnyx_client: Client) -> HostedOrder:
    """Return an order whose two numbers are live and in the inventory. The profiles are known, too."""
    order = ordered(ONE, TWO)
    sandbox.set_order_status(order.remote_id, "successful", webhook=False)
    sync.refresh(order, telnyx_client)
    sync.refresh(order, telnyx_client)
    sync.pull(MessagingProfile, telnyx_client)
    return order


@pytest.fixture
def desk(live: HostedOrder, operator: User) -> Browser:
    """Return the browser of the operator who placed the order, in the group of operators."""
    operator.is_staff = True
    operator.save()
    operator.groups.add(Group.objects.get(name="operator"))
    browser = Browser()
    browser.force_login(operator)
    return browser


def number(order: HostedOrder, phone_number: str = ONE) -> OrderNumber:
    return order.numbers.get(phone_number=phone_number)


def hosted_event(
    kind: str,
    order_id: str,
    status: str = "pending",
    numbers: dict[str, str] | None = None,
    *,
    at: datetime | None = None,
    **payload: Any,
) -> dict[str, Any]:
    """Return an event as Telnyx sends it, with a new id. `numbers` are statuses by phone number."""
    told = event(
        PREFIX + kind,
        order_id=order_id,
        order_status=status,
        profile_id=PROFILE_ID,
        user_id="5b6f8a10-2f0e-4c55-9c53-0d0f7a9e4f01",
        numbers=[{"value": value, "status": word} for value, word in (numbers or {}).items()],
        **({"decision": "pending", "approval_deadline": None} | payload),
    )
    told["data"]["occurred_at"] = (at or timezone.now()).isoformat()
    return told


def receive(body: dict[str, Any]) -> WebhookEvent:
    """Post a signed event to the webhook endpoint, and process it."""
    assert deliver(body) == 200
    drain.drain()
    return WebhookEvent.objects.latest("id")


def url(order: HostedOrder, action: str = "change") -> str:
    return f"{LIST}{order.pk}/{action}/"


def token() -> dict[str, str]:
    return {"form_token": uuid4().hex}


def at_telnyx(order: HostedOrder, status: str, number_status: str = "pending") -> HostedOrder:
    """Set an order up as if it were at Telnyx. How it gets there is tested elsewhere."""
    known = {"remote_id": str(uuid4()), "remote_status": status, "known_status": status}
    HostedOrder.objects.filter(pk=order.pk).update(sync_state="accepted", **known)
    order.numbers.update(status=number_status, code_sent_at=timezone.now(), code_method="sms", codes_sent=1)
    order.refresh_from_db()
    return order
