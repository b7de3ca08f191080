"""Alphanumeric senders: a name instead of a number, for countries where that is common."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models import MirroredFields, SyncState
from messaging.mirror.records import pages
from messaging.mirror.records.wire import Name, Wire
from messaging.senders import operations

from .profiles import MessagingProfile, text


class AlphanumericSender(MirroredFields):
    """One alphanumeric sender ID. It cannot be changed at Telnyx: a new one is created, and this one deleted."""

    alphanumeric_sender_id = models.TextField(_("sender"))
    messaging_profile_id = models.CharField(_("messaging profile"), max_length=100, db_index=True)
    us_long_code_fallback = models.TextField(_("US fallback number"), blank=True)

    wire = Wire(
        operations.BASE,
        pages=pages.data_pages,
        status="",  # a sender has none
        alphanumeric_sender_id=Name("alphanumeric_sender_id", load=text),
        messaging_profile_id=Name("messaging_profile_id", load=lambda value: text(value)[:100]),
        us_long_code_fallback=Name("us_long_code_fallback", load=text),
    )
    operations = operations.OF_SENDER
    import_permission = "messaging.add_alphanumericsender"

    class Meta(MirroredFields.Meta):
        verbose_name = _("alphanumeric sender")
        verbose_name_plural = _("alphanumeric senders")
        ordering = ["alphanumeric_sender_id"]

    def __str__(self) -> str:
        return self.alphanumeric_sender_id[:80] or self.remote_id or str(self.pk)

    @classmethod
    def of(cls, profile: MessagingProfile) -> "models.QuerySet[AlphanumericSender]":
        """Return a profile's senders that are at Telnyx."""
        there = cls.objects.filter(gone_at=None, remote_id__isnull=False)
        return there.filter(messaging_profile_id=profile.remote_id or "-")

    def profile(self) -> MessagingProfile | None:
        return MessagingProfile.objects.filter(remote_id=self.messaging_profile_id).first()

    def is_there(self) -> bool:
        return self.remote_id is not None and self.gone_at is None

    def is_new(self) -> bool:
        """Return True if it was never at Telnyx, so that it may be sent again or discarded."""
        return self.remote_id is None and self.gone_at is None and self.sync_state in NOT_SENT


NOT_SENT = (SyncState.DRAFT, SyncState.REFUSED)

# Letters, digits and spaces, with at least one letter (docs/telnyx.md, T5.13).
WELL_FORMED = RegexValidator(
    r"^(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9 ]{1,11}\Z",
    _("Up to 11 letters, digits and spaces, with at least one letter. No accents or other characters."),
)
