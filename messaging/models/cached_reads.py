"""What Telnyx computes on request, such as figures: read by the worker and kept with its age."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock


class Reading(models.Model):
    """The newest answer from one URL at Telnyx. A page asks for it; the worker fetches it when it is out of date."""

    class Shape(models.TextChoices):
        ONE = "one", _("One answer")
        PAGES = "pages", _("A list in pages")
        SINGLE = "single", _("A list that declares no pages")

    address = models.CharField(_("address"), max_length=500, unique=True)
    shape = models.CharField(max_length=10, choices=Shape, default=Shape.ONE)
    data: Any = models.JSONField(_("answer"), null=True)
    as_of = models.DateTimeField(_("as of"), null=True)
    due_at = models.DateTimeField(_("to be read again"), null=True)
    error = models.CharField(_("why it could not be read"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        default_permissions = ()
        indexes = [
            models.Index(fields=["due_at"], name="reading_due", condition=models.Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return self.address

    @classmethod
    def of(cls, address: str, shape: str, *, fresh_for: timedelta, now: bool = False) -> "Reading":
        """Return what is known of a URL; have the worker read it if nothing is known, it is old, or `now` is set."""
        row, _made = cls.objects.get_or_create(address=address, defaults={"shape": shape})
        is_old = row.as_of is None or clock.now() - row.as_of > fresh_for
        if (is_old or now) and row.due_at is None:
            cls.objects.filter(pk=row.pk, due_at=None).update(due_at=Now())
            row.due_at = clock.now()
        return row

    @classmethod
    def all_of(cls, addresses: Iterable[str], *, fresh_for: timedelta) -> "list[Reading]":
        """Return what is known of many lists, and have the worker read those that are unknown or old. Four queries."""
        asked = list(addresses)
        known = set(cls.objects.filter(address__in=asked).values_list("address", flat=True))
        fresh = [Reading(address=one, shape=cls.Shape.PAGES) for one in asked if one not in known]
        Reading.objects.bulk_create(fresh, ignore_conflicts=True)
        old = models.Q(as_of=None) | models.Q(as_of__lt=clock.now() - fresh_for)
        cls.objects.filter(old, address__in=asked, due_at=None).update(due_at=Now())
        return list(Reading.objects.filter(address__in=asked).defer("data"))

    def is_coming(self) -> bool:
        """Return True if the worker is about to read it and the last attempt did not fail."""
        return self.due_at is not None and not self.error

    def records(self) -> list[dict[str, Any]]:
        """Return the objects of a list, leaving out everything else."""
        found = self.data if isinstance(self.data, list) else []
        return [record for record in found if isinstance(record, dict)]
