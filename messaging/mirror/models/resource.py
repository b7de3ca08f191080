"""The local mirror of one Telnyx record, and the history of its status."""

import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models.constants import OnConflict
from django.db.models.functions import MD5
from django.db.models.sql import InsertQuery
from django.utils.translation import gettext_lazy as _

from messaging.telnyx import times
from messaging.telnyx.client import Client, path

from .. import clock
from ..records.operations import Operation
from ..records.wire import Wire, storable
from ..wording import when
from .fields import ClockedField

logger = logging.getLogger(__name__)


class SyncState(models.TextChoices):
    """Our side of a record: what happened to the last thing we promised to send."""

    DRAFT = "draft", _("Draft")
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    ACCEPTED = "accepted", _("Received by Telnyx")
    REFUSED = "refused", _("Refused by Telnyx")
    UNSURE = "unsure", _("Checking with Telnyx")


# What was promised last isn't settled yet.
UNDER_WAY = (SyncState.QUEUED, SyncState.SENDING, SyncState.UNSURE)


class Source(models.TextChoices):
    """Where we learned it."""

    API = "api", _("Answer to our request")
    WEBHOOK = "webhook", _("Webhook")
    FETCHED = "fetched", _("Webhook that never reached us, fetched from Telnyx")
    SYNC = "sync", _("Found by polling")
    PERSON = "person", _("Requested by a person")


@dataclass(frozen=True)
class Fact:
    """Telnyx's status at one moment, in Telnyx's own word."""

    status: str
    occurred_at: datetime
    reason: str = ""


class StatusChange(models.Model):
    """One fact about a record's status at Telnyx. Rows are only ever added."""

    resource_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    resource_id = models.UUIDField()
    status = models.CharField(_("status"), max_length=200)
    reason = models.TextField(_("reason"), blank=True)
    occurred_at = models.DateTimeField(_("happened at Telnyx"))
    source = models.CharField(_("source"), max_length=10, choices=Source)
    recorded_at = ClockedField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        ordering = ["-occurred_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                "resource_type", "resource_id", "occurred_at", "status", MD5("reason"), name="one_fact_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} {when(self.occurred_at)}"

    def counts_at(self) -> datetime:
        """Return from when it counts: its own time, or when we learned it if its time is too far ahead of that."""
        told_at = self.recorded_at or self.occurred_at
        return times.past(self.occurred_at, told_at) or told_at


class TelnyxResource(models.Model):
    """A record that lives at Telnyx, with the fields people edit and what Telnyx last said about it.

    Only `apply` writes remote_*, from Telnyx's answers; these fields hold Telnyx's words verbatim.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = ClockedField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    updated_at = ClockedField(_("last edited"), auto_now=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    sync_state = models.CharField(
        _("our side"), max_length=10, choices=SyncState, default=SyncState.DRAFT, editable=False
    )
    remote_id = models.CharField(_("Telnyx ID"), max_length=100, null=True, unique=True, editable=False)
    remote_status = models.CharField(_("status at Telnyx"), max_length=200, blank=True, editable=False)
    known_status = models.CharField(max_length=200, blank=True, editable=False)
    remote_reason = models.TextField(_("reason given by Telnyx"), blank=True, editable=False)
    remote_status_at = models.DateTimeField(_("status since"), null=True, editable=False)
    remote_data = models.JSONField(_("what Telnyx holds"), default=dict, editable=False)
    remote_as_of = models.DateTimeField(_("as of"), null=True, editable=False)
    gone_at = models.DateTimeField(_("no longer at Telnyx since"), null=True, editable=False)
    next_poll_at = models.DateTimeField(null=True, editable=False)
    poll_because = models.CharField(max_length=10, choices=Source, default=Source.SYNC, editable=False)

    # Whether a list tells us everything, so that the hourly pull is enough and no record is polled alone.
    is_pulled_whole: ClassVar[bool] = False
    # Whether `first_seen` covers everything `apply` would write for a record that is new to us.
    is_imported_in_bulk: ClassVar[bool] = False
    # Whether people make such records in Telnyx's portal, so that we look for new ones every few minutes.
    is_looked_for: ClassVar[bool] = False
    # Whether Telnyx lists such records at all, so that one missing from its list means something. Where that isn't
    # sure, there is an `import_permission` alone: they are read only when a person imports them.
    is_listed: ClassVar[bool] = True
    # Who may import all such records at once, if Telnyx lists them, and what to know before.
    import_permission: ClassVar[str] = ""
    import_after: ClassVar[str] = ""
    wire: ClassVar[Wire]
    operations: ClassVar[Mapping[str, Operation]]
    known_statuses: ClassVar[Sequence[str]] = ()
    final_statuses: ClassVar[Sequence[str]] = ()
    # For facts of the very same moment: the larger rank wins, then the word itself.
    status_ranks: ClassVar[Mapping[str, int]] = {}

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=["next_poll_at"],
                name="%(class)s_poll",
                condition=models.Q(next_poll_at__isnull=False),
            )
        ]

    # Set by `at_hand`.
    _is_at_hand = False

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Say that this object is its row as it is now, locked by this transaction: nothing reads it again inside.

        `apply` then plans the next poll for at once.
        """
        self._is_at_hand = True
        try:
            yield
        finally:
            self._is_at_hand = False

    def lock(self) -> Self:
        """Return this row, locked until the transaction ends."""
        if self._is_at_hand:
            row = copy(self)
            row._is_at_hand = False
            return row
        return type(self)._base_manager.select_for_update().get(pk=self.pk)

    def apply(
        self, record: Mapping[str, Any], *, source: str, as_of: datetime, facts: Sequence[Fact] | None = None
    ) -> None:
        """Write what Telnyx says about this record: the only writer for answers, webhooks and pulls.

        `as_of` is when we asked, so a slow answer never overwrites a newer one. The status is the maximum of all
        facts ever seen, so their order and repetition can't matter.
        """
        with transaction.atomic(savepoint=False):
            row = self.lock()
            row.remote_id = row.remote_id or row.wire.remote_id(record) or None
            if row.remote_as_of is None or as_of >= row.remote_as_of:
                row.remote_as_of = as_of
                row.remote_data = storable(record)
            told = row._changes(row.facts_in(record, as_of) if facts is None else facts, source)
            row._take_newest_fact(row._recorded(told))
            if not row._asked_again(as_of):
                row.schedule_poll()
            if self._is_at_hand:
                row.next_poll_at = clock.now()
            row.save(update_fields=REMOTE_FIELDS)
        if self._is_at_hand:
            for name in REMOTE_FIELDS:
                setattr(self, name, getattr(row, name))
        else:
            self.refresh_from_db()

    def _recorded(self, told: "Sequence[StatusChange]") -> "Iterable[StatusChange]":
        """Add facts to the history, unless they are there, and return its newest ones, with one statement."""
        history = self.history()[:200]
        if not told:
            return history
        fields = StatusChange._meta.concrete_fields
        query = InsertQuery(StatusChange, on_conflict=OnConflict.IGNORE)
        query.insert_values([field for field in fields if not field.primary_key], list(told))
        ((insert, added),) = query.get_compiler(connection=connection).as_sql()
        earlier, asked = history.query.get_compiler(connection=connection).as_sql()
        columns = ", ".join(str(field.column) for field in fields)
        sql = f"WITH told AS ({insert} RETURNING *) SELECT {columns} FROM told UNION ALL ({earlier})"  # noqa: S608
        return StatusChange.objects.raw(sql, [*added, *asked])

    @classmethod
    def first_seen(cls, record: Mapping[str, Any], as_of: datetime) -> "tuple[Self, list[StatusChange]]":
        """Return a record that is new to us, with its history, both unsaved."""
        told = storable(record)
        row = cls(**cls.wire.values(told), sync_state=SyncState.ACCEPTED, created_at=clock.now())
        row.remote_id, row.remote_as_of, row.remote_data = cls.wire.remote_id(record), as_of, told
        changes = row._changes(row.facts_in(record, as_of), Source.SYNC)
        row._take_newest_fact(changes)
        row.schedule_poll()
        return row, changes

    @classmethod
    def name_in(cls, record: Mapping[str, Any]) -> str:
        """Return what a record that is only at Telnyx is called."""
        return str(cls(**cls.wire.load(record), remote_id=cls.wire.remote_id(record)))

    def facts_in(self, record: Mapping[str, Any], as_of: datetime) -> list[Fact]:
        """Return the facts in a plain answer: its status as of then, if that is news."""
        status = storable(record.get(self.wire.status) or "")
        return [Fact(status, as_of)] if status and status != self.remote_status else []

    def _changes(self, facts: Sequence[Fact], source: str) -> "list[StatusChange]":
        return [
            StatusChange(
                resource_type=ContentType.objects.get_for_model(self),
                resource_id=self.pk,
                status=fact.status[:200],
                reason=fact.reason,
                occurred_at=fact.occurred_at,
                source=source,
            )
            for fact in facts
        ]

    def _take_newest_fact(self, changes: "Iterable[StatusChange]") -> None:
        ranked = sorted(
            changes,
            key=lambda c: (
                c.counts_at(),
                self.status_ranks.get(c.status, 0),
                c.status,
                c.reason,
            ),
            reverse=True,
        )
        if not ranked:
            return
        newest = ranked[0]
        if newest.status not in (self.remote_status, *self.known_statuses):
            logger.warning(
                "Telnyx calls %s %s %r, a status not known yet.", self._meta.label, self.pk, newest.status
            )
        self.remote_status, self.remote_reason = newest.status, newest.reason
        self.remote_status_at = newest.counts_at()
        self.known_status = next((c.status for c in ranked if c.status in self.known_statuses), "")

    def _asked_again(self, as_of: datetime) -> bool:
        """Return True if someone wanted this record read again after the reading that is now ending had started."""
        return self.next_poll_at is not None and as_of < self.next_poll_at <= clock.now()

    def schedule_poll(self) -> None:
        """Plan the next check at Telnyx: soon after a change, then more slowly, never once it is final."""
        self.poll_because = Source.SYNC
        self.next_poll_at = None
        if self.gone_at is None and self.remote_id and not self.is_final():
            quiet = clock.now() - (self.remote_status_at or self.created_at)
            self.next_poll_at = clock.now() + poll_interval(quiet)

    def gone(self, at: datetime) -> None:
        """Record that Telnyx no longer has this record."""
        with transaction.atomic():
            row = self.lock()
            row.gone_at = row.gone_at or at
            row.next_poll_at = None
            row.save(update_fields=["gone_at", "next_poll_at"])
        self.refresh_from_db()

    def fetch(self, client: Client) -> tuple[dict[str, Any], Sequence[Fact] | None]:
        """Read this record from Telnyx and, where Telnyx has one, its history. Raise TelnyxError."""
        answer = client.get(path(self.wire.path + "/{id}", id=self.remote_id))
        return answer.body, None

    def history(self) -> "models.QuerySet[StatusChange]":
        """Return the facts about this record, newest first."""
        return StatusChange.objects.filter(
            resource_type=ContentType.objects.get_for_model(self), resource_id=self.pk
        )

    def is_under_way(self) -> bool:
        """Return True if a promise that moves the record isn't settled yet; until then it isn't edited."""
        return self.sync_state in UNDER_WAY

    def is_final(self) -> bool:
        """Return True if, as far as we know, Telnyx's status won't change anymore."""
        return self.remote_status in self.final_statuses

    def is_status_known(self) -> bool:
        """Return True if the newest status from Telnyx is one we know."""
        return self.remote_status == self.known_status


REMOTE_FIELDS = [
    "remote_id",
    "remote_status",
    "known_status",
    "remote_reason",
    "remote_status_at",
    "remote_data",
    "remote_as_of",
    "next_poll_at",
    "poll_because",
]


def poll_interval(quiet: timedelta) -> timedelta:
    """Return how long to wait after `quiet` without a change: a quarter of it, from the setting to 15 minutes.

    So we know what a lost webhook would have said within 15 minutes.
    """
    shortest = settings.TELNYX_POLL_SECONDS
    return timedelta(seconds=min(max(quiet.total_seconds() / 4, shortest), max(900, shortest)))
