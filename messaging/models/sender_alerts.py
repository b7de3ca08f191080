"""When far more messages of one of our senders failed than usual: from when to when, and why."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.mirror.wording import when


class SenderAlert(models.Model):
    """One spell of failures of a sender. There is one open alert at most for each, until the sender recovers.

    The figures are those of its worst hour. The first message that failed is named by its row in the log, without a
    foreign key: messages are kept for another time than this.
    """

    our_address = models.CharField(_("our sender"), max_length=64)
    opened_at = models.DateTimeField(_("started"))
    # The newest look at which messages still failed.
    seen_at = models.DateTimeField(_("last seen"))
    recovered_at = models.DateTimeField(_("ended"), null=True)
    sent = models.PositiveIntegerField(_("sent"))
    failed = models.PositiveIntegerField(_("failed"))
    # Pairs of an error code, "" for none, and how many failed with it; the most frequent first.
    codes: Any = models.JSONField(_("error codes"), default=list)
    first_message_id = models.BigIntegerField(_("first message that failed"))

    class Meta:
        verbose_name = _("alert about a sender")
        verbose_name_plural = _("alerts about senders")
        ordering = ["-opened_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["our_address"], condition=Q(recovered_at=None), name="one_open_alert_per_sender"
            )
        ]
        indexes = [
            models.Index(fields=["our_address", "-opened_at"], name="senderalert_sender"),
            models.Index(fields=["recovered_at"], name="senderalert_ended"),
        ]

    def __str__(self) -> str:
        return when(self.opened_at)
