"""Four eyes: what one person submits goes to Telnyx only once a colleague has approved exactly that.

`FOUR_EYES` names the apps it holds for. A question is about one version of a record, so an edit takes it back.
Whoever asked, or wrote some of what would go out, doesn't decide; what was sent before had four eyes of its own.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import acts, show
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.models import WAITS_FOR_APPROVAL, Approval
from messaging.notices import events, tell
from messaging.notices.kinds import APPROVAL

from . import assign, kinds
from .people import name, who_may

Decision = Approval.Decision


class Answered(Exception):
    """There is nothing to decide, or it was decided meanwhile; the message says what, in words for people."""


class OwnWork(PermissionDenied):
    """This person asked, or wrote some of it, so a colleague decides; the message says which, in words for people."""


ASKED = gettext_lazy("You asked for approval, so a colleague decides.")
WROTE = gettext_lazy("You wrote some of what would be sent, so a colleague who wrote none of it decides.")


def is_needed(record: Any) -> bool:
    """Return True if what people submit for a record needs a colleague's approval; what waits for one keeps waiting."""
    return record._meta.app_label in settings.FOUR_EYES or record.waits_for_approval()


def why_not(asked: Approval, record: Any, user: User) -> Words:
    """Return why this person can't be the one who decides, in words for people, or "". At most two queries."""
    if asked.asked_by_id == user.pk:
        return ASKED
    written = kinds.of(record).written
    if asked.operation not in written:
        return ""
    sent = outbox.entries(record).filter(operation__in=written).values_list("created_at", flat=True).first()
    is_author = sent is None and record.created_by_id == user.pk
    return WROTE if is_author or acts.edited_by(record, user, sent) else ""


def newest(record: Any) -> Approval | None:
    """Return the last question about a record, with its people. One query."""
    return record.approvals.select_related("asked_by", "decided_by").first()


def may_decide(model: type[Model], user: User) -> Q:
    """Return the filter for the records that wait for this person's approval, if they may approve such records."""
    asked = Approval.objects.filter(
        ~Q(asked_by=user),
        resource_type=ContentType.objects.get_for_model(model),
        resource_id=OuterRef("pk"),
        decision=Decision.OPEN,
        version=OuterRef("version"),
    )
    return WAITS_FOR_APPROVAL & Q(Exists(asked.order_by()))


def open_of(record: Any) -> Approval | None:
    """Return the question that this version of the record waits for. One query."""
    found = newest(record) if record.waits_for_approval() else None
    return found if found and found.decision == Decision.OPEN and found.version == record.version else None


def ask(
    record: Any, operation: str, *, by: User, what: Words, given: dict[str, Any] | None = None
) -> Approval:
    """Ask for approval of what is there now, in the caller's transaction with the record locked.

    `what` goes on record. `given` is what the person confirmed. Raise Answered if this version waits already.
    """
    if found := open_of(record):
        words = _("%(name)s already asked for approval %(at)s. Nothing has been sent yet.")
        raise Answered(
            words % {"name": name(found.asked_by) or _("Someone"), "at": show.clock(found.asked_at)}
        )
    now = clock.now()
    record.approvals.filter(decision=Decision.OPEN).update(decision=Decision.TAKEN_BACK, decided_at=now)
    asked = Approval.objects.create(
        resource_type=ContentType.objects.get_for_model(record),
        resource_id=record.pk,
        operation=operation,
        version=record.version,
        asked_by=by,
        given=given or {},
    )
    _set(record, record.version)
    acts.record(by, record, what)
    deciders = [user for user in who_may(kinds.of(record).approve) if not why_not(asked, record, user)]
    tell.tell(APPROVAL, events.of_approval(asked.pk), deciders, about=record)
    return asked


def lock_open(record: Any, asked: str, *, by: User) -> Approval:
    """Return the question with this id for deciding about it; the record is locked.

    Raise Answered if it isn't open anymore, and OwnWork if this person asked it or wrote some of it.
    """
    found = open_of(record)
    if found is None or str(found.pk) != asked:
        raise Answered(_what_happened(newest(record), record))
    if why := why_not(found, record, by):
        raise OwnWork(str(why))
    return found


def approved(asked: Approval, record: Any, entry: OutboxEntry, *, by: User) -> None:
    """Put on record that it was approved and promised as `entry`, in the caller's transaction."""
    _decide(asked, record, Decision.APPROVED, by, entry=entry)
    words = _("Approved; %(name)s had asked") % {"name": name(asked.asked_by) or _("someone")}
    acts.record(by, record, words, at=entry.created_at)


def send_back(record: Any, asked: str, words: str, *, by: User) -> None:
    """Send it back to the person who asked, with what to change. Nothing is sent. Raise as `lock_open` does."""
    with transaction.atomic():
        locked = record.lock()
        found = lock_open(locked, asked, by=by)
        _decide(found, locked, Decision.SENT_BACK, by, words=words)
        acts.record(by, locked, _("Sent back"), reason=words)
        asker = found.asked_by
        if asker and asker.is_active and asker.has_perm(kinds.of(record).change):
            assign.return_to(locked, asker)


def take_back(record: Any, asked: str, *, by: User) -> None:
    """Take the question back, so that it can be edited and submitted again. Raise Answered."""
    with transaction.atomic():
        locked = record.lock()
        found = open_of(locked)
        if found is None or str(found.pk) != asked:
            raise Answered(_what_happened(newest(locked), locked))
        _decide(found, locked, Decision.TAKEN_BACK, by)
        acts.record(by, locked, _("Taken back before it was approved"))


def _decide(asked: Approval, record: Any, decision: str, by: User, **more: Any) -> None:
    Approval.objects.filter(pk=asked.pk).update(
        decision=decision, decided_by=by, decided_at=clock.now(), **more
    )
    _set(record, None)


def _set(record: Any, version: int | None) -> None:
    # Not `save`: that would count as an edit.
    type(record)._base_manager.filter(pk=record.pk).update(asked_version=version)
    record.asked_version = version


def _what_happened(last: Approval | None, record: Any) -> str:
    if last is None or (last.decision == Decision.OPEN and last.version != record.version):
        return _("It was edited meanwhile, so nothing waits for approval. Nothing was sent.")
    who, at = name(last.decided_by) or _("Someone"), show.clock(last.decided_at or last.asked_at)
    words = {
        Decision.APPROVED: _("%(who)s approved it %(at)s."),
        Decision.SENT_BACK: _("%(who)s sent it back %(at)s. Nothing was sent to Telnyx."),
        Decision.TAKEN_BACK: _("%(who)s took it back %(at)s. Nothing was sent."),
        Decision.OPEN: _("%(who)s asked again %(at)s: read what is there now. Nothing was sent."),
    }[Decision(last.decision)]
    if last.decision == Decision.OPEN:
        who = name(last.asked_by) or _("Someone")
    return words % {"who": who, "at": at}
