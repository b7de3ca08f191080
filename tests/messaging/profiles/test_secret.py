"""A new secret goes once to the person who asked, and nowhere else: not to a row, a log, a queue or a page."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from messaging.models import MessagingProfile, NewSecret
from messaging.models.profiles import without_secrets
from tests.messaging.profiles.conftest import MANAGE, browser_of, fields, newest, person, text, url
from tests.sandbox.hosted_control import PROFILE_ID

State = OutboxEntry.State
CANARY = "canary-8f2b-secret-of-telnyx"


def renew(desk, profile):
    desk.post(url(profile, "secret"), fields(desk, url(profile, "secret")))
    return newest("regenerate_secret")


def secret_at(sandbox) -> str:
    return sandbox.profile(PROFILE_ID)["v1_secret"]


def renewals(sandbox) -> int:
    return len(sandbox.requests("POST", "regenerate_secret"))


def every_row() -> str:
    """Return the whole database as text, including sessions and the admin's log."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - names from the database itself
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


def test_it_is_shown_once_to_the_person_who_asked(desk, profile, sandbox, work):
    entry = work(renew(desk, profile))
    page = text(desk.get(url(profile)))
    form = {"entry": str(entry.pk)}

    first = text(desk.post(url(profile, "reveal"), form))
    second = desk.post(url(profile, "reveal"), form, follow=True)

    assert entry.state == State.ACCEPTED
    assert "The new secret is here for you, once" in page
    assert secret_at(sandbox) not in page
    assert secret_at(sandbox) in first
    assert secret_at(sandbox) not in text(second)
    assert "There is nothing left to read, or it is for someone else" in text(second)
    assert bytes(NewSecret.objects.get().sealed) == b""


def test_nobody_else_reads_it_whatever_they_may(desk, profile, sandbox, work):
    entry = work(renew(desk, profile))
    other = browser_of(person("other", *MANAGE))

    page = text(other.get(url(profile)))
    answer = other.post(url(profile, "reveal"), {"entry": str(entry.pk)}, follow=True)

    assert "Only operator can read it." in page
    assert secret_at(sandbox) not in text(answer)
    assert secret_at(sandbox) in text(desk.post(url(profile, "reveal"), {"entry": str(entry.pk)}))


def test_it_is_erased_when_nobody_reads_it_in_time(desk, profile, sandbox, work, chore):
    entry = work(renew(desk, profile))
    NewSecret.objects.update(readable_until=timezone.now() - timedelta(seconds=1))

    late = text(desk.post(url(profile, "reveal"), {"entry": str(entry.pk)}, follow=True))
    chore()

    assert secret_at(sandbox) not in late
    assert "A new secret was created, but no one read it in time" in late
    assert bytes(NewSecret.objects.get().sealed) == b""


def test_a_lost_answer_is_recognized_by_the_changed_secret_and_never_sent_again(
    desk, profile, sandbox, work, client
):
    sync.refresh(profile, client)
    sandbox.fault("store_then_lose", method="POST")

    entry = work(renew(desk, profile))
    shown = text(desk.post(url(profile, "reveal"), {"entry": str(entry.pk)}))

    assert (entry.state, entry.resolution) == (State.ACCEPTED, OutboxEntry.Resolution.ADOPTED)
    assert renewals(sandbox) == 1
    assert secret_at(sandbox) in shown


def test_a_request_that_never_arrived_is_left_to_a_person(desk, profile, sandbox, work, client):
    sync.refresh(profile, client)
    sandbox.fault("status", status=503, method="POST")

    entry = work(renew(desk, profile), State.NEEDS_PERSON)

    assert "Telnyx still shows the previous secret" in entry.reason
    assert renewals(sandbox) == 1


def test_without_the_mark_of_the_secret_before_nothing_is_guessed(desk, profile, sandbox, work):
    assert profile.secret_mark == ""
    desk_form = {"form_token": "a"}
    sandbox.fault("store_then_lose", method="POST")

    desk.post(url(profile, "secret"), desk_form)
    entry = work(newest("regenerate_secret"), State.NEEDS_PERSON)

    assert "tell whether it changed" in entry.reason
    assert renewals(sandbox) == 1


def test_a_second_click_makes_no_second_secret(desk, profile, sandbox, work):
    form = fields(desk, url(profile, "secret"))

    desk.post(url(profile, "secret"), form)
    desk.post(url(profile, "secret"), form)
    work(newest("regenerate_secret"))
    desk.post(url(profile, "secret"), form)

    assert renewals(sandbox) == 1
    assert OutboxEntry.objects.filter(operation="regenerate_secret").count() == 1


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.promise("X94")
def test_no_secret_is_kept_anywhere(desk, profile, sandbox, client, work, caplog, lost):
    caplog.set_level(logging.DEBUG)
    sandbox.edit_profile(PROFILE_ID, v1_secret=CANARY)
    sync.pull(MessagingProfile, client)
    sync.refresh(profile, client)
    if lost:
        sandbox.fault("store_then_lose", count=2)

    outbox.add(profile, "update", requested_by=None, changes={"name": "Renamed"})
    work(newest("update"))
    sandbox.clear_faults()
    if lost:
        sandbox.fault("store_then_lose", method="POST")
    entry = work(renew(desk, profile))
    fresh = secret_at(sandbox)
    pages = [url(profile), url(profile, "edit"), url(profile, "secret"), "/admin/"]
    seen = "\n".join(text(desk.get(page)) for page in pages)

    assert fresh not in (CANARY, "")
    assert entry.state == State.ACCEPTED
    for secret in (CANARY, fresh):
        assert secret not in every_row()
        assert secret not in caplog.text
        assert secret not in seen
    desk.post(url(profile, "reveal"), {"entry": str(entry.pk)})
    assert fresh not in every_row()
    assert fresh not in caplog.text


def test_a_created_profile_keeps_no_secret(desk, sandbox, work):
    form = fields(desk, "/admin/messaging/messagingprofile/add/") | {"name": "New"}
    desk.post("/admin/messaging/messagingprofile/add/", form)

    work(newest("create"))

    made = MessagingProfile.objects.get(name="New")
    assert made.secret_mark
    assert sandbox.profile(made.remote_id)["v1_secret"] not in every_row()


def test_a_secret_is_left_out_wherever_it_comes():
    assert without_secrets({"id": "a", "v1_secret": "s3cret"}) == {"id": "a"}
