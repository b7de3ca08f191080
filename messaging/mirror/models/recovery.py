"""What was fetched from Telnyx's own delivery log, and what was deleted when its time was up."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..wording import when
from .fields import ClockedField


class Recovery(models.Model):
    """One check of Telnyx's delivery log for events that never reached us."""

    class State(models.TextChoices):
        """How far a check for lost webhooks has come."""

        QUEUED = "queued", _("Waiting for the worker")
        FOUND = "found", _("Checked")
        DONE = "done", _("Fetched")
        FAILED = "failed", _("Could not check with Telnyx")

    id = models.BigAutoField(primary_key=True)
    since = models.DateTimeField(_("deliveries since"))
    until = models.DateTimeField(_("until"))
    # By the clock every two minutes; then nobody requested it.
    is_by_clock = models.BooleanField(default=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    requested_at = ClockedField(_("requested"), auto_now_add=True)
    # A person first sees what would be fetched.
    only_look = models.BooleanField(default=False)
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.QUEUED)
    # Everything up to here has been read; the next round continues from here.
    through = models.DateTimeField(_("read up to"), null=True)
    seen = models.PositiveIntegerField(_("deliveries Telnyx lists"), default=0)
    missing = models.JSONField(_("missing events, by type"), default=dict)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("lost webhook check")
        verbose_name_plural = _("lost webhooks")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [("recover_webhookevent", _("Can fetch lost webhooks from Telnyx"))]
        indexes = [models.Index(fields=["id"], name="recovery_queued", condition=models.Q(state="queued"))]

    def __str__(self) -> str:
        return f"{when(self.since)} - {when(self.until)}"


class Purge(models.Model):
    """One run of the retention: what was deleted, by which rule, up to when."""

    rule = models.CharField(_("what"), max_length=40)
    days = models.PositiveIntegerField(_("days kept"))
    before = models.DateTimeField(_("older than"))
    rows = models.PositiveBigIntegerField(_("rows"), default=0)
    started_at = ClockedField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("purge")
        verbose_name_plural = _("retention")
        ordering = ["-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.rule} {when(self.before)}"
