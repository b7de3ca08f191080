"""The page of an outbox entry: what happened to it in plain words, and the decisions left to people."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from messaging.mirror.models import Attempt, OutboxEntry, RecordView
from messaging.mirror.outbound import relay
from messaging.telnyx.client import Client as Telnyx
from tests.desk.conftest import State, entry_url, make_entry, make_request
from tests.desk.lists import queries


def page(client, entry: OutboxEntry) -> str:
    return client.get(entry_url(entry)).content.decode()


def messages(client, entry: OutboxEntry) -> str:
    return " ".join(str(message) for message in client.get(entry_url(entry)).context["messages"])


@pytest.mark.parametrize("state", State.values)
@pytest.mark.promise("F81")
def test_every_state_is_explained_in_a_sentence(login, state):
    html = page(login("support"), make_entry(state))

    assert str(State(state).label) in html
    assert "What does this mean?" in html


@pytest.mark.promise("X94")
def test_secrets_of_a_promised_body_are_never_shown(login):
    request = make_request(useCase="Political", campaignVerifyAuthorizationToken="cv|1.0|tollfree|canary")
    client, entry = login("admin"), make_entry(of=request)
    client.post(entry_url(entry, "reveal"), {"reason": "Ticket 12"})

    html = page(client, entry)

    assert "businessRegistrationNumber" in html
    assert "Larkspur Dental Group LLC" in html
    assert "12-3456789" not in html
    assert "canary" not in html


def test_telnyxs_errors_are_shown_with_our_names_of_the_fields(login):
    errors = [
        {
            "code": "10015",
            "title": "Invalid",
            "detail": "Not reachable.",
            "pointer": "/corporateWebsite",
            "parameter": "",
        },
        {
            "code": "1",
            "title": "<script>alert(1)</script>",
            "detail": "",
            "pointer": "/unheard/of",
            "parameter": "",
        },
    ]
    html = page(login("support"), make_entry(State.REFUSED, errors=errors))

    assert "Telnyx refused it: Website: Not reachable." in html
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_every_attempt_is_a_step_of_the_timeline(login):
    entry = make_entry(State.UNSURE)
    entry.attempts.create(outcome=Attempt.Outcome.UNKNOWN, worker="w1", error="POST ended in ReadTimeout.")
    entry.attempts.create(outcome=Attempt.Outcome.ABSENT, worker="w1", http_status=200, milliseconds=41)

    steps = login("support").get(entry_url(entry)).context["steps"]

    assert [step.title for step in steps] == [
        "Checked: Telnyx does not have it",
        "Answer lost",
        "Queued: New request",
    ]
    assert "HTTP 200 · 41 ms" in steps[0].text


@pytest.mark.promise("F81")
def test_try_now_makes_the_next_step_due(login):
    client, entry = login("compliance"), make_entry(not_before=timezone.now() + timedelta(hours=1))

    client.post(entry_url(entry, "try-now"))

    entry.refresh_from_db()
    assert entry.not_before <= timezone.now()


@pytest.mark.promise("F81")
def test_a_canceled_request_says_who_and_why(login):
    client, entry = login("compliance"), make_entry()

    client.post(entry_url(entry, "cancel"), {"text": "The customer left."})

    entry.refresh_from_db()
    assert (entry.state, entry.reason, entry.resource.sync_state) == (
        State.CANCELLED,
        "The customer left.",
        "draft",
    )
    html = page(client, entry)
    assert "Cancel request: The customer left." in html
    assert "compliance" in html


@pytest.mark.parametrize("action", ["cancel", "send-again", "adopt"])
def test_a_decision_without_its_reason_changes_nothing(login, action):
    client, entry = login("compliance"), make_entry(State.NEEDS_PERSON)
    entry.attempts.create(outcome=Attempt.Outcome.UNCLEAR, worker="w")

    client.post(entry_url(entry, action), {"text": "   "})

    assert "Nothing was changed." in messages(client, entry)
    entry.refresh_from_db()
    assert entry.state == State.NEEDS_PERSON


@pytest.mark.parametrize("state", [State.SENDING, State.UNSURE, State.ACCEPTED])
@pytest.mark.promise("X43")
def test_what_may_have_left_us_is_not_canceled(login, state):
    client, entry = login("compliance"), make_entry(state)

    client.post(entry_url(entry, "cancel"), {"text": "too late"})

    assert "it has moved on" in messages(client, entry)
    entry.refresh_from_db()
    assert entry.state == state


@pytest.mark.promise("F81")
def test_what_gave_up_after_a_day_is_retried_and_not_handed_back(login):
    client, entry = login("compliance"), make_entry(State.QUEUED)
    OutboxEntry.objects.filter(pk=entry.pk).update(created_at=timezone.now() - timedelta(hours=25))
    relay.relay(entry.pk, nobody())
    assert OutboxEntry.objects.get().state == State.NEEDS_PERSON
    html = page(client, entry)
    assert entry_url(entry, "retry") in html
    assert entry_url(entry, "adopt") not in html

    client.post(entry_url(entry, "retry"))
    relay.relay(entry.pk, nobody())

    assert [a.outcome for a in entry.attempts.all()] == [Attempt.Outcome.NOT_SENT]
    assert OutboxEntry.objects.get().state == State.QUEUED


def nobody() -> Telnyx:
    """Return a client whose Telnyx does not listen, so that nothing can be sent."""
    return Telnyx("KEY", "http://127.0.0.1:9/v2")


def test_a_masked_body_shows_how_it_is_sent_and_the_ends_of_numbers_alone(login):
    html = page(login("auditor"), make_entry(of=make_request(businessAddr1="42 Quince Street"))).replace(
        "&quot;", '"'
    )

    assert '"useCase": "Appointments"' in html
    assert re.search(r'"phoneNumber": "\*\*\*\d{4}"', html)
    for name in ("businessAddr1", "businessRegistrationNumber", "businessContactPhone", "businessName"):
        assert f'"{name}": "••••••"' in html
    assert "6789" not in html


@pytest.mark.parametrize(
    "id", ["52382384-1111-4111-8111-111111111111", "1234567a-1111-4111-8111-111111111111"]
)
def test_an_id_of_digits_alone_is_not_masked_as_a_number(login, monkeypatch, id):
    monkeypatch.setattr(OutboxEntry._meta.get_field("id"), "_get_default", lambda: UUID(id))
    entry = make_entry()
    entry.attempts.create(outcome=Attempt.Outcome.ACCEPTED, worker="w")

    html = login("support").get("/admin/mirror/attempt/").content.decode()

    assert id[:8] in html
    assert "***" not in html.split("result_list", 1)[1]


def test_the_list_of_views_names_each_record_with_constant_queries(login, db):
    client = login("auditor")

    def opened() -> OutboxEntry:
        entry = make_entry()
        RecordView.objects.create(
            user=User.objects.get(username="auditor"),
            kind="mirror.outboxentry",
            key=str(entry.pk),
            reason="Ticket 12",
        )
        return entry

    entry = opened()
    few = queries(client, "/admin/mirror/recordview/")
    other = opened()
    many = queries(client, "/admin/mirror/recordview/")

    page = client.get("/admin/mirror/recordview/").content.decode()
    assert f">{entry}</a>" in page
    assert f">{other}</a>" in page
    assert len(many) == len(few)
    assert "Previous" not in page  # there is one page


def test_the_empty_list_of_views_says_what_counts(login, db):
    html = login("auditor").get("/admin/mirror/recordview/").content.decode()

    assert "Only opening it counts, not visiting a masked page." in html
