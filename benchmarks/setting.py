"""The environment of a benchmark: throw-away servers, invented keys, migrated tables."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager

from config.local import private

VALUES = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "PRIVATE": "1",
    "SECRET_KEY": "only for a benchmark",
    "DOCUMENT_KEYS": base64.urlsafe_b64encode(b"only for a benchmark, 32 bytes..").decode(),
    "TELNYX_API_KEY": "KEY-invented-for-the-benchmark",
    "TELNYX_BASE_URL": "http://127.0.0.1:9/v2",
    "TELNYX_PUBLIC_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "TELNYX_WRITES_PER_SECOND": "100000",
    "DATABASE_STATEMENT_TIMEOUT_MS": "0",
}


@contextmanager
def desk(**values: str) -> Iterator[None]:
    """Run throw-away servers, make this process a desk on them, and remove them at the end."""
    with private.throw_away() as servers:
        os.environ |= servers | VALUES | values
        import django  # noqa: PLC0415 - the environment must be set first

        django.setup()
        from django.core.management import call_command  # noqa: PLC0415
        from django.db import connections  # noqa: PLC0415

        call_command("migrate", interactive=False, verbosity=0)
        try:
            yield
        finally:
            connections.close_all()


def plain(app: str) -> list[str]:
    """Return the options that keep the desk's own gunicorn.conf.py away from a rival."""
    return [] if app.startswith("config.") else ["--config", os.devnull]
