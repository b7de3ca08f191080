"""One run of a seed from start to verdict. Import it only after the servers are named in the environment."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection

from config.local.servers import DATABASES, PostgreSQL, Valkey, free_port
from hosted.models import HostedOrder
from messaging.models import MessagingProfile
from rcs.models import RcsAgent
from tests.faults import clocks, people, verdict
from tests.faults.cluster import wait
from tests.faults.hosts import Hosts, role_of
from tests.faults.people import Office, Person
from tests.faults.plan import Plan
from tests.faults.submissions import ordered_before
from tests.faults.telnyx import Telnyx
from tests.faults.tormentor import Tormentor
from tests.sandbox.control import Sandbox
from tests.sandbox.hosted_control import PROFILE_ID
from tests.stack import Answer, named, patience, run_sql

# Minutes become seconds, in realistic proportions: a request that may still be on its way (two seconds until a
# stalled worker lets go, a freeze, a slow connection, a late answer) is over well before it counts as settled.
LIFE = {
    "TELNYX_SETTLE_SECONDS": "20",
    "TELNYX_DEADLINE": "4",
    "TELNYX_READ_TIMEOUT": "2",
    "TELNYX_WRITES_PER_SECOND": "50",
    "TELNYX_READS_PER_SECOND": "5",
    "TELNYX_POLL_SECONDS": "5",
    "MESSAGES_PER_PERSON_A_DAY": "100000",
    "MESSAGES_A_DAY": "100000",
}
REMEMBER_SECONDS = 60.0
# Orders that are at Telnyx from the start, for codes and papers.
MOST_ORDERS = 12
# A machine that falls behind does the steps later, in the same order, and not all at once.
MOST_LATE = 0.5
TEMPLATE = DATABASES[1]


class Run:
    """The desk on servers of its own, the people who use it, and what is done to them."""

    def __init__(
        self,
        postgres: PostgreSQL,
        valkey: Valkey,
        directory: Path,
        plan: Plan,
        *,
        seed: int,
        seconds: float,
        most: int,
        patience: float,
        skew: Mapping[str, float],
        hosts: int,
    ) -> None:
        self.postgres, self.valkey, self.directory, self.plan = postgres, valkey, directory, plan
        self.seed, self.seconds, self.most, self.patience = seed, seconds, most, patience
        self.skew, self.hosts = skew, hosts

    def start(self) -> verdict.Verdict:
        """Do everything and return the verdict. Nothing is left running."""
        fresh_database(self.postgres)
        port = free_port()
        with Sandbox(webhooks=f"http://127.0.0.1:{port}/webhooks/telnyx/") as sandbox:
            orders = min(self.most, MOST_ORDERS)
            there = [sandbox.seed_hosted_order([ordered_before(n)])["id"] for n in range(orders)]
            stack = Hosts(self.directory, self.postgres.url(), self.valkey.url(), sandbox, port, self.hosts)
            for process in stack.processes:
                process.environment = stack.environment | LIFE
                if seconds := self.skew.get(role_of(process)):
                    clocks.shift(process, seconds)
            self.tormentor = Tormentor(stack, self.postgres, self.valkey)
            self.telnyx = Telnyx(sandbox)
            try:
                return self.under_way(stack, there)
            finally:
                stack.kill()
                clocks.clean(self.tormentor.started)

    def under_way(self, stack: Hosts, orders: list[str]) -> verdict.Verdict:
        started = time.monotonic()
        self.tormentor.stop()
        self.office = self.open_office(stack, orders)
        staff = [Person(self.office, name, shares) for name, shares in people.STAFF]
        self.torment(staff)
        ended = time.monotonic()
        found = self.settle(staff)
        settled = time.monotonic()
        found.torments, found.faults = self.tormentor.done, self.telnyx.played
        found.pages = self.office.statuses
        found.settled_in, found.seconds = round(settled - ended, 1), round(settled - started, 1)
        return found

    def open_office(self, stack: Hosts, orders: list[str]) -> Office:
        """Wait until the desk knows what people choose from: a profile, an agent, and the orders."""

        def chosen() -> tuple[MessagingProfile, RcsAgent, dict[str, tuple[str, str]]] | None:
            profile = MessagingProfile.objects.filter(remote_id=PROFILE_ID).first()
            agent = RcsAgent.senders().filter(messaging_profile_id=PROFILE_ID).first()
            known = HostedOrder.objects.filter(remote_id__in=orders)
            here = {
                order.numbers.get().phone_number: (str(order.pk), order.remote_id)
                for order in known
                if order.numbers.count() == 1
            }
            return (profile, agent, here) if profile and agent and len(here) == len(orders) else None

        found = self.wait(chosen, 180)
        connection.close()
        if not found:
            raise SystemExit(f"The desk did not list what Telnyx has in time:\n{stack.logs()[-4000:]}")
        profile, agent, here = found
        return Office(
            stack.url,
            self.telnyx.sandbox,
            str(profile.pk),
            str(agent.pk),
            here,
            self.seed,
            self.most,
        )

    def torment(self, staff: list[Person]) -> None:
        """Let people work, and do every step of the plan, each at its time or as soon after as the machine can."""
        for person in staff:
            person.start()
        started, remember_at = time.monotonic(), REMEMBER_SECONDS
        for step in self.plan.steps:
            while (early := started + step.at - time.monotonic()) > 0:
                self.tormentor.look_after()
                time.sleep(min(early, 0.05))
            started += max(0.0, -early - MOST_LATE)
            self.tormentor.look_after()
            if self.tormentor.does(step):
                self.tormentor.torment(step)
            else:
                self.telnyx.play(step)
            if step.at >= remember_at:
                self.telnyx.remember()
                remember_at += REMEMBER_SECONDS
        while time.monotonic() < started + self.seconds and any(person.is_alive() for person in staff):
            self.tormentor.look_after()
            time.sleep(0.05)

    def settle(self, staff: list[Person]) -> verdict.Verdict:
        """Let people finish, and judge once the outbox is quiet and both sides agree, or patience runs out."""
        self.office.over.set()
        self.tormentor.stop()
        self.telnyx.stop()
        self.wait(database_answers, self.patience)
        self.wait(lambda: not any(person.is_alive() for person in staff), self.patience)
        self.office.closed.set()
        for person in staff:
            person.join(90)
        self.wait(lambda: not verdict.open_entries(), self.patience)
        return self.wait(self.judge_once_settled, self.patience) or self.judge()

    def judge_once_settled(self) -> verdict.Verdict | None:
        """Judge, unless something may still change: a message is delivered in its own time, and its event follows."""
        if not self.telnyx.is_calm():
            return None
        found = self.judge()
        return found if found.is_settled() else None

    def judge(self) -> verdict.Verdict:
        self.telnyx.remember()
        return verdict.judge(self.office.submissions, self.telnyx, self.office.failures)

    def wait(self, is_so: Callable[[], Answer], seconds: float) -> Answer | None:
        """Ask every second while keeping the processes alive; return the last answer."""
        started, answer = time.monotonic(), None
        while not answer and time.monotonic() - started < patience(seconds):
            self.tormentor.look_after()
            time.sleep(0.5)
            try:
                answer = is_so()
            except (OperationalError, InterfaceError):
                connection.close()
        return answer


def fresh_database(postgres: PostgreSQL) -> None:
    """Make the database of a run, a copy of the one that was prepared."""
    connection.close()
    wait(postgres)
    server, name = postgres.url("postgres"), DATABASES[0]
    run_sql(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')


def prepared(postgres: PostgreSQL) -> str:
    """Return the URL of the database that the ones of the runs are copied from."""
    return named(postgres.url(), TEMPLATE)


def database_answers() -> bool:
    """Return True if PostgreSQL is back: after one of its processes is killed it first recovers."""
    connection.close()
    connection.ensure_connection()
    return True


def keep(found: verdict.Verdict, directory: Path) -> None:
    """Write everything about a run next to its logs."""
    text = json.dumps(verdict.details(found), indent=1, default=str)
    (directory / "result.json").write_text(text)


def empty(directory: Path) -> Path:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory
