"""Exports of the log: who can have what, how a worker writes them, and that nothing in them is a formula."""

import csv
import io
import os
import time
from datetime import timedelta

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import files, spreadsheet
from messaging.exports import build
from messaging.log import writing
from messaging.mirror import heartbeat, locks, periodic, retention
from messaging.mirror.models import Heartbeat
from messaging.models import Export, ExportDownload
from tests.messaging.bodies import OURS, THEIRS, error
from tests.messaging.log.conftest import LIST
from tests.tollfree.pages import text

START, MINE = f"{LIST}export/", "/admin/messaging/export/"
TEXT = "Northwind: order 8842 is ready for collection"
EVERYBODY = ["compliance", "approver", "operator", "support", "auditor", "admin", "nobody"]
EXPORTERS = {"compliance", "auditor", "admin"}
OPENERS = {"compliance", "admin"}
WHY = {"open": "1", "reason": "Ticket 12"}


@pytest.fixture(autouse=True)
def telnyx(db) -> None:
    """No export asks Telnyx for anything, so the chores get no client here."""


def start(client, **values: str) -> Export:
    answer = client.post(START, values)
    assert (answer.status_code, answer.headers.get("Location")) == (302, MINE), answer.content.decode()
    return Export.objects.latest("id")


def work(**options) -> int:
    return writing.write_due(**options)


def file_url(export: Export) -> str:
    return f"{MINE}{export.key}/file/"


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def table(answer) -> list[list[str]]:
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(body(answer).decode("utf-8-sig"), newline="")))


def on_disk(export: Export) -> list:
    ids = {build.piece_id(export, number) for number in range(50)}
    return [id for id in files.stored() if id in ids]


# Permissions.


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.promise("X86")
def test_exports_are_for_people_who_may(login, told, name):
    told()
    client = login(name)
    may = name in EXPORTERS

    answers = [client.get(START), client.post(START, {}), client.get(MINE)]

    assert [answer.status_code for answer in answers] == ([200, 302, 200] if may else [403, 403, 403])
    assert Export.objects.count() == may
    if name != "nobody":
        assert (START in client.get(LIST).content.decode()) is may


@pytest.mark.parametrize("name", sorted(EXPORTERS))
@pytest.mark.parametrize("wants_all", [False, True])
@pytest.mark.promise("F60", "X86")
def test_a_role_gets_only_what_it_may_see(login, told, name, wants_all):
    told(status="delivery_failed", errors=[error(title=f"Not routable: {THEIRS}")])
    client = login(name)
    answer = client.post(START, WHY if wants_all else {})
    if wants_all and name not in OPENERS:
        assert answer.status_code == 403
        assert not Export.objects.exists()
        return
    work()

    head, row = table(client.get(file_url(Export.objects.get())))

    told_of = dict(zip(head, row, strict=True))
    assert told_of["Our number"] == OURS
    assert (told_of["Their side"] == THEIRS) is wants_all
    assert (told_of.get("Text") == TEXT) is wants_all
    if not wants_all:
        assert told_of["Their side"] == "'+1 312 *** 0001"
        assert THEIRS not in ",".join(row)
        assert "Text" not in head


@pytest.mark.parametrize("reason", ["  ", "ok", "xxxxxxxx"])
def test_full_numbers_need_a_reason(login, told, reason):
    told()
    answer = login("compliance").post(START, {"open": "1", "reason": reason})

    assert "Nothing was started. Say why you need full numbers and texts." in answer.content.decode()
    assert not Export.objects.exists()


def test_the_page_before_says_what_will_be_in_the_file(login, told, settings):
    settings.EXPORT_MOST_ROWS = 2
    for _number in range(3):
        told(status="delivered")
    client = login("auditor")
    client.cookies["desk_zone"] = "Asia%2FTokyo"

    page = client.get(f"{START}?direction=outbound").content.decode()

    for words in ("More than 2", "newest 2", "Time (Asia/Tokyo)", "masked", "24 hours", "Sent"):
        assert words in page
    assert "No message matches" in client.get(f"{START}?code=99999").content.decode()
    assert "worker isn't running" in page
    heartbeat.beat(Heartbeat.WORKER)
    assert "worker isn't running" not in client.get(START).content.decode()


@pytest.mark.promise("C8")
def test_too_many_rows_are_cut_to_the_newest_with_a_notice(login, told, settings):
    settings.EXPORT_MOST_ROWS = 2
    now = timezone.now()
    rows = [told(at=now - timedelta(hours=number)) for number in range(1, 4)]
    client = login("auditor")
    export = start(client)
    work()

    _head, *found = table(client.get(file_url(export)))

    assert [row[14] for row in found] == [str(row.remote_id) for row in rows[:2]]
    assert "The newest 2" in client.get(MINE).content.decode()


@pytest.mark.promise("X86")
def test_a_search_for_words_is_for_people_who_may_see_texts(login, told):
    told()
    view = login("compliance").post(f"{LIST}find/", {"q": "collection"}).headers["Location"].partition("?")[2]

    assert login("auditor").get(f"{START}?{view}").status_code == 403
    other = login("admin")
    assert other.get(f"{START}?{view}").status_code == 200
    export = start(other, view=view.partition("=")[2])
    told(text="Something else")
    work()
    assert len(table(other.get(file_url(export)))) == 2


def test_filters_and_the_moment_of_the_start_bound_it(login, told):
    old = told(status="delivered", at=timezone.now() - timedelta(days=3))
    told(status="delivery_failed", at=timezone.now() - timedelta(days=3))
    client = login("auditor")
    export = start(client, status="arrived", when="week")
    told(status="delivered", at=timezone.now() + timedelta(seconds=2))
    work()

    _head, *found = table(client.get(file_url(export)))

    assert [row[14] for row in found] == [str(old.remote_id)]


# Times, and what a spreadsheet makes of them.


@pytest.mark.promise("C9")
def test_times_are_in_the_zone_the_header_names(login, told):
    told(at=timezone.now().replace(year=2026, month=8, day=14, hour=23, minute=30, second=0))
    client = login("auditor")
    client.cookies["desk_zone"] = "Asia%2FTokyo"
    export = start(client)
    work()

    head, row = table(client.get(file_url(export)))

    assert (head[0], row[0]) == ("Time (Asia/Tokyo)", "2026-08-15 08:30:00")


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ('=HYPERLINK("http://x.example","a")', '\'=HYPERLINK("http://x.example","a")'),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\x00=1", "'=1"),
        (" =1", "' =1"),
        ("\u200b=1", "'\u200b=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20SUM(A1)", "'\uff20SUM(A1)"),
        ("+13125550001", "+13125550001"),
        ("+1312555", "+1312555"),
        ("+131255", "'+131255"),
        ("+1312555000112345", "'+1312555000112345"),
        ("+03125550001", "'+03125550001"),
        ("+13125550001\n", "'+13125550001\n"),
        ("+1312555\u0660001", "'+1312555\u0660001"),
        ("+13125550001*2", "'+13125550001*2"),
        ("a = b", "a = b"),
        ("", ""),
        (None, ""),
        (7, "7"),
    ],
)
@pytest.mark.promise("X83")
def test_no_cell_is_a_formula(cell, written):
    assert spreadsheet.safe(cell) == written
    (row,) = csv.reader(io.StringIO(spreadsheet.lines([[cell, 'a "b"\nc']]), newline=""))
    assert row == [written, 'a "b"\nc']


@pytest.mark.promise("X83")
def test_a_text_that_is_a_formula_arrives_as_text(login, told):
    told(text='=HYPERLINK("http://x.example","a")\n"b"')
    client = login("compliance")
    export = start(client, **WHY)
    work()

    answer = client.get(file_url(export))
    content = body(answer)

    assert content.startswith(b"\xef\xbb\xbf")
    assert f'"{THEIRS}"'.encode() in content
    assert b'"\'=HYPERLINK(""http://x.example"",""a"")\n""b"""' in content


# How it is written.


@pytest.mark.promise("F60")
def test_it_is_sealed_and_handed_out_on_record_as_an_attachment(login, told):
    told()
    client = login("compliance")
    export = start(client, **WHY)
    work()

    assert TEXT.encode() not in b"".join(files.read(id) for id in on_disk(export))
    answer = client.get(file_url(export))
    assert TEXT in body(answer).decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert [look.user.username for look in ExportDownload.objects.all()] == ["compliance"]
    assert "Downloaded:" in client.get(MINE).content.decode()
    audit = text(login("auditor").get("/admin/mirror/auditentry/"))
    assert "compliance: Asked for an export of messages, with full numbers and texts (filters: none)" in audit
    assert "compliance: Exported 1 message as CSV, with full numbers and texts" in audit
    assert audit.count("Ticket 12") >= 2


@pytest.mark.promise("F60")
def test_a_killed_worker_loses_nothing_and_doubles_nothing(login, told):
    now = timezone.now()
    rows = [told(at=now - timedelta(minutes=number)) for number in range(1, 8)]
    client = login("auditor")
    export = start(client)
    assert work(seconds=0, piece=3) == 1
    export.refresh_from_db()
    assert (export.state, export.rows, len(export.pieces)) == (Export.State.RUNNING, 3, 1)
    assert client.get(file_url(export)).status_code == 410
    # The next worker is killed after it wrote the file and before it recorded that.
    files.write(build.piece_id(export, 1), b"half a piece")
    Export.objects.filter(pk=export.pk).update(tries=1)

    while work(seconds=0, piece=3):
        pass

    _head, *found = table(client.get(file_url(export)))
    assert [row[14] for row in found] == [str(row.remote_id) for row in rows]
    assert len(on_disk(export)) == 3


@pytest.mark.promise("F60")
def test_a_periodic_task_writes_it_and_progress_is_shown(login, told):
    told()
    client = login("auditor")
    export = start(client)
    page = client.get(MINE).content.decode()
    assert "Waiting for a worker" in page
    assert 'id="exports" class="desk-stack" data-desk-refresh="2"' in page

    periodic.run(None)

    page = client.get(MINE).content.decode()
    assert file_url(export) in page
    assert 'class="desk-stack" data-desk-refresh' not in page


def test_what_another_process_holds_is_left_alone(login, told):
    told()
    export = start(login("auditor"))
    told_of = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: told_of[name] for name in names if name in told_of}) as other:
        other.execute(f"SELECT pg_advisory_lock({locks.RELAY_LOCKS}, hashtext('{export.key}'))")
        assert work() == 0
    assert work() == 1


@pytest.mark.promise("C8")
def test_a_canceled_export_leaves_nothing(login, told):
    for number in range(4):
        told(at=timezone.now() - timedelta(minutes=number + 1))
    client = login("auditor")
    export = start(client)
    work(seconds=0, piece=2)
    assert on_disk(export)

    assert login("compliance").post(f"{MINE}{export.key}/cancel/").status_code == 404
    assert client.get(f"{MINE}{export.key}/cancel/").status_code == 405
    assert client.post(f"{MINE}{export.key}/cancel/").status_code == 302

    assert not on_disk(export)
    assert work() == 0
    assert Export.objects.get().state == Export.State.CANCELLED


@pytest.mark.promise("F60")
def test_it_expires_and_the_file_goes(login, told):
    told()
    client = login("auditor")
    export = start(client)
    work()
    export.refresh_from_db()
    left = export.expires_at - timezone.now()
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=settings.EXPORT_KEPT_HOURS)

    Export.objects.update(expires_at=timezone.now())
    assert client.get(file_url(export)).status_code == 410
    work()

    assert not on_disk(export)
    assert Export.objects.get().state == Export.State.EXPIRED
    assert "Expired" in client.get(MINE).content.decode()
    assert not ExportDownload.objects.exists()


def test_the_row_is_forgotten_with_the_years(login, told):
    told()
    client = login("auditor")
    export = start(client)
    work()
    body(client.get(file_url(export)))
    retention.run()
    assert Export.objects.exists()

    Export.objects.update(made_at=timezone.now() - timedelta(days=settings.RETENTION_EXPORT_DAYS + 1))
    retention.run()

    assert not Export.objects.exists()
    assert not on_disk(export)


def test_the_sweep_of_documents_leaves_the_pieces(login, told):
    told()
    export = start(login("auditor"))
    work()
    long_ago = time.time() - 2 * files.ORPHAN_SECONDS
    for id in on_disk(export):
        os.utime(settings.DOCUMENTS_ROOT / str(id), (long_ago, long_ago))

    files.sweep_orphans()

    assert len(on_disk(export)) == 1
    Export.objects.update(state=Export.State.EXPIRED)
    files.sweep_orphans()
    assert not on_disk(export)


# Who owns it.


def test_only_its_owner_takes_it_and_only_while_they_may(login, told):
    told()
    client = login("compliance")
    export = start(client, **WHY)
    work()

    assert login("auditor").get(file_url(export)).status_code == 404
    assert login("operator").get(file_url(export)).status_code == 403
    assert login("admin").get(file_url(export)).status_code == 200
    owner = User.objects.get(username="compliance")
    owner.groups.first().permissions.remove(Permission.objects.get(codename="reveal_conversation"))
    assert client.get(file_url(export)).status_code == 403
    owner.groups.clear()
    assert client.get(file_url(export)).status_code == 403


@pytest.mark.promise("F60")
def test_someone_who_lost_the_permission_gets_no_file(login, told):
    told()
    export = start(login("auditor"))
    User.objects.get(username="auditor").groups.clear()

    work()

    export.refresh_from_db()
    assert export.state == Export.State.FAILED
    assert "no longer" in export.trouble
    assert not on_disk(export)


def test_auditors_see_everybodys_and_take_none(login, told):
    told()
    export = start(login("compliance"))
    work()
    client = login("auditor")

    assert "No exports yet" in client.get(MINE).content.decode()
    page = client.get(f"{MINE}?all").content.decode()
    assert "compliance" in page
    assert file_url(export) not in page
    assert "compliance" not in login("operator").get(f"{MINE}?all").content.decode()


def test_at_most_three_at_a_time(login, told):
    told()
    client = login("auditor")
    for _number in range(build.MOST_UNDER_WAY):
        start(client)

    answer = client.post(START, {})

    assert "already in progress" in answer.content.decode()
    assert Export.objects.count() == build.MOST_UNDER_WAY


def test_a_full_disk_is_tried_again_and_then_explained(login, told, settings, tmp_path):
    told()
    (tmp_path / "file").write_text("no folder")
    settings.DOCUMENTS_ROOT = tmp_path / "file" / "documents"
    client = login("auditor")
    export = start(client)

    assert work() == 0
    assert "our disk is full" in client.get(MINE).content.decode()
    assert work() == 0  # not before half a minute has passed
    assert Export.objects.get().tries == 1
    for _number in range(writing.MOST_TRIES):
        Export.objects.update(next_at=timezone.now())
        work()

    export.refresh_from_db()
    assert (export.state, export.rows) == (Export.State.FAILED, 0)
    assert "our disk is full" in export.trouble


def test_a_changed_file_is_not_handed_out(login, told):
    told()
    client = login("auditor")
    export = start(client)
    work()
    files.write(build.piece_id(export, 0), b"something else")

    answer = client.get(file_url(export))

    assert answer.status_code == 409
    assert not ExportDownload.objects.exists()


def test_the_list_costs_the_same_for_one_and_for_many(login, told):
    told()
    client = login("auditor")
    start(client)
    work()
    client.get(MINE)
    with CaptureQueriesContext(connection) as few:
        client.get(MINE)
    for _number in range(5):
        start(client)
        work()
    with CaptureQueriesContext(connection) as many:
        client.get(MINE)
    assert len(many) == len(few)


def test_an_export_is_read_with_the_new_key_after_the_rotation(login, told, settings):
    told()
    export = start(login("compliance"))
    work()
    settings.DOCUMENT_KEYS = [Fernet.generate_key().decode(), *settings.DOCUMENT_KEYS]

    call_command("rotate_document_keys", stdout=io.StringIO())

    settings.DOCUMENT_KEYS = settings.DOCUMENT_KEYS[:1]
    export.refresh_from_db()
    assert export.pieces
    assert build.is_whole(export)
