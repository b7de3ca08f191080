"""Days on which a profile used up its budget."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror.wording import when


class SpendLimitReached(models.Model):
    """Telnyx reported that a profile used up its daily budget; it sends nothing more until midnight UTC."""

    messaging_profile_id = models.UUIDField(_("messaging profile"))
    configured_limit = models.CharField(_("limit in US dollars"), max_length=20, blank=True)
    current_cost = models.CharField(_("spent"), max_length=20, blank=True)
    reached_at = models.DateTimeField(_("reached"))
    event_id = models.CharField(max_length=200, unique=True)

    class Meta:
        verbose_name = _("reached spend limit")
        verbose_name_plural = _("reached spend limits")
        ordering = ["-reached_at"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["messaging_profile_id", "-reached_at"], name="spendlimit_profile")]

    def __str__(self) -> str:
        return f"{self.configured_limit} {when(self.reached_at)}"
