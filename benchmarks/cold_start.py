"""How long a person waits from the command to the first page, and for `manage.py check`, against a stock project.

    .venv/bin/python benchmarks/cold_start.py [ROUNDS]

Ours is `./run` in a copy of this checkout, warm: packages installed, database created, data loaded. It starts
PostgreSQL, Valkey, the sandbox, web, worker and beat. The rival is what `startproject` makes, on SQLite, with
`migrate` and `runserver` as its tutorial says. Rounds are interleaved; the last lines are medians of the ratios
within a round.
"""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", ".env", "__pycache__", ".*_cache", ".hypothesis")
PATIENCE_SECONDS = 90
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def page_is_there(port: int) -> bool:
    try:
        with opener.open(f"http://127.0.0.1:{port}/admin/login/", timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


class Rival:
    """A stock project as `startproject` makes it."""

    name = "stock"

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "stock"
        self.directory.mkdir()
        django = [sys.executable, "-m", "django", "startproject", "stock", str(self.directory)]
        subprocess.run(django, check=True)
        self.environment = {"PATH": os.environ["PATH"]}
        self.python = sys.executable

    def start(self, port: int) -> subprocess.Popen[bytes]:
        script = f'"$0" manage.py migrate --verbosity 0 && exec "$0" manage.py runserver --noreload {port}'
        return quietly(["/bin/sh", "-c", script, self.python], self.directory, self.environment)

    def check(self) -> None:
        subprocess.run(
            [self.python, "manage.py", "check"],
            cwd=self.directory,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )


class Ours(Rival):
    """This project, in a copy so that nobody's data is touched."""

    name = "ours"

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "ours"
        shutil.copytree(ROOT, self.directory, ignore=LEFT_OUT)
        (self.directory / ".venv").symlink_to(ROOT / ".venv")
        self.python = str(self.directory / ".venv/bin/python")
        self.environment = {
            "PATH": os.environ["PATH"],
            "PRIVATE": "1",
            "SECRET_KEY": "invented",
            "TELNYX_API_KEY": "KEY-invented",
            "TELNYX_BASE_URL": "http://127.0.0.1:9/v2",
            "TELNYX_PUBLIC_KEYS": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        }

    def start(self, port: int) -> subprocess.Popen[bytes]:
        return quietly(["./run"], self.directory, {"PATH": os.environ["PATH"], "PORT": str(port)})


def quietly(command: list[str], directory: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    null = subprocess.DEVNULL
    return subprocess.Popen(
        command, cwd=directory, env=environment, stdin=null, stdout=null, stderr=null, start_new_session=True
    )


def first_page(side: Rival) -> float:
    """Return the seconds from the command to the login page."""
    port = free_port()
    started = time.perf_counter()
    process = side.start(port)
    try:
        while not page_is_there(port):
            if process.poll() is not None or time.perf_counter() - started > PATIENCE_SECONDS:
                sys.exit(f"{side.name} shows no page")
            time.sleep(0.01)
        return time.perf_counter() - started
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def check(side: Rival) -> float:
    """Return the seconds `manage.py check` takes."""
    started = time.perf_counter()
    side.check()
    return time.perf_counter() - started


def compare(what: str, measure: Callable[[Rival], float], ours: Rival, stock: Rival, rounds: int) -> str:
    """Measure both sides in turn and return the line with the median of the ratios."""
    for side in (ours, stock):
        measure(side)  # warm up: files in the cache, bytecode written, databases created
    ratios = []
    for number in range(rounds):
        order = [ours, stock] if number % 2 else [stock, ours]
        seconds = {side.name: measure(side) for side in order}
        ratios.append(seconds["ours"] / seconds["stock"])
        print(
            f"{what:12} ours {seconds['ours']:6.2f} s   stock {seconds['stock']:6.2f} s   {ratios[-1]:5.2f}x"
        )
    return f"{what}: {statistics.median(ratios):.2f}x of a stock project"


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # as root, PostgreSQL runs as another user
        ours, stock = Ours(Path(directory)), Rival(Path(directory))
        lines = [
            compare("first page", first_page, ours, stock, rounds),
            compare("check", check, ours, stock, rounds),
        ]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
