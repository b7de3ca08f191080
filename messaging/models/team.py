"""Who works on what: the person a record is with."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock


class Assigned(models.Model):
    """A record that is one person's work, or nobody's yet. What someone starts is theirs until a person changes it.

    For models with a `created_by`; `messaging.team.assign` is the one writer after that.
    """

    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("with"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    assigned_at = models.DateTimeField(_("with that person since"), null=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        author = getattr(self, "created_by_id", None)
        if self._state.adding and author and not self.assigned_to_id:
            self.assigned_to_id, self.assigned_at = author, clock.now()
        super().save(*args, **kwargs)
