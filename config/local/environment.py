"""The variables ./run gives the product: what the person set wins, the rest is for this machine only."""

import os
import secrets
from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

import environ

from .places import ROOT, VAR, CannotStart, postgresql, server_account
from .servers import write_secret


def load() -> None:
    """Read .env the same way the settings do, before anything depends on it."""
    if (ROOT / ".env").exists():
        environ.Env.read_env(ROOT / ".env")


def is_live() -> bool:
    """Return True if there is a key for the real Telnyx. Raises CannotStart if only half of it is set."""
    if not os.environ.get("TELNYX_API_KEY"):
        return False
    if not os.environ.get("TELNYX_PUBLIC_KEYS"):
        raise CannotStart(
            "TELNYX_API_KEY is set, so ./run would talk to Telnyx, but without TELNYX_PUBLIC_KEYS (the public key "
            "in Telnyx's portal, Keys & Credentials) it could not verify any webhook from Telnyx. Set it too."
        )
    return True


def for_product(port: int, database_url: str, redis_url: str) -> dict[str, str]:
    """Return the environment of every process of the product."""
    public_url = os.environ.get("PUBLIC_URL") or f"http://127.0.0.1:{port}"
    hosts = dict.fromkeys(["localhost", "127.0.0.1", urlsplit(public_url).hostname or "localhost"])
    return os.environ | {
        "PRIVATE": "1",
        "SECRET_KEY": os.environ.get("SECRET_KEY") or kept("secret-key", secrets.token_hex(32)),
        "DOCUMENT_KEYS": os.environ.get("DOCUMENT_KEYS") or kept("document-key", fernet_key()),
        # One folder for each database, so that a file without a row in one isn't taken for an orphan of the other.
        "DOCUMENTS_ROOT": os.environ.get("DOCUMENTS_ROOT")
        or str(VAR / "documents" / urlsplit(database_url).path.strip("/")),
        "ALLOWED_HOSTS": os.environ.get("ALLOWED_HOSTS") or ",".join(hosts),
        "PUBLIC_URL": public_url,
        "PG_BIN": os.environ.get("PG_BIN") or own_postgresql(),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PYTHONUNBUFFERED": "1",
        # Celery warns at length when someone tries the desk in a container, as root.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }


def own_postgresql() -> str:
    """Return where the programs of our own PostgreSQL are; "" if another one is used."""
    if os.environ.get("DATABASE_URL"):
        return ""
    try:
        return str(postgresql(server_account()).bin)
    except CannotStart:
        return ""


def fernet_key() -> str:
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def kept(name: str, new: str) -> str:
    """Return a secret of this checkout; if there is none yet, keep `new`."""
    path = VAR / name
    if not path.exists():
        write_secret(path, new)
    return path.read_text()
