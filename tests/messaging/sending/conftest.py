"""People who send messages, a profile at the sandbox, and the path through the pages that a browser would take."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from messaging.mirror.inbound import drain
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.models import ComposedMessage, MessagingProfile
from messaging.telnyx.client import Client as Telnyx
from tests.messaging.bodies import inbound, message_event
from tests.messaging.sending.whatsapp import CONTENTS
from tests.sandbox.control import Sandbox
from tests.sandbox.messages_control import HANDSET, SENDER, SHORT_CODE
from tests.signing import deliver
from tests.visitor import Forms

FIRST_PROFILE = "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e01"
THIRD_PROFILE = "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e03"
OTHER_HANDSET = "+13035550145"
LIST = "/admin/messaging/composedmessage/"

Person = Callable[..., Client]
Send = Callable[..., ComposedMessage]


@pytest.fixture
def telnyx_client(sandbox: Sandbox, transactional_db: None, quick: None) -> Iterator[Telnyx]:
    """Return a client with patience: on a busy machine a slow answer would be a lost one, and that changes the test."""
    with Telnyx(sandbox.api_key, sandbox.base_url, read=5.0, deadline=8.0) as client:
        yield client


@pytest.fixture
def person(transactional_db: None) -> Person:
    """Return the browser of a person in a group."""

    def made(name: str, **options: Any) -> Client:
        user, new = User.objects.get_or_create(username=name, is_staff=True)
        if new and name != "nobody":
            user.groups.add(Group.objects.get(name=name))
        browser = Client(**options)
        browser.force_login(user)
        return browser

    return made


@pytest.fixture
def profile(transactional_db: None) -> MessagingProfile:
    return make_profile(FIRST_PROFILE)


def make_profile(remote_id: str, **remote_data: Any) -> MessagingProfile:
    told = {"id": remote_id, "whitelisted_destinations": ["US", "DE"]} | remote_data
    fields = {name: told[name] for name in ("alpha_sender", "whitelisted_destinations") if name in told}
    return MessagingProfile.objects.create(
        remote_id=remote_id, name=remote_id[-2:], remote_data=told, **fields
    )


@pytest.fixture
def send(person: Person, profile: MessagingProfile) -> Send:
    """Go through form and confirmation as an operator, and return the queued message."""

    def sent(kind: str = "message", **typed: Any) -> ComposedMessage:
        browser = person("operator")
        answer = confirm(browser, review(browser, kind, profile=profile, **typed))
        assert answer.status_code == 302, answer.context["form"].errors
        return ComposedMessage.objects.get(pk=answer.headers["Location"].split("/")[-3])

    return sent


TYPED: dict[str, dict[str, Any]] = {
    "message": {"sender": SENDER},
    "long_code": {"sender": SENDER},
    "schedule": {"sender": SENDER},
    "whatsapp": {"sender": SENDER, "content": json.dumps(CONTENTS["template"])},
    "group_mms": {"sender": SENDER, "recipients": f"{HANDSET}\n{OTHER_HANDSET}"},
    "short_code": {"sender": SHORT_CODE},
    "number_pool": {},
    "alphanumeric_sender_id": {"sender": "Northwind", "recipients": "+4915123456789"},
}


def in_form(at: datetime) -> str:
    """Return a time as the form takes it."""
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def page_of(kind: str) -> str:
    return f"{LIST}new/{kind}/"


def review(browser: Client, kind: str, *, profile: MessagingProfile, **typed: Any) -> Any:
    """Fill in the form and press the button that shows what will be sent."""
    fields = Forms(browser.get(page_of(kind)).content.decode()).fields
    usual = {"purpose": "manual", "recipients": HANDSET, "text": "Your order is ready"} | TYPED[kind]
    chosen = {"messaging_profile": str(profile.pk)}
    return browser.post(page_of(kind), fields | chosen | usual | typed | {"_review": "1"})


def confirm(browser: Client, shown: Any) -> Any:
    """Press Send on the page that shows what will be sent."""
    fields = Forms(shown.content.decode()).fields
    return browser.post(shown.request["PATH_INFO"], fields | {"_send": "1"})


def making(message: ComposedMessage) -> OutboxEntry:
    """Return the outbox entry that sends a message."""
    return outbox.entries(message).get(operation__startswith="create")


def body_sent(sandbox) -> dict:
    (sent,) = sandbox.requests("POST", "/messages")
    return json.loads(sent["body"])


def hears(
    word: str, *, sender: str = HANDSET, profile: str = FIRST_PROFILE, at: datetime | None = None, **more
) -> None:
    """Make a phone write to us."""
    told = inbound(sender=sender, text=word, messaging_profile_id=profile, **more)
    told["received_at"] = (at or timezone.now()).isoformat()
    assert deliver(message_event("received", told)) == 200
    drain.drain()


def knows_whatsapp() -> None:
    """Let someone else have written on WhatsApp long ago: the desk has received what comes to this number."""
    hears("Hello", type="WHATSAPP", to=SENDER, sender="+13035550199", at=timezone.now() - timedelta(days=2))
