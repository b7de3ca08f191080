"""Changes on record in words: who changed which field from what to what, masked for people who may not see it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import acts
from messaging.desk.show import exact
from messaging.mirror.audit import tables
from messaging.mirror.masking import E164, HIDDEN, starts_of, without_personal
from messaging.mirror.models import AuditEntry
from messaging.mirror.permissions import may_view
from messaging.mirror.wording import Words

ACT = LogEntry._meta.label_lower
# What these are called here; their models have a name for programmers, or none.
OWN_NAMES: dict[str, Words] = {
    ACT: gettext_lazy("Action on record"),
    "auth.group_permissions": gettext_lazy("Permission of a group"),
    "auth.user_groups": gettext_lazy("Group of a person"),
    "auth.user_user_permissions": gettext_lazy("Permission of a person"),
    "messaging.defaultsearch": gettext_lazy("Search that the log opens with"),
    "mfa.authenticator": gettext_lazy("Second factor"),
}
# What the page of a person calls its fields.
OWN_FIELDS: dict[tuple[str, str], Words] = {
    ("auth.user", "username"): gettext_lazy("User name"),
    ("auth.user", "is_staff"): gettext_lazy("May sign in here"),
    ("auth.user", "is_superuser"): gettext_lazy("Administrator"),
    ("rcs.rcsbrand", "awaited"): gettext_lazy("Last request to Telnyx"),
    ("rcs.rcsagentregistration", "awaited"): gettext_lazy("Last request to Telnyx"),
}
# Records by whose names others are called. Naming one needs nothing but its own row.
NAMED = frozenset(
    {
        "auth.group",
        "auth.permission",
        "auth.user",
        "hosted.hostednumber",
        "hosted.hostedorder",
        "hosted.ordernumber",
        "messaging.messagingprofile",
        "messaging.alphanumericsender",
        "messaging.autoresponse",
        "messaging.logsearch",
        "messaging.savedtext",
        "rcs.rcsagent",
        "rcs.rcstemplate",
        "rcs.testinvite",
        "tollfree.businessprofile",
        "tollfree.rejectionreason",
        "tollfree.verificationrequest",
    }
)
MEMBERS = {
    "auth.user_groups": ("user_id", "group_id"),
    "auth.user_user_permissions": ("user_id", "permission_id"),
    "auth.group_permissions": ("group_id", "permission_id"),
}


@dataclass(frozen=True)
class Told:
    """One row as the page shows it."""

    row: AuditEntry
    who: str
    title: str
    lines: list[str]
    reason: str
    record: str
    url: str
    cause_url: str


Names = Mapping[str, Mapping[str, str]]


def tell(rows: Sequence[AuditEntry], user: User) -> list[Told]:
    """Return rows in words. The number of queries depends on the kinds of records among them, not on their number."""
    names, reasons = _names(rows), _reasons(rows)
    return [_told(row, names, reasons, user) for row in rows]


def once(told: Sequence[Told]) -> list[Told]:
    """Leave out acts that only say that a record was added or changed, beside the rows that say how."""
    said = {(each.row.xact, *_about(each.row)) for each in told if each.row.label != ACT}
    return [
        each for each in told if not (_says_no_more(each.row) and (each.row.xact, *_about(each.row)) in said)
    ]


def _about(row: AuditEntry) -> tuple[str, str]:
    """Return the kind and the key of the record that a row is about: of an act, and of who is in which group, too."""
    held = row.after or row.before
    if row.label == ACT:
        kind = ContentType.objects.get_for_id(held["content_type_id"])
        return f"{kind.app_label}.{kind.model}", str(held.get("object_id"))
    if row.label in MEMBERS:
        column = MEMBERS[row.label][0]
        return f"auth.{column.removesuffix('_id')}", str(held.get(column))
    return row.label, row.key


def _says_no_more(row: AuditEntry) -> bool:
    if row.label != ACT or row.action != AuditEntry.Action.INSERT or not row.after.get("content_type_id"):
        return False
    message = str(row.after.get("change_message", ""))
    is_only_added = message.startswith('[{"added"') or message in ("Added.", _("Added."))
    return is_only_added or _is_only_changed(message)


def _is_only_changed(message: str) -> bool:
    return message.partition("\n")[0] in ("Changed", _("Changed"))


def _told(row: AuditEntry, names: Names, reasons: Mapping[int, str], user: User) -> Told:
    who, reason = who_of(row), reasons.get(row.xact, "")
    lines = [] if row.label in MEMBERS else list(_lines(row, names, user, who))
    title = _title(row, names, who)
    is_sign_in = row.label == "auth.user" and row.after.keys() == {"last_login"}
    if is_sign_in:
        title, lines = _("%(who)s signed in") % {"who": names.get(row.label, {}).get(row.key, who)}, []
    elif row.label == ACT:
        title, lines, reason = _act(row, who, user)
    elif row.action == AuditEntry.Action.UPDATE and len(lines) == 1 and not row.erased:
        title, lines = lines[0], []
    return Told(
        row, who, title, lines, reason, _record(row, names), _url(row, names, user), _cause_url(row, user)
    )


# What only Telnyx's answers change, whoever made the desk ask.
OF_TELNYX = ("remote_", "gone_at", "status", "eligib")


def who_of(row: AuditEntry) -> str:
    """Return who or what changed it."""
    columns = row.before.keys() | row.after.keys()
    if (
        row.action == AuditEntry.Action.UPDATE
        and columns
        and all(name.startswith(OF_TELNYX) for name in columns)
    ):
        return _("Telnyx (asked by %(name)s)") % {"name": row.actor} if row.actor else _("Telnyx")
    if row.actor:
        return row.actor
    kind, _space, rest = row.source.partition(" ")
    if row.cause.startswith("event"):
        return _("A webhook from Telnyx")
    if row.cause.startswith("entry"):
        return _("The desk (for a request to Telnyx)")
    if kind == "command":
        return _("The command “%(name)s” on the server") % {"name": rest}
    if kind == "database":
        return _("Someone directly in the database (as %(role)s)") % {"role": rest}
    if kind == "page":
        return _("Someone who wasn't signed in")
    return _("The desk itself")


def kind_of(label: str) -> str:
    """Return what a kind of record is called."""
    if label in OWN_NAMES:
        return str(OWN_NAMES[label])
    try:
        return str(capfirst(apps.get_model(label)._meta.verbose_name))
    except LookupError:  # of an older version of the desk
        return label


def plural_of(label: str) -> str:
    """Return what several records of a kind are called, within a sentence."""
    return str(apps.get_model(label)._meta.verbose_name_plural)


# What the pages of a kind of record are called, by the last word of the name of their address.
PAGES: dict[str, Words] = {
    "changelist": gettext_lazy("list"),
    "add": gettext_lazy("add"),
    "change": gettext_lazy("change"),
    "delete": gettext_lazy("delete"),
    "history": gettext_lazy("history"),
    "csv": gettext_lazy("CSV file"),
}


def page_of(row: AuditEntry) -> str:
    """Return what the page is called on which it was changed: the kind of record and what is done there."""
    _site, _colon, name = row.page.rpartition(":")
    app, _line, rest = name.partition("_")
    model, _line, what = rest.partition("_")
    words = str(PAGES.get(what, what.replace("_", " ")))
    try:
        kind = str(capfirst(apps.get_model(app, model)._meta.verbose_name))
    except (LookupError, ValueError):  # a page that isn't about a kind of record
        return name.removeprefix("desk_").replace("_", " ")
    return f"{kind}: {words}"


def _record(row: AuditEntry, names: Names) -> str:
    kind = kind_of(row.label)
    name = names.get(row.label, {}).get(row.key, "")
    return _("%(kind)s “%(name)s”") % {"kind": kind, "name": name} if name else kind


def _title(row: AuditEntry, names: Names, who: str) -> str:
    about = {"who": who, "record": _record(row, names)}
    if row.label in MEMBERS and not row.erased:
        return _member(row, names, who)
    if row.erased and not (row.before or row.after):
        return _("%(who)s: %(record)s. The values were deleted when their retention period ended.") % about
    words = {
        AuditEntry.Action.INSERT: _("%(who)s added %(record)s"),
        AuditEntry.Action.UPDATE: _("%(who)s changed %(record)s"),
        AuditEntry.Action.DELETE: _("%(who)s deleted %(record)s"),
    }
    return words[AuditEntry.Action(row.action)] % about


def _member(row: AuditEntry, names: Names, who: str) -> str:
    held = row.before if row.action == AuditEntry.Action.DELETE else row.after
    of, what = MEMBERS[row.label]
    about = {
        "who": who,
        "of": _name_of(names, of, held),
        "what": _name_of(names, what, held),
    }
    is_gone = row.action == AuditEntry.Action.DELETE
    if what == "group_id":
        return (
            _("%(who)s removed %(of)s from the group %(what)s")
            if is_gone
            else _("%(who)s added %(of)s to the group %(what)s")
        ) % about
    return (
        _("%(who)s took from %(of)s: %(what)s") if is_gone else _("%(who)s gave to %(of)s: %(what)s")
    ) % about


def _name_of(names: Names, column: str, held: Mapping[str, Any]) -> str:
    label = f"auth.{column.removesuffix('_id')}"
    return names.get(label, {}).get(str(held.get(column)), "") or _("(deleted)")


def _act(row: AuditEntry, who: str, user: User) -> tuple[str, list[str], str]:
    """Return an act on record: its title, its lines and its reason."""
    held = row.after or row.before
    ids = starts_of(held.get("object_id"))
    about = without_personal(str(held.get("object_repr", "")), ids)
    entry = LogEntry(
        action_flag=held.get("action_flag") or 0,
        change_message=held.get("change_message", ""),
        object_repr=about,
    )
    words = without_personal(entry.get_change_message() or str(entry), ids)
    first, _end, rest = words.partition("\n")
    if row.action == AuditEntry.Action.UPDATE and row.after == {"action_flag": acts.EDIT}:
        # The desk itself once did this with edits, a moment after it wrote them. It takes nothing away.
        return _("%(who)s: an action was marked as an edit") % {"who": who}, [], ""
    if row.action != AuditEntry.Action.INSERT:
        first = _("A recorded action was changed or deleted: %(act)s") % {"act": first}
    return (
        f"{who}: {first.removesuffix('.')} ({about})" if about else f"{who}: {first}",
        [line for line in rest.split("\n") if line],
        "",
    )


def _lines(row: AuditEntry, names: Names, user: User, who: str) -> Iterator[str]:
    watched = tables.find(row.label)
    sees_all = bool(watched) and any(map(user.has_perm, watched.open_to)) if watched else False
    for column in sorted(row.before.keys() | row.after.keys()):
        field = _field(row.label, column)
        label = str(capfirst(field.verbose_name)) if field is not None else column.replace("_", " ")
        label = str(OWN_FIELDS.get((row.label, column), label))
        before, after = row.before.get(column), row.after.get(column)
        if _is_secret(before) or _is_secret(after):
            yield _("%(who)s set %(field)s (its value isn't kept)") % {"who": who, "field": label}
            continue
        shown = [
            acts.short(_value(column, field, value, watched, names, sees_all=sees_all))
            for value in (before, after)
        ]
        if row.action == AuditEntry.Action.UPDATE:
            yield _("%(who)s changed %(field)s from %(before)s to %(after)s") % {
                "who": who,
                "field": label,
                "before": shown[0],
                "after": shown[1],
            }
        else:
            yield _("%(field)s: %(value)s") % {
                "field": label,
                "value": shown[0 if row.action == AuditEntry.Action.DELETE else 1],
            }


def _field(label: str, column: str) -> models.Field | None:
    try:
        model = apps.get_model(label)
        return next(field for field in model._meta.concrete_fields if field.column == column)
    except (LookupError, StopIteration):
        return None


def _is_secret(value: Any) -> bool:
    return value == {"secret": True}


def _value(
    column: str, field: models.Field | None, value: Any, watched: Any, names: Names, *, sees_all: bool
) -> str:
    if value in (None, "", [], {}):
        return ""
    if watched and column in watched.masked and not sees_all:
        return without_personal(value) if isinstance(value, str) and E164.fullmatch(value) else HIDDEN
    if field is not None and field.is_relation:
        label = field.related_model._meta.label_lower  # type: ignore[union-attr]
        return names.get(label, {}).get(str(value)) or kind_of(label)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateTimeField) and (at := _moment(value)):
        return exact(at)
    words = _plain(value)
    is_own_number = watched is not None and column in watched.numbers
    return words if sees_all or is_own_number else without_personal(words)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_plain(item)}" for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return "" if value is None else str(value)


def _moment(value: Any) -> datetime | None:
    try:
        return parse_datetime(str(value))
    except ValueError:
        return None


# What records are called.


def _names(rows: Sequence[AuditEntry]) -> dict[str, dict[str, str]]:
    """Return what the records are called that rows are about or point to: one query for each kind."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        wanted[row.label].add(row.key)
        for column, value in [*row.before.items(), *row.after.items()]:
            field = _field(row.label, column)
            if field is not None and field.is_relation and value is not None:
                wanted[field.related_model._meta.label_lower].add(str(value))  # type: ignore[union-attr]
    return {label: _called(label, keys) for label, keys in wanted.items() if label in NAMED}


def _called(label: str, keys: set[str]) -> dict[str, str]:
    model = apps.get_model(label)
    try:
        found = model._base_manager.filter(pk__in=keys)
        return {str(record.pk): without_personal(_name(record), _own(record)) for record in found}
    except (ValueError, ValidationError):
        return {}


def _own(record: models.Model) -> list[str]:
    number = getattr(record, "phone_number", "")
    ids = starts_of(record.pk, getattr(record, "remote_id", ""))
    return [number, *ids] if isinstance(number, str) and number else ids


def _name(record: models.Model) -> str:
    return record.name if isinstance(record, Permission | Group) else str(record)


def _reasons(rows: Sequence[AuditEntry]) -> dict[int, str]:
    """Return, by transaction, why somebody did it, as the act on record in it says. One query."""
    found = AuditEntry.objects.filter(label=ACT, xact__in={row.xact for row in rows}, action="insert")
    told = {}
    for act in found.order_by("id"):
        message = str(act.after.get("change_message", ""))
        _first, _end, rest = message.partition("\n")
        # What was changed is no reason, and the rows of the change say it.
        if rest and "\n" not in rest and not _is_only_changed(message):
            told[act.xact] = without_personal(rest)
    return told


# Where to go from here.


def _url(row: AuditEntry, names: Names, user: User) -> str:
    """Return the address of the record's page, if there still is one and the person may see it."""
    app, _dot, name = row.label.partition(".")
    is_there = row.key in names.get(row.label, {})
    if not (is_there and may_view(user, row.label)):
        return ""
    try:
        return reverse(f"admin:{app}_{name}_change", args=[row.key])
    except NoReverseMatch:
        return ""


def _cause_url(row: AuditEntry, user: User) -> str:
    kind, _space, key = row.cause.partition(" ")
    if kind == "event" and user.has_perm("mirror.view_webhookevent"):
        return reverse("admin:mirror_webhookevent_change", args=[key])
    if kind == "entry" and user.has_perm("mirror.view_outboxentry"):
        return reverse("admin:mirror_outboxentry_change", args=[key])
    return ""
