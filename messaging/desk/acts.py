"""What people do with a record, on record: Django's log entries, shown in the record's own history.

What is sent to Telnyx needs none of these; the outbox records who asked for it.
"""

from collections.abc import Iterator

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils.encoding import force_str

from messaging.mirror.wording import Words

from .show import Step

MOST_SHOWN = 200


def record(by: User, about: Model, what: Words, *, reason: str = "") -> None:
    """Put an act on record, in the caller's transaction: who did what with which record, and why.

    `what` is shown as one line, with `reason` below it. Neither may hold a code or a secret.
    """
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(about),
        object_id=str(about.pk),
        object_repr=force_str(about)[:200],
        action_flag=CHANGE,
        change_message="\n".join(filter(None, [force_str(what), reason.strip()])),
    )


def steps(about: Model, most: int = MOST_SHOWN) -> Iterator[Step]:
    """Yield the acts on record as steps of a history, newest first. One query."""
    found = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(about), object_id=str(about.pk)
    ).select_related("user")
    for entry in found.order_by("-action_time", "-pk")[:most]:
        title, _line_end, text = entry.get_change_message().partition("\n")
        yield Step(entry.action_time, title, text, str(entry.user), "draft")


def record_of_list(by: User, model: type[Model], what: Words) -> None:
    """Put an act on record that is about a list and not about one of its records."""
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(model),
        object_id=None,
        object_repr=force_str(model._meta.verbose_name_plural)[:200],
        action_flag=CHANGE,
        change_message=force_str(what),
    )
