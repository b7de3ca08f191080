"""Send what is due: emails to people, and posts to rooms, from rows, each in three steps that a crash can't blur.

Claimed: a row belongs to this round, and nothing has left. Sending: from here on it may have left. Then it ends. What a
killed worker left "claimed" is sent later; what it left "sending" is not sent again, because the mail server may have
it, and it says so: the notice is in the desk anyway, and a deadline is repeated.
"""

import logging
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q

from messaging.mirror import clock
from messaging.mirror.failpoints import failpoint
from messaging.models import Notice, NoticeSending
from messaging.models.notices import EMAIL

from . import chat, mail, over, wishes, words
from .kinds import TEST

logger = logging.getLogger(__name__)

State = NoticeSending.State
ALL = Q()
# A task is stopped after 60 s (CELERY_TASK_TIME_LIMIT), so whatever is older has nobody left who works on it.
LEFT_BEHIND = timedelta(seconds=90)
AT_ONCE = 200
MOST_TRIES = 8
FIRST_WAIT = timedelta(seconds=30)


def post(now: datetime | None = None, seconds: float = 20, which: Q = ALL) -> None:
    """Send everything that is due, or only `which` of it, for so many seconds."""
    until = time.monotonic() + seconds
    at = now or clock.now()
    _take_up_what_was_left(at)
    due = NoticeSending.objects.filter(which, state=State.DUE, due_at__lte=at)
    people = due.filter(channel=EMAIL).values_list("channel", "notice__user").order_by().distinct()
    rooms = due.exclude(channel=EMAIL).values_list("channel", flat=True).order_by().distinct()
    for channel, user_id in [*people, *((room, None) for room in rooms)]:
        if time.monotonic() > until:
            return
        try:
            _send(channel, user_id, at, which)
        except Exception as error:
            # Its text may hold an address of a chat.
            logger.error("Notices by %s failed (%s).", "email" if user_id else "chat", type(error).__name__)


def _take_up_what_was_left(now: datetime) -> None:
    left = NoticeSending.objects.filter(claimed_at__lt=now - LEFT_BEHIND)
    left.filter(state=State.CLAIMED).update(state=State.DUE, batch=None, claimed_at=None)
    if unclear := left.filter(state=State.SENDING).update(state=State.UNKNOWN, ended_at=now):
        logger.warning("%s notices may or may not have been sent: a worker was lost with them.", unclear)


def _send(channel: str, user_id: int | None, now: datetime, which: Q) -> None:
    batch = uuid.uuid4()
    notices = _claim(channel, user_id, batch, now, which)
    failpoint("notice_claimed")
    if not notices:
        return
    try:
        if user_id is None:
            if _hand_over(batch):
                chat.send(channel, notices)
        else:
            mail.send(wishes.of(notices[0].user), batch, notices, lambda: _hand_over(batch))
    except (mail.NotHandedOver, chat.NotPosted) as error:
        logger.warning("A notice could not be sent yet (%s %s).", type(error).__name__, _code(error))
        _later(batch, now)
    except mail.Refused as error:
        logger.error("The mail server refuses a notice (%s).", _code(error))
        _end(batch, State.FAILED, now)
    except Exception:
        _end(batch, State.UNKNOWN, now)
        raise
    else:
        failpoint("notice_handed_over")
        _end(batch, State.SENT, now)


def _code(error: Exception) -> str:
    return str(error) if isinstance(error, mail.NotHandedOver | mail.Refused) else ""


def _claim(channel: str, user_id: int | None, batch: uuid.UUID, now: datetime, which: Q) -> list[Notice]:
    """Take what is due for one person or room; what isn't needed any more ends here."""
    with transaction.atomic():
        due = NoticeSending.objects.filter(which, channel=channel, state=State.DUE, due_at__lte=now)
        if user_id is not None:
            due = due.filter(notice__user=user_id)
        rows = due.select_for_update(of=("self",), skip_locked=True).order_by("due_at", "pk")[:AT_ONCE]
        found = list(rows.select_related("notice__user"))
        wanted = _still_wanted(channel, found)
        unwanted = {row.pk for row in found} - {row.pk for row in wanted}
        NoticeSending.objects.filter(pk__in=unwanted).update(state=State.SKIPPED, ended_at=now)
        NoticeSending.objects.filter(pk__in=[row.pk for row in wanted]).update(
            state=State.CLAIMED, batch=batch, claimed_at=now, tries=F("tries") + 1
        )
    return [row.notice for row in wanted]


def _still_wanted(channel: str, rows: Sequence[NoticeSending]) -> list[NoticeSending]:
    """Return those that are still so and have someone to read them: who works here, may see it and hasn't read it."""
    is_room = channel != EMAIL
    # What somebody else has now is still for a room.
    ended = over.among((row.notice for row in rows), for_anyone=is_room)
    rows = [row for row in rows if row.notice_id not in ended]
    if is_room:
        return [row for row in rows if channel in chat.rooms() and _works_here(row.notice.user)]
    return [
        row
        for row in rows
        if _works_here(row.notice.user)
        and row.notice.user.email
        and row.notice.read_at is None
        and words.may_see(row.notice, row.notice.user)
    ]


def _works_here(user: User) -> bool:
    return user.is_active and user.is_staff


def _hand_over(batch: uuid.UUID) -> bool:
    """Say that it may leave from now on; False if another round has taken it up."""
    mine = NoticeSending.objects.filter(batch=batch, state=State.CLAIMED)
    is_mine = bool(mine.update(state=State.SENDING))
    failpoint("notice_before_hand_over")
    return is_mine


def _later(batch: uuid.UUID, now: datetime) -> None:
    rows = NoticeSending.objects.filter(batch=batch, state__in=[State.CLAIMED, State.SENDING])
    # Somebody waits for the result of a test.
    rows.filter(Q(tries__gte=MOST_TRIES) | Q(notice__kind=TEST.id)).update(state=State.FAILED, ended_at=now)
    for tries in range(1, MOST_TRIES):
        rows.filter(tries=tries).update(
            state=State.DUE, batch=None, claimed_at=None, due_at=now + FIRST_WAIT * 2 ** (tries - 1)
        )


def _end(batch: uuid.UUID, state: State, now: datetime) -> None:
    NoticeSending.objects.filter(batch=batch).update(state=state, ended_at=now)
