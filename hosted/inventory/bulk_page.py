"""What the pages about one change to many numbers show: before and after, and what became of each request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import outbox_words
from messaging.desk.turns import Group
from messaging.mirror import heartbeat
from messaging.mirror.models import Heartbeat, OutboxEntry
from messaging.mirror.wording import Words
from messaging.validators import display_number

from ..models import BulkChange, BulkLine
from . import page
from .bulk import Planned, not_sent

State = OutboxEntry.State

# Up to so many numbers, nothing is folded.
FEW = 20
# Seconds between refreshes while something is in progress, also when hundreds of rows are on the page.
SOON, LATER, MANY = 2, 5, 50

REFUSED, UNCLEAR, LEFT_OUT, WAITING, CANCELED, DONE = (
    "refused",
    "unclear",
    "left_out",
    "waiting",
    "canceled",
    "done",
)
# In the order of the page: what needs a person first. Also which of them a person may try again.
TITLES: Mapping[str, Words] = {
    REFUSED: gettext_lazy("Refused by Telnyx"),
    UNCLEAR: gettext_lazy("Outcome not known yet"),
    WAITING: gettext_lazy("On the way"),
    LEFT_OUT: gettext_lazy("Left out, nothing was sent"),
    CANCELED: gettext_lazy("Taken back, nothing was sent"),
    DONE: gettext_lazy("Done"),
}
MEANINGS: Mapping[str, Words] = {
    REFUSED: gettext_lazy(
        "These numbers are as they were. Telnyx's reason is beside each. Correct the change and send it again "
        "for these numbers only."
    ),
    UNCLEAR: gettext_lazy(
        "We don't know yet whether Telnyx has these changes. There is nothing to do while we check; if one "
        "needs a decision, open its request."
    ),
    WAITING: gettext_lazy("The requests are sent one after another, about as fast as Telnyx accepts them."),
    LEFT_OUT: gettext_lazy("The reason is beside each number."),
    CANCELED: gettext_lazy("These numbers are as they were. None of these changes reached Telnyx."),
    DONE: gettext_lazy("Telnyx has the new settings of these numbers."),
}
PARTS: Mapping[str, str] = {
    State.QUEUED: WAITING,
    State.SENDING: WAITING,
    State.BLOCKED: WAITING,
    State.UNSURE: UNCLEAR,
    State.NEEDS_PERSON: UNCLEAR,
    State.ACCEPTED: DONE,
    State.REFUSED: REFUSED,
    State.CANCELLED: CANCELED,
}
AGAIN = (REFUSED, LEFT_OUT, CANCELED)


def what(asks: Mapping[str, Any]) -> list[tuple[Words, str]]:
    """Return in words what a change asks for, setting by setting."""
    names = page.names_of([asks["settings"].get("messaging_profile_id", "")])
    found: list[tuple[Words, str]] = [
        (page.setting_label(name), page.value_words(name, value, names))
        for name, value in asks["settings"].items()
    ]
    if asks["how_tags"]:
        how = BulkChange.Tags(asks["how_tags"]).label
        found.append((how, page.value_words("tags", asks["tags"], {})))
    return found


@dataclass(frozen=True)
class Before:
    """One number on the page that shows what will change."""

    number: str
    url: str
    differences: list[page.Difference]
    left_out: Words


def planned(plan: Sequence[Planned]) -> dict[str, Any]:
    """Return what would change for each number, and what is left out and why. One query."""
    names = page.names_of(
        id for each in plan for id in (each.number.messaging_profile_id, _profile(each.changes)) if id
    )
    rows = [
        Before(
            str(each.number),
            page.page_url(each.number),
            page.differences(each.number, each.changes, names),
            BulkLine.LeftOut(each.left_out).label if each.left_out else "",
        )
        for each in plan
    ]
    return {
        "changing": [row for row in rows if not row.left_out],
        "left_out": [row for row in rows if row.left_out],
        "loses_profile": sum(each.changes.get("messaging_profile_id") == "" for each in plan),
        "loses_tags": sum(each.changes.get("tags") == [] for each in plan),
    }


def _profile(changes: Mapping[str, Any]) -> str:
    return str(changes.get("messaging_profile_id") or "")


@dataclass(frozen=True)
class Row:
    """One number on the page of a change, and where its request is."""

    number: str
    url: str
    group: str
    status: Words
    text: Words
    errors: list[str]
    request: str


@dataclass(frozen=True)
class Part:
    """The numbers with the same result."""

    name: str
    title: Words
    meaning: Words
    rows: list[Row]
    is_open: bool
    may_try_again: bool


def context(bulk: BulkChange, user: User) -> dict[str, Any]:
    """Return what the page of a change shows, with a fixed number of queries."""
    lines = list(
        bulk.lines.select_related("number", "entry__resource_type")
        .defer("number__remote_data", "number__eligible_messaging_products")
        .order_by("number__phone_number", "pk")
    )
    may_change = user.has_perm(page.CHANGE)
    parts = [_part(name, lines, may_change) for name in TITLES]
    shown = [part for part in parts if part.rows]
    under_way = sum(line.entry is not None and line.entry.is_open() for line in lines)
    return {
        "bulk": bulk,
        "what": what(bulk.asks()),
        "parts": shown,
        "total": len(lines),
        "counts": {part.name: len(part.rows) for part in parts},
        "under_way": under_way,
        # Only a count for the button; the action itself looks again.
        "not_sent": not_sent(bulk).count() if may_change else 0,
        "may_change": may_change,
        "may_see_outbox": user.has_perm(page.SEE_OUTBOX),
        "is_worker_down": bool(under_way) and not heartbeat.alive(Heartbeat.WORKER),
        "refresh": (SOON if len(lines) <= MANY else LATER) if under_way else None,
    }


def part_of(line: BulkLine) -> str:
    return PARTS[line.entry.state] if line.entry else LEFT_OUT


def _part(name: str, lines: Sequence[BulkLine], may_change: bool) -> Part:
    rows = [_row(line) for line in lines if part_of(line) == name]
    return Part(
        name,
        TITLES[name],
        MEANINGS[name],
        rows,
        len(lines) <= FEW or name in (REFUSED, UNCLEAR, LEFT_OUT),
        may_change and name in AGAIN,
    )


def _row(line: BulkLine) -> Row:
    number, url = display_number(line.number.phone_number) or str(line.number), page.page_url(line.number)
    if line.entry is None:
        words = BulkLine.LeftOut(line.left_out).label
        return Row(number, url, Group.CLOSED, _("Left out"), words, [], "")
    told = outbox_words.entry_line(line.entry, page.SEEN)
    text: Words = told.reason
    if line.entry.state == State.REFUSED and not told.errors:
        text = text or _("Telnyx gave no reason.")
    return Row(number, url, told.group, told.status, text, told.errors, told.url)


def address(bulk: BulkChange) -> str:
    return reverse("admin:hosted_hostednumber_bulk", args=[bulk.pk])
