"""The command lines of the units in contrib/, behind nginx with the site in contrib/: a journey as in production."""

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from config.local.places import ROOT
from config.local.servers import free_port, leashed
from tests import shipped
from tests.stack import STATIC, Process, Stack, wait_until
from tests.system.submissions import QUICK, accepted_once, one_draft, posts, submit
from tests.visitor import Visitor

pytestmark = [pytest.mark.system]


class Shipped:
    """The processes of the units and nginx in front of them. People come by TLS, the sandbox by `stack.url`."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack, self.folder = stack, folder
        self.web, self.webhooks, tls = free_port(), free_port(), free_port()
        self.url = f"https://127.0.0.1:{tls}"
        conf = shipped.site(folder, tls=tls, plain=stack.port, web=self.web, webhooks=self.webhooks)
        shipped.check_nginx(conf)
        self.trust = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
        self.environment = stack.environment | QUICK | {"TRUSTED_PROXY": "1"}
        ports = {"web": {"8000": str(self.web)}, "webhooks": {"8001": str(self.webhooks)}}
        for name in ("web", "webhooks", "worker@", "beat"):
            arguments = shipped.command(name, **ports.get(name, {}))
            process = Process(
                name, arguments, self.environment | shipped.environment(name), folder / f"{name}.log"
            )
            stack.processes.append(process.start())
        self.nginx = subprocess.Popen(
            leashed("--", shipped.nginx(), "-c", str(conf)), stderr=subprocess.DEVNULL, start_new_session=True
        )

    def visitor(self) -> Visitor:
        return Visitor(self.url, verify=self.trust)

    def answers(self, url: str) -> bool:
        with (
            suppress(httpx.TransportError),
            Visitor(url, verify=self.trust) as visitor,
        ):
            return visitor.get("/healthz").status_code == 200
        return False

    def log(self) -> str:
        return (self.folder / "telnyx-desk.log").read_text()


@pytest.fixture
def running(stack: Stack, tmp_path: Path) -> Iterator[Shipped]:
    started = Shipped(stack, tmp_path)
    try:
        wait_until(lambda: started.answers(started.url), 40, "web answers through nginx")
        wait_until(lambda: started.answers(f"http://127.0.0.1:{started.webhooks}"), 40, "webhooks answers")
        yield started
    finally:
        started.nginx.terminate()
        started.nginx.wait(10)


def test_a_journey_through_what_is_shipped(running: Shipped, stack: Stack):
    """Sign in, submit, Telnyx receives it, its signed webhook comes through nginx, the doctor finds nothing broken."""
    draft = one_draft(stack)
    compliance = running.visitor().login("compliance")

    assert submit(compliance, draft).status_code == 302
    accepted_once(stack)
    assert posts(stack) == 1
    [held] = stack.sandbox.records()
    stack.sandbox.set_status(held["id"], "Rejected", reason="Website not reachable")

    statuses = "SELECT remote_status FROM tollfree_verificationrequest"
    wait_until(lambda: stack.sql(statuses) == [("Rejected",)], 20, "the status is here")
    # A poll may have brought it first.
    processed = "SELECT count(*) > 0 FROM mirror_webhookevent WHERE state = 'done'"
    wait_until(lambda: stack.sql(processed) == [(True,)], 20, "the webhook is processed")
    assert " POST /webhooks/- 200 " in running.log()

    alone = Visitor(f"http://127.0.0.1:{running.webhooks}")
    assert [alone.get(path).status_code for path in ("/", "/admin/login/", "/static/desk/desk.css")] == [
        404
    ] * 3
    wait_until(lambda: running.visitor().get("/readyz").status_code == 200, 30, "the whole desk works")
    doctor = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=ROOT,
        env=running.environment | {"DOCUMENTS_ROOT": str(running.folder), "STATIC_ROOT": str(STATIC)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr

    canary = "/admin/login/?next=/admin/canary-of-a-query/"
    assert running.visitor().get(canary).status_code == 200
    assert running.visitor().get("/calendar/" + "ca" * 24 + ".ics").status_code == 404
    with httpx.Client(verify=running.trust) as client:
        large = client.post(f"{running.url}/webhooks/telnyx/", content=b"x" * ((1 << 20) + 1))
    assert large.status_code == 413
    for address, status in (
        ("127.0.0.1", 404),
        ("127.0.0.2", 403),
    ):  # no METRICS_TOKEN here, and not from elsewhere
        transport = httpx.HTTPTransport(verify=running.trust, local_address=address)
        with httpx.Client(transport=transport) as client:
            assert client.get(f"{running.url}/metrics").status_code == status
    everything = "".join(path.read_text(errors="replace") for path in running.folder.glob("*.log"))
    assert " GET /calendar/- 404 " in everything
    for secret in ("canary-of-a-query", "ca" * 24, stack.sandbox.api_key, os.environ["SECRET_KEY"]):
        assert secret not in everything
