"""`manage.py doctor` says of each thing the desk needs how it is, and what to do; each line is tried by breaking it."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import environ
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from messaging import doctor
from messaging.mirror import heartbeat
from messaging.mirror.models import Heartbeat
from tests.faults import clocks
from tests.notices.servers import MailServer, serving
from tests.signing import OTHER_KEY, deliver, event

ROOT = Path(__file__).resolve().parent.parent
LINE = re.compile(r"(OK  |LOOK|FAIL)  (\S.*?): (.+)")


def examined(*parts: str) -> tuple[dict[str, str], list[str], int]:
    """Return the worst word for each title, all lines, and the exit code."""
    out, code = StringIO(), 0
    try:
        call_command("doctor", *parts, stdout=out)
    except SystemExit as end:
        code = int(end.code)
    lines = out.getvalue().splitlines()
    return read(lines), lines, code


def read(lines: list[str]) -> dict[str, str]:
    worst: dict[str, str] = {}
    for line in lines:
        word, title, _ = LINE.fullmatch(line).groups()
        rank = ["OK", "LOOK", "FAIL"]
        worst[title] = max(worst.get(title, "OK"), word.strip(), key=rank.index)
    return worst


def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "doctor", *arguments],
        cwd=ROOT,
        env=os.environ | changes | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture
def well(db, settings, sandbox, tmp_path) -> None:
    """A desk in which everything is as it should be."""
    for name in (Heartbeat.WORKER, Heartbeat.BEAT, Heartbeat.TELNYX_ANSWERED):
        heartbeat.beat(name)
    settings.TELNYX_BASE_URL, settings.TELNYX_API_KEY = sandbox.base_url, sandbox.api_key
    settings.DOCUMENTS_ROOT, settings.STATIC_ROOT = tmp_path / "documents", tmp_path / "static"
    settings.DOCUMENTS_ROOT.mkdir()
    (settings.STATIC_ROOT / "desk").mkdir(parents=True)
    (settings.STATIC_ROOT / "desk" / "desk.css").touch()


def test_a_desk_that_is_well_has_a_line_for_each_part_and_ends_with_0(well):
    found, lines, code = examined()

    assert code == 0, lines
    assert "FAIL" not in found.values()
    # A private desk, tests' packages beside the product's, a PostgreSQL that doesn't wait for the disk, no webhook.
    assert {title for title, word in found.items() if word != "OK"} <= {
        "Settings",
        "Packages",
        "Database",
        "Webhooks from Telnyx",
    }
    for title in ("Versions", "Database", "Migrations", "Size of the database", "Redis", "Clocks", "API key"):
        assert title in found
    assert len(found) >= 19


def test_only_what_is_named_is_looked_at(well):
    found, _, code = examined("worker", "beat")

    assert (found, code) == ({"Worker": "OK", "Scheduler (beat)": "OK"}, 0)
    assert run("nonsense").returncode == 2


def test_it_sends_nothing_and_changes_nothing(well, sandbox):
    before = list(Heartbeat.objects.order_by("name").values_list("name", "seen_at"))

    examined()

    assert [request["method"] for request in sandbox.requests()] == ["GET"]
    assert list(Heartbeat.objects.order_by("name").values_list("name", "seen_at")) == before


def test_a_key_that_telnyx_refuses_fails_and_is_not_shown(well, settings):
    settings.TELNYX_API_KEY = "KEY-canary-wrong"

    found, lines, code = examined("telnyx")

    assert (found["API key"], code) == ("FAIL", 1)
    assert "restart web and workers" in lines[0]
    assert "canary" not in lines[0]


def test_a_telnyx_that_cannot_be_reached_fails(well, settings):
    settings.TELNYX_BASE_URL = "http://127.0.0.1:9/v2"

    found, lines, code = examined("telnyx")

    assert (found, code) == ({"API key": "FAIL"}, 1)
    assert "can't be reached" in lines[0]


def test_a_telnyx_that_is_in_trouble_is_worth_a_look(well, sandbox):
    sandbox.fault("status", method="GET", status=500)

    assert examined("telnyx")[::2] == ({"API key": "LOOK"}, 0)


def test_a_redis_that_is_stopped_fails(well, settings, private_valkey):
    settings.REDIS_URL = private_valkey.url()
    assert examined("broker")[0] == {"Redis": "OK"}

    private_valkey.kill()

    found, lines, code = examined("broker")
    assert (found, code) == ({"Redis": "FAIL"}, 1)
    assert "check REDIS_URL" in lines[0]
    assert private_valkey.password() not in lines[0]


def test_a_postgresql_that_is_away_fails_and_the_other_lines_are_still_there():
    done = run(DATABASE_URL="postgres://desk:canary-word@127.0.0.1:9/desk")

    found = read(done.stdout.splitlines())
    assert done.returncode == 1
    assert (found["Database"], found["Redis"], found["Worker"]) == ("FAIL", "OK", "LOOK")
    assert re.search(r"Database: .*Connection refused\. .*check DATABASE_URL", done.stdout)
    assert "canary" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_without_tables_is_said_to_need_them_and_not_to_be_away():
    address = urlsplit(os.environ["DATABASE_URL"])
    done = run("migrations", "worker", DATABASE_URL=address._replace(path="/postgres").geturl())

    assert "FAIL  Migrations: Not run yet:" in done.stdout
    assert (
        "LOOK  Worker: Not looked at: the tables of this version aren't there. See Migrations" in done.stdout
    )


def test_a_user_whom_postgresql_does_not_know_reads_as_whom_to_run_it(well):
    away = doctor._away(OperationalError('connection failed: FATAL:  role "root" does not exist'))

    assert away.do.startswith("Run this as the user of web and workers")


def test_an_address_that_is_not_of_postgresql_fails():
    done = run("database", DATABASE_URL="sqlite:////tmp/never-made")

    assert done.returncode == 1
    assert "FAIL  Database: DATABASE_URL is not an address of PostgreSQL." in done.stdout


def test_a_standby_fails(well):
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        try:
            found, lines, code = examined("database")
        finally:
            cursor.execute("SET default_transaction_read_only = off")

    assert (found["Database"], code) == ("FAIL", 1)
    assert any("read-only" in line for line in lines)


def test_a_setting_that_can_lose_data_is_worth_a_look(well):
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        try:
            found, lines, _ = examined("database")
        finally:
            cursor.execute("RESET synchronous_commit")

    assert found["Database"] == "LOOK"
    assert any("synchronous_commit" in line for line in lines)


def test_a_migration_that_has_not_run_fails(well):
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE id ="
            " (SELECT max(id) FROM django_migrations WHERE app = 'rcs' AND name NOT LIKE '%squashed%')"
            " RETURNING name"
        )
        (name,) = cursor.fetchone()

    found, lines, code = examined("migrations")

    assert (found["Migrations"], code) == ("FAIL", 1)
    assert f"rcs.{name}" in lines[0]
    assert "manage.py migrate" in lines[0]


def test_a_database_of_a_newer_version_fails(well):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('rcs', '9999_later', now())"
        )

    found, lines, code = examined("migrations")

    assert (found["Migrations"], code) == ("FAIL", 1)
    assert "rcs.9999_later" in lines[0]


@pytest.mark.parametrize("name", [Heartbeat.WORKER, Heartbeat.BEAT])
def test_a_process_without_a_sign_of_life_fails(well, name):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mirror_heartbeat SET seen_at = now() - interval '2 min' WHERE name = %s", [name]
        )

    found, _, code = examined("worker", "beat")

    assert (sorted(found.values()), code) == (["FAIL", "OK"], 1)


def test_a_folder_for_documents_that_is_missing_is_worth_a_look(well, settings):
    settings.DOCUMENTS_ROOT.rmdir()

    found, lines, code = examined("documents")

    assert (found["Documents"], code) == ("LOOK", 0)
    assert "mount or restore it" in lines[0]


def test_a_folder_for_documents_that_cannot_be_made_fails(well, settings):
    file = settings.STATIC_ROOT / "desk" / "desk.css"
    settings.DOCUMENTS_ROOT = file / "documents"

    found, _, code = examined("documents")

    assert (found["Documents"], code) == ("FAIL", 1)


def test_static_files_that_are_not_collected_fail(well, settings):
    settings.STATIC_ROOT = settings.DOCUMENTS_ROOT

    found, lines, code = examined("static")

    assert (found, code) == ({"Static files": "FAIL"}, 1)
    assert "collectstatic" in lines[0]


def test_keys_for_webhooks_that_are_missing_or_wrong_fail(well, settings):
    for keys in ([], ["c2hvcnQ="]):
        settings.TELNYX_PUBLIC_KEYS = keys

        assert examined("keys")[::2] == ({"Webhook keys": "FAIL"}, 1)


def test_unsafe_settings_fail_one_line_each_and_show_no_secret():
    done = run("settings", PRIVATE="0", SECRET_KEY="canary-secret", ALLOWED_HOSTS="", TELNYX_PUBLIC_KEYS="")

    assert done.returncode == 1
    assert re.findall(r"^FAIL  Settings: .*\((messaging\.E\d+)\)", done.stdout, re.M) == [
        "messaging.E001",
        "messaging.E003",
        "messaging.E004",
        "messaging.E006",
    ]
    assert "canary" not in done.stdout + done.stderr


def test_a_misspelled_line_in_the_env_file_is_worth_a_look(well, settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / ".env.example").write_text((ROOT / ".env.example").read_text())
    (tmp_path / ".env").write_text("TELNYX_APIKEY=KEY-canary\nTELNYX_API_KEY=KEY-other\n#OLD=1\n")

    _, lines, code = examined("settings")

    assert code == 0
    assert [line for line in lines if ".env" in line] == [
        "LOOK  Settings: .env sets TELNYX_APIKEY, which nothing reads. "
        "Check the spelling with docs/configuration.md."
    ]


def test_a_package_of_another_version_is_worth_a_look(well, settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "requirements.txt").write_text("django==1.0 \\\n    --hash=x\nno-such-package==1.0 \\\n")

    found, lines, _ = examined("versions")

    assert found["Packages"] == "LOOK"
    assert re.search(r"django 5\.\S+ instead of 1\.0, no-such-package is missing\.", lines[1])


def test_an_address_that_nobody_can_open_is_worth_a_look(well, settings):
    settings.PUBLIC_URL = "https://desk.invalid"

    found, lines, code = examined("address")

    assert (found["PUBLIC_URL"], code) == ("LOOK", 0)
    assert "desk.invalid is not in ALLOWED_HOSTS" in lines[0]
    assert "can't be opened from here: its name isn't known." in lines[1]

    settings.PUBLIC_URL = "https://10.0.0.1"

    assert "an address that isn't on the public internet" in examined("address")[1][-1]


def test_a_first_webhook_under_a_wrong_key_is_worth_a_look_and_the_line_says_which_key(well, settings):
    settings.PUBLIC_URL = "https://desk.example.com"
    assert examined("refused")[0] == {"Webhooks turned away": "OK"}

    deliver(event(), key=OTHER_KEY)

    found, lines, code = examined("webhooks", "refused")
    assert (found["Webhooks turned away"], code) == ("LOOK", 0)
    assert "Give each messaging profile the address https://desk.example.com/webhooks/telnyx/, in" in lines[0]
    assert "Compare TELNYX_PUBLIC_KEYS with the public key in Telnyx's portal." in lines[1]


def test_a_mail_server_that_is_away_fails_and_one_that_is_there_gets_no_mail(well, settings):
    with serving(MailServer()) as server:
        settings.EMAIL_URL = server.url.replace("://", "://desk:canary-word@")
        for name, value in environ.Env.email_url_config(server.url).items():
            setattr(settings, name, value)
        assert examined("mail")[::2] == ({"Mail": "OK"}, 0)
        assert server.got == []

    found, lines, code = examined("mail")

    assert (found, code) == ({"Mail": "FAIL"}, 1)
    assert "canary" not in lines[0]


def test_a_provider_of_sign_ins_that_is_away_is_worth_a_look(well, settings):
    settings.OIDC_ISSUER = "https://login.invalid"

    assert examined("sign_in")[::2] == ({"Company sign-in": "LOOK"}, 0)


@pytest.mark.system
@pytest.mark.parametrize("seconds", [420, -420], ids=["ahead", "behind"])
def test_a_clock_that_is_off_fails(seconds):
    if not clocks.library():
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs libfaketime for the tests with clocks that differ.")
        pytest.skip("libfaketime is not on this machine (Debian: apt-get install libfaketime)")
    done = run(
        "clock",
        LD_PRELOAD=str(clocks.library()),
        FAKETIME=f"{seconds:+g}s",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
        NO_FAKE_STAT="1",
    )

    assert done.returncode == 1, done.stdout + done.stderr
    direction = "ahead of" if seconds > 0 else "behind"
    assert f"FAIL  Clocks: This machine's clock is 7 minutes {direction} PostgreSQL's." in done.stdout
