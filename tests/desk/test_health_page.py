"""The page Health says what doesn't work, since when, what it means and what to do, and /readyz says the same."""

import re
from collections import namedtuple
from contextlib import nullcontext
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.mirror import breaker, checkup, heartbeat, pace
from messaging.mirror.models import Attempt, Heartbeat, OutboxEntry, Pace, Recovery, WebhookEvent
from messaging.mirror.outbound import restored
from messaging.mirror.records.sync import READS
from messaging.telnyx.client import Client as TelnyxClient
from messaging.telnyx.errors import TelnyxError
from tests.desk.conftest import make_entry, make_event
from tests.signing import deliver, event

URL = "/admin/desk/health/"
Disk = namedtuple("Disk", "total used free")


@pytest.fixture
def alive(db) -> None:
    """Record signs of life of everybody from a moment ago, and a webhook."""
    for name in (Heartbeat.WORKER, Heartbeat.BEAT, Heartbeat.TELNYX_ANSWERED):
        heartbeat.beat(name)
    assert deliver(event()) == 200
    WebhookEvent.objects.update(state=WebhookEvent.State.DONE, processed_at=timezone.now())


def ago(**length: float):
    return timezone.now() - timedelta(**length)


def parts(client: Client) -> dict[str, tuple[str, str]]:
    """Return the chip and the words of every part on the page."""
    html = client.get(URL).content.decode()
    found = {}
    for name, row in re.findall(r'<li id="part-(\w+)">(.*?)</li>', html, re.S):
        chip = re.search(r'data-group="(\w+)"', row)
        found[name] = (chip[1], " ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()))
    return found


def ready() -> tuple[int, dict]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


def agree(client: Client) -> dict[str, tuple[str, str]]:
    """Return what the page says, after checking that /readyz fails on exactly what the page marks so."""
    shown = parts(client)
    status, body = ready()
    failing = {name for name, (group, _words) in shown.items() if group == "failing"}
    assert {name for name, word in body.items() if word == "failing"} == failing
    assert status == (503 if failing else 200)
    return shown


def test_everything_works(login, alive):
    shown = agree(login("operator"))

    assert list(shown) == list(checkup.TITLES)
    assert {group for group, _words in shown.values()} == {"done"}
    page = " ".join(login("admin").get(URL).content.decode().split())
    assert "Telnyx answers as it should. Everything works." in page
    assert '<a class="desk-skip desk-button" href="#content">Skip to content</a>' in page
    assert page.index("desk-skip") < page.index('id="nav-sidebar"') < page.index('id="content"')


@pytest.mark.promise("F82")
def test_a_worker_that_stopped_is_said_with_what_it_means_and_what_to_do(login, alive):
    stopped_at = ago(minutes=20)
    Heartbeat.objects.filter(name=Heartbeat.WORKER).update(seen_at=stopped_at)

    shown = agree(login("auditor"))

    group, words = shown["worker"]
    assert (list(shown)[0], group) == ("worker", "failing")
    assert f"{stopped_at:%H:%M:%S} UTC" in words
    assert "Nothing is lost." in words
    assert "What an administrator does: " in words
    assert "Doesn't work" in words
    assert "1 part doesn't work right now." in login("compliance").get(URL).content.decode()


@pytest.mark.parametrize("name", [Heartbeat.WORKER, Heartbeat.BEAT])
def test_a_process_that_never_started_has_no_time(login, alive, name):
    Heartbeat.objects.filter(name=name).delete()

    group, words = agree(login("admin"))[name]

    assert group == "failing"
    assert "Since" not in words


@pytest.mark.parametrize(
    ("minutes", "group"), [(5, "done"), (11, "needs_us"), (29, "needs_us"), (31, "failing")]
)
def test_the_longer_telnyx_is_silent_the_worse(login, alive, minutes, group):
    Heartbeat.objects.filter(name=Heartbeat.TELNYX_ANSWERED).update(seen_at=ago(minutes=minutes))

    assert agree(login("operator"))["telnyx"][0] == group


@pytest.mark.parametrize(("path", "counts"), [("/messaging_profiles", True), ("/nowhere", False)])
def test_only_what_telnyx_did_counts_as_an_answer(sandbox, db, path, counts):
    heartbeat._written.clear()

    with (
        TelnyxClient(sandbox.api_key, sandbox.base_url, heard=heartbeat.heard) as telnyx,
        nullcontext() if counts else pytest.raises(TelnyxError),
    ):
        telnyx.get(path, attempts=1)

    assert Heartbeat.objects.filter(name=Heartbeat.TELNYX_ANSWERED).exists() is counts


def test_redis_that_is_away_is_said(login, alive, settings):
    client = login("operator")
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    group, words = agree(client)["broker"]

    assert group == "failing"
    assert "They are kept in the database." in words


def test_a_refused_key_stops_sending_and_is_said_since_when(login, alive):
    make_entry()
    breaker.close("401 from Telnyx")

    shown = agree(login("approver"))

    assert {name for name, (group, _words) in shown.items() if group == "failing"} == {"keys", "outbox"}
    assert "Since" in shown["keys"][1]
    assert "TELNYX_API_KEY" in shown["keys"][1]


@pytest.mark.parametrize("keys", [[], ["not a key"]])
def test_a_key_for_webhooks_that_is_missing_or_wrong_is_said(login, alive, settings, keys):
    settings.TELNYX_PUBLIC_KEYS = keys

    shown = agree(login("operator"))

    assert shown["keys"][0] == "failing"
    assert shown["database"][0] == "done"


def test_what_waits_is_late_and_its_list_is_linked(login, alive):
    make_entry(not_before=ago(minutes=2))
    client = login("compliance")

    assert agree(client)["outbox"][0] == "failing"
    assert "/admin/mirror/outboxentry/?state=open" in client.get(URL).content.decode()


def test_waiting_for_a_turn_while_others_are_sent_only_deserves_a_look(login, alive):
    make_entry(not_before=ago(minutes=2)).attempts.create(outcome=Attempt.Outcome.ACCEPTED, worker="w")

    assert agree(login("compliance"))["outbox"][0] == "needs_us"


@pytest.mark.promise("F83")
def test_one_request_that_is_passed_over_is_not_called_a_pause_of_all(login, alive):
    make_entry(not_before=ago(minutes=11)).attempts.create(outcome=Attempt.Outcome.ACCEPTED, worker="w")
    banner = login("support").get("/admin/desk/banner/").content.decode()

    assert agree(login("compliance"))["outbox"][0] == "failing"
    assert "Sending has been paused" not in banner
    assert "while others are being sent" in banner
    assert "Nothing is lost; you can keep working." in banner


def test_a_restore_that_is_not_finished_is_said_though_nothing_waits(login, alive):
    client = login("operator")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {restored.MARK} AS SELECT '' AS digest")

    group, words = agree(client)["outbox"]

    assert group == "failing"
    assert "a restore was cut short" in words
    assert "run it again with the same backup" in words
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {restored.MARK}")
    assert agree(client)["outbox"][0] == "done"


def test_events_that_are_late_stuck_or_held_back(login, alive):
    client, row = login("operator"), make_event()
    WebhookEvent.objects.filter(pk=row.pk).update(not_before=ago(minutes=2))
    assert agree(client)["inbox"][0] == "failing"

    WebhookEvent.objects.filter(pk=row.pk).update(state=WebhookEvent.State.DEAD)
    assert agree(client)["inbox"][0] == "needs_us"

    WebhookEvent.objects.filter(pk=row.pk).update(state=WebhookEvent.State.QUARANTINED)
    shown = agree(client)
    assert (shown["inbox"][0], shown["held_back"][0]) == ("done", "failing")

    WebhookEvent.objects.filter(pk=row.pk).update(last_received_at=ago(hours=1))
    assert agree(client)["held_back"][0] == "needs_us"


def test_hosts_are_named_to_engineers_only(login, alive, skewed):
    heartbeat._written.clear()
    with skewed(420):
        heartbeat.beat(Heartbeat.WORKER)
    named = heartbeat.ClockReading.objects.get(name__startswith="worker").name

    assert named in agree(login("admin"))["clock"][1]
    assert named not in parts(login("operator"))["clock"][1]
    assert parts(login("auditor"))["clock"][0] == "failing"


def test_a_pause_that_telnyx_asked_for_is_said_in_words(login, alive):
    pace.pause(READS, 120)
    pace.pause(pace.endpoint(make_entry()), 120)
    pace.pause("POST gone.model", 120)

    group, words = agree(login("operator"))["pace"]

    assert group == "needs_us"
    assert "reading from Telnyx" in words
    assert "toll-free verifications" in words
    assert "tollfree." not in words
    assert "gone.model" not in words
    Pace.objects.update(paused_until=ago(seconds=1))
    assert agree(login("admin"))["pace"][0] == "done"


def checked(**changes) -> Recovery:
    values = {"since": ago(hours=1), "until": ago(minutes=1), "finished_at": timezone.now(), "state": "done"}
    return Recovery.objects.create(is_by_clock=True, **values | changes)


def test_webhooks_that_had_to_be_fetched_deserve_a_look(login, alive):
    client = login("operator")
    checked(missing={"message.received": 2})
    checked()
    group, words = agree(client)["webhooks"]
    assert group == "needs_us"
    assert "couldn't deliver 2 webhooks within the last hour" in words

    Recovery.objects.update(finished_at=ago(hours=2))
    assert agree(client)["webhooks"][0] == "done"

    checked(state="failed", reason="Telnyx asked us to slow down.")
    assert "Telnyx asked us to slow down." in agree(client)["webhooks"][1]


def test_an_event_that_was_fetched_is_not_called_delivered(login, alive):
    WebhookEvent.objects.update(key_fingerprint="fetched")
    client = login("operator")

    assert agree(client)["webhooks"][0] == "needs_us"
    assert "Signature checked" not in client.get(URL).content.decode()


def test_the_newest_webhook_is_followed_to_the_page_people_read(login, alive):
    client, row = login("operator"), WebhookEvent.objects.get()
    html = client.get(URL).content.decode()

    assert html.index("Received") < html.index("Signature checked") < html.index("Visible in the desk")
    assert f"/admin/mirror/webhookevent/{row.pk}/change/" in html
    assert "not yet" not in html
    WebhookEvent.objects.update(state=WebhookEvent.State.PENDING)
    assert "not yet" in client.get(URL).content.decode()


@pytest.mark.parametrize(
    ("address", "private", "group"),
    [
        ("https://desk.example.com", False, "done"),
        ("http://desk.example.com", False, "needs_us"),
        ("http://127.0.0.1:8000", True, "done"),
        ("", True, "needs_us"),
    ],
)
def test_the_address_for_webhooks_is_checked(login, alive, settings, address, private, group):
    client = login("operator")
    settings.PUBLIC_URL = address
    found = checkup.Checkup()
    settings.PRIVATE = private

    [part] = [part for part in found.parts if part.name == "address"]
    settings.PRIVATE = True

    assert part.level == {"done": "ok", "needs_us": "look"}[group]
    assert "address" in agree(client)


@pytest.mark.parametrize(
    ("free", "group"), [(5 << 30, "done"), (500 << 20, "needs_us"), (50 << 20, "failing")]
)
def test_a_disk_that_gets_full_is_said_before_uploads_fail(login, alive, monkeypatch, free, group):
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda folder: Disk(1 << 40, 0, free))

    assert agree(login("operator"))["documents"][0] == group


def test_a_folder_that_cannot_be_used_is_said_and_one_that_is_missing_is_made(
    login, alive, settings, tmp_path
):
    client = login("operator")
    settings.DOCUMENTS_ROOT = tmp_path / "not" / "there"
    assert agree(client)["documents"][0] in ("done", "needs_us")

    (tmp_path / "file").write_text("x")
    settings.DOCUMENTS_ROOT = tmp_path / "file" / "below"
    assert agree(client)["documents"][0] == "failing"


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("compliance", True),
        ("approver", True),
        ("operator", True),
        ("auditor", True),
        ("admin", True),
        ("support", False),
        ("nobody", False),
    ],
)
def test_who_may_see_it(login, alive, role, may):
    client = login(role)

    assert client.get(URL).status_code == (200 if may else 403)
    assert client.post(URL).status_code in (403, 405)
    assert (f'href="{URL}"' in client.get("/admin/").content.decode()) == may


def test_a_stranger_is_asked_to_sign_in(client, db):
    assert "/login/" in client.get(URL).headers["Location"]


def test_people_who_may_fetch_webhooks_compare_with_telnyxs_list(login, alive):
    html = login("compliance").get(URL).content.decode()
    since, until = re.search(
        r'name="since" value="([^"]+)".*?name="until" value="([^"]+)"', html, re.S
    ).groups()

    answer = login("admin").post("/admin/mirror/recovery/look/", {"since": since, "until": until})

    asked = Recovery.objects.get()
    assert answer.headers["Location"] == f"/admin/mirror/recovery/{asked.pk}/change/"
    assert asked.only_look
    assert "Compare the last hour" not in login("operator").get(URL).content.decode()


def test_it_costs_the_same_however_much_there_is(login, alive):
    client = login("operator")
    client.get(URL)
    with CaptureQueriesContext(connection) as before:
        client.get(URL)
    for number in range(5):
        make_entry()
        make_event()
        checked(missing={"message.received": 1})
        pace.pause(f"POST gone.{number}", 60)

    with CaptureQueriesContext(connection) as after:
        client.get(URL)

    assert len(after) == len(before)
    assert OutboxEntry.objects.count() == 5
