"""The stand-in's hosted service: its twelve operations, its eight events, and what can be scripted and decided."""

import base64
import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import Page

from tests.accessibility import faults_by_any_rule
from tests.sandbox.autopilot import Autopilot
from tests.sandbox.control import Sandbox, SandboxError
from tests.sandbox.hosted.world import World
from tests.sandbox.hosted_control import HOSTED_NUMBERS, PROFILE_ID
from tests.sandbox.signing import Keys
from tests.sandbox.state import Record, State
from tests.sandbox.tollfree import TollFree
from tests.sandbox.webhooks import Sender

ORDERS = "/messaging_hosted_number_orders"
NUMBERS = "/messaging_hosted_numbers"
PDF = b"%PDF-1.7\r\n\x00\xff--\r\n\r\n%%EOF\r\n"
PREFIX = "messaging_hosted_numbers_orders."
ABSENT = "9c0d4e21-2b6a-4f31-8e77-1a2b3c4d5e6f"


@pytest.fixture
def sandbox(posting_sandbox: Sandbox) -> Sandbox:
    posting_sandbox.reset()
    return posting_sandbox


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    with httpx.Client(base_url=sandbox.base_url, headers=headers, timeout=30, trust_env=False) as client:
        yield client


def create(api: httpx.Client, *numbers: str, profile: str | None = PROFILE_ID) -> dict[str, Any]:
    body = {"phone_numbers": numbers or HOSTED_NUMBERS} | (
        {"messaging_profile_id": profile} if profile else {}
    )
    answer = api.post(ORDERS, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def errors(answer: httpx.Response) -> list[tuple[str, str | None]]:
    return [
        (entry["code"], next(iter(entry.get("source", {}).values()), None))
        for entry in answer.json()["errors"]
    ]


def statuses(order: dict[str, Any]) -> list[str]:
    """Return the statuses of an order's numbers, as REST or the controls show them."""
    return [number["status"] for number in order.get("phone_numbers") or order["numbers"]]


def events(sandbox: Sandbox) -> list[tuple[str, str, list[str]]]:
    """Return the type, order status and number statuses of each event that was sent."""
    found = [entry["event"]["data"] for entry in sandbox.deliveries()]
    return [
        (
            event["event_type"].removeprefix(PREFIX),
            event["payload"]["order_status"],
            [number["status"] for number in event["payload"]["numbers"]],
        )
        for event in found
    ]


def upload(api: httpx.Client, order: str, **files: bytes) -> httpx.Response:
    parts = {kind: (f"{kind}.pdf", data, "application/pdf") for kind, data in files.items()}
    return api.post(f"{ORDERS}/{order}/actions/file_upload", files=parts)


def send_codes(api: httpx.Client, order: str, *numbers: str, method: str = "sms") -> list[dict[str, Any]]:
    body = {"phone_numbers": numbers or HOSTED_NUMBERS, "verification_method": method}
    answer = api.post(f"{ORDERS}/{order}/verification_codes", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def validate(api: httpx.Client, order: str, codes: dict[str, str]) -> list[str]:
    entries = [{"phone_number": number, "code": code} for number, code in codes.items()]
    answer = api.post(f"{ORDERS}/{order}/validation_codes", json={"verification_codes": entries})
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["order_id"] == order
    return [row["status"] for row in answer.json()["data"]["phone_numbers"]]


# Orders.


def test_an_order_starts_pending_and_says_so(api: httpx.Client, sandbox: Sandbox) -> None:
    order = create(api)

    read = api.get(f"{ORDERS}/{order['id']}").json()["data"]

    assert order == read
    assert (order["status"], statuses(order)) == ("pending", ["pending", "pending"])
    assert order["messaging_profile_id"] == PROFILE_ID
    assert [number["phone_number"] for number in order["phone_numbers"]] == list(HOSTED_NUMBERS)
    (delivery,) = sandbox.deliveries()
    assert delivery["event"]["data"]["payload"] == {
        "order_id": order["id"],
        "order_status": "pending",
        "profile_id": PROFILE_ID,
        "user_id": "5b6f8a10-2f0e-4c55-9c53-0d0f7a9e4f01",
        "numbers": [{"value": number, "status": "pending"} for number in HOSTED_NUMBERS],
        "decision": "pending",
        "approval_deadline": None,
    }


def test_an_order_without_profile_sends_no_event(api: httpx.Client, sandbox: Sandbox) -> None:
    order = create(api, profile=None)

    sandbox.set_order_status(order["id"], "provisioning")

    assert order["messaging_profile_id"] is None
    assert sandbox.deliveries() == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("10004", "/phone_numbers")]),
        ({"phone_numbers": []}, [("10015", "/phone_numbers")]),
        ({"phone_numbers": "+13125550101"}, [("10026", "/phone_numbers")]),
        (
            {"phone_numbers": ["3125550101", 7]},
            [("10016", "/phone_numbers/0"), ("10026", "/phone_numbers/1")],
        ),
        ({"phone_numbers": [f"+1312555{n:04}" for n in range(201)]}, [("10015", "/phone_numbers")]),
        ({"phone_numbers": ["+13125550101", "+13125550101"]}, [("10015", "/phone_numbers/1")]),
        ({"phone_numbers": ["+13125550101"], "odd": 1}, [("10015", "/odd")]),
        (
            {"phone_numbers": ["+13125550101"], "messaging_profile_id": None},
            [("10026", "/messaging_profile_id")],
        ),
        (
            {"phone_numbers": ["+13125550101"], "messaging_profile_id": ABSENT},
            [("10017", "/messaging_profile_id")],
        ),
    ],
)
def test_it_refuses_an_order_that_breaks_the_contract(
    api: httpx.Client, sandbox: Sandbox, body: dict[str, Any], expected: list[tuple[str, str | None]]
) -> None:
    answer = api.post(ORDERS, json=body)

    assert (answer.status_code, errors(answer)) == (400, expected)
    assert sandbox.hosted_orders() == []


def test_two_hundred_numbers_fit(api: httpx.Client) -> None:
    assert len(create(api, *[f"+1312555{n:04}" for n in range(200)])["phone_numbers"]) == 200


def test_a_number_of_a_live_order_fails_in_the_next_one(api: httpx.Client, sandbox: Sandbox) -> None:
    first = create(api)
    second = create(api, HOSTED_NUMBERS[0], "+13125550103")
    third = create(api, HOSTED_NUMBERS[1])

    sandbox.set_order_status(first["id"], "carrier_rejected")
    fourth = create(api, HOSTED_NUMBERS[1])

    assert (second["status"], statuses(second)) == ("pending", ["failed_number_already_hosted", "pending"])
    assert (third["status"], statuses(third)) == ("failed", ["failed_number_already_hosted"])
    assert (fourth["status"], statuses(fourth)) == ("pending", ["pending"])


def test_the_list_is_paged_and_has_no_filters(api: httpx.Client, sandbox: Sandbox) -> None:
    made = [sandbox.seed_hosted_order([f"+1312555{n:04}"])["id"] for n in range(23)]

    first = api.get(ORDERS).json()
    last = api.get(ORDERS, params={"page[number]": 3, "page[size]": 10}).json()

    assert [order["id"] for order in first["data"]] == made[:2:-1]
    assert [order["id"] for order in last["data"]] == made[2::-1]
    assert last["meta"] == {"page_number": 3, "page_size": 10, "total_pages": 3, "total_results": 23}
    assert errors(api.get(ORDERS, params={"page[size]": 251})) == [("10015", "page[size]")]
    assert errors(api.get(ORDERS, params={"page[number]": 0})) == [("10015", "page[number]")]
    assert errors(api.get(ORDERS, params={"filter[status]": "x"})) == [("10015", "filter[status]")]
    assert api.get(ORDERS, params={"page[size]": 250}).status_code == 200


def test_a_deleted_order_takes_its_numbers_along_and_is_deleted_once(
    api: httpx.Client, sandbox: Sandbox
) -> None:
    order = create(api)

    deleted = api.delete(f"{ORDERS}/{order['id']}")
    again = api.delete(f"{ORDERS}/{order['id']}")

    assert (deleted.json()["data"]["status"], statuses(deleted.json()["data"])) == (
        "deleted",
        ["deleted", "deleted"],
    )
    assert again.status_code == 404
    assert api.get(f"{ORDERS}/{order['id']}").json() == deleted.json()
    assert events(sandbox)[1:] == [("deleted", "deleted", ["deleted", "deleted"])]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{ORDERS}/x", 400),
        ("GET", f"{ORDERS}/{ABSENT}", 404),
        ("DELETE", f"{ORDERS}/{ABSENT}", 404),
        ("PATCH", f"{ORDERS}/{ABSENT}", 405),
        ("POST", f"{ORDERS}/{ABSENT}/verification_codes", 404),
        ("POST", f"{ORDERS}/{ABSENT}/validation_codes", 404),
        ("POST", f"{ORDERS}/{ABSENT}/actions/file_upload", 404),
        ("GET", f"{NUMBERS}/+13125550101", 404),
        ("PATCH", f"{NUMBERS}/17", 404),
        ("DELETE", f"{NUMBERS}/{ABSENT}", 404),
        ("GET", f"/messaging_profiles/{ABSENT}", 404),
    ],
)
def test_it_says_what_does_not_exist(api: httpx.Client, method: str, path: str, status: int) -> None:
    answer = api.request(method, path, json={})

    assert (answer.status_code, bool(answer.json()["errors"][0]["title"])) == (status, True)


# Eligibility.


def test_the_check_answers_bare_and_in_capitals(api: httpx.Client, sandbox: Sandbox) -> None:
    create(api, "+13125550107")
    sandbox.set_eligibility("+13125550106", "NUMBER_CAN_NOT_BE_WIRELESS")
    asked = {
        "+13125550101": "ELIGIBLE",
        "+13125550106": "NUMBER_CAN_NOT_BE_WIRELESS",
        "+13125550107": "NUMBER_CAN_NOT_BE_ACTIVE_IN_YOUR_ACCOUNT",
        "+13125550192": "NUMBER_CAN_NOT_BE_IN_TELNYX",
        "+13125550196": "NUMBER_CAN_NOT_BE_VALIDATED",
        "+442079460000": "NUMBER_IS_NOT_A_US_NUMBER",
        "+1312555": "NUMBER_IS_NOT_A_VALID_ROUTING_NUMBER",
        "3125550101": "NUMBER_IS_NOT_IN_E164_FORMAT",
    }

    answer = api.post(f"{ORDERS}/eligibility_numbers_check", json={"phone_numbers": [*asked, "+13125550101"]})

    rows = answer.json()["phone_numbers"]
    assert [row["eligible_status"] for row in rows] == [*asked.values(), "NUMBER_CAN_NOT_BE_REPEATED"]
    assert [row["phone_number"] for row in rows] == [*asked, "+13125550101"]
    assert [row["eligible"] for row in rows] == [True] + [False] * 8
    assert all(row["detail"] for row in rows)
    with pytest.raises(SandboxError):
        sandbox.set_eligibility("+13125550106", "eligible")


def test_the_check_refuses_with_a_single_error(api: httpx.Client) -> None:
    path = f"{ORDERS}/eligibility_numbers_check"

    refused = api.post(path, json={})
    locked = api.post(path, json={"phone_numbers": ["+13125550101"]}, headers={"Authorization": "Bearer x"})

    assert (refused.status_code, refused.json()["code"]) == (400, "10004")
    assert (locked.status_code, locked.json()["code"]) == (401, "10009")


# Codes.


def test_codes_prove_ownership_of_each_number(api: httpx.Client, sandbox: Sandbox) -> None:
    id, (first, second) = create(api)["id"], HOSTED_NUMBERS

    sent = send_codes(api, id)
    codes = sandbox.codes(id)
    judged = validate(api, id, {first: codes[first], second: "wrong"})
    again = validate(api, id, {first: "anything", second: "wrong", "+13125550109": "12345"})

    assert [set(row) for row in sent] == [{"phone_number", "type", "verification_code_id"}] * 2
    assert all(len(code) == 5 and code.isdigit() for code in codes.values())
    assert (judged, again) == (["verified", "rejected"], ["already_verified", "rejected", "rejected"])
    assert statuses(api.get(f"{ORDERS}/{id}").json()["data"]) == ["pending", "pending"]
    assert events(sandbox)[1:] == [("updated", "pending", ["ownership_successful", "pending"])]
    sandbox.show_ownership()
    assert statuses(api.get(f"{ORDERS}/{id}").json()["data"]) == ["ownership_successful", "pending"]


def test_a_new_code_replaces_the_last_and_codes_expire(api: httpx.Client, sandbox: Sandbox) -> None:
    id, number = create(api)["id"], HOSTED_NUMBERS[0]
    send_codes(api, id, number)
    old = sandbox.codes(id)[number]
    while sandbox.codes(id)[number] == old:
        send_codes(api, id, number, method="call")
    new = sandbox.codes(id)[number]

    judged = validate(api, id, {number: old})
    sandbox.expire_codes(id)
    expired = validate(api, id, {number: new})

    assert (judged, expired, sandbox.codes(id)) == (["rejected"], ["rejected"], {})


def test_a_code_fails_for_one_number_inside_a_200(api: httpx.Client, sandbox: Sandbox) -> None:
    numbers = ("+13125550101", "+13125550181", "+13125550182")
    id = create(api, *numbers)["id"]

    by_text = send_codes(api, id, *numbers, "+13125550109")
    by_call = send_codes(api, id, *numbers, method="call")
    sandbox.set_code_error(numbers[0], "The line is busy.")
    scripted = send_codes(api, id, numbers[0])

    assert ["error" in row for row in by_text] == [False, True, True, True]
    assert ["error" in row for row in by_call] == [False, False, True]
    assert scripted == [{"phone_number": numbers[0], "type": "sms", "error": "The line is busy."}]
    assert all("verification_code_id" not in row for row in by_text[1:])


@pytest.mark.parametrize(
    ("action", "body", "expected"),
    [
        ("verification_codes", {"phone_numbers": ["+13125550101"]}, ("10004", "/verification_method")),
        (
            "verification_codes",
            {"phone_numbers": ["+13125550101"], "verification_method": "mail"},
            ("10015", "/verification_method"),
        ),
        (
            "verification_codes",
            {"phone_numbers": ["+13125550101"] * 2, "verification_method": "sms"},
            ("10015", "/phone_numbers/1"),
        ),
        (
            "validation_codes",
            {"verification_codes": [{"phone_number": "+13125550101", "code": 12345}]},
            ("10026", "/verification_codes/0/code"),
        ),
        ("validation_codes", {"verification_codes": []}, ("10015", "/verification_codes")),
    ],
)
def test_it_refuses_codes_that_break_the_contract(
    api: httpx.Client, action: str, body: dict[str, Any], expected: tuple[str, str]
) -> None:
    answer = api.post(f"{ORDERS}/{create(api)['id']}/{action}", json=body)

    assert (answer.status_code, errors(answer)) == (400, [expected])


def test_an_order_that_is_over_takes_neither_codes_nor_files(api: httpx.Client, sandbox: Sandbox) -> None:
    id = create(api)["id"]
    sandbox.set_order_status(id, "ineligible_carrier")
    codes = {"phone_numbers": ["+13125550101"], "verification_method": "sms"}

    answers = [api.post(f"{ORDERS}/{id}/verification_codes", json=codes), upload(api, id, loa=PDF)]

    assert [(answer.status_code, errors(answer)) for answer in answers] == [(422, [("10027", None)])] * 2
    assert sandbox.uploads(id) == []


# Documents.


def test_both_documents_are_kept_byte_for_byte_and_accepted(api: httpx.Client, sandbox: Sandbox) -> None:
    id = create(api)["id"]

    answer = upload(api, id, loa=PDF, bill=PDF + b"bill")

    assert answer.json()["data"]["status"] == "loa_file_successful"
    assert [(file["kind"], file["name"], file["size"], file["sha256"]) for file in sandbox.uploads(id)] == [
        ("loa", "loa.pdf", len(PDF), hashlib.sha256(PDF).hexdigest()),
        ("bill", "bill.pdf", len(PDF) + 4, hashlib.sha256(PDF + b"bill").hexdigest()),
    ]
    assert events(sandbox)[1:] == [("updated", "loa_file_successful", ["pending", "pending"])]
    (logged,) = sandbox.requests(path="file_upload$")
    body = base64.b64decode(logged["body_base64"])
    assert PDF in body
    assert (logged["body_size"], logged["body_sha256"]) == (len(body), hashlib.sha256(body).hexdigest())


def test_either_document_alone_is_taken_and_the_other_is_waited_for(
    api: httpx.Client, sandbox: Sandbox
) -> None:
    id = create(api)["id"]

    one = upload(api, id, bill=PDF).json()["data"]["status"]
    both = upload(api, id, loa=PDF).json()["data"]["status"]

    assert (one, both) == ("incomplete_documentation", "loa_file_successful")


@pytest.mark.parametrize(
    ("status", "wrong", "right"),
    [("loa_file_invalid", "bill", "loa"), ("incorrect_billing_information", "loa", "bill")],
)
def test_only_the_bad_document_is_asked_for_again(
    api: httpx.Client, sandbox: Sandbox, status: str, wrong: str, right: str
) -> None:
    id = create(api)["id"]
    sandbox.set_next_documents(status)

    first = upload(api, id, loa=PDF, bill=PDF).json()["data"]["status"]
    other = upload(api, id, **{wrong: PDF}).json()["data"]["status"]
    fixed = upload(api, id, **{right: PDF}).json()["data"]["status"]

    assert (first, other, fixed) == (status, status, "loa_file_successful")


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (("letter", ("loa.pdf", PDF, "application/pdf")), ("10015", "/letter")),
        (("loa", ("loa.pdf", PDF, "application/octet-stream")), ("10014", "/loa")),
        (("loa", ("loa.pdf", b"\xff\xd8\xff", "application/pdf")), ("10015", "/loa")),
        (("bill", ("bill.pdf", b"", "application/pdf")), ("10015", "/bill")),
        (("loa", ("loa #2.pdf", PDF, "application/pdf")), ("10015", "/loa")),
        (("loa", ("a&b.pdf", PDF, "application/pdf")), ("10015", "/loa")),
        (("loa", ("l\u00f6a.pdf", PDF, "application/pdf")), ("10015", "/loa")),
        (("loa", ("loa.pdf", PDF + b"x" * 5 * 1024 * 1024, "application/pdf")), ("10015", "/loa")),
    ],
)
def test_it_refuses_a_file_that_breaks_the_rules(
    api: httpx.Client, sandbox: Sandbox, part: tuple[str, tuple[str, bytes, str]], expected: tuple[str, str]
) -> None:
    id = create(api)["id"]

    answer = api.post(f"{ORDERS}/{id}/actions/file_upload", files=[part])

    assert (answer.status_code, errors(answer)) == (400, [expected])
    assert sandbox.uploads(id) == []
    assert sandbox.hosted_order(id)["status"] == "pending"


def test_a_file_of_five_megabytes_fits(api: httpx.Client, sandbox: Sandbox) -> None:
    id, largest = create(api)["id"], PDF.ljust(5 * 1024 * 1024, b"x")

    assert upload(api, id, loa=largest).status_code == 200
    assert sandbox.uploads(id)[0]["sha256"] == hashlib.sha256(largest).hexdigest()
    assert sandbox.requests(path="file_upload$")[0]["body_base64"] == ""


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (PDF, "application/pdf", 415),
        (PDF, "multipart/form-data", 400),
        (
            b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
            "multipart/form-data; boundary=b",
            400,
        ),
        (b"--b\r\nContent-Disposition: form-data; name=loa\r\n\r\nx", "multipart/form-data; boundary=b", 400),
        (b"--b--\r\n", "multipart/form-data; boundary=b", 400),
    ],
)
def test_it_refuses_anything_but_a_form_with_files(
    api: httpx.Client, content: bytes, content_type: str, status: int
) -> None:
    path = f"{ORDERS}/{create(api)['id']}/actions/file_upload"

    answer = api.post(path, content=content, headers={"Content-Type": content_type})

    assert answer.status_code == status


def test_the_same_document_twice_is_refused(api: httpx.Client) -> None:
    file = ("loa.pdf", PDF, "application/pdf")

    answer = api.post(
        f"{ORDERS}/{create(api)['id']}/actions/file_upload", files=[("loa", file), ("loa", file)]
    )

    assert (answer.status_code, errors(answer)) == (400, [("10015", "/loa")])


# Live numbers.


def live(sandbox: Sandbox, *numbers: str, profile: str | None = PROFILE_ID) -> dict[str, Any]:
    return sandbox.seed_hosted_order(
        numbers or HOSTED_NUMBERS, status="successful", messaging_profile_id=profile
    )


def test_live_numbers_are_listed_filtered_and_sorted(api: httpx.Client, sandbox: Sandbox) -> None:
    live(sandbox, "+13125550102", "+18005550101")
    live(sandbox, "+13125550103", profile=None)
    create(api, "+13125550104")

    def found(**params: Any) -> list[str]:
        answer = api.get(NUMBERS, params=params).json()
        assert answer["meta"]["total_results"] == len(answer["data"])
        return [record["phone_number"] for record in answer["data"]]

    everything = ["+13125550102", "+13125550103", "+18005550101"]
    assert sorted(found()) == everything
    assert found(**{"sort[phone_number]": "asc"}) == everything
    assert found(**{"sort[phone_number]": "desc"}) == everything[::-1]
    assert found(**{"filter[phone_number]": "+13125550103"}) == ["+13125550103"]
    assert found(**{"filter[phone_number]": "+1312555010"}) == []
    assert len(found(**{"filter[phone_number][contains]": "312555"})) == 2
    assert len(found(**{"filter[messaging_profile_id]": PROFILE_ID})) == 2
    page = api.get(NUMBERS, params={"page[number]": 2, "page[size]": 2}).json()
    assert (len(page["data"]), page["meta"]["total_pages"]) == (1, 2)
    assert errors(api.get(NUMBERS, params={"sort[phone_number]": "up"})) == [("10015", "sort[phone_number]")]
    assert errors(api.get(NUMBERS, params={"filter[messaging_profile_id]": "x"})) == [
        ("10006", "filter[messaging_profile_id]")
    ]


def test_a_live_number_is_read_and_changed_by_id_or_number(api: httpx.Client, sandbox: Sandbox) -> None:
    live(sandbox)
    path = f"{NUMBERS}/{HOSTED_NUMBERS[0]}"
    read = api.get(path).json()["data"]
    by_id = f"{NUMBERS}/{read['id']}"

    kept = api.patch(by_id, json={"messaging_profile_id": None, "messaging_product": None})
    changed = api.patch(path, json={"messaging_product": "P2P", "tags": ["dental", "west"]})
    taken_off = api.patch(by_id, json={"messaging_profile_id": ""})
    put_back = api.patch(by_id, json={"messaging_profile_id": PROFILE_ID[:-1] + "2", "tags": []})

    def told(answer: httpx.Response) -> tuple[Any, ...]:
        data = answer.json()["data"]
        return (data["messaging_profile_id"], data["messaging_product"], data["tags"])

    assert read["id"].isdigit()
    assert told(kept) == (PROFILE_ID, "A2P", [])
    assert told(changed) == (PROFILE_ID, "P2P", ["dental", "west"])
    assert told(taken_off) == (None, "P2P", ["dental", "west"])
    assert told(put_back) == (PROFILE_ID[:-1] + "2", "P2P", [])
    assert api.get(path).json() == api.get(by_id).json() == put_back.json()
    assert errors(api.patch(path, json={"messaging_profile_id": ABSENT})) == [
        ("10017", "/messaging_profile_id")
    ]
    assert errors(api.patch(path, json={"tags": "dental"})) == [("10026", "/tags")]
    assert errors(api.patch(path, json={"phone_number": "+13125550199"})) == [("10015", "/phone_number")]


def test_removing_a_number_answers_with_its_order(api: httpx.Client, sandbox: Sandbox) -> None:
    order = live(sandbox)
    first, second = (number["id"] for number in order["numbers"])
    settings_id = api.get(NUMBERS).json()["data"][0]["id"]

    by_settings = api.delete(f"{NUMBERS}/{settings_id}")
    one = api.delete(f"{NUMBERS}/{first}").json()["data"]
    again = api.delete(f"{NUMBERS}/{first}")
    both = api.delete(f"{NUMBERS}/{second}").json()["data"]

    assert (by_settings.status_code, again.status_code) == (404, 404)
    assert (one["id"], one["status"], statuses(one)) == (order["id"], "successful", ["deleted", "successful"])
    assert (both["status"], statuses(both)) == ("deleted", ["deleted", "deleted"])
    assert sandbox.hosted_numbers() == []
    assert [event for event, *_ in events(sandbox)] == ["updated", "deleted"]


# What happens at Telnyx.


def test_numbers_follow_their_order_but_a_lost_one_stays_lost(api: httpx.Client, sandbox: Sandbox) -> None:
    id = create(api, "+13125550101", "+13125550102")["id"]
    sandbox.set_number_status(id, "+13125550102", "failed_carrier_rejected")

    sandbox.set_order_status(id, "provisioning")
    sandbox.set_order_status(id, "successful")
    sandbox.set_order_status(id, "Paused by hand", webhook=False)

    read = api.get(f"{ORDERS}/{id}").json()["data"]
    assert (read["status"], statuses(read)) == ("Paused by hand", ["successful", "failed_carrier_rejected"])
    assert [number["phone_number"] for number in sandbox.hosted_numbers()] == ["+13125550101"]
    assert events(sandbox)[1:] == [
        ("updated", "pending", ["pending", "failed_carrier_rejected"]),
        ("updated", "provisioning", ["provisioning", "failed_carrier_rejected"]),
        ("updated", "successful", ["successful", "failed_carrier_rejected"]),
    ]
    with pytest.raises(SandboxError):
        sandbox.set_number_status(id, "+13125550199", "failed")


def test_an_event_may_be_dated_back(sandbox: Sandbox) -> None:
    id = sandbox.seed_hosted_order()["id"]

    sandbox.set_order_status(
        id, "provisioning", with_numbers=False, occurred_at="2026-02-03T04:05:06.000007Z"
    )

    (delivery,) = sandbox.deliveries()
    assert delivery["event"]["data"]["occurred_at"] == "2026-02-03T04:05:06.000007Z"
    assert statuses(sandbox.hosted_order(id)) == ["pending", "pending"]


@pytest.mark.parametrize(
    ("step", "decision", "order_status"),
    [
        ("approved", "approved", "pending"),
        ("auto_approved", "approved", "pending"),
        ("rejected", "rejected", "failed"),
    ],
)
def test_a_transfer_is_asked_for_and_decided(
    sandbox: Sandbox, step: str, decision: str, order_status: str
) -> None:
    id = sandbox.seed_hosted_order()["id"]

    sandbox.transfer(id, "detected")
    sandbox.transfer(id, "approval_requested", seconds=3600)
    sandbox.transfer(id, step)

    found = [entry["event"]["data"] for entry in sandbox.deliveries()]
    assert [event["event_type"].removeprefix(PREFIX + "internal_transfer_") for event in found] == [
        "detected",
        "approval_requested",
        step,
    ]
    payloads = [event["payload"] for event in found]
    deadlines = [payload["approval_deadline"] for payload in payloads]
    assert [payload["decision"] for payload in payloads] == ["pending", "pending", decision]
    assert [payload["order_status"] for payload in payloads] == ["pending", "pending", order_status]
    assert deadlines[0] is None
    assert deadlines[1] == deadlines[2]
    assert abs(deadlines[1] - time.time() - 3600) < 30
    with pytest.raises(SandboxError):
        sandbox.transfer(id, "forgotten")


def test_a_number_on_another_account_starts_a_transfer_and_waits_for_its_code(
    api: httpx.Client, sandbox: Sandbox
) -> None:
    id = create(api, "+13125550101", "+13125550192")["id"]

    waiting = send_codes(api, id, "+13125550101", "+13125550192")
    sandbox.transfer(id, "approved")
    approved = send_codes(api, id, "+13125550192")

    assert [event for event, *_ in events(sandbox)] == [
        "created",
        "internal_transfer_detected",
        "internal_transfer_approval_requested",
        "internal_transfer_approved",
    ]
    assert [status for *_, status in events(sandbox)] == [["pending", "pending"], *[["pending"]] * 3]
    assert ["error" in row for row in (*waiting, *approved)] == [False, True, False]


def test_an_order_made_in_the_portal_starts_as_requested(sandbox: Sandbox) -> None:
    order = sandbox.seed_hosted_order(status="provisioning", numbers={HOSTED_NUMBERS[1]: "failed_timeout"})

    assert (order["origin"], order["taken_over"], statuses(order)) == (
        "portal",
        True,
        ["provisioning", "failed_timeout"],
    )
    assert [(entry["event"], entry["status"]) for entry in order["history"]] == [("created", "provisioning")]
    assert sandbox.deliveries() == []
    with pytest.raises(SandboxError):
        sandbox.seed_hosted_order(numbers={"+13125550199": "failed"})
    assert len(sandbox.hosted_orders()) == 1


def test_an_order_vanishes_behind_our_back(api: httpx.Client, sandbox: Sandbox) -> None:
    told, gone = live(sandbox)["id"], live(sandbox, "+13125550103")["id"]

    sandbox.delete_order(told, webhook=True)
    sandbox.delete_order(gone, forget=True)

    assert api.get(f"{ORDERS}/{told}").json()["data"]["status"] == "deleted"
    assert api.get(f"{ORDERS}/{gone}").status_code == 404
    assert sandbox.hosted_numbers() == []
    assert events(sandbox) == [("deleted", "deleted", ["deleted", "deleted"])]


def test_orders_survive_a_restart(tmp_path: Path) -> None:
    sandbox = Sandbox(state_file=tmp_path / "state.json")
    with sandbox:
        live(sandbox)
        before = sandbox.hosted_orders(), sandbox.hosted_numbers()

    with sandbox:
        assert (sandbox.hosted_orders(), sandbox.hosted_numbers()) == before


def test_a_reset_forgets_orders_and_what_was_scripted(api: httpx.Client, sandbox: Sandbox) -> None:
    live(sandbox)
    sandbox.set_code_error("+13125550101", "The line is busy.")
    sandbox.set_next_documents("loa_file_invalid")
    sandbox.show_ownership()
    sandbox.set_eligibility("+13125550101", "NUMBER_CAN_NOT_BE_WIRELESS")

    sandbox.reset()

    id = create(api)["id"]
    send_codes(api, id)
    validate(api, id, sandbox.codes(id))
    check = api.post(f"{ORDERS}/eligibility_numbers_check", json={"phone_numbers": ["+13125550177"]})
    assert [order["id"] for order in sandbox.hosted_orders()] == [id]
    assert check.json()["phone_numbers"][0]["eligible"]
    accepted = upload(api, id, loa=PDF, bill=PDF).json()["data"]
    assert (accepted["status"], statuses(accepted)) == ("loa_file_successful", ["pending", "pending"])


# The console.


def press(sandbox: Sandbox, to: str, /, **form: str) -> str:
    answer = httpx.post(sandbox.url + to, data=form, trust_env=False)
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_the_console_shows_codes_files_and_statuses_and_escapes_them(
    api: httpx.Client, sandbox: Sandbox
) -> None:
    id = create(api)["id"]
    send_codes(api, id)
    upload(api, id, loa=PDF)
    sandbox.set_number_status(id, HOSTED_NUMBERS[0], "<b>odd</b>")
    sandbox.transfer(id, "approval_requested")

    page = httpx.get(sandbox.url, trust_env=False).text

    assert "<b>odd</b>" not in page
    for shown in (
        id,
        "&lt;b&gt;odd&lt;/b&gt;",
        *sandbox.codes(id).values(),
        "loa.pdf",
        f"{len(PDF)} bytes",
        hashlib.sha256(PDF).hexdigest(),
        "Still missing: bill",
        "approval_requested, deadline",
        "incomplete_documentation",
    ):
        assert shown in page
    assert "%%EOF" not in page


def test_the_consoles_forms_decide_about_an_order(api: httpx.Client, sandbox: Sandbox) -> None:
    id = create(api)["id"]

    decided = press(sandbox, f"/hosted/{id}/status", status="loa_file_invalid", webhook="on")
    press(sandbox, f"/hosted/{id}/status", status="provisioning", other="", with_numbers="on")
    press(
        sandbox,
        f"/hosted/{id}/number_status",
        phone_number=HOSTED_NUMBERS[1],
        status="failed_activation",
        other="",
        webhook="on",
    )
    press(sandbox, f"/hosted/{id}/transfer", step="approval_requested", hours="1")
    press(sandbox, f"/hosted/{id}/event")
    press(sandbox, f"/hosted/{id}/give_back")
    wrong = press(sandbox, f"/hosted/{id}/transfer", step="sideways", hours="")

    order = sandbox.hosted_order(id)
    assert decided.endswith(f"#r-{id}")
    assert "failed=" in wrong
    assert (order["status"], statuses(order)) == ("provisioning", ["provisioning", "failed_activation"])
    assert abs(order["transfer"]["deadline"] - time.time() - 3600) < 30
    assert not order["taken_over"]
    assert [(event, status) for event, status, _ in events(sandbox)] == [
        ("created", "pending"),
        ("updated", "loa_file_invalid"),
        ("updated", "provisioning"),
        ("internal_transfer_approval_requested", "provisioning"),
        ("updated", "provisioning"),
    ]
    press(sandbox, f"/hosted/{id}/delete", webhook="on")
    assert sandbox.hosted_order(id)["status"] == "deleted"
    assert events(sandbox)[-1][0] == "deleted"


def test_the_consoles_forms_decide_beforehand(api: httpx.Client, sandbox: Sandbox) -> None:
    press(sandbox, "/lines/eligibility", phone_number="+13125550101", status="NUMBER_CAN_NOT_BE_WIRELESS")
    press(sandbox, "/lines/documents", status="incorrect_billing_information")
    press(sandbox, "/lines/ownership", shown="yes")
    nothing = press(sandbox, "/lines/eligibility", phone_number=" ", status="")
    id = create(api)["id"]
    send_codes(api, id)
    validate(api, id, sandbox.codes(id))

    check = api.post(f"{ORDERS}/eligibility_numbers_check", json={"phone_numbers": ["+13125550101"]})
    order = upload(api, id, loa=PDF, bill=PDF).json()["data"]

    assert "failed=" in nothing
    assert check.json()["phone_numbers"][0]["eligible_status"] == "NUMBER_CAN_NOT_BE_WIRELESS"
    assert (order["status"], statuses(order)) == (
        "incorrect_billing_information",
        ["ownership_successful"] * 2,
    )


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_console_is_usable_on_a_phone_and_accessible(
    page: Page, api: httpx.Client, sandbox: Sandbox, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 800})
    id = create(api, *[f"+1312555{n:04}" for n in range(12)])["id"]
    send_codes(api, id, "+13125550001")
    upload(api, id, loa=PDF)
    sandbox.set_number_status(id, "+13125550002", "failed_ownership_verification")
    sandbox.transfer(id, "approval_requested")
    create(api, "+13125550199", profile=None)
    page.goto(sandbox.url)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")

    width = page.evaluate("document.documentElement.scrollWidth")
    found = faults_by_any_rule(page)

    assert width <= 360
    assert found == []


# The autopilot.


@pytest.fixture
def world() -> tuple[World, Autopilot]:
    state = State()
    sender = Sender(state, Keys(), None)
    world = World(state, sender)
    return world, Autopilot(state, TollFree(state, sender), world, 5)


def course(world: tuple[World, Autopilot], order: Record, ticks: int = 8) -> list[str]:
    """Return the statuses an order goes through when only the autopilot handles it."""
    now = datetime.now(UTC)
    for _ in range(ticks):
        now += timedelta(seconds=6)
        world[1].tick(now, 5)
    return [entry["status"] for entry in order["history"]]


def ready(world: World, *numbers: str) -> Record:
    order = world.add(list(numbers), None, origin="api")
    for number in order["numbers"]:
        number["status"] = "ownership_successful"
    world.move(order, "loa_file_successful")
    world.tell(order)
    return order


def test_the_autopilot_switches_over_what_is_proved_and_documented(world: tuple[World, Autopilot]) -> None:
    order = ready(world[0], "+13125550101", "+13125550171")

    assert course(world, order)[-3:] == ["loa_file_successful", "provisioning", "successful"]
    assert statuses(order) == ["successful", "failed_carrier_rejected"]
    assert len(world[0].inventory) == 1


def test_the_autopilot_ends_an_order_without_any_number_left(world: tuple[World, Autopilot]) -> None:
    order = ready(world[0], "+13125550171", "+13125550172")

    assert course(world, order)[-1] == "failed"
    assert statuses(order) == ["failed_carrier_rejected", "failed_activation"]


def test_the_autopilot_waits_for_proof_documents_and_people(world: tuple[World, Autopilot]) -> None:
    unproved, undocumented, taken = (ready(world[0], f"+1312555010{n}") for n in range(3))
    unproved["numbers"][0]["status"] = "pending"
    undocumented["status"] = "loa_file_invalid"
    taken["taken_over"] = True

    courses = [course(world, order) for order in (unproved, undocumented, taken)]

    assert [statuses[-1] for statuses in courses] == ["loa_file_successful"] * 3
    assert undocumented["status"] == "loa_file_invalid"


def test_the_autopilot_answers_a_transfer_after_a_while(world: tuple[World, Autopilot]) -> None:
    asked, overdue = (world[0].add([f"+1312555019{n}"], None, origin="api") for n in range(2))
    world[0].transfer(asked, "detected")
    world[0].transfer(overdue, "approval_requested", seconds=-1)

    course(world, overdue, 2)
    early = asked["transfer"]["step"], overdue["transfer"]["step"]
    course(world, asked)

    assert early == ("approval_requested", "auto_approved")
    assert asked["transfer"]["step"] == "approved"
