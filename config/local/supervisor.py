"""`./run`: everything the product needs on this machine, started in order, kept alive, stopped in order."""

import os
import signal
import subprocess
import time
from types import FrameType

from . import environment, private
from .child import Child
from .lock import Lock
from .places import AWAY, ROOT, VAR, CannotStart
from .sandbox import Sandbox, get
from .servers import KILLED, leashed, obstacle, say

PATIENCE_SECONDS = 60.0
AUTOPILOT_SECONDS = 8
# A worker may be in a call to Telnyx, which ends after 30 s at most.
STOP_SECONDS = 40.0
# While the database is away, which passes if it is ours.
MOST_TRIES = 20


class Interrupted(Exception):
    """Ctrl-C, a hang-up or a TERM: stop everything."""


def up(arguments: list[str]) -> int:
    """Run the whole product until someone stops it."""
    environment.load()
    live = environment.is_live()
    port = wanted_port()
    with Lock() as lock:
        # Before anything slow starts.
        if reason := obstacle(port):
            raise CannotStart(f"Port {port} cannot be used: {reason}. To use another: PORT=8123 ./run")
        obey_signals()
        try:
            own = {"DATABASE_URL": "PostgreSQL", "REDIS_URL": "Valkey"}
            say(
                f"Starting {' and '.join(own[name] for name in own if not os.environ.get(name)) or 'on your servers'}"
            )
            with private.kept(live) as kept:
                if kept.home and VAR not in kept.home.parents:
                    say(f"Other users cannot read this checkout, so PostgreSQL's data is in {kept.home}")
                Desk(port, live, kept, lock).run()
        except Interrupted:
            say("Stopped.")
    return 0


def wanted_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT is {text!r}. It must be a number from 1 to 65535.")
    return int(text)


def obey_signals() -> None:
    """Let the first signal stop everything in order, and the second at once."""
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

    def interrupt(number: int, frame: FrameType | None) -> None:
        for every in numbers:
            signal.signal(every, lambda *_: os._exit(1))  # our death pulls every leash
        raise Interrupted

    for number in numbers:
        signal.signal(number, interrupt)


class Desk:
    """The processes of one ./run, on servers that are already running."""

    def __init__(self, port: int, live: bool, kept: private.Kept, lock: Lock) -> None:
        self.live = live
        self.kept = kept
        self.lock = lock
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.sandbox: Sandbox | None = None
        self.environment = environment.for_product(port, kept.database_url, kept.redis_url)
        self.children: list[Child] = []
        self.seeder: Child | None = None
        self.demo_logins = False
        self.unseeded = False
        self.welcomed = False
        self.excused_until = 0.0  # exits before that are blamed on a server that was away

    def run(self) -> None:
        try:
            if not self.live:
                self.start_sandbox()
            self.prepare()
            self.start_product()
            self.watch()
        finally:
            self.stop()

    def start_sandbox(self) -> None:
        sandbox = Sandbox(self.environment, self.port, autopilot=AUTOPILOT_SECONDS, echo=True)
        sandbox.start()
        self.children.append(sandbox)
        self.sandbox = sandbox
        self.environment = self.environment | sandbox.variables()
        sandbox.hold_traffic()

    def prepare(self) -> None:
        """Migrate, collect static files, and make demo logins if all data is the demo's."""
        say("Preparing the database")
        is_demo = self.kept.home is not None and not self.live
        command = leashed("-m", "config.local.prepare", *(["--demo"] if is_demo else []))
        tries_left = MOST_TRIES if self.kept.home else 1
        while True:
            done = subprocess.run(
                command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, umask=0o077, check=False
            )
            if done.returncode == 0:
                break
            tries_left -= 1
            if done.returncode == AWAY and tries_left <= 0:
                raise CannotStart(
                    f"The database cannot be reached: {done.stdout.decode(errors='replace').strip()}"
                )
            if done.returncode != AWAY and done.returncode not in KILLED:
                raise CannotStart("The database could not be prepared; see above for the reason.")
            while self.kept.are_starting():
                time.sleep(0.05)
            time.sleep(1)
        self.demo_logins = b"demo" in done.stdout.split()
        self.unseeded = is_demo and not self.kept.is_seeded()

    def start_product(self) -> None:
        say("Starting web, worker and beat")
        web = ["gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"]
        self.start("web", *web)
        celery = ["celery", "--quiet", "-A", "config"]
        quiet = ["--loglevel", "WARNING"]
        self.start(
            "worker", *celery, "worker", "--concurrency", "3", "--without-gossip", "--without-mingle", *quiet
        )
        self.start("beat", *celery, "beat", *quiet)
        ours = dict(self.environment.items() - os.environ.items())
        self.lock.publish(url=f"{self.url}/admin/", environment=ours)

    def start(self, name: str, *arguments: str) -> None:
        child = self.child(name, *arguments)
        self.children.append(child)
        child.start()

    def child(self, name: str, *arguments: str) -> Child:
        return Child(name, [*arguments], self.environment, private.fresh_log(name), echo=True)

    def watch(self) -> None:
        """Look after everything until stopped; say so once, when all of it works."""
        complain_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.look_after()
            if not self.welcomed:
                status, body = get(f"{self.url}/readyz")
                if status == 200:
                    self.welcome()
                elif time.monotonic() > complain_at:
                    say(f"Not everything works yet: {body.decode(errors='replace') or 'web does not answer'}")
                    complain_at += PATIENCE_SECONDS
            time.sleep(0.2)

    def look_after(self) -> None:
        """Restart what died. Give up if something keeps exiting by itself before everything has worked once."""
        if self.kept.are_starting():
            self.excused_until = time.monotonic()
        for child in self.children:
            child.look_after(self.excused_until)
            if child.keeps_failing() and not self.welcomed:
                raise CannotStart(
                    f"{child.name} exited by itself {child.failures} times in a row, the last time with code "
                    f"{child.ended()}; see the end of {child.log}."
                )
        if self.seeder and self.seeder.ended() == 0:
            self.kept.mark_seeded()
            self.seeder = None

    def welcome(self) -> None:
        """Tell the person where to look, and fill an empty demo."""
        self.welcomed = True
        say(f"\nReady {self.url}/admin/")
        if self.demo_logins:
            say("  log in as admin, compliance, approver, operator, support or auditor; the password is demo")
        else:
            say("  log in with an account of your database; ./run manage createsuperuser makes the first one")
        if self.sandbox:
            self.sandbox.let_traffic_flow()
            say(f"  Telnyx is played by a sandbox, and you can play its reviewer: {self.sandbox.url}/")
        say("  Ctrl-C stops everything\n")
        if self.unseeded:
            say("Filling the empty demo with invented businesses; all of them are there within two minutes\n")
            self.seeder = self.child("seed", "config.local.seed")
            self.seeder.start()

    def stop(self) -> None:
        """Stop the product, then the sandbox it may still be talking to; the servers are stopped after us."""
        product = [child for child in [self.seeder, *self.children] if child and child.name != "sandbox"]
        for group in (product, self.children):
            for child in group:
                child.signal(signal.SIGTERM)
            for child in group:
                child.stop(STOP_SECONDS)
