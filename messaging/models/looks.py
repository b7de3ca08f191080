"""When we last looked for new records at Telnyx, and what we found."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock

EVERY = timedelta(minutes=5)
# A look that has not ended by then lost its worker.
LONGEST = timedelta(minutes=1)


class Look(models.Model):
    """The looks for one kind of record: when somebody asked for one, when the last one started and ended."""

    class Problem(models.TextChoices):
        """Why a look did not get everything."""

        KEY = "key", _("Telnyx refuses our API key or our account. Tell an administrator.")
        SLOW = "slow", _("Telnyx asked us to slow down.")
        SILENT = "silent", _("Telnyx didn't answer in time.")
        MOVED = "moved", _("The list at Telnyx changed while we read it.")
        REFUSED = "refused", _("Telnyx refused to show its list. Tell an administrator.")

    # The model, as Django labels it.
    kind = models.CharField(primary_key=True, max_length=100, editable=False)
    asked_at = models.DateTimeField(_("asked for"), null=True)
    began_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    # When a whole list was last read, and not only its ends.
    whole_at = models.DateTimeField(_("whole list read"), null=True)
    problem = models.CharField(_("problem"), max_length=10, choices=Problem, blank=True)
    found = models.PositiveIntegerField(_("new"), default=0)
    # New ones that may be what a request of ours made, which is not clear yet.
    left = models.PositiveIntegerField(_("left for the next look"), default=0)

    class Meta:
        verbose_name = _("look at Telnyx")
        verbose_name_plural = _("looks at Telnyx")
        default_permissions = ()

    def __str__(self) -> str:
        return self.kind

    def is_asked_for(self) -> bool:
        """Return True if somebody asked for a look and none has started since."""
        return self.asked_at is not None and (self.began_at is None or self.began_at < self.asked_at)

    def is_running(self) -> bool:
        return self._has_no_end() and clock.now() - self.began_at < LONGEST  # type: ignore[operator]

    def was_cut_short(self) -> bool:
        """Return True if the last look lost its worker."""
        return self._has_no_end() and not self.is_running()

    def is_due(self) -> bool:
        if self.began_at is None or self.is_asked_for() or self.was_cut_short():
            return True
        return not self._has_no_end() and clock.now() - self.began_at >= EVERY

    def _has_no_end(self) -> bool:
        return self.began_at is not None and (self.ended_at is None or self.ended_at < self.began_at)
