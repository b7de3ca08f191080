"""What people make in Telnyx's portal appears here by itself, and at once at the press of a button."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.models import F
from django.utils import timezone

from hosted.models import HostedNumber, HostedOrder
from messaging.looks import look
from messaging.mirror import breaker, heartbeat, locks, pace
from messaging.mirror.models import Heartbeat, OutboxEntry
from messaging.mirror.records import sync
from messaging.models import Look, MessagingProfile
from messaging.models.looks import EVERY, LONGEST
from tests.sandbox.control import sample_request
from tests.stack import wait_until
from tollfree.models import VerificationRequest

REQUESTS, ORDERS, NUMBERS = (
    "/admin/tollfree/verificationrequest/",
    "/admin/hosted/hostedorder/",
    "/admin/hosted/hostednumber/",
)
MODELS: dict[str, Any] = {REQUESTS: VerificationRequest, ORDERS: HostedOrder, NUMBERS: HostedNumber}
LISTED = {
    REQUESTS: "verification/request",
    ORDERS: "messaging_hosted_number_orders",
    NUMBERS: "messaging_hosted_numbers",
}


@pytest.fixture
def round_of_looks(client) -> Callable[[], int]:
    """Do all looks that are due, as the worker does in a few of its rounds; return how many."""

    def done() -> int:
        heartbeat.beat(Heartbeat.WORKER)
        return sum(look.look_due(client) for _round in range(2 * len(look.kinds())))

    return done


def make(sandbox, url: str) -> str:
    """Make a record as people do in the portal; return its Telnyx id."""
    if url == REQUESTS:
        return sandbox.seed(sample_request(businessName="Made in the portal"))["id"]
    order = sandbox.seed_hosted_order(["+13125550177"], status="successful" if url == NUMBERS else None)
    if url == ORDERS:
        return order["id"]
    return sandbox.call("GET", "/hosted_numbers")[-1]["id"]


def said(browser, url: str) -> str:
    page = unescape(browser.get(url).content.decode())
    return " ".join(page.split('id="look"')[1].split("</form>")[0].split("<form")[0].split())


def later(by: timedelta = EVERY) -> None:
    Look.objects.update(began_at=F("began_at") - by, ended_at=F("ended_at") - by, asked_at=F("asked_at") - by)


@pytest.mark.parametrize("url", MODELS)
def test_what_is_made_in_the_portal_appears_by_itself(login, sandbox, round_of_looks, url):
    browser = login("admin")
    round_of_looks()
    before = said(browser, url)
    remote_id = make(sandbox, url)

    soon = round_of_looks()
    assert not MODELS[url].objects.filter(remote_id=remote_id).exists()
    later()
    round_of_looks()

    assert soon == 0
    assert timedelta(minutes=15) >= EVERY * 2  # even if one look fails
    row = MODELS[url].objects.get(remote_id=remote_id)
    assert "nothing new." in before
    assert "1 new." in said(browser, url)
    page = browser.get(f"{url}{row.pk}/change/").content.decode()
    assert ("Found at Telnyx" if url == NUMBERS else "Found at Telnyx and imported") in page
    assert "Draft started" not in page


@pytest.mark.parametrize("url", MODELS)
def test_the_button_looks_at_once_and_twice_is_one_look(login, sandbox, client, round_of_looks, url):
    browser = login("admin")
    round_of_looks()
    remote_id = make(sandbox, url)
    before = len(sandbox.requests("GET", LISTED[url]))

    for _press in range(2):
        assert browser.post(f"{url}look/").url == url
    waiting = said(browser, url)
    done = round_of_looks()

    assert "data-desk-refresh" in waiting
    assert "Looking for new ones at Telnyx" in waiting
    assert done == (2 if url == NUMBERS else 1)  # the profiles with the numbers
    assert len(sandbox.requests("GET", LISTED[url])) - before <= 2
    assert MODELS[url].objects.filter(remote_id=remote_id).exists()
    after = said(browser, url)
    assert "1 new." in after
    assert "Show the list again" in after
    assert "data-desk-refresh" not in after


def test_profiles_appear_too(sandbox, round_of_looks):
    round_of_looks()
    made = sandbox.seed_profile("Made in the portal")

    later()
    round_of_looks()

    assert MessagingProfile.objects.get(remote_id=made["id"]).name == "Made in the portal"


def test_a_look_reads_one_page_of_a_long_list_if_nothing_is_new(sandbox, client, monkeypatch):
    for n in range(5):
        sandbox.seed(sample_request(businessName=f"Number {n}"))
    monkeypatch.setitem(sync.pages.PAGED, VerificationRequest.wire.pages, (sync.pages.RECORDS, 2))

    first = sync.find_new(VerificationRequest, client)
    before = len(sandbox.requests("GET", LISTED[REQUESTS]))
    second = sync.find_new(VerificationRequest, client)
    after = len(sandbox.requests("GET", LISTED[REQUESTS]))

    assert len(first.imported) == 5
    assert (second.imported, second.is_short) == ([], False)
    assert after - before == 2  # the first page and the last


@pytest.mark.parametrize("known", [{0}, {4}, {0, 4}, {2}, {0, 1, 3, 4}, set(), {0, 1, 2, 3, 4}])
def test_new_ones_are_found_wherever_they_are_in_the_list(sandbox, client, monkeypatch, known):
    ids = [sandbox.seed(sample_request(businessName=f"Number {n}"))["id"] for n in range(5)]
    for n in known:
        VerificationRequest.objects.create(remote_id=ids[n], sync_state="accepted")
    monkeypatch.setitem(sync.pages.PAGED, VerificationRequest.wire.pages, (sync.pages.RECORDS, 1))
    Look.objects.create(
        kind=VerificationRequest._meta.label,
        began_at=timezone.now() - EVERY,
        ended_at=timezone.now() - EVERY,
        whole_at=timezone.now() - timedelta(hours=1),
    )
    for kind in look.kinds():
        if kind != VerificationRequest._meta.label:
            Look.objects.create(kind=kind, began_at=timezone.now(), ended_at=timezone.now())

    assert look.look_due(client) == 1

    assert set(VerificationRequest.objects.values_list("remote_id", flat=True)) == set(ids)
    assert Look.objects.get(pk=VerificationRequest._meta.label).found == 5 - len(known)


def test_what_may_be_the_result_of_an_unclear_create_is_left_until_that_is_settled(
    login, sandbox, submit, round_of_looks
):
    browser = login("admin")
    round_of_looks()
    entry = submit()
    remote_id = make(sandbox, REQUESTS)

    browser.post(f"{REQUESTS}look/")
    round_of_looks()
    left = said(browser, REQUESTS)
    assert not VerificationRequest.objects.filter(remote_id=remote_id).exists()
    OutboxEntry.objects.filter(pk=entry.pk).update(state="cancelled", resolved_at=timezone.now())
    later()
    round_of_looks()

    assert "1 more may come from a request of ours" in left
    assert VerificationRequest.objects.filter(remote_id=remote_id).exists()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 500}, "Telnyx didn't answer in time."),
        ({"status": 429}, "Telnyx asked us to slow down."),
        ({"status": 404}, "Telnyx refused to show its list."),
    ],
)
def test_a_look_that_fails_says_so_in_plain_words(login, sandbox, round_of_looks, fault, words):
    browser = login("admin")
    round_of_looks()
    sandbox.fault("status", method="GET", path="verification", count=None, **fault)

    browser.post(f"{REQUESTS}look/")
    round_of_looks()

    shown = said(browser, REQUESTS)
    assert words in shown
    assert "didn't get everything" in shown
    assert "data-desk-refresh" not in shown
    assert "didn't get everything" not in said(browser, ORDERS)


def test_a_refused_key_is_named_and_the_look_waits_for_it(login, sandbox, round_of_looks):
    browser = login("admin")
    round_of_looks()
    sandbox.fault("status", method="GET", path="verification", count=None, status=401)
    remote_id = make(sandbox, REQUESTS)

    browser.post(f"{REQUESTS}look/")
    round_of_looks()
    stopped = said(browser, REQUESTS)
    browser.post(f"{REQUESTS}look/")
    assert round_of_looks() == 0
    sandbox.clear_faults()
    breaker.reopen()
    round_of_looks()

    assert "Telnyx refuses our API key" in stopped
    assert "data-desk-refresh" not in stopped
    assert VerificationRequest.objects.filter(remote_id=remote_id).exists()


def test_a_look_obeys_the_pace(login, sandbox, client, round_of_looks):
    browser = login("admin")
    round_of_looks()
    pace.pause(sync.READS, 600)
    before = len(sandbox.requests("GET"))

    browser.post(f"{REQUESTS}look/")
    round_of_looks()

    assert len(sandbox.requests("GET")) == before
    assert "Telnyx asked us to slow down." in said(browser, REQUESTS)


def test_a_look_whose_worker_died_is_repeated(login, sandbox, round_of_looks):
    browser = login("admin")
    round_of_looks()
    remote_id = make(sandbox, REQUESTS)
    Look.objects.filter(pk=VerificationRequest._meta.label).update(
        began_at=timezone.now() + timedelta(seconds=1)
    )

    running = said(browser, REQUESTS)
    assert round_of_looks() == 0
    Look.objects.update(
        began_at=timezone.now() - LONGEST, ended_at=timezone.now() - LONGEST - timedelta(seconds=9)
    )
    cut = said(browser, REQUESTS)
    round_of_looks()

    assert "Looking for new ones at Telnyx" in running
    assert "was interrupted. It will be repeated within a minute." in cut
    assert VerificationRequest.objects.filter(remote_id=remote_id).exists()


def test_one_process_looks_at_a_time(client, sandbox, db):
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({locks.ROUNDS}, {locks.LOOKING})")

    held = look.look_due(client)
    other.close()
    wait_until(lambda: look.look_due(client), 5, "the lock is free")

    assert held == 0


def test_the_page_says_that_no_worker_runs(login, db):
    browser = login("admin")

    browser.post(f"{REQUESTS}look/")

    assert "Our worker isn't running right now" in said(browser, REQUESTS)


def test_people_who_only_view_see_when_but_no_button(login, db):
    page = login("auditor").get(ORDERS).content.decode()

    assert 'id="look"' in page
    assert "Look for new at Telnyx" not in page


def test_the_button_is_a_post_with_a_csrf_token(login, db):
    browser = login("admin", enforce_csrf_checks=True)

    assert browser.post(f"{REQUESTS}look/").status_code == 403
    assert browser.get(f"{REQUESTS}look/").status_code == 405
    assert not Look.objects.exists()


def test_the_interval_is_below_a_quarter_of_an_hour():
    assert settings.PERIODIC["messaging.mirror.tasks.poll"] < EVERY.total_seconds() < 900 / 2
