"""Opt-outs: which phones want no more texts, according to Telnyx's list, to STOP and START texts, and to us.

Telnyx's list has no ids and can only be read (docs/telnyx.md, T7.10); a pair that opts in again disappears from it.
So the list is read as a whole, and what it says counts as of when it was requested, just as a text counts as of when
it arrived. The newest wins, whatever order they arrive in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock
from messaging.mirror.models import ListRead, WholeList
from messaging.mirror.records import pages
from messaging.mirror.records.wire import storable
from messaging.mirror.wording import when
from messaging.telnyx import times
from messaging.telnyx.client import Client
from messaging.validators import mask_number

PATH = "/messaging_optouts"
# The list may lag behind the texts it is built from. It counts as of a minute before it was requested, so that a STOP
# that has just arrived is not lifted by a list that does not have it yet.
LAG = timedelta(minutes=1)
MASK = "*"

Pair = tuple[str, str, str]


@dataclass(frozen=True)
class Listed:
    """One entry of Telnyx's list."""

    keyword: str
    created_at: datetime | None


class OptOutReading(models.Model):
    """The newest complete reading of Telnyx's list: one row, which also locks out other writers of opt-outs."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    counts_as_of = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    entries = models.PositiveIntegerField(default=0)
    masked = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("opt-out reading")
        verbose_name_plural = _("opt-out readings")
        default_permissions = ()

    def __str__(self) -> str:
        return when(self.read_at) if self.read_at else "-"

    @classmethod
    def lock(cls) -> Self:
        """Return the row, locked until the transaction ends, so that texts and lists are applied one at a time."""
        cls.objects.get_or_create(pk=1)
        return cls.objects.select_for_update().get(pk=1)


class OptOut(WholeList):
    """One pair that must not be texted, or once was not to be. `from_number` is ours, `to_number` is the phone's.

    `stopped_at`, `started_at` and `listed_at` each hold the newest time of their kind, so neither order nor
    repetition matters; `lifted_at` follows from them. Only a person can lift a row of ours (`is_ours`).
    """

    profile_id = models.CharField(_("messaging profile"), max_length=100, blank=True)
    from_number = models.CharField(_("our sender"), max_length=50, blank=True)
    to_number = models.CharField(_("phone"), max_length=50)
    keyword = models.CharField(_("keyword"), max_length=200, blank=True)
    stopped_at = models.DateTimeField(_("opted out"), null=True)
    started_at = models.DateTimeField(_("opted in again"), null=True)
    listed_at = models.DateTimeField(_("last seen in Telnyx's list"), null=True)
    lifted_at = models.DateTimeField(_("ended"), null=True)

    is_ours = models.BooleanField(_("blocked by us"), default=False)
    note = models.CharField(_("why"), max_length=300, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("added by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("ended by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    is_only_seen_again = False
    # Set by `reconcile.promise` on a block that was there before.
    was_known = False
    import_permission = "messaging.add_optout"

    class Meta:
        verbose_name = _("opt-out")
        verbose_name_plural = _("opt-outs")
        ordering = ["-stopped_at", "-pk"]
        default_permissions = ("add", "view")
        permissions = [("withdraw_optout", _("Can remove our block of a number"))]
        constraints = [
            models.UniqueConstraint(
                fields=["profile_id", "from_number", "to_number"],
                condition=Q(is_ours=False),
                name="one_optout_per_pair",
            ),
            models.UniqueConstraint(
                fields=["profile_id", "to_number"],
                condition=Q(is_ours=True, lifted_at=None),
                name="one_own_promise_per_number",
            ),
        ]
        indexes = [
            models.Index(fields=["to_number"], name="optout_handset"),
            models.Index(fields=["-stopped_at", "-id"], name="optout_newest"),
        ]

    def __str__(self) -> str:
        return mask_number(self.to_number)

    def is_active(self) -> bool:
        return self.lifted_at is None

    def was_blocked(self) -> bool:
        """Return True if it ever was an opt-out, or a block of ours: a START alone can come from any phone."""
        return self.is_ours or self.stopped_at is not None or self.listed_at is not None

    def seen_in_list_at(self) -> datetime | None:
        """Return when the newest list that contains this pair was requested."""
        return self.listed_at + LAG if self.listed_at else None

    # What Telnyx and phones say.

    @classmethod
    def read_whole(cls, client: Client, *, dry_run: bool = False) -> ListRead:
        asked_at = clock.ask()
        listed: dict[Pair, Listed] = {}
        masked = 0
        for record in pages.data_pages(client, PATH, {"redaction_enabled": "false"}):
            pair = pair_of(record)
            if pair is None or MASK in pair[2]:
                masked += 1
                continue
            listed[pair] = newer(listed.get(pair), entry_of(record, asked_at))
        known = {row.pair() for row in active(cls.objects.filter(is_ours=False))}
        if not dry_run:
            cls.take_list(listed, asked_at, masked)
        return ListRead(len(listed), len(listed.keys() - known), len(known - listed.keys()))

    @classmethod
    def take_list(cls, listed: Mapping[Pair, Listed], asked_at: datetime, masked: int = 0) -> None:
        """Apply a complete list requested at `asked_at`: pairs in it are opted out, pairs not in it may be texted."""
        at = asked_at - LAG
        with transaction.atomic():
            reading = OptOutReading.lock()
            rows = {row.pair(): row for row in OptOut.objects.filter(is_ours=False)}
            made = [cls.of_pair(pair, reading) for pair in listed if pair not in rows]
            for row in OptOut.objects.bulk_create(made):
                rows[row.pair()] = row
            if reading.counts_as_of is None or at >= reading.counts_as_of:
                reading.counts_as_of, reading.read_at = at, asked_at
                reading.entries, reading.masked = len(listed), masked
                reading.save()
            cls._write([row for pair, row in rows.items() if row._merge(listed.get(pair), at, reading)])

    @classmethod
    def _write(cls, rows: Sequence["OptOut"]) -> None:
        """Write what changed; for most rows that is only that they were seen again, all at the same time."""
        seen: dict[datetime | None, list[int]] = {}
        for row in rows:
            if row.is_only_seen_again:
                seen.setdefault(row.listed_at, []).append(row.pk)
        for at, ids in seen.items():
            OptOut.objects.filter(pk__in=ids).update(listed_at=at)
        OptOut.objects.bulk_update([row for row in rows if not row.is_only_seen_again], TOLD, batch_size=500)

    @classmethod
    def hear(cls, pair: Pair, *, is_stop: bool, at: datetime, keyword: str = "") -> None:
        """Record that a phone texted STOP or START at `at`. Safe to run again, and in any order."""
        pair = fitting(pair)
        with transaction.atomic():
            reading = OptOutReading.lock()
            row = OptOut.objects.filter(is_ours=False, **named(pair)).first() or cls.of_pair(pair, reading)
            if is_stop:
                row._stop(at, keyword)
            else:
                row.started_at = latest(row.started_at, at)
            row._settle(reading)
            row.save()

    @classmethod
    def of_pair(cls, pair: Pair, reading: OptOutReading) -> "OptOut":
        """Return a new row; no list so far contained it, so as far as we know the pair was not blocked until now."""
        return OptOut(**named(pair), lifted_at=reading.counts_as_of)

    def pair(self) -> Pair:
        return self.profile_id, self.from_number, self.to_number

    def _merge(self, entry: Listed | None, at: datetime, reading: OptOutReading) -> bool:
        """Apply what a list says about this pair; return True if anything changed."""
        before = {name: getattr(self, name) for name in TOLD}
        if entry:
            self.listed_at = latest(self.listed_at, at)
            self._stop(entry.created_at or self.stopped_at or at, entry.keyword)
        self._settle(reading)
        changed = {name for name in TOLD if getattr(self, name) != before[name]}
        self.is_only_seen_again = changed == {"listed_at"}
        return bool(changed)

    def _stop(self, at: datetime, keyword: str) -> None:
        if self.stopped_at is None or (at, keyword) > (self.stopped_at, self.keyword):
            self.stopped_at, self.keyword = at, keyword[:200] or self.keyword

    def _settle(self, reading: OptOutReading) -> None:
        """Work out from the newest time of each kind whether the pair is blocked; if they are equal, STOP wins."""
        unlisted_at = reading.counts_as_of
        if unlisted_at and self.listed_at and self.listed_at >= unlisted_at:
            unlisted_at = None
        blocked = latest(self.stopped_at, self.listed_at)
        freed = latest(self.started_at, unlisted_at)
        if blocked and (freed is None or blocked >= freed):
            self.lifted_at = None
        elif self.lifted_at is None or (blocked and self.lifted_at < blocked):
            self.lifted_at = freed or self.lifted_at


TOLD = ("keyword", "stopped_at", "started_at", "listed_at", "lifted_at")


def pair_of(record: Mapping[str, Any]) -> Pair | None:
    """Return the key of an entry, or None if it names no phone."""
    texts = [storable(record.get(name) or "") for name in ("messaging_profile_id", "from", "to")]
    if not all(isinstance(text, str) for text in texts) or not texts[2]:
        return None
    return fitting((texts[0], texts[1], texts[2]))


def fitting(pair: Pair) -> Pair:
    """Return a pair cut to the length of its columns."""
    profile_id, from_number, to_number = pair
    return profile_id[:100], from_number[:50], to_number[:50]


def entry_of(record: Mapping[str, Any], asked_at: datetime) -> Listed:
    keyword, at = record.get("keyword"), times.read_past(record.get("created_at"), asked_at)
    return Listed(str(storable(keyword)) if isinstance(keyword, str) else "", at)


def newer(one: Listed | None, other: Listed) -> Listed:
    """Return the newer of two entries for one pair: nothing says that a list contains a pair only once."""
    if one is None or one.created_at is None or (other.created_at and other.created_at > one.created_at):
        return other
    return one


def named(pair: Pair) -> dict[str, str]:
    return dict(zip(("profile_id", "from_number", "to_number"), pair, strict=True))


def latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def active(rows: "models.QuerySet[OptOut]") -> "models.QuerySet[OptOut]":
    return rows.filter(lifted_at=None).order_by("-is_ours", F("stopped_at").desc(nulls_last=True), "-pk")


def for_profile(profile_id: str) -> Q:
    """Return the filter for what concerns a profile: its own entries, and those that name no profile."""
    return Q(profile_id__in=("", profile_id))
