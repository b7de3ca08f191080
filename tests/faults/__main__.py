"""Kill the desk again and again while people submit, then report whether its guarantees held.

    .venv/bin/python -m tests.faults --seeds 3 --minutes 1
    .venv/bin/python -m tests.faults --seed 7 --minutes 1            # that one again
    .venv/bin/python -m tests.faults --seeds 3 --minutes 1 --hosts 2

PostgreSQL, Valkey, the sandbox that plays Telnyx, web, worker and beat run as real processes on their own servers.
People submit requests of every kind through the pages. Processes and servers are killed and frozen, Valkey is wiped,
answers from Telnyx are lost, late, cut short or refusals, webhooks are lost, repeated and shuffled. What is done, in
which order and when, follows from the seed. In the end each submission is at Telnyx once, or was refused there, or
waits for a person with a true reason, and the desk shows the status that Telnyx has.
"""

import argparse
import sys
from pathlib import Path

from config.local.places import VAR
from tests.faults import clocks
from tests.faults.cluster import servers

# Exit codes.
BROKEN = 1


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seeds", type=int, default=1, metavar="N", help="1 to N, one after the other")
    which.add_argument("--seed", type=int, metavar="N", help="this one")
    parser.add_argument(
        "--minutes", type=float, default=1, metavar="M", help="of kills and faults, each seed"
    )
    parser.add_argument("--most", type=int, default=1000, metavar="N", help="submissions of each person")
    parser.add_argument("--hosts", type=int, default=1, metavar="N", help="each with web, worker and beat")
    parser.add_argument(
        "--patience", type=float, default=300, metavar="SECONDS", help="to settle, on a quiet machine"
    )
    parser.add_argument(
        "--skew", type=skew, default={}, metavar="web=+420,worker=-300,beat=+400", help="seconds"
    )
    parser.add_argument(
        "--kill-every", type=pause, default=(1.0, 4.0), metavar="1-4", help="seconds, or never"
    )
    parser.add_argument("--calm", action="store_true", help="Telnyx answers as usual")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="a line for each seed; seeds it has are not run again"
    )
    parser.add_argument(
        "--cluster",
        type=Path,
        metavar="DIRECTORY",
        help="keep PostgreSQL there, to start faster the next time",
    )
    parser.add_argument(
        "--out", type=Path, default=VAR / "faults", metavar="DIRECTORY", help="details and logs"
    )
    return parser.parse_args()


def skew(text: str) -> dict[str, float]:
    try:
        return clocks.read(text)
    except clocks.NoClocks as reason:
        raise argparse.ArgumentTypeError(str(reason)) from None


def pause(text: str) -> tuple[float, float] | None:
    if text == "never":
        return None
    shortest, _, longest = text.partition("-")
    return float(shortest), float(longest or shortest)


def main() -> int:
    chosen = options()
    with servers(chosen.cluster) as (postgres, valkey):
        from tests.faults import seeds  # noqa: PLC0415 - it needs the settings

        return BROKEN * seeds.run(chosen, postgres, valkey)


if __name__ == "__main__":
    sys.exit(main())
