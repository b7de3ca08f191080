"""The secret link behind which a person's calendar of due dates is."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarLink(models.Model):
    """One person's link. Only the digest of its secret is here; `messaging.team.calendar_link` is the one writer."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(_("made"))
    # Whether it also shows what nobody has taken.
    with_free = models.BooleanField(default=False)
    # What the calendar showed last, by UID: a digest of the event, its SEQUENCE, and since when it is so.
    sent = models.JSONField(default=dict)
    # The SEQUENCE of what changes next.
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("calendar link")
        verbose_name_plural = _("calendar links")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user_id)
