"""What Telnyx reports about messages ends in the same rows, in whatever order and however often it is reported."""

import itertools
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.log import parsing, store
from messaging.mirror.inbound import drain
from messaging.mirror.models import WebhookEvent
from messaging.models import LinkClick, Message
from messaging.telnyx import times
from tests.messaging.bodies import OURS, START, THEIRS, error, inbound, message_event, outbound, party
from tests.signing import deliver

ID = "0f4a7c11-9b1d-4a55-8a3e-5d2b6c7e8f10"
COST = {"amount": "0.0055", "currency": "USD"}
State = WebhookEvent.State


def receive(*bodies: Any) -> None:
    """Post signed events, and process them."""
    for body in bodies:
        assert deliver(body) == 200
    drain.drain()


def lifetime() -> list[dict[str, Any]]:
    """Return the events of one message: sent, failed, corrected by the carrier, read, and one unknown word."""
    times = {"sent_at": START.isoformat()}
    return [
        message_event("sent", outbound(ID, "sent", **times), seconds=1),
        message_event("finalized", outbound(ID, "delivery_failed", errors=[error()], **times), seconds=2),
        message_event("finalized", outbound(ID, "delivered", cost=COST, parts=2), seconds=3),
        message_event("sent", outbound(ID, "paused_by_carrier", subject="Hello"), seconds=9),
        message_event("read", {"id": ID, "direction": "outbound", "to": [party(THEIRS, "read")]}, seconds=4),
    ]


def state() -> list[dict[str, Any]]:
    return list(Message.objects.order_by("remote_id", "their_address").values(*store.COLUMNS))


def test_a_message_has_its_number_text_status_and_trail(db):
    receive(
        message_event("sent", outbound(ID)), message_event("finalized", outbound(ID, "delivered"), seconds=5)
    )

    message = Message.objects.get()
    assert (message.our_address, message.their_address) == (OURS, THEIRS)
    assert (message.status, message.is_final()) == ("delivered", True)
    assert message.happened_at == START
    assert len(message.trail) == 2
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {State.DONE}


@pytest.mark.promise("X46")
def test_every_order_and_repetition_gives_the_same_row(db):
    events = lifetime()
    rows = [
        parsing.rows(
            event["data"]["payload"],
            at=times.read(event["data"]["occurred_at"]),
            event_id=event["data"]["id"],
            source="webhook",
        )
        for event in events
    ]
    ends = []
    for order in itertools.permutations(rows):
        Message.objects.all().delete()
        store.merge([row for facts in order for row in facts])
        ends.append(state())

    assert all(end == ends[0] for end in ends)
    [message] = ends[0]
    assert (message["status"], message["error_code"], message["parts"]) == ("read", "", 2)
    assert str(message["cost"]) == "0.005500"
    assert message["subject"] == "Hello"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.lists(st.integers(0, 4), min_size=5, max_size=14).filter(lambda order: len(set(order)) == 5),
    cuts=st.lists(st.integers(1, 13), max_size=3),
)
@pytest.mark.promise("X46")
def test_batches_of_any_size_with_repetitions_give_the_same_row(db, order, cuts):
    rows = [
        parsing.rows(
            body["data"]["payload"],
            at=times.read(body["data"]["occurred_at"]),
            event_id=f"event-{number}",
            source="webhook",
        )[0]
        for number, body in enumerate(lifetime())
    ]
    Message.objects.all().delete()
    store.merge(rows)
    expected = state()

    Message.objects.all().delete()
    told = [rows[number] for number in order]
    for start, end in itertools.pairwise([0, *sorted({cut for cut in cuts if cut < len(told)}), len(told)]):
        store.merge(told[start:end])

    assert state() == expected


# What Telnyx never does: report the same message with different text, files, prices and times.
ODD = st.fixed_dictionaries(
    {
        "text": st.sampled_from(["", "a", "B", "é"]),
        "type": st.sampled_from(["SMS", "mms", "RCS"]),
        "media": st.sampled_from([[], [{"url": "https://a.example/1"}], [{"url": "https://b.example/2"}]]),
        "cost": st.sampled_from([None, COST, {"amount": "0.01", "currency": "EUR"}]),
        "parts": st.sampled_from([None, 1, 3]),
        "tags": st.sampled_from([None, ["x"], ["y", "z"]]),
        "received_at": st.sampled_from([START.isoformat(), "2026-11-20T10:30:00.5+01:00"]),
        "sent_at": st.sampled_from([None, START.isoformat(), "2026-11-20T08:00:00Z"]),
        "errors": st.sampled_from([[], [error()], [error("40002")]]),
    }
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(ODD, st.sampled_from(["sent", "delivered", "odd"]), st.integers(0, 2)),
        min_size=2,
        max_size=6,
    )
)
@pytest.mark.promise("X46")
def test_events_that_come_together_end_like_events_one_by_one(db, told):
    rows = [
        row
        for number, (odd, status, seconds) in enumerate(told)
        for row in parsing.rows(
            outbound(ID, status, **odd),
            at=START + timedelta(seconds=seconds),
            event_id=f"e{number}",
            source="webhook",
        )
    ]
    Message.objects.all().delete()
    for row in rows:
        store.merge([row])
    expected = state()

    Message.objects.all().delete()
    store.merge(rows)

    assert state() == expected


@pytest.mark.promise("X47")
def test_finalized_before_sent_and_read_before_finalized_move_nothing_back(db):
    receive(message_event("finalized", outbound(ID, "delivered"), seconds=5))
    receive(message_event("sent", outbound(ID, "sent"), seconds=1))
    assert Message.objects.get().status == "delivered"

    receive(message_event("read", {"id": ID, "to": [party(THEIRS, "read")]}, seconds=9))
    receive(message_event("finalized", outbound(ID, "delivered"), seconds=6))
    assert Message.objects.get().status == "read"


@pytest.mark.parametrize(
    "occurred_at",
    [None, "", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "2026-13-01T00:00:00Z", 5],
)
@pytest.mark.promise("X48")
def test_an_invalid_time_loses_nothing(db, occurred_at):
    sent = message_event("sent", outbound(ID, "sent", received_at=occurred_at), occurred_at=occurred_at)
    receive(sent, message_event("finalized", outbound(ID, "delivered"), occurred_at=occurred_at))

    assert Message.objects.get().status == "delivered"


@pytest.mark.promise("X44")
def test_the_same_event_again_writes_nothing(db):
    body = message_event("sent", outbound(ID))
    receive(body)
    before = state()
    receive(body, body)
    WebhookEvent.objects.update(state=State.PENDING)
    drain.drain()

    assert state() == before
    assert WebhookEvent.objects.get().deliveries == 3


def test_a_group_message_is_a_row_for_each_recipient(db):
    other = "+13125550002"
    cc = [party(other, "delivery_unconfirmed")]
    receive(message_event("finalized", outbound(ID, "delivered", cc=cc, group_message_id=ID)))

    found = dict(Message.objects.values_list("their_address", "status"))
    assert found == {THEIRS: "delivered", other: "delivery_unconfirmed"}
    assert {str(row.group_id) for row in Message.objects.all()} == {ID}


def test_an_inbound_message_is_filed_under_the_phone(db):
    receive(
        message_event("received", inbound(cc=["+13125550003"])),
        message_event(
            "received",
            inbound(type="WHATSAPP", to=OURS, body={"type": "text", "text": {"body": "Hi"}}, text=None),
        ),
        message_event(
            "received", inbound(type="RCS", to=[{"agent_id": "northwind"}], body={"text": "Slot?"}, text=None)
        ),
    )

    assert set(Message.objects.values_list("their_address", "our_address", "text")) == {
        (THEIRS, OURS, "Is my order ready?"),
        (THEIRS, OURS, "Hi"),
        (THEIRS, "northwind", "Slot?"),
    }
    assert Message.objects.get(type="SMS").details["group"] == ["+13125550003"]


@pytest.mark.promise("X63")
def test_a_status_nobody_knows_is_kept_and_changes_nothing(db):
    receive(message_event("sent", outbound(ID)), message_event("sent", outbound(ID, "teleported"), seconds=3))

    message = Message.objects.get()
    assert message.status == "sent"
    assert any("teleported" in fact for fact in message.trail)


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (message_event("teleported", {"id": ID}), State.KEPT),
        ({"data": {"event_type": "message.sent", "id": "no-payload", "record_type": "event"}}, State.KEPT),
        (message_event("sent", {"message_id": ID, "recipient": THEIRS}), State.KEPT),
        (message_event("sent", {"id": ID, "recipients": [party(THEIRS, "sent")]}), State.DONE),
    ],
    ids=["unknown type", "no payload", "no id", "renamed members"],
)
@pytest.mark.promise("X63")
def test_what_is_new_at_telnyx_is_kept_and_stops_nobody(db, body, state):
    receive(body, message_event("sent", outbound()))

    kept = WebhookEvent.objects.order_by("id").first()
    assert kept.state == state
    assert kept.json()["data"] == body["data"]
    assert Message.objects.filter(status="sent").count() == 1


@pytest.mark.promise("X63")
def test_engineers_hear_once_of_a_new_status_word(db, caplog):
    parsing._warn_of.cache_clear()
    receive(*(message_event("sent", outbound(ID, "teleported"), seconds=number) for number in range(3)))

    assert [record.getMessage() for record in caplog.records if "teleported" in record.getMessage()] == [
        "Telnyx reports the message status 'teleported', which the desk does not know yet."
    ]


def test_a_click_is_noted_once_and_its_number_gets_its_plus(db):
    click = {
        "data": {
            "record_type": "link_clicked",
            "message_id": ID,
            "to": THEIRS.removeprefix("+"),
            "time_clicked": "2026-08-11T14:30:12.450Z",
            "url": "https://shop.example.com/8842",
        }
    }
    receive(click, click)
    WebhookEvent.objects.update(state=State.PENDING)
    drain.drain()

    assert LinkClick.objects.get().their_address == THEIRS


@pytest.mark.parametrize(
    "change",
    [
        {"text": "a\x00b \ud83d right"},
        {"parts": 10**50, "cost": {"amount": "NaN", "currency": "USD"}},
        {"parts": True, "cost": "5", "errors": "none", "to": {"phone_number": 5}},
        {"media": [None, {"size": "big"}], "from": [], "cc": 7, "tags": {"a": [[[]]]}},
        {"text": "\N{RIGHT-TO-LEFT OVERRIDE}<script>" + "x" * 200_000},
        {"type": "X" * 300, "messaging_profile_id": "no uuid", "encoding": 4},
    ],
)
@pytest.mark.promise("X62")
def test_odd_values_are_stored_as_far_as_they_can_be(db, change):
    receive(message_event("sent", outbound(ID) | change), message_event("sent", outbound()))

    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {State.DONE}
    assert Message.objects.count() == 2


@pytest.mark.promise("X62")
def test_an_event_without_a_message_is_kept_as_it_came(db):
    receive(
        message_event("sent", outbound(ID)),
        message_event("sent", {"id": "not a uuid"}),
        message_event("sent", outbound()),
    )

    assert Message.objects.count() == 2
    bad = WebhookEvent.objects.exclude(state=State.DONE).get()
    assert (bad.state, bad.error) == (State.KEPT, "the body has no message id")


def test_a_thousand_events_are_a_handful_of_statements(db):
    ids = [str(uuid.uuid4()) for _ in range(300)]
    for message_id in ids:
        deliver(message_event("sent", outbound(message_id)))
    with CaptureQueriesContext(
        connection,
    ) as few:
        drain.drain(batch=100)
    drain.release(WebhookEvent.objects.all())
    with CaptureQueriesContext(connection) as many:
        drain.drain(batch=300)

    assert len(many) < len(few)
    assert len(many) <= 25
