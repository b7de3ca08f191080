"""What a person in support reads out or does while a customer is on the phone: never a false sentence, no dead end."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging.mirror.inbound import drain
from messaging.models import ComposedMessage, Message, MessagingProfile, Reveal
from messaging.validators import display_number
from tests.messaging.bodies import OURS, PROFILE, THEIRS, error, inbound, message_event, outbound, party
from tests.messaging.log.conftest import LIST, found, page_of
from tests.signing import deliver
from tests.tollfree.pages import text

COMPOSE = "/admin/messaging/composedmessage/new/message/"
FIND = "/admin/desk/find/"
FRIDAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def login(login):
    """Return a function that returns the browser of a person, the same one each time."""
    browsers: dict[str, Any] = {}

    def of(name: str):
        if name not in browsers:
            browsers[name] = login(name)
        return browsers[name]

    return of


@pytest.fixture
def heard(db):
    """Return a function that takes a message in by a signed webhook, and returns its row."""

    def hear(kind: str, payload: dict, *, at: datetime | None = None) -> Message:
        body = message_event(kind, payload)
        body["data"]["occurred_at"] = (at or timezone.now() - timedelta(minutes=5)).isoformat()
        assert deliver(body) == 200
        drain.drain()
        return Message.objects.filter(remote_id=payload["id"]).latest("id")

    return hear


@pytest.fixture
def read(db, login):
    """Return a function that shows a page to a person in support, as text."""

    def show(message: Message, action: str = "change", name: str = "support") -> str:
        return text(login(name).get(page_of(message, action)))

    return show


@pytest.fixture
def out(heard):
    """A phone that texted STOP, after a message that was delivered to it."""
    now = timezone.now()
    sent = heard(
        "finalized", outbound(status="delivered", received_at=(now - timedelta(hours=2)).isoformat())
    )
    stop = inbound(text="Stop", autoresponse_type="STOP", received_at=(now - timedelta(hours=1)).isoformat())
    return sent, heard("received", stop)


def customer(page: str) -> str:
    """Return the answer for the customer."""
    return page.split("For the customer", 1)[1].split("Copy", 1)[0]


def search_all(client, typed: str) -> str:
    return text(client.post(FIND, {"q": typed}, follow=True))


# What never went out is never said to be sent.


def test_a_scheduled_message_says_when_it_goes_and_that_it_has_not_gone(heard, read):
    at = timezone.now() + timedelta(hours=5)
    message = heard("sent", outbound(status="scheduled", send_at=at.isoformat()))

    page, talk = read(message), read(message, "conversation")

    told = customer(page)
    assert "is scheduled for" in told
    assert "It has not been sent yet." in told
    assert "We sent" not in told
    assert "on its way" not in told
    assert f"{at:%H:%M} UTC" in told
    assert "It goes out" in page
    for shown in (page, talk):
        assert "Scheduled for" in shown
        assert not re.search(r"\bSent\b(?! from here| at)", shown)


def test_the_time_comes_from_who_scheduled_it_if_telnyx_does_not_say(heard, read):
    at = timezone.now() + timedelta(hours=5)
    message = heard("sent", outbound(status="scheduled"))
    assert "is scheduled. It has not been sent yet." in customer(read(message))
    ComposedMessage.objects.create(remote_id=str(message.remote_id), kind="message", send_at=at)

    assert f"{at:%H:%M} UTC" in customer(read(message))


def test_a_scheduled_message_whose_time_has_passed_is_not_promised(heard, read):
    at = timezone.now() - timedelta(minutes=10)
    told = customer(read(heard("sent", outbound(status="scheduled", send_at=at.isoformat()))))

    assert "was scheduled for" in told
    assert "We sent" not in told


@pytest.mark.parametrize("word", ["cancelled", "canceled"])
def test_a_canceled_message_never_went(heard, read, word):
    message = heard("finalized", outbound(status=word))

    page = read(message)

    told = customer(page)
    assert "was canceled. It was never sent." in told
    for wrong in ("We sent", "could not be delivered", "looking into it"):
        assert wrong not in told
    assert "Outgoing" in page


@pytest.mark.parametrize(
    ("status", "right", "wrong"),
    [
        ("sending_failed", "We tried to send", "We sent"),
        ("expired", "We tried to send", "We sent"),
        ("queued", "We started sending", "could not be"),
        ("sending", "It is still on its way", "could not be"),
        ("sent", "It is still on its way", "could not be"),
        ("delivery_failed", "It could not be delivered", "on its way"),
        ("delivery_unconfirmed", "has not told us whether it arrived", "could not be"),
        ("delivered", "confirmed that it was delivered", "could not be"),
        ("read", "confirmed that it was delivered", "could not be"),
        ("something_new", "has not told us whether it arrived", "could not be"),
    ],
)
@pytest.mark.parametrize("enabled", [True, False])
def test_the_answer_for_the_customer_says_only_what_happened(heard, read, status, right, wrong, enabled):
    # A profile that is turned off now says nothing about what is still on its way.
    MessagingProfile.objects.create(remote_id=PROFILE, name="Northwind", enabled=enabled)
    now = timezone.now().isoformat()

    told = customer(read(heard("finalized", outbound(status=status, received_at=now))))

    assert right in told
    assert wrong not in told


def test_after_ten_days_nothing_is_still_on_its_way(heard, read):
    old = timezone.now() - timedelta(days=12)
    message = heard("sent", outbound(status="sent", received_at=old.isoformat()), at=old)

    page = read(message)

    assert "has not told us whether it arrived" in customer(page)
    assert "No final status was ever reported." in page


def test_the_answer_names_the_number_by_its_ending_until_it_is_opened(heard, login):
    message = heard("finalized", outbound(status="delivered"))
    client = login("support")

    masked = customer(text(client.get(page_of(message))))
    client.post(page_of(message, "reveal"), {"reason": "Ticket 12"})
    opened = customer(text(client.get(page_of(message))))

    assert "to the number ending in 0001 on" in masked
    assert "***" not in masked
    assert "to +1 312 555 0001 on" in opened


@pytest.mark.parametrize(
    ("phone", "time", "whose"),
    [
        (THEIRS, "Nov. 20, 2026, 03:00 CST (09:00 UTC)", "judged by the number"),
        ("+4915112345678", "Nov. 20, 2026, 10:00 CET (09:00 UTC)", "judged by the number"),
        ("+18005550147", "09:00 UTC", "in your time zone"),
    ],
)
def test_times_for_the_customer_are_in_the_customers_zone(heard, read, phone, time, whose):
    page = read(heard("finalized", outbound(to=phone, status="delivered")))

    assert time in customer(page)
    assert whose in page


# What Telnyx was asked never beats what it reported by itself.


def answered(message_id: str, status: str, at: datetime, **more) -> None:
    """Take in Telnyx's answer to a question of ours."""
    from messaging.log import parsing, store  # noqa: PLC0415

    store.merge(parsing.rows(outbound(message_id, status, **more), at=at, source="poll"))


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1), (1, 0, 2)])
def test_a_poll_neither_moves_the_time_of_a_webhook_nor_repeats_its_line(heard, read, order):
    id, at = str(uuid.uuid4()), FRIDAY + timedelta(seconds=16)
    acts = [
        lambda: heard("finalized", outbound(id, "delivered"), at=at),
        lambda: answered(id, "delivered", at + timedelta(seconds=28)),
        lambda: answered(id, "delivered", at - timedelta(seconds=3)),
    ]
    for place in order:
        acts[place]()

    message = Message.objects.get(remote_id=id)
    page = read(message)

    assert message.status_at == at
    trail = page.split("What happened to it", 1)[1].split("Details", 1)[0]
    assert trail.count("Delivered") == 1


def test_polls_alone_keep_the_first_time_and_one_line(read, db):
    id = str(uuid.uuid4())
    for seconds in (30, 10, 50):
        answered(id, "delivered", FRIDAY + timedelta(seconds=seconds))

    message = Message.objects.get(remote_id=id)

    assert message.status_at == FRIDAY + timedelta(seconds=10)
    assert read(message).split("What happened to it", 1)[1].split("Details", 1)[0].count("Delivered") == 1


def test_a_poll_still_brings_news(heard, db):
    id = str(uuid.uuid4())
    heard("sent", outbound(id, "sent"), at=FRIDAY)
    answered(id, "delivered", FRIDAY + timedelta(minutes=1))

    assert Message.objects.get(remote_id=id).status == "delivered"


def test_past_steps_say_what_happened_then_with_telnyxs_receipt_first(heard, read):
    id = str(uuid.uuid4())
    received = (FRIDAY + timedelta(milliseconds=600)).isoformat()
    heard("sent", outbound(id, "queued", received_at=received), at=FRIDAY + timedelta(milliseconds=700))
    heard("sent", outbound(id, "sent", received_at=received), at=FRIDAY + timedelta(seconds=1))
    answered(id, "queued", FRIDAY + timedelta(milliseconds=100))
    message = heard("finalized", outbound(id, "delivered"), at=FRIDAY + timedelta(seconds=2))

    trail = read(message).split("What happened to it", 1)[1].split("Details", 1)[0]

    steps = ("Received by Telnyx", "Queued at Telnyx", "Sent to the carrier", "Delivered")
    assert sorted(steps, key=trail.index) == list(steps)
    assert "no final status" not in trail


# Who has opted out.


def test_an_opted_out_number_is_known_on_every_page(out, read, login):
    sent, stop = out
    client = login("support")

    pages = {
        "message": read(sent),
        "STOP": read(stop),
        "conversation": read(sent, "conversation"),
        "list": text(client.get(LIST)),
        "search": text(found(client, THEIRS)),
        "home": search_all(client, THEIRS),
    }

    for name, page in pages.items():
        assert re.search(r"Opted out since .+, by STOP", page), name
    assert "text START to our number" in customer(pages["message"])
    assert "STOP: this opted them out" in pages["STOP"]
    assert "STOP: this opted them out" in pages["conversation"]
    assert "STOP: this opted them out" in pages["list"]


def test_an_opted_out_number_without_messages_is_found(login, db):
    from messaging.optouts import reconcile  # noqa: PLC0415

    reconcile.heard(PROFILE, OURS, "+13125550188", "STOP", timezone.now(), "QUIT")
    client = login("support")

    assert "Opted out since" in search_all(client, "312 555 0188")
    page = text(found(client, "312 555 0188"))
    assert re.search(r"Opted out since .+, by QUIT", page)
    assert "555 0188:" not in page


def test_who_opted_in_again_or_out_of_another_profile_is_not_said_to_be_out(out, heard, read, login):
    sent, _stop = out
    other = heard("finalized", outbound(status="delivered", messaging_profile_id=str(uuid.uuid4())))
    assert "Opted out since" not in read(other)

    start = inbound(text="START", autoresponse_type="START", received_at=timezone.now().isoformat())
    heard("received", start)

    assert "Opted out since" not in read(sent)
    assert "Opted out since" not in text(found(login("support"), THEIRS))
    assert "unsubscribed" not in customer(read(sent))


# What a code means for this kind of line.


@pytest.mark.parametrize(
    ("code", "line", "right", "wrong"),
    [
        ("40001", "Wireless", "this mobile number can't receive texts", "landline"),
        ("40001", "Wireless", "give us another number", "mobile number."),
        ("40001", "Pre-Paid Wireless", "this mobile number can't receive texts", "landline"),
        ("40001", "mobile", "this mobile number can't receive texts", "landline"),
        ("40001", "Landline", "it is a landline", "may be"),
        ("40001", "Wireline", "it is a landline", "may be"),
        ("40001", "VoIP", "internet (VoIP) number", "landline"),
        ("40001", "fixed-voip", "internet (VoIP) number", "landline"),
        ("40001", "", "It may be a landline", "it is a landline"),
        ("40001", "long_code", "It may be a landline", "it is a landline"),
        ("40012", "Wireless", "this number is not in service", "give us a mobile number"),
        ("40012", "", "this number is not in service", "landline"),
        ("40012", "Landline", "it is a landline", "doesn't exist"),
    ],
)
def test_a_code_says_what_is_true_for_the_line(heard, read, code, line, right, wrong):
    to = [party(THEIRS, "delivery_failed", line_type=line)]

    page = read(heard("finalized", outbound(to=to, errors=[error(code, "x", detail="")])))

    told = page.split("Why didn't it arrive?", 1)[1].split("Copy", 1)[0]
    assert right in told
    assert wrong not in (customer(page) if "mobile number" in wrong else told)


# Finding and filtering.


def test_the_home_search_says_that_it_does_not_search_texts(heard, login):
    heard("received", inbound(text="Where are my apples?"))

    assert "The texts of messages aren't searched here." in search_all(login("support"), "apples")
    assert "only people who may open texts" in search_all(login("operator"), "apples")


def test_no_status_is_offered_twice(login, db):
    page = login("support").get(LIST).content.decode()
    options = re.search(r'<select[^>]* name="status">(.*?)</select>', page, re.DOTALL)
    words = re.findall(r"<option[^>]*>([^<]+)</option>", options[1] if options else "")

    assert len(words) > 8
    assert len(words) == len(set(words))
    assert not {"Delivery never confirmed"} & set(words)


@pytest.mark.parametrize("word", ["received", "webhook_delivered", "came_in"])
def test_a_link_with_an_old_status_still_filters(heard, login, word):
    message = heard("received", inbound())

    answer = login("support").get(LIST, {"status": word})

    assert [row["message"].pk for row in answer.context["rows"]] == [message.pk]
    assert 'value="came_in" selected' in answer.content.decode()


# One reason opens a conversation, and says something.


def test_one_reason_opens_the_whole_conversation_for_support(heard, login):
    message = heard("received", inbound(text="Is it ready?"))
    heard("finalized", outbound(status="delivered", text="Yes, it is."))
    client = login("support")
    shut = client.get(page_of(message, "conversation")).content.decode()
    assert shut.count('name="reason"') == 1
    assert "Conversation with +1 312 *** " in shut

    client.post(
        page_of(message, "reveal"), {"reason": "Ticket 12", "conversation": "1", "back": "conversation"}
    )

    page = text(client.get(page_of(message, "conversation")))
    assert "Is it ready?" in page
    assert "Yes, it is." in page
    assert "Conversation with +1 312 555" in page
    assert Reveal.objects.get().reason == "Ticket 12"


@pytest.mark.parametrize(
    "reason", [".", "-- --", "x", "  ", "ok", "asked", "xxxxxxxx", "!!!!!!", "\u200b\u200b\u200b\u200b"]
)
def test_a_reason_that_says_nothing_opens_nothing(heard, login, reason):
    message = heard("received", inbound())

    answer = login("support").post(page_of(message, "reveal"), {"reason": reason}, follow=True)

    assert "Say in a few words why" in text(answer)
    assert not Reveal.objects.exists()


def test_the_auditor_finds_views_by_the_customers_number(heard, login):
    message, other = heard("received", inbound()), heard("received", inbound(sender="+13125550002"))
    client = login("support")
    for one in (message, other):
        client.post(page_of(one, "reveal"), {"reason": "Ticket 12"})

    page = login("auditor").get("/admin/messaging/reveal/", {"q": "(312) 555-0001"}).content.decode()

    assert str(message.remote_id) in page
    assert str(other.remote_id) not in page


def test_pages_about_one_number_have_a_heading(heard, login):
    message = heard("received", inbound())
    client = login("support")

    talk = client.get(page_of(message, "conversation")).content.decode()
    sender = client.get(page_of(message, "sender")).content.decode()

    assert "Conversation with +1 312 *** 0001" in talk
    assert '<h2 class="desk-heading">How our number is doing</h2>' in sender


def test_the_figures_of_a_sender_name_begin_and_end_alike(heard, login):
    now = timezone.now()
    message = heard("received", inbound(received_at=now.isoformat()))

    page = text(login("support").get(page_of(message, "sender")))

    date = r"[A-Z][a-z]+\.? \d+, \d{4}, (\d\d:\d\d)"
    begin, end = re.search(f"{date} – {date}", page).groups()
    assert begin == end  # 24 hours
    assert "Highest value: 1" in page
    assert "at most" not in page


# Reply.


def test_reply_opens_a_new_message_with_both_sides_on_record(heard, login):
    profile = MessagingProfile.objects.create(remote_id=PROFILE, name="Northwind")
    message = heard("received", inbound())
    client = login("operator")
    for action in ("change", "conversation"):
        assert ">Reply</button>" in client.get(page_of(message, action)).content.decode()

    answer = client.post(page_of(message, "reply"))

    assert answer.headers["Location"] == f"{COMPOSE}?reply={message.pk}"
    form = client.get(answer.headers["Location"]).context["form"]
    assert (form["sender"].value(), form["recipients"].value()) == (
        display_number(OURS),
        display_number(THEIRS),
    )
    assert form["messaging_profile"].value() == profile.pk
    look = Reveal.objects.get()
    assert (look.message_id, look.reason) == (message.pk, "To reply")
    assert THEIRS not in text(client.get(page_of(message)))


def test_a_number_is_not_read_from_the_composer_without_pressing_reply(heard, login):
    message = heard("received", inbound())

    page = login("operator").get(COMPOSE, {"reply": message.pk}).content.decode()

    assert display_number(THEIRS) not in page
    assert "Press “Reply” on the message again" in page


@pytest.mark.parametrize("odd", ["", "x", "²", "9" * 30, "0", "-1", "1 OR 1"])
def test_odd_replies_open_an_empty_form(login, db, odd):
    assert login("operator").get(COMPOSE, {"reply": odd}).status_code == 200


def test_reply_is_refused_in_words_after_a_stop(out, login):
    sent, stop = out
    client = login("operator")

    assert "No reply can be sent: this number is opted out." in text(client.get(page_of(stop)))
    answer = client.post(page_of(sent, "reply"), follow=True)

    assert "No reply can be sent: this number is opted out." in text(answer)
    assert not Reveal.objects.exists()


@pytest.mark.parametrize("name", ["approver", "auditor", "nobody"])
def test_who_may_not_send_may_not_reply_and_reads_why(heard, login, name):
    message = heard("received", inbound())
    client = login(name)

    assert client.post(page_of(message, "reply")).status_code == 403
    if name != "nobody":
        page = client.get(page_of(message)).content.decode()
        assert "Only people who may send messages can reply." in page
        assert ">Reply</button>" not in page
    assert login("operator").get(page_of(message, "reply")).status_code == 405


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"type": "WHATSAPP"}, "whatsapp"),
        ({"type": "MMS", "to": [party(OURS), party("+13125550002"), party("+13125550003")]}, "group_mms"),
        ({"type": "MMS", "to": [party(OURS)]}, "message"),
        ({"to": [party("55512")]}, "message"),
    ],
)
def test_a_reply_goes_the_way_the_message_came(heard, login, more, kind):
    message = heard("received", inbound(**more))
    client = login("operator")

    answer = client.post(page_of(message, "reply"))
    form = client.get(answer.headers["Location"]).context["form"]

    assert form.kind == kind
    wanted = {THEIRS, "+13125550002", "+13125550003"} if kind == "group_mms" else {THEIRS}
    assert set(form["recipients"].value().split("\n")) == set(map(display_number, wanted))


def test_a_reply_to_rich_messages_says_where(heard, login):
    message = heard("received", inbound(type="RCS"))

    assert "under “RCS messages”" in text(login("operator").get(page_of(message)))


def test_where_the_advice_speaks_of_asking_telnyx_there_is_the_button(heard, login):
    message = heard("sent", outbound(status="sent", received_at=timezone.now().isoformat()))

    page = login("support").get(page_of(message)).content.decode()

    assert "You can ask Telnyx on this page." in page
    assert ">Refresh from Telnyx</button>" in page
    assert ">Refresh from Telnyx</button>" not in login("auditor").get(page_of(message)).content.decode()
