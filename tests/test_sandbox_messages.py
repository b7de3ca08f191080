"""The stand-in's messages: sending, what happens to them, what phones do, keys, logs and traffic."""

import hashlib
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from tests.accessibility import faults_by_any_rule
from tests.sandbox.control import Sandbox, SandboxError, sample_request
from tests.sandbox.hosted_control import PROFILE_ID
from tests.sandbox.messages import whatsapp
from tests.sandbox.messages.pictures import picture
from tests.sandbox.messages.text import NotEncodable, measure
from tests.sandbox.messages_control import (
    HANDSET,
    OTHER_SENDER,
    SECOND_SENDER,
    SENDER,
    SHORT_CODE,
    TOLL_FREE,
    UNVERIFIED,
)

SECOND_PROFILE = "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e02"
NOWHERE = "http://127.0.0.1:9/webhooks/telnyx/"
ABSENT = "9c0d4e21-2b6a-4f31-8e77-1a2b3c4d5e6f"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    # Nobody listens there. What would be sent is read from the list of deliveries.
    with Sandbox(webhooks=NOWHERE, pace=0) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    with httpx.Client(base_url=sandbox.base_url, headers=headers, timeout=30, trust_env=False) as client:
        yield client


def sms(**changes: Any) -> dict[str, Any]:
    body = {"from": SENDER, "to": HANDSET, "text": "Your order is ready."} | changes
    return {name: value for name, value in body.items() if value is not None}


def send(api: httpx.Client, path: str = "/messages", **changes: Any) -> dict[str, Any]:
    answer = api.post(path, json=sms(**changes))
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def errors(answer: httpx.Response) -> list[tuple[str, str | None]]:
    found = answer.json()
    return [
        (entry["code"], next(iter(entry.get("source", {}).values()), None))
        for entry in found.get("errors", [found])
    ]


def until(ask: Callable[[], Any], seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


def events(sandbox: Sandbox, count: int) -> list[tuple[str, str]]:
    """Wait for this many events, and return the type and first status of each in the order they were made."""
    return [(event["event_type"], event["payload"]["to"][0]["status"]) for event in bodies(sandbox, count)]


def bodies(sandbox: Sandbox, count: int) -> list[dict[str, Any]]:
    until(lambda: len(sandbox.deliveries()) >= count)
    found = [entry["event"]["data"] for entry in sandbox.deliveries()]
    assert len(found) == count, found
    return found


# Sending, and what happens next.


def test_a_message_is_accepted_sent_and_delivered(api: httpx.Client, sandbox: Sandbox) -> None:
    message = send(api)

    assert events(sandbox, 2) == [("message.sent", "sent"), ("message.finalized", "delivered")]
    read = api.get(f"/messages/{message['id']}").json()["data"]
    assert (message["to"][0]["status"], message["cost"], message["completed_at"]) == ("queued", None, None)
    assert read["to"] == [message["to"][0] | {"status": "delivered"}]
    assert read["cost"] == {"amount": "0.0055", "currency": "USD"}
    assert (read["sent_at"] is not None, read["valid_until"], read["errors"]) == (True, None, [])
    assert read == bodies(sandbox, 2)[1]["payload"]


@pytest.mark.parametrize(
    ("ending", "happens", "code"),
    [
        ("0123", [("message.sent", "sent"), ("message.finalized", "delivered")], None),
        ("0182", [("message.sent", "sent")], None),
        ("0183", [("message.finalized", "delivered"), ("message.sent", "sent")], None),
        ("0184", [("message.sent", "sent"), ("message.finalized", "delivery_unconfirmed")], None),
        ("0185", [("message.finalized", "expired")], "40005"),
        ("0186", [("message.finalized", "sending_failed")], "40014"),
        (
            "0187",
            [("message.sent", "sent"), ("message.finalized", "delivered"), ("message.read", "read")],
            None,
        ),
    ],
)
def test_the_last_digits_decide(
    api: httpx.Client, sandbox: Sandbox, ending: str, happens: list[tuple[str, str]], code: str | None
) -> None:
    message = send(api, to=f"+1303555{ending}")

    assert events(sandbox, len(happens)) == happens
    assert [error["code"] for error in sandbox.message(message["id"])["payload"]["errors"]] == (
        [code] if code else []
    )


@pytest.mark.parametrize("code", ["40001", "40008", "40020"])
def test_a_number_that_ends_in_a_carrier_code_fails_with_it(
    api: httpx.Client, sandbox: Sandbox, code: str
) -> None:
    message = send(api, to=f"+130355{code}")

    assert events(sandbox, 2) == [("message.sent", "sent"), ("message.finalized", "delivery_failed")]
    read = api.get(f"/messages/{message['id']}").json()["data"]
    assert [error["code"] for error in read["errors"]] == [code]
    assert (read["to"][0]["line_type"] == "Wireline") == (code == "40001")


def test_a_number_that_ends_in_a_code_of_refusal_is_refused(api: httpx.Client, sandbox: Sandbox) -> None:
    answer = api.post("/messages", json=sms(to="+13035540318"))

    assert (answer.status_code, errors(answer)) == (400, [("40318", "/to")])
    assert sandbox.messages() == []


def test_a_script_decides_about_the_next_messages(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.outcome("delivery_failed", "40002", count=2)
    sandbox.outcome("refused", "40322")

    first, second = send(api), send(api)
    third = api.post("/messages", json=sms())
    fourth = send(api)

    events(sandbox, 6)
    found = [sandbox.message(message["id"])["payload"] for message in (first, second, fourth)]
    assert [message["to"][0]["status"] for message in found] == ["delivery_failed"] * 2 + ["delivered"]
    assert errors(third) == [("40322", "/to")]


def test_a_script_decides_about_a_number(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.outcome("never_sent", to=HANDSET)
    waiting = send(api)
    sandbox.outcome(None, to=HANDSET)

    send(api)

    events(sandbox, 2)
    assert sandbox.message(waiting["id"])["payload"]["to"][0]["status"] == "queued"
    sandbox.step(waiting["id"], "sent")
    sandbox.step(waiting["id"], "delivery_failed", "40006")
    assert events(sandbox, 4)[2:] == [("message.sent", "sent"), ("message.finalized", "delivery_failed")]


def test_steps_keep_their_distance(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.pace(0.2)

    send(api)

    sent, final = bodies(sandbox, 2)
    began = datetime.fromisoformat(sent["payload"]["received_at"])
    assert datetime.fromisoformat(sent["occurred_at"]) - began >= timedelta(seconds=0.2)
    assert datetime.fromisoformat(final["occurred_at"]) - began >= timedelta(seconds=0.6)


def test_events_go_to_the_address_of_the_request(api: httpx.Client, sandbox: Sandbox) -> None:
    own = "http://127.0.0.1:9/token-1/"

    message = send(api, webhook_url=own, webhook_failover_url="http://127.0.0.1:9/failover/")
    silent = send(api, use_profile_webhooks=False)
    usual = send(api)

    events(sandbox, 4)
    urls = {(entry["event"]["data"]["payload"]["id"], entry["url"]) for entry in sandbox.deliveries()}
    assert urls == {(message["id"], own), (usual["id"], NOWHERE)}
    assert (message["webhook_url"], silent["webhook_url"], usual["webhook_url"]) == (own, None, NOWHERE)


def test_the_failover_address_comes_after_three_attempts(api: httpx.Client, sandbox: Sandbox) -> None:
    failover = "http://127.0.0.1:9/failover/"
    sandbox.outcome("sending_failed")

    send(api, webhook_failover_url=failover)

    (delivery,) = until(lambda: [entry for entry in sandbox.deliveries() if entry["outcome"] == "failed"])
    assert [attempt["url"] for attempt in delivery["attempts"]] == [NOWHERE] * 3 + [failover] * 3


def test_a_whole_group_has_one_message_and_an_end_for_each(api: httpx.Client, sandbox: Sandbox) -> None:
    group = ["+13035550123", "+13035540008", "+14165550186"]

    # Canada is not a destination of the profile, so the last one is left out.
    refused = api.post("/messages/group_mms", json={"from": SENDER, "to": group, "text": "Hi all"})
    message = send(api, "/messages/group_mms", to=group[:2], media_urls=["https://cdn.example.com/1.jpg"])

    assert (refused.status_code, errors(refused)) == (400, [("40309", "/to/2")])
    sent, *ends = bodies(sandbox, 3)
    assert sent["event_type"] == "message.sent"
    assert [(end["payload"]["to"][0]["phone_number"], end["payload"]["to"][0]["status"]) for end in ends] == [
        ("+13035550123", "delivered"),
        ("+13035540008", "delivery_failed"),
    ]
    assert [[error["code"] for error in end["payload"]["errors"]] for end in ends] == [[], ["40008"]]
    assert {end["payload"]["group_message_id"] for end in ends} == {message["id"]}
    assert [party["phone_number"] for party in ends[0]["payload"]["cc"]] == ["+13035540008"]
    (read,) = api.get(f"/messages/group/{message['id']}").json()["data"]
    assert [party["status"] for party in read["to"]] == ["delivered", "delivery_failed"]


# Refusals.


@pytest.mark.parametrize(
    ("path", "changes", "expected"),
    [
        ("", {"to": None}, ("10004", "/to")),
        ("", {"from": None}, ("10004", "/from")),
        ("", {"to": "3035550123"}, ("40310", "/to")),
        ("", {"to": "+13035550123,+13035550124"}, ("40310", "/to")),
        ("", {"to": 13035550123}, ("10026", "/to")),
        ("", {"text": None}, ("40316", "/text")),
        ("", {"text": ""}, ("10015", "/text")),
        ("", {"text": "x" * 1531}, ("40302", "/text")),
        ("", {"text": "x" * 1000, "auto_detect": True}, ("40328", "/text")),
        ("", {"text": "Привет", "encoding": "gsm7"}, ("10015", "/encoding")),
        ("", {"encoding": "utf8"}, ("10015", "/encoding")),
        ("", {"odd": 1}, ("10015", "/odd")),
        ("", {"webhook_url": "nowhere"}, ("10003", "/webhook_url")),
        (
            "",
            {"media_urls": [f"https://cdn.example.com/{n}.jpg" for n in range(11)]},
            ("40317", "/media_urls"),
        ),
        ("", {"media_urls": ["x"]}, ("10003", "/media_urls/0")),
        ("", {"type": "MMS"}, ("40304", "/type")),
        ("", {"type": "SMS", "media_urls": ["https://cdn.example.com/1.jpg"]}, ("40304", "/type")),
        ("", {"from": "+13125559999"}, ("40305", "/from")),
        ("", {"from": "+12065550164"}, ("40305", "/from")),
        ("", {"messaging_profile_id": SECOND_PROFILE}, ("40305", "/from")),
        ("", {"messaging_profile_id": ABSENT}, ("10017", "/messaging_profile_id")),
        ("", {"from": UNVERIFIED}, ("40329", "/from")),
        ("", {"to": "+442079460123"}, ("40309", "/to")),
        ("", {"send_at": "soon"}, ("10015", "/send_at")),
        ("", {"send_at": "2020-01-01T00:00:00Z"}, ("10015", "/send_at")),
        ("", {"from": "Northwind"}, ("10004", "/messaging_profile_id")),
        ("", {"from": "Northwind", "messaging_profile_id": PROFILE_ID}, ("40306", "/from")),
        ("", {"from": "Much too long", "messaging_profile_id": PROFILE_ID}, ("40325", "/from")),
        ("/short_code", {}, ("40305", "/from")),
        ("/long_code", {"from": SHORT_CODE}, ("40305", "/from")),
        ("/long_code", {"from": None}, ("10004", "/from")),
        ("/number_pool", {"from": None}, ("10004", "/messaging_profile_id")),
        ("/schedule", {}, ("10004", "/send_at")),
        ("/schedule", {"send_at": "2099-01-01T00:00:00Z", "encoding": "auto"}, ("10015", "/encoding")),
        ("/group_mms", {"to": [f"+130355501{n:02}" for n in range(9)]}, ("40310", "/to")),
        ("/group_mms", {"to": []}, ("40310", "/to")),
        ("/whatsapp", {"text": None}, ("10004", "/whatsapp_message")),
        ("/whatsapp", {"text": None, "whatsapp_message": {}}, ("10004", "/whatsapp_message/type")),
        (
            "/whatsapp",
            {"text": None, "whatsapp_message": {"type": "text"}},
            ("10004", "/whatsapp_message/text"),
        ),
        (
            "/whatsapp",
            {"text": None, "whatsapp_message": {"type": "text", "text": {"body": "x" * 4097}}},
            ("10015", "/whatsapp_message/text/body"),
        ),
    ],
)
def test_a_wrong_send_is_refused(
    api: httpx.Client, sandbox: Sandbox, path: str, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    answer = api.post(f"/messages{path}", json=sms(**changes))

    assert (answer.status_code, errors(answer)) == (400, [expected])
    assert sandbox.messages() == []


def test_a_profile_spends_its_daily_budget(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.spend_limit(PROFILE_ID, "0.01")
    for _ in range(2):
        send(api)

    told = until(lambda: [entry for entry in sandbox.deliveries() if "spend-limit" in entry["event_type"]])
    answer = api.post("/messages", json=sms())

    assert [entry["event"]["data"]["payload"] for entry in told] == [
        {"configured_limit": "0.01", "current_cost": "0.01", "profile_id": PROFILE_ID}
    ]
    assert (answer.status_code, errors(answer)) == (429, [("40333", None)])
    assert send(api, **{"from": SECOND_SENDER})["messaging_profile_id"] == SECOND_PROFILE


def test_alphanumeric_senders_reach_no_home_numbers_without_a_fallback(
    api: httpx.Client, sandbox: Sandbox
) -> None:
    sandbox.seed_sender("Northwind", PROFILE_ID)
    body = sms(**{"from": "Northwind"}, messaging_profile_id=PROFILE_ID)

    refused = api.post("/messages/alphanumeric_sender_id", json=body)
    other = api.post("/messages/alphanumeric_sender_id", json=body | {"from": "Southwind"})
    with_media = api.post("/messages", json=body | {"media_urls": ["https://cdn.example.com/1.jpg"]})
    sandbox.seed_sender("Northwind", PROFILE_ID, fallback=SENDER)
    accepted = api.post("/messages/alphanumeric_sender_id", json=body)

    assert [errors(answer) for answer in (refused, other, with_media)] == [
        [("40301", "/to")],
        [("40307", "/from")],
        [("40308", "/from")],
    ]
    assert accepted.json()["data"]["from"]["phone_number"] == SENDER


def test_a_pool_takes_its_numbers_in_turn(api: httpx.Client, sandbox: Sandbox) -> None:
    body = {"to": HANDSET, "text": "Hi", "messaging_profile_id": PROFILE_ID}

    used = {
        api.post("/messages/number_pool", json=body).json()["data"]["from"]["phone_number"] for _ in range(3)
    }

    assert used == {SENDER, OTHER_SENDER, TOLL_FREE}


def test_media_that_prove_too_large_fail_later(api: httpx.Client, sandbox: Sandbox) -> None:
    message = send(api, media_urls=["https://cdn.example.com/too-large.png"])

    assert events(sandbox, 1) == [("message.finalized", "sending_failed")]
    assert sandbox.message(message["id"])["payload"]["errors"][0]["code"] == "40317"


# Scheduling, reading, canceling.


def in_minutes(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


@pytest.mark.parametrize("path", ["/messages", "/messages/schedule"])
def test_a_scheduled_message_waits_and_can_be_canceled(
    api: httpx.Client, sandbox: Sandbox, path: str
) -> None:
    message = send(api, path, send_at=in_minutes(10))

    cancelled = api.delete(f"/messages/{message['id']}")
    again = api.delete(f"/messages/{message['id']}")

    assert message["to"][0]["status"] == "scheduled"
    assert (cancelled.status_code, cancelled.json()["to"][0]["status"]) == (200, "cancelled")
    assert cancelled.json()["id"] == message["id"]
    assert (again.status_code, again.json()["code"]) == (403, "10010")
    assert sandbox.deliveries() == []


@pytest.mark.parametrize("minutes", [4.9, 60 * 24 * 5 + 1])
def test_a_time_outside_the_window_is_refused(api: httpx.Client, minutes: float) -> None:
    answer = api.post("/messages/schedule", json=sms(send_at=in_minutes(minutes)))

    assert (answer.status_code, errors(answer)) == (400, [("10015", "/send_at")])


def test_a_scheduled_message_is_sent_at_its_time(api: httpx.Client, sandbox: Sandbox) -> None:
    message = send(api, "/messages/schedule", send_at=in_minutes(10))

    sandbox.send_now(message["id"])

    assert events(sandbox, 2) == [("message.sent", "sent"), ("message.finalized", "delivered")]
    assert api.delete(f"/messages/{message['id']}").status_code == 403


def test_an_opt_out_stops_a_scheduled_message_too(api: httpx.Client, sandbox: Sandbox) -> None:
    message = send(api, "/messages/schedule", send_at=in_minutes(10))
    sandbox.opt_out(PROFILE_ID, SENDER, HANDSET)

    sandbox.send_now(message["id"])

    (event,) = bodies(sandbox, 1)
    assert event["payload"]["to"][0]["status"] == "sending_failed"
    assert [error["code"] for error in event["payload"]["errors"]] == ["40300"]


def test_a_message_cannot_be_read_for_longer_than_ten_days(api: httpx.Client, sandbox: Sandbox) -> None:
    message = send(api)
    one = f"/messages/{message['id']}"

    sandbox.set_age(message["id"], in_minutes(-60 * 24 * 10 + 5))
    young = api.get(one)
    sandbox.set_age(message["id"], in_minutes(-60 * 24 * 10 - 5))
    old = api.get(one)

    assert young.status_code == 200
    assert (old.status_code, errors(old)) == (404, [("40303", None)])
    assert [api.get(f"/messages/{id}").status_code for id in (ABSENT, "17")] == [404, 400]
    assert (api.delete(f"/messages/{ABSENT}").json()["code"]) == "40303"
    assert api.get(f"/messages/group/{message['id']}").status_code == 404


# Phones.


def test_an_inbound_message_arrives(api: httpx.Client, sandbox: Sandbox) -> None:
    written = sandbox.write("What time do you close?")

    (event,) = bodies(sandbox, 1)
    assert event["event_type"] == "message.received"
    assert event["payload"] == written["payload"]
    assert api.get(f"/messages/{written['id']}").json()["data"] == written["payload"]
    assert "autoresponse_type" not in event["payload"]


def test_pictures_are_served_as_they_were_announced(api: httpx.Client, sandbox: Sandbox) -> None:
    own = {"content_type": "text/html", "base64": "PGgxPkhpPC9oMT4="}

    written = sandbox.write("Look", media=[{}, own])["payload"]

    assert written["type"] == "MMS"
    for file in written["media"]:
        served = httpx.get(file["url"], trust_env=False)
        assert served.status_code == 200
        assert served.headers["Content-Type"] == file["content_type"]
        assert len(served.content) == file["size"]
        assert hashlib.sha256(served.content).hexdigest() == file["sha256"]
    assert served.content == b"<h1>Hi</h1>"
    assert httpx.get(f"{sandbox.url}/media/nothing", trust_env=False).status_code == 404


def test_a_picture_is_a_png_that_depends_on_its_name() -> None:
    assert picture("one").startswith(b"\x89PNG\r\n\x1a\n")
    assert picture("one") == picture("one")
    assert picture("one") != picture("two")


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop ", "STOPALL", "stop  all", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"]
)
def test_whoever_stops_gets_nothing_from_the_whole_profile(
    api: httpx.Client, sandbox: Sandbox, word: str
) -> None:
    sandbox.write(word)

    same = api.post("/messages", json=sms())
    sibling = api.post("/messages", json=sms(**{"from": OTHER_SENDER}))
    elsewhere = api.post("/messages", json=sms(**{"from": SECOND_SENDER}))

    assert [answer.status_code for answer in (same, sibling, elsewhere)] == [400, 400, 200]
    assert errors(same) == errors(sibling) == [("40300", "/to")]
    (block,) = sandbox.optouts()
    assert (block["from"], block["to"], block["messaging_profile_id"]) == (SENDER, HANDSET, PROFILE_ID)
    assert block["keyword"] == " ".join(word.split()).upper()
    assert sandbox.deliveries()[0]["event"]["data"]["payload"]["autoresponse_type"] == "STOP"


@pytest.mark.parametrize("word", ["START", "unstop"])
def test_whoever_starts_again_is_reached_again(api: httpx.Client, sandbox: Sandbox, word: str) -> None:
    sandbox.write("STOP")
    sandbox.write("STOP", to=OTHER_SENDER)

    sandbox.write(word)

    assert sandbox.optouts() == []
    assert api.post("/messages", json=sms()).status_code == 200
    assert sandbox.messages()[2]["payload"]["autoresponse_type"] == "START"


def test_a_profile_has_words_of_its_own(tmp_path: Path) -> None:
    own = {
        "id": ABSENT,
        "profile_id": PROFILE_ID,
        "op": "stop",
        "keywords": ["Parar"],
        "country_code": "US",
    }
    (tmp_path / "state.json").write_text(json.dumps({"autoresponses": {ABSENT: own}}))

    with Sandbox(webhooks=NOWHERE, pace=0, state_file=tmp_path / "state.json") as sandbox:
        written = [
            sandbox.write("PARAR", sender="+447700900123"),
            sandbox.write("parar", to=SECOND_SENDER),
            sandbox.write("parar"),
        ]
        blocks = sandbox.optouts()

    assert [message["payload"].get("autoresponse_type") for message in written] == [None, None, "STOP"]
    assert [(block["to"], block["keyword"]) for block in blocks] == [(HANDSET, "PARAR")]


def test_help_blocks_nobody_and_info_is_a_word_of_short_codes(sandbox: Sandbox) -> None:
    written = [sandbox.write("HELP"), sandbox.write("INFO"), sandbox.write("INFO", to=SHORT_CODE)]
    written.append(sandbox.write("please stop calling me"))

    assert [message["payload"].get("autoresponse_type") for message in written] == [
        "HELP",
        None,
        "HELP",
        None,
    ]
    assert sandbox.optouts() == []


def test_some_recipients_answer_and_some_opt_out(api: httpx.Client, sandbox: Sandbox) -> None:
    send(api, to="+13035550189")
    send(api, to="+13035550180")

    until(lambda: len(sandbox.messages()) == 4)
    texts = {
        message["payload"]["from"]["phone_number"]: message["payload"]["text"]
        for message in sandbox.messages()
        if message["payload"]["direction"] == "inbound"
    }
    assert texts == {"+13035550189": "Thank you, got it.", "+13035550180": "STOP"}
    assert errors(api.post("/messages", json=sms(to="+13035550180"))) == [("40300", "/to")]


def test_a_click_has_no_id_and_no_event_type(api: httpx.Client, sandbox: Sandbox) -> None:
    message = send(api, text="Look: https://shop.example.com/t/1 soon")
    events(sandbox, 2)

    sandbox.click(message["id"])

    click = until(lambda: [entry for entry in sandbox.deliveries() if entry["attempts"]][2:])[0]
    assert click["event"] == {
        "data": {
            "message_id": message["id"],
            "record_type": "link_clicked",
            "time_clicked": click["event"]["data"]["time_clicked"],
            "to": HANDSET.removeprefix("+"),
            "url": "https://shop.example.com/t/1",
        }
    }
    assert '"meta"' not in click["attempts"][0]["body"]


def test_nobody_writes_to_a_number_of_others(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="is not a number in this account"):
        sandbox.write("Hi", to="+19995550100")


def test_a_verified_request_lets_a_toll_free_number_send(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.seed(sample_request(phoneNumbers=[{"phoneNumber": UNVERIFIED}]), status="Verified")

    assert send(api, **{"from": UNVERIFIED})["from"]["phone_number"] == UNVERIFIED


# Parts.


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("x" * 160, "auto", ("GSM-7", 1)),
        ("x" * 161, "auto", ("GSM-7", 2)),
        ("x" * 306, "auto", ("GSM-7", 2)),
        ("x" * 307, "auto", ("GSM-7", 3)),
        ("€" * 80, "auto", ("GSM-7", 1)),
        ("€" * 81, "auto", ("GSM-7", 2)),
        ("^{}[]~\\|", "gsm7", ("GSM-7", 1)),
        ("é" * 160, "gsm7", ("GSM-7", 1)),
        ("x" * 70, "ucs2", ("UCS-2", 1)),
        ("x" * 71, "ucs2", ("UCS-2", 2)),
        ("ж" * 134, "auto", ("UCS-2", 2)),
        ("👍" * 35, "auto", ("UCS-2", 1)),
        ("👍" * 36, "auto", ("UCS-2", 2)),
    ],
)
def test_parts_are_counted(text: str, encoding: str, expected: tuple[str, int]) -> None:
    found = measure(text, encoding)

    assert (found.encoding, found.parts, found.characters) == (*expected, len(text))


def test_smart_encoding_keeps_a_text_in_gsm() -> None:
    assert measure("It’s ready", smart=True).encoding == "GSM-7"
    assert measure("It’s ready", smart=True).smart
    assert measure("It’s ready").encoding == "UCS-2"
    with pytest.raises(NotEncodable):
        measure("It’s ready", "gsm7", smart=True)


# Idempotency.


def keyed(
    api: httpx.Client, key: str, body: dict[str, Any] | None = None, path: str = "/messages"
) -> httpx.Response:
    return api.post(path, json=body or sms(), headers={"Idempotency-Key": key})


def test_the_same_key_is_answered_with_the_same_bytes(api: httpx.Client, sandbox: Sandbox) -> None:
    first, second = keyed(api, "key-1"), keyed(api, "key-1")
    other = keyed(api, "key-2")

    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert other.json()["data"]["id"] != first.json()["data"]["id"]
    assert len(sandbox.messages()) == 2


def test_a_lost_answer_is_replayed(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.fault("store_then_lose", method="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        keyed(api, "key-1")

    again = keyed(api, "key-1")

    assert again.headers["Idempotent-Replayed"] == "true"
    assert [message["id"] for message in sandbox.messages()] == [again.json()["data"]["id"]]


def test_a_key_belongs_to_one_request_and_one_path(api: httpx.Client, sandbox: Sandbox) -> None:
    keyed(api, "key-1")

    different = keyed(api, "key-1", sms(text="Another text"))
    elsewhere = keyed(api, "key-1", path="/messages/long_code")

    assert (different.status_code, errors(different)) == (422, [("10027", None)])
    assert elsewhere.status_code == 200
    assert len(sandbox.messages()) == 2


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "ключ".encode().decode("latin-1")])
def test_a_malformed_key_is_refused(api: httpx.Client, sandbox: Sandbox, key: str) -> None:
    answer = api.post("/messages", json=sms(), headers={b"Idempotency-Key": key.encode("latin-1")})

    assert (answer.status_code, errors(answer)) == (400, [("10015", None)])
    assert sandbox.messages() == []


def test_a_running_key_is_a_conflict(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.key_runs(0.4)
    first = keyed(api, "key-1")

    early = keyed(api, "key-1")

    assert (early.status_code, errors(early)) == (409, [("10036", None)])
    late = until(lambda: (found := keyed(api, "key-1")).status_code == 200 and found)
    assert late.content == first.content


def test_refusals_are_not_replayed_and_keys_expire(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.outcome("refused", "40318")
    assert keyed(api, "key-1").status_code == 400
    first = keyed(api, "key-1")
    sandbox.expire_keys()

    second = keyed(api, "key-1")

    assert first.status_code == second.status_code == 200
    assert first.json()["data"]["id"] != second.json()["data"]["id"]


def test_scheduling_knows_no_key(api: httpx.Client, sandbox: Sandbox) -> None:
    body = sms(send_at=in_minutes(10))

    ids = {keyed(api, "key-1", body, "/messages/schedule").json()["data"]["id"] for _ in range(2)}

    assert len(ids) == 2


# Detail records.


def details(api: httpx.Client, **filters: str) -> list[dict[str, Any]]:
    words = {f"filter{name}": value for name, value in filters.items()}
    answer = api.get("/detail_records", params={"filter[record_type]": "messaging"} | words)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_detail_records_hold_what_is_finished(api: httpx.Client, sandbox: Sandbox) -> None:
    token = "http://127.0.0.1:9/token-1/"
    done = send(api, webhook_url=token)
    send(api, to="+13035550188")
    failed = send(api, to="+13035540008")
    written = sandbox.write("Hi")
    events(sandbox, 5)

    rows = {row["uuid"]: row for row in details(api)}

    assert rows.keys() == {done["id"], failed["id"], written["id"]}
    row = rows[done["id"]]
    assert (row["cli"], row["cld"], row["status"]) == (SENDER, HANDSET, "delivered")
    assert row["delivery_status_webhook_url"] == token
    assert (row["cost"], row["profile_id"], row["errors"]) == ("0.0055", PROFILE_ID, [])
    assert (rows[failed["id"]]["status"], rows[failed["id"]]["errors"]) == ("failed", ["40008"])
    assert (rows[written["id"]]["status"], rows[written["id"]]["direction"]) == ("received", "inbound")


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"[direction]": "outbound"}, 2),
        ({"[status]": "failed"}, 1),
        ({"[cld]": "+13035540008"}, 1),
        ({"[cld][starts_with]": "+1303"}, 2),
        ({"[cli][ends_with]": "0160"}, 2),
        ({"[errors]": "40008"}, 1),
        ({"[profile_id]": PROFILE_ID}, 3),
        ({"[date_range]": "today"}, 3),
        ({"[date_range]": "last_7_days"}, 3),
        ({"[date_range]": "last_month"}, 0),
        ({"[created_at][gte]": "2026-01-01T00:00:00Z"}, 3),
        ({"[created_at][lt]": "2026-01-01T00:00:00Z"}, 0),
    ],
)
def test_detail_records_are_filtered(
    api: httpx.Client, sandbox: Sandbox, filters: dict[str, str], count: int
) -> None:
    send(api)
    send(api, to="+13035540008")
    sandbox.write("Hi")
    events(sandbox, 5)

    assert len(details(api, **filters)) == count


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"filter[record_type]": "fax"},
        {"filter[record_type]": "messaging", "filter[surprise]": "1"},
        {"filter[record_type]": "messaging", "filter[cld][like]": "1"},
        {"filter[record_type]": "messaging", "filter[created_at][gte]": "soon"},
        {"filter[record_type]": "messaging", "filter[date_range]": "someday"},
        {"filter[record_type]": "messaging", "sort": "surprise"},
        {"filter[record_type]": "messaging", "page[size]": "251"},
    ],
)
def test_wrong_questions_for_detail_records_are_refused(api: httpx.Client, query: dict[str, str]) -> None:
    assert api.get("/detail_records", params=query).status_code == 400


def test_detail_records_are_sorted_and_paged(api: httpx.Client, sandbox: Sandbox) -> None:
    sent = [send(api)["id"] for _ in range(3)]
    events(sandbox, 6)

    query: dict[str, Any] = {"filter[record_type]": "messaging", "page[size]": 2}
    newest = api.get("/detail_records", params=query).json()
    oldest = api.get("/detail_records", params=query | {"sort": "created_at"}).json()

    assert [row["uuid"] for row in newest["data"]] == [sent[2], sent[1]]
    assert [row["uuid"] for row in oldest["data"]] == [sent[0], sent[1]]
    assert newest["meta"] == {"page_number": 1, "page_size": 2, "total_pages": 2, "total_results": 3}


# Telnyx's log of deliveries.


def test_lost_and_failed_webhooks_can_be_read_again(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.next_webhook("lose")
    send(api)
    until(lambda: {entry["outcome"] for entry in sandbox.deliveries()} == {"lost", "failed"})

    rows = api.get("/webhook_deliveries").json()["data"]

    assert [row["webhook"]["event_type"] for row in rows] == ["message.finalized", "message.sent"]
    assert [row["webhook"] for row in rows] == [
        event["event"]["data"] for event in sandbox.deliveries()[::-1]
    ]
    assert [(row["status"], len(row["attempts"])) for row in rows] == [("failed", 3), ("failed", 0)]
    assert api.get(f"/webhook_deliveries/{rows[0]['id']}").json()["data"] == rows[0]
    assert api.get(f"/webhook_deliveries/{ABSENT}").status_code == 404


def test_the_log_of_deliveries_is_filtered(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.next_webhook("lose", count=3)
    sandbox.next_webhook("hold")
    sandbox.write("Hi")
    message = send(api)
    events(sandbox, 3)
    sandbox.write("Held back")
    now = in_minutes(0)

    def count(**filters: str) -> int:
        words = {f"filter{name}": value for name, value in filters.items()}
        answer = api.get("/webhook_deliveries", params=words)
        assert answer.status_code == 200, answer.text
        return answer.json()["meta"]["total_results"]

    assert count() == 3
    assert count(**{"[event_type]": "message.sent,message.finalized"}) == 2
    assert count(**{"[event_type]": "message.received"}) == 1
    assert count(**{"[status][eq]": "failed"}) == 3
    assert count(**{"[status][eq]": "delivered"}) == 0
    assert count(**{"[webhook][contains]": message["id"]}) == 2
    assert count(**{"[started_at][lte]": now}) == 3
    assert count(**{"[started_at][gte]": now}) == 0
    assert count(**{"[finished_at][gte]": in_minutes(-5), "[finished_at][lte]": now}) == 3
    assert api.get("/webhook_deliveries", params={"filter[status][eq]": "lost"}).status_code == 422


# Traffic.


class Receiver(ThreadingHTTPServer):
    """Takes webhooks, counts them, and keeps connections open."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), TakesWebhooks)
        self.types: Counter[str] = Counter()
        self.connections: set[Any] = set()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"


class TakesWebhooks(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = body.partition(b'"event_type":"')[2].partition(b'"')[0].decode()
        self.server.types[kind] += 1
        self.server.connections.add(self.client_address)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Log nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_others_send_and_people_answer(receiver: Receiver) -> None:
    with Sandbox(webhooks=receiver.url, pace=0) as sandbox:
        sandbox.traffic(
            100, seconds=2, failing=0.5, codes=["40002", "40008"], inbound=0.3, profile=PROFILE_ID
        )
        until(lambda: not sandbox.call("GET", "/traffic")["running"])
        made = sandbox.stop_traffic()["events"]
        until(lambda: sum(receiver.types.values()) == made)
        found = [message["payload"] for message in sandbox.messages()]

    assert 150 <= made <= 210
    assert receiver.types.keys() == {"message.sent", "message.finalized", "message.received"}
    assert receiver.types["message.sent"] == receiver.types["message.finalized"]
    assert len(receiver.connections) < made / 3
    assert {message["messaging_profile_id"] for message in found} == {PROFILE_ID}
    codes = Counter(error["code"] for message in found for error in message["errors"])
    assert codes.keys() == {"40002", "40008"}
    assert len({message["text"] for message in found}) > 5


def test_traffic_starts_with_the_sandbox_and_again_after_a_reset(receiver: Receiver) -> None:
    with Sandbox(webhooks=receiver.url, pace=0, traffic=50) as sandbox:
        until(lambda: receiver.types["message.sent"])
        sandbox.stop_traffic()
        sandbox.reset()

        assert sandbox.call("GET", "/traffic")["running"]
        assert sandbox.messages() == [] or sandbox.messages()[0]["origin"] == "traffic"


@pytest.mark.parametrize(
    "wrong",
    [{"per_second": 0}, {"per_second": 5, "failing": 2}, {"per_second": 5, "codes": ["1"]}, {}, {"x": 1}],
)
def test_impossible_traffic_is_refused(sandbox: Sandbox, wrong: dict[str, Any]) -> None:
    with pytest.raises(SandboxError):
        sandbox.call("POST", "/traffic", wrong)

    assert not sandbox.call("GET", "/traffic")["running"]


# Restarts.


def test_messages_and_their_plans_survive_a_restart(tmp_path: Path) -> None:
    with Sandbox(webhooks=NOWHERE, pace=0, state_file=tmp_path / "state.json") as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.api_key}"}
        with httpx.Client(base_url=sandbox.base_url, headers=headers, trust_env=False) as api:
            message = send(api, send_at=in_minutes(10))
            sandbox.stop()
            sandbox.start()

            read = api.get(f"/messages/{message['id']}").json()["data"]
            sandbox.send_now(message["id"])
            found = events(sandbox, 2)

    assert read["to"][0]["status"] == "scheduled"
    assert found == [("message.sent", "sent"), ("message.finalized", "delivered")]


def test_a_reset_forgets_messages_and_what_was_to_come(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.pace(0.05)
    message = send(api)
    sandbox.outcome("refused", "40300")
    sandbox.write("STOP")

    sandbox.reset()

    assert sandbox.messages() == sandbox.optouts() == sandbox.deliveries() == []
    assert api.get(f"/messages/{message['id']}").status_code == 404
    send(api)
    assert len(events(sandbox, 2)) == 2


def test_wrong_controls_are_refused(sandbox: Sandbox) -> None:
    for method, path, data in (
        ("POST", "/messages/outcome", {"outcome": "surprise"}),
        ("POST", "/messages/outcome", {"outcome": "refused"}),
        ("POST", "/messages/outcome", {"outcome": "delivery_failed", "code": "1"}),
        ("POST", "/messages/pace", {"pace": -1}),
        ("POST", f"/messages/{uuid.uuid4()}/click", {}),
        ("POST", "/messages/inbound", {"text": "Hi"}),
    ):
        with pytest.raises(SandboxError):
            sandbox.call(method, path, data)


@pytest.mark.parametrize("kind", whatsapp.KINDS)
def test_a_phone_does_everything_in_whatsapp(api: httpx.Client, sandbox: Sandbox, kind: str) -> None:
    ours = api.post("/messages/whatsapp", json=free("Ready")).json()["data"]["id"]
    theirs = sandbox.whatsapp("text")["payload"]

    made = sandbox.whatsapp(kind)["payload"]

    body = made["body"]
    assert (made["to"], made["type"], body["id"], body["from"]) == (SENDER, "WHATSAPP", made["id"], HANDSET)
    assert body["foreign_id"].startswith("wamid.")
    if kind in whatsapp.ABOUT_THEIRS:
        assert body[kind]["original_message_id"] == theirs["body"]["foreign_id"]
    elif kind == "reaction":
        assert body["reaction"]["message_id"] == ours
    elif kind in whatsapp.ABOUT_OURS:
        assert body["context"]["id"] == ours
    until(lambda: made["id"] in {entry["event"]["data"]["payload"]["id"] for entry in sandbox.deliveries()})


def test_free_whatsapp_messages_fail_outside_the_24_hours_and_templates_do_not(
    api: httpx.Client, sandbox: Sandbox
) -> None:
    def ends(content: dict[str, Any]) -> tuple[str, list[str]]:
        id = api.post("/messages/whatsapp", json=content).json()["data"]["id"]
        until(lambda: sandbox.message(id)["payload"]["completed_at"])
        payload = sandbox.message(id)["payload"]
        return payload["to"][0]["status"], [entry["code"] for entry in payload["errors"]]

    template = {"type": "template", "template": {"name": "order_ready", "language": {"code": "en_US"}}}
    before = ends(free("Ready"))
    heard = sandbox.whatsapp("text")
    within = ends(free("Ready"))
    sandbox.set_age(heard["id"], (datetime.now(UTC) - timedelta(hours=25)).isoformat())
    sandbox.whatsapp("reaction")

    assert before == ends(free("Ready")) == ("sending_failed", ["41000"])
    assert within == ends(free("Ready") | {"whatsapp_message": template}) == ("delivered", [])


def free(text: str) -> dict[str, Any]:
    return sms(text=None) | {"whatsapp_message": {"type": "text", "text": {"body": text}}}


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_console_shows_messages_and_decides(
    page: Page, sandbox: Sandbox, api: httpx.Client, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    send(api, to="+13035550188", text="<b>Not bold</b>")
    page.goto(sandbox.url)

    page.get_by_label("From phone").fill("+13035550111")
    writes = page.locator("form").filter(has=page.get_by_label("From phone"))
    writes.get_by_label("Text", exact=True).fill("STOP")
    page.get_by_role("button", name="Send message", exact=True).click()
    page.get_by_text("+13035550111 wrote to").wait_for()
    writes.get_by_label("As").select_option("location")
    page.get_by_role("button", name="Send message", exact=True).click()
    page.get_by_text("used WhatsApp: location.").wait_for()
    page.locator("#messages summary", has_text="<b>Not bold</b>").click()
    page.locator("#messages").get_by_role("button", name="delivery failed").click()
    page.get_by_text("Message updated: delivery failed.").wait_for()

    assert {row["to"] for row in sandbox.optouts()} == {"+13035550111"}
    assert [message["payload"]["errors"][0]["code"] for message in sandbox.messages()[:1]] == ["40008"]
    found = faults_by_any_rule(page)
    assert found == []
