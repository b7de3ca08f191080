"""One change that a person asked for on many hosted numbers at once, and what became of it for each."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models import OutboxEntry
from messaging.mirror.models.fields import ClockedField

from .inventory import HostedNumber


class BulkChange(models.Model):
    """What a person asked to change. `tags` say with `how_tags` what happens to the tags a number has."""

    class Tags(models.TextChoices):
        ADD = "add", _("Add these tags")
        REMOVE = "remove", _("Remove these tags")
        REPLACE = "replace", _("Replace all tags with these")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    form_token = models.CharField(max_length=64, unique=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    asked_at = ClockedField(_("requested"), auto_now_add=True)
    # The settings that are the same for all numbers, as a request to Telnyx names them.
    settings = models.JSONField(default=dict)
    how_tags = models.CharField(_("tags"), max_length=10, choices=Tags, blank=True)
    tags = models.JSONField(default=list)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("change to many numbers")
        verbose_name_plural = _("changes to many numbers")
        ordering = ["-asked_at"]
        default_permissions = ()
        indexes = [models.Index(fields=["-asked_at"], name="bulkchange_newest")]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"

    def asks(self) -> dict[str, Any]:
        """Return what was asked for, as `BulkForm.asks` does."""
        return {"settings": self.settings, "how_tags": self.how_tags, "tags": self.tags}


class BulkLine(models.Model):
    """One number of such a change: its request to Telnyx, or why there is none."""

    class LeftOut(models.TextChoices):
        """Why nothing was requested for a number."""

        GONE = "gone", _("Telnyx no longer hosts it")
        OPEN = "open", _("another change to it is in progress")
        REMOVING = "removing", _("it is being removed from hosting")
        NOT_OFFERED = "not_offered", _("Telnyx doesn't offer this product for it")
        SAME = "same", _("it already has these settings")
        CHANGED = "changed", _("its settings changed after the page with before and after was shown")

    bulk = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="lines")
    number = models.ForeignKey(HostedNumber, on_delete=models.CASCADE, related_name="+")
    entry = models.OneToOneField(OutboxEntry, null=True, on_delete=models.CASCADE, related_name="+")
    left_out = models.CharField(max_length=12, choices=LeftOut, blank=True)

    class Meta:
        verbose_name = _("number of a change")
        verbose_name_plural = _("numbers of a change")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["bulk", "number"], name="bulkline_number_once"),
            models.CheckConstraint(
                condition=models.Q(entry=None) ^ models.Q(left_out=""), name="bulkline_sent_or_left_out"
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)
