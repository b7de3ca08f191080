"""What a public installation must have before any of its processes runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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
    ("DEBUG", True, "messaging.E002"),
    ("ALLOWED_HOSTS", [], "messaging.E003"),
    ("ALLOWED_HOSTS", ["*"], "messaging.E003"),
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
    ("RETENTION_OPTOUT_DAYS", -1, "messaging.E020"),
    ("RETENTION_OPTOUT_DAYS", 36501, "messaging.E020"),
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
def test_x103_each_problem_of_a_public_desk_is_named(public, name, value, id):
    setattr(public, name, value)

    assert [message.id for message in checks.environment()] == [id]


def test_x103_a_public_desk_with_nothing_wrong_has_no_message(public):
    assert checks.environment() == []


def test_x103_every_check_is_tried_above():
    ids = re.findall(r'id="(messaging\.[EW]\d+)"', Path(checks.__file__).read_text())

    assert sorted(ids) == sorted({id for _, _, id in WRONG})


def start(code: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | PRODUCTION | changes | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_x103_every_problem_has_its_line():
    done = start("import config.wsgi", SECRET_KEY="", ALLOWED_HOSTS="", TELNYX_PUBLIC_KEYS="")

    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "messaging.E001",
        "messaging.E003",
        "messaging.E004",
    ]


def test_x103_the_worker_refuses_as_well():
    code = "from config.celery import app; app.worker_main(['worker', '--pool', 'solo'])"

    done = start(code, TELNYX_PUBLIC_KEYS="", REDIS_URL="redis://127.0.0.1:9/0")

    assert done.returncode == 3
    assert "messaging.E004" in done.stderr


def test_a_public_desk_starts_when_all_is_set():
    assert start("import config.wsgi").returncode == 0


def test_x103_no_line_gives_a_secret_away():
    done = start("import config.wsgi", TELNYX_API_KEY="KEY of-canary", SECRET_KEY="canary-secret")

    assert done.returncode == 3
    assert "canary" not in done.stderr + done.stdout


def test_the_tests_themselves_run_without_a_problem():
    assert checks.environment() == []
