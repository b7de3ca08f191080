"""The page of one of our senders."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.log import health
from messaging.models import Message
from tests.messaging.bodies import OURS, error, party
from tests.messaging.log.conftest import LIST, page_of

OTHER = "+15550100012"
EVERYBODY = ["compliance", "approver", "operator", "support", "auditor", "admin", "nobody"]


def failed(told, code: str, **more):
    return told(status="delivery_failed", errors=[error(code=code)], **more)


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.promise("X86")
def test_the_page_is_for_people_who_may_view_the_log(login, told, name):
    message = told()

    assert login(name).get(page_of(message, "sender")).status_code == (403 if name == "nobody" else 200)


@pytest.mark.promise("F66")
def test_a_sender_has_its_volume_failures_by_code_and_charts(login, told):
    now = timezone.now()
    message = told(status="delivered")
    told(status="delivered", at=now - timedelta(days=3))
    told(status="sent")
    told(came_in=True)
    failed(told, "40001")
    failed(told, "40001", at=now - timedelta(hours=30))
    failed(told, "40300", at=now - timedelta(days=2))
    failed(told, "40300", at=now - timedelta(days=8))
    failed(told, "40002", **{"from": party(OTHER)})

    answer = login("operator").get(page_of(message, "sender"))
    day, week = answer.context["health"].periods
    page = answer.content.decode()

    assert (day.counts["sent"], day.counts["failed"], day.counts["received"]) == (3, 1, 1)
    assert (week.counts["sent"], week.counts["delivered"], week.counts["open"]) == (6, 2, 1)
    assert (day.rate, week.rate) == ("33.3%", "50.0%")
    assert [(row.code, row.n, row.share) for row in week.codes] == [
        ("40001", 2, "33.3%"),
        ("40300", 1, "16.7%"),
    ]
    assert [sum(row[1] for row in period.rows) for period in (day, week)] == [3, 6]
    assert [len(period.rows) for period in (day, week)] == [24, 28]
    assert page.count("<polyline") == 2 * (3 + 3)
    assert "style=" not in page.partition('id="content-main"')[2].partition("desk-zone")[0]
    assert "+1 555 010 0011" in page
    assert OURS not in answer.request["PATH_INFO"]


def test_a_sender_with_more_than_is_read_says_so(login, told):
    now = timezone.now()
    message = told(status="delivered", at=now - timedelta(days=2))
    common = {
        name: getattr(message, name)
        for name in ("direction", "our_address", "status", "status_at", "details_at")
    }
    Message.objects.bulk_create(
        Message(**common, remote_id=uuid.uuid4(), happened_at=now - timedelta(minutes=1, seconds=number))
        for number in range(health.MOST)
    )

    answer = login("operator").get(page_of(message, "sender"))

    found = answer.context["health"]
    assert found.periods[1].counts["sent"] == health.MOST
    assert found.looked_back_to == now - timedelta(minutes=1, seconds=health.MOST - 1)
    assert "more messages than this page reads" in answer.content.decode()
    # What was not counted is not shown as zero.
    assert len(found.periods[0].rows) < 24


def test_the_page_of_a_message_and_the_log_of_a_sender_lead_there(login, told):
    message = told()
    client = login("operator")

    assert page_of(message, "sender") in client.get(page_of(message)).content.decode()
    answer = client.post(f"{LIST}find/", {"q": "", "sender": OURS}, follow=True)
    assert page_of(message, "sender") in answer.content.decode()


@pytest.mark.promise("F66")
def test_a_quiet_sender_is_called_quiet(login, told):
    message = told(at=timezone.now() - timedelta(days=20))

    assert (
        "This sender has no messages in this period"
        in login("operator").get(page_of(message, "sender")).content.decode()
    )
