"""What `manage.py doctor` looks at: everything the desk needs from its machine, its neighbors and its settings.

It changes nothing, sends nothing, and asks Telnyx for one record of one list. What the page Health judges is judged by
the same code (messaging/mirror/checkup.py). No line holds a secret.
"""

import getpass
import re
import smtplib
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import django
from django.conf import settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http.request import validate_host
from django.template.defaultfilters import filesizeformat
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from messaging import checks
from messaging.desk.arrival import CAUSES
from messaging.mirror import account, checkup, clock, health
from messaging.mirror.checkup import Level
from messaging.mirror.inbound import refused
from messaging.mirror.wording import duration
from messaging.telnyx import errors
from messaging.telnyx.client import Client

OLDEST_POSTGRESQL = 140000
# What may not be off if a crash of the database's machine is to lose nothing that was acknowledged.
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
BUSY = 0.8
REDIS_SECONDS = 2.0
TELNYX_SECONDS = 10.0
VISIT_SECONDS, VISIT_BYTES = 10.0, 1 << 16
STYLES = Path("desk") / "desk.css"
# What else a line in .env may be for: ./run and compose.yaml read it themselves.
ALSO_READ = {"PRIVATE", "DEBUG", "PORT", "POSTGRES_PASSWORD", "DJANGO_SETTINGS_MODULE"}
SECRETS = (
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "DOCUMENT_KEYS",
    "TELNYX_API_KEY",
    "OIDC_CLIENT_SECRET",
    "REDIS_URL",
    "EMAIL_URL",
    "NOTICE_CHANNELS",
)
SHORTEST_SECRET = 4

AWAY = "PostgreSQL can't be reached"
# Why PUBLIC_URL can't be opened, and what to do.
ELSEWHERE = "Open it from elsewhere. If that works, nothing; otherwise"
TROUBLES: dict[errors.Trouble | None, tuple[str, str]] = {
    errors.Trouble.NAME: ("its name isn't known", f"{ELSEWHERE} check DNS."),
    errors.Trouble.INTERNAL: (
        "here its name leads to an address that isn't on the public internet, so it wasn't tried",
        "Nothing, if only this network has that address. Otherwise correct DNS: Telnyx needs a public one. A test "
        "webhook, sent from Health, is tried from here all the same.",
    ),
    errors.Trouble.CERTIFICATE: (
        "its certificate isn't valid",
        "Renew the certificate, or let the proxy send the whole chain: Telnyx won't accept it either.",
    ),
    None: ("nothing usable answers", f"{ELSEWHERE} check DNS, the firewall and the proxy."),
}


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and what to do unless it is well."""

    title: str
    level: Level
    said: str
    do: str = ""


def ok(title: str, said: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(title, Level.OK, said)


def look(title: str, said: str, do: str) -> Finding:
    """Return that someone should look at something, though the desk works."""
    return Finding(title, Level.LOOK, said, do)


def fail(title: str, said: str, do: str) -> Finding:
    """Return that something doesn't work."""
    return Finding(title, Level.FAILING, said, do)


def examine(names: Sequence[str] = ()) -> Iterator[Finding]:
    """Look at the named parts, or at all of them, and yield what was found as soon as it is known."""
    for name in names or PARTS:
        try:
            yield from PARTS[name]()
        except (DatabaseError, InterfaceError) as error:
            if name == "database":
                yield _away(error)
            elif isinstance(error, ProgrammingError):  # PostgreSQL answers, without what this version needs
                do = "See Migrations, then run this again."
                yield look(_title(name), "Not looked at: the tables of this version aren't there.", do)
            else:
                do = "See Database, then run this again."
                yield look(_title(name), f"Not looked at: {AWAY}.", do)
            connection.close()
        except Exception as error:  # whatever is broken, the other lines are still wanted
            do = "Report this as a bug, with the version of the desk."
            yield fail(_title(name), f"Could not be looked at ({type(error).__name__}).", do)


def of_settings() -> Iterator[Finding]:
    """Yield every problem that stops the desk from starting or deserves a look, by the checks every start runs."""
    problems = checks.environment()
    for problem in problems:
        made = fail if problem.is_serious() else look
        yield made("Settings", f"{problem.msg} ({problem.id})", problem.hint or "See docs/configuration.md.")
    known = _known_settings()
    for name in sorted(set(_in_env_file()) - known) if known else ():
        do = "Check the spelling with docs/configuration.md."
        yield look("Settings", f".env sets {name}, which nothing reads.", do)
    if settings.PRIVATE:
        do = "Right for ./run and the tests. Leave PRIVATE out on a desk that other people use."
        yield look("Settings", "PRIVATE is set: demo logins and plain http are allowed.", do)
    if not problems:
        yield ok("Settings", "Nothing is missing or unsafe.")


def of_versions() -> Iterator[Finding]:
    """Yield the versions that matter, and every package that isn't the one requirements.txt names."""
    found = [f"{name} {metadata.version(name)}" for name in ("celery", "gunicorn", "psycopg", "httpx")]
    python = ".".join(map(str, sys.version_info[:3]))
    said = (
        f"telnyx-desk {settings.VERSION}, Python {python}, Django {django.__version__}, {', '.join(found)}."
    )
    yield ok("Versions", said)
    wrong = list(_wrong_packages())
    if wrong:
        do = "pip install --require-hashes -r requirements.txt, then restart everything."
        yield look("Packages", f"Not what requirements.txt names: {', '.join(wrong)}.", do)
    else:
        yield ok("Packages", "Exactly what requirements.txt names.")


def of_static() -> Iterator[Finding]:
    """Yield whether collectstatic has run."""
    if (Path(settings.STATIC_ROOT) / STYLES).is_file():
        yield ok("Static files", "They are collected.")
    else:
        do = "Run python manage.py collectstatic --noinput, as a user who may write to STATIC_ROOT."
        yield fail("Static files", "STATIC_ROOT doesn't hold them, so pages have no style.", do)


def of_documents() -> Iterator[Finding]:
    """Yield whether files can really be written where documents are kept, and how much room is left."""
    folder = Path(settings.DOCUMENTS_ROOT)
    owner = "Make DOCUMENTS_ROOT a folder of the user who runs web and worker."
    try:
        if not folder.is_dir():
            parent = next(each for each in folder.parents if each.exists())
            with tempfile.TemporaryDirectory(dir=parent):
                pass
            do = "Nothing, if this is a new desk: the first upload makes it. Otherwise mount or restore it."
            yield look("Documents", "The folder DOCUMENTS_ROOT doesn't exist.", do)
        else:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"doctor")
    except OSError as error:
        said = f"{getpass.getuser()} can't write to DOCUMENTS_ROOT ({error.strerror})."
        yield fail("Documents", said, owner)
        return
    yield _judged("documents")


def of_database() -> Iterator[Finding]:
    """Yield whether PostgreSQL answers, and what about its settings may cost data."""
    if connection.vendor != "postgresql":
        yield fail(
            "Database",
            "DATABASE_URL is not an address of PostgreSQL.",
            "Write postgres://USER:PASSWORD@HOST/NAME.",
        )
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT current_setting('server_version'), current_setting('server_version_num')::int,
                   current_setting('server_encoding'), pg_is_in_recovery()
                   OR current_setting('default_transaction_read_only')::bool,
                   current_setting('max_connections')::int, (SELECT count(*) FROM pg_stat_activity),
                   current_setting('statement_timeout')
            """
        )
        version, number, encoding, is_read_only, most, used, timeout = cursor.fetchone()
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(DURABLE)])
        off = sorted(name for name, setting in cursor.fetchall() if setting == "off")
    if number < OLDEST_POSTGRESQL:
        yield fail("Database", f"PostgreSQL {version} is too old.", "Upgrade it to 14 or newer.")
    else:
        yield ok("Database", f"PostgreSQL {version} answers; {used} of {most} connections are in use.")
    if encoding != "UTF8":
        do = "Make a database with ENCODING 'UTF8' and move the data there."
        yield fail("Database", f"Its encoding is {encoding}, not UTF8.", do)
    if is_read_only:
        do = "Point DATABASE_URL at the primary server."
        yield fail("Database", "It is read-only: a standby, or set so.", do)
    if off:
        do = "Turn it on in postgresql.conf: otherwise a crash of that machine can lose what was submitted."
        yield look("Database", f"Off: {', '.join(off)}.", do)
    if used > most * BUSY:
        do = "Raise max_connections, or start fewer web processes and workers."
        yield look("Database", "Nearly all connections are in use.", do)
    if timeout == "0":
        do = "Use a pooler in session mode that passes on the option statement_timeout, or none."
        yield look("Database", "The time limit for statements didn't arrive; is there a pooler?", do)


def of_migrations() -> Iterator[Finding]:
    """Yield whether the database has the tables of this version."""
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    ours = executor.loader.applied_migrations.keys() - executor.loader.disk_migrations.keys()
    unknown = sorted(f"{app}.{name}" for app, name in ours if app in executor.loader.migrated_apps)
    if pending:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in pending[:3])
        more = f" and {len(pending) - 3} more" if len(pending) > 3 else ""
        do = "Stop web, workers and beat, back up, and run python manage.py migrate."
        yield fail("Migrations", f"Not run yet: {names}{more}.", do)
    elif unknown:
        do = "Install the version this database was last used with, or restore a backup of this one's."
        yield fail("Migrations", f"The database is from a newer version: it has {unknown[-1]}.", do)
    else:
        yield ok("Migrations", "All have run.")
    if not pending:
        for problem in checks.demo_logins():
            yield fail("Logins", problem.msg, problem.hint or "")


def of_size() -> Iterator[Finding]:
    """Yield how large the database is, and what fills it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone()
        cursor.execute(
            """
            SELECT relname, pg_total_relation_size(oid) FROM pg_class
             WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC, 1 LIMIT 3
            """
        )
        tables = [f"{name} {filesizeformat(each)}" for name, each in cursor.fetchall()]
    said = f"{filesizeformat(size)}; the largest tables: {', '.join(tables) or 'none'}."
    yield ok("Size of the database", said.replace("\xa0", " "))


def of_broker() -> Iterator[Finding]:
    """Yield whether Redis or Valkey answers, and whether it can still take something in."""
    do = "Start it, or check REDIS_URL and the network. Nothing in it needs to be restored."
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        ) as redis:
            redis.ping()
            try:
                info = redis.info()
            except ResponseError:  # an account that may not ask
                info = {}
    except (RedisError, ValueError, OSError) as error:
        yield fail("Redis", f"It can't be reached: {_quoted(error)}.", do)
        return
    product = "Valkey" if "valkey_version" in info else "Redis"
    version = info.get("valkey_version") or info.get("redis_version") or "of an unknown version"
    most, used = int(info.get("maxmemory", 0)), int(info.get("used_memory", 0))
    if most and used > most * BUSY:
        do = "Raise maxmemory, or see what else uses it."
        yield look("Redis", f"{product} {version} answers, but its memory is nearly used up.", do)
    else:
        yield ok("Redis", f"{product} {version} answers.")


def of_telnyx() -> Iterator[Finding]:
    """Yield whether Telnyx accepts our key, by reading one messaging profile, and how its clock compares."""
    host = urlsplit(settings.TELNYX_BASE_URL).hostname
    try:
        with Client(settings.TELNYX_API_KEY, settings.TELNYX_BASE_URL, deadline=TELNYX_SECONDS) as client:
            answer = client.get("/messaging_profiles", {"page[size]": 1}, attempts=1)
    except ValueError as error:
        yield fail("API key", str(error), "Set TELNYX_API_KEY, and leave TELNYX_BASE_URL out.")
        return
    except errors.AccountBlocked:
        do = "Put a working key from Telnyx's portal in TELNYX_API_KEY and restart web and workers."
        yield fail("API key", f"{host} refuses it.", do)
        return
    except errors.RequestNotSent:
        do = "Check this machine's DNS, network and firewall: workers call it by https."
        yield fail("API key", f"{host} can't be reached, so the key wasn't tried.", do)
        return
    except errors.TelnyxError as error:
        do = "Run this again in a minute, then see Telnyx's status page."
        yield look("API key", f"{host} gave no clear answer: {_quoted(error)}", do)
        return
    yield ok("API key", f"{host} accepts it.")
    if answer.date is None:
        return
    try:
        behind = (answer.date - clock.now()).total_seconds() + 0.5
    except (DatabaseError, InterfaceError):
        return
    yield _compared(
        "PostgreSQL's clock", "Telnyx's", -behind, "Set the database server's clock, best by NTP."
    )


def of_keys() -> Iterator[Finding]:
    """Yield whether there is a valid key to check webhooks with; which one is shown by its fingerprint."""
    try:
        keys = account.public_keys(tuple(settings.TELNYX_PUBLIC_KEYS))
    except ValueError as error:
        keys, said = (), str(error)
    else:
        said = "There is none, so every webhook is turned away."
    if not keys:
        yield fail("Webhook keys", said, "Copy the public key from Telnyx's portal into TELNYX_PUBLIC_KEYS.")
        return
    yield ok("Webhook keys", f"{len(keys)} set: {', '.join(key.fingerprint for key in keys)}.")


def of_address() -> Iterator[Finding]:
    """Yield whether this desk answers at PUBLIC_URL, as seen from here."""
    part = _judge("address")
    if part.level != Level.OK:
        yield _finding(part)
        return
    place = urlsplit(settings.PUBLIC_URL)
    host = place.hostname or ""
    if not validate_host(host, settings.ALLOWED_HOSTS):
        do = f"Add {host} to ALLOWED_HOSTS, unless people use another name than Telnyx."
        yield look("PUBLIC_URL", f"Its host {host} is not in ALLOWED_HOSTS.", do)
    if checks.is_loopback(place.netloc):
        yield ok("PUBLIC_URL", "It is on this machine, so it wasn't tried.")
        return
    try:
        with Client("none", "https://api.telnyx.com") as client:
            answer = client.visit(
                f"{settings.PUBLIC_URL}/healthz", max_bytes=VISIT_BYTES, deadline=VISIT_SECONDS
            )
    except errors.TelnyxError as error:
        why, do = TROUBLES.get(error.kind, TROUBLES[None])
        yield look("PUBLIC_URL", f"It can't be opened from here: {why}.", do)
        return
    if answer.status == 200 and b'"process"' in answer.content:
        yield ok("PUBLIC_URL", "This desk answers there.")
    else:
        do = "Check that DNS leads to this desk's proxy, and that the proxy passes on to web."
        yield look("PUBLIC_URL", f"Something else answers there (status {answer.status}).", do)


def of_refused() -> Iterator[Finding]:
    """Yield whether many webhooks are turned away, with what to do about the most frequent cause."""
    part = _judge("refused")
    if part.level == Level.OK:
        yield _finding(part)
        return
    worst = max(refused.lines(), key=lambda line: line.hour)
    means, do = CAUSES[worst.cause]
    yield look(str(part.title), f"{part.said} {means}", str(do))


def of_clock() -> Iterator[Finding]:
    """Yield how far this machine's clock, and those of worker and beat, are from PostgreSQL's."""
    clock.ask()
    yield _compared(
        "This machine's clock", "PostgreSQL's", clock.ahead(), "Set this machine's clock, best by NTP."
    )
    part = _judge("clock")
    if part.level != Level.OK:
        yield _finding(part)


def of_mail() -> Iterator[Finding]:
    """Yield whether the mail server lets us in. Nothing is sent."""
    if not settings.EMAIL_URL:
        yield ok("Mail", "EMAIL_URL is not set: notices are in the desk alone.")
        return
    do = "Check EMAIL_URL, and that this machine may reach the mail server."
    try:
        server = mail.get_connection(timeout=settings.EMAIL_TIMEOUT)
        server.open()
        server.close()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        code = getattr(error, "smtp_code", "")
        yield fail(
            "Mail",
            f"The mail server can't be reached or refuses us ({type(error).__name__} {code}".rstrip() + ").",
            do,
        )
        return
    yield ok("Mail", "The mail server accepts us.")


def of_sign_in() -> Iterator[Finding]:
    """Yield whether the company's provider of sign-ins answers."""
    if not settings.OIDC_ISSUER:
        yield ok("Company sign-in", "OIDC_ISSUER is not set: people sign in with passwords of the desk.")
        return
    address = settings.OIDC_ISSUER.rstrip("/") + "/.well-known/openid-configuration"
    do = "Check OIDC_ISSUER, and that web reaches the provider. LOCAL_ACCOUNTS can sign in meanwhile."
    try:
        with Client("none", "https://api.telnyx.com") as client:
            answer = client.visit(address, max_bytes=1 << 20, deadline=VISIT_SECONDS)
    except errors.TelnyxError as error:
        yield look(
            "Company sign-in", f"The provider can't be opened from here ({error.kind or 'no answer'}).", do
        )
        return
    if answer.status == 200 and b'"issuer"' in answer.content:
        yield ok("Company sign-in", "The provider answers.")
    else:
        yield look("Company sign-in", f"The provider answers with status {answer.status}.", do)


def _part(name: str) -> Callable[[], Iterator[Finding]]:
    """Return what looks at a part as the page Health does."""

    def found() -> Iterator[Finding]:
        yield _judged(name)

    return found


# In the order in which one thing leads to the next.
PARTS: dict[str, Callable[[], Iterator[Finding]]] = {
    "settings": of_settings,
    "versions": of_versions,
    "static": of_static,
    "database": of_database,
    "migrations": of_migrations,
    "size": of_size,
    "documents": of_documents,
    "broker": of_broker,
    "clock": of_clock,
    "keys": of_keys,
    "telnyx": of_telnyx,
    "address": of_address,
    "mail": of_mail,
    "sign_in": of_sign_in,
    **{name: _part(name) for name in ("worker", "beat", "outbox", "inbox", "held_back", "pace", "webhooks")},
    "refused": of_refused,
}


def _title(name: str) -> str:
    return str(checkup.TITLES.get(name) or name.replace("_", " ").capitalize())


def _judge(name: str) -> checkup.Part:
    judged: checkup.Part = getattr(checkup.Checkup(names_hosts=True), f"_{name}")()
    return judged


def _judged(name: str) -> Finding:
    return _finding(_judge(name))


def _finding(part: checkup.Part) -> Finding:
    return Finding(str(part.title), part.level, part.said.replace("\xa0", " "), part.do)


def _compared(whose: str, other: str, ahead: float, do: str) -> Finding:
    span = duration(timedelta(seconds=round(abs(ahead))))
    if abs(ahead) <= health.MOST_SKEW.total_seconds():
        return ok("Clocks", f"{whose} and {other} are {span} apart.")
    return fail("Clocks", f"{whose} is {span} {'ahead of' if ahead > 0 else 'behind'} {other}.", do)


def _away(error: Exception) -> Finding:
    said = f"{AWAY}: {_quoted(error)}."
    if re.search(r"role \S+ does not exist|Peer authentication failed", said):
        do = "Run this as the user of web and workers, or check the user in DATABASE_URL."
    else:
        do = "Start it, or check DATABASE_URL, its password and the network."
    return fail("Database", said, do)


def _quoted(error: Exception) -> str:
    """Return the first line of what a library said, without anything that is secret here."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    text = lines[0].strip().rstrip(".?")
    for secret in _secrets():
        for form in {secret, unquote(secret), quote(secret, safe="")}:
            text = text.replace(form, "…")
    return text[:300]


def _secrets() -> Iterator[str]:
    """Yield everything that no line may hold: secret settings, and the passwords in addresses."""
    for name in SECRETS:
        try:
            value = getattr(settings, name, "")
        except ImproperlyConfigured:  # Django's own word for an empty SECRET_KEY
            continue
        yield from (
            each for each in ([value] if isinstance(value, str) else value) if len(each) >= SHORTEST_SECRET
        )
    passwords = [connection.settings_dict.get("PASSWORD") or "", settings.EMAIL_HOST_PASSWORD or ""]
    with suppress(ValueError):
        passwords.append(urlsplit(settings.REDIS_URL).password or "")
    yield from (each for each in passwords if len(each) >= SHORTEST_SECRET)


def _known_settings() -> set[str]:
    """Return the names in .env.example, which has every one of them, or nothing if it isn't here."""
    example = Path(settings.BASE_DIR) / ".env.example"
    if not example.exists():
        return set()
    return {*re.findall(r"^#?([A-Z_]+)=", example.read_text(encoding="utf-8"), re.M), *ALSO_READ}


def _in_env_file() -> list[str]:
    file = Path(settings.BASE_DIR) / ".env"
    try:
        return re.findall(r"^\s*(?:export\s+)?(\w+)\s*=", file.read_text(encoding="utf-8"), re.M)
    except OSError:
        return []


def _wrong_packages() -> Iterator[str]:
    """Yield the packages that are missing or have another version than requirements.txt pins."""
    try:
        text = (Path(settings.BASE_DIR) / "requirements.txt").read_text(encoding="utf-8")
    except OSError:
        return
    for name, wanted, marker in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)( ;.*)?", text, re.M):
        try:
            has = metadata.version(name)
        except metadata.PackageNotFoundError:
            if not marker:
                yield f"{name} is missing"
            continue
        if has != wanted:
            yield f"{name} {has} instead of {wanted}"
