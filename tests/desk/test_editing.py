"""A calm notice that a colleague is editing a record now. It blocks nobody."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from hosted.models import HostedOrder
from messaging.models import Editing
from tests.desk.colleagues import browser, colleague, url
from tests.desk.waiting import asked
from tests.tollfree.pages import text

ROLES = ["compliance", "approver", "operator", "support", "auditor", "admin", "nobody"]
WORDS = "Dana Fox is editing this now."


def request():
    return asked("Northwind")


def draft():
    return HostedOrder.objects.create(note="Northwind")


MAKERS = [(request, {"compliance", "operator", "admin"}), (draft, {"operator", "admin"})]


@pytest.mark.parametrize("make", [request, draft])
def test_a_colleague_with_the_form_open_is_named_until_they_leave_or_a_minute_passed(login, make):
    record, client = make(), login("operator")
    dana = colleague("dana", "operator", first_name="Dana", last_name="Fox")
    theirs = browser(dana)

    assert theirs.post(url(record, "editing")).content == b""
    assert WORDS in text(client.get(url(record, "change")))
    assert WORDS in client.post(url(record, "editing")).content.decode()
    assert "operator is editing this now." in theirs.post(url(record, "editing")).content.decode()
    assert WORDS not in text(theirs.get(url(record, "change")))  # not about oneself
    Editing.objects.filter(user=dana).update(seen_at=Now() - timedelta(seconds=80))
    assert WORDS not in text(client.get(url(record, "change")))
    theirs.post(url(record, "editing"))
    assert WORDS in text(client.get(url(record, "change")))
    assert theirs.post(url(record, "editing"), {"left": "1"}).status_code == 204
    assert WORDS not in text(client.get(url(record, "change")))
    record.refresh_from_db()
    assert record.version == 1


def test_it_blocks_no_save(login):
    record, client = asked("Northwind"), login("compliance")
    browser(colleague("dana", "compliance")).post(url(record, "editing"))

    client.post(url(record, "change"), {"business_name": "Northwind Ltd", "version": "1"})

    record.refresh_from_db()
    assert record.business_name == "Northwind Ltd"


@pytest.mark.parametrize(("make", "may"), MAKERS)
@pytest.mark.parametrize("role", ROLES)
def test_only_people_who_may_change_it_say_so_and_read_it(login, make, may, role):
    record, client = make(), login(role)

    assert client.post(url(record, "editing")).status_code == (200 if role in may else 403)
    assert Editing.objects.exists() == (role in may)
    assert client.get(url(record, "editing")).status_code == 405


def test_rows_that_nobody_ended_are_deleted_by_the_next(login):
    record, other = asked("Northwind"), asked("Other")
    browser(colleague("dana", "compliance")).post(url(record, "editing"))
    Editing.objects.update(seen_at=Now() - timedelta(hours=2))

    login("compliance").post(url(other, "editing"))

    assert Editing.objects.get().resource_id == other.pk


@pytest.mark.browser
def test_the_open_form_says_so_once_something_is_typed_and_when_it_is_left(open_desk):
    record, dana = asked("Northwind"), colleague("dana", "compliance", first_name="Dana", last_name="Fox")
    browser(dana).post(url(record, "editing"))
    page = open_desk("compliance")
    home = page.url

    page.goto(page.url.replace("/admin/", url(record, "change")))
    page.locator("#desk-editing").wait_for(state="visible")
    assert WORDS in page.locator("#desk-editing").inner_text()
    assert not Editing.objects.exclude(user=dana).exists()  # looking alone is not editing
    with page.expect_response(lambda answer: answer.url.endswith("/editing/")):
        page.locator("#id_business_city").fill("Springfield")
    assert Editing.objects.exclude(user=dana).exists()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(home)
    for _wait in range(50):
        if not Editing.objects.exclude(user=dana).exists():
            break
        page.wait_for_timeout(100)
    assert not Editing.objects.exclude(user=dana).exists()
