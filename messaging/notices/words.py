"""What a notice says: the kind of record, the beginning of its id, a link. No name, no number, no words of anybody.

Only the person's own list in the desk names the record too, as its page does.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, cast

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from messaging.mirror.models import OutboxEntry
from messaging.mirror.permissions import may_view
from messaging.mirror.wording import when
from messaging.models import Notice
from messaging.team import kinds as work

from . import awaited, sender_jumps
from .kinds import BY_ID, CHOSEN, DONE, SENDER, TEST


def sentence(notice: Notice, name: str = "") -> str:
    """Return what happened, in the current zone. `name` is what the record is called, for people who may see it."""
    kind = BY_ID.get(notice.kind, TEST)
    if kind is SENDER:
        return sender_jumps.sentence(notice.event)
    return str(kind.says) % {"what": _what(notice, name), "at": when(notice.at) if notice.at else ""}


def of_the_end(notice: Notice) -> str:
    """Return what became of a notice that is over, or an empty text."""
    if notice.over_at is None:
        return ""
    return _("no longer the case") if notice.kind == DONE.id else _("no longer needed")


def line(notice: Notice) -> str:
    """Return the sentence with the link below it, for mails and rooms."""
    return f"{sentence(notice)}\n{settings.PUBLIC_URL}{path(notice)}"


def path(notice: Notice) -> str:
    """Return the page that a notice leads to."""
    if notice.kind == TEST.id:
        return reverse("admin:desk_notice_settings")
    if notice.resource_type_id is None:
        return reverse("admin:desk_health")
    page = "sender" if notice.kind == SENDER.id else "change"
    label = _type(notice)
    try:
        return reverse(f"admin:{label.app_label}_{label.model}_{page}", args=[notice.resource_id])
    except NoReverseMatch:
        return reverse("admin:index")


def address(name: str) -> str:
    """Return the whole address of a page of this desk."""
    return settings.PUBLIC_URL + reverse(name)


def may_see(notice: Notice, user: Any) -> bool:
    """Return True if this person may still see what a notice is about."""
    kind = BY_ID.get(notice.kind)
    if kind is None:
        return False
    if kind.may:
        return user.has_perm(kind.may)
    if notice.resource_type_id is None:
        return kind not in CHOSEN
    label = _type(notice)
    return may_view(user, f"{label.app_label}.{label.model}")


def _type(notice: Notice) -> ContentType:
    return ContentType.objects.get_for_id(cast(int, notice.resource_type_id))


def names(notices: Iterable[Notice], user: Any) -> dict[str, str]:
    """Return what the records of these notices are called, by their id; one query for each kind of record.

    A request to Telnyx has the name of its record. What this person may not see has none.
    """
    keys: dict[int, set[str]] = defaultdict(set)
    for notice in notices:
        if notice.resource_type_id is not None and notice.kind != SENDER.id:
            keys[notice.resource_type_id].add(notice.resource_id)
    of_entries: dict[str, str] = {}
    entries = keys.pop(ContentType.objects.get_for_model(OutboxEntry).pk, set())
    if entries and user.has_perm("mirror.view_outboxentry"):
        rows = OutboxEntry.objects.filter(pk__in=entries).order_by()
        for pk, type_id, key in rows.values_list("pk", "resource_type", "resource_id"):
            keys[type_id].add(str(key))
            of_entries[str(pk)] = str(key)
    found: dict[str, str] = {}
    for type_id, wanted in keys.items():
        label = ContentType.objects.get_for_id(type_id)
        model: Any = label.model_class()
        # Others may be named by a number or a text.
        if (kind := work.get(model) or awaited.get(model)) and user.has_perm(kind.view):
            found |= {str(row.pk): str(row) for row in model._base_manager.filter(pk__in=wanted)}
    return found | {entry: found[key] for entry, key in of_entries.items() if key in found}


def _what(notice: Notice, called: str) -> str:
    if notice.resource_type_id is None:
        return ""
    model: Any = _type(notice).model_class()
    name = _("request to Telnyx") if model is OutboxEntry else str(model._meta.verbose_name) if model else ""
    if called:
        return _("%(name)s (%(kind)s)") % {"name": called, "kind": name}
    return _("%(kind)s %(id)s") % {"kind": name, "id": notice.resource_id[:8]}
