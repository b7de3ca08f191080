"""What must be set before the desk may run. Retired ids are never given to another check.

A private installation (`./run`, the tests) is spared the rules that only a public one needs.
"""

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

from messaging.mirror import account, retention, vault

SHORTEST_SECRET = 50
MOST_KEYS = 4

Check = Callable[[], Iterator[CheckMessage]]


def secret_key() -> Iterator[CheckMessage]:
    try:
        secret = settings.SECRET_KEY
    except ImproperlyConfigured:
        secret = ""
    if len(secret) < SHORTEST_SECRET or secret.startswith("django-insecure-"):
        yield Error("SECRET_KEY is missing or short.", hint="Set 50 random characters.", id="messaging.E001")


def debug() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error("DEBUG is on.", hint="Unset DEBUG: error pages would show data.", id="messaging.E002")


def allowed_hosts() -> Iterator[CheckMessage]:
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        hint = "Name the hosts this desk answers to."
        yield Error("ALLOWED_HOSTS is empty or names every host.", hint=hint, id="messaging.E003")


def public_keys() -> Iterator[CheckMessage]:
    keys = tuple(settings.TELNYX_PUBLIC_KEYS)
    hint = "Copy the public key from Telnyx's portal, Keys & Credentials. Up to four, separated by commas."
    if not 1 <= len(keys) <= MOST_KEYS:
        yield Error(f"TELNYX_PUBLIC_KEYS holds {len(keys)} keys.", hint=hint, id="messaging.E004")
        return
    try:
        account.public_keys(keys)
    except ValueError as error:
        yield Error(f"TELNYX_PUBLIC_KEYS: {error}", hint=hint, id="messaging.E005")


def base_url() -> Iterator[CheckMessage]:
    parts = urlsplit(settings.TELNYX_BASE_URL)
    private = settings.PRIVATE and parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not private:
        hint = "The API key travels with every request."
        yield Error("TELNYX_BASE_URL does not begin with https://.", hint=hint, id="messaging.E006")


def api_key() -> Iterator[CheckMessage]:
    if not re.fullmatch(r"[!-~]+", settings.TELNYX_API_KEY):
        yield Error("TELNYX_API_KEY is missing or has odd characters.", id="messaging.E007")


def public_url() -> Iterator[CheckMessage]:
    if not settings.PUBLIC_URL.startswith("https://") and not settings.PRIVATE:
        hint = "Without it Telnyx is not told where to report; statuses are then only found by polling."
        yield Warning("PUBLIC_URL is not an https address.", hint=hint, id="messaging.W001")


def document_keys() -> Iterator[CheckMessage]:
    try:
        vault.seal(b"")
    except ValueError:
        hint = "Set 32 random bytes in URL-safe base64. Of several, commas between them, the first encrypts."
        yield Error("DOCUMENT_KEYS is missing or holds a wrong key.", hint=hint, id="messaging.E008")


def retention_days() -> Iterator[CheckMessage]:
    for name in sorted(set(dir(settings))):
        if name.startswith("RETENTION_") and not 0 <= getattr(settings, name) <= retention.MOST_DAYS:
            hint = f"Set a number of days from 1 to {retention.MOST_DAYS}, or 0 to keep it forever."
            yield Error(f"{name} is not a number of days that can be kept.", hint=hint, id="messaging.E020")


PUBLIC_ONLY: tuple[Check, ...] = (secret_key, debug, allowed_hosts)
ALWAYS: tuple[Check, ...] = (public_keys, base_url, api_key, document_keys, public_url, retention_days)


@register("messaging")
def environment(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Return every problem of the environment this process was started in."""
    checks = ALWAYS if settings.PRIVATE else PUBLIC_ONLY + ALWAYS
    return [message for check in checks for message in check()]


def refuse_to_start() -> None:
    """Leave with a line per error; for processes that do not run Django's checks, such as gunicorn's."""
    errors = [message for message in environment() if message.is_serious()]
    for error in errors:
        print(f"{error.id}: {error.msg} {error.hint or ''}".rstrip(), file=sys.stderr)  # noqa: T201
    if errors:
        sys.exit(3)
