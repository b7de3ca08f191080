"""Where Telnyx reports what happens to a message: what is sent, what is said of it, and how the desk hears anyway."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging.mirror.models import OutboxEntry, WebhookEvent
from messaging.mirror.records import sync
from messaging.models import ComposedMessage, MessagingProfile
from tests.messaging.sending.conftest import LIST, confirm, in_form, making, review
from tests.tollfree.pages import text

CRM = "https://crm.example/hook?key=1"
FIRST_HALF = "http://127.0.0.1:9/webhooks/telnyx/"
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "desk": ({"use_profile_webhooks": False}, "only to this desk; no other application sees it"),
    "both": (
        {"webhook_failover_url": CRM, "use_profile_webhooks": False},
        "The application at crm.example sees a report only if this desk can't be reached",
    ),
    "profile": (
        {"use_profile_webhooks": True},
        "Telnyx reports to the application at crm.example, not to this desk.",
    ),
}


@pytest.mark.parametrize("kind", ["message", "group_mms", "schedule"])
@pytest.mark.parametrize("choice", CASES)
def test_each_choice_sends_its_addresses_and_says_who_hears(person, profile, work, sandbox, kind, choice):
    MessagingProfile.objects.update(webhook_url=CRM)
    operator = person("operator")
    later = {"send_at": in_form(timezone.now() + timedelta(hours=2))} if kind == "schedule" else {}

    shown = review(operator, kind, profile=profile, events=choice, **later)
    confirm(operator, shown)
    entry = work(making(ComposedMessage.objects.get()))

    wanted, words = CASES[choice]
    assert words in text(shown)
    assert ("a person has to decide" in text(shown)) == (choice == "profile")
    (sent,) = sandbox.requests("POST", "/messages")
    body = json.loads(sent["body"])
    found = {name: body[name] for name in body if "webhook" in name}
    ours = {} if choice == "profile" else {"webhook_url": f"{FIRST_HALF}{entry.callback_token}/"}
    assert found == {**ours, **wanted}
    assert entry.state == OutboxEntry.State.ACCEPTED


def test_the_desk_reads_the_status_itself_when_the_reports_go_elsewhere(person, send, work, sandbox, client):
    sandbox.pace(0)
    message = send(events="profile")
    work(making(message))
    message.refresh_from_db()
    ComposedMessage.objects.update(next_poll_at=message.created_at)

    sync.poll_due(client)

    assert [row.status for row in message.log()] == ["delivered"]
    assert not WebhookEvent.objects.exists()
    assert "Where the profile's settings say" in text(person("operator").get(f"{LIST}{message.pk}/change/"))


def test_a_choice_that_makes_no_sense_is_refused_beside_its_field(person, profile, settings):
    operator = person("operator")

    without = review(operator, "message", profile=profile, events="both")
    settings.PUBLIC_URL = ""
    forged = review(operator, "message", profile=profile, events="desk")
    left = review(operator, "message", profile=profile, events="")

    MessagingProfile.objects.update(
        webhook_url="https://desk.example.com/webhooks/telnyx/", webhook_api_version="1"
    )
    settings.PUBLIC_URL = "https://desk.example.com"
    old = review(operator, "message", profile=profile, events="profile")

    assert "in an old format that this desk doesn't read" in text(old)
    assert "This profile has no address for events at Telnyx." in text(without)
    assert "events" in forged.context["form"].errors
    assert "Telnyx reports to nobody" in text(left)
    assert not ComposedMessage.objects.exists()
