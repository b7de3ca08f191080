"""Who opened what: auditors find it by person, day and words of the reason, as it's shown, and take it along."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.utils import timezone

from messaging.mirror import clock
from messaging.mirror.models import RecordView
from messaging.models import OptOut, Reveal
from tests.desk.lists import queries

VIEWS, MESSAGES = "/admin/mirror/recordview/", "/admin/messaging/reveal/"


def test_views_are_found_by_person_day_and_reason(login):
    ana, bo = (User.objects.create(username=name, is_staff=True) for name in ("ana", "bo"))
    now = clock.now()
    for user, at, reason in (
        (ana, now, "Invoice dispute, asked from +13125550186"),
        (bo, now - timedelta(days=3), "Carrier asked for the wording"),
    ):
        RecordView.objects.create(user=user, kind="messaging.optout", key="1", reason=reason, at=at)
        Reveal.objects.create(
            user=user, message_id=1, remote_id="0186c0de-0000-4000-8000-000000000001", reason=reason, at=at
        )
    auditor = login("auditor")
    today = timezone.localdate(now).isoformat()
    yesterday = timezone.localdate(now - timedelta(days=1)).isoformat()

    for address in (VIEWS, MESSAGES):

        def found(query, address=address):
            answer = auditor.get(address + query)
            assert answer.status_code == 200
            assert not answer.context["messages"]
            return {row.user.username for row in answer.context["cl"].result_list}

        assert found("") == {"ana", "bo"}
        assert found("?who=an") == {"ana"}
        assert found("?who=nobody") == set()
        assert found(f"?since={today}") == found(f"?since={today}&until={today}") == {"ana"}
        assert found(f"?until={yesterday}") == {"bo"}
        assert found("?since=x&until=9999-12-31") == {"ana", "bo"}
        assert found("?q=dispute") == {"ana"}
        assert found("?q=bo") == {"bo"}
        assert found("?q=312555") == set()
        page = auditor.get(f"{address}?who=an&since={today}").content.decode()
        assert 'type="date"' in page
        assert len(queries(auditor, f"{address}?who=a&since={yesterday}&q=dispute")) <= 14


def test_a_person_is_found_by_the_words_of_their_name_as_in_the_search(login):
    pat = User.objects.create(username="pk7", first_name="Pat", last_name="Keeper", is_staff=True)
    other = User.objects.create(username="patsy", first_name="Patsy", last_name="Lind", is_staff=True)
    for user in (pat, other):
        RecordView.objects.create(user=user, kind="messaging.optout", key="1", reason="Ticket 12 of a caller")
        Reveal.objects.create(user=user, message_id=1, remote_id="0186c0de-0000-4000-8000-000000000001")
    admin = login("admin")

    for address in (VIEWS, MESSAGES):
        for query in ("?who=Pat+Keeper", "?q=Pat+Keeper", "?who=keeper+pk7"):
            assert {row.user for row in admin.get(address + query).context["cl"].result_list} == {pat}, query
    assert admin.get(f"{VIEWS}?q=caller+ticket").context["cl"].result_list
    searched = admin.post("/admin/desk/find/", {"q": "Pat Keeper"}, follow=True).content.decode()
    assert "Pat Keeper" in searched
    assert "Patsy" not in searched


def test_auditors_take_who_opened_what_along_as_it_is_shown(login):
    user = User.objects.create(username="ana", is_staff=True)
    out = OptOut.objects.create(to_number="+13125550186", keyword="STOP", stopped_at=clock.now())
    now = clock.now()
    for n, reason in enumerate(("=HYPERLINK(1) for +13125550186", "Carrier asked")):
        at = now - timedelta(days=3 * n)
        RecordView.objects.create(user=user, kind="messaging.optout", key=str(out.pk), reason=reason, at=at)
        Reveal.objects.create(
            user=user, message_id=1, remote_id="0186c0de-0000-4000-8000-000000000001", reason=reason, at=at
        )
    auditor = login("auditor")
    today = timezone.localdate(now).isoformat()

    def rows(address: str) -> list[dict[str, str]]:
        answer = auditor.get(address)
        assert answer.status_code == 200
        return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode()[1:])))

    for address, about in ((VIEWS, "1 312 *** 0186"), (MESSAGES, "")):
        assert len(rows(f"{address}csv/")) == 2
        [row] = rows(f"{address}csv/?since={today}&who=ana")
        assert (
            "Exported 1 row as CSV (filters: first day, person)"
            in LogEntry.objects.latest("pk").change_message
        )
        assert (row["Who"], row["Why"]) == ("ana", "'=HYPERLINK(1) for ***0186")
        assert row.get("Record", row.get("Message")) == about
        assert "5550186" not in str(row)
        link = f'href="{address}csv/?since={today}"'
        assert link in auditor.get(f"{address}?since={today}").content.decode()


@pytest.mark.parametrize("address", [VIEWS, MESSAGES])
def test_others_who_see_the_views_take_no_file(login, address):
    compliance = login("compliance")

    assert "csv/" not in compliance.get(address).content.decode().split('id="content-main"')[1]
    assert compliance.get(f"{address}csv/").status_code == 403
    assert login("support").get(f"{address}csv/").status_code == 403
