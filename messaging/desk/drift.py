"""Where Telnyx's copy of a record differs from ours: three values of each field, and what people decide about it.

A feature says how its values read; the rest is the same for every record that is a ComparedResource.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.models import ComparedResource, OutboxEntry, PortalChange, Source
from messaging.mirror.wording import Words

from . import acts
from .pages import NotAllowed
from .show import Step

# Before the name of a field, in a form with a choice for each.
CHOICE = "decide_"
ALL = "decide_all"
THEIRS, OURS = "theirs", "ours"

# Return a value of a field in lines, as this person may see it.
Read = Callable[[str, Any], list[str]]

SOURCES: dict[str, Words] = {
    Source.WEBHOOK: gettext_lazy("read after Telnyx reported a change (webhook)"),
    Source.FETCHED: gettext_lazy("read after Telnyx reported a change"),
    Source.SYNC: gettext_lazy("found when we checked at Telnyx"),
    Source.PERSON: gettext_lazy("found when a person asked Telnyx"),
}


@dataclass(frozen=True)
class Difference:
    """One field with its three values, each in lines; `sent` is None if nothing was sent or it is no longer kept."""

    name: str
    label: str
    theirs: list[str]
    ours: list[str]
    sent: list[str] | None

    @property
    def choice(self) -> str:
        """Return the name of the choice in the form."""
        return CHOICE + self.name


def label(record: ComparedResource, name: str) -> str:
    """Return the name of a field as people read it."""
    return capfirst(str(getattr(record._meta.get_field(name), "verbose_name", name)))


def differences(
    record: ComparedResource, names: Iterable[str], read: Read, entries: Iterable[OutboxEntry] | None = None
) -> list[Difference]:
    """Return these fields with what Telnyx holds, what is here, and what was last sent."""
    names = list(names)
    if not names:
        return []
    theirs, sent = record.held(), record.last_sent(entries)
    return [
        Difference(
            name,
            label(record, name),
            read(name, theirs[name]),
            read(name, getattr(record, name)),
            read(name, sent[name]) if sent else None,
        )
        for name in names
    ]


def open_fields(record: ComparedResource) -> list[str]:
    """Return the fields someone can decide about now; none while a request to Telnyx is open."""
    return [] if record.is_under_way() else record.undecided()


def seen(record: ComparedResource, names: Iterable[str]) -> str:
    """Return a short stamp of what a person sees who decides about these fields: both copies, in this version."""
    theirs = record.digests(record.held())
    ours = record.digests({name: getattr(record, name) for name in names})
    told = [f"{name} {theirs[name]} {digest}" for name, digest in sorted(ours.items())]
    return f"{record.version}.{sha256('/'.join(told).encode()).hexdigest()[:16]}"


def chosen(data: QueryDict) -> dict[str, str]:
    """Return what was chosen in a form, by field; the key "" holds a choice for all."""
    choices = {
        name.removeprefix(CHOICE): data[name] for name in data if name.startswith(CHOICE) and name != ALL
    }
    if data.get(ALL):
        choices = {"": data[ALL]}
    return {name: choice for name, choice in choices.items() if choice in (THEIRS, OURS)}


def decide(record: ComparedResource, choices: Mapping[str, str], *, by: User, was: str) -> list[str]:
    """Take Telnyx's value of a field, or keep ours; nothing is sent. Return the fields that are still undecided.

    `was` is `seen` of the page the choices were made on: if either copy has changed since, nothing is decided. Our
    value stays decided until Telnyx's changes again. A decision is a new version of the record.
    """
    with transaction.atomic():
        row = record.lock()
        names = open_fields(row)
        if row.is_under_way():
            raise NotAllowed(_("Nothing was decided: a request for it is on its way to Telnyx."))
        if not names:
            raise NotAllowed(
                _("Nothing is left to decide: someone decided it, or Telnyx's copy is ours again.")
            )
        if was != seen(row, names):
            raise NotAllowed(_("It changed in the meantime, so nothing was decided. Compare again."))
        if "" in choices:
            choices = dict.fromkeys(names, choices[""])
        theirs = [name for name in names if choices.get(name) == THEIRS]
        ours = [name for name in names if choices.get(name) == OURS]
        if not theirs and not ours:
            raise NotAllowed(_("Nothing was decided: choose a copy for at least one field."))
        row.settle([*theirs, *ours])
        take(row, theirs)
        row.version += 1
        row.save(update_fields=["version"])
        put_on_record(by, row, theirs, ours)
    return [name for name in names if name not in (*theirs, *ours)]


def take(row: ComparedResource, names: Iterable[str]) -> None:
    """Copy Telnyx's values of these fields into ours. Needs the row's lock."""
    held = row.held()
    taken = [name for name in names if name in held]
    if not taken:
        return
    for name in taken:
        setattr(row, name, held[name])
    row.clean()
    row.save(update_fields=[*row.compared, "updated_at"])


def put_on_record(by: User, row: ComparedResource, theirs: Iterable[str], ours: Iterable[str]) -> None:
    """Put on record what was decided: names of fields, never their values."""
    said = []
    for names, words in ((theirs, _("Telnyx's copy: %(fields)s")), (ours, _("Ours kept: %(fields)s"))):
        if fields := ", ".join(label(row, name) for name in names):
            said.append(words % {"fields": fields})
    words = _("Decided where Telnyx's copy differs")
    acts.record(by, row, words, reason="\n".join(said), is_edit=True)


def steps(record: ComparedResource, read: Read, most: int) -> Iterator[Step]:
    """Yield what was changed in Telnyx's portal as steps of a history, newest first. One query."""
    for change in record.portal_changes()[:most] if record.remote_id else ():
        text = _old_and_new(record, change, read)
        yield Step(change.noticed_at, _title(record, change), text, SOURCES[change.source], "draft")


def _title(record: ComparedResource, change: PortalChange) -> str:
    fields = ", ".join(label(record, name) for name in _in_order(record, change))
    return _("Changed in Telnyx's portal: %(fields)s") % {"fields": fields}


def _in_order(record: ComparedResource, change: PortalChange) -> list[str]:
    return [name for name in record.compared if name in change.changes]


def _old_and_new(record: ComparedResource, change: PortalChange, read: Read) -> str:
    pairs = []
    for name in _in_order(record, change):
        if values := change.changes[name]:
            before, after = (", ".join(read(name, value)) for value in values)
            pairs.append((label(record, name), before, after))
    return acts.changes(pairs)
