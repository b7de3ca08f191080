"""The run of faults in small, its verdict when something is wrong, and the input it must refuse."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from config.local.places import ROOT
from messaging.mirror.models import Attempt, OutboxEntry
from messaging.models import MessagingProfile
from tests.desk.conftest import make_entry
from tests.faults import clocks, plan, report, verdict
from tests.faults.submissions import KINDS, Submission

pytestmark = [pytest.mark.system]

State = OutboxEntry.State
Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return what runs of seeds on servers of their own wrote into the report. Any other result fails the test."""

    def ran(*options: str) -> list[dict[str, Any]]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        files = ["--out", str(tmp_path / "out"), "--report", str(tmp_path / "report")]
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults", *files, *options],
            cwd=ROOT,
            env=inherited,
            capture_output=True,
            text=True,
            check=False,
        )
        print(done.stdout, done.stderr)
        assert done.returncode == 0
        return [json.loads(line) for line in (tmp_path / "report").read_text().splitlines()]

    return ran


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.promise("X09")
def test_undisturbed_everything_people_submit_reaches_telnyx_once(run):
    [found] = run("--most", "4", "--kill-every", "never", "--calm", "--minutes", "5")

    assert found["promised"] == sum(found["kinds"].values())
    assert found["torments"] == found["faults"] == 0
    assert not found["for_a_person"]


@pytest.mark.long
@pytest.mark.timeout(2400)
@pytest.mark.promise("X09", "X13", "X16")
def test_under_three_plans_of_faults_nothing_is_lost_or_sent_twice(run):
    found = run("--seeds", "3", "--minutes", "1")

    assert [one["seed"] for one in found] == [1, 2, 3]
    assert all(one["promised"] and one["torments"] and one["faults"] for one in found)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.skipif(
    not clocks.library(), reason="libfaketime is missing (Debian: apt-get install libfaketime)"
)
@pytest.mark.promise("X09", "X42")
def test_wrong_clocks_on_top_of_faults_lose_nothing(run):
    [found] = run("--seed", "4", "--minutes", "0.5", "--skew", "web=+200,worker=-200,beat=+100")

    assert found["promised"]


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.promise("X106")
def test_a_host_that_dies_among_two_takes_nothing_with_it(run):
    [found] = run("--seed", "1", "--minutes", "0.7", "--hosts", "2")

    assert found["promised"]


# The verdict itself: it must not call anything right that is wrong.


class Held:
    """Telnyx as the verdict asks about it: what it holds, by kind."""

    def __init__(self, **records: list[dict[str, Any]]) -> None:
        self.records = {name.replace("_", "-"): found for name, found in records.items()}
        self.posts: dict[str, dict[str, Any]] = {}
        self.sandbox = SimpleNamespace(deliveries=list)

    def held(self) -> dict[str, list[dict[str, Any]]]:
        return {kind: self.records.get(kind, []) for kind in KINDS}


@pytest.fixture
def submitted(db) -> Callable[..., Submission]:
    """Return a function that makes the submission of a profile with an outbox entry in a state."""

    def made(state: str | None = State.ACCEPTED, **fields: Any) -> Submission:
        profile = MessagingProfile.objects.create(name="Larkspur P00001")
        submission = KINDS["profile"].make(1)
        submission.pk, submission.pressed, submission.answer = str(profile.pk), True, "submitted"
        if state:
            make_entry(state, of=profile, **fields)
        return submission

    return made


def at_telnyx(id: str = "") -> dict[str, Any]:
    return {"id": id or str(uuid4()), "name": "Larkspur P00001"}


def judged(submission: Submission, *held: dict[str, Any]) -> verdict.Verdict:
    return verdict.judge([submission], Held(profile=[*held]), [])  # type: ignore[arg-type]


def test_what_telnyx_holds_once_is_right(submitted):
    submission = submitted()

    found = judged(submission, at_telnyx(submission.pk))

    assert (found.promised(), found.problems()) == (1, [])


def test_a_loss_and_a_duplicate_are_reported_and_counted(submitted):
    submission = submitted()
    record = at_telnyx(submission.pk)

    lost, doubled = judged(submission), judged(submission, record, at_telnyx())

    assert (lost.count("lost"), doubled.count("duplicated")) == (1, 1)
    assert [line.split(":")[0] for line in lost.problems() + doubled.problems()] == ["lost", "duplicated"]
    figures = report.total([report.of(one, 1, "", "") for one in (lost, doubled)])
    assert (figures.promised, figures.lost, figures.duplicated, len(figures.problems)) == (2, 1, 1, 2)


@pytest.mark.parametrize(
    ("state", "is_held", "fields", "problem"),
    [
        (None, False, {}, "lost"),
        (None, True, {}, "at Telnyx without an outbox entry"),
        (State.QUEUED, False, {}, "not settled"),
        (State.REFUSED, False, {}, "refused, but not by Telnyx"),
        (State.NEEDS_PERSON, False, {"reason": "Who knows?"}, "a reason this run does not know"),
        (State.NEEDS_PERSON, True, {"reason": "Telnyx never had it."}, "a reason that is not true"),
        (State.NEEDS_PERSON, False, {"reason": "The answer was lost."}, "a reason that is not true"),
    ],
)
def test_a_promise_that_broke_is_named(submitted, state, is_held, fields, problem):
    submission = submitted(state, **fields)
    if problem.startswith("at Telnyx"):
        submission.answer = "an error page"

    found = judged(submission, *([at_telnyx()] if is_held else []))

    assert [case.problem for case in found.cases] == [problem]
    assert found.problems()


def test_what_waits_for_a_person_with_a_true_reason_is_no_problem(submitted):
    submission = submitted(State.NEEDS_PERSON, reason="The answer was lost.")
    entry = OutboxEntry.objects.get(resource_id=submission.pk)
    entry.attempts.create(outcome=Attempt.Outcome.UNKNOWN, started_at=entry.created_at)

    found = judged(submission)

    assert (found.problems(), found.for_a_person()) == ([], {"The answer was lost.": 1})


def test_what_nobody_submitted_is_reported(submitted):
    stranger = at_telnyx() | {"name": "Larkspur P00002"}
    submission = submitted()

    found = judged(submission, at_telnyx(submission.pk), stranger)

    assert found.problems() == [f"at Telnyx, but nobody submitted it: {stranger['id']}"]


# The plan.


def test_a_seed_has_one_plan_and_a_minute_of_it_has_every_kind_of_kill():
    def planned(seed: int) -> plan.Plan:
        return plan.make(seed, 60, kill_every=(1, 4), is_calm=False, hosts=2)

    assert planned(1) == planned(1)
    assert planned(1).fingerprint() != planned(2).fingerprint()
    for seed in range(20):
        steps = planned(seed).steps
        assert {step.what for step in steps} >= {*plan.TORMENTS, *plan.OF_HOSTS, "fault", "review"}
        assert all(one.at <= other.at for one, other in pairwise(steps))


def test_seeds_that_a_report_has_are_not_run_again(tmp_path):
    path = tmp_path / "report"
    report.write(path, report.Figures(1, "1 min", promised=9))
    report.write(path, report.Figures(1, "2 min"))
    report.write(path, report.Figures(2, "1 min", promised=3))

    found = report.read(path, "1 min")

    assert [(one.seed, one.promised) for one in found] == [(1, 9), (2, 3)]
    assert "2 in all        12" in report.words(found)


# Clocks.


def test_a_clock_that_cannot_be_shifted_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(clocks, "LIBRARY", "nowhere/libfaketime.so")

    assert clocks.read("") == {}
    with pytest.raises(clocks.NoClocks, match="apt-get install libfaketime"):
        clocks.read("web=+420")


@pytest.mark.parametrize("text", ["postgres=+1", "web", "web=late", "web=1=2"])
def test_a_skew_that_makes_no_sense_is_refused(text):
    with pytest.raises(clocks.NoClocks):
        clocks.read(text)
