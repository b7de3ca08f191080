"""What processing an event again would change: it is processed in a transaction that is then undone."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from messaging.audit import words
from messaging.desk.pages import uuid_or_none
from messaging.mirror.inbound import drain
from messaging.mirror.models import AuditEntry, WebhookEvent
from messaging.models import Message


class _Undo(Exception):
    pass


def would_change(event: WebhookEvent, user: User) -> list[str]:
    """Return in words what would change, as far as this person may see it; nothing if nothing would."""
    try:
        return _tried(event, user)
    except drain.UnknownResource:
        return [_("It would wait: the record it is about isn't in this desk yet.")]
    except drain.Unusable:
        return [_("It would be kept as it came: it lacks something that is needed to use it.")]
    except Exception as error:
        # The error's text may repeat what is in the event.
        return [_("It would fail (%(error)s).") % {"error": type(error).__name__}]


def _tried(event: WebhookEvent, user: User) -> list[str]:
    said: list[str] = []
    try:
        with transaction.atomic():
            function = drain.find_handler(event)
            if function is None:
                return [_("Nothing: the desk has no use for events of this type.")]
            newest = AuditEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0
            before = _messages(event)
            function(event)
            said = _on_record(newest, user) + _differences(before, _messages(event))
            raise _Undo
    except _Undo:
        return said


def _on_record(after: int, user: User) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (xact,) = cursor.fetchone()
    rows = list(AuditEntry.objects.filter(pk__gt=after, xact=xact).order_by("pk"))
    return [": ".join([each.record, "; ".join([each.title, *each.lines])]) for each in words.tell(rows, user)]


def _messages(event: WebhookEvent) -> dict[int, Mapping[str, Any]]:
    """Return the log's rows of the message this event is about. Messages have no changes on record."""
    payload = event.data().get("payload")
    id = uuid_or_none(payload.get("id")) if isinstance(payload, Mapping) else None
    return {row["id"]: row for row in Message.objects.filter(remote_id=id).values()} if id else {}


def _differences(
    before: Mapping[int, Mapping[str, Any]], after: Mapping[int, Mapping[str, Any]]
) -> list[str]:
    said = []
    for pk, row in after.items():
        if pk not in before:
            said.append(_("A message would be added to the log."))
            continue
        changed = [field for field in Message._meta.fields if row[field.attname] != before[pk][field.attname]]
        if changed:
            names = ", ".join(str(capfirst(field.verbose_name)) for field in changed)
            said.append(_("These parts of the message would change: %(fields)s") % {"fields": names})
    return said
