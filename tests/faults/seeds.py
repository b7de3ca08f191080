"""One seed after the other, with the figures so far after each. Import it only after the servers are named."""

import argparse
from traceback import format_exc

import redis

from config.local.servers import PostgreSQL, Valkey
from tests.faults import plan, report, verdict
from tests.faults.report import Figures
from tests.faults.run import Run, empty, keep, prepared
from tests.stack import prepare


def run(chosen: argparse.Namespace, postgres: PostgreSQL, valkey: Valkey) -> bool:
    """Run the chosen seeds that the report doesn't have yet; return True if a guarantee was broken."""
    wanted = [chosen.seed] if chosen.seed is not None else list(range(1, chosen.seeds + 1))
    conditions = conditions_of(chosen)
    figures = [one for one in report.read(chosen.report, conditions) if one.seed in wanted]
    left = [seed for seed in wanted if seed not in {one.seed for one in figures}]
    if left:
        prepare(prepared(postgres))
    for seed in left:
        redis.from_url(valkey.url()).flushall()
        figures.append(one_seed(chosen, seed, conditions, postgres, valkey))
        if figures[-1].seconds:  # one that wasn't judged is run again the next time
            report.write(chosen.report, figures[-1])
        say(report.words(figures))
    if not left:
        say(report.words(figures))
    broken = [f"seed {one.seed}: {problem}" for one in figures for problem in one.problems]
    say("\n".join(["", *(f"BROKEN  {problem}" for problem in broken[:40])]))
    say(f"Guarantees broken: {len(broken)}." if broken else "Every guarantee held.")
    return bool(broken)


def conditions_of(chosen: argparse.Namespace) -> str:
    """Return under what a seed runs: its figures count only beside those of the same conditions."""
    every = "-".join(f"{one:g}" for one in chosen.kill_every) if chosen.kill_every else "never"
    told = [
        f"{chosen.minutes:g} min",
        f"hosts {chosen.hosts}",
        f"kills every {every} s",
        f"most {chosen.most}",
    ]
    told += ["calm"] if chosen.calm else []
    told += [f"clocks {name}{seconds:+g}" for name, seconds in sorted(chosen.skew.items())]
    return ", ".join(told)


def one_seed(
    chosen: argparse.Namespace, seed: int, conditions: str, postgres: PostgreSQL, valkey: Valkey
) -> Figures:
    seconds = chosen.minutes * 60
    made = plan.make(seed, seconds, kill_every=chosen.kill_every, is_calm=chosen.calm, hosts=chosen.hosts)
    say(f"\nSeed {seed}: {conditions}; plan {made.fingerprint()}, {len(made.steps)} steps")
    directory = empty(chosen.out / f"seed-{seed}")
    try:
        found = Run(
            postgres,
            valkey,
            directory,
            made,
            seed=seed,
            seconds=seconds,
            most=chosen.most,
            patience=chosen.patience,
            skew=chosen.skew,
            hosts=chosen.hosts,
        ).start()
    except Exception as error:  # a seed that could not be judged is no reason to leave the others out
        say(format_exc())
        problem = f"not judged: {type(error).__name__}: {error}"[:500]
        return Figures(seed, conditions, made.fingerprint(), problems=[problem])
    keep(found, directory)
    say(verdict.table(found))
    say(f"Details and logs are in {directory}")
    return report.of(found, seed, conditions, made.fingerprint())


def say(text: str) -> None:
    print(text, flush=True)
