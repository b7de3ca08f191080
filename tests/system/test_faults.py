"""A small kill run, so that it keeps working, and the input it must refuse."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.local.places import ROOT
from tests.kill_run import clocks

pytestmark = [pytest.mark.system]

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return what a run on servers of its own found. Any other result fails the test."""

    def ran(*options: str) -> dict[str, Any]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        command = [sys.executable, "-m", "tests.kill_run", "--out", str(tmp_path / "out"), *options]
        done = subprocess.run(command, cwd=ROOT, env=inherited, capture_output=True, text=True, check=False)
        print(done.stdout, done.stderr)
        assert done.returncode == 0
        return json.loads((tmp_path / "out" / "result.json").read_text())

    return ran


def outcomes(result: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((case["kind"], case["outcome"]) for case in result["cases"])


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.promise("X09")
def test_undisturbed_everything_people_submit_reaches_telnyx_once(run):
    result = run("--submissions", "4", "--kill-every", "never", "--calm")

    assert outcomes(result) == [(kind, "accepted") for kind in ("hosted", "message", "rcs", "toll-free")]
    assert result["torments"] == result["faults"] == {}


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.skipif(
    not clocks.library(), reason="libfaketime is missing (Debian: apt-get install libfaketime)"
)
@pytest.mark.promise("X09", "X13", "X16", "X42")
def test_under_kills_and_wrong_clocks_nothing_is_lost_or_sent_twice(run):
    result = run("--submissions", "15", "--skew", "web=+200,worker=-200,beat=+100")

    assert len(result["cases"]) == 15
    assert result["torments"]
    assert result["problems"] == []


def test_a_clock_that_cannot_be_shifted_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(clocks, "LIBRARY", "nowhere/libfaketime.so")

    assert clocks.read("") == {}
    with pytest.raises(clocks.NoClocks, match="apt-get install libfaketime"):
        clocks.read("web=+420")


@pytest.mark.parametrize("text", ["postgres=+1", "web", "web=late", "web=1=2"])
def test_a_skew_that_makes_no_sense_is_refused(text):
    with pytest.raises(clocks.NoClocks):
        clocks.read(text)
