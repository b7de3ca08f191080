"""Ten ways in which a text doesn't arrive: a signed webhook comes in, and the page says why and what to read out."""

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging.log.customer_texts import TEXTS, Say
from messaging.mirror.inbound import drain
from messaging.models import Message, MessagingProfile
from tests.messaging.bodies import OURS, PROFILE, THEIRS, error, inbound, message_event, outbound, party
from tests.messaging.log.conftest import page_of
from tests.signing import deliver
from tests.tollfree.pages import text

US_OURS, US_THEIRS = "+13125550100", "+13125550188"
FROM_US: dict[str, Any] = {"from": party(US_OURS)}
FROM_TOLL_FREE: dict[str, Any] = {"from": party("+18005550170")}


def hear(kind: str, payload: dict[str, Any], *, at: datetime | None = None) -> Message:
    body = message_event(kind, payload)
    body["data"]["occurred_at"] = (at or timezone.now() - timedelta(minutes=5)).isoformat()
    assert deliver(body) == 200
    drain.drain()
    return Message.objects.filter(remote_id=payload["id"]).latest("id")


def failed(code: str = "", status: str = "delivery_failed", *, to: str = THEIRS, **more: Any) -> Message:
    their = {name: more.pop(name) for name in ("carrier", "line_type") if name in more}
    errors = [error(code, "x", detail="")] if code else []
    happened = (timezone.now() - timedelta(minutes=6)).isoformat()
    return hear(
        "finalized",
        outbound(to=[party(to, status, **their)], **{"errors": errors, "received_at": happened} | more),
    )


def moved() -> Message:
    ago = timezone.now() - timedelta(days=3)
    to = [party(THEIRS, "delivered", carrier="PRAIRIE MOBILE")]
    hear("finalized", outbound(to=to, received_at=ago.isoformat()), at=ago)
    return failed("40001", carrier="NORTHERN CELL", line_type="Wireless")


def over_the_limit() -> Message:
    at = timezone.now() - timedelta(minutes=7)
    body = message_event("x", {"profile_id": PROFILE, "configured_limit": "25.00", "current_cost": "25.03"})
    body["data"] |= {"event_type": "messaging-profile.spend-limit-reached", "occurred_at": at.isoformat()}
    assert deliver(body) == 200
    return failed("40008", "sending_failed")


FREE = {"type": "text", "text": {"body": "Your table is ready."}}


def window_closed(**more: Any) -> Message:
    long_ago = timezone.now() - timedelta(hours=30)
    wrote = inbound(type="WHATSAPP", received_at=long_ago.isoformat())
    hear("received", wrote, at=long_ago)
    return failed("41000", **{"type": "WHATSAPP", "body": FREE} | more)


def denied() -> Message:
    sent = failed(status="delivered")
    hear("received", inbound(received_at=timezone.now().isoformat()), at=timezone.now())
    return sent


@dataclass(frozen=True)
class Case:
    make: Callable[[], Message]
    title: str
    say: Say
    # What else the page says.
    also: tuple[str, ...] = field(default=())


CASES = {
    "spam": Case(lambda: failed("40002"), "A carrier's spam filter stopped this message.", Say.SPAM),
    "unregistered": Case(
        lambda: failed("40010"), "Our US number isn't registered for business texts (10DLC).", Say.NOT_LISTED
    ),
    "unregistered, by the campaign": Case(
        lambda: failed(
            "40008",
            to=US_THEIRS,
            tcr_campaign_id="CX1Y2Z3",
            tcr_campaign_registered="UNREGISTERED",
            **FROM_US,
        ),
        "Our number wasn't on a registered campaign (10DLC) when this was sent.",
        Say.NOT_LISTED,
        ("Not registered: Telnyx says “UNREGISTERED” · CX1Y2Z3",),
    ),
    "landline": Case(
        lambda: failed("40001", line_type="Wireline"),
        "The number can't receive texts: it is a landline.",
        Say.LANDLINE,
    ),
    "landline, without a telling code": Case(
        lambda: failed("40008", line_type="Wireline"),
        "The number is a landline, and most of those can't receive texts.",
        Say.LANDLINE,
    ),
    "ported": Case(
        moved,
        "The number seems to have moved to another carrier (ported), and texts don't reach it yet.",
        Say.MOVED,
        ("NORTHERN CELL now; it was PRAIRIE MOBILE when a text last arrived",),
    ),
    "opted out elsewhere": Case(
        lambda: failed("40300", "sending_failed"),
        "Telnyx or the carrier blocks texts to this person: they opted out, but not in our list.",
        Say.STOPPED,
        ("Telnyx reported a block that our list doesn't have",),
    ),
    "opted out elsewhere, of a toll-free number": Case(
        lambda: failed("40300", "sending_failed", **FROM_TOLL_FREE),
        "Telnyx or the carrier blocks texts to this person: they opted out, but not in our list.",
        Say.STOPPED_TOLL_FREE,
    ),
    "spend limit": Case(lambda: failed("40333"), "The profile's daily budget is used up.", Say.LIMIT),
    "spend limit, by its event": Case(
        over_the_limit, "The profile's daily budget was used up.", Say.LIMIT, ("Used up that day.",)
    ),
    "expired": Case(
        lambda: failed("", "expired"),
        "It waited too long and expired before it could be delivered.",
        Say.EXPIRED,
    ),
    "expired, with a code": Case(lambda: failed("40005"), "The message expired on its way.", Say.EXPIRED),
    "WhatsApp window closed": Case(
        window_closed,
        "Most likely WhatsApp's 24 hours were over, so it didn't accept a message written freely.",
        Say.WHATSAPP_CLOSED,
        ("The log has no message from them in the 24 hours before.",),
    ),
    "WhatsApp window closed, by Meta's code": Case(
        lambda: window_closed(body={}, text="", errors=[error("41000", "x", meta={"code": 131047})]),
        "WhatsApp's 24 hours were over, so it didn't accept a message written freely.",
        Say.WHATSAPP_CLOSED,
    ),
    "RCS fallback failed": Case(
        lambda: failed("40008", type="SMS", body={"text": "Parcel 8842"}),
        "Neither arrived: RCS didn't reach the phone, and the fallback text failed too.",
        Say.FALLBACK,
    ),
    "delivered but denied": Case(
        denied,
        "It arrived: the carrier confirmed delivery.",
        Say.ARRIVED,
        ("They wrote to us at", "If they still say it never came"),
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.promise("F56")
def test_each_case_has_its_verdict_and_a_text_to_read_out(db, login, name):
    case = CASES[name]
    MessagingProfile.objects.create(remote_id=PROFILE, name="Northwind", whitelisted_destinations=["US"])
    client, message = login("support"), case.make()

    pages = {language: text(client.get(f"{page_of(message)}?say={language}")) for language in TEXTS[case.say]}

    for language, page in pages.items():
        assert case.title in page.split("What was checked")[0]
        assert TEXTS[case.say][language] in page, language
    for words in case.also:
        assert words in pages["en"]
    assert "su número" not in pages["en"]
    assert "尾号" in pages["zh-hans"]


def whatsapp(**more: Any) -> Message:
    return failed("41000", **{"type": "WHATSAPP", "body": FREE} | more)


TEMPLATE = {"type": "template", "template": {"name": "ready", "language": {"code": "en"}}}


def test_a_window_that_was_open_and_a_template_are_not_blamed(db, login):
    client = login("support")
    template = text(client.get(page_of(whatsapp(body=TEMPLATE))))
    just_now = timezone.now() - timedelta(hours=2)
    hear("received", inbound(type="WHATSAPP", received_at=just_now.isoformat()), at=just_now)
    answer = text(client.get(page_of(whatsapp())))

    for page in (template, answer):
        assert "24 hours were over" not in page
        assert TEXTS[Say.WHATSAPP_REFUSED]["en"] in page
    assert "They had written within the 24 hours before." in answer


def test_a_phone_that_kept_its_carrier_did_not_move(db, login):
    ago = timezone.now() - timedelta(days=3)
    hear("finalized", outbound(status="delivered", received_at=ago.isoformat()), at=ago)

    page = text(login("support").get(page_of(failed("40001", line_type="Wireless"))))

    assert "seems to have moved" not in page


def test_a_registered_campaign_is_not_blamed(db, login):
    message = failed("40008", to=US_THEIRS, tcr_campaign_registered="REGISTERED", **FROM_US)

    page = text(login("support").get(page_of(message)))

    assert "wasn't on a registered campaign" not in page
    assert re.search(r"The campaign \(10DLC\) ?: Registered", page)


def test_the_language_is_chosen_beside_the_text(db, login):
    client, message = login("support"), failed("40002")

    html = client.get(f"{page_of(message)}?say=es").content.decode()

    assert 'href="?say=zh-hans#for-the-customer"' in html
    assert '<span lang="es" translate="no">' in html
    assert "su número que termina en 0001" in html
    assert client.get(f"{page_of(message)}?say={uuid.uuid4()}").status_code == 200
    assert json.dumps(OURS)[1:-1] not in html.split("For the customer")[1].split("</p>")[0]
