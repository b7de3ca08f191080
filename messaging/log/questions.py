"""Ask Telnyx about one message by its id. A page only records the question; a worker asks and merges the answer."""

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.media import notes
from messaging.mirror import breaker, clock, pace
from messaging.mirror.models import Source
from messaging.mirror.records.sync import READS
from messaging.mirror.records.wire import storable
from messaging.models import MessageQuestion
from messaging.telnyx.client import Client, path
from messaging.telnyx.errors import AccountBlocked, NotFound, RequestRefused, SlowDown, TelnyxError

from . import parsing, store

logger = logging.getLogger(__name__)

State = MessageQuestion.State

AT_ONCE = 5
AGAIN_AFTER = timedelta(seconds=30)
MOST_TRIES = 5


def ask(remote_id: UUID, user: User) -> MessageQuestion:
    """Record a question, or return the one about this message that is already open."""
    open_one = MessageQuestion.objects.filter(remote_id=remote_id, state=State.ASKED)
    if question := open_one.first():
        return question
    try:
        with transaction.atomic():
            return MessageQuestion.objects.create(remote_id=remote_id, asked_by=user)
    except IntegrityError:  # someone else asked at the same moment
        return open_one.first() or MessageQuestion.objects.filter(remote_id=remote_id).latest("asked_at")


def latest(remote_id: UUID) -> MessageQuestion | None:
    """Return the newest question about a message."""
    return MessageQuestion.objects.filter(remote_id=remote_id).order_by("-asked_at").first()


def answer_due(client: Client) -> int:
    """Ask Telnyx the questions that are due, a few at a time; return how many. Any number of processes may do so."""
    asked = 0
    due = MessageQuestion.objects.filter(state=State.ASKED, next_at__lte=Now()).order_by("next_at")
    for question in due[:AT_ONCE]:
        if breaker.closed() or pace.take(READS, settings.TELNYX_READS_PER_SECOND):
            break
        # Whichever process moves `next_at` forward asks; if it dies, another one asks half a minute later.
        mine = MessageQuestion.objects.filter(pk=question.pk, state=State.ASKED, next_at=question.next_at)
        if mine.update(next_at=Now() + AGAIN_AFTER, tries=F("tries") + 1):
            _ask(question, client)
            asked += 1
    return asked


def _ask(question: MessageQuestion, client: Client) -> None:
    asked_at = clock.ask()
    try:
        answer = client.get(path("/messages/{id}", id=question.remote_id), attempts=1)
        rows = parsing.rows(storable(answer.body), at=asked_at, source=Source.API)
        if UUID(rows[0]["remote_id"]) != question.remote_id:
            raise parsing.NotAMessage("the answer is about another message")
    except NotFound:
        _end(question, State.UNKNOWN, "")
    except SlowDown as error:
        pace.pause(READS, error.retry_after or 60)
        _later(question, _("Telnyx asked us to slow down."))
    except AccountBlocked as error:
        breaker.close(error.reason)
        _later(question, _("Telnyx refuses our API key or our account."))
    except RequestRefused as error:
        _end(question, State.FAILED, error.reason)
    except (parsing.NotAMessage, AttributeError, TypeError):
        _end(question, State.FAILED, _("Telnyx's answer could not be understood."))
    except TelnyxError as error:
        logger.info("Asking about message %s failed: %s", question.remote_id, error.reason)
        _later(question, _("Telnyx isn't answering."))
    else:
        store.merge(rows)
        notes.note(rows)
        _end(question, State.ANSWERED, "")


def _later(question: MessageQuestion, reason: str) -> None:
    if question.tries + 1 >= MOST_TRIES:
        _end(question, State.FAILED, reason)
        return
    MessageQuestion.objects.filter(pk=question.pk).update(reason=reason[:500])


def _end(question: MessageQuestion, state: str, reason: str) -> None:
    row = MessageQuestion.objects.filter(pk=question.pk, state=State.ASKED)
    row.update(state=state, reason=reason[:500], ended_at=Now())
