"""When and how people agreed to be texted: by a START text, as a colleague recorded it, or from a table."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models.fields import ClockedField
from messaging.validators import mask_number


class Consent(models.Model):
    """One time that somebody agreed. Rows are only ever added; an opt-out after one is in the list of opt-outs.

    What was entered wrongly is struck out: it stays, with who did that and why, but counts nowhere. A START text is a
    fact that Telnyx reported, so it can't be.
    """

    class Source(models.TextChoices):
        REPLY = "reply", _("Texted START")
        FORM = "form", _("Recorded by a colleague")
        IMPORT = "import", _("Imported from a table")

    to_number = models.CharField(_("phone"), max_length=50)
    profile_id = models.CharField(_("messaging profile"), max_length=100, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    agreed_at = models.DateTimeField(_("agreed"))
    # Of a reply, the number of ours that it went to and the word; of others, how the person agreed.
    our_number = models.CharField(_("our sender"), max_length=64, blank=True)
    how = models.CharField(_("how they agreed"), max_length=300, blank=True)
    recorded_at = ClockedField(_("recorded"), auto_now_add=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recorded by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    struck_at = models.DateTimeField(_("struck out"), null=True)
    struck_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("struck out by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    struck_why = models.CharField(_("why it was struck out"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-agreed_at", "-pk"]
        default_permissions = ("add",)
        permissions = [("strike_consent", _("Can strike out a consent that was recorded wrongly"))]
        constraints = [
            models.UniqueConstraint(
                fields=["to_number", "profile_id", "source", "agreed_at"],
                name="one_consent_at_a_time",
                condition=models.Q(struck_at=None),
            )
        ]
        indexes = [models.Index(fields=["to_number", "-agreed_at"], name="consent_phone")]

    def __str__(self) -> str:
        return mask_number(self.to_number)

    @staticmethod
    def replied(profile_id: str, our_number: str, phone: str, at: datetime, word: str) -> None:
        """Record that a phone texted START. Safe to run again, and in any order."""
        row = Consent(
            to_number=phone[:50],
            profile_id=profile_id[:100],
            source=Consent.Source.REPLY,
            agreed_at=at,
            our_number=our_number[:64],
            how=word[:300],
        )
        Consent.objects.bulk_create([row], ignore_conflicts=True)
