"""Backup and restore with real processes: nothing is lost, nothing is sent twice, and what is wrong is said."""

import base64
import json
import os
import stat
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.drafts import make_drafts
from tests.stack import Stack, named, run_sql, wait_until
from tests.system.backups import LETTER, fill, manage, opened, recorder
from tests.system.submissions import QUICK, posts, submit
from tests.upgrade.squashed import migrated

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

# The last migration before the one that this desk needs for restores.
OLDER = ("mirror", "0026")


@pytest.fixture
def said(tmp_path) -> Path:
    """The command lines of PostgreSQL's programs."""
    return tmp_path / "said"


@pytest.fixture
def desk(stack: Stack, private_postgres, tmp_path, said) -> Stack:
    """A stack with a folder of its own for its files, and PostgreSQL's programs of the server's version."""
    tools = recorder(tmp_path / "tools", private_postgres.binaries.bin, said)
    use(stack, stack.database_url, tmp_path / "documents")
    for process in stack.processes:
        process.environment["PG_BIN"] = str(tools)
    return stack


def use(stack: Stack, database_url: str, documents: Path, **more: str) -> None:
    stack.database_url = database_url
    for environment in (stack.environment, *(process.environment for process in stack.processes)):
        environment |= {"DATABASE_URL": database_url, "DOCUMENTS_ROOT": str(documents), **more}


def backed_up(desk: Stack, folder: Path) -> Path:
    done = manage(desk.environment, "backup", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def to_empty(desk: Stack, tmp_path: Path) -> None:
    """Let the desk use an empty database and an empty folder."""
    run_sql(desk.database_url, "CREATE DATABASE empty")
    use(desk, named(desk.database_url, "empty"), tmp_path / "new")


def two_submitted(desk: Stack) -> tuple[str, str]:
    """Submit two requests while no worker runs."""
    made = make_drafts(desk.environment, 2)
    desk.start("web")
    visitor = desk.login("compliance")
    for draft in made:
        assert submit(visitor, draft).status_code == 302
    return made[0], made[1]


def state(desk: Stack, record: str) -> tuple[str, str]:
    query = "SELECT state, resolution FROM mirror_outboxentry WHERE resource_id = %s"
    return desk.sql(query, record)[0]


def sends(desk: Stack, record: str) -> int:
    query = "SELECT outcome FROM mirror_attempt JOIN mirror_outboxentry e ON e.id = entry_id WHERE resource_id = %s"
    return [outcome for (outcome,) in desk.sql(query, record)].count("accepted")


@pytest.mark.promise("B18", "B19")
def test_after_a_restore_what_was_sent_is_adopted_and_the_rest_is_sent_once(desk, tmp_path, said):
    sent, waiting = two_submitted(desk)
    fill(desk.environment)
    folder = backed_up(desk, tmp_path / "backup")
    # The desk goes on: one request reaches Telnyx, then everything is lost.
    desk.sql(
        "UPDATE mirror_outboxentry SET not_before = now() + interval '1 day' WHERE resource_id <> %s", sent
    )
    desk.start("worker", "beat", **QUICK)
    wait_until(lambda: state(desk, sent)[0] == "accepted", 30, "sent after the backup")
    desk.kill()
    assert posts(desk) == 1

    to_empty(desk, tmp_path)
    done = manage(desk.environment, "restore", str(folder))
    assert done.returncode == 0, done.stderr
    assert "3 will be looked up there before anything is sent, and 1 wait for a person" in done.stdout
    desk.start("web", "worker", "beat", **QUICK)

    wait_until(lambda: state(desk, sent) == ("accepted", "adopted"), 30, "adopted")
    wait_until(lambda: state(desk, waiting) == ("accepted", "answered"), 30, "sent")
    assert posts(desk) == 2
    assert len(desk.sandbox.records()) == 2
    text = "SELECT state FROM mirror_outboxentry WHERE path = '/messages'"
    wait_until(lambda: desk.sql(text) == [("needs_person",)], 30, "a person decides about the text")
    assert desk.sandbox.requests("POST", "/messages") == []
    codes = "SELECT state, reason FROM mirror_outboxentry WHERE operation = 'validate_codes'"
    [(waits, reason)] = desk.sql(codes)
    assert waits == "needs_person"
    assert reason.startswith("This desk was restored from a backup of ")
    assert opened(desk.environment) == LETTER.decode()
    desk.login("compliance").close()
    # No program was given a secret that everybody on the machine can read.
    lines = said.read_text()
    assert "pg_dump" in lines
    assert "pg_restore" in lines
    assert urlsplit(desk.database_url).password not in lines


@pytest.mark.long
@pytest.mark.promise("B18")
def test_a_restore_that_was_killed_sends_nothing_and_is_continued(desk, tmp_path):
    sent, waiting = two_submitted(desk)
    desk.web.kill()
    assert migrated(desk.environment, "old", *OLDER).returncode == 0
    folder = backed_up(desk, tmp_path / "backup")
    to_empty(desk, tmp_path)

    killed = manage(desk.environment | {"FAILPOINT": "restored_not_safe:kill9"}, "restore", str(folder))
    assert killed.returncode == -9
    desk.start("worker", "beat", **QUICK)
    wait_until(lambda: "being restored" in desk.worker.log_text(), 30, "the sweep refuses")
    assert state(desk, sent) == state(desk, waiting) == ("queued", "")
    assert desk.sandbox.requests("POST") == []
    assert "not finished" in manage(desk.environment, "backup", str(tmp_path / "another")).stderr
    done = manage(desk.environment, "restore", str(folder))

    assert done.returncode == 0, done.stderr
    assert "The backup is of an older version" in done.stdout
    wait_until(lambda: state(desk, sent)[0] == state(desk, waiting)[0] == "accepted", 30, "sent")
    assert posts(desk) == 2
    absent = "SELECT count(*) FROM mirror_attempt WHERE outcome = 'absent'"
    assert desk.sql(absent)[0][0] >= 4


@pytest.mark.long
@pytest.mark.promise("B19")
def test_a_backup_is_checked_by_restoring_it(desk, tmp_path):
    fill(desk.environment)
    folder = backed_up(desk, tmp_path / "backup")

    done = manage(desk.environment, "backup", "--verify", str(folder))

    assert done.returncode == 0, done.stderr
    assert "a file was opened and a sealed request was opened" in done.stdout
    assert desk.sql("SELECT datname FROM pg_database WHERE datname LIKE 'desk_verify%%'") == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []
    text = (folder / "manifest.json").read_text()
    for secret in ("SECRET_KEY", "DOCUMENT_KEYS", "TELNYX_API_KEY"):
        assert desk.environment[secret] not in text
    assert urlsplit(desk.database_url).password not in text
    assert "exists already" in manage(desk.environment, "backup", str(folder)).stderr

    # What the timers do: one backup more, the newest of those is checked, and the oldest of them goes.
    series = tmp_path / "series"
    for keep in ("2", "2", "1"):
        done = manage(desk.environment, "backup", "--dated", "--keep", keep, str(series))
        assert done.returncode == 0, done.stderr
        (series / "ours").mkdir(exist_ok=True)
        time.sleep(1.1)  # their names have seconds
    [newest] = [path.name for path in series.iterdir() if path.name != "ours"]
    checked = manage(desk.environment, "backup", "--dated", "--verify", str(series))
    assert checked.returncode == 0, checked.stderr
    assert f"{newest} can be restored" in checked.stdout
    assert (series / "ours").is_dir()

    told = json.loads(text)
    told["tables"]["mirror_outboxentry"] += 1
    (folder / "manifest.json").write_text(json.dumps(told))
    wrong = manage(desk.environment, "backup", "--verify", str(folder))
    assert wrong.returncode == 1
    assert "mirror_outboxentry: 3 rows in the backup, 2 restored" in wrong.stderr


@pytest.mark.promise("B19")
def test_what_is_wrong_is_said_before_anything_is_restored(desk, tmp_path):
    fill(desk.environment)
    folder = backed_up(desk, tmp_path / "backup")

    full = manage(desk.environment, "restore", str(folder))
    assert full.returncode == 1
    assert "The database is not empty." in full.stderr
    before = desk.environment["DOCUMENTS_ROOT"]
    to_empty(desk, tmp_path)
    files = manage(desk.environment | {"DOCUMENTS_ROOT": before}, "restore", str(folder))
    assert files.returncode == 1
    assert "The folder DOCUMENTS_ROOT is not empty." in files.stderr
    other = desk.environment | {"DOCUMENT_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode()}
    needed = json.loads((folder / "manifest.json").read_text())["keys"]["DOCUMENT_KEYS"][0]
    for command in (["restore", str(folder)], ["backup", "--verify", str(folder)]):
        refused = manage(other, *command)
        assert refused.returncode == 1
        assert f"with the fingerprint {needed}" in refused.stderr

    for path in [folder / "database.dump", *(folder / "documents").iterdir()]:
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        for command in (["restore", str(folder)], ["backup", "--verify", str(folder)]):
            refused = manage(desk.environment, *command)
            assert refused.returncode == 1
            assert f"{path.name} is not what was written" in refused.stderr
        path.write_bytes(whole)
    assert desk.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
