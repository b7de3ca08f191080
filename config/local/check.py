"""What `./run check` runs: everything a change must pass before its tests; `locks` starts a PostgreSQL."""

import base64
import os
import secrets
import subprocess
import sys

from .places import ROOT, CannotStart

CHECKS = {
    "lint": [sys.executable, "-m", "ruff", "check", "."],
    "format": [sys.executable, "-m", "ruff", "format", "--check", "."],
    "types": [sys.executable, "-m", "mypy", "."],
    "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
    "locks": [sys.executable, "-m", "tests.upgrade.locks"],
    "settings": [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
}


def check(names: list[str]) -> int:
    """Run the named checks, or all of them, each to its end; return 1 if any failed."""
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        raise CannotStart(
            f"There is no check called {', '.join(unknown)}. The checks are: {', '.join(CHECKS)}."
        )
    environment = os.environ | production()
    failed = [name for name in names or CHECKS if not passes(name, environment)]
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def passes(name: str, environment: dict[str, str]) -> bool:
    """Run one check in the foreground and return True if it finds nothing."""
    print(f"Checking {name}", flush=True)
    return subprocess.run(CHECKS[name], cwd=ROOT, env=environment, check=False).returncode == 0


def production() -> dict[str, str]:
    """Return invented settings of a public desk, in which the checks must find nothing.

    They win over the shell and .env. No database answers at that port, so the history of migrations can't be
    read; Django warns about that, and the warning has nothing to do with the change.
    """
    return {
        "PRIVATE": "0",
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "SECRET_KEY_FALLBACKS": "",
        "DOCUMENT_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "ALLOWED_HOSTS": "desk.example.com",
        "CSRF_TRUSTED_ORIGINS": "",
        "PUBLIC_URL": "https://desk.example.com",
        "DATABASE_URL": "postgres://desk@127.0.0.1:9/desk",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "TELNYX_API_KEY": "KEY-invented",
        "TELNYX_BASE_URL": "https://api.telnyx.com/v2",
        "TELNYX_PUBLIC_KEYS": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "PYTHONWARNINGS": "ignore::RuntimeWarning",
    }
