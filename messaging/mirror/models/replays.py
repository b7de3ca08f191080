"""Events that somebody had processed again, many at once."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .fields import ClockedField


class Replay(models.Model):
    """One time that somebody had many events processed again, and why. What became of each is its own state."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No "asked by" is an account that was deleted.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked by"), null=True, on_delete=models.SET_NULL
    )
    asked_at = ClockedField(_("when"), auto_now_add=True)
    reason = models.CharField(_("reason"), max_length=300)
    # No relation: an event may be deleted before this row is.
    event_ids = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        ordering = ["-asked_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"
