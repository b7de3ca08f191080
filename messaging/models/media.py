"""Files that came with messages: what Telnyx listed, and whether a copy is kept here."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging import files
from messaging.mirror.models.fields import ClockedField


@files.owner
class MediaFile(models.Model):
    """One file of a message we received. Its bytes are sealed on disk under `file_id`, never in a row.

    The row stays when the file is deleted, so that processing the same event again does not bring it back.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Being fetched from Telnyx")
        KEPT = "kept", _("Kept")
        REFUSED = "refused", _("Not fetched")
        FAILED = "failed", _("Could not be fetched")
        GONE = "gone", _("No longer available")

    id = models.BigAutoField(primary_key=True)
    remote_id = models.UUIDField(_("Telnyx ID of the message"))
    position = models.PositiveSmallIntegerField(_("position"))
    url = models.TextField(_("address"), blank=True)
    content_type = models.CharField(_("kind"), max_length=100, blank=True)
    size = models.BigIntegerField(_("bytes"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.WAITING)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = ClockedField(_("next try"), auto_now_add=True)
    file_id = models.UUIDField(null=True, unique=True, editable=False)
    fetched_at = models.DateTimeField(_("fetched"), null=True)

    class Meta:
        verbose_name = _("file of a message")
        verbose_name_plural = _("files of messages")
        ordering = ["remote_id", "position"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["remote_id", "position"], name="media_file_once")]
        indexes = [
            models.Index(fields=["next_try_at"], name="media_file_due", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.remote_id} {self.position}"
