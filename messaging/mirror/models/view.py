"""Who opened which masked record, and why."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..wording import when


class RecordView(models.Model):
    """Someone opened a masked record. Rows are only ever added, and outlive the record.

    Messages of the log have their own records of views (messaging.Reveal), which can open a conversation.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+"
    )
    # The label and key of what was opened, such as mirror.outboxentry.
    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("record"), max_length=40)
    reason = models.CharField(_("why"), max_length=300)
    at = models.DateTimeField(_("when"), default=clock.now)

    class Meta:
        verbose_name = _("view of a record")
        verbose_name_plural = _("views of records")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["user", "-at"], name="recordview_user"),
            models.Index(fields=["kind", "key"], name="recordview_record"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {when(self.at)}"
