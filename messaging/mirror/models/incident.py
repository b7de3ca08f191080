"""Times at which a part of the desk failed, with what waited meanwhile."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Incident(models.Model):
    """One time a part of the checkup failed, from when to when. No words are kept: the page has them."""

    id = models.BigAutoField(primary_key=True)
    # The part's name (messaging/mirror/checkup.py).
    kind = models.CharField(_("what"), max_length=20)
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"), null=True)
    seen_at = models.DateTimeField(_("last seen"))
    # Seen by two looks in a row; before that it is only suspected, and shown to nobody.
    is_certain = models.BooleanField(default=False)
    # At worst, counted up to health.MANY.
    requests_waiting = models.PositiveIntegerField(_("requests that waited"), default=0)
    events_waiting = models.PositiveIntegerField(_("webhooks that waited"), default=0)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-started_at", "-id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(ended_at=None), name="incident_open_once")
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="incident_newest"),
            models.Index(fields=["ended_at"], name="incident_ended"),
        ]

    def __str__(self) -> str:
        return self.kind
