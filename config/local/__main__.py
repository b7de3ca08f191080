"""What `./run` hands over to, once the packages are there."""

import os
import signal
import subprocess
import sys

from . import private
from .places import ROOT, CannotStart
from .servers import leashed


def test(arguments: list[str]) -> int:
    """Run pytest on servers of its own, or on those that DATABASE_URL and REDIS_URL name."""
    if not any(argument.startswith(("-n", "--numprocesses")) for argument in arguments):
        arguments = ["-n", "2", *arguments]
    command = leashed("--signal", "TERM", "--", sys.executable, "-m", "pytest", *arguments)
    with private.throw_away() as environment:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches pytest by itself; we stay to clean up
        return subprocess.call(command, cwd=ROOT, env=os.environ | environment)


COMMANDS = {"test": test}


def main() -> int:
    name, *arguments = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(128 + signal.SIGHUP))
    try:
        return COMMANDS[name](arguments)
    except CannotStart as reason:
        print(reason, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
