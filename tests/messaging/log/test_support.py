"""What a person in support reads out or does while a customer is on the phone: never a false sentence, no dead end."""

import csv
import io
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging.mirror.inbound import drain
from messaging.models import ComposedMessage, Export, Message, MessagingProfile, Reveal
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
        ("delivery_unconfirmed", "has not told us if it arrived", "could not be"),
        ("delivered", "says that it was delivered", "could not be"),
        ("read", "was opened there", "could not be"),
        ("something_new", "has not told us if it arrived", "could not be"),
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

    assert "has not told us if it arrived" in customer(page)
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
        (THEIRS, "Nov. 20, 2026, at 3:00 a.m. CST (09:00 UTC)", "going by the phone number"),
        ("+4915112345678", "Nov. 20, 2026, at 10:00 a.m. CET (09:00 UTC)", "going by the phone number"),
        ("+18005550147", "at 9:00 a.m. UTC", "in your time zone"),
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
    assert "turned off" not in customer(read(sent))


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
        ("40012", "Wireless", "this number is not in use", "give us a mobile number"),
        ("40012", "", "this number is not in use", "landline"),
        ("40012", "Landline", "it is a landline", "doesn't exist"),
    ],
)
def test_a_code_says_what_is_true_for_the_line(heard, read, code, line, right, wrong):
    to = [party(THEIRS, "delivery_failed", line_type=line)]

    page = read(heard("finalized", outbound(to=to, errors=[error(code, "x", detail="")])))

    told = page.split("Why didn't it arrive?", 1)[1].split("Copy", 1)[0]
    assert right in told
    assert wrong not in (customer(page) if "mobile number" in wrong else told)


@pytest.mark.parametrize(
    ("code", "line", "right", "wrong"),
    [
        ("40012", "Landline", "it is a landline", "exist"),
        ("40012", "Wireless", "doesn't exist", "landline"),
        ("40001", "VoIP", "internet (VoIP) number", "landline"),
    ],
)
def test_the_list_explains_a_code_by_the_line_too(heard, login, code, line, right, wrong):
    heard(
        "finalized",
        outbound(to=[party(THEIRS, "delivery_failed", line_type=line)], errors=[error(code, "x", detail="")]),
    )

    page = text(login("support").get(LIST)).split("Delivery failed", 2)[-1]

    assert right in page
    assert wrong not in page


@pytest.mark.parametrize("status", ["delivered", "read"])
@pytest.mark.parametrize("code", ["40001", "40006", "40008"])
def test_the_list_does_not_call_an_arrived_message_undeliverable(heard, login, status, code):
    heard("finalized", outbound(status=status, errors=[error(code)]))

    page = text(login("support").get(LIST))

    assert f"Code {code} on the way, but it arrived" in page
    for wrong in ("can't receive", "could not be", "didn't deliver"):
        assert wrong not in page


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
    login("support")
    client = login("operator")
    words = "People in the group support can open the number and the text"
    for action in ("change", "conversation"):
        assert words in text(client.get(page_of(message, action)))
        assert ">Reply</button>" in client.get(page_of(message, action)).content.decode()

    answer = client.post(page_of(message, "reply"))

    assert answer.headers["Location"] == f"{COMPOSE}?reply={message.pk}"
    shown = client.get(answer.headers["Location"])
    assert "you write this answer without having read it here" in text(shown)
    assert words in text(shown)
    form = shown.context["form"]
    assert (form["sender"].value(), form["recipients"].value()) == (
        display_number(OURS),
        display_number(THEIRS),
    )
    assert form["messaging_profile"].value() == profile.pk
    look = Reveal.objects.get()
    assert (look.message_id, look.reason, look.is_of_number()) == (message.pk, "", True)


def test_a_reply_opens_the_number_alone_and_says_so_on_record(heard, login):
    message = heard("received", inbound(text="The dog ate my insulin"))
    client = login("admin")

    answer = client.post(page_of(message, "reply"))

    assert "The dog ate my insulin" not in text(client.get(answer.headers["Location"]))
    page = text(client.get(page_of(message)))
    assert "after you gave your reason" not in page
    assert "The dog ate my insulin" not in page
    assert display_number(THEIRS) not in page
    assert "only its number, to reply" in text(client.get("/admin/messaging/reveal/"))
    client.post(page_of(message, "reveal"), {"reason": "They ask about their order"})
    answer = client.post(page_of(message, "reply"))
    assert "The dog ate my insulin" in text(client.get(page_of(message)))
    assert "The dog ate my insulin" in text(client.get(answer.headers["Location"]))
    assert "The dog ate my insulin" in text(client.post(answer.headers["Location"], {"_review": "1"}))


@pytest.mark.parametrize("name", ["support", "compliance"])
def test_who_may_only_send_tests_hands_customers_on_to_an_operator(heard, login, name):
    message = heard("received", inbound())
    failed = heard(
        "finalized", outbound(to=[party(THEIRS, "delivery_failed")], errors=[error("40008", "x", detail="")])
    )
    client = login(name)

    for action in ("change", "conversation"):
        page = client.get(page_of(message, action)).content.decode()
        assert ">Reply</button>" not in page
        assert "Ask an operator to reply" in page
    client.post(page_of(message, "reply"))
    assert not Reveal.objects.exists()
    assert "If it should be sent again, ask an operator to do it." in text(client.get(page_of(failed)))
    assert "ask an operator to do it" not in text(login("operator").get(page_of(failed)))
    home = text(client.get("/admin/"))
    assert "Send a test" in home
    assert "Send a message" not in home


@pytest.mark.parametrize(
    ("status", "asks"),
    [("delivered", "Did it arrive?"), ("cancelled", "Was it sent?"), ("delivery_failed", "Why didn't it")],
)
def test_the_page_asks_what_its_verdict_answers(heard, read, status, asks):
    assert asks in read(heard("finalized", outbound(to=[party(THEIRS, status)])))


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
    assert "You can ask Telnyx" not in login("auditor").get(page_of(message)).content.decode()


# Group messages.

SECOND, THIRD = "+13125550002", "+13125550003"


def group(message_id: str = "", **more) -> dict:
    """Return a group message to two phones; each event repeats the price of the whole."""
    to = [party(THEIRS, "delivered"), party(SECOND, "delivered")]
    message_id = message_id or str(uuid.uuid4())
    price = {"amount": "0.0400", "currency": "USD"}
    return outbound(message_id, to=to, type="MMS", group_message_id=message_id, cost=price, parts=2, **more)


def test_price_and_parts_of_a_group_message_are_counted_once_in_the_file(heard, login):
    from messaging.log import writing  # noqa: PLC0415

    heard("finalized", group())
    alone = outbound(status="delivered", cost={"amount": "0.0050", "currency": "USD"}, parts=1)
    heard("finalized", alone)
    client = login("compliance")
    client.post("/admin/messaging/message/export/", {})
    writing.write_due(piece=1)
    export = Export.objects.get()
    file = client.get(f"/admin/messaging/export/{export.key}/file/")

    lines = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))
    titles = lines[0]
    cost, parts = titles.index("Cost"), titles.index("Parts")
    assert len(lines) == 4
    assert sum(float(line[cost] or 0) for line in lines[1:]) == pytest.approx(0.045)
    assert sum(int(line[parts] or 0) for line in lines[1:]) == 3


def test_the_page_says_that_the_price_is_of_the_whole_group(heard, read):
    page = read(heard("finalized", group()))

    assert "0.04 USD (for the whole group message)" in page
    people = page.split("Group with 2 people: ")[1]
    assert {people[:15], people[17:32]} == {"+1 312 *** 0001", "+1 312 *** 0002"}
    assert "whole group" not in read(heard("finalized", outbound(status="delivered")))


@pytest.mark.parametrize(
    "more",
    [
        {"to": [party(OURS), party(SECOND), party(THIRD)]},
        {"to": [party(OURS)], "cc": [party(SECOND), party(THIRD)]},
        {"to": [party(OURS)], "cc": [SECOND, THIRD]},
    ],
)
def test_an_inbound_group_message_shows_its_people_and_is_found_by_each(heard, login, read, more):
    message = heard("received", inbound(type="MMS", **more))
    heard("received", inbound(type="MMS", sender="+13125550009"))
    client = login("support")

    for page in (read(message), read(message, "conversation")):
        assert "+1 312 *** 0001, +1 312 *** 0002, +1 312 *** 0003" in page
    assert "group message" in read(message)
    assert "MMS, group" in text(client.get(LIST))
    for number in (SECOND, "(312) 555-0003"):
        page = found(client, number).content.decode()
        assert page_of(message) in page
        assert "Group messages that included this number" in page
        assert page_of(message) in client.post(FIND, {"q": number}, follow=True).content.decode()
    client.post(page_of(message, "reveal"), {"reason": "Ticket 12"})
    assert "+1 312 555 0002" in read(message)


def test_a_message_to_one_phone_is_in_no_group(heard, read):
    page = read(heard("received", inbound(type="MMS")))

    assert "group" not in page.lower().replace("groups", "")


# Tests.


def test_a_test_is_marked_in_the_log_and_in_the_file(heard, login, read):
    from messaging.log import writing  # noqa: PLC0415

    test, real = heard("finalized", outbound(status="delivered")), heard("finalized", outbound(to=SECOND))
    ComposedMessage.objects.create(remote_id=str(test.remote_id), kind="message", purpose="test")
    ComposedMessage.objects.create(remote_id=str(real.remote_id), kind="message", purpose="manual")
    client = login("compliance")

    listed = client.get(LIST).content.decode()
    client.post("/admin/messaging/message/export/", {})
    writing.write_due()
    file = client.get(f"/admin/messaging/export/{Export.objects.get().key}/file/")
    lines = list(csv.DictReader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))

    assert {line["Telnyx ID"]: line["Purpose"] for line in lines} == {
        str(test.remote_id): "Test",
        str(real.remote_id): "",
    }
    for page in (listed, client.get(page_of(test)).content.decode()):
        assert page.count(">Test</span>") == 1
    assert client.get(page_of(test, "conversation")).content.decode().count(">Test</span>") == 1
    assert ">Test</span>" not in client.get(page_of(real)).content.decode()


@pytest.mark.parametrize(
    "status", ["scheduled", "queued", "sent", "delivered", "delivery_failed", "cancelled"]
)
def test_no_markup_shows_as_text(out, heard, login, status):
    at = (timezone.now() + timedelta(hours=5)).isoformat()
    message = heard("finalized", outbound(status=status, send_at=at, errors=[error()]))
    client = login("support")

    for url in (LIST, page_of(message), page_of(message, "conversation"), page_of(message, "sender")):
        page = client.get(url).content.decode()
        assert not re.search(r"&lt;/?(time|span|a|b|strong|p|button)\b", page), url
