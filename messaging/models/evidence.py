"""Evidence files: what was sent, answered and decided about one record, for a lawyer or a carrier."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging import files
from messaging.mirror import clock
from messaging.mirror.wording import when


@files.owner
class Evidence(models.Model):
    """A zip that someone asked for, how far a worker has got with it, and how long it is kept.

    The digest of its manifest outlives the file: with it `manage.py verify_evidence` recognizes what the desk made.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting for a worker")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        EXPIRED = "expired", _("Expired, file deleted")

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # None until the file is written, and once it is deleted.
    file_id = models.UUIDField(unique=True, null=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("requested by"), on_delete=models.PROTECT, related_name="+"
    )
    # What it is about: a kind of messaging.evidence.kinds and a key of that kind, never a number that can be read.
    kind = models.CharField(_("kind"), max_length=20)
    subject = models.CharField(max_length=120, blank=True)
    about = models.CharField(_("about"), max_length=200, blank=True)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    zone = models.CharField(_("time zone"), max_length=64)
    # What it shows although it is masked for others: whoever downloads it must still be allowed to see that.
    opened = models.JSONField(_("shown in full"), default=list)
    # The permissions that decided what is in it, and that whoever downloads it must still have.
    needs = models.JSONField(default=list)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    sha256 = models.CharField(max_length=64, blank=True)
    manifest_sha256 = models.CharField(_("digest of the manifest"), max_length=64, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    trouble = models.CharField(_("problem"), max_length=300, blank=True)
    made_at = models.DateTimeField(_("requested"), default=clock.now)
    ended_at = models.DateTimeField(_("ended"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)

    class Meta:
        verbose_name = _("evidence file")
        verbose_name_plural = _("evidence files")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [("make_evidence", _("Can make and download evidence files, on record"))]
        indexes = [
            models.Index(fields=["owner", "-id"], name="evidence_owner"),
            models.Index(fields=["next_at"], name="evidence_due", condition=models.Q(state="queued")),
            models.Index(fields=["expires_at"], name="evidence_over", condition=models.Q(state="ready")),
            models.Index(
                fields=["manifest_sha256"],
                name="evidence_manifest",
                condition=~models.Q(manifest_sha256=""),
            ),
            # For the retention, which empties what it says about people.
            models.Index(
                fields=["made_at"],
                name="evidence_whole",
                condition=~models.Q(subject="", about="", reason="", trouble=""),
            ),
        ]

    def __str__(self) -> str:
        return when(self.made_at)

    def is_ready(self) -> bool:
        """Return True if the file is ready to download."""
        return self.state == self.State.READY and bool(self.expires_at) and self.expires_at > clock.now()  # type: ignore[operator]


class EvidenceDownload(models.Model):
    """A download of an evidence file. Rows are only ever added, and are deleted when the rest is emptied."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="downloads")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("when"), default=clock.now)

    class Meta:
        verbose_name = _("download of an evidence file")
        verbose_name_plural = _("downloads of evidence files")
        ordering = ["-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.evidence_id} {when(self.at)}"
