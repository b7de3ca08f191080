"""A desk of 0.1.0 with data in every table is brought up to date: nothing is lost, and what was open goes on once."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.local.servers import free_port
from tests.conftest import RUN, WORKER, on_database
from tests.sandbox.control import REPO, Sandbox
from tests.stack import Stack, drop_database, named, run_sql, wait_until
from tests.system.backups import manage
from tests.system.submissions import QUICK
from tests.upgrade import old

# All migrations since 0.1.0 take a minute of a core.
pytestmark = [pytest.mark.system, pytest.mark.long, pytest.mark.timeout(600)]

# The data must not depend on the day of the test.
FOREVER = ("WEBHOOK_BODY", "WEBHOOK", "REQUEST", "RECORD", "DOCUMENT", "AUDIT")
# Columns whose values a migration changes on purpose: names that people read, and what is read from Telnyx again.
CHANGED = {
    "auth_permission": {"name"},
    "messaging_messagingprofile": {"remote_data", "remote_as_of"},
}

Rows = dict[str, dict[str, dict[str, Any]]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Stack]:
    """A stack on a desk of 0.1.0, its files and its Telnyx, before the upgrade."""
    server, name = os.environ["DATABASE_URL"], f"upgrade_desk_{RUN}_{secrets.token_hex(4)}"
    run_sql(named(server, "postgres"), f'CREATE DATABASE "{name}"')
    telnyx = tmp_path / "telnyx.json"
    shutil.copyfile(old.TELNYX, telnyx)
    old.copy_documents(tmp_path / "documents")
    url, port = named(server, name), free_port()
    old.load(url)
    redis_url = on_database(os.environ["REDIS_URL"], 2 * int(WORKER.removeprefix("gw")) + 1)
    with Sandbox(webhooks=f"http://127.0.0.1:{port}/webhooks/telnyx/", state_file=telnyx) as sandbox:
        stack = Stack(tmp_path, url, redis_url, sandbox, port)
        for environment in (stack.environment, *(process.environment for process in stack.processes)):
            environment |= {
                "DOCUMENTS_ROOT": str(tmp_path / "documents"),
                **{f"RETENTION_{kind}_DAYS": "0" for kind in FOREVER},
            }
        yield stack
        stack.kill()
        print(stack.logs()[-12000:])  # pytest shows it if the test failed
    drop_database(server, name)


def rows(desk: Stack) -> Rows:
    """Return every row of every table by its key, as JSON."""
    found: Rows = {}
    with psycopg.connect(desk.database_url.replace("postgres://", "postgresql://", 1)) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            every = connection.execute(f'SELECT to_jsonb(t) FROM "{table}" t').fetchall()
            found[table] = {key(row): row for (row,) in every}
    return found


def key(row: dict[str, Any]) -> str:
    names = ("id", "name", "endpoint", "session_key")
    return json.dumps(next(row[name] for name in names if name in row))


def lost(before: Rows, after: Rows) -> list[str]:
    """Say which rows and values of `before` aren't in `after`."""
    wrong = []
    for table, held in before.items():
        for each, row in held.items():
            now = after.get(table, {}).get(each)
            if now is None:
                wrong.append(f"{table} {each}: gone")
                continue
            for column, value in row.items():
                if column in CHANGED.get(table, set()):
                    continue
                if column not in now:
                    wrong.append(f"{table}.{column}: gone")
                elif now[column] != value:
                    wrong.append(f"{table} {each}.{column}: {value!r} is {now[column]!r}")
    return sorted(set(wrong))


def migrated(desk: Stack) -> None:
    """Run `migrate` while PostgreSQL watches it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.upgrade.locks", "here"],
        cwd=REPO,
        env=desk.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert manage(desk.environment, "collectstatic", "--noinput").returncode == 0


def waiting(desk: Stack) -> dict[str, tuple[str, str]]:
    """Return state and resolution of the requests that were open, by the state they were in."""
    query = "SELECT id::text, state, resolution FROM mirror_outboxentry"
    return {id: (state, resolution) for id, state, resolution in desk.sql(query)}


@pytest.mark.promise("B30", "B31")
def test_nothing_is_lost_on_the_way_from_0_1_0_and_what_was_open_goes_on_once(desk):
    before = rows(desk)
    assert all(before[table] for table in before if table != "auth_user_user_permissions")
    migrated(desk)
    assert lost(before, rows(desk)) == []

    open_before = {
        id: row["state"] for id, row in before["mirror_outboxentry"].items() if row["resolved_at"] is None
    }
    assert sorted(open_before.values()) == ["queued", "queued", "queued", "unsure"]
    held = {record["id"] for record in desk.sandbox.records()}
    desk.start(**QUICK)

    def settled() -> bool:
        return not desk.sql("SELECT 1 FROM mirror_outboxentry WHERE resolved_at IS NULL")

    wait_until(settled, 60, f"everything is settled, but {waiting(desk)}")
    now = waiting(desk)
    assert [now[json.loads(id)] for id, state in open_before.items() if state == "unsure"] == [
        ("accepted", "adopted")
    ]
    made = desk.sandbox.requests("POST", "verification/requests")
    assert len(made) == 2
    assert len(desk.sandbox.records()) == len(held) + 2
    [codes] = desk.sandbox.requests("POST", "validation_codes")
    assert "123456" in json.dumps(codes)
    assert desk.sql("SELECT count(*) FROM mirror_webhookevent WHERE state NOT IN ('done')") == [(0,)]
    read = (
        "from hosted.models import Document; from hosted.documents import store; "
        "print([store.read(each)[:5] for each in Document.objects.all()])"
    )
    assert manage(desk.environment, "shell", "--no-imports", "-c", read).stdout.strip() == (
        "[b'%PDF-', b'%PDF-']"
    )
    with closing(desk.login("admin")) as visitor:
        for table, place in PAGES.items():
            assert visitor.get(f"/admin/{place}/").status_code == 200
            for each in before[table]:
                page = visitor.get(f"/admin/{place}/{json.loads(each)}/change/", follow_redirects=True)
                assert page.status_code == 200, f"{place} {each}"


# The pages of old records, by table.
PAGES = {
    "tollfree_verificationrequest": "tollfree/verificationrequest",
    "hosted_hostedorder": "hosted/hostedorder",
    "messaging_messagingprofile": "messaging/messagingprofile",
    "mirror_outboxentry": "mirror/outboxentry",
    "mirror_webhookevent": "mirror/webhookevent",
}
