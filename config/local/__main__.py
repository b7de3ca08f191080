"""What `./run` hands over to once the packages are installed."""

import os
import signal
import subprocess
import sys

from . import environment, private
from .check import check
from .lock import Held, Lock
from .places import ROOT, VAR, CannotStart
from .sandbox import Sandbox
from .servers import leashed
from .supervisor import up, wanted_port


def test(arguments: list[str]) -> int:
    """Run pytest on throw-away servers, or on those that DATABASE_URL and REDIS_URL name."""
    if not any(argument.startswith(("-n", "--numprocesses")) for argument in arguments):
        # Much of a test is waiting for a browser or for another process, so that there is work for twice the cores.
        # A worker takes two of the broker's 16 databases.
        workers = min(2 * len(os.sched_getaffinity(0)), 8)
        arguments = ["-n", str(workers), *arguments]
    with private.throw_away() as servers:
        variables = os.environ | servers
        # With this name in it, pytest-django would read the settings before the tests choose theirs.
        variables.pop("DJANGO_SETTINGS_MODULE", None)
        return call([sys.executable, "-m", "pytest", *arguments], variables)


def manage(arguments: list[str]) -> int:
    """Run manage.py on the data of ./run, whether or not that is running."""
    environment.load()
    live = environment.is_live()
    command = [sys.executable, "manage.py", *arguments]
    try:
        with Lock(), private.kept(live) as kept:
            port = wanted_port()
            variables = environment.for_product(port, kept.database_url, kept.redis_url)
            if not live:
                sandbox = Sandbox(variables, port, autopilot=None, echo=False)
                sandbox.start()
                variables |= sandbox.variables()
            return call(command, variables)
    except Held as held:
        if "environment" not in held.facts:
            raise
        return call(command, os.environ | held.facts["environment"])


def call(command: list[str], variables: dict[str, str]) -> int:
    """Run a command in the foreground and return its exit code."""
    process = subprocess.Popen(leashed("--signal", "TERM", "--", *command), cwd=ROOT, env=variables)
    # The command gets Ctrl-C itself; we stay to clean up. Not before its start, or it would inherit this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return process.wait()


COMMANDS = {"up": up, "test": test, "check": check, "manage": manage}


def main() -> int:
    name, *arguments = sys.argv[1:]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    try:
        return COMMANDS[name](arguments)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except CannotStart as reason:
        print(reason, file=sys.stderr)
    except PermissionError as error:
        print(
            f"{error.filename} belongs to another user; did you start ./run as a different user before? "
            f"Run it as that user again, or make this one the owner of {VAR}.",
            file=sys.stderr,
        )
    return 1


if __name__ == "__main__":
    sys.exit(main())
