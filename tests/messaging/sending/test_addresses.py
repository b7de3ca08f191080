"""Senders and recipients that aren't phone numbers, and a long text as one MMS."""

import json

import pytest

from messaging.mirror.models import OutboxEntry
from messaging.models import ComposedMessage
from tests.messaging.sending.conftest import confirm, making, page_of, review
from tests.tollfree.pages import text
from tests.visitor import Forms

State = OutboxEntry.State
CODE, ABROAD = "77777", "+4915123456789"


def sent(sandbox) -> dict:
    (request,) = sandbox.requests("POST", "/messages")
    return json.loads(request["body"])


def test_a_short_code_can_be_texted_and_the_page_before_says_what_it_is(person, profile, work, sandbox):
    operator = person("operator")
    shown = review(operator, "message", profile=profile, recipients=f" {CODE} ", text="STOP")
    confirm(operator, shown)

    assert f"{CODE} is a short code. It doesn't say its country, so that can't be checked." in text(shown)
    assert work(making(ComposedMessage.objects.get())).state == State.ACCEPTED
    assert sent(sandbox)["to"] == CODE


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("message", "5550123"),
        ("whatsapp", CODE),
        ("group_mms", f"{CODE}\n+13035550123"),
        ("message", "7777 7"),
    ],
)
def test_other_digits_and_other_ways_take_no_short_code(person, profile, kind, typed):
    answer = review(person("operator"), kind, profile=profile, recipients=typed)

    assert "Nothing was sent." in text(answer)
    assert answer.context["form"].errors["recipients"]


def test_a_name_as_sender_leads_to_the_right_kind_with_every_word_kept(person, profile):
    operator = person("operator")
    refused = review(
        operator, "message", profile=profile, sender="Northwind", text="Hallo", recipients="+4915123456789"
    )
    wrong = review(operator, "message", profile=profile, sender="Northwind Café & Co")
    fields = Forms(refused.content.decode()).fields
    other = operator.post(page_of("alphanumeric_sender_id"), fields | {"_edit": "1"})

    assert "“Northwind” isn't a phone number. To send from a name, choose “Text from a name”." in text(
        refused
    )
    assert f'formaction="{page_of("alphanumeric_sender_id")}"' in refused.content.decode()
    assert "formaction" not in wrong.content.decode()
    form = other.context["form"]
    assert [form[name].value() for name in ("sender", "recipients", "text")] == [
        "Northwind",
        ABROAD,
        "Hallo",
    ]
    assert not ComposedMessage.objects.exists()


def test_a_long_text_can_go_as_one_mms_without_a_picture(person, profile, work, sandbox):
    operator = person("operator")
    long = "x" * 2000
    refused = review(operator, "message", profile=profile, text=long)
    shown = review(operator, "message", profile=profile, text=long, as_mms="on")
    abroad = review(operator, "message", profile=profile, recipients=ABROAD, as_mms="on")
    confirm(operator, shown)

    assert "Telnyx sends at most 10" in text(refused)
    assert "One MMS." in text(shown)
    assert "MMS reaches phones in the US and Canada" in text(abroad)
    assert work(making(ComposedMessage.objects.get())).state == State.ACCEPTED
    body = sent(sandbox)
    assert (body["type"], body["text"]) == ("MMS", long)
    assert "media_urls" not in body
