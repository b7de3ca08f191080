"""Handsets invited to test an agent that is not open to everyone yet."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models import SyncState, TelnyxResource
from messaging.mirror.outbound import outbox
from messaging.mirror.records import pages
from messaging.mirror.records.wire import Wire
from messaging.validators import mask_number

from ..agents import operations
from .agents import RcsAgent


class TestInvite(TelnyxResource):
    """One invited handset. Telnyx can neither list nor read them: the status is what the last invitation returned."""

    __test__ = False  # not a pytest test

    is_listed = False
    # The only one that Telnyx publishes (docs/telnyx.md, T4.6).
    known_statuses = ("PENDING",)

    agent = models.ForeignKey(
        RcsAgent, verbose_name=_("RCS agent"), on_delete=models.CASCADE, related_name="invites"
    )
    phone_number = models.CharField(_("phone number"), max_length=20)

    # Telnyx identifies it by agent and number, so it has no id.
    wire = Wire(
        operations.INVITES, pages=pages.data_pages, status="status", id="", phone_number="phone_number"
    )
    operations = operations.OF_INVITE

    class Meta(TelnyxResource.Meta):
        verbose_name = _("test handset")
        verbose_name_plural = _("test handsets")
        ordering = ["-created_at"]
        default_permissions = ("add", "view")
        constraints = [models.UniqueConstraint(fields=["agent", "phone_number"], name="one_invite")]

    def __str__(self) -> str:
        return mask_number(self.phone_number)

    def schedule_poll(self) -> None:
        self.next_poll_at = None

    def is_refused(self) -> bool:
        return self.sync_state == SyncState.REFUSED

    def promise(self, **how: Any) -> Any:
        """Promise the invitation; repeating it returns the status of the first one. See outbox.add."""
        return outbox.add(
            self, "invite", agent_id=self.agent.remote_id, phone_number=self.phone_number, **how
        )
