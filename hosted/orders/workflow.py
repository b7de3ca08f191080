"""What people do with hosted orders: each action in one transaction, each request to Telnyx through the outbox."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from messaging.desk import acts
from messaging.desk.pages import HasProblems, NotAllowed
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.numbers import LONGEST_NAME
from messaging.telnyx.client import Part
from messaging.validators import display_number

from ..choices import NUMBER_FAILURES, CodeMethod
from ..documents import store
from ..entry.parse import MOST_NUMBERS, Line, Reading
from ..entry.parse import Verdict as LineVerdict
from ..models import Document, HostedOrder, OrderNumber
from ..state import eligibility, transfer_alerts
from ..state.turn_rules import MOVABLE
from . import ownership_codes as proofs

State = OutboxEntry.State
LONGEST_TYPED = 100
CHECK_AGAIN_AFTER = timedelta(days=30)

# What is put on record about numbers.
ADDED = ngettext_lazy("%(number)s added", "%(n)s numbers added", "n")
TAKEN_OUT = ngettext_lazy("%(number)s removed", "%(n)s numbers removed", "n")
KEPT = ngettext_lazy("%(number)s kept", "%(n)s numbers kept", "n")
INELIGIBLE = ngettext_lazy(
    "%(number)s removed because it isn't eligible", "%(n)s numbers removed because they aren't eligible", "n"
)
UNKNOWN = ngettext_lazy(
    "%(number)s removed because Telnyx couldn't check it",
    "%(n)s numbers removed because Telnyx couldn't check them",
    "n",
)
CODES_BY = {
    CodeMethod.SMS.value: ngettext_lazy(
        "Code by text message requested for %(number)s",
        "Codes by text message requested for %(n)s numbers",
        "n",
    ),
    CodeMethod.CALL.value: ngettext_lazy(
        "Code by phone call requested for %(number)s",
        "Codes by phone call requested for %(n)s numbers",
        "n",
    ),
}
CODES_TYPED = ngettext_lazy(
    "Code for %(number)s typed, for Telnyx to check",
    "Codes for %(n)s numbers typed, for Telnyx to check",
    "n",
)
MOVED_TO = ngettext_lazy(
    "%(number)s moved to the draft “%(order)s”", "%(n)s numbers moved to the draft “%(order)s”", "n"
)
MOVED_FROM = ngettext_lazy(
    "%(number)s moved here from “%(order)s”", "%(n)s numbers moved here from “%(order)s”", "n"
)

MOVE_UNDONE = ngettext_lazy(
    "The draft “%(order)s”, to which %(number)s had been moved, was deleted",
    "The draft “%(order)s”, to which %(n)s numbers had been moved, was deleted",
    "n",
)
NOT_DELETABLE = gettext_lazy(
    "Only a draft that was never sent can be deleted, and not while it is being checked or approved."
)

# One of each may be open: if some numbers get a text and others a call, the calls are a separate promise.
SENDINGS = ("send_codes", "call_codes")
# Both come from one form, but each promise needs its own token.
SUFFIXES = {"send_codes": "", "call_codes": "-call"}


def set_numbers(order: HostedOrder, lines: Iterable[Line]) -> None:
    """Set a draft's numbers to exactly those in these lines; numbers it already had keep what is known about them."""
    wanted = {line.number: line for line in lines if line.number}
    with transaction.atomic():
        row = _draft(order)
        row.numbers.exclude(phone_number__in=wanted).delete()
        had = set(row.numbers.values_list("phone_number", flat=True))
        row.numbers.bulk_create(_number(row, line) for number, line in wanted.items() if number not in had)
        row.edited()


def add_lines(order: HostedOrder, reading: Reading, *, by: User, seen: Collection[str] = ()) -> int:
    """Add what was read to a draft, and return how many numbers were new.

    Lines that can't be ordered stay with the draft as they were typed, to be corrected. So do those that a colleague
    left there after the person had `seen` the others. A number that the draft has already takes the name beside it;
    without one it keeps its own.
    """
    with transaction.atomic():
        row = _draft(order)
        had = set(row.numbers.values_list("phone_number", flat=True))
        _rename(row, {line.number: line.name for line in reading.accepted() if line.name})
        new = [line for line in reading.accepted() if line.number not in had]
        room = max(MOST_NUMBERS - len(had), 0)
        row.numbers.bulk_create(_number(row, line) for line in new[:room])
        mine = [line.for_box() for line in [*reading.of(LineVerdict.REFUSED), *new[room:]]]
        others = [line for line in row.left_out.splitlines() if line not in seen and line not in mine]
        row.left_out = "\n".join([*mine, *others])
        row.save(update_fields=["left_out", "updated_at"])
        _edited(by, row, ADDED, [line.number for line in new[:room]])
    return len(new[:room])


def _number(order: HostedOrder, line: Line) -> OrderNumber:
    return OrderNumber(
        order=order, phone_number=line.number, typed=line.typed[:LONGEST_TYPED], name=line.name[:LONGEST_NAME]
    )


def rename(order: HostedOrder, names: Mapping[str, str], *, by: User) -> None:
    """Give numbers of an order these names, whatever its stage: names are never sent. The caller holds the lock."""
    numbers = list(order.numbers.filter(phone_number__in=names))
    was = [(str(number), number.name, names[number.phone_number]) for number in numbers]
    if changed := [change for change in was if change[1] != change[2]]:
        _rename(order, names)
        acts.record(by, order, _("Names of numbers changed"), reason=acts.changes(changed))


def _rename(order: HostedOrder, names: Mapping[str, str]) -> None:
    numbers = list(order.numbers.filter(phone_number__in=names))
    for number in numbers:
        number.name = names[number.phone_number][:LONGEST_NAME]
    OrderNumber.objects.bulk_update(numbers, ["name"])


def drop_number(order: HostedOrder, phone_number: str, *, by: User, reason: str = "") -> None:
    """Remove one number from a draft. A second click finds it gone, which is fine."""
    with transaction.atomic():
        row = _draft(order)
        dropped = list(row.numbers.filter(phone_number=phone_number))
        row.numbers.filter(pk__in=[number.pk for number in dropped]).delete()
        _edited(by, row, TAKEN_OUT, dropped, reason)


def keep_eligible(
    order: HostedOrder, *, by: User, kind: eligibility.Kind = eligibility.Kind.INELIGIBLE
) -> int:
    """Remove the numbers from a draft that may not be ordered since their check ended so; return how many."""
    with transaction.atomic():
        row = _draft(order)
        numbers = list(row.numbers.all())
        out = [
            number
            for number in numbers
            if eligibility.verdict(number).kind == kind and not eligibility.may_be_ordered(number)
        ]
        row.numbers.filter(pk__in=[number.pk for number in out]).delete()
        if out:
            _on_record(by, row, KEPT, [number.phone_number for number in numbers if number not in out])
        _edited(by, row, UNKNOWN if kind == eligibility.Kind.UNKNOWN else INELIGIBLE, out)
    return len(out)


def check(order: HostedOrder, *, by: User, form_token: str | None = None) -> OutboxEntry:
    """Ask Telnyx which numbers in a draft are eligible. Raise AlreadyPromised while an earlier check is open.

    If an earlier check needs a person's decision, asking again is that decision.
    """
    with transaction.atomic():
        row = _draft(order)
        if not row.numbers.exists():
            raise NotAllowed(_("The order has no numbers."))
        _give_up(row, "check_eligibility")
        return outbox.add(row, "check_eligibility", requested_by=by, form_token=form_token)


def override(number: OrderNumber, *, by: User, reason: str) -> None:
    """Let a number be ordered although it is not eligible, if a transfer between accounts may work.

    Whoever says so may also approve the order: it lets out what a colleague wrote, and writes nothing.
    """
    if not reason.strip():
        raise NotAllowed(_("Enter a reason."))
    if not eligibility.verdict(number).may_override:
        raise NotAllowed(_("The eligibility result for this number can't be overridden."))
    number.override_by, number.override_at, number.override_reason = by, clock.now(), reason.strip()
    with transaction.atomic():
        _draft(number.order)
        number.save(update_fields=["override_by", "override_at", "override_reason"])
        number.order.edited()
        what = _("%(number)s may be ordered anyway") % {"number": number}
        acts.record(by, number.order, what, reason=reason)


def save_draft(order: HostedOrder, before: Mapping[str, str], after: Mapping[str, str], *, by: User) -> None:
    """Save the named fields of a draft, and put on record what they were and are, in the page's words."""
    with transaction.atomic():
        order.save(update_fields=[*after, "updated_at"])
        changed = [
            (order._meta.get_field(name).verbose_name, before[name], value)  # type: ignore[union-attr]
            for name, value in after.items()
            if before[name] != value
        ]
        if changed:
            order.edited()
            acts.record(by, order, _("Draft changed"), reason=acts.changes(changed), is_edit=True)


def submit(order: HostedOrder, *, by: User, form_token: str | None = None) -> OutboxEntry:
    """Claim the numbers for this order and promise it to Telnyx, or do neither.

    Raise HasProblems, also if another order claimed a number at the same moment, and AlreadyPromised.
    """
    try:
        with transaction.atomic():
            return _submit(order, by, form_token)
    except IntegrityError:
        # The database constraint decided between two orders.
        raise HasProblems(order.problems()) from None


def _submit(order: HostedOrder, by: User, form_token: str | None) -> OutboxEntry:
    row = ready_to_order(order)
    row.numbers.update(live=True)
    row.cancel_wanted_at, row.cancelled_reason = None, ""
    row.save(update_fields=["cancel_wanted_at", "cancelled_reason"])
    return outbox.add(row, "create", requested_by=by, form_token=form_token)


def ready_to_order(order: HostedOrder) -> HostedOrder:
    """Return the locked order if it can be created at Telnyx now. Raise NotAllowed, HasProblems or AlreadyPromised."""
    row = order.lock()
    promised = row.open_entry("create")
    if promised:
        raise outbox.AlreadyPromised(promised)
    if not row.is_editable():
        raise NotAllowed(_("The order is already at Telnyx."))
    found = row.problems()
    if found:
        raise HasProblems(found)
    return row


def send_codes(
    order: HostedOrder,
    phone_numbers: Sequence[str],
    method: str,
    *,
    by: User,
    form_token: str | None = None,
) -> OutboxEntry:
    """Have Telnyx send a code to each of these numbers by one method; see send_codes_by."""
    ways = dict.fromkeys(phone_numbers, method)
    [entry] = send_codes_by(order, ways, by=by, form_token=form_token)
    return entry


def send_codes_by(
    order: HostedOrder, ways: Mapping[str, str], *, by: User, form_token: str | None = None
) -> list[OutboxEntry]:
    """Have Telnyx send codes, each by the method chosen for its number: one promise per method.

    A code is sent again only if a person asks for it. Raise NotAllowed if it is too early for one of the numbers,
    AlreadyPromised while an earlier request for codes is in progress.
    """
    with transaction.atomic():
        row = at_telnyx(order)
        numbers = list(row.numbers.filter(phone_number__in=ways))
        if not numbers or len(numbers) != len(ways):
            raise NotAllowed(_("Choose numbers in this order."))
        if not all(proofs.may_send(number) for number in numbers):
            raise NotAllowed(_("Some of these numbers need no code, or got one less than a minute ago."))
        for operation in SENDINGS:
            _give_up(row, operation)
            under_way = row.open_entry(operation)
            if under_way:
                raise outbox.AlreadyPromised(under_way)
        used = [method for method in CodeMethod.values if method in ways.values()]
        entries = []
        for operation, method in zip(SENDINGS, used, strict=False):
            chosen = sorted(number for number, way in ways.items() if way == method)
            entry = outbox.add(
                row,
                operation,
                requested_by=by,
                form_token=form_token and f"{form_token}{SUFFIXES[operation]}",
                phone_numbers=chosen,
                method=method,
            )
            _on_record(by, row, CODES_BY[method], chosen, at=entry.created_at)
            entries.append(entry)
        return entries


def validate_codes(
    order: HostedOrder, codes: Mapping[str, str], *, by: User, form_token: str | None = None
) -> OutboxEntry:
    """Have Telnyx check codes, given by number. They are stored sealed and erased once Telnyx has answered."""
    with transaction.atomic():
        row = at_telnyx(order)
        known = set(row.numbers.filter(gone_at=None).values_list("phone_number", flat=True))
        if not codes or not set(codes) <= known:
            raise NotAllowed(_("Type a code beside a number in this order."))
        if not all(proofs.CODE.fullmatch(code) for code in codes.values()):
            raise NotAllowed(_("A code has only letters and digits."))
        _give_up(row, "validate_codes")
        entry = outbox.add(row, "validate_codes", requested_by=by, form_token=form_token, codes=dict(codes))
        _on_record(by, row, CODES_TYPED, sorted(codes), at=entry.created_at)
        return entry


def send_documents(
    order: HostedOrder, documents: Sequence[Document], *, by: User, form_token: str | None = None
) -> OutboxEntry:
    """Promise these documents to Telnyx, with exactly the bytes that were uploaded.

    Raise store.DocumentChanged if a file is not what was uploaded, NotAllowed if one must not be sent.
    """
    with transaction.atomic():
        row = at_telnyx(order)
        papers = list(row.documents.filter(pk__in=[document.pk for document in documents], replaced_by=None))
        if not papers or len(papers) != len(documents) or any(paper.is_with_telnyx() for paper in papers):
            raise NotAllowed(_("Choose documents in this order that Telnyx doesn't have yet."))
        parts = [
            Part(paper.kind, store.read(paper), paper.sent_name, "application/pdf")
            for paper in sorted(papers, key=lambda paper: paper.kind, reverse=True)
        ]
        _give_up(row, "upload_documents")
        entry = outbox.add(row, "upload_documents", requested_by=by, form_token=form_token, parts=parts)
        row.documents.filter(pk__in=[paper.pk for paper in papers]).update(promise=entry)
        versions = [
            _("%(name)s, version %(version)s") % {"name": paper.get_kind_display(), "version": paper.version}
            for paper in papers
        ]
        acts.record(
            by, row, _("Documents queued for sending"), reason="\n".join(versions), at=entry.created_at
        )
        return entry


def cancel(order: HostedOrder, *, by: User, reason: str, form_token: str | None = None) -> OutboxEntry | None:
    """Cancel an order at Telnyx, with all its numbers.

    If it has not been sent, it is withdrawn; if it may have arrived, it is canceled once we know. Both return None.
    """
    with transaction.atomic():
        row = order.lock()
        if not row.can_cancel():
            raise NotAllowed(_("There is nothing to cancel."))
        row.cancelled_reason = reason.strip()[:500]
        row.save(update_fields=["cancelled_reason"])
        what = _("Cancellation requested")
        if row.remote_id is not None:
            entry = outbox.add(row, "cancel", requested_by=by, form_token=form_token)
            acts.record(by, row, what, reason=reason, at=entry.created_at)
            return entry
        acts.record(by, row, what, reason=reason)
        _cancel_unsettled(row, by, reason)
        return None


def _cancel_unsettled(row: HostedOrder, by: User, reason: str) -> None:
    entry = row.open_entry("create")
    # None of it can be at Telnyx, unless a worker takes it this moment.
    if entry and outbox.cancel(entry, reason, expect=[State.QUEUED, State.BLOCKED]):
        return
    row.cancel_wanted_at, row.cancel_wanted_by = clock.now(), by
    row.save(update_fields=["cancel_wanted_at", "cancel_wanted_by"])


def delete_draft(order: HostedOrder, *, by: User) -> None:
    """Delete a draft of which nothing was sent. The order its numbers came from says so, and may move them again."""
    with transaction.atomic():
        row = order.lock()
        if not row.can_delete_draft():
            raise NotAllowed(str(NOT_DELETABLE))
        numbers = list(row.numbers.values_list("phone_number", flat=True))
        if row.moved_from:
            _on_record(by, row.moved_from, MOVE_UNDONE, numbers, other=row)
        try:
            row.delete()
        except ProtectedError as protected:  # documents, or another order that its numbers were moved to
            raise NotAllowed(str(NOT_DELETABLE)) from protected


def remove_number(
    number: OrderNumber, *, by: User, form_token: str | None = None, reason: str = ""
) -> OutboxEntry:
    """Have Telnyx remove one number from its order, which ends its hosting."""
    with transaction.atomic():
        row = number.order.lock()
        if not number.remote_number_id or not number.is_in_order() or row.gone_at:
            raise NotAllowed(_("Telnyx doesn't host this number through this order."))
        entry = outbox.add(
            row,
            "remove_number",
            requested_by=by,
            form_token=form_token,
            number_id=number.remote_number_id,
        )
        what = _("Removal of %(number)s requested") % {"number": number}
        acts.record(by, row, what, reason=reason, at=entry.created_at)
        return entry


def movable_numbers(order: HostedOrder) -> list[OrderNumber]:
    """Return the numbers that failed in this order, may succeed in another one, and are not in one yet."""
    moved = OrderNumber.objects.filter(order__moved_from=order).values("phone_number")
    statuses = NUMBER_FAILURES if order.is_to_be_checked_again() else MOVABLE
    return list(order.numbers.filter(status__in=statuses).exclude(phone_number__in=moved))


def move_failed(order: HostedOrder, *, by: User) -> HostedOrder:
    """Draft a new order with the numbers that failed in this one, and link the two."""
    with transaction.atomic():
        row = order.lock()
        failed = movable_numbers(row)
        if not failed:
            raise NotAllowed(_("No number in this order can be moved."))
        draft = HostedOrder.objects.create(
            created_by=by,
            moved_from=row,
            messaging_profile=row.messaging_profile,
            customer=row.customer,
            note=row.note,
        )
        draft.numbers.bulk_create(
            OrderNumber(order=draft, phone_number=number.phone_number, typed=number.typed, name=number.name)
            for number in failed
        )
        moved = [number.phone_number for number in failed]
        _on_record(by, row, MOVED_TO, moved, other=draft)
        _on_record(by, draft, MOVED_FROM, moved, other=row)
    return draft


def check_again_later(order: HostedOrder, *, by: User) -> None:
    """Set a reminder for an order whose carrier cannot host now: in a month the carrier may allow it."""
    with transaction.atomic():
        row = order.lock()
        if not row.can_be_checked_again():
            raise NotAllowed(_("There is nothing to check again."))
        row.check_again_at = clock.now() + CHECK_AGAIN_AFTER
        row.save(update_fields=["check_again_at"])
        when = date_format(localtime(row.check_again_at), "N j, Y")
        acts.record(by, row, _("Reminder set: comes back to “Action needed” on %(date)s") % {"date": when})
    order.refresh_from_db()


def acknowledge_transfer(order: HostedOrder, *, by: User) -> None:
    """Stop the alerts about a transfer: this person has seen it, or has dealt with what it cost the numbers."""
    with transaction.atomic():
        row = order.lock()
        if transfer_alerts.loses_campaigns(row):
            row.campaigns_settled_at = clock.now()
            row.save(update_fields=["campaigns_settled_at"])
            acts.record(by, row, _("10DLC registrations dealt with"))
        elif not row.transfer_acknowledged_at:
            row.transfer_acknowledged_at, row.transfer_acknowledged_by = clock.now(), by
            row.save(update_fields=["transfer_acknowledged_at", "transfer_acknowledged_by"])
            acts.record(by, row, _("Transfer marked as seen"))
    order.refresh_from_db()


def _on_record(
    by: User,
    order: HostedOrder,
    what: Any,
    numbers: Sequence[str | OrderNumber],
    reason: str = "",
    *,
    at: datetime | None = None,
    other: HostedOrder | None = None,
    is_edit: bool = False,
) -> None:
    """Put on record what was done with these numbers, if any: one is named in the line itself, more below it.

    Rows also say why they may not be ordered, if so: a line for each reason, since the rows may be deleted.
    """
    if not numbers:
        return
    by_reason: dict[str, list[str]] = {}
    for number in numbers:
        if isinstance(number, OrderNumber):
            by_reason.setdefault(_why_not(number), []).append(str(number))
        else:
            by_reason.setdefault("", []).append(display_number(number))
    shown = [number for same in by_reason.values() for number in same]
    line = what % {"n": len(shown), "number": shown[0], "order": other}
    below = [
        ": ".join(filter(None, [", ".join(same) if len(shown) > 1 else "", why]))
        for why, same in by_reason.items()
    ]
    text = "\n".join(filter(None, [*below, reason]))
    acts.record(by, order, line, reason=text, at=at, is_edit=is_edit)


def _edited(
    by: User, order: HostedOrder, what: Any, numbers: Sequence[str | OrderNumber], reason: str = ""
) -> None:
    """Put on record which numbers came or went, if any, and make a new version of the order."""
    if numbers:
        order.edited()
    _on_record(by, order, what, numbers, reason, is_edit=True)


def _why_not(number: OrderNumber) -> str:
    """Return in words why a number may not be ordered, or "" if it may or nobody knows."""
    found = eligibility.verdict(number)
    is_unknown = found.kind == eligibility.Kind.UNCHECKED or eligibility.may_be_ordered(number)
    return "" if is_unknown else str(found.words)


def _draft(order: HostedOrder) -> HostedOrder:
    row = order.lock()
    if not row.is_editable():
        raise NotAllowed(_("The order is no longer a draft."))
    return row


def at_telnyx(order: HostedOrder) -> HostedOrder:
    """Return the locked order if Telnyx has it and it is open there. Raise NotAllowed."""
    row = order.lock()
    if not row.is_open_at_telnyx():
        raise NotAllowed(_("The order isn't open at Telnyx."))
    return row


def _give_up(order: HostedOrder, operation: str) -> None:
    """Settle an earlier promise that needs a person's decision: this person is asking again."""
    waiting = order.open_entry(operation)
    if waiting and waiting.state == State.NEEDS_PERSON:
        outbox.cancel(waiting, _("It was requested again."))
