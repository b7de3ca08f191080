"""What somebody had done with many rows at once."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .fields import ClockedField


class ManyAsked(models.Model):
    """Who had something done with many rows at once, when, and why."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No "asked by" is an account that was deleted.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked by"), null=True, on_delete=models.SET_NULL
    )
    asked_at = ClockedField(_("when"), auto_now_add=True)
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        abstract = True
        ordering = ["-asked_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"
