"""A request's state, in two lines that are never mixed: what our side did, and what Telnyx says."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from messaging.desk.show import clock
from messaging.desk.turns import ASKS_DECISION, IN_REVIEW, OURS, Group, Turn
from messaging.mirror.clock import now
from messaging.mirror.masking import without_personal
from messaging.mirror.models import OutboxEntry, SyncState
from messaging.mirror.outbound import resolve
from messaging.mirror.wording import Words

from .models import VerificationRequest
from .turns import WAITING

Entry = OutboxEntry.State

# Seconds between refreshes of a page: while something is in progress here, and while Telnyx reviews.
SOON, NOW_AND_THEN = 2, 5
# An answer that a person asked for should arrive within this time; after that it is polled like any other.
ANSWER_EXPECTED = timedelta(minutes=1)


@dataclass(frozen=True)
class Side:
    """One state line: a group for its look, a status, a sentence, and since when."""

    group: str
    status: Words
    words: Words = ""
    at: datetime | None = None


def our_side(request: VerificationRequest, entry: OutboxEntry | None) -> Side:
    """Return the last thing our side did; `entry` is the newest promise."""
    if request.waits_for_approval() and not request.is_under_way() and not request.gone_at:
        return Side(WAITING.group, WAITING.group.label, WAITING.words)
    if entry is not None:
        return BY_ENTRY[Entry(entry.state)](entry)
    if request.remote_id:
        return Side(Group.CLOSED, _("Imported"), _("It wasn't sent from here; we found it at Telnyx."))
    return Side(Group.DRAFT, _("Draft"), _("Not submitted yet."))


def telnyx_side(request: VerificationRequest) -> Turn:
    """Return what Telnyx's status means, as if nothing were open or refused on our side."""
    quiet = copy.copy(request)
    quiet.sync_state, quiet.asked_version = SyncState.ACCEPTED, None
    return quiet.turn()


def line(request: VerificationRequest) -> str:
    """Return the short line below the chip in lists: what to do, by when, or what happens."""
    turn = request.turn()
    if turn.group == Group.DECISION:
        return str(ASKS_DECISION)
    if turn.group == Group.DONE and request.remote_status_at:
        return _("Verified on %(date)s.") % {"date": date_format(localtime(request.remote_status_at))}
    return time_left(turn, request.turn_since()) or str(turn.words)


def time_left(turn: Turn, since: datetime) -> str:
    """Return the clock of a turn in words: "Day 2 of the usual 5 days", or how long we still have to answer."""
    due = turn.due_at(since)
    if turn.clock is None or due is None:
        return ""
    at = now()
    if turn.group not in OURS:
        day, days = turn.days_since(since, at), turn.clock.days
        first, usual, late = IN_BUSINESS_DAYS if turn.business_days else IN_DAYS
        words = first if day < 1 else usual if day <= days else late
        return words % {"day": day, "days": days}
    if due < at:
        return _("Our answer was due %(at)s") % {"at": clock(due)}
    return _("Answer by %(at)s") % {"at": clock(due)}


def timing(turn: Turn, since: datetime) -> str:
    """Return the clock of a turn as sentences that say what happens when it runs out."""
    due, left = turn.due_at(since), time_left(turn, since)
    if due is None:
        return ""
    if turn.group not in OURS and due < now():
        words = _("%(left)s. It is usually done by now (%(at)s): ask Telnyx support why it is taking longer.")
    elif turn.group not in OURS:
        words = _("%(left)s. Usually done by %(at)s; if it takes longer, ask Telnyx support.")
    elif due < now():
        words = _("%(left)s. The carriers may close the request any day; Telnyx gives no fixed time.")
    else:
        words = ngettext(
            "%(left)s. After %(days)s day the carriers may close the request; Telnyx gives no fixed time.",
            "%(left)s. After %(days)s days the carriers may close the request; Telnyx gives no fixed time.",
            settings.TOLLFREE_ANSWER_DAYS,
        )
    return words % {"left": left, "at": clock(due), "days": settings.TOLLFREE_ANSWER_DAYS}


def refresh_seconds(request: VerificationRequest, entry: OutboxEntry | None) -> int | None:
    """Return how often a page about this request should refresh, or None if nothing changes by itself.

    The request was loaded a moment before its promises, so only one of them may show the answer yet; both must.
    """
    if request.is_under_way() or (entry is not None and entry.is_open()):
        return SOON
    if request.gone_at:
        return None
    asked = request.next_poll_at
    if asked and request.poll_because == "person" and now() - asked < ANSWER_EXPECTED:
        return SOON
    return NOW_AND_THEN if request.remote_id and telnyx_side(request).group in IN_REVIEW else None


def _queued(entry: OutboxEntry) -> Side:
    words: Words = _("It will be sent in a moment.")
    if entry.waits_for_undo():
        words = ""  # said by the countdown (templates/desk/undo.html)
    elif entry.reason and entry.not_before > now():
        words = _("%(reason)s Next try %(time)s (try %(number)s).") % {
            "reason": without_personal(entry.reason),
            "time": clock(entry.not_before),
            "number": entry.attempts_made + 1,
        }
    return Side(Group.UNDER_WAY, _("Queued"), words, entry.created_at)


def _blocked(entry: OutboxEntry) -> Side:
    words = _("Sending is paused. Nothing is lost: it goes out automatically as soon as sending resumes.")
    return Side(Group.UNDER_WAY, _("Queued"), words, entry.created_at)


def _sending(entry: OutboxEntry) -> Side:
    return Side(Group.UNDER_WAY, _("Sending"), _("It is on its way to Telnyx."), entry.claimed_at)


def _unsure(entry: OutboxEntry) -> Side:
    words = UNSURE_NEXT if entry.not_before > now() else UNSURE_NOW
    return Side(
        Group.UNSURE,
        _("Checking with Telnyx"),
        str(words) % {"time": clock(entry.not_before), "times": resolve.MOST_SENDS},
        entry.send_started_at,
    )


def _needs_person(entry: OutboxEntry) -> Side:
    words = without_personal(entry.reason) or _("We couldn't find out what happened to it.")
    return Side(Group.DECISION, _("Needs your decision"), words, entry.send_started_at or entry.created_at)


def _accepted(entry: OutboxEntry) -> Side:
    status = DELETED if entry.operation == "delete" else ACCEPTED
    words = FOUND if entry.resolution != OutboxEntry.Resolution.ANSWERED else ""
    return Side(Group.DONE, _timed(status, entry.resolved_at), words, entry.resolved_at)


def _refused(entry: OutboxEntry) -> Side:
    words = NOTHING_HAPPENED[entry.operation]
    return Side(Group.NEEDS_US, _timed(REFUSED, entry.resolved_at), words, entry.resolved_at)


def _cancelled(entry: OutboxEntry) -> Side:
    words = TAKEN_BACK if entry.was_taken_back() else WITHDRAWN
    return Side(
        Group.CLOSED, _timed(words, entry.resolved_at), without_personal(entry.reason), entry.resolved_at
    )


def _timed(words: Words, at: datetime | None) -> str:
    return str(words) % {"time": clock(at) if at else ""}


# Before a whole day has passed, while it takes the usual time, and when it takes longer.
IN_BUSINESS_DAYS = (
    ngettext_lazy("Usually takes %(days)s business day", "Usually takes %(days)s business days", "days"),
    ngettext_lazy(
        "Day %(day)s of the usual %(days)s business day",
        "Day %(day)s of the usual %(days)s business days",
        "days",
    ),
    ngettext_lazy(
        "Business day %(day)s; %(days)s is usual", "Business day %(day)s; %(days)s are usual", "days"
    ),
)
IN_DAYS = (
    ngettext_lazy("Usually takes %(days)s day", "Usually takes %(days)s days", "days"),
    ngettext_lazy("Day %(day)s of the usual %(days)s day", "Day %(day)s of the usual %(days)s days", "days"),
    ngettext_lazy("Day %(day)s; %(days)s is usual", "Day %(day)s; %(days)s are usual", "days"),
)

ACCEPTED = gettext_lazy("Received by Telnyx %(time)s")
DELETED = gettext_lazy("Deleted at Telnyx %(time)s")
REFUSED = gettext_lazy("Refused by Telnyx %(time)s")
WITHDRAWN = gettext_lazy("Withdrawn %(time)s")
TAKEN_BACK = gettext_lazy("Taken back %(time)s")
UNSURE_NEXT = gettext_lazy(
    "We're checking whether Telnyx received it. You don't need to do anything: we look for it at Telnyx next at "
    "%(time)s, and if it isn't there, it is sent again automatically. A person is asked, here and under “My work”, "
    "only if Telnyx has something else for these numbers, or still doesn't have it after it was sent %(times)s times."
)
UNSURE_NOW = gettext_lazy(
    "We're checking whether Telnyx received it. You don't need to do anything: we are looking for it at Telnyx right "
    "now, and if it isn't there, it is sent again automatically. A person is asked, here and under “My work”, only if "
    "Telnyx has something else for these numbers, or still doesn't have it after it was sent %(times)s times."
)
FOUND = gettext_lazy("The answer was lost, but we found the request at Telnyx.")

NOTHING_HAPPENED: Mapping[str, Words] = {
    "create": gettext_lazy("Nothing was registered."),
    "update": gettext_lazy("Nothing was changed at Telnyx."),
    "delete": gettext_lazy("Nothing was deleted at Telnyx."),
}

BY_ENTRY: Mapping[str, Callable[[OutboxEntry], Side]] = {
    Entry.QUEUED: _queued,
    Entry.BLOCKED: _blocked,
    Entry.SENDING: _sending,
    Entry.UNSURE: _unsure,
    Entry.NEEDS_PERSON: _needs_person,
    Entry.ACCEPTED: _accepted,
    Entry.REFUSED: _refused,
    Entry.CANCELLED: _cancelled,
}
