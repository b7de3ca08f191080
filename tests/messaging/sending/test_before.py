"""What is looked up before a message is sent: the sender's list, its campaign, the time there, and what it may cost."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from messaging.cached_reads import read_due
from messaging.mirror.inbound import drain
from messaging.models import ComposedMessage, Message, Reading
from messaging.optouts import reconcile
from messaging.profiles import page as profiles
from tests.messaging.bodies import error, message_event, outbound, party
from tests.messaging.sending.conftest import (
    FIRST_PROFILE,
    LIST,
    OTHER_HANDSET,
    THIRD_PROFILE,
    confirm,
    in_form,
    make_profile,
    making,
    review,
)
from tests.sandbox.messages_control import HANDSET, SECOND_SENDER, SENDER, TOLL_FREE
from tests.signing import deliver
from tests.tollfree.pages import text
from tollfree.models import VerificationRequest

THREE_PARTS = "x" * 400


def went(status: str = "delivered", *, days: float = 1, to: str = HANDSET, **more: Any) -> None:
    """Report a message that went out over the sender some days ago."""
    at = (timezone.now() - timedelta(days=days)).isoformat()
    told = outbound(status=status, to=to, messaging_profile_id=FIRST_PROFILE, received_at=at)
    event = message_event("finalized", told | {"from": party(SENDER)} | more, occurred_at=at)
    assert deliver(event) == 200
    drain.drain()


def tomorrow_at(hour: int, zone: str) -> datetime:
    there = timezone.localtime(timezone.now() + timedelta(days=1), ZoneInfo(zone))
    return there.replace(hour=hour, minute=30)


def test_the_sender_is_looked_for_among_the_numbers_of_the_profile(person, profile, client, sandbox):
    operator = person("operator")

    first = text(review(operator, "message", profile=profile))
    read_due(client)
    listed = text(review(operator, "message", profile=profile))
    other = text(review(operator, "message", profile=profile, sender=SECOND_SENDER))

    assert "Telnyx is being asked for the profile's numbers." in first
    assert "isn't known here as one of your numbers" in first
    assert "+1 312 555 0160 is on this profile, as read from Telnyx on" in listed
    assert "isn't known here as one of your numbers" not in listed
    assert "Telnyx lists the sender for texts that software sends to people (A2P)." in listed
    assert "+1 217 555 0162 isn't among the profile's numbers, as read from Telnyx on" in other
    assert not ComposedMessage.objects.exists()


def test_a_sender_that_was_moved_to_this_profile_is_not_refused(person, profile, client, sandbox):
    other = "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e03"
    went(messaging_profile_id=other)
    operator = person("operator")

    refused = text(review(operator, "message", profile=profile))
    profiles.number_reading(profile)
    read_due(client)
    moved = text(review(operator, "message", profile=profile))
    Reading.objects.update(as_of=timezone.now() - timedelta(days=2))
    moved_on = text(review(operator, "message", profile=profile))

    words = "This sender belongs to another profile, judging by its newest message"
    assert [words in page for page in (refused, moved, moved_on)] == [True, False, True]
    assert "This will be sent" in moved


def test_a_price_is_judged_by_what_the_sender_paid_in_this_country(person, profile):
    operator = person("operator")
    none = text(review(operator, "message", profile=profile))
    for amount, parts, to in (
        ("0.0100", 2, HANDSET),
        ("0.0050", 1, HANDSET),
        ("0.0150", 2, HANDSET),
        ("0.9000", 1, "+4915123456789"),
    ):
        went(parts=parts, to=to, cost={"amount": amount, "currency": "USD"})
    went(parts=1, cost={"amount": "7.0000", "currency": "USD"}, days=91)
    went(parts=1, cost={"amount": "3.0000", "currency": "USD"}, type="MMS")

    known = text(review(operator, "message", profile=profile, text=THREE_PARTS))
    picture = text(review(operator, "message", profile=profile, subject="Hello"))
    group = text(review(operator, "group_mms", profile=profile))

    assert "Not known: the log holds no recent price" in none
    assert "About $0.015, 3 parts. Based on 3 messages since" in known
    assert "About $3, one MMS. Based on 1 message since" in picture
    assert "Not known: the log holds no recent price" in group


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Campaign CABC123 was registered for the message of"),
        ({"sender": TOLL_FREE}, None),
        ({"recipients": "+4915123456789"}, None),
    ],
)
def test_the_campaign_is_said_for_long_codes_to_the_us_only(person, profile, typed, words):
    went(tcr_campaign_id="CABC123", tcr_campaign_registered="REGISTERED")

    page = text(review(person("operator"), "message", profile=profile, **typed))

    assert ("10DLC campaign" in page) == (words is not None)
    assert (words or "") in page


def test_the_newest_sign_about_the_campaign_counts(person, profile):
    operator = person("operator")
    unknown = text(review(operator, "message", profile=profile))
    went(days=3, tcr_campaign_id="CABC123", tcr_campaign_registered="REGISTERED")
    went(days=2, tcr_campaign_id="CABC123", tcr_campaign_registered="SUSPENDED")
    other_word = text(review(operator, "message", profile=profile))
    went("delivery_failed", days=1, errors=[error("40010", "Not 10DLC registered")])
    failed = text(review(operator, "message", profile=profile))

    assert "Not known: no message from this number tells us." in unknown
    assert "Campaign CABC123: Telnyx said “SUSPENDED” about the message of" in other_word
    assert "failed because the sender is on no registered campaign" in failed


@pytest.mark.parametrize(
    ("hour", "zone", "to", "words"),
    [
        (3, "America/Denver", HANDSET, "That is outside 8:00 to 21:00."),
        (12, "America/Denver", HANDSET, "going by the phone number."),
        (8, "America/Boise", "+12085550123", "in some it is outside 8:00 to 21:00."),
        (12, "America/Denver", "+18005550123", "doesn't say in which time zone it is."),
    ],
)
def test_the_time_of_day_is_that_of_the_recipient(person, profile, hour, zone, to, words):
    later = in_form(tomorrow_at(hour, zone))

    page = text(review(person("operator"), "message", profile=profile, recipients=to, send_at=later))

    assert words in page
    assert ("outside" in page) == ("outside" in words)


def test_a_delay_at_telnyx_is_shown_while_it_lasts(send, person, work):
    message = send()
    work(making(message))
    message.refresh_from_db()
    operator = person("operator")
    url = f"{LIST}{message.pk}/change/"
    before = text(operator.get(url))

    Message.objects.all().delete()
    told = message.remote_data | {"wait_seconds": 90.4, "to": [party(HANDSET, "queued")]}
    message.apply(told, source="sync", as_of=timezone.now())
    waiting = text(operator.get(url))
    message.apply(told | {"to": [party(HANDSET, "delivered")]}, source="sync", as_of=timezone.now())

    words = "Telnyx expected it to wait up to 90 seconds there, because of rate limits."
    assert [words in page for page in (before, waiting, text(operator.get(url)))] == [False, True, False]


def test_what_needs_a_look_comes_first_and_the_last_failure_is_among_it(person, profile):
    went(days=3)
    went("delivery_failed", days=2, errors=[error("40012", "Invalid")])
    operator = person("operator")
    night = in_form(tomorrow_at(4, "America/Denver"))

    shown = review(operator, "message", profile=profile, send_at=night)

    page, looks = text(shown), [check.is_fine for check in shown.context["checks"]]
    assert looks[:2] == [False, False]
    assert looks == sorted(looks, key=[False, None, True].index)
    assert page.index("That is outside 8:00 to 21:00.") < page.index("The last message to this number")
    assert page.index("wasn't delivered:") < page.index("This will be sent later")
    went(days=1)
    assert "The last message to this number" not in text(review(operator, "message", profile=profile))


def test_a_stop_to_another_profile_is_said_before_sending_and_stops_nothing(person, profile):
    make_profile(THIRD_PROFILE)
    operator = person("operator")
    said = "opted out of our profile 03 on"
    before = text(review(operator, "message", profile=profile))
    for phone in (HANDSET, OTHER_HANDSET):
        reconcile.heard(THIRD_PROFILE, SECOND_SENDER, phone, "STOP", timezone.now(), "QUIT")

    pages = [review(operator, kind, profile=profile) for kind in ("message", "group_mms", "whatsapp")]

    assert said not in before
    assert [text(page).count(said) for page in pages] == [2, 4, 2], "at the top, and among what was looked up"
    assert "(QUIT), so that profile can't text them." in text(pages[0])
    assert "+1 303 555 0123: Nothing on record in this desk." in text(pages[0])
    assert confirm(operator, pages[0]).status_code == 302
    reconcile.heard(THIRD_PROFILE, SECOND_SENDER, HANDSET, "START", timezone.now() + timedelta(seconds=1))
    assert said not in text(review(operator, "message", profile=profile))


def test_the_verification_of_a_toll_free_sender_and_the_consent_are_said(person, profile):
    operator = person("operator")
    reconcile.heard(FIRST_PROFILE, TOLL_FREE, HANDSET, "START", timezone.now())
    unknown = text(review(operator, "message", profile=profile, sender=TOLL_FREE))
    row = VerificationRequest.objects.create(
        business_name="N", phone_numbers=[TOLL_FREE], remote_id="r1", remote_status="Rejected"
    )
    rejected = text(review(operator, "message", profile=profile, sender=TOLL_FREE))
    VerificationRequest.objects.filter(pk=row.pk).update(remote_status="Verified")

    verified = text(review(operator, "message", profile=profile, sender=TOLL_FREE))

    assert "This desk knows of no verification for this sender." in unknown
    assert rejected.count("The sender is not verified yet.") == 1
    assert "The sender is verified." in verified
    assert "+1 303 555 0123: Agreed on" in verified
    assert "by texting START to +1 800 555 0170" in verified
