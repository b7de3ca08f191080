"""./run itself, in a copy of this checkout: what it says, what it keeps, and what it leaves behind."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest

from config.local import __main__ as commands
from config.local import private
from config.local.places import ROOT, server_account, shared_folder, wheel_postgresql
from config.local.servers import children, free_port
from tests.stack import named, patience, run_sql, runs, wait_until
from tests.visitor import Visitor

pytestmark = pytest.mark.system

OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "TELNYX_",
    "SECRET_KEY",
    "DOCUMENT",
    "PRIVATE",
    "ALLOWED_HOSTS",
    "PUBLIC_URL",
    "PYTEST",
    "CSRF",
    "DJANGO",
)
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", ".env", "__pycache__", ".*_cache", ".hypothesis")


class Checkout:
    """A copy of the project with this one's packages, and the ./run processes started in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        shutil.copytree(ROOT, directory, ignore=LEFT_OUT)
        (directory / ".venv").symlink_to(ROOT / ".venv")
        self.output = directory / "output"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self, **changes: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return inherited | {"PORT": str(self.port)} | changes

    def start(self, **environment: str) -> None:
        """Start ./run and wait for its Ready."""
        self.begin(**environment)
        self.wait_for_ready()

    def begin(self, **environment: str) -> None:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                ["./run"],
                cwd=self.directory,
                env=self.environment(**environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def wait_for_ready(self) -> None:
        wait_until(lambda: self.said("\nReady ") or not runs(self.running.pid), 60, "Ready or an end")
        assert self.said(f"\nReady http://127.0.0.1:{self.port}/admin/\n"), self.output.read_text()

    @property
    def running(self) -> subprocess.Popen[bytes]:
        assert self.process
        return self.process

    def said(self, words: str) -> bool:
        return words in self.output.read_text()

    def ask(
        self, *arguments: str, seconds: float = 60, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run ./run to its end."""
        return subprocess.run(
            ["./run", *arguments],
            cwd=self.directory,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience(seconds),
            check=False,
        )

    def tree(self) -> list[int]:
        found = [self.running.pid]
        for pid in found:
            found += children(pid)
        return found

    def end(self, number: int) -> None:
        """Send ./run a signal, and wait until it and everything it started are gone."""
        family = self.tree()
        self.running.send_signal(number)
        self.running.wait(patience(45))
        wait_until(lambda: not any(map(runs, family)), 10, "the end of every process")

    def clean(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(shared_folder(self.directory.resolve()), ignore_errors=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A copy below pytest's own folder, which nobody else can read when running as root."""
    made = Checkout(tmp_path / "a checkout")
    yield made
    made.clean()


def count_users(checkout: Checkout, username: str) -> str:
    script = f"from django.contrib.auth.models import User; print(User.objects.filter(username='{username}').count())"
    return checkout.ask("manage", "shell", "-v0", "-c", script).stdout.strip()


def test_it_is_ready_stays_alive_and_keeps_its_data(checkout):
    checkout.start()
    visitor = Visitor(f"http://127.0.0.1:{checkout.port}").login("compliance")

    second = checkout.ask()
    assert second.returncode == 1
    assert f"already running in this checkout: http://127.0.0.1:{checkout.port}/admin/" in second.stderr

    script = "from django.contrib.auth.models import User; User.objects.create_user('kept')"
    assert checkout.ask("manage", "shell", "-c", script).returncode == 0

    os.kill(having(checkout, b"\0worker\0")[0], signal.SIGKILL)
    wait_until(
        lambda: checkout.said("worker ended with code -9; it starts again in 1 s."), 10, "a line on the death"
    )
    wait_until(lambda: having(checkout, b"\0worker\0"), 10, "another worker")

    os.kill(having(checkout, b"/postgres\0-D\0")[0], signal.SIGKILL)
    wait_until(
        lambda: checkout.said("PostgreSQL ended with code -9; it starts again."), 10, "a line on the crash"
    )
    wait_until(lambda: visitor.get("/readyz").status_code == 200, 30, "everything works again")

    checkout.end(signal.SIGKILL)

    checkout.start()
    assert count_users(checkout, "kept") == "1"
    checkout.end(signal.SIGHUP)
    assert count_users(checkout, "kept") == "1", "while it is not up"


def having(checkout: Checkout, words: bytes) -> list[int]:
    return [pid for pid in checkout.tree() if words in command_line(pid)]


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # gone since it was listed
        return b""


@pytest.mark.long
def test_kills_while_it_starts_do_not_end_it(checkout):
    checkout.begin()
    for said, words in [
        ("Starting PostgreSQL and Valkey", b"/postgres\0-D\0"),
        ("Preparing the database", b"valkey-server"),
        ("Preparing the database", b"/postgres\0-D\0"),
        ("Starting web, worker and beat", b"gunicorn\0"),
        ("Starting web, worker and beat", b"\0worker\0"),
        ("Starting web, worker and beat", b"/postgres\0-D\0"),
    ]:
        wait_until(partial(checkout.said, said), 60, said)
        found = wait_until(partial(having, checkout, words), 30, f"{words!r} runs")
        os.kill(found[0], signal.SIGKILL)

    checkout.wait_for_ready()
    assert having(checkout, b"\0worker\0")
    checkout.end(signal.SIGTERM)


@pytest.mark.long
def test_what_keeps_ending_by_itself_is_one_clear_sentence(checkout):
    (checkout.directory / "config" / "wsgi.py").write_text("import nothing_of_that_name")

    answer = checkout.ask()

    assert answer.returncode == 1
    last = answer.stderr.splitlines()[-1]
    assert last.startswith("web exited by itself 4 times in a row, the last time with code ")
    assert last.endswith("var/log/web.log.")


@pytest.mark.long
def test_what_it_writes_is_for_its_owner_alone(checkout):
    logs = checkout.directory / "var" / "log"
    logs.mkdir(parents=True, mode=0o755)
    for name in ("web.log", "from before.log"):
        (logs / name).write_text("number")
        (logs / name).chmod(0o644)

    checkout.start()
    checkout.end(signal.SIGTERM)

    assert len(list(logs.iterdir())) > 6
    assert {file.stat().st_mode & 0o777 for file in logs.iterdir()} == {0o600}
    inside = [*checkout.directory.joinpath("var").iterdir()]
    assert {
        place.name for place in inside if place.stat().st_mode & 0o077 and place.name != "static"
    } == set()


@pytest.mark.long
def test_on_a_database_of_ones_own_there_is_no_demo_login_and_no_demo_record(checkout):
    server = os.environ["DATABASE_URL"]
    name = f"own_{checkout.port}"
    run_sql(named(server, "postgres"), f'CREATE DATABASE "{name}"')
    try:
        checkout.start(DATABASE_URL=named(server, name))
        assert checkout.said("./run manage createsuperuser makes the first")
        assert not checkout.said("invented businesses")
        checkout.end(signal.SIGTERM)
        assert run_sql(named(server, name), "SELECT count(*) FROM auth_user") == [(0,)]
    finally:
        run_sql(named(server, "postgres"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.mark.long
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PUBLIC_URL": "https://desk.example.com"}, "messaging.E011: PRIVATE is set"),
        ({"TELNYX_SETTLE_SECONDS": "29"}, "messaging.E009: TELNYX_SETTLE_SECONDS is below TELNYX_DEADLINE."),
        ({"DATABASE_URL": "postgres://desk@127.0.0.1:9/desk"}, "The database cannot be reached: "),
    ],
)
def test_a_start_that_is_refused_says_what_to_do(checkout, environment, words):
    answer = checkout.ask(**environment)

    assert answer.returncode == 1
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.long
def test_it_ends_at_ctrl_c_and_nothing_stays(checkout):
    checkout.start()
    checkout.end(signal.SIGINT)
    assert checkout.running.returncode == 0


@pytest.mark.long
def test_with_a_key_of_telnyx_there_is_no_sandbox_and_no_demo_login(checkout):
    checkout.start(
        TELNYX_API_KEY="KEY-invented",
        TELNYX_PUBLIC_KEYS="11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        TELNYX_BASE_URL="http://127.0.0.1:9/v2",  # this machine's discard port: nobody answers
    )

    assert not having(checkout, b"tests.sandbox")
    assert checkout.said("./run manage createsuperuser")
    visitor = Visitor(f"http://127.0.0.1:{checkout.port}")
    visitor.get("/admin/login/")
    refused = visitor.post("/admin/login/", data={"username": "admin", "password": "demo"})
    assert refused.status_code == 200, "the form again"
    checkout.end(signal.SIGTERM)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_root_runs_a_postgresql_that_nobody_can_read(tmp_path, monkeypatch):
    found = wheel_postgresql(server_account())
    assert found
    wheel = found.bin.parents[1]
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        shutil.copytree(part, tmp_path / "site" / part.name, symlinks=True)
    (tmp_path / "site").chmod(0o700)
    monkeypatch.syspath_prepend(tmp_path / "site")

    with private.throw_away_postgresql() as server:
        assert run_sql(server.url(), "SELECT 1") == [(1,)]

    assert tmp_path not in server.binaries.bin.parents
    assert (tmp_path / "site").stat().st_mode & 0o777 == 0o700, "no folder was opened for it"
    shutil.rmtree(server.binaries.bin.parents[2])


def test_a_taken_port_is_one_clear_sentence(checkout):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", checkout.port))
        listener.listen()
        answer = checkout.ask()

    assert answer.returncode == 1
    assert answer.stdout == ""
    expected = (
        f"Port {checkout.port} cannot be used: address already in use. To use another: PORT=8123 ./run\n"
    )
    assert answer.stderr == expected


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"TELNYX_API_KEY": "KEY-invented"}, "without TELNYX_PUBLIC_KEYS"),
        ({"PORT": "eight"}, "PORT is 'eight'"),
    ],
)
def test_a_wrong_variable_is_one_clear_sentence(checkout, environment, words):
    answer = checkout.ask(**environment)

    assert answer.returncode == 1
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_unknown_command_is_answered_with_the_known_ones(checkout):
    answer = checkout.ask("tset")

    assert answer.returncode == 1
    assert re.fullmatch(
        r"\./run \[test .* \| check .* \| manage .*\]; this is not one of them: tset\n", answer.stderr
    )


def test_a_change_that_is_fine_passes_its_checks(checkout):
    answer = checkout.ask("check", "lint", "format", seconds=240)

    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.splitlines()[0] == "Checking lint"


@pytest.mark.parametrize(
    ("name", "file", "fault", "words"),
    [
        ("lint", "config/urls.py", "import uuid\n", "`uuid` imported but unused"),
        ("format", "config/urls.py", "x  =  1\n", "1 file would be reformatted"),
        (
            "migrations",
            "messaging/models/limits.py",
            "SpendLimitReached.add_to_class('more', models.BooleanField(default=False))\n",
            "Add field more to spendlimitreached",
        ),
        ("settings", "config/settings.py", "SECURE_HSTS_SECONDS = 0\n", "SECURE_HSTS_SECONDS"),
    ],
)
def test_a_check_names_the_fault_whatever_the_shell_and_env_file_say(checkout, name, file, fault, words):
    (checkout.directory / ".env").write_text("PRIVATE=1\nDEBUG=1\nSECRET_KEY=short\n")
    with (checkout.directory / file).open("a") as source:
        source.write(fault)

    answer = checkout.ask("check", name, PRIVATE="1", seconds=240)

    assert answer.returncode == 1
    assert words in answer.stdout + answer.stderr
    assert answer.stderr.endswith(f"Failed: {name}\n")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_every_check_passes_in_a_copy_of_the_checkout(checkout):
    answer = checkout.ask("check", PRIVATE="1", seconds=840)

    assert (answer.returncode, answer.stdout.count("Checking ")) == (0, 6), answer.stdout + answer.stderr


def test_the_tests_choose_their_own_settings(monkeypatch):
    """Else those without a worker (-n 0) would run with the settings of the shell they were started from."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    monkeypatch.setattr(private, "throw_away", lambda: nullcontext({"DATABASE_URL": "postgres:///new"}))
    started: dict[str, str] = {}
    monkeypatch.setattr(commands, "call", lambda command, variables: started.update(variables))

    commands.test(["-n", "0"])

    assert "DJANGO_SETTINGS_MODULE" not in started
    assert started["DATABASE_URL"] == "postgres:///new"


def test_an_unknown_check_is_answered_with_the_known_ones(checkout):
    answer = checkout.ask("check", "lnit")

    assert answer.returncode == 1
    assert answer.stderr == (
        "There is no check called lnit. The checks are: lint, format, types, migrations, locks, settings.\n"
    )
