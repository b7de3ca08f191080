"""The load of a soak, and what is measured meanwhile. Import it only after the servers are named."""

import argparse
import json
import os
import threading
import time
from itertools import cycle
from pathlib import Path

import httpx
import redis

from config.local.servers import PostgreSQL, Valkey, children, free_port
from tests.faults.run import fresh_database, prepared
from tests.sandbox.control import Sandbox
from tests.soak.figures import Figures, Sample
from tests.stack import Process, Stack, patience, prepare

SAMPLE_SECONDS = 5.0
# Between two pages of one person.
LOOK_SECONDS = 1.0
EMPTY_SECONDS = 300
PEOPLE = ("auditor", "operator", "compliance")
PAGES = (
    "/admin/",
    "/admin/messaging/message/",
    "/admin/messaging/message/?status=delivery_failed",
    "/admin/tollfree/verificationrequest/",
    "/admin/hosted/hostedorder/",
    "/admin/messaging/messagingprofile/",
)


def run(chosen: argparse.Namespace, postgres: PostgreSQL, valkey: Valkey) -> int:
    prepare(prepared(postgres))
    fresh_database(postgres)
    port = free_port()
    with Sandbox(webhooks=f"http://127.0.0.1:{port}/webhooks/telnyx/") as sandbox:
        stack = Stack(chosen.out, postgres.url(), valkey.url(), sandbox, port)
        try:
            stack.start()
            found = Figures(chosen.minutes, chosen.rate, chosen.warm_up)
            Soak(stack, postgres, valkey, found).run()
        finally:
            stack.kill()
    say(found.words())
    if chosen.report:
        chosen.report.write_text(json.dumps(found.summary(), indent=1))
    return 1 if found.problems() else 0


class Soak:
    """The stack under load, with everything looked at every few seconds."""

    def __init__(self, stack: Stack, postgres: PostgreSQL, valkey: Valkey, figures: Figures) -> None:
        self.stack, self.postgres, self.figures = stack, postgres, figures
        self.broker = redis.from_url(valkey.url())
        self.done = threading.Event()

    def run(self) -> None:
        people = [threading.Thread(target=self.browse, args=(name,), daemon=True) for name in PEOPLE]
        for person in people:
            person.start()
        cpu, size = self.cpu(), self.database_bytes()
        self.stack.sandbox.traffic(self.figures.rate)
        started = said = time.monotonic()
        while (at := time.monotonic() - started) < self.figures.minutes * 60:
            self.figures.samples.append(self.look(at))
            self.take_deliveries()
            if time.monotonic() - said >= 60:
                said = time.monotonic()
                newest = self.figures.samples[-1]
                told = ", ".join(f"{role} {size / 2**20:.0f}" for role, size in sorted(newest.rss.items()))
                say(f"{at / 60:5.1f} min: MB {told}; connections {newest.database}, {newest.broker}")
            time.sleep(SAMPLE_SECONDS)
        self.figures.sent = self.stack.sandbox.stop_traffic()["events"]
        self.done.set()
        for person in people:
            person.join(90)
        self.empty()
        self.figures.cpu = {role: round(used - cpu[role], 1) for role, used in self.cpu().items()}
        self.figures.database_bytes = self.database_bytes() - size

    def empty(self) -> None:
        """Wait until everything that was sent has come, and is processed."""
        started = time.monotonic()
        while time.monotonic() - started < patience(EMPTY_SECONDS):
            pending = self.count("mirror_webhookevent WHERE state = 'pending'")
            if not pending and self.count("mirror_webhookevent") >= self.figures.sent:
                break
            time.sleep(0.5)
        self.figures.emptied_in = round(time.monotonic() - started, 1)
        self.take_deliveries()
        self.figures.left_over = pending
        self.figures.events = self.count("mirror_webhookevent")
        self.figures.messages = self.count("messaging_message")

    def count(self, rows: str) -> int:
        return self.stack.sql(f"SELECT count(*) FROM {rows}")[0][0]

    def look(self, at: float) -> Sample:
        clients = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        return Sample(
            at,
            self.memory(),
            self.stack.sql(f"{clients} AND pid <> pg_backend_pid()")[0][0],
            len(self.broker.client_list()),
        )

    def memory(self) -> dict[str, int]:
        """Return the resident memory of each process of ours, those of a pool together."""
        found = {}
        for process in self.stack.processes:
            main, *pool = tree(process)
            found[process.name] = resident(main)
            if pool:
                found[f"{process.name}, its children"] = sum(map(resident, pool))
        return found

    def cpu(self) -> dict[str, float]:
        """Return the seconds of CPU of each process with its children, and of PostgreSQL."""
        roots = {process.name: process.popen.pid for process in self.stack.processes if process.popen}
        roots["PostgreSQL"] = self.postgres.pid
        return {role: sum(map(cpu_seconds, [pid, *children(pid)])) for role, pid in roots.items()}

    def database_bytes(self) -> int:
        return self.stack.sql("SELECT pg_database_size(current_database())")[0][0]

    def take_deliveries(self) -> None:
        """Read how long the webhooks since the last look took, and let the sandbox forget them."""
        deliveries = self.stack.sandbox.deliveries()
        self.stack.sandbox.call("DELETE", "/webhook_deliveries")
        for delivery in deliveries:
            for attempt in delivery["attempts"]:
                self.figures.webhooks.append(attempt["milliseconds"] / 1000)
                if attempt["status"] != 200:
                    self.figures.repeated[str(attempt["status"] or attempt["error"])] += 1

    def browse(self, name: str) -> None:
        """Open page after page, as a person does who looks at each for a moment."""
        visitor = self.stack.login(name)
        for page in cycle(PAGES):
            if self.done.wait(LOOK_SECONDS):
                return
            started = time.monotonic()
            try:
                status = str(visitor.get(page).status_code)
            except httpx.TransportError as error:
                status = type(error).__name__
            self.figures.pages.append(time.monotonic() - started)
            if status != "200":
                self.figures.failed_pages[f"{page} {status}"] += 1


def tree(process: Process) -> list[int]:
    return [process.popen.pid, *sorted(children(process.popen.pid))] if process.popen else []


def cpu_seconds(pid: int) -> float:
    """Return the seconds of CPU of a process and of the children it has seen end; 0 if it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, stat[11:15])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Return the bytes of memory that a process has resident; 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0)


def say(text: str) -> None:
    print(text, flush=True)
