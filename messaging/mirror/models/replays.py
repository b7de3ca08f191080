"""Events that somebody had processed again, many at once."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .many import ManyAsked


class Replay(ManyAsked):
    """One time that somebody had many events processed again, and why. What became of each is its own state."""

    # No relation: an event may be deleted before this row is.
    event_ids = ArrayField(models.BigIntegerField())

    class Meta(ManyAsked.Meta):
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
