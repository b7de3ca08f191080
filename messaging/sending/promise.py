"""What people do with messages: each action in one transaction, each promise through the outbox."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from messaging.desk import acts
from messaging.desk.pages import NotAllowed
from messaging.log.choices import Status
from messaging.mirror import clock, locks
from messaging.mirror.models import OutboxEntry, SyncState
from messaging.mirror.outbound import outbox
from messaging.models import ComposedMessage, SentMessage

from ..saved_texts import rules
from . import guards
from .guards import Objection

State = OutboxEntry.State

# What was refused or withdrawn reached no one.
REACHED_NOBODY = (SyncState.DRAFT, SyncState.REFUSED)


class AlreadySent(Exception):
    """This very form was sent before; `message` is the message it created."""

    def __init__(self, message: Any) -> None:
        super().__init__(f"already sent as {message.pk}")
        self.message = message


class Objected(Exception):
    """The message must not be sent; `objections` says why."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        super().__init__("; ".join(objection.words for objection in objections))
        self.objections = list(objections)


def send(message: ComposedMessage, *, by: User, form_token: str) -> OutboxEntry:
    """Save a message and promise it to Telnyx, or do neither. Raise Objected and AlreadySent."""
    return keep(
        message,
        lambda: [*rules.objections(message, by), *guards.objections(message)],
        by=by,
        form_token=form_token,
    )


def keep(
    message: SentMessage, against: Callable[[], Sequence[Objection]], *, by: User, form_token: str
) -> OutboxEntry:
    """Save a message of any kind and promise it, unless `against` or the daily limits object.

    The id of the message comes with its form, so a second click finds what the first one created.
    """
    with transaction.atomic():
        _one_after_another()
        earlier = type(message)._base_manager.filter(pk=message.pk).first()
        if earlier:
            raise AlreadySent(earlier)
        found = [*against(), *over_limits(by, message.how_many())]
        if found:
            raise Objected(found)
        message.created_by = by
        message.save(force_insert=True)
        return outbox.add(message, message.create_operation(), requested_by=by, form_token=form_token)


def _one_after_another() -> None:
    """Keep others from promising a message until this transaction ends: two at once could exceed the daily limit."""
    locks.one_after_another(locks.MESSAGES)


def sent_today(user: User) -> tuple[int, int]:
    """Return how many recipients this person, and everyone, sent to since midnight UTC, in any way."""
    midnight = datetime.combine(clock.now().astimezone(UTC).date(), time.min, UTC)
    own = everybody = 0
    for model in SentMessage.kinds():
        rows = model._base_manager.filter(created_at__gte=midnight).exclude(sync_state__in=REACHED_NOBODY)
        # Telnyx says so once it has canceled it for everyone.
        rows = rows.exclude(remote_status=Status.CANCELLED)
        counted = rows.aggregate(
            all=Sum("recipient_count"), own=Sum("recipient_count", filter=Q(created_by=user))
        )
        own, everybody = own + (counted["own"] or 0), everybody + (counted["all"] or 0)
    return own, everybody


def over_limits(user: User, more: int) -> list[Objection]:
    """Return the objections that the daily limits have to `more` recipients."""
    own, everybody = sent_today(user)
    if own + more > settings.MESSAGES_PER_PERSON_A_DAY:
        words = _(
            "You may text %(most)s recipients per day and have texted %(n)s. The count "
            "starts again at midnight UTC."
        )
        return [Objection("", words % {"most": settings.MESSAGES_PER_PERSON_A_DAY, "n": own})]
    if everybody + more > settings.MESSAGES_A_DAY:
        words = _(
            "Everyone together may text %(most)s recipients per day and has texted %(n)s. "
            "The count starts again at midnight UTC."
        )
        return [Objection("", words % {"most": settings.MESSAGES_A_DAY, "n": everybody})]
    return []


def withdrawable(message: SentMessage) -> OutboxEntry | None:
    """Return the promise if nothing of it has left us, or None."""
    newest = outbox.entries(message).filter(operation=message.create_operation()).first()
    return newest if newest and is_unsent(newest) else None


def is_unsent(entry: OutboxEntry) -> bool:
    """Return True if a promise waits and nothing of it has left us: one whose answer was lost may wait too."""
    return entry.state in (State.QUEUED, State.BLOCKED) and not entry.may_have_arrived()


def withdraw(entry: OutboxEntry) -> bool:
    """Withdraw a promise of which nothing has left us. False if it is too late: someone took it meanwhile."""
    return outbox.cancel(
        entry,
        _("Withdrawn before it was sent."),
        expect=[State.QUEUED, State.BLOCKED],
        only_if=Q(sends=entry.sends),
    )


def cancel(message: ComposedMessage, *, by: User, form_token: str, reason: str = "") -> OutboxEntry | None:
    """Cancel a message: withdraw what has not left us (then return None), else ask Telnyx to cancel it.

    Raise NotAllowed if it is too late, AlreadyPromised if it was requested before.
    """
    with transaction.atomic():
        row = message.lock()
        waiting = withdrawable(row)
        if waiting and withdraw(waiting):
            acts.record(by, row, _("Withdrawn."), reason=reason)
            return None
        row.refresh_from_db()
        if not row.can_cancel():
            raise NotAllowed(
                _("It is too late to cancel this message, or it was never scheduled. Nothing was done.")
            )
        acts.record(by, row, _("Cancellation requested."), reason=reason)
        return outbox.add(row, "cancel", requested_by=by, form_token=form_token)
