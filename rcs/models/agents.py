"""RCS agents as Telnyx holds them. They cannot be made, deleted or enabled through the API (docs/telnyx.md, T4.1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models import Fact, Source, SyncState
from messaging.mirror.outbound import outbox
from messaging.mirror.records import pages
from messaging.mirror.records.wire import Name, Wire
from messaging.models import MessagingProfile, MirroredFields

from ..agents import operations

UNDER_WAY = (SyncState.QUEUED, SyncState.SENDING, SyncState.UNSURE)


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


class RcsAgent(MirroredFields):
    """One RCS agent: the brand that people see when a message comes by RCS."""

    agent_name = models.TextField(_("name"), blank=True)
    enabled = models.BooleanField(_("enabled"), default=False)
    messaging_profile_id = models.CharField(_("messaging profile"), max_length=100, blank=True)
    webhook_url = models.TextField(_("events go to"), blank=True)
    webhook_failover_url = models.TextField(_("backup address for events"), blank=True)

    wire = Wire(
        operations.AGENTS,
        pages=pages.data_pages,
        status="",  # an agent has none
        id="agent_id",
        agent_name=Name("agent_name", load=text),
        # What is not plainly enabled is never offered as a sender.
        enabled=Name("enabled", load=lambda value: value is True),
        messaging_profile_id=Name("profile_id", load=lambda value: text(value)[:100]),
        webhook_url=Name("webhook_url", load=text),
        webhook_failover_url=Name("webhook_failover_url", load=text),
    )
    operations = operations.OF_AGENT
    # What may be another thing from one reading to the next, and is kept as history.
    followed = ("agent_name", "enabled", "messaging_profile_id", "webhook_url", "webhook_failover_url")

    class Meta(MirroredFields.Meta):
        verbose_name = _("RCS agent")
        verbose_name_plural = _("RCS agents")
        ordering = ["agent_name"]
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return self.agent_name[:80] or self.remote_id or str(self.pk)

    @classmethod
    def at_telnyx(cls) -> "models.QuerySet[RcsAgent]":
        return cls.objects.filter(remote_id__isnull=False, gone_at=None)

    @classmethod
    def senders(cls) -> "models.QuerySet[RcsAgent]":
        """Return the agents that a message may be sent as: at Telnyx, and enabled there."""
        return cls.at_telnyx().filter(enabled=True)

    def apply(
        self, record: Mapping[str, Any], *, source: str, as_of: datetime, facts: Sequence[Fact] | None = None
    ) -> None:
        """Write what Telnyx says, and which settings are others than at the reading before."""
        with transaction.atomic():
            before = self.lock()
            super().apply(record, source=source, as_of=as_of, facts=facts)
            if before.remote_as_of is not None:
                self._note_changes(before, source, as_of)
            if self.gone_at is not None and as_of > self.gone_at:
                self.gone_at = None  # listed again under the same id
                self.save(update_fields=["gone_at"])

    def _note_changes(self, before: "RcsAgent", source: str, as_of: datetime) -> None:
        pairs = [(name, getattr(before, name), getattr(self, name)) for name in self.followed]
        changed = [(name, old, new) for name, old, new in pairs if old != new]
        sent = operations.sent_since(self, before.remote_as_of) if changed else {}
        AgentChange.objects.bulk_create(
            AgentChange(
                agent=self,
                setting=name,
                before=old,
                after=new,
                # A reading can be faster than the answer to our own change.
                source=Source.API if self._was_sent(sent, name, new) else source,
                noticed_at=as_of,
            )
            for name, old, new in changed
        )

    def _was_sent(self, sent: Mapping[str, Any], name: str, value: Any) -> bool:
        json_name = self.wire.names[name].json
        return json_name in sent and operations.same(sent[json_name], value)

    def profile(self) -> MessagingProfile | None:
        """Return the profile the agent is assigned to, when we know it."""
        return MessagingProfile.objects.filter(remote_id=self.messaging_profile_id or None).first()

    def is_under_way(self) -> bool:
        """Say whether a change that was promised is not settled yet."""
        return self.sync_state in UNDER_WAY

    def is_there(self) -> bool:
        return self.remote_id is not None and self.gone_at is None

    def has_open_change(self) -> bool:
        return any(entry.is_open() for entry in outbox.entries(self).filter(moves_record=True)[:1])


class AgentChange(models.Model):
    """One setting that was found to be another one, by us or in the portal. Rows are only ever added."""

    agent = models.ForeignKey(RcsAgent, on_delete=models.CASCADE, related_name="changes")
    setting = models.CharField(_("setting"), max_length=50)
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))
    noticed_at = models.DateTimeField(_("noticed"))
    source = models.CharField(_("source"), max_length=10, choices=Source)

    class Meta:
        verbose_name = _("RCS agent change")
        verbose_name_plural = _("RCS agent changes")
        ordering = ["-noticed_at", "-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.setting} {self.noticed_at:%Y-%m-%d %H:%M:%S}"
