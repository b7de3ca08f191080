"""The case of a request that cannot be approved is closed with a reason, and opened again."""

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from messaging.mirror import clock
from messaging.mirror.models import Fact, OutboxEntry, Source
from tests.tollfree.pages import LIST, at_telnyx, change, fields, text
from tollfree import turns
from tollfree.models import VerificationRequest
from tollfree.rejections import after

WHY = {"reason": "A casino; the carriers never approve those."}


def case(request: VerificationRequest) -> str:
    return f"{LIST}{request.pk}/case/"


@pytest.fixture
def rejected(make) -> VerificationRequest:
    return at_telnyx(make, "Rejected", remote_reason="SHAFT content")


def waiting() -> list[VerificationRequest]:
    return list(VerificationRequest.objects.filter(turns.in_group(*turns.OURS)))


@pytest.mark.promise("A5")
def test_a_closed_case_leaves_the_work_and_is_on_record(login, rejected):
    client = login("compliance")
    assert "Close case" in text(client.get(change(rejected)))
    assert waiting() == [rejected]

    answer = client.post(case(rejected), fields(client, case(rejected)) | WHY | {"close": "1"}, follow=True)

    assert "Case closed. Nothing was sent to Telnyx" in text(answer)
    assert "Reopen case" in text(answer)
    assert waiting() == []
    assert f'href="{change(rejected)}' not in client.get("/admin/").content.decode()
    rejected.refresh_from_db()
    assert (rejected.due_at(), rejected.version) == (None, 1)
    act = LogEntry.objects.get(change_message__startswith="Case closed")
    assert (str(act.user), act.object_id) == ("compliance", str(rejected.pk))
    assert WHY["reason"] in text(answer)
    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("A5")
def test_a_closed_case_can_be_reopened_with_a_reason(login, rejected):
    client = login("compliance")
    client.post(case(rejected), WHY | {"close": "1"})

    answer = client.post(case(rejected), {"reason": "The owner sold the casino.", "reopen": "1"}, follow=True)

    assert "Case reopened" in text(answer)
    assert waiting() == [rejected]
    assert "The owner sold the casino." in text(answer)


@pytest.mark.parametrize("reason", ["", "ok", "......", "xxxxxxxx"])
def test_it_is_closed_only_for_a_reason_that_says_something(login, rejected, reason):
    client = login("compliance")

    answer = client.post(case(rejected), {"reason": reason, "close": "1"})

    assert "Nothing was changed. Say why" in text(answer)
    assert waiting() == [rejected]


@pytest.mark.parametrize("status", ["In Progress", "Waiting For Vendor", "Waiting For Customer", "Verified"])
def test_only_what_telnyx_rejected_can_be_closed(login, make, status):
    request, client = at_telnyx(make, status), login("compliance")

    answer = client.post(case(request), WHY | {"close": "1"}, follow=True)

    assert "Nothing was closed" in text(answer)
    assert "Close case" not in text(client.get(change(request)))
    request.refresh_from_db()
    assert request.closed_answer_at is None


@pytest.mark.parametrize("role", ["support", "auditor"])
def test_who_may_not_change_requests_closes_no_case(login, rejected, role):
    client = login(role)

    assert client.get(case(rejected)).status_code == 403
    assert client.post(case(rejected), WHY | {"close": "1"}).status_code == 403
    assert "Close case" not in text(client.get(change(rejected)))
    assert waiting() == [rejected]


@pytest.mark.promise("A5")
def test_a_new_answer_of_telnyx_opens_the_case(login, rejected):
    login("compliance").post(case(rejected), WHY | {"close": "1"})

    said = Fact("Rejected", timezone.now(), "Website is not accessible.")
    rejected.apply({}, source=Source.WEBHOOK, as_of=clock.now(), facts=[said])

    assert waiting() == [rejected]


@pytest.mark.promise("A5")
def test_a_correction_that_is_submitted_opens_the_case(login, make):
    request, client = (
        at_telnyx(make, "Rejected", remote_reason="Website is not accessible"),
        login("compliance"),
    )
    client.post(case(request), WHY | {"close": "1"})
    url = f"{LIST}{request.pk}/submit/"
    form = fields(client, url)
    request.refresh_from_db()
    rejection = after.of(request, [])
    confirmed = {ask.name: ask.value for ask in rejection.asks()} if rejection else {}
    reason = {"reason": "Checked with the owner."} if "reason" in form else {}

    client.post(url, form | confirmed | reason)

    request.refresh_from_db()
    assert OutboxEntry.objects.get().operation == "update"
    assert request.closed_answer_at is None


def test_of_two_tabs_the_second_says_that_it_was_done(login, rejected):
    client = login("compliance")
    client.post(case(rejected), WHY | {"close": "1"})

    again = client.post(case(rejected), WHY | {"close": "1"}, follow=True)

    assert "Nothing was changed: the case was closed already" in text(again)
    assert LogEntry.objects.filter(change_message__startswith="Case closed").count() == 1
