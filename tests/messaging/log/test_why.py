"""One verdict for a message that did not arrive, from what happened to it and what is known about sender and phone."""

import json
from dataclasses import replace
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

PUBLISHED = Path(__file__).resolve().parents[2] / "contract" / "error-codes.json"
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


@pytest.mark.promise("F53")
def test_every_published_code_is_explained():
    published = json.loads(PUBLISHED.read_text())

    assert len(published) == 117
    assert set(published) == set(codes.EXPLANATIONS)


def test_what_was_delivered_did_arrive(told, profile):
    message = told(to=[{"phone_number": THEIRS, "status": "delivered"}])

    assert verdict(message) == "It arrived: the carrier confirmed delivery."


ARRIVED_ALL_THE_SAME = "The message arrived anyway: there is no need to send it again."


@pytest.mark.parametrize("status", ["delivered", "read"])
@pytest.mark.parametrize("code", ["40006", "40005", "40008", "40300", "49999"])
def test_what_arrived_is_never_advised_to_be_sent_again(told, login, status, code):
    message = told(to=[{"phone_number": THEIRS, "status": status}], errors=[error(code, "x")])
    client = login("support")

    html = client.get(page_of(message)).content.decode()

    assert "It arrived: the carrier confirmed delivery." in html
    assert ARRIVED_ALL_THE_SAME in html
    for wrong in (
        "Send it again?",
        "Send it again later",
        "could not be",
        "isn't explained here yet",
        ">problem<",
    ):
        assert wrong not in html.split("What was checked")[0]
    bubbles = client.get(page_of(message, "conversation")).content.decode()
    assert "Why it failed" not in bubbles


def test_what_may_still_arrive_is_not_advised_to_be_sent_again_yet(told, login):
    message = told(to=[{"phone_number": THEIRS, "status": "sent"}], errors=[error("49999", "x")])

    html = login("support").get(page_of(message)).content.decode()

    assert "The message may still arrive, so don&#x27;t send it again yet." in html
    assert "Send it again?" not in html


def test_who_has_opted_out_is_not_advised_to_be_sent_to_again(told, login, profile):
    message = failed(told, "40006")
    reconcile.heard(PROFILE, OURS, THEIRS, "STOP", timezone.now() - timedelta(days=1))

    html = login("support").get(page_of(message)).content.decode()

    assert "Sending it again won&#x27;t help" in html
    assert "Yes, a little later" not in html


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([{"code": 40300, "title": "Blocked"}], "40300"),
        ([{"code": 40300.0}], "40300"),
        ({"code": "40300", "title": "Blocked"}, "40300"),
        ({"code": 40300}, "40300"),
        (["40300"], "40300"),
        ([40300], "40300"),
        (40300, "40300"),
        ("40300: Blocked due to STOP message", "40300"),
        (["Blocked due to STOP message"], ""),
        ("Blocked due to STOP message", ""),
        ([{"title": "Blocked"}, {"code": "40300"}], "40300"),
        ([None, {"code": " 40300 "}], "40300"),
        ([True, {}, [], None], ""),
        ([{"code": 9 * 10**30}], ""),
    ],
)
def test_errors_are_read_however_telnyx_writes_them(told, login, errors, code):
    message = told(to=[{"phone_number": THEIRS, "status": "delivery_failed"}], errors=errors)

    assert message.error_code == code
    html = login("support").get(page_of(message)).content.decode()
    if code:
        assert "It failed, and no reason was given." not in html
    elif "Blocked" in str(errors):
        assert "Blocked due to STOP message" in html


@pytest.mark.promise("F56")
def test_an_opt_out_comes_first(told, profile):
    message = failed(told)
    reconcile.heard(PROFILE, OURS, THEIRS, "STOP", timezone.now() - timedelta(days=1))

    found = why.of(message, number="+1 312 *** 0001")

    assert str(found.verdict.title) == "The recipient has opted out of our messages."
    assert "START" in found.customer
    assert THEIRS not in found.customer


TITLES = "a title in other words"


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"stop": True}, "40008", "Our texts are turned off for your phone."),
        ({"status": "delivered"}, "", "Your phone company says that it was delivered."),
        ({"status": "sent"}, "", "It is still on its way"),
        ({}, "40001", "This phone number cannot get texts."),
        ({}, "49999", "It could not be delivered."),
    ],
)
def test_what_the_customer_hears_does_not_depend_on_the_words_of_the_verdict(
    told, profile, monkeypatch, changes, code, said
):
    def in_other_words(rule):
        return lambda case: (found := rule(case)) and replace(found, title=TITLES, group="unsure")

    monkeypatch.setattr(why, "RULES", tuple(map(in_other_words, why.RULES)))
    monkeypatch.setattr(why, "_arrived", in_other_words(why._arrived))
    status = changes.get("status", "delivery_failed")
    errors = [error(code, "x")] if code else []
    message = told(to=[{"phone_number": THEIRS, "status": status}], errors=errors)
    if "stop" in changes:
        reconcile.heard(PROFILE, OURS, THEIRS, "STOP", timezone.now() - timedelta(days=1))

    found = why.of(message, number="+1 312 *** 0001")

    assert str(found.verdict.title) in (TITLES, "Telnyx gave a code that isn't explained here yet.")
    assert said in found.customer


@pytest.mark.promise("C6", "F56")
def test_a_stop_of_a_toll_free_sender_is_lifted_only_from_the_phone(told, profile):
    message = failed(told, "40300", **{"from": {"phone_number": TOLL_FREE}})

    assert "UNSTOP" in str(why.of(message, number="").verdict.advice)


@pytest.mark.promise("F56")
def test_a_sender_that_is_not_verified_is_named_with_its_case(told, profile):
    request = VerificationRequest.objects.create(
        business_name="Northwind", phone_numbers=[TOLL_FREE], remote_id="r1", remote_status="Rejected"
    )
    message = failed(told, **{"from": {"phone_number": TOLL_FREE}})

    found = why.of(message, number="")

    assert "not verified" in str(found.verdict.title)
    assert str(request.pk) in found.verdict.url


@pytest.mark.promise("F56")
def test_a_hosted_number_that_is_not_live_is_named_with_its_order(told, profile):
    order = HostedOrder.objects.create(remote_id="o1", remote_status="pending", sync_state="accepted")
    OrderNumber.objects.create(order=order, phone_number=OURS, status="pending", live=True)

    found = why.of(failed(told), number="")

    assert "isn't live" in str(found.verdict.title)
    assert str(order.pk) in found.verdict.url


@pytest.mark.promise("F56")
def test_a_country_the_profile_may_not_send_to_is_named(told, profile):
    message = told(
        to=[{"phone_number": "+4915123456789", "status": "delivery_failed"}], errors=[error("40008", "x")]
    )

    assert verdict(message) == "The profile can't send to this country."


@pytest.mark.promise("F56")
def test_a_budget_that_was_used_up_that_day_is_named(told, profile):
    at = timezone.now() - timedelta(minutes=6)
    body = message_event("x", {"profile_id": PROFILE, "configured_limit": "25.00", "current_cost": "25.03"})
    body["data"] |= {"event_type": "messaging-profile.spend-limit-reached", "occurred_at": at.isoformat()}
    deliver(body)
    drain.drain()

    assert verdict(failed(told)) == "The profile's daily budget was used up."


@pytest.mark.promise("F56")
def test_a_code_that_says_why_beats_what_is_only_true_now(told, profile):
    VerificationRequest.objects.create(business_name="N", phone_numbers=[TOLL_FREE], remote_id="r1")
    message = failed(told, "40001", **{"from": {"phone_number": TOLL_FREE}})

    assert verdict(message) == str(codes.EXPLANATIONS["40001"].title)


@pytest.mark.promise("C3")
def test_an_unknown_code_is_shown_as_it_came(told, profile, login):
    message = told(
        to=[{"phone_number": THEIRS, "status": "delivery_failed"}],
        errors=[error("49999", "Brand new trouble")],
    )

    page = login("support").get(page_of(message)).content.decode()

    assert "Brand new trouble" in page
    assert "not explained here yet" in page


@pytest.mark.promise("C4")
def test_telnyxs_own_words_come_before_ours(told, profile, login):
    page = login("support").get(page_of(failed(told, "40300"))).content.decode()

    assert page.index("Telnyx's own words") < page.index("Who should act")
    assert "July 2026" in page
