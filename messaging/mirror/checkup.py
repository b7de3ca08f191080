"""Every part the desk needs, judged in one place: the page Health and /readyz show the same.

A part works, deserves a look while the work goes on, or fails. Each says what was found, since when, what that means
for people's work, and what an administrator does about it.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models.functions import Now
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from . import account, health, heartbeat, throttle
from .health import Health
from .inbound import refused
from .models import ClockReading, Heartbeat, Pace, Recovery, WebhookEvent
from .models.inbox import FETCHED, TESTED
from .records.sync import READS
from .wording import Words, duration, when

# The worker calls Telnyx at least every two minutes (settings.PERIODIC).
QUIET, SILENT = timedelta(minutes=10), timedelta(minutes=30)
LITTLE_SPACE, NO_SPACE = 1 << 30, 100 << 20
# How long it is worth a look that webhooks had to be fetched.
LATELY = timedelta(hours=1)
MOST_RECOVERIES, MOST_PAUSES = 50, 5


class Level(StrEnum):
    """How a part is doing. Only `FAILING` makes /readyz answer 503."""

    OK = "ok"
    LOOK = "look"
    FAILING = "failing"


TITLES: dict[str, Words] = {
    "database": gettext_lazy("Database"),
    "worker": gettext_lazy("Worker"),
    "beat": gettext_lazy("Scheduler (beat)"),
    "broker": gettext_lazy("Job queue (Redis)"),
    "keys": gettext_lazy("Keys"),
    "outbox": gettext_lazy("Requests to Telnyx"),
    "inbox": gettext_lazy("Processing of webhooks"),
    "held_back": gettext_lazy("Webhooks held back"),
    "clock": gettext_lazy("Clocks"),
    "telnyx": gettext_lazy("Answers from Telnyx"),
    "pace": gettext_lazy("Pace"),
    "webhooks": gettext_lazy("Webhooks from Telnyx"),
    "refused": gettext_lazy("Webhooks turned away"),
    "address": gettext_lazy("Address for webhooks"),
    "documents": gettext_lazy("Disk of the documents"),
}


@dataclass(frozen=True)
class Part:
    """One part: `since` is when it stopped being well, `last` when it was last seen to work, as far as known."""

    name: str
    level: Level
    said: str
    means: str = ""
    do: str = ""
    since: datetime | None = None
    last: datetime | None = None

    @property
    def title(self) -> Words:
        """Return what people call it."""
        return TITLES[self.name]


class Checkup:
    """What the database shows right now, and what follows from it. Raises DatabaseError if PostgreSQL is away.

    Sentences about clocks name hosts only if `names_hosts`: not to people who aren't logged in.
    """

    def __init__(self, *, names_hosts: bool = False) -> None:
        self.names_hosts = names_hosts
        self.found: Health = health.read()
        self.seen: dict[str, datetime] = dict(Heartbeat.objects.values_list("name", "seen_at"))

    @cached_property
    def parts(self) -> list[Part]:
        """Return every part, in the order of TITLES."""
        return [getattr(self, f"_{name}")() for name in TITLES]

    @property
    def works(self) -> bool:
        """Return True unless a part fails."""
        return all(part.level != Level.FAILING for part in self.parts)

    @cached_property
    def last_webhook(self) -> WebhookEvent | None:
        """The newest event that Telnyx delivered itself, among the newest ones."""
        newest = WebhookEvent.objects.order_by("-id").defer("body")[: health.MANY]
        return (
            WebhookEvent.objects.filter(pk__in=newest.values("pk"))
            .exclude(key_fingerprint__in=[FETCHED, TESTED])
            .defer("body")
            .order_by("-id")
            .first()
        )

    def _since(self, at: datetime | None) -> timedelta:
        return self.found.at - at if at else timedelta.max

    def _database(self) -> Part:
        return Part("database", Level.OK, _("PostgreSQL answers."))

    def _worker(self) -> Part:
        last = self.seen.get(Heartbeat.WORKER)
        if self._since(last) < heartbeat.LATE:
            return Part("worker", Level.OK, _("A worker is running."), last=last)
        return Part(
            "worker",
            Level.FAILING,
            _("No worker has shown a sign of life for more than a minute."),
            _(
                "What people submit is kept and waits, and what Telnyx reports is kept but not shown yet. "
                "Nothing is lost."
            ),
            _(
                "If beat or Redis is marked too, start there. Otherwise start the worker and read its log. "
                "It then catches up automatically."
            ),
            since=last,
            last=last,
        )

    def _beat(self) -> Part:
        last = self.seen.get(Heartbeat.BEAT)
        if self._since(last) < heartbeat.LATE:
            return Part("beat", Level.OK, _("Scheduled jobs are started on time."), last=last)
        return Part(
            "beat",
            Level.FAILING,
            _("Beat has shown no sign of life for more than a minute."),
            _("Retries, checks with Telnyx and the processing of webhooks stop. Nothing is lost."),
            _("Start beat and read its log. The desk then catches up automatically."),
            since=last,
            last=last,
        )

    def _broker(self) -> Part:
        if throttle.redis_stores():
            return Part("broker", Level.OK, _("Redis answers."))
        waits = _("The worker isn't called, so requests and webhooks wait. They are kept in the database.")
        if throttle.reaches_redis():
            return Part(
                "broker",
                Level.FAILING,
                _("Redis answers but stores nothing; its memory or disk may be full."),
                waits,
                _("Give Redis more memory (maxmemory) or disk. Nothing needs to be restored in Redis."),
            )
        return Part(
            "broker",
            Level.FAILING,
            _("Redis can't be reached."),
            waits,
            _("Start Redis, or check REDIS_URL and the network. Nothing needs to be restored in Redis."),
        )

    def _keys(self) -> Part:
        refused_at = self.found.key_refused_at
        if refused_at:
            return Part(
                "keys",
                Level.FAILING,
                _("Telnyx refuses our API key."),
                _("Nothing is sent until Telnyx accepts a key. What people submit waits; nothing is lost."),
                _(
                    "Put a working key in TELNYX_API_KEY and restart web and worker; sending then resumes "
                    "automatically within a minute."
                ),
                since=refused_at,
            )
        try:
            is_set = bool(account.public_keys(tuple(settings.TELNYX_PUBLIC_KEYS)))
        except ValueError:
            is_set = False
        if not is_set:
            return Part(
                "keys",
                Level.FAILING,
                _("There is no valid key to check the signatures of webhooks with."),
                _("Webhooks are turned away, so statuses and received messages come late or not at all."),
                _("Copy the public key from Telnyx's portal into TELNYX_PUBLIC_KEYS and restart web."),
            )
        said = _("Telnyx hasn't refused our API key, and the key that checks webhooks is set.")
        return Part("keys", Level.OK, said)

    def _outbox(self) -> Part:
        found, pause = self.found, self.found.pause
        due_at = found.oldest_entry if found.oldest_entry and found.oldest_entry <= found.at else None
        waits = _("Requests wait until they are sent. Nothing is lost, and nothing is sent twice.")
        if found.being_restored:
            return Part(
                "outbox",
                Level.FAILING,
                _("This desk is being restored from a backup, or a restore was cut short."),
                _("Nothing is sent and nothing is looked up at Telnyx until the restore has finished."),
                _(
                    "If `manage.py restore` is no longer running, run it again with the same backup. It continues "
                    "where it stopped."
                ),
            )
        if pause:
            if pause.key_refused:
                said = _("Sending is stopped: Telnyx refused our API key.")
                do = _("See Keys. Once Telnyx accepts a key, sending resumes automatically within a minute.")
            elif pause.is_partial:
                said = _("Others are being sent, but one request has been due for more than ten minutes.")
                do = _("Open what is waiting in the Outbox: the page of each request says why.")
            else:
                said = _("A request has been due for more than a minute, and nothing was sent meanwhile.")
                do = _("See Worker, Scheduler and Redis.")
            return Part("outbox", Level.FAILING, said, waits, do, since=pause.since, last=found.worked_at)
        if due_at and self._since(due_at) >= heartbeat.LATE:
            return Part(
                "outbox",
                Level.LOOK,
                _("Requests wait while others are being sent."),
                waits,
                _("Nothing, unless it goes on for long: TELNYX_WRITES_PER_SECOND sets the pace."),
                since=due_at,
                last=found.worked_at,
            )
        said = _("What is due is being sent.") if due_at else _("Nothing that is due is waiting.")
        return Part("outbox", Level.OK, said, last=found.worked_at)

    def _inbox(self) -> Part:
        found = self.found
        if found.events_late_since:
            return Part(
                "inbox",
                Level.FAILING,
                _("What Telnyx has reported is not processed yet."),
                _("Statuses and messages here may be behind. They are kept; nothing is lost."),
                _("See Worker, Scheduler and Redis. The worker then catches up automatically."),
                since=found.events_late_since,
            )
        stuck = found.given_up + found.without_record
        if stuck:
            said = ngettext(
                "%(n)s webhook can't be processed automatically.",
                "%(n)s webhooks can't be processed automatically.",
                stuck,
            ) % {"n": stuck}
            return Part(
                "inbox",
                Level.LOOK,
                said,
                _("Everything else is processed. What these report may be missing here."),
                _("Open those that failed or wait for a record under Webhook events; each says why."),
            )
        return Part("inbox", Level.OK, _("Webhooks are processed as they come, and none is late."))

    def _held_back(self) -> Part:
        found = self.found
        if not found.held_back:
            return Part("held_back", Level.OK, _("No webhook is held back."))
        level = Level.FAILING if found.is_holding_back else Level.LOOK
        return Part(
            "held_back",
            level,
            found.held_back_words,
            _("What these webhooks report doesn't show here until someone releases them. They are kept."),
            _(
                "The time in Telnyx's signature was more than five minutes off PostgreSQL's clock. Set that "
                "clock if it is off, then release the events under Webhook events."
            ),
            last=found.held_back_at,
        )

    def _clock(self) -> Part:
        skews = self.found.skews if self.names_hosts else self.found.public_skews
        reading = ClockReading.objects.filter(name=heartbeat.TELNYX).first()
        if skews:
            return Part(
                "clock",
                Level.FAILING,
                " ".join(skews),
                _(
                    "Times in logs don't match. If PostgreSQL's clock is more than five minutes off, webhooks "
                    "are held back. Nothing is sent twice or lost because of it."
                ),
                _("Set the clock that is named, preferably from a time server (NTP)."),
            )
        said = _("The clocks of our processes agree with PostgreSQL's within a minute.")
        if reading:
            span = duration(timedelta(seconds=round(abs(reading.ahead))))
            said += " " + _("Telnyx's and PostgreSQL's clocks were %(span)s apart.") % {"span": span}
        return Part("clock", Level.OK, said, last=reading.read_at if reading else None)

    def _telnyx(self) -> Part:
        last = self.seen.get(Heartbeat.TELNYX_ANSWERED)
        if last and self._since(last) < QUIET:
            return Part("telnyx", Level.OK, _("Telnyx answers as it should."), last=last)
        level = Level.FAILING if last and self._since(last) >= SILENT else Level.LOOK
        return Part(
            "telnyx",
            level,
            _("Telnyx hasn't answered as it should lately.") if last else _("Telnyx hasn't answered yet."),
            _("Statuses here may be behind, and what is submitted may wait. Nothing is lost."),
            _(
                "See Keys and Worker first. If both are fine, check whether the worker's machine reaches "
                "Telnyx, and Telnyx's status page."
            ),
            since=last,
            last=last,
        )

    def _pace(self) -> Part:
        paused = Pace.objects.filter(paused_until__gt=Now()).order_by("paused_until")[:MOST_PAUSES]
        said = [
            _("Telnyx asked us to slow down: %(what)s (until %(time)s).")
            % {"what": _endpoint_words(row.endpoint), "time": when(row.paused_until)}
            for row in paused
            if row.paused_until
        ]
        if not said:
            return Part("pace", Level.OK, _("Telnyx isn't asking us to slow down."))
        return Part(
            "pace",
            Level.LOOK,
            " ".join(said),
            _("These go out a little later, automatically. Nothing is lost."),
            _("Nothing. If it happens often, lower TELNYX_WRITES_PER_SECOND or TELNYX_READS_PER_SECOND."),
        )

    def _webhooks(self) -> Part:
        event = self.last_webhook
        checks = list(Recovery.objects.filter(is_by_clock=True).order_by("-id")[:MOST_RECOVERIES])
        fetched = sum(
            sum(check.missing.values())
            for check in checks
            if check.finished_at and self._since(check.finished_at) < LATELY
        )
        last = event.last_received_at if event else None
        if fetched:
            said = ngettext(
                "Telnyx couldn't deliver %(n)s webhook within the last hour; the desk fetched it.",
                "Telnyx couldn't deliver %(n)s webhooks within the last hour; the desk fetched them.",
                fetched,
            ) % {"n": fetched}
            return Part(
                "webhooks",
                Level.LOOK,
                said,
                _("What they report came later than usual. It is processed like any other webhook."),
                _("Check that Telnyx can reach %(address)s from the internet.") % {"address": _own_address()},
                last=last,
            )
        if checks and checks[0].state == Recovery.State.FAILED:
            return Part(
                "webhooks",
                Level.LOOK,
                _("Telnyx's list of failed deliveries couldn't be read: %(why)s") % {"why": checks[0].reason},
                _("If a webhook got lost, it is fetched later. What arrives is processed as usual."),
                _("See Keys and Answers from Telnyx. The desk tries again every two minutes."),
                since=checks[0].finished_at,
                last=last,
            )
        if event is None:
            return Part(
                "webhooks",
                Level.LOOK,
                _("No webhook from Telnyx is among the newest events."),
                _(
                    "Statuses come only when the desk asks Telnyx, some minutes late. Received messages may be missing."
                ),
                _(
                    "Give each messaging profile the address %(address)s, in Telnyx's portal or under Profiles, which "
                    "shows where its events go now. Then text one of your numbers."
                )
                % {"address": _own_address()},
            )
        said = _("Webhooks from Telnyx have arrived.")
        if checks:
            said += " " + _(
                "What Telnyx listed as failed up to %(time)s is here; its list may not hold every kind."
            ) % {"time": when(checks[0].until)}
        return Part("webhooks", Level.OK, said, last=last)

    def _refused(self) -> Part:
        lines = refused.lines()
        worst = max(lines, key=lambda line: line.hour, default=None)
        last = max((line.last for line in lines), default=None)
        hour = sum(line.hour for line in lines)
        if worst and self._deserves_a_look(worst):
            said = ngettext(
                "%(n)s webhook was turned away within the last hour: %(cause)s.",
                "%(n)s webhooks were turned away within the last hour, most of them for one cause: %(cause)s.",
                hour,
            ) % {"n": f"{hour:,}", "cause": worst.cause.label}
            return Part(
                "refused",
                Level.LOOK,
                said,
                _(
                    "If Telnyx sent them, what they report is missing here until it comes again. If it was "
                    "somebody else, none of it got in."
                ),
                _("See below what the cause means and what to do about it."),
                last=last,
            )
        week = sum(line.week for line in lines)
        if not week:
            return Part("refused", Level.OK, _("None was turned away in the last 7 days."))
        said = ngettext(
            "%(n)s was turned away in the last 7 days, and no more than usual lately.",
            "%(n)s were turned away in the last 7 days, and no more than usual lately.",
            week,
        ) % {"n": f"{week:,}"}
        return Part("refused", Level.OK, said)

    def _deserves_a_look(self, line: refused.Line) -> bool:
        """Return True for a jump; and for a wrong key as long as nothing genuine arrives, however usual it became.

        Anyone on the internet can cause this, so it never fails.
        """
        if line.cause == refused.Cause.WRONG_SIGNATURE:
            event = self.last_webhook
            if event is None:  # a new desk: the first delivery shows that the key is wrong
                return line.hour > 0
            if line.hour >= refused.MANY and self._since(event.last_received_at) > LATELY:
                return True
        return line.is_more_than_usual

    def _address(self) -> Part:
        address = account.webhook_url()
        is_safe = address.startswith("https://")
        if address and (is_safe or settings.PRIVATE):
            said = _("The address to give in Telnyx's portal is %(address)s.") % {"address": address}
            return Part("address", Level.OK, said)
        return Part(
            "address",
            Level.LOOK,
            _("PUBLIC_URL is not an https address.") if address else _("PUBLIC_URL is not set."),
            _(
                "Telnyx can't report on individual requests directly; their statuses may come some "
                "minutes late."
            ),
            _(
                "Set PUBLIC_URL to the https address at which the internet reaches this desk, then restart everything."
            ),
        )

    def _documents(self) -> Part:
        means = _(
            "Uploading documents and making exports will soon fail, or already does. What is already "
            "stored is safe."
        )
        try:
            folder = existing(Path(settings.DOCUMENTS_ROOT))
            free = shutil.disk_usage(folder).free
            is_writable = os.access(folder, os.W_OK | os.X_OK)
        except OSError:
            free, is_writable = 0, False
        if not is_writable:
            said = _("The folder for documents can't be written to.")
            do = _("Make DOCUMENTS_ROOT a folder that web and worker may write to.")
            return Part("documents", Level.FAILING, said, means, do)
        said = _("%(size)s are free.") % {"size": filesizeformat(free)}
        if free >= LITTLE_SPACE:
            return Part("documents", Level.OK, said)
        level = Level.LOOK if free >= NO_SPACE else Level.FAILING
        return Part("documents", level, said, means, _("Make room on the disk that holds DOCUMENTS_ROOT."))


def existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it: the first upload makes what is missing."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def _own_address() -> str:
    """Return where Telnyx is to send webhooks, or how it is written as long as nobody has said which host this is."""
    return account.webhook_url() or "https://YOUR-HOST/webhooks/telnyx/"


def _endpoint_words(endpoint: str) -> str:
    """Return what an endpoint of mirror.pace is about, in words for people."""
    if endpoint == READS:
        return _("reading from Telnyx")
    try:
        model = apps.get_model(endpoint.rpartition(" ")[2])
    except (LookupError, ValueError):
        return _("other requests")
    return str(model._meta.verbose_name_plural)


def problems_first(parts: list[Part]) -> Iterator[Part]:
    """Yield what fails, then what deserves a look, then what works."""
    for level in reversed(Level):
        yield from (part for part in parts if part.level == level)
