"""What WhatsApp messages are about: which one was answered, and who reacted to, changed or deleted which.

They name each other by Telnyx's id or by Meta's, and nobody says which (docs/telnyx.md, T6.18), so both are tried. Only
a fixed number of messages around the page is searched: a reaction that comes much later still has its own bubble.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from messaging.models import Message

from . import parsing, whatsapp
from .choices import FAILED

NEAR = 300


@dataclass
class Related:
    """The message that one is about, if it names any, and what came later about this one, oldest first."""

    names_target: bool = False
    target: Message | None = None
    later: list[Message] = field(default_factory=list)

    def reactions(self) -> list[Message]:
        """Return each side's newest reaction, unless it was taken back or never went out."""
        newest: dict[str, Message] = {}
        for row in self.later:
            if whatsapp.kind_of(row.body) == "reaction" and row.status not in FAILED:
                newest[row.direction] = row
        return [row for row in newest.values() if whatsapp.emoji_of(row.body)]

    def changes(self) -> list[Message]:
        """Return what changed or deleted it."""
        return [row for row in self.later if whatsapp.kind_of(row.body) in ("edit", "revoke")]


NOTHING = Related()


def of(rows: Sequence[Message]) -> dict[int, Related]:
    """Return what each WhatsApp message of a conversation is related to. Three queries, or none without any."""
    ours = [row for row in rows if row.type == whatsapp.TYPE and row.their_address]
    if not ours:
        return {}
    found = {row.pk: Related(names_target=bool(whatsapp.target_of(row.body))) for row in ours}
    known = {row.pk: row for row in [*ours, *_later(ours)]}
    known |= {row.pk: row for row in _targets(ours, list(known.values()))}
    by_id = _by_id(known.values())
    for row in sorted(known.values(), key=lambda row: (row.happened_at, row.pk)):
        target = by_id.get((row.their_address, whatsapp.target_of(row.body)))
        if target is None or target.pk == row.pk:
            continue
        if row.pk in found:
            found[row.pk].target = target
        if target.pk in found and whatsapp.kind_of(row.body) in whatsapp.FOLLOWS:
            found[target.pk].later.append(row)
    return found


def everyone(found: Iterable[Related]) -> list[Message]:
    """Return every message that is shown beside others, to ask what a person may see of it."""
    return [row for one in found for row in [*([one.target] if one.target else []), *one.later]]


def _by_id(rows: Iterable[Message]) -> dict[tuple[str, str], Message]:
    found = {}
    for row in rows:
        for id in (str(row.remote_id), parsing.text(row.body.get("foreign_id"))):
            if id:
                found[row.their_address, id] = row
    return found


def _later(rows: Sequence[Message]) -> "QuerySet[Message]":
    """Return what was said about messages among those that came after the first of them."""
    first = min(rows, key=lambda row: (row.happened_at, row.pk))
    near = Message.objects.filter(
        their_address__in={row.their_address for row in rows}, happened_at__gte=first.happened_at
    )
    newest = near.order_by("happened_at", "id").values("pk")[: NEAR + len(rows)]
    return Message.objects.filter(pk__in=newest, type=whatsapp.TYPE, body__type__in=whatsapp.FOLLOWS)


def _targets(rows: Sequence[Message], known: Sequence[Message]) -> "list[Message]":
    """Return the messages named by others that aren't known yet: by Telnyx's id, else among those shortly before."""
    by_id = _by_id(known)
    named = {(row.their_address, whatsapp.target_of(row.body)) for row in rows}
    missing = {id: theirs for theirs, id in named if id and (theirs, id) not in by_id}
    ids = {id for id in missing if parsing.uuid(id)}
    found = (
        list(Message.objects.filter(remote_id__in=ids, their_address__in=set(missing.values())))
        if ids
        else []
    )
    if others := set(missing) - ids:
        last = max(row.happened_at for row in rows)
        near = Message.objects.filter(their_address__in=set(missing.values()), happened_at__lte=last)
        newest = near.order_by("-happened_at", "-id").values("pk")[: NEAR + len(rows)]
        found += Message.objects.filter(pk__in=newest, type=whatsapp.TYPE, body__foreign_id__in=others)
    return found
