"""Templates as Telnyx lists them: asked for while a message is written, chosen, and what happens without a list."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from messaging.cached_reads import read_due
from messaging.mirror import breaker, calls, heartbeat
from messaging.mirror.models import ApiCall, Heartbeat
from messaging.models import ComposedMessage, Reading
from messaging.telnyx.client import Client
from messaging.whatsapp import at_telnyx
from tests.accessibility import PHONE, faults
from tests.messaging.sending.conftest import page_of, review
from tests.sandbox.messages_control import HANDSET, SENDER
from tests.stack import wait_until
from tests.tollfree.pages import text
from tests.visitor import Forms

PAGE = page_of("whatsapp")
BODY = {
    "type": "BODY",
    "text": "Hi {{1}}, order {{2}} is ready, {{1}}.",
    "example": {"body_text": [["Robin"]]},
}


@pytest.fixture
def telnyx_client(sandbox, transactional_db, quick) -> Iterator[Client]:
    """Return the worker's client, which logs its calls, and let the worker be alive."""
    heartbeat.beat(Heartbeat.WORKER)
    with Client(sandbox.api_key, sandbox.base_url, read=2.0, deadline=3.0, called=calls.keep) as client:
        yield client


def typed(browser: Any, **more: Any) -> dict[str, Any]:
    """Return what the form holds once somebody has typed something in it."""
    fields = Forms(browser.get(PAGE).content.decode()).fields
    del fields["csrfmiddlewaretoken"]
    return (
        fields
        | {"sender": SENDER, "recipients": HANDSET, "content": '{"type": "text", ', "purpose": "manual"}
        | more
    )


def press(browser: Any, fields: dict[str, Any], what: str = "ask") -> Any:
    return browser.post(PAGE, fields | {"_telnyx": what})


def fields_of(answer: Any) -> dict[str, Any]:
    fields = Forms(answer.content.decode()).fields
    del fields["csrfmiddlewaretoken"]
    return fields


def test_templates_are_listed_in_place_and_a_chosen_one_fills_in_the_form(
    person, profile, telnyx_client, sandbox
):
    sandbox.make_template("old_news", status="REJECTED", rejection_reason="INVALID_FORMAT")
    sandbox.make_template("later", status="PENDING")
    sandbox.make_template("cards", {"type": "CAROUSEL", "cards": []})
    sandbox.make_template("order_ready", BODY, language="de")
    operator = person("operator")
    before = typed(operator, messaging_profile=str(profile.pk))

    first = press(operator, before)
    assert read_due(telnyx_client) == 1
    answer = press(operator, fields_of(first), "show")

    assert "Asking Telnyx." in text(first)
    assert fields_of(first) == fields_of(answer) == before
    page = text(answer)
    assert "4 templates. Listed by Telnyx" in page
    assert "order_ready de · Utility · 2 values Hi {{1}}, order {{2}} is ready, {{1}}. Use" in page
    assert "WhatsApp rejected it. Reason: INVALID_FORMAT" in page
    assert "Can't be used: WhatsApp hasn't decided on it yet." in page
    assert "It has a part that can't be filled in here (CAROUSEL)." in page
    assert [each.name for each in answer.context["at_telnyx"]["shown"]][0] == "order_ready"
    # Samples may be somebody's name. They are not kept, and who asks again at once doesn't wait.
    assert "Robin" not in json.dumps(Reading.objects.get().data)
    assert press(operator, before).context["at_telnyx"]["is_coming"] is False

    (one,) = answer.context["at_telnyx"]["templates"]
    chosen = operator.post(PAGE, before | {"_telnyx_use": one})
    fields = fields_of(chosen)

    assert fields | {"content": ""} == before | {"content": ""}
    assert "The words of this template, as Telnyx lists them: Hi {{1}}, order {{2}} is ready" in text(chosen)
    assert json.loads(fields["content"]) == {
        "type": "template",
        "template": {
            "name": "order_ready",
            "language": {"code": "de", "policy": "deterministic"},
            "components": [{"type": "body", "parameters": [{"type": "text"}, {"type": "text"}]}],
        },
    }
    refused = review(operator, "whatsapp", profile=profile, content=fields["content"])
    assert "Value 2" in text(refused)
    assert not ComposedMessage.objects.exists()
    gone = operator.post(PAGE, before | {"_telnyx_use": "no such one"})
    assert "no longer in the list, so nothing was filled in" in text(gone)
    assert fields_of(gone) == before

    (call,) = ApiCall.objects.filter(path__contains="message_templates")
    assert (call.method, call.status) == ("GET", 200)
    assert sandbox.api_key not in str(vars(call))


def test_every_part_with_a_value_is_filled_in_empty():
    parts: list[dict[str, Any]] = [
        {"type": "HEADER", "format": "DOCUMENT"},
        {"type": "BODY", "text": "Hi {{first_name}} of {{ company }}, {{first_name}}"},
        {"type": "FOOTER", "text": "Larkspur"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "PHONE_NUMBER", "text": "Call"},
                {"type": "URL", "text": "Site", "url": "https://larkspur.example"},
                {"type": "URL", "text": "Order", "url": "https://larkspur.example/{{1}}"},
                {"type": "COPY_CODE", "text": "Copy"},
                {"type": "QUICK_REPLY", "text": "Stop"},
            ],
        },
    ]
    header = {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"}
    code: list[dict[str, Any]] = [
        {"type": "BODY"},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]},
    ]

    def button(sub_type: str, index: int, **value: str) -> dict[str, Any]:
        return {"type": "button", "sub_type": sub_type, "index": index, "parameters": [value]}

    assert at_telnyx.filled_in(parts) == [
        {"type": "header", "parameters": [{"type": "document", "document": {}}]},
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "first_name"},
                {"type": "text", "parameter_name": "company"},
            ],
        },
        button("url", 2, type="text"),
        button("copy_code", 3, type="coupon_code"),
        button("quick_reply", 4, type="payload", payload="Stop"),
    ]
    assert at_telnyx.filled_in([header]) == [{"type": "header", "parameters": [{"type": "text"}]}]
    assert at_telnyx.filled_in(code, is_code=True) == [
        {"type": "body", "parameters": [{"type": "text"}]},
        button("url", 0, type="text"),
    ]
    with pytest.raises(at_telnyx.CannotFillIn):
        at_telnyx.filled_in([{"type": "BUTTONS", "buttons": [{"type": "FLOW"}]}])


def test_a_list_longer_than_a_page_is_read_whole_and_searched_by_name(
    person, profile, telnyx_client, sandbox
):
    for number in range(at_telnyx.MOST_SHOWN + 3):
        sandbox.make_template(f"news_{number}")
    support = person("support")
    fields = typed(support)

    press(support, fields)
    read_due(telnyx_client)
    answer = press(support, fields)
    found = press(support, fields_of(answer) | {"telnyx_search": "News_7"}, "show")

    assert "100 templates." in text(answer)
    assert "3 more aren't shown. Search by name." in text(answer)
    assert {one.name for one in found.context["at_telnyx"]["shown"]} == {
        "news_7",
        *(f"news_7{n}" for n in range(10)),
    }


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "status", "status": 404}, "it has no such list for this account (HTTP 404, 10005)."),
        ({"kind": "status", "status": 403}, "it refused to (HTTP 403, 10010)."),
        ({"kind": "status", "status": 500}, "it gave no clear answer (HTTP 500, 10007)."),
        ({"kind": "delay", "seconds": 4}, "it gave no clear answer."),
        ({"kind": "status", "status": 200, "json": {"data": {}}}, "its answer couldn't be read as a list"),
    ],
)
def test_without_a_list_the_name_is_typed_and_nothing_else_stops(
    person, profile, telnyx_client, sandbox, fault, said
):
    sandbox.fault(fault.pop("kind"), path="message_templates", count=None, **fault)
    operator = person("operator")
    before = typed(operator)

    press(operator, before)
    read_due(telnyx_client)
    answer = press(operator, before, "show")

    assert f"Telnyx didn't list templates: {said}" in text(answer)
    assert "Ask whoever manages your WhatsApp account for the exact name, and type it." in text(answer)
    assert fields_of(answer) == before
    # Nobody asks again by itself, and sending goes on.
    assert read_due(telnyx_client) == 0
    assert breaker.closed() is None
    # Who presses the button again asks again.
    sandbox.clear_faults()
    sandbox.make_template("order_ready")
    again = text(press(operator, before))
    assert "Asking Telnyx." in again
    assert "Telnyx didn't list" not in again
    assert read_due(telnyx_client) == 1
    assert "order_ready" in text(press(operator, before, "show"))


def test_a_refused_key_still_stops_everything(person, profile, telnyx_client, sandbox):
    sandbox.set_key("another")
    operator = person("operator")

    press(operator, typed(operator))
    read_due(telnyx_client)

    assert breaker.closed()
    assert "Telnyx refuses our API key or our account" in text(press(operator, typed(operator), "show"))


def test_only_who_may_send_asks(person, transactional_db):
    answers = [person(name).post(PAGE, {"_telnyx": "ask"}) for name in ("auditor", "approver", "nobody")]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert not Reading.objects.exists()


@pytest.mark.browser
def test_the_list_appears_and_a_template_is_taken_without_leaving_the_page(
    open_desk, live_server, profile, telnyx_client, sandbox
):
    sandbox.make_template("old_news", status="REJECTED", rejection_reason="INVALID_FORMAT")
    sandbox.make_template("order_ready", BODY, language="de")
    desk = open_desk("operator")
    desk.goto(f"{live_server.url}{PAGE}")
    desk.get_by_label("From", exact=True).fill("(312) 555-0160")

    desk.get_by_role("button", name="Look up templates at Telnyx").click()
    expect(desk.get_by_text("Asking Telnyx.")).to_be_visible()
    wait_until(lambda: read_due(telnyx_client), 20, "the list is due")
    expect(desk.get_by_text("Reason: INVALID_FORMAT")).to_be_visible()
    desk.set_viewport_size(PHONE)
    assert faults(desk) == []
    desk.set_viewport_size({"width": 1280, "height": 900})
    desk.get_by_role("button", name="Use order_ready (de)").click()

    expect(desk.get_by_label("Template name")).to_have_value("order_ready")
    expect(desk.get_by_label("Value", exact=True)).to_have_count(2)
    expect(desk.get_by_label("From", exact=True)).to_have_value("(312) 555-0160")
    expect(desk.get_by_text("Reason: INVALID_FORMAT")).to_have_count(0)
    expect(desk.locator("#wa-telnyx-said")).to_contain_text("Hi {{1}}, order {{2}} is ready")
