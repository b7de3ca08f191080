"""What a person who sends now and then needs: every fault at once, a warning in time, and a way back."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from hosted.models import HostedNumber, HostedOrder, OrderNumber
from messaging.desk.number_address import url_of
from messaging.log import parsing, store
from messaging.mirror.inbound import drain
from messaging.mirror.models import OutboxEntry
from messaging.models import ComposedMessage, Reading
from messaging.validators import display_number
from tests.messaging.bodies import inbound, message_event, outbound, party
from tests.messaging.sending.conftest import (
    LIST,
    THIRD_PROFILE,
    confirm,
    in_form,
    make_profile,
    making,
    page_of,
    review,
)
from tests.sandbox.messages_control import HANDSET, OTHER_SENDER, SENDER, SHORT_CODE, TOLL_FREE
from tests.signing import deliver
from tests.tollfree.conftest import complete
from tests.tollfree.pages import text

State = OutboxEntry.State
STRANGER = "+13125559999"


@pytest.fixture
def support_wrote(person, profile):
    """Return a scheduled test message by a person in support."""
    later = in_form(timezone.now() + timedelta(hours=2))
    browser = person("support")
    answer = confirm(browser, review(browser, "message", profile=profile, purpose="test", send_at=later))
    return ComposedMessage.objects.get(pk=answer.headers["Location"].split("/")[-3])


def test_whoever_scheduled_a_message_may_cancel_it_and_say_why(support_wrote, person):
    browser, url = person("support"), f"{LIST}{support_wrote.pk}/cancel/"
    assert url in browser.get(f"{LIST}{support_wrote.pk}/change/").content.decode()
    assert 'name="reason"' in browser.get(url).content.decode()

    browser.post(url, {"form_token": "t", "reason": "The visit moved to Monday"})

    assert making(support_wrote).state == State.CANCELLED
    assert "The visit moved to Monday" in text(browser.get(f"{LIST}{support_wrote.pk}/change/"))
    assert "The visit moved to Monday" in text(browser.get(f"{LIST}{support_wrote.pk}/history/"))


def test_what_telnyx_holds_is_canceled_by_its_writer_too(support_wrote, person, work):
    work(making(support_wrote))

    person("support").post(f"{LIST}{support_wrote.pk}/cancel/", {"form_token": "t"})

    work(OutboxEntry.objects.get(operation="cancel"))
    support_wrote.refresh_from_db()
    assert [row.status for row in support_wrote.log()] == ["cancelled"]


def test_another_persons_message_needs_the_permission(send, support_wrote, person):
    other = send(send_at=in_form(timezone.now() + timedelta(hours=2)))
    support = person("support")

    assert support.post(f"{LIST}{other.pk}/cancel/", {"form_token": "t"}).status_code == 403
    assert f"{LIST}{other.pk}/cancel/" not in support.get(f"{LIST}{other.pk}/change/").content.decode()
    assert making(other).state == State.QUEUED
    person("compliance").post(f"{LIST}{support_wrote.pk}/cancel/", {"form_token": "t"})
    assert making(support_wrote).state == State.CANCELLED


def test_a_sender_that_is_in_no_list_of_ours_is_warned_about(person, profile):
    browser = person("operator")

    strange = text(review(browser, "message", profile=profile, sender=STRANGER))

    assert "This will be sent" in strange
    assert "+1 312 555 9999 isn't known here as one of your numbers" in strange
    told = inbound(sender=HANDSET, to=[party(SENDER)], messaging_profile_id=profile.remote_id)
    assert deliver(message_event("received", told)) == 200
    drain.drain()
    assert "isn't known here" not in text(review(browser, "message", profile=profile))


def test_everything_wrong_is_said_in_one_round(person, profile):
    browser = person("operator")

    answer = review(browser, "message", profile=profile, recipients="12", text="", sender="x")

    assert {"sender", "recipients", "text"} <= set(answer.context["form"].errors)
    answer = review(browser, "message", profile=profile, recipients="+441212345678", text="")
    assert {"recipients", "text"} <= set(answer.context["form"].errors)


@pytest.mark.parametrize(
    "kind", ["message", "group_mms", "alphanumeric_sender_id", "number_pool", "whatsapp"]
)
@pytest.mark.parametrize(
    "empty", ["messaging_profile", "sender", "recipients", "text", "purpose", "message_id"]
)
def test_an_incomplete_form_is_never_an_error_of_ours(person, profile, kind, empty):
    answer = review(person("operator"), kind, profile=profile, **{empty: ""})

    assert answer.status_code == 200


def test_numbers_are_masked_alike_everywhere(send, person):
    message = send()
    browser = person("compliance")

    for url in (LIST, f"{LIST}{message.pk}/change/"):
        page = text(browser.get(url))
        assert "+1 303 *** 0123" in page
        assert "•••" not in page.replace("••••••", "")


# What Telnyx refused at once is in no log, but the customer's number leads to it.


@pytest.mark.parametrize("typed", ["(303) 555-0123", HANDSET, HANDSET[-4:], "Jane " + HANDSET])
@pytest.mark.parametrize("code", ["40329", "40305"])
def test_what_telnyx_refused_at_once_is_found_by_the_number(send, person, sandbox, work, typed, code):
    refused = {"code": code, "title": "Refused", "detail": "Not from this sender."}
    sandbox.fault("status", status=422, method="POST", json={"errors": [refused]})
    message = send()
    work(making(message))
    message.refresh_from_db()
    assert (message.sync_state, message.remote_id) == ("refused", None)
    support, url = person("support"), f"{LIST}{message.pk}/change/"

    home = support.post("/admin/desk/find/", {"q": typed}, follow=True).content.decode()
    log = support.post("/admin/messaging/message/find/", {"q": typed}, follow=True)
    beside = re.search(r'data-desk-from="([^"]+/elsewhere/[^"]*)"', log.content.decode())[1]

    for page in (home, support.get(beside).content.decode()):
        assert url in page
        assert "Telnyx refused it: no one was texted" in page
        assert HANDSET not in page.replace(f'value="{typed}"', "")


def test_only_who_may_see_sent_messages_finds_what_was_refused(send, person, sandbox, work):
    message = send()

    page = person("nobody").post("/admin/desk/find/", {"q": HANDSET}, follow=True).content.decode()

    assert str(message.pk) not in page


def test_a_message_in_the_log_is_not_found_twice(send, person, work):
    message = send()
    work(making(message))

    page = person("support").post("/admin/desk/find/", {"q": HANDSET}, follow=True).content.decode()

    assert f"{LIST}{message.pk}/change/" not in page
    assert "Messages that Telnyx" not in page


def test_only_who_may_ask_telnyx_is_offered_it(send, person, work):
    message = send()
    work(making(message))
    url = f"{LIST}{message.pk}/change/"

    assert "Refresh from Telnyx" in person("support").get(url).content.decode()
    assert "Refresh from Telnyx" not in person("auditor").get(url).content.decode()
    old = timezone.now() - timedelta(days=11)
    ComposedMessage.objects.filter(pk=message.pk).update(created_at=old)
    assert "Refresh from Telnyx" not in person("support").get(url).content.decode()


def test_the_price_of_a_group_message_is_named_once(send, person, work):
    message = send("group_mms")
    work(making(message))
    message.refresh_from_db()
    price = {"amount": "0.0400", "currency": "USD"}
    told = outbound(
        message.remote_id, to=[party(number, "delivered") for number in message.recipients], cost=price
    )
    store.merge(parsing.rows(told, at=timezone.now(), event_id="event-1", source="webhook"))

    page = text(person("operator").get(f"{LIST}{message.pk}/change/"))

    assert page.count("0.04 USD for the whole group message") == page.count("0.04 USD") == 1


# What the form offers, and what the list says.


def test_our_own_senders_are_offered_by_name_and_lead_to_their_profile(person, profile):
    other = make_profile(THIRD_PROFILE)
    order = HostedOrder.objects.create(customer="Larkspur Dental", remote_id="ho-1")
    OrderNumber.objects.create(order=order, phone_number=SENDER, name="Front desk", status="successful")
    HostedNumber.objects.create(phone_number=SENDER, remote_id="hn-1", messaging_profile_id=other.remote_id)
    OrderNumber.objects.create(order=order, phone_number=STRANGER, name="Not live", status="pending")
    HostedNumber.objects.create(phone_number=STRANGER, remote_id="hn-2")
    complete(phone_numbers=["+18005550123"], remote_id="tfv-1", remote_status="Verified").save()
    browser = person("operator")

    page = browser.get(page_of("message")).content.decode()

    assert (
        f'<option value="{display_number(SENDER)}" data-profile="{other.pk}">Front desk · 03</option>' in page
    )
    assert '<option value="+1 800 555 0123">Larkspur' in page
    assert "Not live" not in page
    shown = review(browser, "message", profile=profile, messaging_profile="", sender=display_number(SENDER))
    assert shown.context["profile"] == other
    Reading.objects.create(
        address=f"/messaging_profiles/{profile.remote_id}/phone_numbers", data=[{"phone_number": TOLL_FREE}]
    )
    Reading.objects.create(
        address=f"/messaging_profiles/{profile.remote_id}/short_codes",
        data=[{"short_code": SHORT_CODE}],
        as_of=timezone.now(),
    )
    told = outbound(messaging_profile_id=THIRD_PROFILE) | {"from": party(OTHER_SENDER)}
    store.merge(parsing.rows(told, at=timezone.now(), event_id="event-1", source="webhook"))
    listed = review(browser, "message", profile=profile, messaging_profile="", sender=TOLL_FREE)
    assert listed.context["profile"] == profile
    wrong = browser.post(page_of("message"), {"messaging_profile": str(profile.pk), "_review": "1"})
    offered = [(one.sender, one.profile) for one in wrong.context["senders"]]
    assert {offered[0], offered[1]} == {(display_number(TOLL_FREE), profile), (SHORT_CODE, profile)}
    assert offered[2:] == [
        (display_number(SENDER), other),
        (display_number(OTHER_SENDER), other),
        ("+1 800 555 0123", None),
    ]
    codes = browser.get(page_of("short_code")).context["senders"]
    assert [one.sender for one in codes] == [SHORT_CODE]
    unknown = review(browser, "message", profile=profile, messaging_profile="", sender=STRANGER)
    assert "messaging_profile" in unknown.context["form"].errors
    odd = review(browser, "message", profile=profile, messaging_profile="", sender="\0")
    assert odd.status_code in (200, 400)


def test_the_list_says_from_where_what_and_how_it_ended(send, person, profile, work):
    message = send(text="Your order is ready")
    work(making(message))
    message.refresh_from_db()
    told = outbound(message.remote_id, to=[party(HANDSET, "sending_failed")])
    store.merge(parsing.rows(told, at=timezone.now(), event_id="e-1", source="webhook"))

    own, others = text(person("operator").get(LIST)), text(person("compliance").get(LIST))

    for page in (own, others):
        assert display_number(SENDER) in page
        assert "Not sent" in page
        assert "Received by Telnyx" not in page
    assert "Your order is ready" in own
    assert "Your order is ready" not in others
    number = text(person("compliance").get(url_of(HANDSET)))
    assert "Not sent" in number.split("Sent from here", 1)[1]
    assert "Received by Telnyx" not in number
