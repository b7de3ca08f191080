"""RCS agents as Telnyx has them. The API can't create, delete or enable them (docs/telnyx.md, T4.1)."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models import FollowedSettings, SettingNoticed
from messaging.mirror.records import pages
from messaging.mirror.records.wire import Name, Wire
from messaging.models import MessagingProfile

from ..agents import operations


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


class RcsAgent(FollowedSettings):
    """One RCS agent: the brand people see on an RCS message."""

    agent_name = models.TextField(_("name"), blank=True)
    enabled = models.BooleanField(_("enabled"), default=False)
    messaging_profile_id = models.CharField(_("messaging profile"), max_length=100, blank=True)
    webhook_url = models.TextField(_("events go to"), blank=True)
    webhook_failover_url = models.TextField(_("backup address for events"), blank=True)

    wire = Wire(
        operations.AGENTS,
        pages=pages.data_pages,
        status="",  # an agent has no status
        id="agent_id",
        agent_name=Name("agent_name", load=text),
        # An agent is offered as a sender only if Telnyx clearly says it is enabled.
        enabled=Name("enabled", load=lambda value: value is True),
        messaging_profile_id=Name("profile_id", load=lambda value: text(value)[:100]),
        webhook_url=Name("webhook_url", load=text),
        webhook_failover_url=Name("webhook_failover_url", load=text),
    )
    operations = operations.OF_AGENT
    import_permission = "rcs.change_rcsagent"
    followed = ("agent_name", "enabled", "messaging_profile_id", "webhook_url", "webhook_failover_url")

    class Meta(FollowedSettings.Meta):
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
        """Return the agents that messages can be sent as: at Telnyx, and enabled there."""
        return cls.at_telnyx().filter(enabled=True)

    def profile(self) -> MessagingProfile | None:
        """Return the profile the agent is assigned to, if we know it."""
        return MessagingProfile.objects.filter(remote_id=self.messaging_profile_id or None).first()

    def is_there(self) -> bool:
        return self.remote_id is not None and self.gone_at is None


class AgentChange(SettingNoticed):
    """One change to an agent's settings, made here or in Telnyx's portal."""

    agent = models.ForeignKey(RcsAgent, on_delete=models.CASCADE, related_name="changes")

    class Meta(SettingNoticed.Meta):
        verbose_name = _("RCS agent change")
        verbose_name_plural = _("RCS agent changes")
