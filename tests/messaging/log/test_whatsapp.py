"""WhatsApp in the log: every type in words, what belongs together, and its 24 hours; signed webhooks in, pages out."""

import json
import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from messaging.log import whatsapp, why
from messaging.log.customer_texts import TEXTS, Say
from messaging.log.evidence import MESSAGES
from messaging.log.window import look
from messaging.mirror.inbound import drain
from messaging.mirror.models import Incident
from messaging.models import Evidence, MediaFile, Message
from tests.messaging.bodies import OURS, THEIRS, error, inbound, message_event, outbound, party
from tests.messaging.log.conftest import page_of
from tests.sandbox.messages import whatsapp as samples
from tests.signing import deliver

NOW = timezone.now


def body(type, /, *, foreign_id="", **more):
    return {
        "id": str(uuid.uuid4()),
        "foreign_id": foreign_id or f"wamid.{uuid.uuid4().hex}",
        "type": type,
        **more,
    }


def comes(content, *, at=None, **more):
    """Let a customer's phone do something in WhatsApp, and return its row."""
    at = at or NOW() - timedelta(minutes=5)
    told = inbound(type="WHATSAPP", to=OURS, body={"from": THEIRS, **content}, text=None, media=None, **more)
    told = {**told, "from": more.get("from", {"phone_number": THEIRS}), "received_at": at.isoformat()}
    assert deliver(message_event("received", told, occurred_at=at.isoformat())) == 200
    drain.drain()
    return Message.objects.get(remote_id=told["id"])


def goes(content, *, status="delivered", at=None, **more):
    """Let Telnyx report one of our WhatsApp messages, and return its row."""
    at = at or NOW() - timedelta(minutes=8)
    told = outbound(
        status=status, type="WHATSAPP", body=content, text=None, received_at=at.isoformat(), **more
    )
    assert deliver(message_event("finalized", told, occurred_at=at.isoformat())) == 200
    drain.drain()
    return Message.objects.get(remote_id=told["id"])


def opened(login, message):
    """Open the whole conversation on record, and return the browser of the person."""
    client = login("compliance")
    client.post(page_of(message, "reveal"), {"reason": "Ticket 12", "conversation": "1"})
    return client


def words(client, message, action="change"):
    return " ".join(client.get(page_of(message, action)).content.decode().split())


INBOUND = {
    "text": (body("text", text={"body": "Is it ready?"}), ["Is it ready?"]),
    "image": (
        body(
            "image",
            image={"url": "https://media.example.com/1.png", "mime_type": "image/png", "caption": "Look"},
        ),
        ["Picture</p>", "Look", "image/png"],
    ),
    "voice": (body("audio", audio={"id": "1", "voice": True}), ["Voice message"]),
    "video": (body("video", video={"id": "1"}), ["Video"]),
    "document": (
        body("document", document={"filename": "bill.pdf", "caption": "This"}),
        ["Document: bill.pdf", "This"],
    ),
    "sticker": (body("sticker", sticker={"id": "1"}), ["Sticker"]),
    "location": (
        body("location", location={"latitude": "39.739236", "longitude": -104.99, "name": "Union Station"}),
        ["Location: 39.739236, -104.99", "Union Station"],
    ),
    "contacts": (
        body(
            "contacts", contacts=[{"name": {"formatted_name": "Robin Vega"}, "phones": [{"phone": "+1 303"}]}]
        ),
        ["Contact: Robin Vega · +1 303"],
    ),
    "quick reply": (
        body("button", button={"text": "Yes, confirm", "payload": "y"}),
        ["Chosen:", "Yes, confirm"],
    ),
    "button reply": (
        body(
            "interactive",
            interactive={"type": "button_reply", "button_reply": {"id": "1", "title": "Tomorrow"}},
        ),
        ["Chosen:", "Tomorrow"],
    ),
    "list reply": (
        body(
            "interactive",
            interactive={
                "type": "list_reply",
                "list_reply": {"title": "Downtown", "description": "Open late"},
            },
        ),
        ["Chosen:", "Downtown", "Open late"],
    ),
    "form": (
        body("interactive", interactive={"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}}),
        ["Filled in a form in WhatsApp"],
    ),
    "order": (
        body(
            "order",
            order={"product_items": [{"product_retailer_id": "mug", "quantity": 2, "item_price": 12.5}]},
        ),
        ["Order of 1 product", "2 × mug · 12.5"],
    ),
    "system": (
        body("system", system={"body": "They moved", "new_wa_id": "1303"}),
        ["WhatsApp says: They moved"],
    ),
    "unsupported": (body("unsupported", errors=[{"code": 131051}]), ["doesn&#x27;t pass on to businesses"]),
    "forwarded": (body("text", text={"body": "Hm"}, context={"forwarded": True}), ["Forwarded", "Hm"]),
    "ad": (body("text", text={"body": "Hm"}, referral={"headline": "Mugs"}), ["from your ad or post: Mugs"]),
    "new type": (
        body("hologram", hologram={"beam": 1}),
        ["type this desk doesn&#x27;t know yet (“hologram”)"],
    ),
    "wrong shape": (body("image", image="no"), ["doesn&#x27;t know yet (“image”)"]),
    "no type": ({"id": "1", "surprise": [1]}, ["doesn&#x27;t know yet (“?”)"]),
}


@pytest.mark.parametrize("name", INBOUND)
def test_each_received_type_is_shown_in_words(login, db, name):
    content, expected = INBOUND[name]
    message = comes(content)
    client = opened(login, message)

    for action in ("change", "conversation"):
        page = words(client, message, action)
        assert [told for told in expected if told not in page] == []
        assert "No text." not in page
        assert "Status unknown" not in page
    assert "Raw data from Telnyx" in words(client, message)


def card(n):
    return {"card_index": n, "body": {"text": f"Mug {n}"}, "action": {"parameters": {"display_text": "Buy"}}}


OUTBOUND = {
    "text": ({"type": "text", "text": {"body": "It is ready"}}, ["It is ready"]),
    "buttons": (
        {
            "type": "interactive",
            "interactive": {
                "type": "button",
                "header": {"text": "Pickup"},
                "body": {"text": "When?"},
                "footer": {"text": "Northwind"},
                "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Today"}}]},
            },
        },
        ["Pickup", "When?", "Northwind", "Today"],
    ),
    "list": (
        {
            "type": "interactive",
            "interactive": {
                "type": "list",
                "body": {"text": "Where?"},
                "action": {
                    "button": "Stores",
                    "sections": [{"title": "City", "rows": [{"title": "Downtown", "description": "Late"}]}],
                },
            },
        },
        ["Where?", "Stores (opens a list)", "City: Downtown (Late)"],
    ),
    "link": (
        {
            "type": "interactive",
            "interactive": {
                "type": "cta_url",
                "body": {"text": "Track it"},
                "action": {"parameters": {"display_text": "Track", "url": "https://shop.example.com/1"}},
            },
        },
        ["Track it", "Track → https://shop.example.com/1"],
    ),
    "carousel": (
        {"type": "interactive", "interactive": {"type": "carousel", "action": {"cards": [card(0), card(1)]}}},
        ["Card 1: Mug 0", "Card 2: Mug 1", "Buy"],
    ),
    "ask location": (
        {
            "type": "interactive",
            "interactive": {"type": "location_request_message", "body": {"text": "Where?"}},
        },
        ["Where?", "Send location"],
    ),
    "template": (
        {
            "type": "template",
            "template": {
                "name": "order_ready",
                "language": {"code": "en_US"},
                "components": [
                    {
                        "type": "header",
                        "parameters": [{"type": "image", "image": {"link": "https://x.example/1.png"}}],
                    },
                    {
                        "type": "body",
                        "parameters": [
                            {"type": "text", "text": "Robin"},
                            {"type": "currency", "currency": {"fallback_value": "$12.50"}},
                            {"type": "text", "parameter_name": "shop", "text": "Downtown"},
                        ],
                    },
                    {
                        "type": "button",
                        "sub_type": "url",
                        "index": 0,
                        "parameters": [{"type": "text", "text": "8842"}],
                    },
                ],
            },
        },
        [
            "Template “order_ready” (en_US)",
            "In its heading: https://x.example/1.png",
            "Filled in: Robin; $12.50; shop: Downtown",
            "Button 1: 8842",
        ],
    ),
    "image": (
        {"type": "image", "image": {"link": "https://x.example/1.png", "caption": "Look"}},
        ["Picture: https://x.example/1.png", "Look"],
    ),
}


@pytest.mark.parametrize("name", OUTBOUND)
def test_each_sent_type_is_shown_in_words(login, db, name):
    content, expected = OUTBOUND[name]
    message = goes(content)

    page = words(opened(login, message), message, "conversation")

    assert [told for told in expected if told not in page] == []


# As plain words, what a page shows by its look.
PLAIN = {"Chosen:": "Chosen: ", "Picture</p>": "Picture", "image/png": ""}
BUTTONS = {"Today": "Button: Today", "Send location": "Button: Send location", "Buy": "Button: Buy"}


def test_an_evidence_file_says_in_words_what_each_type_says(db, person):
    user = person("compliance")
    for name, (content, expected) in (INBOUND | {f"our {name}": OUTBOUND[name] for name in OUTBOUND}).items():
        is_ours = name.startswith("our ")
        message = goes(content) if is_ours else comes(content)
        row = Evidence(owner=user, kind="message", subject=str(message.pk), zone="UTC", reason="Ticket 12")

        whole = MESSAGES.gather(message, row, ["message"])
        masked = MESSAGES.gather(message, row, [])

        told = {str(label): words for label, words in whole.facts}
        said = f"{told['Text']}\n{told['Content']}"
        wanted = [PLAIN.get(words, BUTTONS.get(words, words) if is_ours else words) for words in expected]
        assert [words for words in map(unescape, wanted) if words not in said] == [], name
        assert told["Type"] == "WhatsApp"
        assert whole.data["message.json"]["body"] == message.body, name
        assert whole.data["message.json"]["in_words"] == [*filter(None, told["Content"].split("\n"))], name
        assert ("Files that came with it." in whole.left_out) is (name in ("image", "our image")), name
        assert not {"Content", "About the message with the ID"} & {
            str(label) for label, _words in masked.facts
        }
        assert not {"body", "in_words", "text"} & set(masked.data["message.json"]), name


def test_an_evidence_file_about_a_reaction_names_its_message(db, person):
    message = comes(body("reaction", reaction={"emoji": "👍", "message_id": "wamid.first"}))
    row = Evidence(owner=person("compliance"), kind="message", zone="UTC")

    told = {str(label): words for label, words in MESSAGES.gather(message, row, ["message"]).facts}

    assert told["Content"] == "Reaction: 👍"
    assert told["About the message with the ID"] == "wamid.first"


def test_every_type_that_can_be_sent_is_known(db):
    """The types of Telnyx's description (docs/telnyx.md, T5.1)."""
    sent = "audio document image sticker video interactive location template reaction contacts text"

    assert set(sent.split()) <= set(whatsapp.KINDS)


def test_a_file_is_fetched_while_it_is_there(db):
    message = comes(INBOUND["image"][0])

    file = MediaFile.objects.get(remote_id=message.remote_id)
    assert (file.url, file.content_type) == ("https://media.example.com/1.png", "image/png")
    assert message.text == "Look"


# What belongs together.


def test_reactions_changes_and_answers_stand_under_their_message(login, db):
    at = NOW() - timedelta(hours=1)
    ours = goes({"type": "text", "text": {"body": "Your order is ready"}}, at=at)
    theirs = comes(
        body("text", foreign_id="wamid.FIRST", text={"body": "Thansk"}), at=at + timedelta(minutes=1)
    )
    for n, emoji in enumerate(("\N{THUMBS UP SIGN}", "\N{HEAVY BLACK HEART}"), 2):
        reaction = {"message_id": str(ours.remote_id), "emoji": emoji}
        comes(body("reaction", reaction=reaction), at=at + timedelta(minutes=n))
    change = {"original_message_id": "wamid.FIRST", "message": {"type": "text", "text": {"body": "Thanks"}}}
    edit = comes(body("edit", edit=change), at=at + timedelta(minutes=4))
    answer = comes(
        body("text", text={"body": "See you"}, context={"id": str(ours.remote_id)}),
        at=at + timedelta(minutes=5),
    )
    comes(body("revoke", revoke={"original_message_id": "wamid.FIRST"}), at=at + timedelta(minutes=6))

    shown = opened(login, ours).get(page_of(ours, "conversation"))
    bubbles = {one["message"].pk: one for _day, day in shown.context["days"] for one in day}

    assert [emoji for _row, emoji in bubbles[ours.pk]["reactions"]] == ["\N{HEAVY BLACK HEART}"]
    assert [kind for _row, kind in bubbles[theirs.pk]["changes"]] == ["edit", "revoke"]
    assert bubbles[edit.pk]["target"]["words"] == "Thansk"
    assert bubbles[answer.pk]["target"]["words"] == "Your order is ready"
    page = " ".join(shown.content.decode().split())
    assert "Changed later" in page
    assert "Deleted in WhatsApp" in page
    assert "About our message" in page
    assert "their reaction" in page


def test_a_reaction_that_was_taken_back_is_gone_and_an_unknown_one_says_so(login, db):
    ours = goes({"type": "text", "text": {"body": "Ready"}})
    for n, emoji in enumerate(("\N{THUMBS UP SIGN}", "")):
        reaction = {"message_id": str(ours.remote_id), "emoji": emoji}
        last = comes(body("reaction", reaction=reaction), at=NOW() - timedelta(minutes=4 - n))
    lost = comes(body("reaction", reaction={"message_id": "wamid.GONE", "emoji": "\N{THUMBS UP SIGN}"}))
    client = opened(login, ours)

    assert "their reaction" not in words(client, ours)
    assert "Took a reaction back" in words(client, last)
    assert "About an earlier message that isn't in this log" in words(client, lost)


def test_people_without_permission_read_neither_emoji_nor_quote(login, db):
    ours = goes({"type": "text", "text": {"body": "Secret words"}})
    comes(body("reaction", reaction={"message_id": str(ours.remote_id), "emoji": "\N{THUMBS UP SIGN}"}))
    comes(body("text", text={"body": "Private"}, context={"id": str(ours.remote_id)}))

    page = words(login("support"), ours, "conversation")

    assert "their reaction (hidden)" in page.replace("</span>", "")
    for hidden in ("Secret words", "Private", "\N{THUMBS UP SIGN}"):
        assert hidden not in page


def test_a_conversation_costs_the_same_whatever_happens_in_it(login, db, django_assert_max_num_queries):
    first = goes({"type": "text", "text": {"body": "Ready"}}, at=NOW() - timedelta(hours=2))
    for n in range(6):
        made = comes(
            body("text", text={"body": str(n)}, context={"id": f"wamid.{n}"}),
            at=NOW() - timedelta(minutes=60 - n),
        )
        comes(body("reaction", reaction={"message_id": str(made.remote_id), "emoji": "x"}))
    client = opened(login, first)
    client.get(page_of(first, "conversation"))

    with django_assert_max_num_queries(30):
        client.get(page_of(first, "conversation"))


def test_when_a_message_was_read_is_in_the_conversation(login, db):
    message = goes({"type": "text", "text": {"body": "Ready"}})
    at = NOW() - timedelta(minutes=2)
    told = {
        "id": str(message.remote_id),
        "direction": "outbound",
        "type": "WHATSAPP",
        "to": [party(THEIRS, "read")],
    }
    deliver(message_event("read", told, occurred_at=at.isoformat()))
    drain.drain()

    page = words(opened(login, message), message, "conversation")

    assert f"{timezone.localtime(at):%H:%M}</time>" in page[page.index("Read") :][:400]


def test_a_message_of_the_business_app_belongs_to_its_conversation_and_waits_for_nothing(login, db):
    first = comes(body("text", text={"body": "Hi"}), at=NOW() - timedelta(hours=6))
    id = str(uuid.uuid4())
    echo = {
        "id": id,
        "direction": "outbound",
        "type": "WHATSAPP",
        "from": {"phone_number": OURS},
        "received_at": (NOW() - timedelta(hours=5)).isoformat(),
        "body": {"from": THEIRS, "foreign_id": "wamid.APP", "type": "text", "text": {"body": "From the app"}},
    }
    deliver(message_event("echo", echo))
    drain.drain()
    client = opened(login, first)

    page = words(client, first, "conversation")
    own = words(client, Message.objects.get(remote_id=id))

    assert "From the app" in page
    assert "Sent from the WhatsApp Business app" in page
    assert "<b>Sent</b> · WhatsApp" in page
    assert "Why didn" not in own
    assert "no outcome has been reported" not in own


def test_someone_who_hides_their_number_is_kept_under_their_id(login, db):
    hidden = {"phone_number": ""}
    message = comes(
        body("text", text={"body": "Hi"}) | {"from": "", "from_user_id": "US.13491208655302741918"},
        **{"from": hidden},
    )

    assert message.their_address == "US.13491208655302741918"
    page = words(login("support"), message, "conversation")
    assert "US.13491208655302741918" not in page
    assert "*** 18" in page


def verdict(message):
    return str(why.of(message, number="+1 312 *** 0001").verdict.title)


# The 24 hours.


@pytest.fixture
def known(db):
    """Somebody else wrote on WhatsApp two days ago: the desk has received this number's messages for long enough."""
    comes(
        body("text", text={"body": "Hello"}) | {"from": "+13125550077"},
        at=NOW() - timedelta(days=2),
        **{"from": {"phone_number": "+13125550077"}},
    )


def test_the_window_begins_with_each_message_and_lasts_24_hours(login, known):
    first = comes(body("text", text={"body": "Hi"}), at=NOW() - timedelta(hours=20))
    comes(body("reaction", reaction={"message_id": "wamid.X", "emoji": "x"}), at=NOW() - timedelta(hours=1))
    deliver(message_event("received", inbound(received_at=NOW().isoformat())))
    drain.drain()

    page = words(login("support"), first, "conversation")

    assert look(OURS, THEIRS).until == first.happened_at + timedelta(hours=24)
    assert look(OURS, "+13125550099").until is None
    assert "You can write freely until" in page
    at = timezone.localtime(first.happened_at + timedelta(hours=24))
    assert f"{at:%H:%M} {at.tzname()} {'today' if at.date() == timezone.localdate() else 'tomorrow'}" in page


def test_a_closed_window_names_their_last_message(login, known):
    first = comes(body("text", text={"body": "Hi"}), at=NOW() - timedelta(hours=30))

    page = words(login("support"), first, "conversation")

    assert "Only a template can be sent now. Their last WhatsApp message to this number came" in page


def test_the_desk_says_what_it_may_have_missed(login, known):
    first = comes(body("text", text={"body": "Hi"}), at=NOW() - timedelta(hours=30))
    Incident.objects.create(
        kind="webhooks", started_at=NOW() - timedelta(hours=5), seen_at=NOW(), ended_at=NOW(), is_certain=True
    )

    page = words(login("support"), first, "conversation")

    assert "Only a template can be sent now" not in page
    assert "This desk may have missed one: Reports from Telnyx were late or lost after" in page


# Why it did not arrive.

FREE = {"type": "text", "text": {"body": "It is ready"}}
TEMPLATE = {"type": "template", "template": {"name": "order_ready"}}
LIKELY = "Most likely WhatsApp's 24 hours were over, so it didn't accept a message written freely."
CERTAIN = "WhatsApp's 24 hours were over, so it didn't accept a message written freely."
REFUSED = "WhatsApp refused the message."


def test_a_closed_window_is_the_verdict_only_where_it_can_be(known, login):
    def failed(content, detail="x", code="41000"):
        return goes(content, status="delivery_failed", errors=[error(code, "WhatsApp Error", detail=detail)])

    closed, template = failed(FREE), failed(TEMPLATE)
    assert [verdict(one) for one in (closed, failed(FREE, code="40008"))] == [LIKELY, LIKELY]
    assert verdict(template) == REFUSED
    assert verdict(failed(FREE, "Error 131047: Re-engagement message")) == CERTAIN
    page = words(login("support"), closed)
    assert TEXTS[Say.WHATSAPP_CLOSED]["en"] in page
    assert "Send an approved template, or wait until the customer writes." in page

    comes(body("text", text={"body": "Hi"}), at=NOW() - timedelta(hours=2))
    assert verdict(failed(FREE)) == REFUSED


def test_a_log_that_is_too_young_makes_no_verdict_of_it(db):
    message = goes(FREE, status="delivery_failed", errors=[error("41000", "WhatsApp Error")])

    assert verdict(message) == REFUSED


def test_the_samples_of_the_sandbox_are_all_known(db):
    about = {"id": "1", "payload": {"from": {"phone_number": OURS}, "body": {}}}
    for kind in samples.KINDS:
        said = whatsapp.pieces(
            samples.body(kind, None, about, lambda given: {"url": "http://127.0.0.1/1.png"})
        )
        assert said, kind
        assert "know yet" not in json.dumps([piece.words for piece in said]), kind
