"""One run from start to verdict. Import it only after the servers are named in the environment."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from django.db import OperationalError, connection

from config.local.servers import PostgreSQL, Valkey, free_port
from messaging.models import MessagingProfile
from rcs.models import RcsAgent
from tests.kill_run import clocks, people, verdict
from tests.kill_run.people import Office, Person
from tests.kill_run.telnyx import Telnyx
from tests.kill_run.tormentor import Tormentor
from tests.sandbox.control import Sandbox
from tests.sandbox.hosted_control import PROFILE_ID
from tests.stack import STATIC, Answer, Stack, prepare

# Minutes become seconds, in realistic proportions: a request that may still be on its way (two seconds until a
# stalled worker lets go, a freeze, a slow connection, a late answer) is over well before it counts as settled.
LIFE = {
    "TELNYX_SETTLE_SECONDS": "15",
    "TELNYX_DEADLINE": "4",
    "TELNYX_READ_TIMEOUT": "2",
    "TELNYX_WRITES_PER_SECOND": "50",
    "TELNYX_READS_PER_SECOND": "5",
    "TELNYX_POLL_SECONDS": "5",
    "MESSAGES_PER_PERSON_A_DAY": "100000",
    "MESSAGES_A_DAY": "100000",
}
PLAY_SECONDS = 1.5
REMEMBER_SECONDS = 60.0


class Run:
    """The desk on servers of its own, the people who use it, and what is done to them."""

    def __init__(
        self,
        postgres: PostgreSQL,
        valkey: Valkey,
        directory: Path,
        *,
        submissions: int,
        seed: int,
        minutes: float,
        patience: float,
        skew: Mapping[str, float],
        kill_every: tuple[float, float] | None,
        is_calm: bool,
    ) -> None:
        self.postgres, self.valkey, self.directory = postgres, valkey, directory
        self.seed, self.minutes, self.patience = seed, minutes, patience
        self.skew, self.kill_every, self.is_calm = skew, kill_every, is_calm
        self.random = Random(seed)
        self.work = people.submissions(submissions)

    def start(self) -> verdict.Verdict:
        """Do everything and return the verdict. Nothing is left running."""
        prepare(self.postgres.url())
        port = free_port()
        with Sandbox(webhooks=f"http://127.0.0.1:{port}/webhooks/telnyx/") as sandbox:
            stack = Stack(self.directory, self.postgres.url(), self.valkey.url(), sandbox, port)
            for process in stack.processes:
                process.environment = stack.environment | LIFE
                if seconds := self.skew.get(process.name):
                    clocks.shift(process, seconds)
            self.tormentor = Tormentor(stack, self.postgres, self.valkey, self.random)
            self.telnyx = Telnyx(sandbox, self.random)
            try:
                return self.under_way(stack)
            finally:
                stack.kill()
                clocks.clean(self.tormentor.started)
                shutil.rmtree(STATIC, ignore_errors=True)

    def under_way(self, stack: Stack) -> verdict.Verdict:
        started = time.monotonic()
        self.tormentor.look_after()
        self.tormentor.stop()
        office = self.office(stack)
        staff = [Person(office, people.WHO[kind], kind, work) for kind, work in self.work.items() if work]
        say(
            f"{sum(map(len, self.work.values()))} submissions, seed {self.seed}, clocks {dict(self.skew) or 'right'}"
        )
        self.torment(staff)
        say("No more kills or faults. Waiting for everything to settle")
        self.settle()
        everything = [submission for work in self.work.values() for submission in work]
        found = verdict.judge(everything, self.telnyx, office.failures)
        found.torments, found.faults, found.pages = self.tormentor.done, self.telnyx.played, office.statuses
        found.seconds = round(time.monotonic() - started, 1)
        return found

    def office(self, stack: Stack) -> Office:
        """Wait until the desk knows a profile and an agent that people can choose."""

        def chosen() -> tuple[str, str] | None:
            profile = MessagingProfile.objects.filter(remote_id=PROFILE_ID).first()
            agent = RcsAgent.senders().filter(messaging_profile_id=PROFILE_ID).first()
            return (str(profile.pk), str(agent.pk)) if profile and agent else None

        found = self.wait(chosen, 60)
        connection.close()
        if not found:
            raise SystemExit(
                f"The desk did not list Telnyx's profiles within a minute:\n{stack.logs()[-4000:]}"
            )
        profile, agent = found
        return Office(stack.url, profile, agent, time.monotonic() + self.minutes * 60, self.seed)

    def torment(self, staff: list[Person]) -> None:
        """Let people work until they are done or the time is up, and make it hard for them."""
        for person in staff:
            person.start()
        kill_at, play_at, remember_at = (
            time.monotonic() + 1,
            time.monotonic(),
            time.monotonic() + REMEMBER_SECONDS,
        )
        while any(person.is_alive() for person in staff):
            now = time.monotonic()
            self.tormentor.look_after()
            if self.kill_every and now >= kill_at:
                self.tormentor.torment()
                kill_at = time.monotonic() + self.random.uniform(*self.kill_every)
            if not self.is_calm and now >= play_at:
                self.telnyx.play()
                play_at = now + PLAY_SECONDS
            if now >= remember_at:
                self.telnyx.remember()
                remember_at = now + REMEMBER_SECONDS
            time.sleep(0.05)

    def settle(self) -> None:
        """Wait until the outbox is quiet and both sides agree, or until patience runs out."""
        self.tormentor.stop()
        self.telnyx.stop()
        self.wait(database_answers, 60)
        self.wait(lambda: not verdict.open_entries(), self.patience)
        self.wait(self.is_settled, self.patience)
        self.telnyx.remember()

    def is_settled(self) -> bool:
        everything = [submission for work in self.work.values() for submission in work]
        return self.telnyx.is_calm() and not verdict.judge(everything, self.telnyx, []).statuses

    def wait(self, is_so: Callable[[], Answer], seconds: float) -> Answer:
        """Ask every second while keeping the processes alive; return the last answer."""
        ends_at = time.monotonic() + seconds
        while not (answer := is_so()) and time.monotonic() < ends_at:
            self.tormentor.look_after()
            time.sleep(1)
        return answer


def database_answers() -> bool:
    """Return True if PostgreSQL is back: after one of its processes is killed it first recovers."""
    connection.close()
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


def say(text: str) -> None:
    print(text, flush=True)


def report(found: verdict.Verdict, directory: Path) -> int:
    """Print the table, keep the details, and return the exit code."""
    path = directory / "result.json"
    path.write_text(json.dumps(verdict.details(found), indent=1, default=str))
    say(verdict.table(found))
    say(f"Details and logs are in {directory}")
    return 1 if found.problems() else 0
