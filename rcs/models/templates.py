"""Messages kept for reuse. Telnyx knows nothing about them."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models.fields import ClockedField

from ..content import summary


class RcsTemplate(models.Model):
    """One message without sender and recipient. Using it copies it, so later changes don't affect existing messages."""

    LONGEST_NAME: ClassVar[int] = 100

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    content: Any = models.JSONField(_("content"), default=dict)
    sms_fallback = models.TextField(_("text for phones without RCS"), blank=True)
    notes = models.TextField(_("notes"), blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = ClockedField(_("created"), auto_now_add=True)
    changed_at = ClockedField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("RCS template")
        verbose_name_plural = _("RCS templates")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_rcstemplate_of_a_name")]

    def __str__(self) -> str:
        return self.name

    def summary(self) -> str:
        """Return a one-line summary."""
        return summary(self.content)
