"""Put numbers of the account on a profile: what would happen to each, one request for all, and its results."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import outbox_words, undoing
from messaging.desk.pages import NotAllowed
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.models import MessagingProfile, NumberAssignment, Reading
from messaging.telnyx.client import path
from messaging.validators import display_number

from . import page
from .operations import ASSIGNMENTS, NUMBERS_OF

MOST = 500
# How soon Telnyx is asked again about numbers it is still working on: at first, and after so long.
SOON, LATER, AT_FIRST = timedelta(seconds=10), timedelta(minutes=10), timedelta(minutes=10)
Result = NumberAssignment.Result

# Which of these numbers have their settings elsewhere at the desk, each with the address of its page.
Elsewhere = Callable[[Sequence[str]], Mapping[str, str]]
_elsewhere: list[Elsewhere] = []
# The address where these of them are changed all at once, or "" if this person may not or there are too many.
Together = Callable[[Sequence[str], User], str]
_together: list[Together] = []


def leave_to(function: Elsewhere, together: Together) -> None:
    """Register `function` to say which numbers are changed on pages of their own, and `together` where many are."""
    _elsewhere.append(function)
    _together.append(together)


def together(numbers: Sequence[str], user: User) -> list[str]:
    """Return the addresses where numbers that were left out are changed at once."""
    return [url for function in _together if (url := function(numbers, user))] if numbers else []


class ChangedMeanwhile(Exception):
    """Something else than what the page showed would happen now."""


@dataclass(frozen=True)
class Planned:
    """What happens to one number: `before` is the id of the profile that lists it now, "" for none we know."""

    number: str
    shown: str
    before: str
    now: Words
    left_out: Words = ""
    url: str = ""


def plan(profile: MessagingProfile, numbers: Sequence[str]) -> list[Planned]:
    """Return what would happen to each number. A fixed number of queries."""
    held, names = _holders(), _names()
    elsewhere = {number: url for function in _elsewhere for number, url in function(numbers).items()}
    busy = _busy()
    rows = []
    for number in numbers:
        before = held.get(number, "")
        why: Words = ""
        if number in elsewhere:
            why = _("It is a hosted number: change its profile under “Hosted numbers”.")
        elif before == profile.remote_id:
            why = _("It is already on this profile.")
        elif number in busy:
            why = _("Another request about it is on its way.")
        now = names.get(before) or before or _("On no profile that we know of")
        rows.append(Planned(number, display_number(number), before, now, why, elsewhere.get(number, "")))
    return rows


def _names() -> dict[str, str]:
    rows = MessagingProfile.objects.filter(remote_id__isnull=False).values_list("remote_id", "name")
    return {remote_id or "": name or remote_id or "" for remote_id, name in rows}


def _addresses() -> dict[str, str]:
    """Return the address of each profile's list of numbers, with the profile's id."""
    ids = MessagingProfile.at_telnyx().values_list("remote_id", flat=True)
    return {path(NUMBERS_OF, id=id or ""): id or "" for id in ids}


def _holders() -> dict[str, str]:
    """Return for each number on a profile that profile's id, as the worker last read the lists."""
    addresses = _addresses()
    found = {}
    for reading in Reading.objects.filter(address__in=addresses):
        for record in reading.records():
            if isinstance(record.get("phone_number"), str):
                found[record["phone_number"]] = addresses[reading.address]
    return found


def lists_coming() -> int:
    """Have the lists of all profiles read that are old or unknown; return of how many the answer is awaited."""
    return sum(reading.is_coming() for reading in Reading.all_of(_addresses(), fresh_for=page.FRESH))


def _busy() -> set[str]:
    moving = NumberAssignment.objects.exclude(entry__state__in=OutboxEntry.ENDED)
    return {number for numbers in moving.values_list("numbers", flat=True) for number in numbers}


def fingerprint(rows: Sequence[Planned]) -> str:
    """Return what tells whether a plan is still the one that a page showed."""
    told = [(row.number, row.before, bool(row.left_out)) for row in rows]
    return sha256(repr(told).encode()).hexdigest()[:16]


def start(
    profile: MessagingProfile, numbers: Sequence[str], *, by: User, seen: str, form_token: str
) -> NumberAssignment:
    """Promise one request for all numbers that are not left out.

    Raise NotAllowed, ChangedMeanwhile or AlreadyPromised.
    """
    with transaction.atomic():
        locked = profile.lock()
        earlier = OutboxEntry.objects.filter(form_token=form_token).first()
        if earlier:
            raise outbox.AlreadyPromised(earlier)
        if not locked.is_there():
            raise NotAllowed(_("The profile isn't at Telnyx."))
        entries = outbox.entries(locked).exclude(state__in=OutboxEntry.ENDED)
        if entries.filter(operation="assign_numbers").exists():
            raise NotAllowed(_("Other numbers are being put on this profile. Wait until that is done."))
        rows = plan(locked, numbers)
        if fingerprint(rows) != seen:
            raise ChangedMeanwhile
        moving = {row.number: row.before for row in rows if not row.left_out}
        if not moving:
            raise NotAllowed(_("There is nothing to send."))
        entry = outbox.add(
            locked, "assign_numbers", requested_by=by, form_token=form_token, numbers=list(moving)
        )
        return NumberAssignment.objects.create(entry=entry, profile=locked, numbers=moving)


# What became of it.


def page_url(made: NumberAssignment) -> str:
    return reverse("admin:messaging_messagingprofile_assigned", args=[made.profile_id, made.pk])


def recent(profile: MessagingProfile, most: int = 3) -> list[NumberAssignment]:
    rows = NumberAssignment.objects.filter(profile=profile).select_related("entry__requested_by")
    return list(rows.order_by("-entry__created_at")[:most])


@dataclass(frozen=True)
class Row:
    """One number, where it was, and what became of it."""

    number: str
    before: Words
    group: str
    result: Words


GROUPS: Mapping[str, str] = {Result.SUCCESS: "done", Result.PENDING: "under_way", Result.FAILED: "needs_us"}


def context(made: NumberAssignment, user: User) -> dict[str, Any]:
    """Return what the page about one assignment shows; while Telnyx works on it, it is asked again."""
    entry, names = made.entry, _names()
    reading = _ask_again(made)
    rows = [_row(made, number, before, names) for number, before in sorted(made.numbers.items())]
    results = list(made.results.values())
    waits = Result.PENDING in results and reading is not None and not reading.error
    return {
        "record": made.profile,
        "made": made,
        "ours": outbox_words.entry_line(entry, page.SEEN),
        "undo": undoing.offered(entry, user),
        "rows": rows,
        "failed": results.count(Result.FAILED),
        "done": results.count(Result.SUCCESS),
        "error": reading.error if reading else "",
        "see_outbox": user.has_perm(page.SEE_OUTBOX),
        "refresh": page.SOON if entry.is_open() or waits else None,
    }


def _ask_again(made: NumberAssignment) -> Reading | None:
    if Result.PENDING not in made.results.values() or not made.order_id:
        return None
    began = made.entry.resolved_at or made.entry.created_at
    fresh = SOON if clock.now() - began < AT_FIRST else LATER
    reading = Reading.of(path(ASSIGNMENTS + "/{id}", id=made.order_id), Reading.Shape.ONE, fresh_for=fresh)
    if reading.as_of:
        made.take(reading.data, reading.as_of)
    return reading


def _row(made: NumberAssignment, number: str, before: str, names: Mapping[str, str]) -> Row:
    group, result = _result(made, number)
    was = names.get(before) or before or _("On no profile that we know of")
    return Row(display_number(number), was, group, result)


def _result(made: NumberAssignment, number: str) -> tuple[str, Words]:
    entry = made.entry
    if entry.state != OutboxEntry.State.ACCEPTED:
        return outbox_words.ENTRY_GROUPS[entry.state], entry.get_state_display()
    found = made.results.get(number)
    if found is None:
        return "unsure", _("Telnyx's answer doesn't mention it")
    return GROUPS[found], Result(found).label
