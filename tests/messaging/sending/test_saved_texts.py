"""Saved texts: written with placeholders, filled in by whoever sends, and all that some people may send."""

import json
import re
from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from messaging.log import parsing, store
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry
from messaging.models import ComposedMessage, Message, SavedText
from messaging.saved_texts import choosing, placeholders
from messaging.saved_texts import page as saved_page
from messaging.sending import promise
from messaging.sending.choices import Kind
from messaging.sending.forms import FIELDS
from tests.messaging.bodies import outbound, party
from tests.messaging.sending.conftest import (
    LIST,
    body_sent,
    confirm,
    hears,
    in_form,
    knows_whatsapp,
    make_profile,
    making,
    page_of,
    review,
)
from tests.messaging.sending.whatsapp import CONTENTS
from tests.sandbox.messages_control import HANDSET, SENDER
from tests.tollfree.pages import text
from tests.visitor import Forms

TEXTS = "/admin/messaging/savedtext/"
READY = "Order {order number} is ready, {First name}. Ask for {order number}."
FILLED = "Order 8842 is ready, Sam. Ask for 8842."
VALUES = {"value_order_number": "8842", "value_first_name": "Sam"}
TEXT_KINDS = [kind for kind in Kind.values if "text" in FIELDS[kind]]


@pytest.fixture
def ready(transactional_db) -> SavedText:
    return SavedText.objects.create(name="Order ready", text=READY)


@pytest.fixture
def limited(transactional_db) -> Client:
    """Return the browser of somebody with all that operators may do, but not to write freely."""
    user = User.objects.create_user("limited", is_staff=True)
    may = Group.objects.get(name="operator").permissions.exclude(codename="write_free_text")
    user.user_permissions.set(may)
    browser = Client()
    browser.force_login(user)
    return browser


def typed_for(browser, saved, **more):
    """Return what the form of a saved text sends, as the page shows it."""
    page = browser.get(f"{TEXTS}{saved.pk}/edit/" if saved else f"{TEXTS}add/")
    return Forms(page.content.decode()).fields | more


def fields_of(answer):
    """Return what the forms of a page send, without the token that is another one on each page."""
    fields = Forms(answer.content.decode()).fields
    del fields["csrfmiddlewaretoken"]
    return fields


def errors(answer):
    return {name: " ".join(said) for name, said in answer.context["form"].errors.items()}


# Writing saved texts.


def test_a_saved_text_is_written_changed_and_put_away(person):
    compliance, auditor = person("compliance"), person("auditor")
    typed = typed_for(compliance, None, name="  Order   ready ", text="Order {order number} is ready.\r\nBye")

    first, again = (compliance.post(f"{TEXTS}add/", typed) for _ in range(2))
    saved = SavedText.objects.get()
    same = compliance.post(f"{TEXTS}add/", typed_for(compliance, None, name="order READY", text="Hello"))

    assert (saved.name, saved.text, saved.is_in_use) == (
        "Order ready",
        "Order {order number} is ready.\nBye",
        True,
    )
    assert first.headers["Location"] == again.headers["Location"] == f"{TEXTS}{saved.pk}/change/"
    assert "A saved text with this name exists" in errors(same)["name"]
    assert "Hello" in same.content.decode()
    page = text(auditor.get(f"{TEXTS}{saved.pk}/change/"))
    assert "Placeholders {order number}" in page
    assert "No message has been sent from it yet." in page
    assert "Use text" not in page

    changed = typed_for(compliance, saved, language="Spanish")
    del changed["is_in_use"]
    compliance.post(f"{TEXTS}{saved.pk}/edit/", changed)

    assert str(saved.pk) not in auditor.get(TEXTS).content.decode()
    assert str(saved.pk) in auditor.get(f"{TEXTS}?in_use=no").content.decode()
    history = text(auditor.get(f"{TEXTS}{saved.pk}/history/"))
    assert re.search("Language: [^:]*Spanish", history)
    assert re.search("In use: people can choose it for a message: Yes[^:]*No", history)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Order {order number is ready", "The { before “order number is ready” is never closed."),
        ("Order number} is ready", "The } after “Order number” has no { before it."),
        ("Order {{number}} is ready", "is never closed"),
        ("Order {} is ready", "There is nothing between { and }."),
        ("Order {order-number} is ready", "{order-number} can't be a placeholder."),
        ("Order { number } is ready", "{ number } can't be a placeholder."),
        ("Order {" + "n" * 31 + "} is ready", "at most 30 characters"),
        (" ".join(f"a {{p{n}}}" for n in range(11)), "at most 10 placeholders; you have 11"),
        ("{all of it}", "Write some words around the placeholders"),
        ("x" * 1540, "Telnyx sends at most 10. Shorten it."),
    ],
)
def test_wrong_placeholders_are_refused_beside_the_text(person, words, said):
    browser = person("compliance")

    answer = browser.post(f"{TEXTS}add/", typed_for(browser, None, name="Order ready", text=words))

    assert said in errors(answer)["text"]
    assert answer.context["form"]["text"].value() == words
    assert not SavedText.objects.exists()


@pytest.mark.parametrize(
    ("pattern", "filled", "values"),
    [
        (READY, FILLED, VALUES),
        ("Hello", "Hello", {}),
        ("{a} and {b}", "x and y and z", {"value_a": "x", "value_b": "y and z"}),
        ("Hi {name}", "Hi Sam", {"value_name": "Sam"}),
        ("{name}!", "Sam!", {"value_name": "Sam"}),
        (READY, "Order 1 is ready, Sam. Ask for 2.", None),
        ("Hi {name}, bye", "Hello Sam", None),
    ],
)
def test_what_was_filled_in_is_read_off_a_message(pattern, filled, values):
    assert placeholders.read(pattern, filled) == values


# Sending one.


@pytest.mark.promise("F29")
def test_a_message_is_made_from_a_saved_text_without_a_script(person, profile, ready, work, sandbox):
    operator = person("operator")
    typed = {
        "messaging_profile": str(profile.pk),
        "sender": SENDER,
        "recipients": HANDSET,
        "purpose": "manual",
    }
    page = fields_of(operator.get(page_of("message")))
    assert "text" in page
    typed = page | typed | {"text": "My own words"}

    chosen = operator.post(page_of("message"), typed | {"saved_text": str(ready.pk), "_use": "1"})
    fields = fields_of(chosen)
    half = fields | {"value_first_name": "Sam"}
    refused = operator.post(page_of("message"), half | {"_review": "1"})

    assert not chosen.context["form"].errors
    assert {name: fields[name] for name in typed} == typed | {"saved_text": str(ready.pk)}
    assert errors(refused) == {"value_order_number": "Fill in what goes in place of {order number}."}
    assert fields_of(refused) == half
    # What somebody typed before is back when they go back to it, and the filled-in words can be changed.
    back = operator.post(page_of("message"), half | {"saved_text": "", "_use": "1"})
    assert back.context["form"]["text"].value() == "My own words"
    own = operator.post(page_of("message"), fields | VALUES | {"_own": "1"})
    assert own.context["form"]["text"].value() == FILLED
    assert own.context["form"].saved is None

    shown = operator.post(page_of("message"), fields | VALUES | {"_review": "1"})
    assert FILLED in text(shown)
    confirm(operator, shown)

    message = ComposedMessage.objects.get()
    work(making(message))
    assert body_sent(sandbox)["text"] == message.text == FILLED
    link = f"{TEXTS}{ready.pk}/change/"
    assert link in operator.get(f"{LIST}{message.pk}/change/").content.decode()
    message.refresh_from_db()
    told = outbound(message.remote_id, to=[party(HANDSET, "delivered")])
    store.merge(parsing.rows(told, at=clock.now(), event_id="e", source="webhook"))
    assert "1 message was sent from this text. Each recipient counts once. Delivered or read 1" in text(
        operator.get(link)
    )


@pytest.mark.promise("F29")
def test_no_placeholder_of_a_saved_text_goes_out_in_words_of_ones_own(person, profile, ready):
    operator = person("operator")

    left = review(operator, "message", profile=profile, text="Order {ORDER number} is ready")
    other = review(operator, "message", profile=profile, text="Order {parcel} is ready")

    assert "{ORDER number} is a placeholder of a saved text" in errors(left)["text"]
    assert "This will be sent" in text(other)


@pytest.mark.promise("F29")
def test_a_text_that_changes_meanwhile_is_shown_again(person, profile, ready):
    operator = person("operator")
    more = {"saved_text": str(ready.pk), **VALUES}
    shown = review(operator, "message", profile=profile, **more)
    other = review(operator, "message", profile=profile, **more)

    SavedText.objects.update(text="Order {order number} is here, {first name}.")
    again = confirm(operator, shown)
    SavedText.objects.update(is_in_use=False)
    gone = confirm(operator, other)

    assert "Order 8842 is here, Sam." in text(again)
    assert errors(gone) == {"saved_text": "This saved text is no longer in use. Choose another one."}
    assert not ComposedMessage.objects.exists()


@pytest.mark.promise("F58", "F29")
def test_a_refused_message_is_sent_again_with_what_was_filled_in(limited, profile, ready, sandbox, work):
    sandbox.fault("status", status=422, method="POST", json={"errors": [{"code": "40305", "title": "No"}]})
    more = {"saved_text": str(ready.pk), **VALUES}
    confirm(limited, review(limited, "message", profile=profile, **more))
    message = ComposedMessage.objects.get()
    work(making(message))

    fields = Forms(limited.get(f"{page_of('message')}?again={message.pk}").content.decode()).fields

    assert {name: fields[name] for name in more} == more
    SavedText.objects.update(text="Something else for {first name}.")
    fields = Forms(limited.get(f"{page_of('message')}?again={message.pk}").content.decode()).fields
    assert (fields["saved_text"], "text" in fields) == ("", False)


# Who sends only these.


@pytest.mark.parametrize("kind", TEXT_KINDS)
@pytest.mark.promise("F29")
def test_whoever_may_not_write_freely_sends_only_saved_texts(limited, ready, kind):
    profile = make_profile("3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e01", alpha_sender="Northwind")
    later = {"send_at": in_form(clock.now() + timedelta(hours=2))} if kind == "schedule" else {}
    free = {
        "text": "Win a prize",
        "subject": "Win",
        "media_urls": "https://files.larkspur-dental.example/a.png",
    }

    page = Forms(limited.get(page_of(kind)).content.decode()).fields
    forged = review(limited, kind, profile=profile, **free, **later)

    assert {"text", "subject", "media_urls"} & page.keys() == set()
    assert errors(forged)["saved_text"] == "Choose a saved text."
    both = review(limited, kind, profile=profile, **free, **later, saved_text=str(ready.pk), **VALUES)
    confirm(limited, both)
    message = ComposedMessage.objects.get()
    assert (message.text, message.subject, message.media_urls) == (FILLED, "", [])
    assert message.saved_text == ready


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("see https://win.example", "A web or email address can't go here"),
        ("win.example/now", "A web or email address can't go here"),
        ("sam@win.example", "A web or email address can't go here"),
        ("two\nlines", "Type it in one line."),
        ("x" * 61, "At most 60 characters; you have 61."),
        ("{first name}", "Leave out { and }."),
        (" ", "Fill in what goes in place of {order number}."),
    ],
)
@pytest.mark.promise("F29")
def test_a_value_is_short_and_no_link(limited, profile, ready, value, said):
    more = VALUES | {"value_order_number": value}

    answer = review(limited, "message", profile=profile, saved_text=str(ready.pk), **more)

    assert said in errors(answer)["value_order_number"]
    assert answer.context["form"]["value_order_number"].value() == value


@pytest.mark.promise("F29")
def test_on_whatsapp_only_templates_are_left(limited, profile):
    hears("Is it ready?", type="WHATSAPP", to=SENDER)
    knows_whatsapp()
    own = json.dumps({"type": "text", "text": {"body": "Win a prize"}})

    page = limited.get(page_of("whatsapp")).content.decode()
    forged = review(limited, "whatsapp", profile=profile, content=own)
    template = review(limited, "whatsapp", profile=profile, content=json.dumps(CONTENTS["template"]))

    assert re.findall(r'name="_kind" value="(\w+)"', page) == ["template"]
    assert json.loads(str(Forms(page).fields["content"]))["type"] == "template"
    assert "You can send only approved templates on WhatsApp." in errors(forged)["content"]
    assert "“Can write messages freely, not only from saved texts”" in text(forged)
    assert confirm(limited, template).status_code == 302


@pytest.mark.promise("F29")
def test_a_reply_is_made_from_a_saved_text_too(limited, profile, ready):
    hears("Is it ready?")
    message = Message.objects.get(their_address=HANDSET)

    page = limited.post(f"/admin/messaging/message/{message.pk}/reply/", follow=True)
    fields = fields_of(page)

    assert fields["recipients"] == "+1 303 555 0123"
    assert "text" not in fields
    sent = fields | {"sender": SENDER, "saved_text": str(ready.pk), **VALUES}
    shown = limited.post(page_of("message"), sent | {"_review": "1"})
    confirm(limited, shown)
    assert ComposedMessage.objects.get().text == FILLED


@pytest.mark.promise("F29")
def test_every_promise_to_send_is_checked(limited, profile, ready):
    user = User.objects.get(username="limited")

    def attempt(**more):
        values = more.pop("values", None)
        usual = {"kind": "message", "purpose": "manual", "sender": SENDER, "recipients": [HANDSET]}
        message = ComposedMessage(messaging_profile=profile, **usual | more)
        message.values = values
        promise.send(message, by=user, form_token=uuid4().hex)

    for wrong in (
        {"text": "Win a prize"},
        {"text": FILLED},
        {"text": FILLED, "saved_text": ready},
        {"text": f"{FILLED} Win a prize", "saved_text": ready, "values": VALUES},
        {"text": FILLED, "saved_text": ready, "values": VALUES, "subject": "Win a prize"},
        {"kind": "whatsapp", "whatsapp": {"type": "text", "text": {"body": "Win a prize"}}},
    ):
        with pytest.raises(promise.Objected):
            attempt(**wrong)
    attempt(text=FILLED, saved_text=ready, values=VALUES)

    assert OutboxEntry.objects.count() == ComposedMessage.objects.count() == 1


def test_whoever_may_not_write_freely_writes_no_saved_texts(limited, ready):
    doors = [limited.get(f"{TEXTS}add/"), limited.post(f"{TEXTS}{ready.pk}/edit/", {"text": "Win a prize"})]

    assert [door.status_code for door in doors] == [403, 403]
    assert "Can write messages freely" in doors[0].content.decode()
    page = limited.get(f"{TEXTS}{ready.pk}/change/").content.decode()
    assert ("Change saved text" in page, "Use text" in page) == (False, True)
    ready.refresh_from_db()
    assert ready.text == READY


def test_whoever_could_send_before_may_write_freely(db):
    free = Permission.objects.get(codename="write_free_text")
    team, reader = Group.objects.create(name="Front desk"), Group.objects.create(name="Readers")
    alone = User.objects.create_user("alone")
    team.permissions.add(Permission.objects.get(codename="send_test_rcsmessage"))
    reader.permissions.add(Permission.objects.get(codename="view_composedmessage"))
    alone.user_permissions.add(Permission.objects.get(codename="send_composedmessage"))

    import_module("messaging.migrations.0033_saved_texts").whoever_sends(apps, None)

    assert free in team.permissions.all()
    assert free in alone.user_permissions.all()
    assert free not in reader.permissions.all()


# Many of them.


def test_a_long_list_is_searched_instead_of_offered_whole(person, profile, ready):
    SavedText.objects.bulk_create(SavedText(name=f"Text {n:03}", text=f"Number {n}") for n in range(150))
    operator = person("operator")

    page = operator.get(page_of("message"))
    fields = fields_of(page)
    found = operator.post(page_of("message"), fields | {"saved_search": "number 149", "_find": "1"})

    assert len(page.context["form"].fields["saved_text"].choices) == choosing.MOST + 1
    options = [str(label) for _value, label in found.context["form"].fields["saved_text"].choices]
    assert options == ["No saved text", "Text 149"]


def test_outcomes_are_counted_for_the_newest_messages_only(person, profile, ready, monkeypatch):
    monkeypatch.setattr(saved_page, "MOST", 3)
    usual = {"kind": "message", "purpose": "manual", "recipients": [HANDSET], "saved_text": ready}
    for state in ("accepted", "refused", "draft", "queued"):
        ComposedMessage.objects.create(
            **usual, sync_state=state, remote_id=str(uuid4()) if state == "accepted" else None
        )

    with CaptureQueriesContext(connection) as queries:
        page = text(person("support").get(f"{TEXTS}{ready.pk}/change/"))

    assert "The newest 3 messages sent from this text; older ones aren't counted." in page
    assert "Refused by Telnyx 1 No final status yet 1 Canceled 1" in page
    assert not any("COUNT(*)" in query["sql"] and "composedmessage" in query["sql"] for query in queries)


@pytest.mark.browser
def test_the_preview_fills_in_while_somebody_types(open_desk, live_server, profile, ready):
    said: list[str] = []
    desk = open_desk("operator")
    desk.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    desk.goto(f"{live_server.url}{TEXTS}add/")
    desk.get_by_label("Text", exact=True).fill("Hi {Name}, {day} works. Bye {name}")
    expect(desk.locator("#placeholders")).to_have_text("Placeholders: {Name}, {day}")
    expect(desk.locator("[data-size]")).to_contain_text("1 part in GSM-7")

    desk.goto(f"{live_server.url}{page_of('message')}")
    desk.get_by_label("To", exact=True).fill("(303) 555-0123")
    desk.get_by_label("Start from a saved text").select_option("Order ready")
    desk.get_by_role("button", name="Use this text").click()
    expect(desk.get_by_label("Order number")).to_be_focused()
    expect(desk.get_by_label("To", exact=True)).to_have_value("(303) 555-0123")
    desk.get_by_label("Order number").fill("8842")
    expect(desk.locator("[data-bubble]")).to_have_text("Order 8842 is ready, {First name}. Ask for 8842.")
    desk.get_by_label("First name").fill("Sam 😀")
    expect(desk.locator("[data-bubble]")).to_have_text("Order 8842 is ready, Sam 😀. Ask for 8842.")
    expect(desk.locator("[data-size]")).to_contain_text("in UCS-2")
    assert said == []
