"""Files that people made from the message log, and who downloaded them."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock
from messaging.mirror.wording import when

from ..log.choices import TermKind


class Export(models.Model):
    """A file that someone requested, how far a worker has got with it, and how long it is kept.

    The file is stored in sealed pieces, whose ids follow from `key` and their number (`messaging.exports.build`).
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting for a worker")
        RUNNING = "running", _("Being written")
        READY = "ready", _("Ready")
        CANCELLED = "cancelled", _("Canceled")
        FAILED = "failed", _("Failed")
        EXPIRED = "expired", _("Expired, file deleted")

    OPEN = (State.QUEUED, State.RUNNING)

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("requested by"), on_delete=models.PROTECT, related_name="+"
    )
    # What to search for, as in a search of the log, but "the last hour" is already two fixed times.
    term = models.CharField(_("search term"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=TermKind, blank=True)
    meant = models.JSONField(default=list)
    filters = models.JSONField(_("filters"), default=dict)
    since = models.DateTimeField(_("from"), null=True)
    until = models.DateTimeField(_("until"))
    zone = models.CharField(_("time zone"), max_length=64)
    most = models.PositiveIntegerField(_("at most"))
    is_open = models.BooleanField(_("with full numbers and texts"), default=False)
    reason = models.CharField(_("why"), max_length=300, blank=True)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    rows = models.PositiveIntegerField(_("messages"), default=0)
    is_cut = models.BooleanField(_("more than the limit"), default=False)
    # Where the next piece starts, and the hash of each piece written so far.
    place = models.CharField(max_length=60, blank=True)
    pieces = models.JSONField(default=list)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    trouble = models.CharField(_("problem"), max_length=300, blank=True)
    made_at = models.DateTimeField(_("requested"), default=clock.now)
    ended_at = models.DateTimeField(_("ended"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [("download_any_export", _("Can download the exports of others"))]
        indexes = [
            models.Index(fields=["owner", "-id"], name="export_owner"),
            models.Index(
                fields=["next_at"], name="export_due", condition=models.Q(state__in=["queued", "running"])
            ),
            models.Index(fields=["expires_at"], name="export_over", condition=models.Q(state="ready")),
        ]

    def __str__(self) -> str:
        return when(self.made_at)

    def is_under_way(self) -> bool:
        return self.state in self.OPEN

    def is_ready(self) -> bool:
        """Return True if the file is ready to download."""
        return self.state == self.State.READY and bool(self.expires_at) and self.expires_at > clock.now()  # type: ignore[operator]


class ExportDownload(models.Model):
    """A download of an export. Rows are only ever added, and are deleted with the export."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="downloads")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("when"), default=clock.now)

    class Meta:
        verbose_name = _("download of an export")
        verbose_name_plural = _("downloads of exports")
        ordering = ["-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.export_id} {when(self.at)}"
