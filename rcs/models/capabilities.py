"""What phones can receive by RCS, as last reported by Telnyx, and the checks that asked for it."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock
from messaging.mirror.models.fields import ClockedField
from messaging.mirror.wording import when
from messaging.validators import mask_number

from .agents import RcsAgent


def fresh_for() -> timedelta:
    """Return how long Telnyx's answer is used before we ask again."""
    return timedelta(hours=settings.RCS_CAPABILITY_HOURS)


class Capability(models.Model):
    """What one phone can receive from one agent. A worker asks for it while `wanted_at` is set."""

    agent = models.ForeignKey(
        RcsAgent, verbose_name=_("RCS agent"), on_delete=models.CASCADE, related_name="capabilities"
    )
    phone_number = models.CharField(_("phone number"), max_length=20)
    # For a phone without RCS, Telnyx answers null (docs/telnyx.md, T4.4); here, null means not known yet.
    has_rcs = models.BooleanField(_("RCS"), null=True)
    # Telnyx's words.
    features: Any = models.JSONField(_("features"), default=list)
    as_of = models.DateTimeField(_("as of"), null=True)
    error = models.CharField(_("why it is unknown"), max_length=500, blank=True)
    wanted_at = models.DateTimeField(null=True)
    # Retention counts from this time if Telnyx never answered about the phone.
    noted_at = models.DateTimeField(db_default=Now(), editable=False)
    # Whether to ask about it alone: Telnyx refused it in a list, or it was the only number in its check.
    alone = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("RCS phone")
        verbose_name_plural = _("RCS phones")
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["agent", "phone_number"], name="one_capability")]
        indexes = [
            models.Index(
                fields=["wanted_at", "id"],
                name="capability_wanted",
                condition=models.Q(wanted_at__isnull=False),
            ),
            models.Index(fields=["agent", "-id"], name="capability_agent"),
            models.Index(fields=["phone_number"], name="capability_number"),
        ]

    def __str__(self) -> str:
        return mask_number(self.phone_number)

    def is_waiting(self) -> bool:
        return self.wanted_at is not None

    def is_known(self) -> bool:
        return self.as_of is not None

    def is_old(self) -> bool:
        return self.as_of is not None and clock.now() - self.as_of > fresh_for()


class CapabilityCheck(models.Model):
    """One list of numbers that someone wanted to check; what we already know is not asked for again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agent = models.ForeignKey(RcsAgent, verbose_name=_("RCS agent"), on_delete=models.CASCADE)
    numbers = models.ManyToManyField(Capability, related_name="checks")
    total = models.PositiveIntegerField(_("numbers"), default=0)
    asked = models.PositiveIntegerField(_("asked about"), default=0)
    # In words: lines that could not be read, and what was left out of the others. They quote what was typed.
    not_checked = models.JSONField(_("not checked"), default=list, editable=False)
    created_at = ClockedField(_("requested"), auto_now_add=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("RCS capability check")
        verbose_name_plural = _("RCS capability checks")
        ordering = ["-created_at"]
        default_permissions = ("add", "view")
        indexes = [models.Index(fields=["-created_at"], name="capabilitycheck_newest")]

    def __str__(self) -> str:
        return f"{self.agent}, {when(self.created_at)}"
