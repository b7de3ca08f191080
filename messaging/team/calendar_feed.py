"""A person's due dates as calendar programs read them (RFC 5545).

It shows what the page "Waiting for us" shows, as far as it has a due date and is this person's business. It is read
without a login, so it holds no contacts, no numbers and no words of Telnyx.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from icalendar import Alarm, Calendar, Event

from messaging.desk import home
from messaging.desk.home import Waiting
from messaging.mirror import clock
from messaging.mirror.masking import starts_of, without_personal
from messaging.mirror.wording import Words
from messaging.models import CalendarLink

from . import approvals, kinds

# Due dates that are shown: those nearest to now.
MOST = 500
REMIND_BEFORE = timedelta(days=1)
# How often calendar programs are asked to read it again. Most decide themselves.
READ_EVERY = timedelta(hours=1)

APPROVE = gettext_lazy("It waits for your approval.")
WITH_YOU = gettext_lazy("It is with you.")
FREE = gettext_lazy("Nobody has taken it yet.")


@dataclass(frozen=True)
class Due:
    """One due date: which record, in words that say nothing about people."""

    uid: str
    at: datetime
    summary: str
    text: str
    url: str

    def mark(self) -> str:
        """Return what is different for every other content."""
        said = "\n".join([self.at.isoformat(), self.summary, self.text, self.url])
        return sha256(said.encode()).hexdigest()[:16]


def feed(link: CalendarLink, base: str) -> bytes:
    """Return the calendar of a link's person; `base` is the address of this desk. A fixed number of queries."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//telnyx-desk//Due dates//EN")
    calendar.add("x-wr-calname", _("telnyx-desk: due dates"))
    calendar.add("refresh-interval", READ_EVERY, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    shown = due_dates(link.user, base, with_free=link.with_free)
    versions = _versions(link, shown)
    for due in shown:
        calendar.add_component(_event(due, *versions[due.uid][1:]))
    return calendar.to_ical()


def due_dates(user: User, base: str, *, with_free: bool) -> list[Due]:
    """Return what this person has to do by when, the nearest dates first, at most MOST."""
    waiting = [each for section in home.sections(user) for each in section.waiting]
    now = clock.now()
    found: dict[tuple[str, str], tuple[timedelta, Words]] = {}
    for why, some in _shares(user, waiting, with_free=with_free):
        for distance, kind, key in home.nearest(some, now, MOST):
            found.setdefault((kind, key), (distance, why))
    first = sorted(found, key=lambda each: (found[each][0], each))[:MOST]
    items = home.items_of(waiting, first)
    nouns = {each.kind: _noun(each) for each in waiting}
    host = urlsplit(base).hostname
    return [
        Due(
            uid=f"{kind}-{key}@{host}",
            at=item.due_at.astimezone(UTC).replace(microsecond=0),
            summary=_summary(item, key, nouns[kind]),
            text=_("%(why)s Open it in the desk to see what to do: %(url)s")
            % {"why": found[kind, key][1], "url": base + item.url},
            url=base + item.url,
        )
        for kind, key in first
        if (item := items.get((kind, key))) and item.due_at
    ]


def _shares(user: User, waiting: Iterable[Waiting], *, with_free: bool) -> list[tuple[Words, list[Waiting]]]:
    """Return why a calendar shows something, with what it shows for that reason."""
    to_approve, own, free = [], [], []
    for each in waiting:
        kind = kinds.get(each.model())
        if kind is None:  # nobody can have it
            free.append(each)
            continue
        if kind.approve and user.has_perm(kind.approve):
            to_approve.append(_only(each, approvals.may_decide(kind.model, user)))
        own.append(_only(each, Q(assigned_to=user)))
        free.append(_only(each, Q(assigned_to=None)))
    return [(APPROVE, to_approve), (WITH_YOU, own), *([(FREE, free)] if with_free else [])]


def _only(waiting: Waiting, which: Q) -> Waiting:
    return replace(waiting, rows=[rows.filter(which) for rows in waiting.rows])


def _noun(waiting: Waiting) -> str:
    kind = kinds.get(waiting.model())
    return str(kind.model._meta.verbose_name) if kind else ""


def _summary(item: home.Item, key: str, noun: str) -> str:
    # The beginning of an id, by which some records go, isn't a number even if it has only digits.
    name = without_personal(item.outside or item.title, ours=starts_of(key))
    said = {"status": item.status, "name": name, "kind": noun}
    return (_("%(status)s: %(name)s (%(kind)s)") if noun else _("%(status)s: %(name)s")) % said


def _versions(link: CalendarLink, shown: Iterable[Due]) -> dict[str, list]:
    """Return mark, SEQUENCE and time of the last change for each event, and remember them for the next time."""
    now = clock.now().replace(microsecond=0).isoformat()
    versions = {}
    for due in shown:
        before, mark = link.sent.get(due.uid), due.mark()
        versions[due.uid] = before if before and before[0] == mark else [mark, link.revision, now]
    if versions != link.sent:
        # Whoever read it at the same time wrote the same.
        CalendarLink.objects.filter(pk=link.pk, revision=link.revision).update(
            sent=versions, revision=F("revision") + 1
        )
    return versions


def _event(due: Due, sequence: int, changed: str) -> Event:
    """Return the event: a moment, which blocks no time of the day, with a reminder on the day before."""
    event = Event()
    event.add("uid", due.uid)
    # Without a METHOD this is when the event was last revised (RFC 5545, 3.8.7.2).
    event.add("dtstamp", datetime.fromisoformat(changed))
    event.add("last-modified", datetime.fromisoformat(changed))
    event.add("sequence", sequence)
    event.add("dtstart", due.at)
    event.add("summary", due.summary)
    event.add("description", due.text)
    event.add("url", due.url)
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", due.summary)
    alarm.add("trigger", -REMIND_BEFORE)
    event.add_component(alarm)
    return event
