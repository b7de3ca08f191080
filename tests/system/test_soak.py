"""What a soak calls wrong, and a short one with real processes."""

import json
import os
import subprocess
import sys

import pytest

from config.local.places import ROOT
from tests.soak.figures import MOST_CONNECTIONS, Figures, Sample

pytestmark = [pytest.mark.system]

MB = 2**20


def figures(growth: float = 0.0, minutes: float = 30, **changes: object) -> Figures:
    """Return a soak in which web grew by so much in all, steadily after the warm-up."""
    found = Figures(minutes, 100, warm_up=5, webhooks=[0.01] * 100, pages=[0.1] * 100)
    for n in range(int(minutes * 12)):
        at = n * 5.0
        share = max(0.0, at - 300) / (minutes * 60 - 300)
        found.samples.append(Sample(at, {"web": int(100 * MB * (1 + growth * share)), "beat": 80 * MB}, 9, 8))
    for name, value in changes.items():
        setattr(found, name, value)
    return found


def test_memory_that_stays_is_no_problem_and_memory_that_grows_is():
    assert figures(0.02).problems() == []
    assert figures(0.20).problems() == ["web grew from 100 to 120 MB"]


def test_a_run_too_short_to_compare_says_so_and_does_not_judge_memory():
    found = figures(0.5, minutes=4)

    assert found.problems() == []
    assert "too short to judge growth" in found.words()


def test_what_was_not_taken_not_shown_or_left_over_is_named():
    found = figures(left_over=3, sent=900, events=898)
    found.failed_pages["/admin/ 500"] += 1
    found.samples[7].database = MOST_CONNECTIONS + 1

    assert found.problems() == [
        f"{MOST_CONNECTIONS + 1} connections to PostgreSQL, more than {MOST_CONNECTIONS}",
        "2 of 900 events are not in the inbox",
        "1 pages: /admin/ 500",
        "3 events were not processed",
    ]


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_short_soak_loses_nothing(tmp_path):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    report = tmp_path / "report.json"
    options = ["--minutes", "1", "--rate", "10", "--out", str(tmp_path / "out"), "--report", str(report)]

    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", *options],
        cwd=ROOT,
        env=inherited,
        capture_output=True,
        text=True,
        check=False,
    )

    print(done.stdout, done.stderr)
    assert done.returncode == 0
    found = json.loads(report.read_text())
    assert found["problems"] == []
    assert found["events"] >= found["sent"] > 0
