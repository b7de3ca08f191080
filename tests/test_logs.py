"""What is logged: one line for what is expected, a trace without values for our own bugs, and no flood of either."""

import logging
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path, re_path
from gunicorn.config import Config

from config import gunicorn
from config.logs import WINDOW_SECONDS, Handler
from messaging import endpoints
from messaging.mirror.inbound import drain, inbox
from tests.signing import WEBHOOK, deliver, event, signature_headers
from tests.stack import Stack, wait_until


class Log(StringIO):
    """The error stream of a process, and its clock."""

    now = 1000.0

    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


@pytest.fixture
def log(monkeypatch) -> Iterator[Log]:
    """Everything is written by the handler that the settings name, as in any process."""
    written = Log()
    monkeypatch.setattr("config.logs.time", SimpleNamespace(monotonic=lambda: written.now))
    (handler,) = (found for found in logging.getLogger().handlers if isinstance(found, Handler))
    handler.close()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


def forbidden(request, number):
    raise PermissionDenied("canary")


def broken(request, number):
    raise RuntimeError(f"canary of +1 (555) 010-{number} and {number}")


def away(request, number):
    raise OperationalError(f"connection failed: canary {number}")


def mistaken(request, number):
    try:
        int("Canary asks for a refund")
    except ValueError as error:
        raise KeyError("canary@example.com", f"+1 555.010.{number}", "status") from error


def doubled(request, number):
    User.objects.create(username=f"canary {number}")
    User.objects.create(username=f"canary {number}")
    return HttpResponse()


def unreadable(request, number):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::integer", ["canary"])
    return HttpResponse()


urlpatterns = [
    path("forbidden/<number>/", forbidden),
    path("broken/<number>/", broken),
    path("away/<number>/", away),
    path("mistaken/<number>/", mistaken),
    path("doubled/<number>/", doubled),
    path("unreadable/<number>/", unreadable),
    re_path(r"^webhooks/telnyx/?$", endpoints.telnyx_webhook),
]
handler500 = "config.errors.server_error"
CUT = [name for name in settings.MIDDLEWARE if "messaging.desk.typed" not in name]


@pytest.fixture
def visitor(db) -> Iterator[Client]:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=CUT):
        yield Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("/forbidden/5550100/?q=canary", "GET /forbidden/<number>/ was answered with 403 (PermissionDenied)"),
        ("/nowhere/5550100/?q=canary", "GET an address without a page was answered with 404"),
        ("/%00canary", "GET an address without a page was answered with 404"),
    ],
)
@pytest.mark.promise("X96")
def test_a_refusal_is_one_line_that_names_nobody(visitor, log, address, line):
    visitor.get(address)

    assert len(log.lines()) == 1
    assert line in log.getvalue()
    assert "canary" not in log.getvalue()
    assert "5550100" not in log.getvalue()


SECRET = "0123456789abcdef" * 3


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("GET /calendar/%s.ics was slow", [SECRET]),
        ('"GET %s HTTP/1.1" 200 17', [f"/calendar/{SECRET}.ics"]),
        ("%s", [f"https://desk.example.com/calendar/{SECRET}.ics?x=1"]),
        ("%s", [f"/calendar/{SECRET[:30]}"]),  # cut off
        ("the link %s", [SECRET]),
    ],
)
@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING])
def test_no_line_holds_the_secret_of_a_calendar(log, level, said, arguments):
    logging.getLogger("gunicorn.error").log(level, said, *arguments)
    logging.getLogger("anything").log(level, said, *arguments)

    assert log.lines()
    assert SECRET[:12] not in log.getvalue()


@pytest.mark.parametrize("address", [f"/calendar/{SECRET}.ics", f"/calendar/{SECRET}", f"/x/{SECRET}/"])
def test_a_wrong_link_to_a_calendar_is_a_line_without_it(db, log, address):
    Client().get(address)

    assert "was answered with 404" in log.getvalue()
    assert SECRET[:12] not in log.getvalue()


def test_gunicorns_access_log_holds_no_secret_of_a_calendar():
    path = f"/calendar/{SECRET}.ics"
    request = SimpleNamespace(headers=[("REFERER", path)])
    environ = {"REQUEST_METHOD": "GET", "RAW_URI": path, "PATH_INFO": path, "SERVER_PROTOCOL": "HTTP/1.1"}
    environ |= {"QUERY_STRING": "", "HTTP_REFERER": f"http://desk.example.com{path}"}
    answer = SimpleNamespace(status="200 OK", sent=1, headers=[])
    cfg = Config()
    cfg.set("errorlog", os.devnull)

    atoms = gunicorn.Log(cfg).atoms(answer, request, environ, timedelta(seconds=1))

    assert "GET /calendar/….ics HTTP/1.1" in atoms.values()
    assert SECRET[:12] not in str(atoms)


@pytest.mark.promise("X94")
def test_a_trace_keeps_names_and_no_words_that_people_wrote(visitor, log):
    assert visitor.get("/mistaken/5550100/").status_code == 500

    text = "".join(line for line in log.getvalue().splitlines(True) if not line.startswith("    "))
    assert "builtins.ValueError: invalid literal for int() with base 10: '…'" in text
    assert "builtins.KeyError: ('…', '…', 'status')" in text


@pytest.mark.promise("X95")
def test_an_event_that_fails_is_a_line_without_what_it_said(db, log, monkeypatch):
    monkeypatch.setattr(drain, "_handlers", [(lambda data: True, lambda event: int(event.data()["text"]))])
    inbox.store(b'{"data": {"id": "1", "event_type": "odd", "text": "Canary +1 555 010 0199"}}', "0123")

    drain.drain()

    assert "failed (ValueError)." in log.getvalue()
    assert "anary" not in log.getvalue()
    assert "0199" not in log.getvalue()


@pytest.mark.promise("X96")
def test_an_unknown_host_is_one_line_without_the_host(client, db, log):
    client.get("/admin/login/", headers={"host": "canary.example.com"})

    assert len(log.lines()) == 1
    assert "was answered with 400 (DisallowedHost)" in log.getvalue()
    assert "canary" not in log.getvalue()


def test_a_database_that_is_away_is_one_line_with_its_place(visitor, log):
    assert visitor.get("/away/5550100/").status_code == 503

    assert len(log.lines()) == 1
    assert "GET /away/<number>/ was answered with 503" in log.getvalue()
    assert "OperationalError at tests/test_logs.py:" in log.getvalue()
    assert "canary" not in log.getvalue()


@pytest.mark.parametrize("kind", ["broken", "doubled", "unreadable"])
@pytest.mark.promise("X94")
def test_a_fault_of_ours_keeps_its_trace_without_the_values(visitor, log, kind):
    assert visitor.get(f"/{kind}/5550100/").status_code == 500

    text = log.getvalue()
    assert "Traceback" in text
    assert f"in {kind}" in text
    assert "5550100" not in text
    assert kind == "broken" or "canary" not in text.replace('f"canary', "").replace('["canary"]', "")
    if kind == "doubled":
        assert "IntegrityError: 23505 auth_user auth_user_username_key" in text


@pytest.mark.django_db
def test_a_flood_of_unsigned_webhooks_is_a_few_lines_that_say_how_many(log):
    for _ in range(300):
        assert deliver(event(), headers={}) == 400
    assert len(log.lines()) <= 4

    log.now += WINDOW_SECONDS + 1
    deliver(event(), headers={})
    assert "299 more like this were left out: " in log.getvalue()
    assert len(log.lines()) <= 10


def test_a_flood_of_different_lines_from_one_place_is_bounded_too(log):
    for number in range(1000):
        logging.getLogger("tests").warning("Entry %s is late.", number)
        logging.getLogger("tests").error("Entry %s\nis later.", number)
    assert len(log.lines()) == 40
    assert "Entry 3 is late." in log.getvalue()
    assert "Entry 3 is later." in log.getvalue(), "one line each"

    log.now += WINDOW_SECONDS + 1
    logging.getLogger("tests").info("Time goes by.")
    assert "980 more like this were left out" in log.getvalue()


def test_what_is_said_for_information_stays_as_it_is(log):
    for _ in range(3):
        logging.getLogger("tests").info("ready.")

    assert len(log.lines()) == 3


def size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


@pytest.mark.system
def test_an_outage_of_postgresql_is_a_few_lines_of_every_process(private_postgres, stack: Stack):
    stack.start()
    body = b'{"data": {"event_type": "x", "id": "1"}}'
    private_postgres.stop()
    before, started = {process: size(process.log) for process in stack.processes}, time.monotonic()
    for _ in range(60):
        stack.visitor().post(WEBHOOK, content=body, headers=signature_headers(body))
        stack.visitor().get("/admin/")
        stack.visitor().get("/admin/login/")
    wait_until(lambda: "OperationalError" in stack.worker.log_text(), 30, "the worker notices")

    windows = 1 + (time.monotonic() - started) / WINDOW_SECONDS
    said = {
        process.name: process.log.read_bytes()[start:].decode(errors="replace")
        for process, start in before.items()
    }
    assert not [name for name, lines in said.items() if "Traceback" in lines]
    lines = {name: len(text.splitlines()) for name, text in said.items()}
    # 60 pages and deliveries alone would be 180 without the limit.
    assert lines["web"] < 20 * windows
    # A few for each kind of periodic work.
    assert lines["worker"] + lines["beat"] < 8 * len(settings.PERIODIC) * windows
    private_postgres.start()
    wait_until(lambda: stack.visitor().get("/readyz").status_code == 200, 40, "all works again")
