"""Links that open a conversation with an agent on the phone that taps or scans them."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models.fields import ClockedField

from .agents import RcsAgent

MOST_TEXT = 1000
# Telnyx returns sms: links (docs/telnyx.md, T4.8). Only these and https: become links on our pages.
SCHEMES = ("sms:", "https:")


class Deeplink(models.Model):
    """One link, created by Telnyx for an agent. A worker asks for it while `due_at` is set."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agent = models.ForeignKey(
        RcsAgent, verbose_name=_("RCS agent"), on_delete=models.CASCADE, related_name="deeplinks"
    )
    phone_number = models.CharField(_("number for phones without RCS"), max_length=20, blank=True)
    body = models.TextField(_("prefilled text"), blank=True, max_length=MOST_TEXT)
    url = models.TextField(_("link"), blank=True)
    error = models.CharField(_("why there is no link"), max_length=500, blank=True)
    due_at = models.DateTimeField(null=True)
    created_at = ClockedField(_("requested"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("RCS agent link")
        verbose_name_plural = _("RCS agent links")
        ordering = ["-created_at"]
        default_permissions = ("add",)
        indexes = [
            models.Index(fields=["due_at"], name="deeplink_due", condition=models.Q(due_at__isnull=False)),
            models.Index(fields=["agent", "-created_at"], name="deeplink_agent"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def can_be_opened(self) -> bool:
        """Return True if the page may turn Telnyx's answer into a link."""
        return self.url.lower().startswith(SCHEMES)
