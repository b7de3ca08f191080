"""What a public installation must have before any of its processes runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from messaging import checks

ROOT = Path(__file__).resolve().parent.parent

PRODUCTION = {
    "PRIVATE": "0",
    "DEBUG": "0",
    "SECRET_KEY": "k" * 20 + "0123456789" * 4,
    "ALLOWED_HOSTS": "desk.example.com",
    "TELNYX_API_KEY": "KEY-invented",
    "TELNYX_BASE_URL": "https://api.telnyx.com/v2",
    "TELNYX_PUBLIC_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "PUBLIC_URL": "https://desk.example.com",
}

WRONG = [
    ("SECRET_KEY", "", "messaging.E001"),
    ("SECRET_KEY", "short", "messaging.E001"),
    ("SECRET_KEY", "django-insecure-" + "0123456789" * 5, "messaging.E001"),
    ("SECRET_KEY", "k" * 80, "messaging.E001"),
    ("SECRET_KEY", " " * 80, "messaging.E001"),
    ("SECRET_KEY", "abcdefghijkl" * 5, "messaging.E001"),
    ("SECRET_KEY", "Change-Me! " + PRODUCTION["SECRET_KEY"], "messaging.E001"),
    ("SECRET_KEY", "CHANGEME" + PRODUCTION["SECRET_KEY"], "messaging.E001"),
    ("SECRET_KEY_FALLBACKS", ["changeme"], "messaging.E001"),
    ("DEBUG", True, "messaging.E002"),
    ("ALLOWED_HOSTS", [], "messaging.E003"),
    ("ALLOWED_HOSTS", ["*"], "messaging.E003"),
    ("ALLOWED_HOSTS", ["desk.example.com", " * "], "messaging.E003"),
    ("ALLOWED_HOSTS", ["*.example.com"], "messaging.E003"),
    ("ALLOWED_HOSTS", [".com"], "messaging.E003"),
    ("ALLOWED_HOSTS", [".COM."], "messaging.E003"),
    ("ALLOWED_HOSTS", [".co.uk"], "messaging.E003"),
    ("ALLOWED_HOSTS", ["."], "messaging.E003"),
    ("ALLOWED_HOSTS", ["desk.example.com", ""], "messaging.E003"),
    ("CSRF_TRUSTED_ORIGINS", ["https://*"], "messaging.E003"),
    ("CSRF_TRUSTED_ORIGINS", ["https://*.com"], "messaging.E003"),
    ("TELNYX_SETTLE_SECONDS", 29.9, "messaging.E009"),
    ("TELNYX_DEADLINE", 301.0, "messaging.E009"),
    ("TELNYX_DEADLINE", -1.0, "messaging.E012"),
    ("TELNYX_DEADLINE", float("nan"), "messaging.E012"),
    ("TELNYX_SETTLE_SECONDS", float("inf"), "messaging.E012"),
    ("UNDO_SECONDS", 601.0, "messaging.E023"),
    ("UNDO_SECONDS", float("inf"), "messaging.E012"),
    ("TELNYX_READ_TIMEOUT", 0.0, "messaging.E012"),
    ("TELNYX_WRITES_PER_SECOND", 0.0, "messaging.E012"),
    ("TELNYX_POLL_SECONDS", float("nan"), "messaging.E012"),
    ("SWEEP_SECONDS", -10.0, "messaging.E012"),
    ("RETENTION_MESSAGE_DAYS", -1, "messaging.E012"),
    ("EXPORT_MOST_ROWS", 0, "messaging.E012"),
    ("TOLLFREE_ANSWER_DAYS", 0, "messaging.E012"),
    ("TOLLFREE_REVIEW_DAYS", -1, "messaging.E012"),
    ("HOSTED_SWITCH_DAYS", 0, "messaging.E012"),
    ("TOLLFREE_CARRIER_DAYS", 366, "messaging.E021"),
    ("HOSTED_ANSWER_DAYS", 10**9, "messaging.E021"),
    ("TELNYX_PUBLIC_KEYS", [], "messaging.E004"),
    ("TELNYX_PUBLIC_KEYS", [PRODUCTION["TELNYX_PUBLIC_KEYS"]] * 5, "messaging.E004"),
    ("TELNYX_PUBLIC_KEYS", ["c2hvcnQ="], "messaging.E005"),
    ("TELNYX_BASE_URL", "http://api.telnyx.com/v2", "messaging.E006"),
    ("TELNYX_BASE_URL", "http://127.0.0.1:8001/v2", "messaging.E006"),
    ("TELNYX_API_KEY", "", "messaging.E007"),
    ("TELNYX_API_KEY", "KEY with spaces", "messaging.E007"),
    ("DOCUMENT_KEYS", [], "messaging.E008"),
    ("DOCUMENT_KEYS", ["c2hvcnQ="], "messaging.E008"),
    ("DOCUMENT_KEYS", ["A" * 43 + "=", "not a key"], "messaging.E008"),
    ("RETENTION_OPTOUT_DAYS", -1, "messaging.E012"),
    ("RETENTION_OPTOUT_DAYS", 36501, "messaging.E020"),
    ("FOUR_EYES", ["toll-free"], "messaging.E022"),
    ("OIDC_ISSUER", "https://login.example.com", "messaging.E024"),
    ("EMAIL_URL", "smtp://mail.example.com", "messaging.E025"),
    ("NOTICE_CHANNELS", "ops", "messaging.E026"),
    ("NOTICE_CHANNELS", "ops=no-such-thing", "messaging.E026"),
    ("NOTICE_CHANNELS", "email=json://127.0.0.1", "messaging.E026"),
    ("NOTICE_CHANNELS", '{"ops": 1}', "messaging.E026"),
    ("NOTICE_CHANNELS", "{", "messaging.E026"),
    ("METRICS_TOKEN", "short", "messaging.E028"),
    ("LOG_FORMAT", "xml", "messaging.E029"),
    ("SENTRY_DSN", "http://key@sentry.example.com/1", "messaging.E030"),
    ("PUBLIC_URL", "http://desk.example.com", "messaging.W001"),
]


@pytest.fixture
def public(settings):
    """The settings of a public desk with nothing wrong."""
    settings.PRIVATE = False
    settings.SECRET_KEY = PRODUCTION["SECRET_KEY"]
    settings.ALLOWED_HOSTS = ["desk.example.com"]
    settings.TELNYX_BASE_URL = PRODUCTION["TELNYX_BASE_URL"]
    settings.PUBLIC_URL = PRODUCTION["PUBLIC_URL"]
    return settings


@pytest.mark.parametrize(("name", "value", "id"), WRONG)
@pytest.mark.promise("X103")
def test_each_problem_of_a_public_desk_is_named(public, name, value, id):
    setattr(public, name, value)

    assert [message.id for message in checks.environment()] == [id]


@pytest.mark.promise("X103")
def test_a_public_desk_with_nothing_wrong_has_no_message(public):
    assert checks.environment() == []


@pytest.mark.promise("X103")
def test_every_check_has_a_case_above():
    ids = re.findall(r'id="(messaging\.[EW]\d+)"', Path(checks.__file__).read_text())

    elsewhere = ["messaging.E010", "messaging.E011", "messaging.E013", "messaging.E027", "messaging.E032"]
    assert sorted(ids) == sorted({id for _, _, id in WRONG} | set(elsewhere))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_HOSTS", ["desk.example.com", ".example.com", "Desk.Example.COM", "10.1.2.3", "[::1]"]),
        ("CSRF_TRUSTED_ORIGINS", ["https://*.example.com", "https://desk.example.com:8443"]),
        ("TELNYX_SETTLE_SECONDS", 30.0),
        ("RETENTION_MESSAGE_DAYS", 0),
        ("MESSAGES_A_DAY", 0),
    ],
)
def test_what_is_safe_passes(public, name, value):
    setattr(public, name, value)

    assert checks.environment() == []


HERE = [
    "localhost",
    " LocalHost ",
    "localhost.",
    "127.0.0.1",
    "127.8.0.1",
    "[::1]",
    "::1",
    "desk.localhost",
    "127.0.0.1:80",
]
NOT_HERE = [
    "*",
    "desk.example.com",
    "0.0.0.0",
    "[::]",
    "10.0.0.1",
    "localhost.example.com",
    ".com",
    "127.0.0.1.nip.io",
]


@pytest.mark.parametrize("host", HERE)
def test_a_private_desk_starts_under_the_names_of_this_machine(settings, host):
    settings.ALLOWED_HOSTS = [host]
    settings.PUBLIC_URL = f"http://{'[::1]' if host == '::1' else host.strip()}"

    assert checks.environment() == []


@pytest.mark.parametrize("host", NOT_HERE)
@pytest.mark.promise("X103")
def test_a_private_desk_with_a_public_name_refuses_to_start(settings, host):
    settings.ALLOWED_HOSTS = ["localhost", host]
    assert [message.id for message in checks.environment()] == ["messaging.E011"]

    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["localhost"], f"https://{host}/desk"
    assert [message.id for message in checks.environment()] == ["messaging.E011"]


def test_a_private_desk_is_served_to_this_machine_alone(settings, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["manage.py", "runserver", "0.0.0.0:8000"])
    assert [message.id for message in checks.environment()] == ["messaging.E011"]
    monkeypatch.setattr(sys, "argv", ["manage.py", "runserver", "--noreload", "8000"])
    assert checks.environment() == []


@pytest.mark.parametrize("bind", ["0.0.0.0:0", "[::]:0", ":0"])
def test_a_private_desk_that_would_listen_to_others_refuses_to_start(bind):
    done = run(
        "-m", "gunicorn", "config.wsgi", "--bind", bind, PRIVATE="1", ALLOWED_HOSTS="localhost", PUBLIC_URL=""
    )

    assert done.returncode != 0
    assert "messaging.E013: PRIVATE is set" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def demo_desk(public, db):
    User.objects.create_user("Compliance", password="demo")
    User.objects.create_user("approver", password="demo")
    User.objects.create_user("operator", password="a password of one's own")
    return public


@pytest.mark.promise("X103")
def test_a_public_desk_with_demo_logins_refuses_to_start(demo_desk, capsys):
    with pytest.raises(SystemExit):
        checks.refuse_to_start()

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("messaging.E010")
    assert "Compliance, approver." in line
    assert "changepassword" in line
    with pytest.raises(SystemCheckError, match=r"messaging\.E010"):
        call_command("check", deploy=True)


def test_a_public_desk_starts_once_the_demo_logins_have_other_passwords(demo_desk):
    User.objects.filter(username__in=["Compliance", "approver"]).update(password="!")

    checks.refuse_to_start()


def test_nobody_logs_in_to_a_public_desk_with_the_password_of_the_demo(demo_desk, client):
    login = {"username": "approver", "password": "demo"}
    assert not client.login(**login)

    demo_desk.PRIVATE = True
    assert client.login(**login)


def test_a_database_that_is_away_is_said_and_does_not_stop_the_start():
    done = start("import config.wsgi", DATABASE_URL="postgres://desk:canary@127.0.0.1:9/desk")

    assert done.returncode == 0
    assert done.stderr.startswith("messaging.I001: The database cannot be reached")
    assert "Traceback" not in done.stderr
    assert "canary" not in done.stderr


def start(code: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return run("-c", code, **changes)


def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | PRODUCTION | changes | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.promise("X103")
def test_every_problem_has_its_line():
    done = start("import config.wsgi", SECRET_KEY="", ALLOWED_HOSTS="", TELNYX_PUBLIC_KEYS="")

    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "messaging.E001",
        "messaging.E003",
        "messaging.E004",
    ]


@pytest.mark.parametrize("text", ["a while", "1e999", "-3", "nan"])
@pytest.mark.parametrize("code", ["import config.wsgi", "from config.celery import app; app.Beat().run()"])
@pytest.mark.promise("X103")
def test_an_invalid_number_is_one_line(code, text):
    done = start(code, SWEEP_SECONDS=text, REDIS_URL="redis://127.0.0.1:9/0")

    assert done.returncode == 3
    assert "messaging.E012: SWEEP_SECONDS" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["a week", "0", "-7", "3.5", "nan"])
@pytest.mark.parametrize("name", ["TOLLFREE_ANSWER_DAYS", "HOSTED_REVIEW_DAYS"])
def test_a_clock_that_is_no_number_of_days_is_one_line(name, text):
    done = start("import config.wsgi", **{name: text})

    assert done.returncode == 3
    assert f"messaging.E012: {name}" in done.stderr
    assert "Set a whole number above 0" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.promise("X103")
def test_the_worker_refuses_as_well():
    code = "from config.celery import app; app.worker_main(['worker', '--pool', 'solo'])"

    done = start(code, TELNYX_PUBLIC_KEYS="", REDIS_URL="redis://127.0.0.1:9/0")

    assert done.returncode == 3
    assert "messaging.E004" in done.stderr


def test_a_public_desk_starts_when_all_is_set():
    assert start("import config.wsgi").returncode == 0


@pytest.mark.promise("X103")
def test_no_line_reveals_a_secret():
    done = start("import config.wsgi", TELNYX_API_KEY="KEY of-canary", SECRET_KEY="canary-secret")

    assert done.returncode == 3
    assert "canary" not in done.stderr + done.stdout


def test_the_tests_themselves_run_without_a_problem():
    assert checks.environment() == []
