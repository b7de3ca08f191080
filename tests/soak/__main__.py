"""Run the desk under steady load, and say whether it stays as it is: memory, connections, answers.

    .venv/bin/python -m tests.soak --minutes 30 --rate 100

PostgreSQL, Valkey, the sandbox that plays Telnyx, web, worker and beat run as real processes on their own servers.
Others send through the account, so that webhooks come at the given rate, while three people browse. It ends with 1 if
a process grew by more than 5 % after the first minutes, connections pass their bound, a page failed, an event never
arrived, or events are left over. A delivery that gets no answer is tried again, as Telnyx does; it says how many were.
"""

import argparse
import shutil
import sys
from pathlib import Path

from config.local.places import VAR
from tests.faults.cluster import servers


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=30, metavar="M")
    parser.add_argument("--rate", type=float, default=100, metavar="N", help="webhooks a second")
    parser.add_argument(
        "--warm-up", type=float, default=5, metavar="M", help="minutes after which memory must stay"
    )
    parser.add_argument(
        "--cluster",
        type=Path,
        metavar="DIRECTORY",
        help="keep PostgreSQL there, to start faster the next time",
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="the figures as JSON")
    parser.add_argument("--out", type=Path, default=VAR / "soak", metavar="DIRECTORY", help="logs")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    shutil.rmtree(chosen.out, ignore_errors=True)
    chosen.out.mkdir(parents=True)
    with servers(chosen.cluster) as (postgres, valkey):
        from tests.soak import load  # noqa: PLC0415 - it needs the settings

        return load.run(chosen, postgres, valkey)


if __name__ == "__main__":
    sys.exit(main())
