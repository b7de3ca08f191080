"""Kill the desk again and again while people submit, then report whether its guarantees held.

    .venv/bin/python -m tests.kill_run --skew web=+420,worker=-300,beat=+400

PostgreSQL, Valkey, the sandbox that plays Telnyx, web, worker and beat run as real processes on their own servers.
People submit through the pages. Processes and servers are killed and frozen at random, and answers from Telnyx are
lost, late or refusals. In the end each submission is at Telnyx once, or was refused there, or waits for a person with
a true reason.
"""

import argparse
import os
import shutil
import signal
import sys
from pathlib import Path

from config.local import private
from config.local.places import VAR
from config.local.servers import PostgreSQL
from tests.kill_run import clocks


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.kill_run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--submissions", type=int, default=200, metavar="N")
    parser.add_argument(
        "--seed", type=int, default=1, help="for what is done and when; timing depends on the machine"
    )
    parser.add_argument("--minutes", type=float, default=15, help="people stop submitting after this long")
    parser.add_argument(
        "--patience", type=float, default=180, metavar="SECONDS", help="to settle, at most twice"
    )
    parser.add_argument(
        "--skew", type=skew, default={}, metavar="web=+420,worker=-300,beat=+400", help="seconds"
    )
    parser.add_argument(
        "--kill-every", type=pause, default=(0.2, 2.0), metavar="0.2-2", help="seconds, or never"
    )
    parser.add_argument("--calm", action="store_true", help="Telnyx answers as usual")
    parser.add_argument(
        "--out", type=Path, default=VAR / "kill-run", metavar="DIRECTORY", help="details and logs"
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is cleaned up
    shutil.rmtree(chosen.out, ignore_errors=True)
    chosen.out.mkdir(parents=True)
    with private.scratch("postgresql") as directory, private.throw_away_valkey() as valkey:
        # What it commits must survive a kill, so its durability stays fully on.
        postgres = PostgreSQL(directory, directory / "log")
        try:
            postgres.start()
            os.environ |= {"DATABASE_URL": postgres.url(), "REDIS_URL": valkey.url()}
            import tests.conftest  # noqa: F401, PLC0415 - the settings of the tests, once the servers are named
            from tests.kill_run import run  # noqa: PLC0415

            found = run.Run(
                postgres,
                valkey,
                chosen.out,
                submissions=chosen.submissions,
                seed=chosen.seed,
                minutes=chosen.minutes,
                patience=chosen.patience,
                skew=chosen.skew,
                kill_every=chosen.kill_every,
                is_calm=chosen.calm,
            ).start()
            return run.report(found, chosen.out)
        finally:
            postgres.drop()


if __name__ == "__main__":
    sys.exit(main())
