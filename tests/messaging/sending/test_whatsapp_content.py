"""WhatsApp content: every broken rule has one sentence beside its member, and content without one is sent."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.whatsapp import problems, summary, wording
from tests.messaging.sending.whatsapp import (
    CONTENTS,
    FILES,
    PLACE,
    QUOTED,
    button,
    card,
    header,
    interactive,
    of_button,
    template,
)


def text(body: Any = "Hi", **members: Any) -> dict[str, Any]:
    return {"type": "text", "text": {"body": body}} | members


def file(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, kind: {"link": f"{FILES}a.bin"} | members}


def person(**members: Any) -> dict[str, Any]:
    return {"type": "contacts", "contacts": [{"name": {"formatted_name": "Robin"}} | members]}


def buttons(*rows: Any, **members: Any) -> dict[str, Any]:
    return interactive("button", {"buttons": list(rows)}, **members)


def rows(*listed: Any, **section: Any) -> dict[str, Any]:
    return interactive("list", {"button": "Choose", "sections": [{"rows": list(listed)} | section]})


def row(number: int = 1, **members: Any) -> dict[str, Any]:
    return {"id": f"row-{number}", "title": f"Row {number}"} | members


def body(*values: Any) -> dict[str, Any]:
    return template({"type": "body", "parameters": list(values)})


ACTION = "interactive.action"
VALUE = "template.components.0.parameters.0"
YES = button("yes", "Yes")
# What is wrong, where it is reported, and words of the message.
WRONG: list[tuple[Any, str, str]] = [
    (None, "", "isn't in the format Telnyx needs"),
    ({}, "", "Choose what to send"),
    ({"type": "fax"}, "type", "Choose what to send"),
    (text(surprise=1), "surprise", "doesn't recognize “surprise”"),
    (text(image={}), "image", "A message holds only one thing, and this one holds “text”"),
    (text(""), "text.body", "Type a text"),
    (text(5), "text.body", "This must be text"),
    (text("x" * 4097), "text.body", "At most 4096 bytes; you have 4097"),
    (text("é" * 2049), "text.body", "At most 4096 bytes; you have 4098"),
    ({"type": "text", "text": {"body": "x", "preview_url": "yes"}}, "text.preview_url", "yes or no"),
    (text(context={}), "context.message_id", "Type the WhatsApp ID of the message you reply to"),
    (text(biz_opaque_callback_data="x" * 513), "biz_opaque_callback_data", "At most 512"),
    ({"type": "image", "image": {}}, "image.link", "Type the file URL"),
    (file("image", link="ftp://a.example"), "image.link", "https://"),
    (file("image", caption="é" * 513), "image.caption", "At most 1024 bytes; you have 1026"),
    (file("image", voice=True), "image.voice", "doesn't have “voice”"),
    (file("audio", caption="Listen"), "audio.caption", "doesn't have “caption”"),
    (file("audio", voice="yes"), "audio.voice", "yes or no"),
    (file("sticker", caption="Ha"), "sticker.caption", "doesn't have “caption”"),
    (file("document", filename="x" * 241), "document.filename", "At most 240"),
    ({"type": "location", "location": PLACE | {"latitude": "91"}}, "location.latitude", "from -90 to 90"),
    ({"type": "location", "location": PLACE | {"longitude": 12}}, "location.longitude", "from -180 to 180"),
    ({"type": "contacts", "contacts": []}, "contacts", "Add a contact"),
    (
        {"type": "contacts", "contacts": [{"name": "a"}] * 258},
        "contacts",
        "At most 257 contacts; you have 258",
    ),
    ({"type": "contacts", "contacts": [{}]}, "contacts.0.name.formatted_name", "Type the name"),
    (person(birthday="31.12.1990"), "contacts.0.birthday", "1990-12-31"),
    (person(phones=[{"phone": "555"}]), "contacts.0.phones.0.phone", "with its country code"),
    (person(emails=[{"email": "robin"}]), "contacts.0.emails.0.email", "Type an email address"),
    (person(urls=[{"url": "robin"}]), "contacts.0.urls.0.url", "https://"),
    (person(addresses=[{"planet": "Earth"}]), "contacts.0.addresses.0.planet", "doesn't recognize “planet”"),
    ({"type": "reaction", "reaction": {"emoji": "👍"}}, "reaction.message_id", "message to react to"),
    (
        {"type": "reaction", "reaction": {"message_id": QUOTED, "emoji": "ok"}},
        "reaction.emoji",
        "Type one emoji",
    ),
    (CONTENTS["reaction"] | {"context": {"message_id": QUOTED}}, "context", "already names its message"),
    ({"type": "interactive", "interactive": {}}, "interactive.type", "requires"),
    (buttons(), f"{ACTION}.buttons", "Add a button"),
    (
        buttons(*[button(f"{n}", f"{n}") for n in range(4)]),
        f"{ACTION}.buttons",
        "At most 3 buttons; you have 4",
    ),
    (buttons(button("a", "x" * 21)), f"{ACTION}.buttons.0.reply.title", "At most 20 characters; you have 21"),
    (buttons(button("x" * 257, "a")), f"{ACTION}.buttons.0.reply.id", "At most 256"),
    (buttons(YES, button("yes", "Sure")), f"{ACTION}.buttons.1.reply.id", "the same ID"),
    (buttons(YES, button("no", "Yes")), f"{ACTION}.buttons.1.reply.title", "the same words"),
    (buttons({"reply": YES["reply"]}), f"{ACTION}.buttons.0.type", "requires"),
    (buttons(YES, body={"text": "x" * 1025}), "interactive.body.text", "At most 1024"),
    (buttons(YES, footer={"text": "x" * 61}), "interactive.footer.text", "At most 60"),
    (buttons(YES, header={"text": "Hi"}), "interactive.header.type", "requires"),
    (buttons(YES, header={"type": "text", "text": "x" * 61}), "interactive.header.text", "At most 60"),
    (buttons(YES, header={"type": "image"}), "interactive.header.image.link", "Type the file URL"),
    (
        interactive("button", {"buttons": [YES], "sections": []}),
        f"{ACTION}.sections",
        "doesn't have “sections”",
    ),
    (interactive("list", {"sections": [{"rows": [row()]}]}), f"{ACTION}.button", "opens the list"),
    (rows(), f"{ACTION}.sections.0.rows", "Add a row"),
    (rows(row(title="x" * 25)), f"{ACTION}.sections.0.rows.0.title", "At most 24"),
    (rows(row(description="x" * 73)), f"{ACTION}.sections.0.rows.0.description", "At most 72"),
    (rows(row(id="x" * 201)), f"{ACTION}.sections.0.rows.0.id", "At most 200"),
    (rows(row(), row()), f"{ACTION}.sections.0.rows.1.id", "the same ID"),
    (rows(row(), title="x" * 25), f"{ACTION}.sections.0.title", "At most 24"),
    (rows(row(), product_items=[]), f"{ACTION}.sections.0.product_items", "doesn't have “product_items”"),
    (
        interactive(
            "list",
            {
                "button": "Go",
                "sections": [{"title": f"{s}", "rows": [row(s * 9 + n) for n in range(6)]} for s in (1, 2)],
            },
        ),
        f"{ACTION}.sections",
        "at most 10 rows in all its sections; you have 12",
    ),
    (
        interactive(
            "list", {"button": "Go", "sections": [{"rows": [row(1)]}, {"title": "b", "rows": [row(2)]}]}
        ),
        f"{ACTION}.sections.0.title",
        "each section of several needs one",
    ),
    (interactive("list", {"button": "Go", "sections": []}), f"{ACTION}.sections", "Add a section"),
    (
        interactive("cta_url", {"name": "cta_url", "parameters": {"url": "https://a.example"}}),
        f"{ACTION}.parameters.display_text",
        "Type the button text",
    ),
    (interactive("location_request_message", {}), f"{ACTION}.name", "requires"),
    (
        interactive("location_request_message", {"name": "send_location"}, footer={"text": "a"}),
        "interactive.footer",
        "doesn't show this here",
    ),
    (interactive("carousel", {"cards": [card(0)]}), f"{ACTION}.cards", "at least 2 cards"),
    (interactive("carousel", {"cards": [card(n) for n in range(11)]}), f"{ACTION}.cards", "At most 10 cards"),
    (interactive("carousel", {"cards": [card(0), card(3)]}), f"{ACTION}.cards.1.card_index", "this one is 1"),
    (
        interactive("carousel", {"cards": [card(0), card(1, body={"text": "x" * 161})]}),
        f"{ACTION}.cards.1.body.text",
        "At most 160",
    ),
    (
        interactive("carousel", {"cards": [card(0), card(1, body={"text": "a\nb\nc\nd"})]}),
        f"{ACTION}.cards.1.body.text",
        "At most 2 line breaks",
    ),
    (
        interactive("carousel", {"cards": [card(0), card(1, action={"catalog_id": "7"})]}),
        f"{ACTION}.cards.1.action.product_retailer_id",
        "Type the product's ID",
    ),
    (template(name="Order Ready", language={"code": "en"}), "template.name", "only lowercase letters"),
    (template(language={"code": "en"}), "template.name", "Type the template's name, or its Telnyx ID"),
    (template(name="a"), "template.language.code", "such as en_US"),
    (template(name="a", language={"code": "English"}), "template.language.code", "such as en_US or de"),
    (
        template(name="a", language={"code": "en", "policy": "any"}),
        "template.language.policy",
        "deterministic",
    ),
    (template(template_id="1", name="a"), "template.name", "Telnyx finds the name and language itself"),
    (template({"type": "footer"}), "template.components.0.type", "header, body, button"),
    (template({"type": "body", "parameters": []}), "template.components.0.parameters", "Add a value"),
    (
        template({"type": "body", "index": 1, "parameters": [{"type": "text", "text": "a"}]}),
        "template.components.0.index",
        "Only buttons",
    ),
    (template(header("text", "a"), header("text", "b")), "template.components.1", "here twice"),
    (template(header("currency", {})), f"{VALUE}.type", "location"),
    (body({"type": "image", "image": {}}), f"{VALUE}.type", "text, currency, date_time"),
    (body({"type": "text"}), f"{VALUE}.text", "Type the value"),
    (
        body({"type": "text", "text": "a", "parameter_name": "n"}, {"type": "text", "text": "b"}),
        "template.components.0.parameters",
        "Give every value a name",
    ),
    (
        body({"type": "text", "text": "a", "parameter_name": "First Name"}),
        f"{VALUE}.parameter_name",
        "lowercase",
    ),
    (
        body({"type": "currency", "currency": {"fallback_value": "$1", "code": "USD", "amount_1000": "1"}}),
        f"{VALUE}.currency.amount_1000",
        "Type the amount",
    ),
    (
        body({"type": "currency", "currency": {"fallback_value": "$1", "code": "usd", "amount_1000": 1}}),
        f"{VALUE}.currency.code",
        "three letters",
    ),
    (body({"type": "date_time"}), f"{VALUE}.date_time.fallback_value", "as they read it"),
    (
        template(of_button("call", "text", "a")),
        "template.components.0.sub_type",
        "quick_reply, url, copy_code",
    ),
    (template(of_button("url", "text", "a", 10)), "template.components.0.index", "0 is the first"),
    (template(of_button("url", "payload", "a")), f"{VALUE}.type", "text"),
    (template(of_button("copy_code", "coupon_code", "x" * 21)), f"{VALUE}.coupon_code", "At most 20"),
    (
        template(of_button("url", "text", "a"), of_button("url", "text", "b")),
        "template.components.1",
        "button is here twice",
    ),
]


@pytest.mark.parametrize(("content", "pointer", "words"), WRONG)
def test_a_broken_rule_has_one_sentence_beside_its_member(content, pointer, words):
    (found,) = problems(content)

    assert found.pointer == pointer
    assert words in found.words


@pytest.mark.parametrize("name", CONTENTS)
def test_every_type_passes_and_is_told_in_one_line(name):
    assert problems(CONTENTS[name]) == []
    assert 0 < len(summary(CONTENTS[name])) < 200
    assert "\n" not in summary(CONTENTS[name])


def test_a_place_is_told_in_words():
    content = copy.deepcopy(CONTENTS["list"])
    content["interactive"]["action"]["sections"][1]["rows"][0]["title"] = "x" * 25

    (found,) = wording.found(content)

    assert found.where == "Section 2, Row 1, Title"
    assert found.pointer == "/interactive/action/sections/1/rows/0/title"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def spoiled(value: Any, at: int, junk: Any) -> tuple[Any, int]:
    """Return a copy in which the part number `at`, counted from the outside, is something else."""
    if at == 0:
        return junk, -1
    at -= 1
    if isinstance(value, dict | list):
        pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
        made = []
        for key, inner in pairs:
            if at >= 0:
                inner, at = spoiled(inner, at, junk)
            made.append((key, inner))
        value = dict(made) if isinstance(value, dict) else [inner for _, inner in made]
    return value, at


@given(st.sampled_from(sorted(CONTENTS)), st.integers(0, 30), JSON)
@settings(max_examples=300, deadline=None)
def test_it_survives_any_json_anywhere(name, at, junk):
    content, _ = spoiled(CONTENTS[name], at, junk)

    for problem in problems(content):
        assert problem.words
    wording.found(content)
    summary(content)
