"""RCS in the message log: what people send to an agent, what happened to what we sent, and why it did not arrive."""

from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client as Browser
from django.utils import timezone

from messaging.log import conversation, rich, why
from messaging.mirror.inbound import drain
from messaging.models import MediaFile, Message
from rcs.models import Capability, RcsAgent, RcsMessage
from tests.messaging.bodies import PROFILE, THEIRS, inbound, message_event, outbound, party
from tests.rcs.conftest import text as text_of
from tests.signing import deliver

AGENT = "larkspur_dental_agent"
NAMED = {"agent_id": AGENT, "agent_name": "Larkspur Dental"}
LOG = "/admin/messaging/message/"
CONTENT = {
    "rich_card": {
        "standalone_card": {
            "card_orientation": "VERTICAL",
            "thumbnail_image_alignment": "LEFT",
            "card_content": {"title": "Parcel 8842", "suggestions": [{"reply": {"text": "Confirm"}}]},
        }
    }
}


def reply(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the payload of what someone sent to the agent. RCS has no text member (docs/telnyx.md, T4.18)."""
    told = inbound(type="RCS", to=[NAMED], body=body, **more)
    return {name: value for name, value in told.items() if name not in ("text", "media")}


def sent(status: str, message_id: str, **more: Any) -> dict[str, Any]:
    """Return the payload of what was sent as the agent."""
    told = outbound(message_id, status, type="RCS", body=CONTENT, **{"from": NAMED}, **more)
    return {name: value for name, value in told.items() if name not in ("text", "media")}


def hear(kind: str, payload: dict[str, Any], seconds: float = 0) -> Message:
    assert deliver(message_event(kind, payload, seconds=seconds)) == 200
    drain.drain()
    return Message.objects.get(remote_id=payload["id"])


@pytest.fixture
def reader(transactional_db) -> Browser:
    user = User.objects.create_user("reader", is_staff=True)
    names = ("view_message", "reveal_message", "reveal_conversation")
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    browser = Browser()
    browser.force_login(user)
    return browser


def reveal(browser: Browser, message: Message, *, back: str = "message") -> None:
    """Reveal a whole conversation on record, as the button does."""
    data = {"reason": "They called.", "back": back, "conversation": "1"}
    answer = browser.post(f"{LOG}{message.pk}/reveal/", data)
    assert answer.status_code == 302


TAPPED = {"suggestion_response": {"postback_data": "plain text", "text": "Track"}}
PLACE = {"location": {"latitude": 41.8781, "longitude": -87.6298}}
FILE = {
    "user_file": {
        "payload": {
            "file_name": "label.jpg",
            "file_size_bytes": 179099,
            "file_uri": "https://files.example.com/rcs/label.jpg",
            "mime_type": "image/jpeg",
        }
    }
}


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ({"text": "Can I come later?"}, []),
        (TAPPED, ["Tapped “Track”"]),
        (PLACE, ["Location: 41.8781, -87.6298"]),
        (FILE, ["File: label.jpg"]),
        ({"location": "somewhere"}, []),
        ({"location": {}}, ["Location: ?"]),
        ({"suggestion_response": {}}, ["Tapped “?”"]),
        ({"user_file": {"payload": 1}}, ["File: ?"]),
        ({"rich_card": {"carousel_card": {"card_contents": ["x", {}]}}}, ["Card: a picture"]),
    ],
)
def test_what_came_to_an_agent_is_in_the_log_in_words(transactional_db, body, lines):
    message = hear("received", reply(body))

    assert (message.our_address, message.their_address, message.type) == (AGENT, THEIRS, "RCS")
    assert rich.lines(message) == lines
    assert message.text == body.get("text", "Track" if body == TAPPED else "")


def test_a_file_is_fetched_like_that_of_a_picture_message(transactional_db):
    message = hear("received", reply(FILE))

    (file,) = MediaFile.objects.filter(remote_id=message.remote_id)
    assert (file.url, file.content_type, file.size) == (
        "https://files.example.com/rcs/label.jpg",
        "image/jpeg",
        179099,
    )


@pytest.mark.promise("C5")
def test_the_pages_show_it_only_to_people_who_opened_it(reader):
    message = hear("received", reply(TAPPED))
    hidden = text_of(reader.get(f"{LOG}{message.pk}/change/"))

    reveal(reader, message)

    assert "Tapped" not in hidden
    assert "Tapped “Track”" in text_of(reader.get(f"{LOG}{message.pk}/change/"))


def test_a_card_that_was_sent_shows_its_words_and_buttons(transactional_db):
    message = hear("sent", sent("sent", str(uuid4())))

    assert rich.lines(message) == ["Card: Parcel 8842", "Buttons: Confirm"]


@pytest.mark.promise("X46")
def test_the_states_end_with_read_in_any_order(transactional_db):
    id = str(uuid4())
    steps = [("sent", "sent", 1), ("finalized", "delivered", 2), ("read", "read", 3)]
    for order in permutations(steps):
        Message.objects.all().delete()
        for kind, status, at in order:
            message = hear(kind, sent(status, id), at)

        assert (message.status, message.body) == ("read", CONTENT)


# One conversation.


def test_rcs_and_texts_with_one_handset_are_one_conversation(reader):
    elsewhere = reply({"text": "Elsewhere"}, messaging_profile_id=str(uuid4())) | {
        "to": [{"agent_id": "another_agent"}]
    }
    asked = hear("sent", outbound(), 1)
    carded = hear("sent", sent("sent", str(uuid4())), 2)
    answered = hear("received", reply({"text": "By RCS"}, received_at="2026-11-20T09:05:00+00:00"), 3)
    other = hear("received", reply({"text": "Somebody else"}, sender="+13125550002"), 4)
    apart = hear("received", elsewhere, 5)
    whole = {asked.pk, carded.pk, answered.pk}

    for message in (asked, carded, answered):
        assert {row.pk for row in conversation.around(message).rows} == whole
        assert {row.pk for row in Message.objects.all() if conversation.belongs(message, row)} == whole
    assert not whole & {apart.pk, other.pk}
    reveal(reader, asked, back="conversation")
    page = text_of(reader.get(f"{LOG}{asked.pk}/conversation/"))
    assert "By RCS" in page
    assert "Parcel 8842" in page


# Something else was sent.


@pytest.mark.promise("R5")
def test_what_was_sent_instead_is_visible_everywhere_whatever_came_first(reader):
    id = str(uuid4())
    first = sent("queued", id)
    then = outbound(id, "delivered", type="SMS", text="Parcel 8842 ships.", body=CONTENT)
    for order in permutations([("sent", first, 1), ("finalized", then, 2)]):
        Message.objects.all().delete()
        for event in order:
            message = hear(*event)

        assert (message.type, message.text, message.fell_back()) == ("SMS", "Parcel 8842 ships.", True)
    words = "Sent as SMS instead, because the phone has no RCS."
    assert words in text_of(reader.get(f"{LOG}{message.pk}/change/"))
    assert words in text_of(reader.get(f"{LOG}{message.pk}/conversation/"))
    assert words in text_of(reader.get(f"{LOG}?all=1"))
    assert rich.lines(message) == []


@pytest.mark.parametrize("type", ["MMS", "SMS"])
@pytest.mark.promise("R5")
def test_the_type_that_was_sent_wins_over_rcs(transactional_db, type):
    id = str(uuid4())
    hear("finalized", outbound(id, "delivered", type=type, text="Instead"), 2)

    assert hear("sent", sent("queued", id), 1).type == type


def test_a_text_is_not_called_an_rcs_message(reader):
    message = hear("sent", outbound())

    assert not message.fell_back()
    assert "instead" not in text_of(reader.get(f"{LOG}{message.pk}/change/"))


# Why did it not arrive?


def failed(status: str, code: str = "", **more: Any) -> Message:
    errors = [{"code": code, "title": "x"}] if code else []
    return hear("finalized", sent(status, str(uuid4()), errors=errors, **more))


def agent(**fields: Any) -> RcsAgent:
    told = {"remote_id": AGENT, "agent_name": "Larkspur", "enabled": True, "messaging_profile_id": PROFILE}
    return RcsAgent.objects.create(**told | fields)


def verdict(message: Message) -> str:
    return str(why.of(message, number="***").verdict.title)


@pytest.mark.promise("F56")
def test_a_handset_without_rcs_and_without_a_text_instead_is_the_reason(transactional_db):
    Capability.objects.create(
        agent=agent(), phone_number=THEIRS, has_rcs=False, features=[], as_of=timezone.now()
    )

    found = why.of(failed("sending_failed", "40301"), number="***")

    assert "The phone has no RCS, and there was no fallback" in str(found.verdict.title)
    assert "Send a text" in str(found.verdict.advice)


@pytest.mark.promise("F56")
def test_a_disabled_agent_is_the_reason(transactional_db):
    agent(enabled=False)

    assert "isn't enabled at Telnyx" in verdict(failed("sending_failed", "40305"))


@pytest.mark.promise("F56")
def test_an_expired_time_limit_is_the_reason(transactional_db):
    agent()

    assert "The time limit passed before the phone could be reached" in verdict(failed("expired", "40005"))


@pytest.mark.promise("F56")
def test_a_message_that_was_never_confirmed_says_so(transactional_db):
    agent()

    assert "never confirmed" in verdict(failed("delivery_unconfirmed"))


@pytest.mark.promise("F56")
def test_a_text_that_was_sent_instead_is_not_a_reason(transactional_db):
    ours = agent()
    Capability.objects.create(
        agent=ours, phone_number=THEIRS, has_rcs=False, features=[], as_of=timezone.now()
    )
    message = failed("sending_failed", "40008")
    RcsMessage.objects.create(
        agent=ours,
        recipient=THEIRS,
        purpose="manual",
        content=CONTENT,
        sms_fallback={"from": "+15550100011", "text": "x"},
        remote_id=str(message.remote_id),
    )

    assert "The phone has no RCS, and there was no fallback" not in verdict(message)


def test_a_text_is_not_judged_by_agents(transactional_db):
    agent(enabled=False)

    message = hear("finalized", outbound(status="sending_failed", to=[party(THEIRS, "sending_failed")]))

    assert "agent" not in verdict(message)
