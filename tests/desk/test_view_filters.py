"""Who opened what: auditors find it by person, by day and by the words of the reason, as it's shown."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from messaging.mirror import clock
from messaging.mirror.models import RecordView
from messaging.models import Reveal
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
