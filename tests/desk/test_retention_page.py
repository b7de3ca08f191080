"""The page that says how long things are kept and what was deleted."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.html import escape

from messaging.mirror import retention
from messaging.mirror.models import Purge, WebhookEvent
from tests.desk.conftest import make_event

PAGE = "/admin/mirror/purge/"
MAY = ["compliance", "auditor", "admin"]


@pytest.mark.promise("F64")
def test_one_page_shows_the_days_of_every_rule_and_what_was_deleted(login, settings):
    settings.RETENTION_WEBHOOK_BODY_DAYS, settings.RETENTION_WEBHOOK_DAYS = 31, 0
    make_event(WebhookEvent.State.DONE)
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=32))
    retention.run()

    html = login("auditor").get(PAGE).content.decode()

    for rule in retention.rules():
        assert str(rule.label) in html
    assert html.count("kept for 31 days") == 2  # in the rule and in the run
    assert "kept indefinitely" in html
    for kept in retention.kept():
        assert escape(str(kept.label)) in html
        assert escape(str(kept.because)) in html
    assert Purge.objects.get().rows == 1


@pytest.mark.parametrize("name", [*MAY, "approver", "operator", "support", "nobody"])
@pytest.mark.promise("X86")
def test_the_retention_page_opens_for_people_who_may_view_it_and_nobody_changes_it(login, name):
    purge = Purge.objects.create(rule="messages", days=90, before=timezone.now())
    client = login(name)

    assert client.get(PAGE).status_code == (200 if name in MAY else 403)
    assert client.post(f"{PAGE}{purge.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{PAGE}add/", {"rule": "x"}).status_code == 403
    client.post(f"{PAGE}{purge.pk}/change/", {"rows": "7"})
    assert Purge.objects.get().rows == 0
