"""The promised requests and every attempt to keep them."""

import hashlib
import json
import secrets
import uuid
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .. import clock, sealing
from ..records.operations import Operation
from ..wording import when
from .fields import ClockedField
from .resource import SyncState, TelnyxResource

ENDED_STATES = Q(state__in=["accepted", "refused", "cancelled"])
# What the retention leaves of an entry, some time after its end.
FORGOTTEN = Q(body=b"", path="", errors=[], reason="")


def callback_token() -> str:
    """Return 128 random bits as 32 hex digits: they make a request recognizable in Telnyx's records."""
    return secrets.token_hex(16)


class OutboxEntry(models.Model):
    """One promised request: its address and bytes never change, its state does.

    The trigger in migration 0011 enforces the states and the moves between them. Some time after the end the
    retention, and nothing else, empties path and body.
    """

    class State(models.TextChoices):
        """Where a promise is on its way to Telnyx."""

        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending now")
        BLOCKED = "blocked", _("Stopped: Telnyx refuses our key")
        UNSURE = "unsure", _("Checking with Telnyx")
        NEEDS_PERSON = "needs_person", _("Needs your decision")
        ACCEPTED = "accepted", _("Received by Telnyx")
        REFUSED = "refused", _("Refused by Telnyx")
        CANCELLED = "cancelled", _("Canceled")

    class Resolution(models.TextChoices):
        """How we know that Telnyx has it."""

        ANSWERED = "answered", _("Telnyx answered")
        ADOPTED = "adopted", _("Found at Telnyx")
        PERSON = "person", _("Decided by a person")

    ENDED = (State.ACCEPTED, State.REFUSED, State.CANCELLED)
    # What a person may cancel: nothing of it can have left us, or a person has said so.
    CANCELLABLE = (State.QUEUED, State.BLOCKED, State.NEEDS_PERSON)
    # What a person withdrew before any worker claimed it.
    TAKEN_BACK = Q(state=State.CANCELLED, resolution=Resolution.PERSON, claimed_at=None)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resource_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    resource_id = models.UUIDField()
    resource: Any = GenericForeignKey("resource_type", "resource_id")
    operation = models.CharField(_("operation"), max_length=40)

    method = models.CharField(_("method"), max_length=6)
    path = models.CharField(_("path"), max_length=500)
    content_type = models.CharField(max_length=200, default="application/json")
    body = models.BinaryField()
    is_sealed = models.BooleanField(default=False)
    moves_record = models.BooleanField(default=True)
    body_sha256 = models.CharField(max_length=64)
    callback_token = models.CharField(max_length=32, unique=True, default=callback_token)
    form_token = models.CharField(max_length=64, unique=True, null=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = ClockedField(_("queued"), auto_now_add=True)
    # The web request in which it was requested, for the log; "" if no person asked for it.
    request_id = models.CharField(max_length=36, blank=True, default="", db_default="")

    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    not_before = models.DateTimeField(_("next step not before"))
    attempts_made = models.PositiveIntegerField(_("attempts"), default=0)
    lease_token = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    send_started_at = models.DateTimeField(null=True)
    sends = models.PositiveSmallIntegerField(default=0)
    checks = models.PositiveSmallIntegerField(default=0)
    negatives = models.PositiveSmallIntegerField(default=0)

    http_status = models.PositiveSmallIntegerField(null=True)
    errors = models.JSONField(default=list)
    remote_id = models.CharField(_("Telnyx ID"), max_length=100, null=True)
    resolution = models.CharField(max_length=10, choices=Resolution, blank=True)
    resolved_at = models.DateTimeField(_("settled"), null=True)

    class Meta:
        verbose_name = _("outbox entry")
        verbose_name_plural = _("outbox")
        ordering = ["-created_at"]
        permissions = [
            ("retry_outboxentry", _("Can retry or check an outbox entry now")),
            ("resolve_outboxentry", _("Can decide what happened to an unclear request")),
            ("reveal_outboxentry", _("Can open the texts and full numbers in a request, on record")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["resource_type", "resource_id"],
                condition=Q(~ENDED_STATES, moves_record=True),
                name="one_open_per_resource",
            ),
            models.UniqueConstraint(
                fields=["resource_type", "resource_id", "operation"],
                condition=~ENDED_STATES,
                name="one_open_per_operation",
            ),
            models.UniqueConstraint(
                fields=["resource_type", "remote_id"],
                condition=Q(operation__startswith="create", remote_id__isnull=False),
                name="one_create_per_remote",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(lease_token__isnull=False), name="sending_is_leased"
            ),
            models.CheckConstraint(
                condition=~Q(state="unsure") | Q(send_started_at__isnull=False), name="unsure_was_sent"
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted", operation__startswith="create") | Q(remote_id__isnull=False),
                name="accepted_create_has_remote_id",
            ),
            models.CheckConstraint(
                condition=Q(ENDED_STATES, resolved_at__isnull=False)
                | Q(~ENDED_STATES, resolved_at__isnull=True),
                name="ended_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="outbox_due",
                condition=Q(state__in=["queued", "sending", "unsure", "blocked"]),
            ),
            models.Index(fields=["resource_type", "resource_id", "-created_at"], name="outbox_resource"),
            models.Index(fields=["-created_at"], name="outbox_newest"),
            models.Index(fields=["state", "-created_at"], name="outbox_state"),
            models.Index(
                fields=["resolved_at"],
                name="outbox_unforgotten",
                condition=ENDED_STATES & ~FORGOTTEN,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_operation_label()} {str(self.id)[:8]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.body_sha256 = self.body_sha256 or hashlib.sha256(self.body).hexdigest()
        super().save(*args, **kwargs)

    def get_operation(self) -> Operation:
        """Return what kind of request this is."""
        model = cast(type[TelnyxResource], self.resource_type.model_class())
        return model.operations[self.operation]

    def get_operation_label(self) -> str:
        """Return what we ask Telnyx to do, in words for people."""
        return str(self.get_operation().label)

    def makes_a_record(self) -> bool:
        """Return True if this asks Telnyx for a new record."""
        return self.operation.startswith("create")

    def is_open(self) -> bool:
        """Return True while this may still be sent or looked up, or waits for a person."""
        return self.state not in self.ENDED

    def may_have_arrived(self) -> bool:
        """Return True if the answer to an earlier send was lost, so that Telnyx may have it, whatever the state is now.

        It may wait to be sent again, with its key or because a person said so, or be canceled.
        """
        return self.sends > 0 and any(each.outcome in Attempt.LOST for each in self.attempts.all())

    def can_be_taken_back(self) -> bool:
        """Return True if whoever requested this may still undo it: no worker has claimed it yet."""
        is_unclaimed = self.state in (self.State.QUEUED, self.State.BLOCKED) and self.claimed_at is None
        is_a_persons = self.requested_by_id is not None and settings.UNDO_SECONDS > 0
        return is_unclaimed and is_a_persons and bool(self.get_operation().too_late)

    def waits_for_undo(self) -> bool:
        """Return True while this isn't sent only because it can be taken back; nothing has put it off."""
        is_early = self.state == self.State.QUEUED and self.not_before > clock.now()
        return is_early and not self.reason and self.can_be_taken_back()

    def was_taken_back(self) -> bool:
        """Return True if a person withdrew this before any worker claimed it, so nothing of it was ever sent."""
        by_person = self.resolution == self.Resolution.PERSON
        return self.state == self.State.CANCELLED and by_person and self.claimed_at is None

    def tense(self) -> str:
        """Return how pages speak of what it sends: "past", "future", or "never" if it was taken back before."""
        if self.was_taken_back():
            return "never"
        return "future" if self.sends == 0 and self.is_open() else "past"

    @classmethod
    def sync_state(cls, has_remote: bool, state: str) -> str:
        """Return the state an entry in this state gives its resource. A canceled create leaves a draft behind."""
        if state == cls.State.CANCELLED:
            return SyncState.ACCEPTED if has_remote else SyncState.DRAFT
        return SYNC_STATES[cls.State(state)]

    def first_sent_at(self) -> datetime:
        """Return when this may have reached Telnyx for the first time: a second send leaves the first's traces."""
        first = self.attempts.filter(outcome__in=Attempt.LOST).aggregate(at=models.Min("started_at"))["at"]
        return min(at for at in (first, self.send_started_at or clock.now()) if at)

    def wire_body(self) -> bytes:
        """Return the promised bytes as sent. Raise sealing.Unreadable if a sealed body can't be opened."""
        return sealing.unseal(bytes(self.body)) if self.is_sealed else bytes(self.body)

    def is_forgotten(self) -> bool:
        """Return True if the retention took the body and the path; the hash says whether there was a body."""
        return not self.path

    def promised(self) -> dict[str, Any]:
        """Return the promised JSON object; an empty one if the body isn't an object, or the retention took it."""
        try:
            found = json.loads(bytes(self.body))
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def body_text(self) -> str:
        """Return the promised bytes as text for people to read; nothing of a sealed body."""
        return "" if self.is_sealed else bytes(self.body).decode("utf-8", "replace")


SYNC_STATES = {
    OutboxEntry.State.QUEUED: SyncState.QUEUED,
    OutboxEntry.State.BLOCKED: SyncState.QUEUED,
    OutboxEntry.State.SENDING: SyncState.SENDING,
    OutboxEntry.State.UNSURE: SyncState.UNSURE,
    OutboxEntry.State.NEEDS_PERSON: SyncState.UNSURE,
    OutboxEntry.State.ACCEPTED: SyncState.ACCEPTED,
    OutboxEntry.State.REFUSED: SyncState.REFUSED,
}


class Attempt(models.Model):
    """One try to send or to look up, written when it ended. Rows are only ever added."""

    class Outcome(models.TextChoices):
        """The result of one try."""

        ACCEPTED = "accepted", _("Received by Telnyx")
        REFUSED = "refused", _("Refused by Telnyx")
        NOT_SENT = "not_sent", _("Nothing was sent")
        SLOWED = "slowed", _("Telnyx asked us to slow down")
        BLOCKED = "blocked", _("Telnyx refuses our key")
        UNKNOWN = "unknown", _("Answer lost")
        WORKER_LOST = "worker_lost", _("Our worker stopped")
        FOUND = "found", _("Checked: Telnyx has it")
        ABSENT = "absent", _("Checked: Telnyx does not have it")
        UNCLEAR = "unclear", _("Checked: unclear")
        CHECK_FAILED = "check_failed", _("Check failed")
        RESTORED = "restored", _("Restored from a backup")
        LATE = "late_success", _("Answer came after the entry was settled")

    # After one of these nobody knows whether Telnyx has the request.
    LOST = (Outcome.UNKNOWN, Outcome.WORKER_LOST, Outcome.RESTORED)

    entry = models.ForeignKey(OutboxEntry, on_delete=models.CASCADE, related_name="attempts")
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    worker = models.CharField(_("worker"), max_length=120)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = ClockedField(_("finished"), auto_now_add=True)
    milliseconds = models.PositiveIntegerField(_("ms"), null=True)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    codes = models.JSONField(_("codes"), default=list)
    request_id = models.CharField(_("Telnyx request ID"), max_length=200, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} ({when(self.finished_at)})"
