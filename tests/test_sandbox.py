"""The stand-in for Telnyx itself: its rules, its faults, its webhooks, its console."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from playwright.sync_api import Page
from telnyx.lib.webhook_verification import WebhookVerificationError, verify_webhook_signature

from tests.accessibility import faults_by_any_rule
from tests.sandbox.autopilot import Autopilot
from tests.sandbox.control import Sandbox, SandboxError, sample_request
from tests.sandbox.hosted.world import World
from tests.sandbox.signing import Keys
from tests.sandbox.state import State
from tests.sandbox.tollfree import TollFree
from tests.sandbox.webhooks import Sender

PATH = "/messaging_tollfree/verification/requests"
PAGE = {"page": 1, "page_size": 20}
HISTORY_PAGE = {"page[number]": 1, "page[size]": 20}


class Receiver:
    """A webhook endpoint that keeps what it gets and answers as instructed."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(({key.lower(): value for key, value in self.headers.items()}, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/webhooks/telnyx/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def statuses(self) -> list[str]:
        return [json.loads(body)["data"]["payload"]["status"] for _, body in self.received]


@pytest.fixture(scope="module")
def listening() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture(scope="module")
def running(listening: Receiver) -> Iterator[Sandbox]:
    with Sandbox(webhooks=listening.url) as sandbox:
        yield sandbox


@pytest.fixture
def receiver(listening: Receiver) -> Receiver:
    listening.received.clear()
    listening.answers.clear()
    return listening


@pytest.fixture
def sandbox(running: Sandbox, receiver: Receiver) -> Sandbox:
    running.reset()
    return running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    with httpx.Client(base_url=sandbox.base_url, headers=headers, timeout=30, trust_env=False) as client:
        yield client


def create(api: httpx.Client, **changes: Any) -> str:
    answer = api.post(PATH, json=sample_request(**changes))
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def errors(answer: httpx.Response) -> list[tuple[str, str | None]]:
    """Return the code and source of each error in an envelope."""
    return [
        (entry["code"], next(iter(entry.get("source", {}).values()), None))
        for entry in answer.json()["errors"]
    ]


# The rules.


def test_it_answers_a_creation_with_the_vendors_id_and_a_reading_without(api: httpx.Client) -> None:
    created = api.post(PATH, json=sample_request()).json()

    read = api.get(f"{PATH}/{created['id']}").json()

    assert created["verificationStatus"] == read["verificationStatus"] == "In Progress"
    assert created["verificationRequestId"].startswith("VR-")
    assert "verificationRequestId" not in read
    assert "data" not in read
    assert datetime.fromisoformat(read["createdAt"]).microsecond
    assert {name: read[name] for name in sample_request()} == sample_request()


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic KEY-sandbox", "KEY-sandbox", "Bearer"])
def test_it_refuses_a_missing_or_wrong_key(api: httpx.Client, sandbox: Sandbox, header: str | None) -> None:
    request = api.build_request("POST", PATH, json=sample_request())
    del request.headers["Authorization"]
    if header is not None:
        request.headers["Authorization"] = header

    answer = api.send(request)

    assert (answer.status_code, errors(answer)) == (401, [("10009", None)])
    assert sandbox.records() == []


def test_a_new_key_turns_the_old_one_away(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.set_key("KEY-second")

    old = api.get("/messaging_profiles")
    new = api.get("/messaging_profiles", headers={"Authorization": "Bearer KEY-second"})

    assert (old.status_code, new.status_code) == (401, 200)
    assert new.json()["meta"]["total_results"] == len(new.json()["data"]) == 3


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"businessName": None}, [("10004", "/businessName")]),
        ({"businessName": "x" * 501}, [("10015", "/businessName")]),
        ({"productionMessageContent": "x" * 1001}, [("10015", "/productionMessageContent")]),
        ({"businessName": 17}, [("10026", "/businessName")]),
        ({"ageGatedContent": "yes"}, [("10026", "/ageGatedContent")]),
        ({"messageVolume": "10000"}, [("10015", None)]),
        ({"useCase": "Dentistry"}, [("10015", None)]),
        ({"entityType": "LLC"}, [("10015", None)]),
        ({"businessRegistrationCountry": "USA"}, [("10015", "/businessRegistrationCountry")] * 2),
        ({"businessRegistrationCountry": "1X"}, [("10015", "/businessRegistrationCountry")]),
        ({"phoneNumbers": []}, [("10015", "/phoneNumbers")]),
        ({"phoneNumbers": ["+18005550123"]}, [("10026", "/phoneNumbers/0")]),
        ({"phoneNumbers": [{}]}, [("10004", "/phoneNumbers/0/phoneNumber")]),
        ({"phoneNumbers": [{"phoneNumber": "8005550123"}]}, [("10016", "/phoneNumbers/0/phoneNumber")]),
        ({"optInWorkflowImageURLs": [{"url": "opt-in.png"}]}, [("10003", "/optInWorkflowImageURLs/0/url")]),
        (
            {"optInWorkflowImageURLs": [{"url": "https://a.example/" + "x" * 2083}]},
            [("10015", "/optInWorkflowImageURLs/0/url")],
        ),
        ({"optInWorkflowImageUrls": []}, [("10015", "/optInWorkflowImageUrls")]),
        ({"verificationStatus": "Verified"}, [("10015", "/verificationStatus")]),
        (
            {"businessCity": None, "businessZip": None},
            [("10004", "/businessCity"), ("10004", "/businessZip")],
        ),
    ],
)
def test_it_refuses_a_body_that_breaks_the_contract(
    api: httpx.Client, sandbox: Sandbox, changes: dict[str, Any], expected: list[tuple[str, str | None]]
) -> None:
    answer = api.post(PATH, json=sample_request(**changes))

    assert (answer.status_code, errors(answer)) == (400, expected)
    assert sandbox.records() == []


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "10023"),
        (b"\xff", "application/json", 400, "10028"),
        (b"[" * 100_000, "application/json", 400, "10023"),
        (b"[]", "application/json", 400, "10015"),
        (b"{}", "text/plain", 415, "10029"),
    ],
)
def test_it_refuses_what_is_not_a_json_object(
    api: httpx.Client, content: bytes, content_type: str, status: int, code: str
) -> None:
    answer = api.post(PATH, content=content, headers={"Content-Type": content_type})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)


def test_it_accepts_nulls_where_the_contract_does_and_capitals_for_the_country(api: httpx.Client) -> None:
    body = sample_request(businessRegistrationCountry="us") | {"doingBusinessAs": None, "entityType": None}

    created = api.post(PATH, json=body).json()
    refused = api.post(PATH, json=sample_request() | {"businessAddr2": None})

    assert created["businessRegistrationCountry"] == "US"
    assert not {"doingBusinessAs", "entityType"} & set(created)
    assert errors(refused) == [("10026", "/businessAddr2")]


@pytest.mark.parametrize("params", [{}, {"page": 1}, {"page_size": 5}, {"page[number]": 1, "page[size]": 5}])
def test_a_list_needs_its_page_in_its_own_spelling(api: httpx.Client, params: dict[str, int]) -> None:
    answer = api.get(PATH, params=params)

    assert answer.status_code == 400
    assert ("10004", "page_size") in errors(answer) or ("10004", "page") in errors(answer)


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", ""])
def test_a_page_number_is_a_positive_integer(api: httpx.Client, value: str) -> None:
    answer = api.get(PATH, params={"page": value, "page_size": 5})

    assert (answer.status_code, errors(answer)) == (400, [("10015", "page")])


def test_a_page_larger_than_the_ceiling_is_clamped_in_silence(api: httpx.Client) -> None:
    for number in range(103):
        create(api, businessName=f"Branch {number}")

    first = api.get(PATH, params={"page": 1, "page_size": 500}).json()
    second = api.get(PATH, params={"page": 2, "page_size": 500}).json()

    assert (len(first["records"]), len(second["records"])) == (100, 3)
    assert first["total_records"] == second["total_records"] == 103
    assert first["records"][0]["businessName"] == "Branch 102"


def test_the_list_filters(api: httpx.Client, sandbox: Sandbox) -> None:
    older = sandbox.seed(
        sample_request(businessName="Quillfeather Books"), created_at="2026-01-05T10:00:00.000000Z"
    )
    newer = create(api, phoneNumbers=[{"phoneNumber": "+18885550199"}, {"phoneNumber": "+18885550198"}])
    sandbox.set_status(newer, "Waiting For Customer", "More, please.", webhook=False)

    def found(**params: Any) -> list[str]:
        answer = api.get(PATH, params=PAGE | params)
        assert answer.json()["total_records"] == len(answer.json()["records"])
        return [record["id"] for record in answer.json()["records"]]

    assert found() == [newer, older["id"]]
    assert found(phone_number="+18885550198") == [newer]
    assert found(phone_number="+1888555019") == []
    assert found(business_name="quillfeather") == [older["id"]]
    assert found(status="Waiting For Customer") == [newer]
    assert found(date_start="2026-01-05T10:00:00Z", date_end="2026-01-05T10:00:00Z") == [older["id"]]
    assert found(date_start="2026-01-05T10:00:01Z") == [newer]
    assert api.get(PATH, params=PAGE | {"status": "Pending"}).status_code == 400
    assert errors(api.get(PATH, params=PAGE | {"date_start": "soon"})) == [("10015", "date_start")]
    assert errors(api.get(PATH, params=PAGE | {"phone": "+18885550198"})) == [("10015", "phone")]


def test_an_update_takes_the_whole_body_and_reenters_review(api: httpx.Client, sandbox: Sandbox) -> None:
    id = create(api)
    sandbox.set_status(id, "Waiting For Customer", "Name the brand.")

    partial = api.patch(f"{PATH}/{id}", json={"businessCity": "Peoria"})
    whole = api.patch(f"{PATH}/{id}", json=sample_request(businessCity="Peoria"))

    read = api.get(f"{PATH}/{id}").json()
    assert len(errors(partial)) == 17
    assert (whole.status_code, whole.json()["verificationStatus"]) == (200, "In Progress")
    assert (read["businessCity"], read["verificationStatus"]) == ("Peoria", "In Progress")
    assert "reason" not in read


def test_the_history_only_grows_and_its_times_are_exact(api: httpx.Client, sandbox: Sandbox) -> None:
    id = create(api)
    sandbox.set_status(id, "Waiting For Customer", "Name the brand.")
    api.patch(f"{PATH}/{id}", json=sample_request())
    sandbox.set_status(id, "Paused By Carrier")

    answer = api.get(f"{PATH}/{id}/status_history", params=HISTORY_PAGE).json()
    last = api.get(f"{PATH}/{id}/status_history", params={"page[number]": 2, "page[size]": 3}).json()

    times = [entry["updatedAt"] for entry in answer["records"]]
    assert [entry["verificationStatus"] for entry in answer["records"]] == [
        "In Progress",
        "Waiting For Customer",
        "In Progress",
        "Paused By Carrier",
    ]
    assert [entry["reason"] for entry in answer["records"]] == [None, "Name the brand.", None, None]
    assert times == sorted(set(times))
    assert (len(last["records"]), last["total_records"]) == (1, 4)
    assert api.get(f"{PATH}/{id}/status_history", params=PAGE).status_code == 400


def test_only_a_rejected_request_is_deleted_and_only_once(api: httpx.Client, sandbox: Sandbox) -> None:
    id = create(api)

    too_early = api.delete(f"{PATH}/{id}")
    sandbox.set_status(id, "Rejected", "No.")
    deleted = api.delete(f"{PATH}/{id}")
    gone = api.delete(f"{PATH}/{id}")

    assert (too_early.status_code, deleted.status_code, gone.status_code) == (400, 200, 404)
    assert api.get(f"{PATH}/{id}").status_code == 404
    assert sandbox.records() == []


def test_a_new_request_takes_the_verification_from_its_number(api: httpx.Client, sandbox: Sandbox) -> None:
    verified = create(api)
    other = create(api, phoneNumbers=[{"phoneNumber": "+18775550100"}])
    for id in (verified, other):
        sandbox.set_status(id, "Verified", webhook=False)

    create(api)

    assert sandbox.record(verified)["status"] == "Rejected"
    assert sandbox.record(other)["status"] == "Verified"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("PUT", PATH, 405),
        ("GET", f"{PATH}/not-a-uuid", 400),
        ("PATCH", f"{PATH}/9c0d4e21-2b6a-4f31-8e77-1a2b3c4d5e6f", 404),
        ("GET", "/messaging_profiles?page[size]=251", 400),
    ],
)
def test_it_says_what_does_not_exist(api: httpx.Client, method: str, path: str, status: int) -> None:
    answer = api.request(method, path, json=sample_request() if method in ("PUT", "PATCH") else None)

    assert answer.status_code == status
    assert answer.json()["errors"][0]["title"]


def test_every_answer_has_the_headers_telnyx_sends(api: httpx.Client) -> None:
    headers = api.get("/messaging_profiles").headers

    assert abs(parsedate_to_datetime(headers["Date"]) - datetime.now(UTC)) < timedelta(seconds=5)
    assert int(headers["x-ratelimit-remaining"]) < int(headers["x-ratelimit-limit"])
    assert 0 < int(headers["x-ratelimit-reset"]) <= 60
    assert headers["x-request-id"]


def test_a_connection_is_kept_for_the_next_request(api: httpx.Client) -> None:
    ports = set()
    for _ in range(3):
        stream = api.get("/messaging_profiles").extensions["network_stream"]
        ports.add(stream.get_extra_info("client_addr"))

    assert len(ports) == 1


def test_a_chunked_body_is_read(api: httpx.Client) -> None:
    body = json.dumps(sample_request()).encode()

    answer = api.post(
        PATH, content=iter([body[:100], body[100:]]), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 200


def test_it_logs_requests_with_the_exact_bytes_but_never_the_key(api: httpx.Client, sandbox: Sandbox) -> None:
    body = json.dumps(sample_request(), indent=3).encode()
    api.post(PATH, content=body, headers={"Content-Type": "application/json"})
    api.get(PATH, params=PAGE)

    posted, listed = sandbox.requests()

    assert base64.b64decode(posted["body_base64"]) == posted["body"].encode() == body
    assert (posted["method"], posted["path"], posted["answered_status"]) == ("POST", f"/v2{PATH}", 200)
    assert listed["query"] == [["page", "1"], ["page_size", "20"]]
    assert sandbox.api_key not in json.dumps([posted, listed])
    assert sandbox.requests("GET", "requests$") == [listed]
    sandbox.clear_requests()
    assert sandbox.requests() == []


# Faults.


@pytest.mark.parametrize(
    ("kind", "details", "raised", "stored"),
    [
        ("reset", {}, httpx.ReadError, 0),
        ("reset", {"when": "after"}, httpx.ReadError, 1),
        ("reset", {"when": "midway"}, httpx.ReadError, 1),
        ("truncate", {}, httpx.RemoteProtocolError, 1),
        ("store_then_lose", {}, httpx.RemoteProtocolError, 1),
        ("delay", {"seconds": 2}, httpx.ReadTimeout, 0),
        ("delay", {"seconds": 2, "when": "after"}, httpx.ReadTimeout, 1),
    ],
)
def test_a_fault_breaks_the_answer(
    api: httpx.Client,
    sandbox: Sandbox,
    kind: str,
    details: dict[str, Any],
    raised: type[Exception],
    stored: int,
) -> None:
    sandbox.fault(kind, method="POST", **details)

    with pytest.raises(raised):
        api.post(PATH, json=sample_request(), timeout=0.3)

    assert len(sandbox.records()) == stored
    assert sandbox.requests()[0]["fault"] == kind
    assert api.get("/messaging_profiles").status_code == 200


@pytest.mark.parametrize(
    ("kind", "details", "status", "content_type", "stored"),
    [
        ("status", {"status": 503}, 503, "application/json", 0),
        ("status", {"status": 500, "store": True}, 500, "application/json", 1),
        ("status", {"status": 502, "body": "<h1>Bad Gateway</h1>"}, 502, "text/html; charset=utf-8", 0),
        (
            "status",
            {"status": 422, "json": {"errors": []}, "headers": {"X-Odd": "1"}},
            422,
            "application/json",
            0,
        ),
        ("html", {}, 200, "text/html; charset=utf-8", 1),
        ("html", {"store": False}, 200, "text/html; charset=utf-8", 0),
        ("empty", {}, 200, "application/json", 1),
        ("wrong_content_type", {}, 200, "text/plain", 1),
        ("redirect", {}, 302, None, 0),
        ("drip", {"seconds": 0.0001}, 200, "application/json", 1),
    ],
)
def test_a_fault_changes_the_answer(
    api: httpx.Client,
    sandbox: Sandbox,
    kind: str,
    details: dict[str, Any],
    status: int,
    content_type: str | None,
    stored: int,
) -> None:
    sandbox.fault(kind, method="POST", **details)

    answer = api.post(PATH, json=sample_request())

    assert (answer.status_code, answer.headers.get("Content-Type")) == (status, content_type)
    assert len(sandbox.records()) == stored
    assert [answer.headers.get(name) for name in details.get("headers", {})] == [
        *details.get("headers", {}).values()
    ]


def test_a_wrong_content_type_carries_the_right_answer(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.fault("wrong_content_type")

    answer = api.post(PATH, json=sample_request())

    assert answer.json()["id"] == sandbox.records()[0]["id"]


def test_a_huge_answer_is_valid_json_of_the_size_that_was_asked_for(
    api: httpx.Client, sandbox: Sandbox
) -> None:
    sandbox.fault("huge", megabytes=3)

    answer = api.post(PATH, json=sample_request())

    assert len(answer.content) == 3 * 1024 * 1024
    assert answer.json()["id"]


def test_a_late_creation_breaks_now_and_stores_later(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.fault("late_create", seconds=0.5)

    with pytest.raises(httpx.ReadError):
        api.post(PATH, json=sample_request())

    assert sandbox.records() == []
    assert len(sandbox.wait(sandbox.records, 1, 5)) == 1


def test_a_reset_forgets_a_late_creation(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.fault("late_create", seconds=0.3, status=504)
    assert api.post(PATH, json=sample_request()).status_code == 504

    sandbox.reset()

    with pytest.raises(SandboxError):
        sandbox.wait(sandbox.records, 1, 0.8)


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"seconds": 7}, {"retry-after": "7"}),
        ({"value": "99999"}, {"retry-after": "99999"}),
        ({"when": "ratelimit-reset", "seconds": 9}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9"}),
        ({"when": "none"}, {}),
    ],
)
def test_a_429_gives_the_hint_that_was_asked_for(
    api: httpx.Client, sandbox: Sandbox, details: dict[str, Any], expected: dict[str, str]
) -> None:
    sandbox.fault("retry_after", **details)

    answer = api.post(PATH, json=sample_request())

    hints = {
        name: value for name, value in answer.headers.items() if name.startswith(("retry", "x-ratelimit"))
    }
    assert (answer.status_code, errors(answer), hints) == (429, [("10011", None)], expected)


def test_a_429_may_name_a_date(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.fault("retry_after", when="date", seconds=60)

    until = parsedate_to_datetime(api.post(PATH, json=sample_request()).headers["Retry-After"])

    assert timedelta(seconds=50) < until - datetime.now(UTC) <= timedelta(seconds=60)


def test_a_fault_takes_matching_requests_and_is_used_up(api: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.fault("status", status=503, method="GET", path="/requests$", count=2)
    sandbox.fault("status", status=401, method="DELETE", count=None)

    listed = [api.get(PATH, params=PAGE).status_code for _ in range(3)]
    others = [api.get("/messaging_profiles").status_code, api.post(PATH, json=sample_request()).status_code]
    deleted = [api.delete(f"{PATH}/x").status_code for _ in range(3)]

    assert (listed, others, deleted) == ([503, 503, 200], [200, 200], [401, 401, 401])
    assert [fault["count"] for fault in sandbox.faults()] == [None]
    sandbox.clear_faults()
    assert api.delete(f"{PATH}/x").status_code == 400


@pytest.mark.parametrize(
    "fault",
    [{"kind": "burn"}, {"kind": "status", "path": "("}, {"kind": "reset", "when": "never"}, {"odd": 1}],
)
def test_a_fault_that_means_nothing_is_refused(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    with pytest.raises(SandboxError):
        sandbox.call("POST", "/faults", fault)


def test_words_in_the_business_name_break_the_creation(api: httpx.Client, sandbox: Sandbox) -> None:
    refused = api.post(PATH, json=sample_request(businessName="Finch FAKE-422 Ltd"))
    busy = [api.post(PATH, json=sample_request(businessName="FAKE-429")) for _ in range(2)]
    locked = [api.post(PATH, json=sample_request(businessName="FAKE-401")).status_code for _ in range(2)]
    down = [api.post(PATH, json=sample_request(businessName="FAKE-503")).status_code for _ in range(2)]
    with pytest.raises(httpx.RemoteProtocolError):
        api.post(PATH, json=sample_request(businessName="FAKE-TIMEOUT"))

    assert (refused.status_code, errors(refused)) == (422, [("10015", "/businessName")])
    assert [answer.status_code for answer in busy] == [429, 200]
    assert busy[0].headers["Retry-After"] == "5"
    assert (locked, down) == ([401, 200], [503, 503])
    assert [record["fields"]["businessName"] for record in sandbox.records()] == [
        "FAKE-429",
        "FAKE-401",
        "FAKE-TIMEOUT",
    ]
    id = sandbox.records()[0]["id"]
    assert api.patch(f"{PATH}/{id}", json=sample_request(businessName="FAKE-503")).status_code == 200


# Webhooks.


def test_a_status_change_is_sent_and_signed_as_telnyx_signs(
    api: httpx.Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    id = create(api)

    sandbox.set_status(id, "Rejected", "The opt-in page shows no brand.")
    (delivery,) = sandbox.wait_for_deliveries(1)

    ((headers, body),) = receiver.received
    event = json.loads(body)
    assert event["data"]["event_type"] == "toll_free_verification.status_update"
    assert event["data"]["payload"] == {
        "id": id,
        "status": "rejected",
        "rejectionReason": "The opt-in page shows no brand.",
    }
    assert event["data"]["occurred_at"] == sandbox.record(id)["updated_at"]
    assert event["meta"] == {"attempt": 1, "delivered_to": receiver.url}
    assert delivery["attempts"][0]["status"] == 200
    signature = base64.b64decode(headers["telnyx-signature-ed25519"])
    signed = headers["telnyx-timestamp"].encode() + b"|" + body
    VerifyKey(base64.b64decode(sandbox.public_key)).verify(signed, signature)
    verify_webhook_signature(body, headers, sandbox.public_key)
    with pytest.raises(WebhookVerificationError):
        verify_webhook_signature(body + b" ", headers, sandbox.public_key)


def test_a_failing_receiver_is_asked_three_times(
    api: httpx.Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    receiver.answers = [500, 301, 200]

    sandbox.set_status(create(api), "Verified")
    (delivery,) = sandbox.wait_for_deliveries(1)

    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 301, 200]
    events = [json.loads(body) for _, body in receiver.received]
    assert [event["meta"]["attempt"] for event in events] == [1, 2, 3]
    assert len({event["data"]["id"] for event in events}) == 1


def test_it_gives_up_after_three_attempts(api: httpx.Client, sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.answers = [503, 503, 503]

    sandbox.set_status(create(api), "Verified")
    (delivery,) = sandbox.wait(
        lambda: [entry for entry in sandbox.deliveries() if entry["outcome"] == "failed"], 1, 10
    )

    assert len(delivery["attempts"]) == len(receiver.received) == 3


def test_the_requests_own_address_wins_but_never_off_this_machine(
    api: httpx.Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    own = create(api, webhookUrl=receiver.url + "?token=own")
    public = create(api, webhookUrl="https://desk.example.com/hooks/telnyx/t0ken/?a=1")

    sandbox.set_status(own, "Verified")
    sandbox.set_status(public, "Verified")
    delivered = {
        entry["event"]["data"]["payload"]["id"]: entry["url"] for entry in sandbox.wait_for_deliveries(2)
    }

    host = receiver.url.removesuffix("/webhooks/telnyx/")
    assert delivered == {own: receiver.url + "?token=own", public: host + "/hooks/telnyx/t0ken/?a=1"}
    for url in ("http://192.0.2.1/", "https://127.0.0.1/", "http://localhost.example/"):
        sent = sandbox.send_webhook(b"{}", url=url)
        assert sent["status"] == 200


def test_without_a_default_target_nothing_leaves(tmp_path: Path) -> None:
    sender = Sender(State(), Keys(), default_url=None)

    assert sender.target("https://desk.example.com/") is None
    assert sender.target(None) is None
    assert sender.target("http://localhost:8000/x") == "http://localhost:8000/x"


def test_the_next_webhook_is_lost_or_repeated(
    api: httpx.Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    id = create(api)
    sandbox.next_webhook("lose")
    sandbox.next_webhook("repeat")

    sandbox.set_status(id, "Waiting For Vendor")
    sandbox.set_status(id, "Verified")
    delivered = sandbox.wait_for_deliveries(2)

    assert receiver.statuses() == ["verified", "verified"]
    assert len({entry["event_id"] for entry in delivered}) == 1
    assert sorted(entry["outcome"] for entry in sandbox.deliveries()) == ["delivered", "delivered", "lost"]


def test_the_next_webhook_is_wrongly_signed_or_stale(
    api: httpx.Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    id = create(api)
    sandbox.next_webhook("missign")
    sandbox.set_status(id, "Waiting For Vendor")
    sandbox.wait_for_deliveries(1)
    sandbox.next_webhook("stale")
    sandbox.set_status(id, "Verified")
    sandbox.wait_for_deliveries(2)

    missigned, stale = receiver.received
    key = VerifyKey(base64.b64decode(sandbox.public_key))

    def verify(received: tuple[dict[str, str], bytes]) -> None:
        headers, body = received
        signed = headers["telnyx-timestamp"].encode() + b"|" + body
        key.verify(signed, base64.b64decode(headers["telnyx-signature-ed25519"]))

    with pytest.raises(BadSignatureError):
        verify(missigned)
    verify(stale)
    assert time.time() - int(stale[0]["telnyx-timestamp"]) > 300


def test_the_next_webhook_is_delayed(api: httpx.Client, sandbox: Sandbox, receiver: Receiver) -> None:
    id = create(api)
    sandbox.next_webhook("delay", seconds=1)

    sandbox.set_status(id, "Waiting For Vendor")
    sandbox.set_status(id, "Verified")
    sandbox.wait_for_deliveries(2)

    assert receiver.statuses() == ["verified", "waiting for vendor"]


@pytest.mark.parametrize("then_release", [True, False])
def test_held_webhooks_go_out_last_one_first(
    api: httpx.Client, sandbox: Sandbox, receiver: Receiver, then_release: bool
) -> None:
    id = create(api)
    sandbox.next_webhook("hold", 2, then_release=then_release)

    sandbox.set_status(id, "Waiting For Vendor")
    sandbox.set_status(id, "Verified")
    released = 0 if then_release else sandbox.release_webhooks()
    sandbox.wait_for_deliveries(2)

    assert receiver.statuses() == ["verified", "waiting for vendor"]
    assert released == (0 if then_release else 2)


def test_any_bytes_are_sent_with_any_key_and_time(sandbox: Sandbox, receiver: Receiver) -> None:
    odd = b'\xff{"data": nonsense'

    sandbox.send_webhook(odd)
    sandbox.send_webhook(odd, key="next", timestamp=1_700_000_000)
    sandbox.send_webhook({"data": None}, headers={"telnyx-signature-ed25519": None, "X-Extra": "1"})
    receiver.answers = [403]
    refused = sandbox.send_webhook("", key="unknown", timestamp="soon")

    (first, _), (second, body), (third, _), (fourth, _) = receiver.received
    assert body == odd
    assert second["telnyx-timestamp"] == "1700000000"
    VerifyKey(base64.b64decode(sandbox.public_keys[1])).verify(
        b"1700000000|" + odd, base64.b64decode(second["telnyx-signature-ed25519"])
    )
    assert first["telnyx-signature-ed25519"] != second["telnyx-signature-ed25519"]
    assert "telnyx-signature-ed25519" not in third
    assert third["x-extra"] == "1"
    assert fourth["telnyx-timestamp"] == "soon"
    assert refused["status"] == 403


def test_the_reviewer_may_date_a_decision_back(api: httpx.Client, sandbox: Sandbox) -> None:
    id = create(api)

    sandbox.set_status(id, "Verified", occurred_at="2026-02-03T04:05:06.000007Z", webhook=False)

    assert api.get(f"{PATH}/{id}").json()["updatedAt"] == "2026-02-03T04:05:06.000007Z"
    assert sandbox.deliveries() == []


# Behind our back, the console, the autopilot, restarts.


def test_the_portal_edits_seeds_and_deletes_without_a_webhook(api: httpx.Client, sandbox: Sandbox) -> None:
    seeded = sandbox.seed(status="Verified", reason=None)

    sandbox.edit(seeded["id"], businessCity="Elsewhere", isvReseller="Yes")
    edited = api.get(f"{PATH}/{seeded['id']}").json()
    sandbox.delete(seeded["id"])

    assert (edited["businessCity"], edited["isvReseller"]) == ("Elsewhere", "Yes")
    assert (seeded["origin"], edited["verificationStatus"]) == ("portal", "Verified")
    assert sandbox.records() == sandbox.deliveries() == []


def test_the_console_shows_what_happened_and_escapes_it(api: httpx.Client, sandbox: Sandbox) -> None:
    id = create(api, businessName="<script>alert(1)</script> Ltd")
    sandbox.set_status(id, "Paused <By> Carrier", "because & so")
    sandbox.fault("reset", path="<u>")
    sandbox.next_webhook("lose")
    sandbox.wait_for_deliveries(1)

    api.post(PATH, content=b"[" * 100_000)
    api.post(PATH, content=rb'"\ud800"')

    page = httpx.get(f"{sandbox.url}/?failed=<i>", trust_env=False)

    assert page.status_code == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Ltd" in page.text
    for raw in ("<script>alert", "<By>", "<u>", "<i>", sandbox.api_key):
        assert raw not in page.text
    for shown in (
        id,
        "because &amp; so",
        f"/v2{PATH}",
        "delivered",
        "lost",
        "Taken over by you",
        sandbox.public_key,
    ):
        assert shown in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_consoles_forms_press_the_buttons(
    api: httpx.Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    id = create(api)

    def press(to: str, /, **form: str) -> str:
        answer = httpx.post(sandbox.url + to, data=form, trust_env=False)
        assert answer.status_code == 303
        return answer.headers["Location"]

    decided = press(f"/records/{id}/status", status="Rejected", other="", reason="No brand.", webhook="on")
    quiet = press(f"/records/{id}/status", status="Rejected", other="Paused By Carrier", reason="")
    press(f"/records/{id}/edit", name="businessCity", value="Elsewhere")
    press(f"/records/{id}/give_back")
    press("/webhooks", action="reorder")
    press("/webhooks", action="usual")
    press(f"/records/{id}/event")
    press(
        "/faults",
        kind="status",
        method="GET",
        path="profiles$",
        count="1",
        status="418",
        seconds="5",
        when="",
    )
    press("/autopilot", seconds="600")
    wrong = press("/faults", kind="reset", method="", path="(", count="1", status="", seconds="", when="")

    assert decided.endswith(f"#r-{id}")
    assert "said=" in quiet
    assert "failed=" in wrong
    (record,) = sandbox.records()
    assert (record["status"], record["reason"], record["taken_over"]) == ("Paused By Carrier", None, False)
    assert record["fields"]["businessCity"] == "Elsewhere"
    sandbox.wait_for_deliveries(2)
    assert sorted(receiver.statuses()) == ["paused by carrier", "rejected"]
    assert api.get("/messaging_profiles").status_code == 418
    press(f"/records/{id}/delete")
    assert sandbox.records() == []


def test_a_form_of_another_site_is_refused(sandbox: Sandbox) -> None:
    headers = {"Origin": "https://elsewhere.example"}

    answers = [
        httpx.post(sandbox.url + path, headers=headers, trust_env=False).status_code
        for path in ("/autopilot", "/_sandbox/reset")
    ]

    assert answers == [403, 403]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_console_is_usable_on_a_phone_and_accessible(
    page: Page, api: httpx.Client, sandbox: Sandbox, scheme: Literal["light", "dark"]
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 800})
    for number, status in enumerate(
        ["Verified", "Rejected", "Waiting For Customer", "In Progress", "Paused"]
    ):
        id = create(api, businessName=f"Company {number} " + "with a very long name " * 5)
        sandbox.set_status(id, status, "Because. " * 20)
    sandbox.fault("reset", path="x")
    sandbox.next_webhook("stale")
    page.goto(sandbox.url)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")

    width = page.evaluate("document.documentElement.scrollWidth")
    # Scripts from elsewhere are forbidden to the page; axe is put into it from outside.
    found = faults_by_any_rule(page)

    assert width <= 360
    assert found == []
    assert complaints == []


@pytest.mark.browser
def test_the_console_refreshes_itself_but_not_what_someone_types(
    page: Page, api: httpx.Client, sandbox: Sandbox
) -> None:
    first = create(api)
    page.goto(sandbox.url)
    page.locator(f"#d-{first} summary").click()
    page.locator(f"#d-{first} [name=reason]").fill("Name the brand.")

    create(api, businessName="Second Company")
    page.get_by_text("Second Company").first.wait_for(state="attached")
    logged = page.locator("#records h3").count()
    page.locator(f"#d-{first} [name=status]").select_option("Waiting For Customer")
    page.locator(f"#d-{first}").get_by_role("button", name="Set status").click()

    assert logged == 1
    page.locator("#records h3", has_text="Second Company").wait_for()
    assert sandbox.record(first)["reason"] == "Name the brand."
    assert page.get_by_role("status").inner_text() == "The status is now Waiting For Customer."
    create(api, businessName="Third Company")
    page.locator("#records h3", has_text="Third Company").wait_for()


@pytest.fixture
def world() -> tuple[TollFree, Autopilot]:
    state = State()
    sender = Sender(state, Keys(), None)
    tollfree = TollFree(state, sender)
    return tollfree, Autopilot(state, tollfree, World(state, sender), 5)


def course(world: tuple[TollFree, Autopilot], fields: dict[str, Any], *, answer: bool = False) -> list[str]:
    """Return the statuses a request goes through when only the autopilot handles it."""
    tollfree, autopilot = world
    record = tollfree.add(fields, "In Progress", origin="api")
    now = datetime.now(UTC)
    for _ in range(8):
        now += timedelta(seconds=6)
        autopilot.tick(now, 5)
        if answer and record["status"] in ("Waiting For Customer", "Rejected"):
            tollfree.note(record, "In Progress", None)
    return [entry["verificationStatus"] for entry in record["history"]]


def test_the_autopilot_brings_most_requests_to_verified_and_some_elsewhere(
    world: tuple[TollFree, Autopilot],
) -> None:
    courses = [tuple(course(world, sample_request(businessName=f"Company {n}"))) for n in range(60)]

    review = ("In Progress", "Waiting For Telnyx")
    good = (*review, "Waiting For Vendor", "Verified")
    rejected = (*review, "Waiting For Vendor", "Rejected")
    assert set(courses) == {good, (*review, "Waiting For Customer"), rejected}
    assert courses.count(good) > 30


def test_the_autopilot_verifies_what_was_answered(world: tuple[TollFree, Autopilot]) -> None:
    courses = [course(world, sample_request(businessName=f"Company {n}"), answer=True) for n in range(30)]

    assert {statuses[-1] for statuses in courses} == {"Verified"}


def test_the_autopilot_objects_to_missing_documents(world: tuple[TollFree, Autopilot]) -> None:
    unregistered = course(world, sample_request(businessRegistrationNumber=None))
    sole = course(world, sample_request(businessRegistrationNumber=None, entityType="SOLE_PROPRIETOR"))
    political = course(world, sample_request(useCase="Political"))

    assert (unregistered[-1], political[-1]) == ("Rejected", "Rejected")
    assert "Rejected" not in sole[:3]


def test_the_autopilot_waits_and_leaves_alone_what_was_taken_over(world: tuple[TollFree, Autopilot]) -> None:
    tollfree, autopilot = world
    record = tollfree.add(sample_request(), "In Progress", origin="api")
    now = datetime.now(UTC)

    autopilot.tick(now + timedelta(seconds=3), 5)
    early = record["status"]
    record["taken_over"] = True
    autopilot.tick(now + timedelta(seconds=60), 5)
    taken = record["status"]
    record["taken_over"] = False
    autopilot.tick(now + timedelta(seconds=60), 5)

    assert (early, taken, record["status"]) == ("In Progress", "In Progress", "Waiting For Telnyx")


def test_the_autopilot_of_a_running_sandbox_sends_webhooks(sandbox: Sandbox, api: httpx.Client) -> None:
    id = create(api)
    sandbox.autopilot(0.1)

    sandbox.wait_for_deliveries(2)

    assert sandbox.record(id)["status"] != "In Progress"
    assert not sandbox.record(id)["taken_over"]


def test_records_and_keys_survive_a_restart_on_the_same_port(tmp_path: Path) -> None:
    sandbox = Sandbox(state_file=tmp_path / "state.json", signing_key_file=tmp_path / "keys")
    with sandbox:
        record, keys, port = sandbox.seed(status="Verified"), sandbox.public_keys, sandbox.port

    with sandbox:
        assert sandbox.records() == [record]
        assert (sandbox.public_keys, sandbox.port) == (keys, port)

    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


def test_a_taken_port_is_one_clear_sentence(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SandboxError):
        Sandbox(port=sandbox.port).start()

    assert capfd.readouterr().err == (
        f"The sandbox cannot listen on 127.0.0.1:{sandbox.port}: Address already in use.\n"
    )
