"""Who is editing a record now: its open form says so every half minute (static/desk/editing.js). It blocks nobody."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.mirror import clock
from messaging.models import Editing

from .people import name

# Two of the page's half minutes may be missed.
COUNTS_FOR = timedelta(seconds=75)
# Rows that nobody ended are deleted by whoever edits next.
KEPT_FOR = timedelta(hours=1)
MOST_NAMED = 5


def here(record: Any, user: User) -> None:
    """Note that this person has the form open."""
    Editing.objects.filter(seen_at__lt=Now() - KEPT_FOR).delete()
    Editing.objects.bulk_create(
        [Editing(resource_type=_type(record), resource_id=record.pk, user=user, seen_at=clock.now())],
        update_conflicts=True,
        unique_fields=["resource_id", "resource_type", "user"],
        update_fields=["seen_at"],
    )


def gone(record: Any, user: User) -> None:
    """Note that this person left the form."""
    Editing.objects.filter(resource_type=_type(record), resource_id=record.pk, user=user).delete()


def words(record: Any, user: User) -> str:
    """Return which colleagues are editing the record now, as a sentence; "" if nobody is."""
    rows = Editing.objects.filter(
        resource_type=_type(record), resource_id=record.pk, seen_at__gt=Now() - COUNTS_FOR
    )
    others = rows.exclude(user=user).select_related("user").order_by("user__username")[:MOST_NAMED]
    names = [name(row.user) for row in others]
    if not names:
        return ""
    who = ngettext("%(names)s is editing this now.", "%(names)s are editing this now.", len(names))
    calm = _("You can go on: if you both change a field, you will be asked which version to keep.")
    return " ".join([who % {"names": ", ".join(names)}, calm])


def _type(record: Any) -> ContentType:
    return ContentType.objects.get_for_model(record)
