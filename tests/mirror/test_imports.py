"""“Import from Telnyx”: people look first, then import; a worker reads, and the page says what it found."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hosted.models import HostedNumber, HostedOrder
from messaging.mirror import account, breaker, heartbeat, locks, pace, tasks
from messaging.mirror.models import Heartbeat, Import, ImportPart, Pace
from messaging.mirror.records import importing, sync
from messaging.models import AlphanumericSender, AutoResponse, MessagingProfile, OptOut
from messaging.telnyx.client import Client
from rcs.models import RcsAgent, RcsBrand
from tests.mirror.conftest import make_request
from tests.rcs.registering import BRAND
from tests.sandbox.control import sample_request
from tollfree.models import VerificationRequest

LIST = "/admin/mirror/import/"
TOLLFREE, ORDERS, PROFILES = (
    "tollfree.VerificationRequest",
    "hosted.HostedOrder",
    "messaging.MessagingProfile",
)
STATE = ImportPart.State
# Telnyx may not have these lists, so nothing but an import reads them.
REGISTRATIONS = ("rcs.RcsBrand", "rcs.RcsAgentRegistration")


@pytest.fixture
def round_of_work(client) -> Callable[..., None]:
    """Work as the worker does every two seconds, until the import has ended or waits."""

    def done(by: Any = client, rounds: int = 30) -> None:
        heartbeat.beat(Heartbeat.WORKER)
        for _round in range(rounds):
            importing.work(by)

    return done


def page(browser: Browser, url: str = "") -> str:
    """Return the text of the page of the newest import, or of another one."""
    url = url or f"{LIST}{Import.objects.first().pk}/change/"
    return " ".join(unescape(browser.get(url).content.decode()).split())


def look(browser: Browser, *kinds: str) -> Import:
    answer = browser.post(f"{LIST}look/", {"kind": kinds or [TOLLFREE]})
    assert answer.status_code == 302, answer.status_code
    return Import.objects.first()


def press(browser: Browser, button: str, found: Import) -> Any:
    return browser.post(f"{LIST}{found.pk}/{button}/")


def part(kind: str = TOLLFREE) -> ImportPart:
    return ImportPart.objects.filter(kind=kind).order_by("-pk")[0]


def later() -> None:
    """Let the wait before the next try be over."""
    Import.objects.update(next_at=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def seed(sandbox) -> Callable[..., str]:
    """Return what makes a request as people do in the portal; it returns Telnyx's id."""

    def made(name: str, **how: Any) -> str:
        return sandbox.seed(sample_request(businessName=name), **how)["id"]

    return made


@pytest.mark.promise("F31")
def test_a_look_says_what_is_new_changed_and_gone_and_changes_nothing(
    login, sandbox, seed, client, round_of_work
):
    browser = login("compliance")
    changed = seed("Known before")
    sync.pull(VerificationRequest, client)
    VerificationRequest.objects.create(
        remote_id="gone", sync_state="accepted", remote_as_of=timezone.now(), business_name="Was there"
    )
    sandbox.edit(changed, businessCity="Elsewhere")
    seed("Made in the portal")
    sandbox.clear_requests()
    before = list(VerificationRequest.objects.order_by("pk").values())

    look(browser)
    waiting = page(browser)
    round_of_work()
    said = page(browser)

    assert 'data-desk-refresh="2"' in waiting
    assert "Nothing is changed here" in waiting
    assert list(VerificationRequest.objects.order_by("pk").values()) == before
    assert {request["method"] for request in sandbox.requests()} == {"GET"}
    assert (part().seen, part().new, part().changed, part().missing) == (2, 1, 1, 1)
    for name in ("Made in the portal", "Known before", "Was there"):
        assert name in said
    assert "2 read" in said
    assert "This is what an import would do. Nothing has been changed yet." in said
    assert 'data-desk-refresh="2"' not in said


@pytest.mark.promise("F31")
def test_an_import_brings_each_request_with_its_status_history(login, sandbox, seed, round_of_work):
    browser = login("compliance")
    held = seed("Made in the portal")
    for status, reason in (
        ("Waiting For Customer", "Which brand?"),
        ("In Progress", None),
        ("Verified", None),
    ):
        sandbox.set_status(held, status, reason, webhook=False)
    history = sandbox.requests  # what it received
    looked = look(browser)
    round_of_work()
    sandbox.clear_requests()

    press(browser, "take", looked)
    round_of_work()

    row = VerificationRequest.objects.get()
    assert (row.remote_id, row.business_name, row.remote_status) == (held, "Made in the portal", "Verified")
    assert {change.status for change in row.history()} >= {"Waiting For Customer", "In Progress", "Verified"}
    assert "Which brand?" in {change.reason for change in row.history()}
    assert {request["method"] for request in history()} == {"GET"}
    assert len(history("GET", "status_history")) == 1
    said = page(browser)
    assert "The import has finished." in said
    assert "1 of 1" in said
    assert f"/admin/tollfree/verificationrequest/{row.pk}/change/" in said


def test_a_kind_with_nothing_to_import_says_so_and_offers_no_import(login, sandbox, round_of_work):
    browser = login("compliance")
    looked = look(browser)
    assert "0 read" not in page(browser)
    round_of_work()
    said = page(browser)

    assert "0 read" in said
    assert "Nothing is new, changed or gone since we last read it." in said
    assert "Everything is already here: there is nothing to import." in said
    assert f"{LIST}{looked.pk}/take/" not in said


def test_looks_and_imports_are_on_record_and_stay_readable(login, seed, round_of_work):
    browser = login("compliance")
    seed("Made in the portal")
    looked = look(browser)
    round_of_work()
    press(browser, "take", looked)
    round_of_work()

    listed = page(browser, LIST)

    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == [
        "Look at Telnyx: Toll-free verifications",
        "Import from Telnyx: Toll-free verifications",
    ]
    assert "Look only" in listed
    assert listed.count("compliance") >= 2
    assert "Made in the portal" in page(browser, f"{LIST}{looked.pk}/change/")


def test_an_edit_of_ours_is_never_overwritten(login, sandbox, seed, client, round_of_work):
    browser = login("compliance")
    held = seed("Larkspur")
    sync.pull(VerificationRequest, client)
    sync.poll_due(client)
    VerificationRequest.objects.update(business_city="Typed here", version=2)
    sandbox.edit(held, businessCity="Typed there", businessZip="99999")
    looked = look(browser)
    round_of_work()

    press(browser, "take", looked)
    round_of_work()

    row = VerificationRequest.objects.get()
    assert row.business_city == "Typed here"
    assert row.remote_data["businessCity"] == "Typed there"
    assert "business_city" in row.undecided()


def test_a_draft_is_left_alone(login, seed, round_of_work):
    browser = login("compliance")
    draft = make_request()
    seed("Made in the portal")
    looked = look(browser)
    round_of_work()
    press(browser, "take", looked)
    round_of_work()

    before, draft.version = draft.version, 0
    draft.refresh_from_db()
    assert (draft.version, draft.remote_id, draft.sync_state) == (before, None, "draft")
    assert part().missing == 0


@pytest.mark.promise("F31")
def test_everything_that_the_command_pulls_can_be_imported(login, sandbox, round_of_work):
    browser = login("admin")
    sandbox.seed_hosted_order(["+13125550177"], status="successful")
    sandbox.seed_agent("agent-1", "Larkspur")
    sandbox.seed_brand(**BRAND)
    profile = sandbox.seed_profile("Shop")
    sandbox.seed_sender("LARKSPUR", profile["id"])
    sandbox.opt_out(profile["id"], "+13125550100", "+14155550142")
    everything = list(importing.kinds())
    assert [box in page(browser, LIST) for box in everything] == [True] * len(everything)
    looked = look(browser, *everything)
    round_of_work()
    said = page(browser)
    assert not OptOut.objects.exists()

    press(browser, "take", looked)
    round_of_work()

    assert Import.objects.first().state == Import.State.DONE
    for model in (
        HostedOrder,
        HostedNumber,
        RcsAgent,
        RcsBrand,
        AlphanumericSender,
        MessagingProfile,
        OptOut,
    ):
        assert model._base_manager.exists(), model
    assert set(importing.kinds()) == {
        *(model._meta.label for model in sync.listed()),
        *(entries._meta.label for entries in sync.whole_lists()),
        *REGISTRATIONS,
    }
    assert "4155550142" not in said.replace(" ", "") + page(browser)


def test_answers_of_a_new_profile_are_imported_after_it(login, sandbox, round_of_work):
    browser = login("admin")
    profile = sandbox.seed_profile("Shop")
    sandbox.seed_autoresponse(profile["id"])
    kinds = ["messaging.AutoResponse", PROFILES]
    looked = look(browser, *kinds)
    round_of_work()
    assert "if Telnyx has other messaging profiles, import them first" in page(browser)
    press(browser, "take", looked)
    round_of_work()

    assert AutoResponse.objects.filter(profile__remote_id=profile["id"]).exists()


def test_what_comes_first_is_said_only_where_it_may_be_missing(login, sandbox, round_of_work):
    browser = login("admin")
    sandbox.seed_profile("Shop")
    looked = look(browser, "messaging.AutoResponse", PROFILES)
    round_of_work()
    before = page(browser)
    press(browser, "take", looked)
    round_of_work()
    look(browser, "messaging.AutoResponse", PROFILES)
    round_of_work()

    assert "import them first" in before
    assert "import them first" not in page(browser)


def test_who_may_not_import_what_comes_first_reads_who_does(login, sandbox, round_of_work):
    browser = login("compliance")
    start = page(browser, LIST)
    look(browser, "messaging.AutoResponse")
    round_of_work()

    for said in (start, page(browser)):
        assert "someone who may add messaging profiles imports them first" in said
        assert ": if Telnyx has other messaging profiles, import them first" not in said
    assert "Not offered to you: " in start
    assert "Not offered to you" not in page(login("admin"), LIST)


def test_only_the_first_names_are_shown_and_all_are_counted(login, seed, round_of_work):
    browser = login("compliance")
    for number in range(25):
        seed(f"Company {number:02}")
    looked = look(browser)
    round_of_work()
    said = page(browser)

    assert (part().new, said.count("Company ")) == (25, 20)
    assert "and more" in said
    press(browser, "take", looked)
    round_of_work()
    assert VerificationRequest.objects.count() == 25
    assert "25 of 25" in page(browser)


def test_a_second_import_says_that_one_is_running(login, seed, round_of_work):
    first, second = login("compliance"), login("operator")
    running = look(first)

    answer = second.post(f"{LIST}look/", {"kind": [ORDERS]}, follow=True)

    assert Import.objects.count() == 1
    assert answer.redirect_chain[-1][0] == f"{LIST}{running.pk}/change/"
    assert "an import is already running" in answer.content.decode()
    assert "compliance started it" in page(second, LIST)
    round_of_work()
    assert second.post(f"{LIST}look/", {"kind": [ORDERS]}).status_code == 302
    assert Import.objects.count() == 2


def test_two_workers_never_read_at_once(login, seed, round_of_work):
    look(login("compliance"))
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_lock({locks.ROUNDS}, {locks.IMPORTING})")
            round_of_work()
            assert (part().state, part().tries) == (STATE.WAITING, 0)
    finally:
        other.close()

    round_of_work()

    assert part().state == STATE.DONE


def test_an_import_waits_while_others_may_not_read_either(login, seed, round_of_work):
    browser = login("compliance")
    seed("Made in the portal")
    looked = look(browser)
    round_of_work()
    press(browser, "take", looked)
    pace.pause(sync.READS, 600)

    for _try in range(5):
        round_of_work(rounds=1)
        later()
    waiting = part()
    Pace.objects.update(paused_until=None)
    round_of_work()

    assert (waiting.state, waiting.in_full, waiting.problem) == (STATE.DETAILS, 0, "")
    assert (part().state, part().in_full) == (STATE.DONE, 1)


def test_a_limit_while_each_is_read_continues_where_it_was(login, sandbox, seed, round_of_work):
    browser = login("compliance")
    for number in range(3):
        seed(f"Company {number}")
    looked = look(browser)
    round_of_work()
    press(browser, "take", looked)
    sandbox.fault("status", status=429, method="GET", path="status_history", count=None)

    for _try in range(5):
        round_of_work()
        later()
        Pace.objects.update(paused_until=None)
    said = page(browser)

    assert (part().state, part().problem, part().new) == (STATE.FAILED, "slow", 3)
    assert "3 couldn't be read in full yet." in said
    assert VerificationRequest.objects.count() == 3


class Killed(BaseException):
    """The worker is gone: no `except Exception` runs."""


class Dying:
    """Telnyx's client in a worker that is killed at its nth read."""

    def __init__(self, client: Client, reads: int) -> None:
        self.client, self.left = client, reads

    def get(self, *args: Any, **options: Any) -> Any:
        if not self.left:
            raise Killed
        self.left -= 1
        return self.client.get(*args, **options)


@pytest.mark.parametrize("reads", range(8))
def test_a_worker_that_is_killed_leaves_nothing_that_the_next_one_cannot_continue(
    login, sandbox, seed, client, round_of_work, reads
):
    browser = login("compliance")
    for number in range(3):
        seed(f"Business {number}")
    looked = look(browser)
    round_of_work()
    press(browser, "take", looked)

    if reads < 7:
        with pytest.raises(Killed):
            round_of_work(Dying(client, reads))
    round_of_work()

    assert Import.objects.first().state == Import.State.DONE
    assert (part().new, part().in_full, part().unread) == (3, 3, 0)
    assert VerificationRequest.objects.count() == 3
    assert all(row.history().exists() for row in VerificationRequest.objects.all())
    assert part().names["new"] != []


def test_what_was_written_before_the_worker_was_killed_still_counts_as_new(
    login, seed, client, round_of_work
):
    browser = login("compliance")
    ids = [seed(f"Business {number}") for number in range(3)]
    looked = look(browser)
    round_of_work()
    press(browser, "take", looked)
    sync.pull(VerificationRequest, client)
    ImportPart.objects.filter(pk=part().pk).update(state=STATE.WRITING, made=ids, new=3, tries=1)

    round_of_work()

    assert (part().new, part().changed, part().in_full, part().made) == (3, 0, 3, [])


def test_a_list_that_kills_its_worker_three_times_is_given_up_in_words(login, seed, client, round_of_work):
    browser = login("compliance")
    look(browser, TOLLFREE)

    for _try in range(3):
        with pytest.raises(Killed):
            round_of_work(Dying(client, 0))
    round_of_work()

    assert (part().state, Import.objects.first().state) == (STATE.FAILED, Import.State.PARTLY)
    assert "Our worker was interrupted several times." in page(browser)


def test_a_refused_key_is_said_and_nothing_else_is_tried(login, sandbox, seed, round_of_work):
    browser = login("admin")
    sandbox.set_key("another")
    look(browser, PROFILES, TOLLFREE, ORDERS)

    round_of_work()

    assert len(sandbox.requests("GET")) <= 2
    assert set(ImportPart.objects.values_list("state", "problem")) == {(STATE.FAILED, "key")}
    assert "An administrator checks both in Telnyx's portal." in page(browser)
    answer = browser.post(f"{LIST}look/", {"kind": [ORDERS]}, follow=True)
    assert Import.objects.count() == 1
    assert "so nothing can be read there" in unescape(answer.content.decode())
    breaker.reopen()
    sandbox.set_key(sandbox.api_key)
    press(browser, "again", Import.objects.first())
    round_of_work()
    assert Import.objects.first().state == Import.State.DONE
    assert Import.objects.first().only_look
    assert Import.objects.first().parts.count() == 3


def test_a_limit_on_reads_is_waited_for(login, sandbox, seed, round_of_work):
    browser = login("compliance")
    seed("Made in the portal")
    sandbox.fault("status", status=429, method="GET", count=1, headers={"Retry-After": "30"})
    look(browser)

    round_of_work()
    waiting = page(browser)
    later()
    round_of_work()

    assert "Telnyx asked us to slow down." in waiting
    assert "We try again automatically." in waiting
    assert "We wait before reading on, until" in waiting
    assert (part().state, part().new, part().problem) == (STATE.DONE, 1, "")


@pytest.mark.parametrize(
    ("fault", "problem", "words"),
    [
        ({"status": 429}, "slow", "Telnyx asked us to slow down. Wait a few minutes, then try again."),
        ({"status": 500}, "silent", "Telnyx gave no clear answer."),
        ({"status": 403}, "refused", "Telnyx refuses to show this list"),
        (
            {"status": 200, "json": {"records": [], "total_records": 2}},
            "moved",
            "kept changing while we read",
        ),
    ],
)
def test_a_list_that_is_never_read_is_given_up_in_words_and_the_others_are_read(
    login, sandbox, seed, round_of_work, fault, problem, words
):
    browser = login("operator")
    if fault["status"] == 403:
        fault = fault | {"json": {"errors": [{"code": "10038", "title": "No"}]}}
    sandbox.fault("status", method="GET", path="verification", count=None, **fault)
    look(browser, TOLLFREE, ORDERS)

    for _try in range(4):
        round_of_work()
        later()

    assert (part().state, part().problem) == (STATE.FAILED, problem)
    assert part(ORDERS).state == STATE.DONE
    assert words in page(browser)
    assert "Retry what wasn't read to the end" in page(browser)
    assert not VerificationRequest.objects.exists()


def test_a_telnyx_that_cannot_be_reached_is_said(login, round_of_work):
    browser = login("compliance")
    look(browser)

    with Client("KEY", "http://127.0.0.1:9/v2", read=0.5, deadline=1.0) as nowhere:
        for _try in range(4):
            round_of_work(nowhere)
            later()

    assert "Telnyx can't be reached." in page(browser)
    assert part().problem == "away"


def test_one_history_that_fails_does_not_keep_the_others_from_being_read(login, sandbox, seed, round_of_work):
    browser = login("compliance")
    first, _second = seed("One"), seed("Two")
    looked = look(browser)
    round_of_work()
    sandbox.fault("status", status=500, method="GET", path=first, count=None)

    press(browser, "take", looked)
    round_of_work()

    assert (part().state, part().in_full, part().unread) == (STATE.DONE, 2, 1)
    assert "1 couldn't be read in full yet. The desk keeps trying automatically." in page(browser)
    assert VerificationRequest.objects.get(remote_id=first).next_poll_at is not None


def test_what_telnyx_no_longer_lists_is_asked_for_by_its_id(login, sandbox, seed, client, round_of_work):
    browser = login("compliance")
    held = seed("Made in the portal")
    sync.pull(VerificationRequest, client)
    sandbox.delete(held)
    looked = look(browser)
    round_of_work()
    assert VerificationRequest.objects.get().gone_at is None

    press(browser, "take", looked)
    round_of_work()

    assert VerificationRequest.objects.get().gone_at is not None
    assert part().missing == 1


def test_an_import_can_be_stopped(login, seed, client, round_of_work):
    browser = login("compliance")
    seed("Made in the portal")
    looked = look(browser)
    round_of_work()
    press(browser, "take", looked)

    press(browser, "stop", Import.objects.first())
    round_of_work()

    assert (part().state, Import.objects.first().state) == (STATE.STOPPED, Import.State.STOPPED)
    assert not VerificationRequest.objects.exists()
    assert "The import was stopped. What had been imported by then stays." in page(browser)
    press(browser, "stop", Import.objects.first())
    assert LogEntry.objects.filter(change_message="Stop").count() == 1
    press(browser, "again", Import.objects.first())
    round_of_work()
    assert VerificationRequest.objects.exists()


class Stopping(Dying):
    """Telnyx's client, while somebody stops the import."""

    def get(self, *args: Any, **options: Any) -> Any:
        Import.objects.first().stop()
        return self.client.get(*args, **options)


def test_a_stop_while_a_list_is_read_writes_nothing(login, seed, client, round_of_work):
    browser = login("compliance")
    seed("Made in the portal")
    looked = look(browser)
    round_of_work()
    press(browser, "take", looked)

    round_of_work(Stopping(client, 0))

    assert part().state == STATE.STOPPED
    assert not VerificationRequest.objects.exists()


OF_ROLE = {
    "compliance": {TOLLFREE, "messaging.AutoResponse", "messaging.OptOut"},
    "operator": {
        TOLLFREE,
        ORDERS,
        PROFILES,
        "hosted.HostedNumber",
        "messaging.AlphanumericSender",
        "rcs.RcsAgent",
        *REGISTRATIONS,
    },
    "approver": set(),
    "support": set(),
    "auditor": set(),
    "nobody": set(),
}


@pytest.mark.parametrize("role", OF_ROLE)
@pytest.mark.promise("X86")
def test_people_import_only_what_they_may_add_or_change(login, role, transactional_db):
    browser = login(role)
    ended = Import.objects.create(state=Import.State.PARTLY)
    for label in importing.kinds():
        ended.parts.create(place=0, kind=label, state=STATE.DONE)

    for label in importing.kinds():
        may = label in OF_ROLE[role]
        answer = browser.post(f"{LIST}look/", {"kind": [label]})
        assert answer.status_code == (302 if may else 403), label
        assert Import.objects.filter(state=Import.State.OPEN).exists() == may
        for running in Import.objects.filter(state=Import.State.OPEN):
            press(browser, "stop", running)
            assert not Import.objects.filter(state=Import.State.OPEN).exists()
    answer = press(browser, "take", ended)
    assert answer.status_code == (302 if OF_ROLE[role] else 403)
    taken = set(Import.objects.filter(only_look=False).first().parts.values_list("kind", flat=True))
    assert taken == (OF_ROLE[role] or set(importing.kinds()))


def test_an_import_of_others_kinds_is_stopped_by_those_who_may_import_all_of_them(login, transactional_db):
    running = look(login("admin"), TOLLFREE, ORDERS)

    assert press(login("compliance"), "stop", running).status_code == 403
    assert "Stop looking" not in page(login("auditor"))
    assert press(login("operator"), "stop", running).status_code == 302


@pytest.mark.parametrize("role", ["approver", "support", "nobody"])
def test_others_do_not_see_the_page(login, role, db):
    browser = login(role)
    Import.objects.create(state=Import.State.DONE)

    assert browser.get(LIST).status_code == 403
    assert browser.get(f"{LIST}{Import.objects.get().pk}/change/").status_code == 403
    assert LIST not in browser.get("/admin/").content.decode()


def test_auditors_read_what_was_imported_and_start_nothing(login, seed, round_of_work):
    look(login("compliance"))
    round_of_work()
    browser = login("auditor")

    assert "Toll-free verifications" in page(browser)
    assert "/take/" not in page(browser)
    assert "Look first</button>" not in page(browser, LIST)
    assert "an administrator can give you both" in page(browser, LIST)


def test_names_are_shown_only_to_people_who_may_view_such_records(login, round_of_work, db):
    user = User.objects.create(username="clerk", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_import"))
    done = Import.objects.create(state=Import.State.DONE)
    done.parts.create(
        place=0,
        kind=PROFILES,
        state=STATE.DONE,
        listed_at=timezone.now(),
        new=1,
        names={"new": [["1", "Shop"]]},
    )
    browser = Browser()
    browser.force_login(user)

    said = page(browser)

    assert "Shop" not in said
    assert "1 other kind isn't shown, because you may not view such records." in said
    assert "Shop" in page(login("auditor"))


def test_nothing_is_started_by_a_link_or_without_a_choice(login, db):
    browser = login("admin")
    ended = Import.objects.create(state=Import.State.DONE)

    for word in ("look", f"{ended.pk}/take", f"{ended.pk}/again", f"{ended.pk}/stop"):
        assert browser.get(f"{LIST}{word}/").status_code == 405
    answer = browser.post(f"{LIST}look/", {}, follow=True)
    assert "Choose at least one kind of record to look at." in answer.content.decode()
    assert browser.post(f"{LIST}look/", {"kind": ["auth.User"]}).status_code == 403
    assert press(browser, "take", Import(pk=999)).status_code == 404
    press(browser, "take", ended)
    assert Import.objects.get() == ended


def test_a_worker_that_is_away_is_said(login, transactional_db):
    browser = login("compliance")
    look(browser)

    assert "Our worker isn't running right now, so nothing is read." in page(browser)


def test_the_list_reads_any_number_of_imports_alike(login, db):
    browser = login("admin")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            browser.get(LIST)
        return len(seen)

    def make() -> None:
        done = Import.objects.create(state=Import.State.DONE)
        done.parts.create(place=0, kind=TOLLFREE)

    make()
    queries()
    one = queries()
    for _more in range(10):
        make()

    assert queries() == one


def test_who_may_import_a_kind_follows_from_a_permission_that_exists(db):
    known = {f"{row.content_type.app_label}.{row.codename}" for row in Permission.objects.all()}

    assert {kind.import_permission for kind in importing.kinds().values()} <= known


def test_the_workers_task_does_it(login, sandbox, seed, settings, transactional_db):
    settings.TELNYX_API_KEY, settings.TELNYX_BASE_URL = sandbox.api_key, sandbox.base_url
    account.client.cache_clear()
    browser = login("compliance")
    seed("Made in the portal")
    look(browser)
    try:
        tasks.import_asked()
        tasks.import_asked()
    finally:
        account.client().close()
        account.client.cache_clear()

    assert part().new == 1
    assert "messaging.mirror.tasks.import_asked" in settings.PERIODIC
