"""RCS messages that people sent from here. The message log has what happened to them at Telnyx."""

from datetime import UTC
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.log.choices import FAILED
from messaging.mirror.models import SyncState
from messaging.mirror.records.wire import Wire
from messaging.mirror.wording import when
from messaging.models import SentMessage
from messaging.models.sent import not_listed
from messaging.sending.operations import BASE
from messaging.validators import display_number, mask_number

from ..content import summary
from ..messages import operations as messages
from .agents import RcsAgent


class RcsMessage(SentMessage):
    """One message to one phone, sent as an agent. `content` is Telnyx's `content_message` as it is sent."""

    agent = models.ForeignKey(
        RcsAgent, verbose_name=_("RCS agent"), on_delete=models.PROTECT, related_name="messages"
    )
    recipient = models.CharField(_("recipient"), max_length=20)
    content: Any = models.JSONField(_("content"), default=dict)
    ttl_seconds = models.PositiveIntegerField(_("give up after, in seconds"), null=True, blank=True)
    expire_at = models.DateTimeField(_("give up at"), null=True, blank=True)
    sms_fallback: Any = models.JSONField(_("fallback text"), null=True, blank=True)
    mms_fallback: Any = models.JSONField(_("fallback picture message"), null=True, blank=True)

    # Telnyx has no separate way to read RCS messages: like every message, one can be read by its id for ten days.
    wire = Wire(
        BASE,
        pages=not_listed,
        status="",  # the status belongs to the recipient
        agent="agent_id",
        recipient="to",
        messaging_profile="messaging_profile_id",
        content="content_message",
        ttl_seconds="ttl",
        expire_at="expire_time",
        sms_fallback="sms_fallback",
        mms_fallback="mms_fallback",
    )
    operations = messages.OF_MESSAGE

    class Meta(SentMessage.Meta):
        verbose_name = _("RCS message sent from here")
        verbose_name_plural = _("RCS messages sent from here")
        ordering = ["-created_at"]
        default_permissions = ("view",)
        permissions = [
            ("send_rcsmessage", _("Can send RCS messages")),
            ("send_test_rcsmessage", _("Can send RCS test messages")),
        ]
        indexes = [
            *SentMessage.Meta.indexes,
            models.Index(fields=["-created_at"], name="rcsmessage_newest"),
            models.Index(fields=["agent", "-created_at"], name="rcsmessage_agent"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ttl_seconds=None) | Q(expire_at=None), name="rcsmessage_one_end"
            )
        ]

    def __str__(self) -> str:
        return str(_("RCS message (%(at)s)") % {"at": when(self.created_at)})

    @classmethod
    def to_number(cls, number: str) -> Q:
        return Q(recipient=number)

    @classmethod
    def to_ending(cls, ending: str) -> Q:
        return Q(recipient__endswith=ending)

    def to_masked(self) -> str:
        return mask_number(self.recipient)

    def is_forgotten(self) -> bool:
        return not self.content

    def summary(self) -> str:
        """Return a one-line summary."""
        return summary(self.content)

    def recipient_shown(self) -> str:
        return display_number(self.recipient)

    def has_fallback(self) -> bool:
        return bool(self.sms_fallback or self.mms_fallback)

    def fell_back_to(self) -> str:
        """Return SMS or MMS if Telnyx sent that instead, or ""."""
        return next((row.type for row in self.log() if row.type in ("SMS", "MMS")), "")

    def can_be_sent_again(self) -> bool:
        """Return True if it certainly reached no one: it was refused, or it finally failed."""
        if self.sync_state == SyncState.REFUSED:
            return True
        rows = self.log()
        return bool(rows) and all(row.status in FAILED for row in rows)

    def agent_message(self) -> dict[str, Any]:
        """Return the content and the time limit after which Telnyx gives up, as they are sent."""
        body: dict[str, Any] = {"content_message": self.content}
        if self.ttl_seconds is not None:
            body["ttl"] = f"{self.ttl_seconds}s"
        elif self.expire_at is not None:
            body["expire_time"] = self.expire_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return body
