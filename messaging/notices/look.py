"""Find what people are to be told, from the rows as they are: a sweep that may run twice, late, or after a crash.

Nothing is remembered but the notices, so whichever way a row came to be as it is (a webhook, an answer, a poll, a
person), it is found. Only a note that mentions someone and a question for approval make their notices themselves.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q

from messaging.desk.turns import Group
from messaging.mirror import clock, health, heartbeat, locks
from messaging.mirror.checkup import Checkup
from messaging.mirror.models import Heartbeat, OutboxEntry
from messaging.models import Message, Notice
from messaging.team import kinds as work
from messaging.team.people import who_may

from . import kinds, post, sender_jumps, tell, wishes
from .kinds import Kind

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
# What has been so for longer is no news: it was so before this desk told anyone, or came with an import.
NEWS = timedelta(days=7)
# For how long after its due date a record is still told of.
OVERDUE = timedelta(days=14)
MOST = 500
# For how long after somebody did something with a record they're taken to be at work on it.
AT_WORK = timedelta(minutes=5)
# Longer than a deploy takes.
WORKER_GONE = timedelta(minutes=2)
RESOLVE = "mirror.resolve_outboxentry"


def look(now: datetime | None = None) -> None:
    """Make the notices for everything that is so now. One process at a time; if one finder fails, the others run."""
    with locks.alone(locks.NOTICING) as mine:
        if mine:
            _run([work_waits, decisions, silent, key_refused], now or clock.now())


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
        events = []
        for group in (Group.NEEDS_US, Group.APPROVAL):
            for part in kind.waiting(group):
                rows = part.filter(
                    Q(its_since__gt=now - NEWS) | Q(its_due__gt=now - OVERDUE), its_since__lte=now
                )
                # The newest first: what is cut off is found once these are told.
                events += [each for row in rows.order_by("-its_since") for each in _events(row, group, now)]
        _tell_holders(kind, events, now)


Event = tuple[Kind, str, str, datetime | None]


def _events(row: Sequence[Any], group: Group, now: datetime) -> list[Event]:
    """Return what there is to tell of a record: the kind, its id, what makes the event one of its own, the due date."""
    _kind, key, _rank, due, since = row
    found: list[Event] = []
    # Who approves is told by the question itself.
    if group == Group.NEEDS_US and (since > now - NEWS or (due and due > now)):
        found.append((kinds.OUR_TURN, key, f"{since.isoformat()}/{due.isoformat() if due else ''}", due))
    if due is None:
        return found
    if due - DAY <= now:
        found.append((kinds.LAST_DAY, key, due.isoformat(), due))
    elif since + (due - since) / 2 <= now:
        found.append((kinds.HALF, key, due.isoformat(), due))
    return found


def _tell_holders(kind: work.Kind, events: Sequence[Event], now: datetime) -> None:
    if not events:
        return
    named = {
        f"{what.id}:{kind.model._meta.label_lower}:{key}:{mark}": (what, key, due)
        for what, key, mark, due in events
    }
    rows = kind.model.objects.filter(pk__in={key for _what, key, _due in named.values()})
    holders = {str(pk): holder for pk, holder in rows.order_by().values_list("pk", "assigned_to")}
    may_view = {user.pk: user for user in who_may(kind.view)}
    may_change = list(who_may(kind.change))
    wish = wishes.of_each([*may_view.values(), *may_change])
    told: dict[str, set[int]] = defaultdict(set)
    for event, user_id in Notice.objects.filter(event__in=named).values_list("event", "user"):
        told[event].add(user_id)
    busy = _at_work(kind, {key for _what, key, _due in named.values()}, now)
    made = 0
    for event, (what, key, due) in named.items():
        # The work of someone who left or lost the right is nobody's, as far as telling goes.
        holder = may_view.get(holders.get(key) or 0)
        people = [
            user
            for user in ([holder] if holder else may_change)
            if wishes.choice(wish[user.pk], what).is_any()
            and not (what is kinds.OUR_TURN and (key, user.pk) in busy)
        ]
        if made < MOST and any(user.pk not in told[event] for user in people):
            made += 1
            tell.tell(what, event, people, about_id=(kind.model, key), at=due, now=now)
        if what.repeats and told[event]:
            _repeat(event, people, now)


def _at_work(kind: work.Kind, keys: Collection[str], now: datetime) -> set[tuple[str, int | None]]:
    """Return who did something with which of these records a moment ago: they see its steps as they come.

    If it's still our turn a while after what they did last, they are told like everyone.
    """
    of = ContentType.objects.get_for_model(kind.model)
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
    # Sent again by a person, one may come to need another decision.
    events = {
        f"decision:{entry.pk}:{entry.attempts_made}:{entry.sends}": entry
        for entry in waiting.select_related("requested_by").order_by("-created_at")[:MOST]
    }
    told = set(Notice.objects.filter(event__in=events).values_list("event", flat=True))
    for event, entry in events.items():
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
