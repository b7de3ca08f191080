"""What must be set before the desk may run. The id of a retired check is never reused.

A private installation (`./run`, the tests) is spared the rules that only a public one needs.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from ipaddress import ip_address
from math import inf
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.core.checks import CheckMessage, Error, Info, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, ProgrammingError

from messaging.management.commands.demo_users import open_logins
from messaging.mirror import account, retention, sealing
from messaging.notices import chat

SHORTEST_SECRET = 50
FEWEST_CHARACTERS = 10
# Words, without punctuation, that example secrets are made of.
EXAMPLES = ("changeme", "changethis", "replaceme", "djangoinsecure", "secretkey", "yoursecret", "placeholder")
MOST_KEYS = 4
MOST_CLOCK_DAYS = 365
# Names that resolve only on this machine, and the one Django's test client uses.
LOOPBACK_NAMES = ("localhost", "ip6-localhost", "ip6-loopback", "testserver")
# Anyone can get a name under these parts of a country's domain: co.uk, com.au.
SECOND_LEVEL = ("ac", "co", "com", "edu", "gov", "net", "ne", "or", "org")
# 0 means forever, none, or at once.
MAY_BE_ZERO = re.compile(
    r"RETENTION_.*|MESSAGES_.*|UNDO_SECONDS|RCS_CAPABILITY_HOURS|CONN_MAX_AGE|MEDIA_MOST_BYTES|DATABASE_\w+_MS|"
    r"CONFIRM_MINUTES|NOTICE_WEBHOOK_SILENT_HOURS"
)

Check = Callable[[], Iterator[CheckMessage]]


def secret_key() -> Iterator[CheckMessage]:
    try:
        secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    except ImproperlyConfigured:
        secrets = [""]
    if any(map(_is_weak, secrets)):
        hint = "Set 50 random characters: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"
        yield Error("SECRET_KEY is missing, short or easy to guess.", hint=hint, id="messaging.E001")


def _is_weak(secret: str) -> bool:
    """Return True if a secret is short, has few different characters, repeats itself, or uses words of an example."""
    letters = re.sub(r"[^a-z0-9]", "", secret.lower())
    return (
        len(secret.strip()) < SHORTEST_SECRET
        or len(set(secret)) < FEWEST_CHARACTERS
        or secret in (secret + secret)[1:-1]
        or any(word in letters for word in EXAMPLES)
    )


def debug() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error("DEBUG is on.", hint="Unset DEBUG: error pages would show data.", id="messaging.E002")


def allowed_hosts() -> Iterator[CheckMessage]:
    hosts = [host.strip() for host in settings.ALLOWED_HOSTS]
    origins = [origin.rpartition("://")[2].strip() for origin in settings.CSRF_TRUSTED_ORIGINS]
    subdomains = [origin.removeprefix("*") for origin in origins]
    if not hosts or any(map(_names_everybody, [*hosts, *subdomains])):
        hint = (
            "Name the hosts this desk answers to, e.g. desk.example.com; no * and no whole top-level domain."
        )
        what = "ALLOWED_HOSTS is empty, or it or CSRF_TRUSTED_ORIGINS names hosts that anyone can have."
        yield Error(what, hint=hint, id="messaging.E003")


def _names_everybody(host: str) -> bool:
    """Return True if a host is a pattern under which anyone can have a name."""
    if not host or "*" in host:
        return True
    labels = [label for label in host.partition(":")[0].lower().split(".") if label]
    is_country = len(labels) == 2 and len(labels[1]) == 2 and labels[0] in SECOND_LEVEL
    return host.startswith(".") and (len(labels) < 2 or is_country)


def only_this_machine() -> Iterator[CheckMessage]:
    """PRIVATE spares the rules above, so only this machine may be able to reach the desk."""
    names = [*settings.ALLOWED_HOSTS, *(urlsplit(origin).netloc for origin in settings.CSRF_TRUSTED_ORIGINS)]
    if settings.PUBLIC_URL:
        names.append(settings.PUBLIC_URL.rpartition("://")[2].partition("/")[0])
    if "runserver" in sys.argv:
        addresses = sys.argv[sys.argv.index("runserver") + 1 :]
        names += [host for host in (address.rpartition(":")[0] for address in addresses) if host]
    if others := [name for name in names if not is_loopback(name)]:
        what = f"PRIVATE is set, which is only for this machine, but the settings name {', '.join(others)}."
        hint = (
            "Name only localhost or 127.0.0.1, or leave PRIVATE (and ./run, which sets it) for a public desk."
        )
        yield Error(what, hint=hint, id="messaging.E011")


def is_loopback(host: str) -> bool:
    """Return True if a host, with or without a port, can only be this machine."""
    try:
        # A bare IPv6 address has its own colons.
        name = (
            host if host.count(":") > 1 and "[" not in host else urlsplit(f"//{host.strip()}").hostname or ""
        )
    except ValueError:
        return False
    name = name.strip(" .").lower()
    if name in LOOPBACK_NAMES or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def numbers() -> Iterator[CheckMessage]:
    for name, read in settings.NUMBERS.items():
        lowest = 0 if MAY_BE_ZERO.fullmatch(name) else sys.float_info.min
        if not all(lowest <= value < inf for value in (read, getattr(settings, name, read))):
            more = "above 0" if lowest else "of 0 or more"
            kind = "whole number" if name.endswith("_DAYS") else "number"
            hint = f"Set a {kind} {more}, or leave it out."
            yield Error(f"{name} is not a number that works here.", hint=hint, id="messaging.E012")


FOUR_EYES = ("tollfree", "hosted")


def four_eyes() -> Iterator[CheckMessage]:
    for name in settings.FOUR_EYES:
        if name not in FOUR_EYES:
            hint = f"Name what needs a second person's approval, separated by commas: {', '.join(FOUR_EYES)}."
            yield Error(f"FOUR_EYES names “{name}”, which is nothing here.", hint=hint, id="messaging.E022")


LONGEST_UNDO = 600  # seconds


def undo_seconds() -> Iterator[CheckMessage]:
    if LONGEST_UNDO < settings.UNDO_SECONDS < inf:
        hint = f"Set at most {LONGEST_UNDO} seconds: until then, nothing that people submit is sent."
        yield Error(f"UNDO_SECONDS is above {LONGEST_UNDO}.", hint=hint, id="messaging.E023")


def settle_seconds() -> Iterator[CheckMessage]:
    if settings.TELNYX_SETTLE_SECONDS < settings.TELNYX_DEADLINE:
        hint = (
            "Raise TELNYX_SETTLE_SECONDS to at least TELNYX_DEADLINE: Telnyx would be asked for a request that is "
            "still on its way, and it would then be sent twice."
        )
        what = "TELNYX_SETTLE_SECONDS is below TELNYX_DEADLINE."
        yield Error(what, hint=hint, id="messaging.E009")


def public_keys() -> Iterator[CheckMessage]:
    keys = tuple(settings.TELNYX_PUBLIC_KEYS)
    hint = "Copy the public key from Telnyx's portal, Keys & Credentials. Up to four, separated by commas."
    if not 1 <= len(keys) <= MOST_KEYS:
        yield Error(f"TELNYX_PUBLIC_KEYS has {len(keys)} keys.", hint=hint, id="messaging.E004")
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
        yield Error("TELNYX_BASE_URL does not start with https://.", hint=hint, id="messaging.E006")


def api_key() -> Iterator[CheckMessage]:
    if not re.fullmatch(r"[!-~]+", settings.TELNYX_API_KEY):
        hint = "Copy an API v2 key from Telnyx's portal, Keys & Credentials."
        yield Error("TELNYX_API_KEY is missing or has invalid characters.", hint=hint, id="messaging.E007")


def public_url() -> Iterator[CheckMessage]:
    if not settings.PUBLIC_URL.startswith("https://") and not settings.PRIVATE:
        hint = "Without it Telnyx doesn't know where to report; the desk then finds statuses only by polling."
        yield Warning("PUBLIC_URL is not an https address.", hint=hint, id="messaging.W001")


def document_keys() -> Iterator[CheckMessage]:
    try:
        sealing.seal(b"")
    except ValueError:
        hint = (
            "Set 32 random bytes in URL-safe base64: python3 -c 'import base64, os; "
            "print(base64.urlsafe_b64encode(os.urandom(32)).decode())'. Separate several with commas; the first one "
            "encrypts."
        )
        yield Error("DOCUMENT_KEYS is missing or has an invalid key.", hint=hint, id="messaging.E008")


def retention_days() -> Iterator[CheckMessage]:
    for name in sorted(set(dir(settings))):
        if name.startswith("RETENTION_") and getattr(settings, name) > retention.MOST_DAYS:
            hint = f"Set a number of days from 1 to {retention.MOST_DAYS}, or 0 to keep it forever."
            yield Error(f"{name} is not a number of days that can be kept.", hint=hint, id="messaging.E020")


def clocks() -> Iterator[CheckMessage]:
    for name in settings.NUMBERS:
        if re.fullmatch(r"(TOLLFREE|HOSTED)_\w+_DAYS", name) and getattr(settings, name) > MOST_CLOCK_DAYS:
            hint = f"Set whole days from 1 to {MOST_CLOCK_DAYS}, or leave it out."
            yield Error(f"{name} is more than a clock can have.", hint=hint, id="messaging.E021")


def actions() -> Iterator[CheckMessage]:
    """Without a permission of its own, an action of a list could be done by everyone who may view the list."""
    admin.autodiscover()
    for model_admin in admin.site._registry.values():
        for action, name, _words in model_admin._get_base_actions():  # type: ignore[attr-defined]
            if not getattr(action, "allowed_permissions", None):
                what = (
                    f"The action {name} names no permission, so everyone who may view the list could do it."
                )
                hint = "Add permissions=[...] to its @admin.action."
                yield Error(what, hint=hint, obj=model_admin, id="messaging.E027")


# As long as the sign-in library can keep.
LONGEST_ISSUER = 200


def company_sign_in() -> Iterator[CheckMessage]:
    if (found := _wrong_with_company_sign_in()) is not None:
        what, hint = found
        yield Error(what, hint=hint, id="messaging.E024")


def _wrong_with_company_sign_in() -> tuple[str, str] | None:
    """Return the first thing that is wrong with the company's own sign-in, and what to do about it."""
    given = {
        name: bool(getattr(settings, name))
        for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME", "OIDC_GROUPS")
    }
    missing = [name for name, is_given in given.items() if not is_given]
    if not settings.OIDC_ISSUER and len(missing) < len(given):
        return "OIDC_ISSUER is missing.", "Set all of the company's sign-in, or nothing of it."
    if not settings.OIDC_ISSUER:
        return None
    if missing:
        hint = "docs/configuration.md says what the company's sign-in needs."
        return f"OIDC_ISSUER is set, but not {', '.join(missing)}.", hint
    parts = urlsplit(settings.OIDC_ISSUER)
    is_safe = parts.scheme == "https" or (settings.PRIVATE and is_loopback(parts.netloc))
    if not (is_safe and parts.hostname) or parts.query or parts.fragment or "/.well-known" in parts.path:
        hint = "Copy the issuer from your provider, such as https://login.example.com, without /.well-known/."
        return "OIDC_ISSUER is not an https address of an issuer.", hint
    if len(settings.OIDC_ISSUER) > LONGEST_ISSUER:
        return f"OIDC_ISSUER is longer than {LONGEST_ISSUER} characters.", "Check that it is the issuer."
    for pair in settings.OIDC_GROUPS:
        theirs, _equals, ours = pair.rpartition("=")
        if not theirs.strip() or not ours.strip():
            hint = (
                "Write pairs: a group of your provider, =, a group of this desk; such as desk-ops=operator."
            )
            return f"OIDC_GROUPS has “{pair}”, which is not a pair.", hint
    if not settings.OIDC_GROUPS_CLAIM:
        return "OIDC_GROUPS_CLAIM is empty.", "Name the claim with a person's groups, or leave it out."
    if not settings.LOCAL_ACCOUNTS:
        hint = (
            "Name the login of an administrator, such as admin: nobody else could get in while the provider is away, "
            "and only such a login may do everything."
        )
        return "LOCAL_ACCOUNTS names nobody who can log in with a password.", hint
    return None


def notices() -> Iterator[CheckMessage]:
    if settings.EMAIL_URL and not settings.DEFAULT_FROM_EMAIL:
        hint = "Name the address that emails of this desk come from, such as desk@example.com."
        yield Error("EMAIL_URL is set and EMAIL_FROM is not.", hint=hint, id="messaging.E025")
    try:
        chat.rooms()
    except ValueError as error:
        hint = 'Write name=address, separated by commas, or JSON: {"ops": "slack://..."}.'
        yield Error(f"NOTICE_CHANNELS: {error}.", hint=hint, id="messaging.E026")


SHORTEST_TOKEN = 20


def metrics_token() -> Iterator[CheckMessage]:
    token = settings.METRICS_TOKEN
    if token and (len(token) < SHORTEST_TOKEN or not re.fullmatch(r"[!-~]+", token)):
        hint = "Set 32 random characters: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        what = f"METRICS_TOKEN has fewer than {SHORTEST_TOKEN} characters, or some that no header can hold."
        yield Error(what, hint=hint, id="messaging.E028")


def log_format() -> Iterator[CheckMessage]:
    if settings.LOG_FORMAT not in ("plain", "json"):
        what = f"LOG_FORMAT is “{settings.LOG_FORMAT}”, which isn't a format of the log."
        yield Error(what, hint="Set plain or json, or leave it out.", id="messaging.E029")


def sentry() -> Iterator[CheckMessage]:
    if not settings.SENTRY_DSN:
        return
    try:
        parts = urlsplit(settings.SENTRY_DSN)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        works = is_safe and parts.hostname and parts.username and re.search(r"/\d+$", parts.path)
    except ValueError:
        works = False
    if not works:
        hint = "Copy the DSN from the project's settings in Sentry: https://KEY@HOST/NUMBER."
        yield Error("SENTRY_DSN is not an https address of a project.", hint=hint, id="messaging.E030")
    if find_spec("sentry_sdk") is None:
        hint = "pip install --require-hashes -r requirements-sentry.txt, or leave SENTRY_DSN out."
        what = "SENTRY_DSN is set, but the packages that report to Sentry are not installed."
        yield Error(what, hint=hint, id="messaging.E032")


PUBLIC_ONLY: tuple[Check, ...] = (secret_key, debug, allowed_hosts)
PRIVATE_ONLY: tuple[Check, ...] = (only_this_machine,)
ALWAYS: tuple[Check, ...] = (
    public_keys,
    base_url,
    api_key,
    document_keys,
    public_url,
    retention_days,
    numbers,
    settle_seconds,
    undo_seconds,
    four_eyes,
    actions,
    clocks,
    company_sign_in,
    notices,
    metrics_token,
    log_format,
    sentry,
)


_others: list[Check] = []


def also(check: Check) -> None:
    """Check this, too, at the start: for what messaging may not import."""
    if check not in _others:
        _others.append(check)


@register("messaging")
def environment(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Return every problem of the environment this process was started in."""
    checks = (PRIVATE_ONLY if settings.PRIVATE else PUBLIC_ONLY) + ALWAYS + tuple(_others)
    return [message for check in checks for message in check()]


@register("messaging", deploy=True)
def demo_logins(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Return the demo logins in the database of a public desk.

    The desk starts even if the database is away: web processes answer 503, workers wait until it is back, and nobody
    can log in with that password anyway (config.login).
    """
    if settings.PRIVATE:
        return []
    try:
        found = open_logins()
    except ProgrammingError:  # nothing is migrated yet
        found = []
    except (DatabaseError, InterfaceError):
        what = "The database cannot be reached, so it was not checked for demo logins."
        return [Info(what, id="messaging.I001")]
    hint = "Delete them, or give each another password: python manage.py changepassword NAME"
    what = f"The database has demo logins, whose password is public: {', '.join(found)}."
    return [Error(what, hint=hint, id="messaging.E010")] if found else []


def refuse_to_start() -> None:
    """Exit with a line per error; for processes that don't run Django's checks, such as gunicorn's."""
    messages = [message for message in environment() if message.is_serious()] or demo_logins()
    _refuse(messages)


def refuse_address(addresses: Iterable[Any]) -> None:
    """Exit if a private desk would listen where others can reach it. An address that isn't a pair is local."""
    hosts = [address[0] for address in addresses if isinstance(address, tuple)]
    others = [host for host in hosts if not is_loopback(host)]
    if settings.PRIVATE and others:
        what = f"PRIVATE is set, which is only for this machine, but the desk would listen on {', '.join(others)}."
        _refuse([Error(what, hint="Unset PRIVATE, or listen on 127.0.0.1.", id="messaging.E013")])


def _refuse(messages: list[CheckMessage]) -> None:
    for message in messages:
        print(f"{message.id}: {message.msg} {message.hint or ''}".rstrip(), file=sys.stderr)  # noqa: T201
    if any(message.is_serious() for message in messages):
        sys.exit(3)
