"""Find what people are to be told, from the rows as they are: a sweep that may run twice, late, or after a crash.

Nothing is remembered but the notices, so whichever way a row came to be as it is (a webhook, an answer, a poll, a
person), it is found, and a notice about what is no longer so counts as read. Only a note that mentions someone and a
question for approval make their notices themselves.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q

from messaging.desk.turns import Group
from messaging.mirror import clock, health, heartbeat, locks
from messaging.mirror.checkup import Checkup
from messaging.mirror.models import Heartbeat, OutboxEntry, StatusChange
from messaging.models import Message, Notice
from messaging.team import kinds as work
from messaging.team.people import who_may

from . import awaited, events, holders, kinds, over, post, sender_jumps, tell, wishes
from .kinds import Kind

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
# What has been so for longer is no news: it was so before this desk told anyone, or came with an import.
NEWS = timedelta(days=7)
# For how long after its due date a record is still told of.
OVERDUE = timedelta(days=14)
MOST = 500
# How much good news is told at once: it can wait, and a desk that was just updated may have much of it.
MOST_GOOD_NEWS = 100
# For how long after somebody did something with a record they're taken to be at work on it.
AT_WORK = timedelta(minutes=5)
# Longer than a deploy takes.
WORKER_GONE = timedelta(minutes=2)
RESOLVE = "mirror.resolve_outboxentry"


def look(now: datetime | None = None) -> None:
    """Make the notices for everything that is so now. One process at a time; if one finder fails, the others run."""
    with locks.alone(locks.NOTICING) as mine:
        if mine:
            _run([work_waits, work_is_done, decisions, over.mark, silent, key_refused], now or clock.now())


def look_at_senders(now: datetime | None = None) -> None:
    """The same for senders, which costs more to find out."""
    _run([senders], now or clock.now())


def watch_the_worker() -> None:
    """The same for the worker, by beat: whoever is gone can't tell, so beat also sends it."""
    _run([worker_gone], clock.now())
    post.post(seconds=5, which=Q(notice__kind=kinds.WORKER.id))


def _run(finders: Iterable[Callable[[datetime], None]], now: datetime) -> None:
    for finder in finders:
        try:
            finder(now)
        except Exception as error:
            # Only the error's class: its text may hold a number.
            logger.error("Notices: %s failed (%s).", finder.__name__, type(error).__name__)


def work_waits(now: datetime) -> None:
    """Tell of records that became our turn, whose time is half over, or that are due within a day or overdue."""
    for kind in work.every():
        found: list[Event] = []
        for group in (Group.NEEDS_US, Group.APPROVAL):
            for part in kind.waiting(group):
                rows = part.filter(
                    Q(its_since__gt=now - NEWS) | Q(its_due__gt=now - OVERDUE), its_since__lte=now
                )
                # The newest first: what is cut off is found once these are told.
                found += [each for row in rows.order_by("-its_since") for each in _events(row, group, now)]
        _tell_holders(kind, found, now)


Event = tuple[Kind, str, datetime, datetime | None]


def _events(row: Sequence[Any], group: Group, now: datetime) -> list[Event]:
    """Return what there is to tell of a record: the kind, its id, since when it waits, the due date."""
    _kind, key, _rank, due, since = row
    found: list[Event] = []
    # Who approves is told by the question itself.
    if group == Group.NEEDS_US and (since > now - NEWS or (due and due > now)):
        found.append((kinds.OUR_TURN, key, since, due))
    if due is None:
        return found
    if due - DAY <= now:
        found.append((kinds.LAST_DAY, key, since, due))
    elif since + (due - since) / 2 <= now:
        found.append((kinds.HALF, key, since, due))
    return found


def _tell_holders(kind: work.Kind, found: Sequence[Event], now: datetime) -> None:
    if not found:
        return
    named = {
        events.of_turn(what, kind.model, key, since, due): (what, key, due) for what, key, since, due in found
    }
    keys = {key for _what, key, _due in named.values()}
    have = holders.of(kind, keys)
    wish = wishes.of_each([*have.may_view.values(), *have.may_change])
    told = _told(named)
    busy = _at_work(kind.model, keys, now)
    again: list[UUID] = []
    made = 0
    for event, (what, key, due) in named.items():
        people = [
            user
            for user in have.told_of(key)
            if wishes.choice(wish[user.pk], what).is_any()
            and not (what is kinds.OUR_TURN and (key, user.pk) in busy)
        ]
        again += [ended for user in people if (ended := told[event].get(user.pk))]
        if made < MOST and any(user.pk not in told[event] for user in people):
            made += 1
            tell.tell(what, event, people, about_id=(kind.model, key), at=due, now=now)
        if what.repeats and told[event]:
            _repeat(event, people, now)
    over.again(again)


def _told(named: Collection[str]) -> dict[str, dict[int, UUID | None]]:
    """Return who was told of each event, with the notice if it is over for them."""
    told: dict[str, dict[int, UUID | None]] = defaultdict(dict)
    rows = Notice.objects.filter(event__in=named).order_by()
    for pk, event, user_id, over_at in rows.values_list("pk", "event", "user", "over_at"):
        told[event][user_id] = pk if over_at else None
    return told


def work_is_done(now: datetime) -> None:
    """Tell of records that were waited for and are done: verified, or live."""
    for kind in awaited.every():
        done = {str(row.pk): (row, at) for row, at in kind.newest(now - NEWS, MOST)}
        if not done:
            continue
        facts: dict[str, list[StatusChange]] = defaultdict(list)
        of = ContentType.objects.get_for_model(kind.model)
        history = StatusChange.objects.filter(resource_type=of, resource_id__in=done).order_by()
        for fact in history:
            facts[str(fact.resource_id)].append(fact)
        # Not by the time: that changes when we learn of an earlier fact that says the same.
        named = {
            events.of_record(kinds.DONE, kind.model, key, kind.times(facts[key], kind.status)): key
            for key in done
        }
        told = _told(named)
        over.again([ended for by_user in told.values() for ended in by_user.values() if ended])
        new = {event: key for event, key in named.items() if not told[event]}
        may_view = {user.pk: user for user in who_may(kind.view)} if new else {}
        wish = wishes.of_each(list(may_view.values()))
        asked = _submitters(kind, new.values())
        busy = _at_work(kind.model, new.values(), now)
        news = []
        for event, key in new.items():
            row, at = done[key]
            near = (getattr(row, "assigned_to_id", None), asked.get(key))
            who = next((may_view[user] for user in near if user in may_view), None)
            if who and (key, who.pk) not in busy and wishes.choice(wish[who.pk], kinds.DONE).is_any():
                news.append((event, who, key, at))
        for event, who, key, at in news[:MOST_GOOD_NEWS]:
            tell.tell(kinds.DONE, event, [who], about_id=(kind.model, key), at=at, now=now)


def _submitters(kind: awaited.Awaited, keys: Collection[str]) -> dict[str, int | None]:
    """Return who submitted each of these records last."""
    sent = OutboxEntry.objects.filter(
        resource_type=ContentType.objects.get_for_model(kind.model),
        resource_id__in=keys,
        operation__in=kind.sent_by,
        requested_by__isnull=False,
    )
    newest = sent.order_by("resource_id", "-created_at").distinct("resource_id")
    return {str(key): user for key, user in newest.values_list("resource_id", "requested_by")}


def _at_work(model: type[Model], keys: Collection[str], now: datetime) -> set[tuple[str, int | None]]:
    """Return who did something with which of these records a moment ago: they see its steps as they come.

    If it's still our turn a while after what they did last, they are told like everyone.
    """
    of = ContentType.objects.get_for_model(model)
    since = now - AT_WORK
    did = LogEntry.objects.filter(content_type=of, object_id__in=keys, action_time__gt=since)
    sent = OutboxEntry.objects.filter(resource_type=of, resource_id__in=keys, created_at__gt=since)
    found = {*did.values_list("object_id", "user"), *sent.values_list("resource_id", "requested_by")}
    return {(str(key), user) for key, user in found}


def _repeat(event: str, people: Collection[User], now: datetime) -> None:
    """Send a notice again that nobody acknowledged, while it is still so."""
    with transaction.atomic():
        rows = Notice.objects.select_for_update(of=("self",), skip_locked=True).filter(
            event=event, user__in=[user.pk for user in people], acknowledged_at=None, repeat_at__lte=now
        )
        again = []
        for notice in rows.select_related("user"):
            notice.repeats, notice.repeat_at, notice.read_at = notice.repeats + 1, now + DAY, None
            notice.save(update_fields=["repeats", "repeat_at", "read_at"])
            wish = wishes.of(notice.user)
            again.append((notice, wish, wishes.choice(wish, kinds.BY_ID[notice.kind])))
        tell.send_out(again, now)


def decisions(now: datetime) -> None:
    """Tell of requests to Telnyx whose outcome only a person can settle."""
    waiting = OutboxEntry.objects.filter(state=OutboxEntry.State.NEEDS_PERSON).defer("body")
    rows = waiting.select_related("requested_by").order_by("-created_at")[:MOST]
    named = {events.of_entry(entry): entry for entry in rows}
    told = set(Notice.objects.filter(event__in=named).values_list("event", flat=True))
    for event, entry in named.items():
        if event not in told:
            tell.tell(kinds.DECISION, event, _deciders(entry), about=entry, now=now)


def _deciders(entry: OutboxEntry) -> list[User]:
    needed = {RESOLVE, "mirror.view_outboxentry", entry.get_operation().permission_for(entry.resource)} - {""}
    near = [getattr(entry.resource, "assigned_to", None), entry.requested_by]
    for user in near:
        if user and user.is_active and user.is_staff and user.has_perms(needed):
            return [user]
    return [user for user in who_may(RESOLVE) if user.has_perms(needed)]


def silent(now: datetime) -> None:
    """Tell once for each silence that no webhook came for NOTICE_WEBHOOK_SILENT_HOURS."""
    hours = settings.NOTICE_WEBHOOK_SILENT_HOURS
    if not hours:
        return
    last = Checkup().last_webhook
    if last and last.last_received_at < now - timedelta(hours=hours):
        since = last.last_received_at
        _tell_some(kinds.SILENT, f"silent:{since.isoformat()}", now, at=since)


def key_refused(now: datetime) -> None:
    """Tell that Telnyx refuses our key, once for each time the account's breaker closes."""
    since = health.read().key_refused_at
    if since:
        _tell_some(kinds.KEY, f"key:{since.isoformat()}", now, at=since)


def worker_gone(now: datetime) -> None:
    """Tell that no worker works, once for each time."""
    last = Heartbeat.objects.filter(name=Heartbeat.WORKER).values_list("seen_at", flat=True).first()
    if last and last < now - max(WORKER_GONE, heartbeat.LATE):
        _tell_some(kinds.WORKER, f"worker:{last.isoformat()}", now, at=last)


def senders(now: datetime) -> None:
    """Tell of senders of whose messages far more fail than usual, once until each recovers."""
    for alert in sender_jumps.opened(now):
        about = (Message, str(alert.first_message_id))
        _tell_some(kinds.SENDER, sender_jumps.event_of(alert), now, at=alert.opened_at, about_id=about)


def _tell_some(kind: Kind, event: str, now: datetime, **more: Any) -> None:
    by_default = set(who_may(kind.by_default).values_list("pk", flat=True))
    tell.tell(kind, event, who_may(kind.may), by_default=by_default, now=now, **more)
