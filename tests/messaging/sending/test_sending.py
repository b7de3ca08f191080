"""Each way to send: the exact bytes, what Telnyx says about them, and who can do it."""

import json
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from messaging.log import codes
from messaging.mirror.models import OutboxEntry
from messaging.mirror.records import sync
from messaging.models import ComposedMessage, Message, MessagingProfile
from messaging.sending import page as pages
from messaging.sending import promise
from messaging.sending.choices import WAYS
from tests.messaging.sending.conftest import (
    FIRST_PROFILE,
    LIST,
    OTHER_HANDSET,
    THIRD_PROFILE,
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
from tests.sandbox.messages_control import HANDSET, SENDER, SHORT_CODE
from tests.tollfree.pages import text
from tests.visitor import Forms

State = OutboxEntry.State
TEXT = "Your order is ready"
LATER = timedelta(hours=2)
WHATSAPP_TEXT = json.dumps({"type": "text", "text": {"body": TEXT}})


# The bytes of each way to send.

BODIES: dict[str, dict[str, Any]] = {
    "message": {
        "from": SENDER,
        "to": HANDSET,
        "messaging_profile_id": FIRST_PROFILE,
        "text": TEXT,
        "type": "SMS",
    },
    "long_code": {"from": SENDER, "to": HANDSET, "text": TEXT, "type": "SMS"},
    "number_pool": {"to": HANDSET, "messaging_profile_id": FIRST_PROFILE, "text": TEXT, "type": "SMS"},
    "group_mms": {"from": SENDER, "to": [HANDSET, OTHER_HANDSET], "text": TEXT},
    "whatsapp": {
        "from": SENDER,
        "to": HANDSET,
        "whatsapp_message": {
            "type": "template",
            "template": {"name": "order_ready", "language": {"code": "en_US", "policy": "deterministic"}},
        },
        "type": "WHATSAPP",
        "messaging_profile_id": FIRST_PROFILE,
    },
}


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.promise("F57")
def test_each_way_sends_exactly_this_and_telnyx_accepts_it(send, work, sandbox, kind):
    message = send(kind)
    entry = work(making(message))

    callback: dict[str, Any] = {"webhook_url": f"http://127.0.0.1:9/webhooks/telnyx/{entry.callback_token}/"}
    if kind != "whatsapp":
        callback["use_profile_webhooks"] = False
    assert list(body_sent(sandbox).items()) == list((BODIES[kind] | callback).items())
    (sent,) = sandbox.requests("POST")
    assert (sent["path"], sent["headers"]["idempotency-key"]) == (f"/v2{WAYS[kind].path}", str(entry.pk))
    assert entry.state == State.ACCEPTED
    message.refresh_from_db()
    assert {row.their_address for row in message.log()} == set(message.recipients)


def test_a_short_code_sends_from_its_own_profile(person, work, sandbox):
    operator = person("operator")
    confirm(operator, review(operator, "short_code", profile=make_profile(THIRD_PROFILE)))

    assert work(making(ComposedMessage.objects.get())).state == State.ACCEPTED
    assert body_sent(sandbox)["from"] == SHORT_CODE


def test_a_name_sends_abroad_only_and_only_when_the_profile_has_it(person, work, sandbox):
    profile = make_profile(FIRST_PROFILE, alpha_sender="Northwind")
    operator = person("operator")

    at_home = review(operator, "alphanumeric_sender_id", profile=profile, recipients=HANDSET)
    unknown = review(operator, "alphanumeric_sender_id", profile=profile, sender="Southwind")
    confirm(operator, review(operator, "alphanumeric_sender_id", profile=profile))

    assert "an alphanumeric sender reaches no one in the US, Canada or Puerto Rico" in text(at_home)
    assert "This name isn't a sender on the profile." in text(unknown)
    # The sandbox's profiles only allow the US, so it refuses. What matters here is what it was asked.
    entry = work(making(ComposedMessage.objects.get()))
    sent = body_sent(sandbox)
    assert sent.pop("webhook_url").endswith(f"{entry.callback_token}/")
    assert sent == {
        "from": "Northwind",
        "to": "+4915123456789",
        "text": TEXT,
        "messaging_profile_id": FIRST_PROFILE,
        "use_profile_webhooks": False,
    }


def test_pictures_and_a_subject_make_an_mms(send, work, sandbox):
    files = ["https://files.larkspur-dental.example/a.png", "https://files.larkspur-dental.example/b.png"]

    work(making(send(media_urls="\n".join(files), subject="Your order", encoding="ucs2", auto_detect="on")))

    sent = body_sent(sandbox)
    assert (sent["type"], sent["media_urls"], sent["subject"]) == ("MMS", files, "Your order")
    assert (sent["encoding"], sent["auto_detect"]) == ("ucs2", True)


@pytest.mark.parametrize("kind", ["message", "schedule"])
def test_a_message_is_scheduled_by_either_way(send, work, sandbox, kind):
    at = timezone.now() + LATER
    message = send(kind, send_at=in_form(at))

    entry = work(making(message))

    sent = body_sent(sandbox)
    assert sent["send_at"] == at.replace(second=0, microsecond=0).isoformat(timespec="seconds")
    assert ("idempotency-key" in sandbox.requests("POST")[0]["headers"]) == (kind == "message")
    assert (entry.state, message.log()) == (State.ACCEPTED, [])
    message.refresh_from_db()
    assert [row.status for row in message.log()] == ["scheduled"]
    assert message.can_cancel()


def test_a_whatsapp_text_needs_their_message_of_the_last_day(send, person, profile, work, sandbox):
    operator = person("operator")
    knows_whatsapp()
    closed = review(operator, "whatsapp", profile=profile, content=WHATSAPP_TEXT)
    hears("Is it ready?", type="WHATSAPP", to=SENDER)

    work(making(send("whatsapp", content=WHATSAPP_TEXT)))

    assert "hasn't written to this sender on WhatsApp in the last 24 hours" in text(closed)
    assert "Choose a template, or wait until they write." in text(closed)
    assert body_sent(sandbox)["whatsapp_message"] == {"type": "text", "text": {"body": TEXT}}


def test_a_desk_that_may_have_missed_their_message_warns_and_lets_people_decide(
    send, person, profile, work, sandbox
):
    shown = review(person("operator"), "whatsapp", profile=profile, content=WHATSAPP_TEXT)
    entry = work(making(send("whatsapp", content=WHATSAPP_TEXT)))

    assert "Check the 24 hours." in text(shown)
    assert "This desk may have missed one: Its first WhatsApp message to this number" in text(shown)
    assert "WhatsApp doesn't deliver it: they get nothing" in text(shown)
    assert entry.state == State.ACCEPTED


def test_the_24_hours_are_checked_again_right_before_a_whatsapp_text_is_sent(send, work, sandbox):
    knows_whatsapp()
    hears("Is it ready?", type="WHATSAPP", to=SENDER, at=timezone.now() - timedelta(hours=23))
    message = send("whatsapp", content=WHATSAPP_TEXT)
    Message.objects.filter(their_address=HANDSET).update(happened_at=timezone.now() - timedelta(hours=25))

    entry = work(making(message), State.NEEDS_PERSON)

    assert "accepts only an approved template" in entry.reason
    assert not sandbox.requests("POST", "/messages")


def test_a_reply_on_whatsapp_says_what_can_be_sent_now(person, profile):
    knows_whatsapp()
    pages = []
    for hours in (25, 2):
        at = timezone.now() - timedelta(hours=hours)
        hears("Is it ready?", type="WHATSAPP", to=SENDER, at=at)
        row = Message.objects.filter(their_address=HANDSET).latest("id")
        answer = person("operator").post(f"/admin/messaging/message/{row.pk}/reply/", follow=True)
        pages.append(text(answer))

    assert "Only a template can be sent now. Their last WhatsApp message to this number came" in pages[0]
    assert "You can write freely until" in pages[1]


# What is shown is sent, once.


def test_what_is_shown_is_what_is_sent(person, profile):
    operator = person("operator")
    shown = review(operator, "message", profile=profile, text="Straße {8842}")

    assert "This will be sent" in text(shown)
    assert "Costs 1 part in GSM-7." in text(shown)
    assert not ComposedMessage.objects.exists()
    confirm(operator, shown)

    (entry,) = OutboxEntry.objects.all()
    code = shown.context["webhook"].split("/")[-2]
    assert json.loads(shown.context["body"].replace(code, entry.callback_token)) == json.loads(
        bytes(entry.body)
    )


def test_the_characters_that_make_a_text_cost_more_are_named_to_its_author_alone(send, person, profile):
    shown = text(review(person("operator"), "message", profile=profile, text="Mañana será otro día"))
    message = send(text="Mañana será otro día")

    words = "Costs 1 part in UCS-2. Because of á í, a part holds 70 characters instead of 160."
    assert words in shown
    page = text(person("approver").get(f"{LIST}{message.pk}/change/"))
    assert "Costs 1 part in UCS-2. UCS-2 has every character" in page


@pytest.mark.promise("F107", "X21")
def test_a_double_click_and_two_tabs_are_one_message(person, profile):
    operator = person("operator")
    shown = review(operator, "message", profile=profile)

    answers = [confirm(operator, shown) for _ in range(3)]

    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert OutboxEntry.objects.count() == ComposedMessage.objects.count() == 1
    assert "This was already sent" in text(operator.get(answers[0].headers["Location"]))


def test_what_was_not_shown_is_not_sent(person, profile):
    operator = person("operator")
    shown = review(operator, "message", profile=profile)
    shown.content = shown.content.replace(TEXT.encode(), b"Something else")

    answer = confirm(operator, shown)

    assert "This will be sent" in text(answer)
    assert not OutboxEntry.objects.exists()


def test_going_back_keeps_every_word(person, profile):
    operator = person("operator")
    shown = review(operator, "message", profile=profile, text="One\nTwo")

    answer = operator.post(page_of("message"), Forms(shown.content.decode()).fields | {"_edit": "1"})

    typed = Forms(answer.content.decode()).fields
    assert (typed["text"], typed["recipients"], typed["sender"]) == ("One\nTwo", HANDSET, SENDER)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"text": ""}, "Type a text or add a file."),
        ({"text": "x" * 1531}, "This takes 11 parts; Telnyx sends at most 10."),
        ({"text": "Gr\u00fc\u00dfe \u0142", "encoding": "gsm7"}, "GSM-7 doesn't have \u0142"),
        ({"recipients": "555"}, "too few or too many digits"),
        (
            {"recipients": "+442079460958"},
            "the profile doesn't allow messages to this country (United Kingdom)",
        ),
        ({"recipients": SENDER}, "Sender and recipient are the same number."),
        ({"media_urls": "http://files.example.com/a.png"}, "starting with https://"),
        (
            {"media_urls": "https://127.0.0.1/a.png\nhttp://files.example.com/a.png"},
            "https://127.0.0.1/a.png: This address doesn't lead to a public website. "
            "http://files.example.com/a.png: Use an address starting with https://.",
        ),
        (
            {"media_urls": "\n".join(f"https://a.example/{n}" for n in range(11))},
            "At most 10 files; you have 11.",
        ),
        ({"send_at": "2020-01-01T10:00"}, "Choose a time between 7 minutes and 5 days from now."),
        ({"sender": "Northwind Café"}, "This isn't a phone number."),
        ({"purpose": "spam"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(person, profile, typed, words):
    answer = review(person("operator"), "message", profile=profile, **typed)

    assert words in text(answer)
    assert "Nothing was sent." in text(answer)
    for name, value in typed.items():
        if name != "purpose":
            assert answer.context["form"][name].value() == value
    assert not ComposedMessage.objects.exists()


def test_what_is_beside_a_recipients_number_is_said_before_it_is_sent(person, profile):
    typed = f"Robin {HANDSET} (m)"
    shown = review(person("operator"), "message", profile=profile, recipients=typed)

    assert f"Only the number is used: {HANDSET} (left out: Robin, left out: (m))" in text(shown)
    assert shown.context["form"]["recipients"].value() == typed


def test_each_recipient_that_cannot_be_read_is_named_and_nothing_is_lost(person, profile):
    typed = "555-0101 Bob\n(312) 555-0141 front desk\n880-001-2300\n312-555-0142, 3125550143"
    answer = review(person("operator"), "group_mms", profile=profile, recipients=typed)

    assert "555-0101 Bob: This phone number has too few digits." in text(answer)
    assert "880-001-2300: The three digits after the area code can't start with 0 or 1." in text(answer)
    assert answer.context["form"]["recipients"].value() == typed
    right = typed.replace("555-0101 Bob\n", "").replace("880-001-2300\n", "")
    assert review(person("operator"), "group_mms", profile=profile, recipients=right).context[
        "form"
    ].cleaned_data["recipients"] == ["+13125550141", "+13125550142", "+13125550143"]


def test_a_time_too_close_or_too_far_is_refused(person, profile):
    for ahead in (timedelta(minutes=6), timedelta(days=5, minutes=2)):
        at = in_form(timezone.now() + ahead)
        answer = review(person("operator"), "message", profile=profile, send_at=at)
        assert "Choose a time between 7 minutes and 5 days from now." in text(answer)


@pytest.mark.parametrize(
    ("recipients", "words"),
    [
        (HANDSET, "A group has 2 to 8 recipients; you have 1."),
        (
            "\n".join(f"+1303555{n:04}" for n in range(101, 110)),
            "A group has 2 to 8 recipients; you have 9.",
        ),
        (f"{HANDSET}\n+4915123456789", "group messages reach only the US and Canada."),
        (f"{HANDSET}\n(303) 555-0123", "This number is listed twice: +1 303 555 0123"),
    ],
)
def test_a_group_has_two_to_eight_people_in_the_us_or_canada(person, profile, recipients, words):
    answer = review(person("operator"), "group_mms", profile=profile, recipients=recipients)

    assert words in text(answer)


# Opt-outs, limits and permissions.


@pytest.mark.promise("C6")
def test_nobody_who_opted_out_is_texted_even_by_a_forged_post(person, profile, sandbox):
    operator = person("operator")
    shown = review(operator, "message", profile=profile)
    hears("STOP", autoresponse_type="STOP")

    forged = confirm(operator, shown)

    assert "They asked not to be texted (STOP)." in text(forged)
    assert "They asked not to be texted (STOP)." in text(review(operator, "message", profile=profile))
    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("C6")
def test_an_opt_out_after_the_click_stops_the_message_before_it_leaves(send, work, sandbox):
    message = send()
    hears("STOP", autoresponse_type="STOP")

    entry = work(making(message), State.NEEDS_PERSON)

    assert "They asked not to be texted" in entry.reason
    assert not sandbox.requests("POST", "/messages")


@pytest.mark.promise("C6")
def test_an_opt_out_counts_for_its_profile_and_ends_with_start(person, profile):
    operator = person("operator")
    hears("STOP", autoresponse_type="STOP", profile=THIRD_PROFILE)
    elsewhere = review(operator, "message", profile=profile)
    hears("STOP", autoresponse_type="STOP")
    stopped = review(operator, "message", profile=profile)
    hears("START", autoresponse_type="START")
    again = review(operator, "message", profile=profile)

    words = "This will be sent"
    assert [words in text(answer) for answer in (elsewhere, stopped, again)] == [True, False, True]


def test_hundreds_of_new_profiles_push_no_other_out_of_the_list(person, profile):
    MessagingProfile.objects.filter(pk=profile.pk).update(name="Zinnia")
    MessagingProfile.objects.bulk_create(
        MessagingProfile(remote_id=f"made-{n}", name=f"AAA {n}") for n in range(150)
    )

    html = person("operator").get(f"{LIST}new/message/").content.decode()

    assert f'value="{profile.pk}"' in html


def test_a_sender_of_another_profile_is_refused(person, profile):
    make_profile(THIRD_PROFILE)
    hears("Hello", profile=THIRD_PROFILE, to=[{"phone_number": SENDER}])

    answer = review(person("operator"), "message", profile=profile)

    assert "judging by its newest message: 03." in text(answer)


@pytest.mark.promise("F57")
def test_the_daily_limits_count_recipients_of_a_day_in_utc(person, profile, settings):
    settings.MESSAGES_PER_PERSON_A_DAY, settings.MESSAGES_A_DAY = 3, 5
    operator, support = person("operator"), person("support")
    confirm(operator, review(operator, "group_mms", profile=profile))
    confirm(operator, review(operator, "message", profile=profile))

    over = review(operator, "message", profile=profile)
    confirm(support, review(support, "message", profile=profile, purpose="test"))
    confirm(support, review(support, "message", profile=profile, purpose="test"))
    all_over = review(support, "message", profile=profile, purpose="test")

    assert "You may text 3 recipients per day and have texted 3." in text(over)
    assert "Everyone together may text 5 recipients per day" in text(all_over)
    ComposedMessage.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert "This will be sent" in text(review(operator, "message", profile=profile))


@pytest.mark.promise("F57")
def test_the_limit_holds_at_the_second_click_too(person, profile, settings):
    settings.MESSAGES_PER_PERSON_A_DAY = 1
    operator = person("operator")
    first, second = (review(operator, "message", profile=profile) for _ in range(2))

    confirm(operator, first)
    answer = confirm(operator, second)

    assert "have texted 1" in text(answer)
    assert ComposedMessage.objects.count() == 1


MAY_SEND = {"operator": ["test", "manual"], "compliance": ["test"], "support": ["test"]}
GROUPS = ["operator", "compliance", "support", "approver", "auditor", "nobody"]


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize("purpose", ["test", "manual"])
@pytest.mark.promise("F57")
def test_each_role_sends_only_what_it_may(person, profile, name, purpose):
    browser = person(name)
    shown = review(person("operator"), "message", profile=profile, purpose=purpose)
    answer = confirm(browser, shown)

    if purpose in MAY_SEND.get(name, []):
        assert answer.status_code == 302
        assert ComposedMessage.objects.get().purpose == purpose
    else:
        assert answer.status_code == (200 if name in MAY_SEND else 403)
        assert not ComposedMessage.objects.exists()


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.promise("X86")
def test_each_role_sees_and_reads_only_what_it_may(send, person, name):
    message = send(text="The secret of Room 8")
    browser = person(name)

    statuses = {browser.get(url).status_code for url in (LIST, f"{LIST}{message.pk}/change/")}
    page = text(browser.get(f"{LIST}{message.pk}/change/"))

    assert statuses == ({403} if name in ("auditor", "nobody") else {200})
    assert ("The secret of Room 8" in page) == (name == "operator")
    assert ("303 555 0123" in page) == (name == "operator")


@pytest.mark.parametrize("name", ["support", "approver", "auditor", "nobody"])
def test_a_forged_cancellation_is_refused(send, person, name):
    message = send()

    answer = person(name).post(f"{LIST}{message.pk}/cancel/", {"form_token": "forged"})

    assert answer.status_code == 403
    assert making(message).state == State.QUEUED


@pytest.mark.promise("X84")
def test_every_post_needs_the_csrf_token(person, profile):
    browser = person("operator", enforce_csrf_checks=True)

    assert browser.post(page_of("message"), {"_send": "1"}).status_code == 403


@pytest.mark.promise("L3")
def test_the_list_has_a_constant_number_of_queries(send, person, django_assert_max_num_queries):
    for _ in range(3):
        send()
    operator = person("operator")
    operator.get(LIST)

    with django_assert_max_num_queries(14):
        answer = operator.get(LIST)

    assert "+1 303 *** 0123" in text(answer)
    assert "3035550123" not in text(answer)


def test_both_sides_of_the_page_agree_when_telnyx_takes_it_while_the_page_is_made(send, work):
    message = send()
    read_before = ComposedMessage.objects.get(pk=message.pk)
    work(making(message))

    shown = pages.context(read_before, message.created_by)
    standing = render_to_string("admin/messaging/composedmessage/standing.html", shown)

    assert "Telnyx has it." in standing
    assert "doesn't have it yet" not in unescape(standing)
    assert [one.number for one in shown["handsets"]] == ["+1 303 555 0123"]


# Refused, failed, again.


@pytest.mark.promise("F15")
def test_a_refusal_is_shown_beside_its_field_with_every_word_kept(send, person, work, sandbox):
    message = send(recipients="+13035540310")  # the sandbox refuses by the last digits
    entry = work(making(message))
    operator = person("operator")

    page = text(operator.get(f"{LIST}{message.pk}/change/"))
    again = operator.get(f"{page_of('message')}?again={message.pk}")

    assert entry.state == State.REFUSED
    assert "No one was texted." in page
    assert "Correct and send again" in page
    assert str(codes.EXPLANATIONS["40310"].advice) in page
    assert "recipients" in again.context["refused"]
    assert again.context["form"]["text"].value() == TEXT
    assert again.context["form"]["message_id"].value() != message.pk


@pytest.mark.promise("F58")
def test_a_failed_message_can_be_sent_again_but_never_to_someone_who_opted_out(send, person, work, sandbox):
    sandbox.pace(0)
    sandbox.outcome("delivery_failed", "40008")
    message = send()
    work(making(message))
    message.refresh_from_db()
    message.apply(sandbox.message(message.remote_id)["payload"], source="sync", as_of=timezone.now())
    operator = person("operator")
    url = f"{LIST}{message.pk}/change/"

    page = text(operator.get(url))
    hears("STOP", autoresponse_type="STOP")
    after = text(operator.get(url))

    assert "Not delivered" in page
    assert str(codes.EXPLANATIONS["40008"].advice) in page
    assert "Send again" in page
    assert "Send again" not in after


@pytest.mark.promise("F58")
def test_another_persons_words_are_opened_only_on_record(send, person):
    message = send()

    assert person("support").get(f"{page_of('message')}?again={message.pk}").status_code == 403


# Canceling.


def test_what_has_not_left_us_is_withdrawn(send, person, sandbox):
    message = send()
    operator = person("operator")
    url = f"{LIST}{message.pk}/cancel/"

    shown = operator.get(url)
    operator.post(url, {"form_token": "t"})

    assert "No part of this message has left us." in text(shown)
    assert making(message).state == State.CANCELLED
    assert not sandbox.requests("POST")
    assert "No one was texted." in text(operator.get(f"{LIST}{message.pk}/change/"))


@pytest.fixture
def scheduled(send, work):
    message = send(send_at=in_form(timezone.now() + LATER))
    work(making(message))
    message.refresh_from_db()
    return message


def cancel(person, message):
    person("operator").post(f"{LIST}{message.pk}/cancel/", {"form_token": "t"})
    return OutboxEntry.objects.get(operation="cancel")


def test_a_scheduled_message_is_canceled_and_says_so(scheduled, person, work, sandbox):
    entry = work(cancel(person, scheduled))

    assert entry.state == State.ACCEPTED
    assert [row.status for row in scheduled.log()] == ["cancelled"]
    scheduled.refresh_from_db()
    assert (scheduled.sync_state, scheduled.gone_at, scheduled.can_cancel()) == ("accepted", None, False)
    assert promise.sent_today(scheduled.created_by) == (0, 0)
    assert sandbox.message(scheduled.remote_id)["payload"]["to"][0]["status"] == "cancelled"


@pytest.mark.promise("X43")
def test_canceling_what_is_being_sent_is_refused_with_the_reason(scheduled, person, work, sandbox):
    sandbox.send_now(scheduled.remote_id)

    entry = work(cancel(person, scheduled))

    assert entry.state == State.REFUSED
    scheduled.refresh_from_db()
    assert scheduled.sync_state == "accepted"
    page = text(person("operator").get(f"{LIST}{scheduled.pk}/change/"))
    assert "cancel it" in page
    assert "Only a scheduled message can be canceled." in page
    assert (
        person("operator").get("/readyz").json()["keys"] == "ok"
    )  # a 403 about a message blocks nothing else


@pytest.mark.promise("X43")
def test_canceling_what_telnyx_does_not_know_is_refused(scheduled, person, work, sandbox):
    sandbox.set_age(scheduled.remote_id, "2026-01-01T00:00:00Z")

    assert work(cancel(person, scheduled)).state == State.REFUSED


@pytest.mark.promise("X43")
def test_a_minute_before_its_time_nothing_can_be_canceled(scheduled, person):
    ComposedMessage.objects.update(send_at=timezone.now() + timedelta(seconds=50))

    person("operator").post(f"{LIST}{scheduled.pk}/cancel/", {"form_token": "t"})

    assert not OutboxEntry.objects.filter(operation="cancel").exists()


def test_a_group_is_read_recipient_by_recipient_when_asked(send, person, work, sandbox, client):
    message = send("group_mms")
    work(making(message))
    operator = person("operator")

    operator.post(f"{LIST}{message.pk}/ask/")
    sync.poll_due(client)

    assert sandbox.requests("GET", "/messages/group/")
    assert set(Message.objects.values_list("their_address", flat=True)) == {HANDSET, OTHER_HANDSET}
    page = text(operator.get(f"{LIST}{message.pk}/change/"))
    assert "2 MMS, one for each recipient." in page
