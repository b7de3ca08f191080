"""One verdict for a message that did not arrive, from what happened to it and what is known of sender and handset."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from hosted.models import HostedOrder, OrderNumber
from messaging.log import codes, why
from messaging.mirror.inbound import drain
from messaging.models import MessagingProfile
from messaging.optouts import reconcile
from tests.messaging.bodies import OURS, PROFILE, THEIRS, error, message_event
from tests.messaging.log.conftest import page_of
from tests.signing import deliver
from tollfree.models import VerificationRequest

PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "telnyx" / "error-codes.csv"
TOLL_FREE = "+18005550170"


@pytest.fixture
def profile(db):
    return MessagingProfile.objects.create(
        remote_id=PROFILE, name="Northwind", sync_state="accepted", whitelisted_destinations=["US"]
    )


def failed(told, code="40008", **changes):
    return told(
        to=[{"phone_number": THEIRS, "status": "delivery_failed"}], errors=[error(code, "x")], **changes
    )


def verdict(message):
    return str(why.of(message, number="+1 312 *** 0001").verdict.title)


@pytest.mark.skipif(not PUBLISHED.exists(), reason="Telnyx's list of codes is not beside this checkout.")
def test_every_published_code_is_explained():
    with PUBLISHED.open() as rows:
        published = {row["code"] for row in csv.DictReader(rows)}

    assert published == set(codes.EXPLANATIONS)


def test_what_was_delivered_did_arrive(told, profile):
    message = told(to=[{"phone_number": THEIRS, "status": "delivered"}])

    assert verdict(message) == "It did arrive: the carrier confirmed the delivery."


def test_an_opt_out_comes_first(told, profile):
    message = failed(told)
    reconcile.heard(PROFILE, OURS, THEIRS, "STOP", timezone.now() - timedelta(days=1))

    found = why.of(message, number="+1 312 *** 0001")

    assert str(found.verdict.title) == "The recipient has opted out of our messages."
    assert "START" in found.customer
    assert THEIRS not in found.customer


def test_c6_a_stop_of_a_toll_free_sender_is_the_handsets_alone(told, profile):
    message = failed(told, "40300", **{"from": {"phone_number": TOLL_FREE}})

    assert "UNSTOP" in str(why.of(message, number="").verdict.advice)


def test_a_sender_that_is_not_verified_is_named_with_its_case(told, profile):
    request = VerificationRequest.objects.create(
        business_name="Northwind", phone_numbers=[TOLL_FREE], remote_id="r1", remote_status="Rejected"
    )
    message = failed(told, **{"from": {"phone_number": TOLL_FREE}})

    found = why.of(message, number="")

    assert "not verified" in str(found.verdict.title)
    assert str(request.pk) in found.verdict.url


def test_a_hosted_number_that_is_not_live_is_named_with_its_order(told, profile):
    order = HostedOrder.objects.create(remote_id="o1", remote_status="pending", sync_state="accepted")
    OrderNumber.objects.create(order=order, phone_number=OURS, status="pending", live=True)

    found = why.of(failed(told), number="")

    assert "isn't live" in str(found.verdict.title)
    assert str(order.pk) in found.verdict.url


def test_a_country_the_profile_may_not_send_to_is_named(told, profile):
    message = told(
        to=[{"phone_number": "+4915123456789", "status": "delivery_failed"}], errors=[error("40008", "x")]
    )

    assert verdict(message) == "The profile may not send to this country."


def test_a_budget_that_was_used_up_that_day_is_named(told, profile):
    at = timezone.now() - timedelta(minutes=6)
    body = message_event("x", {"profile_id": PROFILE, "configured_limit": "25.00", "current_cost": "25.03"})
    body["data"] |= {"event_type": "messaging-profile.spend-limit-reached", "occurred_at": at.isoformat()}
    deliver(body)
    drain.drain()

    assert verdict(failed(told)) == "The profile's daily budget was used up."


def test_a_code_that_says_why_beats_what_is_only_true_now(told, profile):
    VerificationRequest.objects.create(business_name="N", phone_numbers=[TOLL_FREE], remote_id="r1")
    message = failed(told, "40001", **{"from": {"phone_number": TOLL_FREE}})

    assert verdict(message) == str(codes.EXPLANATIONS["40001"].title)


def test_c3_an_unknown_code_is_shown_as_it_came(told, profile, login):
    message = told(
        to=[{"phone_number": THEIRS, "status": "delivery_failed"}],
        errors=[error("49999", "Brand new trouble")],
    )

    page = login("support").get(page_of(message)).content.decode()

    assert "Brand new trouble" in page
    assert "not explained here yet" in page


def test_c4_telnyx_own_words_stand_before_ours(told, profile, login):
    page = login("support").get(page_of(failed(told, "40300"))).content.decode()

    assert page.index("Telnyx's own words") < page.index("Who should act")
    assert "July 2026" in page
