"""What Telnyx sent us: every signed delivery, raw bytes first."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.telnyx import values

from .resource import Source

# Takes the place of the key's fingerprint on an event that was fetched, not signed.
FETCHED = "fetched"
# The same on the event of a test that the desk sent to itself.
TESTED = "test"
NOTHING = hashlib.sha256(b"").hexdigest()
# What the retention leaves of an event until the event itself is deleted.
EMPTIED = Q(body=b"", error="")


class WebhookEvent(models.Model):
    """One event as delivered. The body is kept as bytes, since not everything Telnyx may sign fits into jsonb."""

    class State(models.TextChoices):
        """What happened to an event."""

        PENDING = "pending", _("To be processed")
        DONE = "done", _("Processed")
        WAITING = "waiting", _("Waiting for a record we do not know yet")
        KEPT = "kept", _("Kept: this desk does not handle it")
        DEAD = "dead", _("Failed: processing stopped")
        QUARANTINED = "quarantined", _("Held back: signed outside the time window")
        NEEDS_REVIEW = "needs_review", _("Held back: same ID, different content")

    RELEASABLE = (State.QUARANTINED, State.NEEDS_REVIEW, State.DEAD, State.KEPT, State.DONE, State.WAITING)

    id = models.BigAutoField(primary_key=True)
    dedupe_key = models.CharField(_("event ID"), max_length=200)
    data_sha256 = models.CharField(max_length=64)
    event_type = models.CharField(_("type"), max_length=200, blank=True)
    occurred_at = models.DateTimeField(_("happened"), null=True)
    received_at = models.DateTimeField(_("received"))
    last_received_at = models.DateTimeField(_("last received"))
    deliveries = models.PositiveIntegerField(_("deliveries"), default=1)
    key_fingerprint = models.CharField(_("signed with key"), max_length=16, blank=True)
    callback_token = models.CharField(max_length=32, blank=True)
    # Telnyx's ids of records we don't know yet: as soon as we know one of them, the event is tried again.
    waits_for = ArrayField(models.CharField(max_length=100), default=list, db_default=[])
    body = models.BinaryField()
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PENDING)
    not_before = models.DateTimeField()
    attempts_made = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=500, blank=True)
    processed_at = models.DateTimeField(_("processed"), null=True)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering = ["-id"]
        permissions = [
            ("replay_webhookevent", _("Can release or process a webhook event again")),
            ("read_webhookevent", _("Can read what a webhook event holds: texts and full numbers")),
        ]
        constraints = [
            # With these operators one index also finds the start of an ID. Django would make two of `unique=True`.
            models.UniqueConstraint(
                fields=["dedupe_key"], name="inbox_event", opclasses=["varchar_pattern_ops"]
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before", "id"], name="inbox_due", condition=Q(state__in=["pending", "waiting"])
            ),
            # The many that are done are found by their time; indexing them would slow down every webhook.
            models.Index(
                fields=["state", "-id"], name="inbox_state", condition=~Q(state__in=["pending", "done"])
            ),
            models.Index(fields=["callback_token"], name="inbox_token", condition=~Q(callback_token="")),
            GinIndex(fields=["waits_for"], name="inbox_waits_for", condition=Q(state="waiting")),
            # For the retention: each event is in one of them, so it finds what is due without reading the rest.
            models.Index(fields=["received_at"], name="inbox_whole", condition=~EMPTIED),
            models.Index(fields=["received_at"], name="inbox_emptied", condition=EMPTIED),
        ]

    def __str__(self) -> str:
        name = self.event_type or _("unnamed event")
        return f"{name} {self.dedupe_key[:12]}"

    def json(self) -> Any:
        """Return the parsed body. Raises ValueError or RecursionError if it isn't JSON we can read."""
        return values.loads(bytes(self.body))

    def data(self) -> Mapping[str, Any]:
        """Return the event without its envelope's `meta`; an empty mapping if the body isn't a JSON object."""
        return event_data(self.json())

    def is_fetched(self) -> bool:
        """Return True if it never reached us and was read from Telnyx's list of deliveries."""
        return self.key_fingerprint == FETCHED

    def is_test(self) -> bool:
        """Return True if the desk sent it to its own address, as a test."""
        return self.key_fingerprint == TESTED

    def source(self) -> Source:
        """Return the source of what it says."""
        return Source.FETCHED if self.is_fetched() else Source.WEBHOOK

    def is_tried_again(self) -> bool:
        """Return True if processing it failed and it waits for its next try."""
        return self.state == self.State.PENDING and self.attempts_made > 0

    def is_emptied(self) -> bool:
        """Return True if it has no body: the retention took it, or it came without one."""
        return not self.body and self.data_sha256 != NOTHING

    def body_text(self) -> str:
        """Return the body as text for people to read; bytes that aren't UTF-8 show as U+FFFD."""
        return bytes(self.body).decode("utf-8", "replace")


def event_data(parsed: Any) -> Mapping[str, Any]:
    """Return `data` of an enveloped body, or the body itself: toll-free callbacks may have no envelope."""
    data = parsed.get("data", parsed) if isinstance(parsed, Mapping) else None
    return data if isinstance(data, Mapping) else {}
