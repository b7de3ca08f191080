"""No value in an event, of whatever shape, makes its handler fail. What cannot be kept is cut or dropped, and noted."""

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hosted.models import HostedOrder
from hosted.webhooks import TRANSFER
from messaging.log import parsing
from messaging.mirror.inbound import drain, inbox
from messaging.mirror.models import WebhookEvent
from messaging.models import LinkClick, Message
from tests.hosted.conftest import hosted_event
from tests.messaging.bodies import PROFILE, START, error, inbound, message_event, outbound
from tests.signing import STATUS_UPDATE, deliver, event

State = WebhookEvent.State
ORDER = "0d6b1d0e-6c3f-4f0f-9d52-3f2b7a1c9e44"

BODIES = [
    message_event("sent", outbound(cost={"amount": "0.0040", "currency": "USD"})),
    message_event("finalized", outbound(status="delivery_failed", errors=[error()])),
    message_event("finalized", outbound(type="RCS", body={"content_message": {"text": "hello"}})),
    message_event(
        "received", inbound(media=[{"url": "https://x.example/1", "size": 5}], cc=["+13125550009"])
    ),
    message_event("received", inbound(text="STOP", autoresponse_type="STOP")),
    message_event("received", inbound(type="RCS", body={"user_file": {"payload": {"file_uri": "x"}}})),
    message_event("read", outbound()),
    message_event("echo", outbound()),
    {"data": {"record_type": "link_clicked", "message_id": str(uuid4()), "url": "x", "to": "13125550001"}},
    event(
        "messaging-profile.spend-limit-reached", profile_id=PROFILE, current_cost="1", configured_limit="1"
    ),
    event(STATUS_UPDATE, verificationRequestId="r1", status="verified"),
    *(
        hosted_event(kind, ORDER, "pending", {"+13125550101": "pending"}, approval_deadline=3600)
        for kind in ("created", "updated", "deleted", *TRANSFER)
    ),
]

# What replaces a value, as written in JSON.
NASTY = [
    "null",
    "true",
    "0",
    "-1",
    "99999999.9999999",
    "1E+999999999",
    '"1E+999999999"',
    '"1E-999999999"',
    '"99999999.9999999"',
    '"NaN"',
    "NaN",
    "-Infinity",
    "1e400",
    "9" * 25,
    "9" * 5000,
    '"' + "9" * 9000 + '"',
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"a\\u0000b\\udfff"',
    '"' + "ß" * 20 + '"',
    '"' + "ŉ" * 80 + '"',
    '"' + "5" * 64 + '"',
    '"' + "-" * 2000 + "3f2b7a1c9e440d6b1d0e6c3f4f0f9d52" + '"',
    '"urn:uuid:3f2b7a1c-9e44-4d6b-9d0e-6c3f4f0f9d52"',
    '"' + " ".join(f"word{n}" for n in range(9000)) + '"',
    "[" * 90 + "]" * 90,
    '{"a":' * 90 + "1" + "}" * 90,
    "[]",
    "{}",
    "[null, 1, [], {}]",
    "[" + ", ".join(f'"+1312{n:07}"' for n in range(3000)) + "]",
    "[" + ", ".join(f'{{"phone_number": "+1312{n:07}"}}' for n in range(3000)) + "]",
    '{"amount": "1E+999999999", "currency": "USD"}',
    '{"amount": 1e400, "currency": 5}',
    '{"amount": 99999999.9999999, "currency": "\\ud800"}',
]
HERE = '"value that is replaced"'


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """Yield the path to everything in a body, except the body itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield (*path, name)
        yield from places(item, (*path, name))


def changed(body: dict, path: tuple, nasty: str) -> bytes:
    """Return the body with one value replaced, and with a new event id unless that was the value replaced."""
    body = copy.deepcopy(body)
    if "id" in body["data"]:
        body["data"]["id"] = str(uuid4())
    holder = body
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = json.loads(HERE)
    return json.dumps(body, ensure_ascii=False).replace(HERE, nasty).encode("utf-8")


def take(body: bytes) -> WebhookEvent:
    WebhookEvent.objects.all().delete()
    inbox.store(body, "0123456789abcdef")
    drain.drain()
    return WebhookEvent.objects.get()


@pytest.fixture
def order(db) -> HostedOrder:
    return HostedOrder.objects.create(remote_id=ORDER, sync_state="accepted")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
@pytest.mark.promise("X62")
def test_no_value_of_any_event_makes_its_handler_fail(order, data):
    body = data.draw(st.sampled_from(BODIES))
    path = data.draw(st.sampled_from(list(places(body))))
    taken = take(changed(body, path, data.draw(st.sampled_from(NASTY))))

    assert taken.state in (State.DONE, State.KEPT, State.WAITING), (path, taken.error)
    assert taken.state == State.WAITING or taken.attempts_made == 0, taken.error


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
@pytest.mark.parametrize(
    "name", ["text", "to", "cost", "errors", "media", "body", "tags", "type", "from", "id"]
)
def test_a_message_is_taken_with_any_value_of_its_main_fields(db, name, nasty):
    taken = take(changed(BODIES[0], ("data", "payload", name), nasty))

    assert taken.state == (State.KEPT if name == "id" and not Message.objects.exists() else State.DONE), (
        taken.error
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_body_in_another_encoding_is_read(db, encoding):
    text = json.dumps(message_event("sent", outbound(text="a\x00b")))

    assert take(text.encode(encoding)).state == State.DONE


def test_half_a_surrogate_written_as_bytes_is_replaced(db):
    body = json.dumps(message_event("sent", outbound(text="HERE"))).encode().replace(b"HERE", b"\xed\xa0\x80")

    assert take(body).state == State.DONE
    assert Message.objects.get().text == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 5000, b'"' + b"x" * 900_000 + b'"', b"\xff\xfe\x00", b"nul"],
    ids=["empty", "cut off", "deep", "a long text", "half a character", "no word"],
)
def test_a_body_that_cannot_be_read_is_kept_as_it_came_at_the_first_try(db, body):
    taken = take(body)

    assert (taken.state, taken.attempts_made) == (State.KEPT, 0)


def test_what_was_cut_is_said_on_the_page_of_the_message(admin_client):
    long = " ".join(f"word{n}" for n in range(90_000))
    body = message_event("sent", outbound(text=long))

    assert deliver(body) == 200
    drain.drain()

    message = Message.objects.get()
    assert long.startswith(message.text)
    html = admin_client.get(f"/admin/messaging/message/{message.pk}/change/").content.decode()
    assert "some of it was cut: text." in html


def test_ten_thousand_recipients_are_a_hundred_rows_and_said(db):
    to = [{"phone_number": f"+1312{n:07}", "status": "sent"} for n in range(10_000)]
    body = message_event("sent", outbound(to=to))
    body["data"]["payload"]["text"] = "x" * 200_000

    assert take(json.dumps(body).encode()).state == State.DONE

    assert Message.objects.count() == parsing.MOST_PARTIES
    assert Message.objects.values_list("details", flat=True)[0][parsing.LEFT_OUT] == ["text", "to"]


def test_the_price_of_an_ordinary_message_is_kept_to_the_digit(db):
    for amount in ("0.0040", "0", "0E+5", "12345678.123456", "1E-7"):
        row = parsing.rows(outbound(cost={"amount": amount, "currency": "USD"}), at=START, source="")[0]
        assert Decimal(row["cost"]) == round(Decimal(amount), 6)


def test_a_click_from_a_number_of_64_digits_is_taken(db):
    body = {"data": {**BODIES[8]["data"], "to": "5" * 64}}

    assert take(json.dumps(body).encode()).state == State.DONE
    assert len(LinkClick.objects.get().their_address) == parsing.LONGEST_ADDRESS
