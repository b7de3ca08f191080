"""What arrives at Sentry says what failed and where, and holds nothing that people wrote or are."""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from config.local.places import ROOT
from messaging import checks


class Arrived(list[bytes]):
    """The bodies that came, unpacked, and the port they came to."""

    port = 0

    def events(self) -> list[dict]:
        items = [json.loads(line) for body in self for line in body.splitlines() if line.startswith(b"{")]
        return [item for item in items if "event_id" in item and "platform" in item]


@pytest.fixture
def sentry() -> Iterator[Arrived]:
    arrived = Arrived()

    class Sentry(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            arrived.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sentry)
    arrived.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield arrived
    server.shutdown()
    server.server_close()


@pytest.mark.system
def test_what_arrives_names_the_fault_and_holds_no_secret(sentry):
    environment = os.environ | {"SENTRY_DSN": f"http://public@127.0.0.1:{sentry.port}/1"}

    done = subprocess.run(
        [sys.executable, "-m", "tests.sentry_crash"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    status, request_id = done.stdout.split()
    page, task, line = sentry.events()
    assert status == "500"
    assert page["tags"]["request_id"] == request_id
    assert [error["type"] for error in page["exception"]["values"]] == ["IntegrityError", "RuntimeError"]
    assert page["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"] == "crash"
    assert "cannot send" in page["exception"]["values"][-1]["value"]
    assert [error["type"] for error in task["exception"]["values"]] == ["ValueError"]
    assert line["logentry"]["formatted"] == "Entry 0198c0de is given up."
    everything = b"\n".join(sentry)
    for secret in (b"planted", b"5550100199", b"010-0199", b"0199", b"example.com", b"X-Secret", b"cookie"):
        assert secret not in everything.replace(b"tests/sentry_crash", b""), secret
    for part in ("request", "user", "breadcrumbs", "extra", "contexts", "modules", "server_name"):
        assert not [event for event in sentry.events() if part in event], part


def test_without_its_packages_the_desk_refuses_to_start(settings, monkeypatch):
    settings.SENTRY_DSN = "https://public@sentry.example.com/1"
    assert not [found for found in checks.environment() if found.id == "messaging.E032"]

    monkeypatch.setitem(sys.modules, "sentry_sdk", None)

    (found,) = [found for found in checks.environment() if found.id == "messaging.E032"]
    assert "requirements-sentry.txt" in found.hint


@pytest.mark.parametrize(
    "dsn", ["sentry.example.com", "https://sentry.example.com", "ftp://a@b/1", "https://a@b"]
)
def test_an_address_that_is_none_is_refused(settings, dsn):
    settings.SENTRY_DSN = dsn

    assert [found for found in checks.environment() if found.id == "messaging.E030"]
