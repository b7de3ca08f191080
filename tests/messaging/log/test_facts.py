"""The plain facts of a message need nobody's reason, and the log is filtered by two more of them."""

import pytest

from tests.messaging.bodies import OURS, error, party
from tests.messaging.log.conftest import LIST, found, page_of, shown
from tests.tollfree.pages import text

US_OURS, US_THEIRS = "+13125550100", "+13125550188"
TOKEN = "3f0c9f4be57d4b6f8a40b9dbd1d0c3aa"
TOLD = {
    "tcr_campaign_id": "CX1Y2Z3",
    "tcr_campaign_registered": "REGISTERED",
    "cost": {"amount": "0.0065", "currency": "USD"},
    "cost_breakdown": {
        "rate": {"amount": "0.00400", "currency": "USD"},
        "carrier_fee": {"amount": "0.0025", "currency": "USD"},
    },
    "wait_seconds": 93.4,
    "tags": ["orders", "vip"],
    "webhook_url": f"https://desk.example.com/webhooks/telnyx/{TOKEN}/?key=hush-4711",
    "webhook_failover_url": "https://me:pass@app.example.com/hooks",
    "from": party(US_OURS, carrier="Telnyx", line_type="VoIP"),
    "to": [party(US_THEIRS, "delivered", carrier="PRAIRIE MOBILE", line_type="Pre-Paid Wireless")],
}


def test_the_card_shows_plain_facts_without_a_reason_and_no_secret(told, login):
    answer = login("auditor").get(page_of(told(**TOLD)))

    card = text(answer).split("Details", 1)[1]
    for words in (
        "Their carrier PRAIRIE MOBILE · Pre-Paid Wireless",
        "Our carrier Telnyx · VoIP",
        "Campaign (10DLC) Registered · CX1Y2Z3",
        "Cost 0.0065 USD",
        "Telnyx 0.004 USD + carrier fee 0.0025 USD",
        "93 seconds at most",
        "orders, vip",
        "https://desk.example.com/webhooks/telnyx/…/",
        "https://app.example.com/hooks",
    ):
        assert words in card, words
    for secret in (TOKEN, "hush-4711", "pass@"):
        assert secret not in answer.content.decode()


@pytest.mark.parametrize(
    "odd", [None, "x", [], {"rate": "x", "carrier_fee": {"amount": "1E+999999"}}, True, -1]
)
def test_odd_facts_are_left_out(told, login, odd):
    names = ("cost_breakdown", "wait_seconds", "tags", "webhook_url", "tcr_campaign_id", "from")

    answer = login("support").get(page_of(told(**dict.fromkeys(names, odd))))

    assert answer.status_code == 200
    assert "Cost, in parts" not in answer.content.decode()


def test_the_log_is_filtered_by_campaign_and_by_what_errors_are_about(told, login):
    sides = {"from": party(US_OURS)}
    fine = told(tcr_campaign_registered="REGISTERED", **sides)
    other = told(tcr_campaign_registered="EXPIRED", **sides)
    none = told(**sides)
    came = told(came_in=True)
    spam = [
        told(
            to=[party(US_THEIRS, "delivery_failed")],
            errors=[error(code)],
            tcr_campaign_registered="REGISTERED",
        )
        for code in ("40002", "40017")
    ]
    limit = told(
        to=[party(US_THEIRS, "delivery_failed")], errors=[error("40018")], tcr_campaign_registered="EXPIRED"
    )
    client = login("support")

    def rows(query: str) -> set[int]:
        return set(shown(client.get(f"{LIST}?{query}")))

    assert rows("campaign=registered") == {fine.pk, *(row.pk for row in spam)}
    assert rows("campaign=other") == {other.pk, limit.pk}
    assert rows("campaign=none") == {none.pk}
    assert came.pk not in rows("campaign=none")
    assert rows("errors=spam") == {row.pk for row in spam}
    assert rows("errors=limits&campaign=other") == {limit.pk}
    assert rows("errors=nonsense") == rows("all=1")
    assert set(shown(found(client, US_THEIRS, errors="spam"))) == {row.pk for row in spam}
    page = text(client.get(f"{LIST}?errors=spam&campaign=registered"))
    assert "errors: Spam filters and content" in page
    assert "campaign: Registered" in page
    assert OURS not in page
