"""What a named person compares before documents are sent: letter, bill and order must agree.

The causes of most refusals are here as data. A document records who ticked each item and when.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.desk import acts
from messaging.mirror import clock

from ..choices import DocumentKind, OrderStatus
from ..models import Document

# Telnyx accepts a signature from the last 30 calendar days, and last month's bill (docs/telnyx.md, T3.15).
SIGNATURE_DAYS = 30
SIGNATURE_SOON = 5


@dataclass(frozen=True)
class Item:
    """One thing to compare: a stable code, and the text beside the checkbox."""

    code: str
    words: str | Promise


ITEMS: dict[str, tuple[Item, ...]] = {
    DocumentKind.LOA: (
        Item("name", gettext_lazy("The account holder's name matches the bill exactly.")),
        Item("address", gettext_lazy("The address matches the bill.")),
        Item("numbers", gettext_lazy("Every number in this order is listed correctly.")),
        Item(
            "signature",
            gettext_lazy("It is signed by the account holder or someone authorized to sign for them."),
        ),
        Item("date", gettext_lazy("The signature is dated within the last 30 days.")),
    ),
    DocumentKind.BILL: (
        Item("name", gettext_lazy("The account holder's name matches the letter exactly.")),
        Item("address", gettext_lazy("The address matches the letter.")),
        Item("numbers", gettext_lazy("The bill shows every number in this order.")),
        Item("date", gettext_lazy("It is the latest bill, from last month or later.")),
    ),
}

# The usual causes of a refusal, which Telnyx describes in a single word (docs/telnyx.md, T3.15).
USUAL_CAUSES: dict[str, Promise] = {
    OrderStatus.LOA_FILE_INVALID: gettext_lazy(
        "Usual causes: it is not signed, the name differs from the bill, or the template is old."
    ),
    OrderStatus.INCORRECT_BILLING_INFORMATION: gettext_lazy(
        "Usual causes: it is not the latest bill, or its name or address differs from the letter."
    ),
    OrderStatus.INCOMPLETE_DOCUMENTATION: gettext_lazy(
        "Usual causes: a page or one of the order's numbers is missing, or it cannot be read."
    ),
}


# The most common reasons why documents are refused (docs/telnyx.md, T3.15).
CAUSES: dict[str, tuple[Promise, ...]] = {
    DocumentKind.LOA: (
        gettext_lazy("It is not signed, or the signature is older than 30 days."),
        gettext_lazy("The name or address differs from the bill."),
        gettext_lazy("It was made from an old template, or a number is missing."),
    ),
    DocumentKind.BILL: (
        gettext_lazy("The name or address differs from the letter."),
        gettext_lazy("It is older than last month, or pages are missing."),
        gettext_lazy("It does not show the order's numbers, or is not from the current provider."),
    ),
}


@dataclass(frozen=True)
class Tick:
    """One item of a document's checklist, with who ticked it and when, or why nobody can."""

    item: Item
    by: str = ""
    at: datetime | None = None
    why_not: str = ""

    @property
    def done(self) -> bool:
        return self.at is not None


def ticks(document: Document) -> list[Tick]:
    """Return every item of a document's checklist with its tick, as shown on the page."""
    why_not = too_old(document)
    return [
        Tick(item, why_not=why_not)
        if why_not and item.code == "date"
        else _tick(item, document.checklist.get(item.code))
        for item in ITEMS[document.kind]
    ]


def too_old(document: Document, today: date | None = None) -> str:
    """Return why the date typed for a document that was not sent can't be checked off as new enough, or ""."""
    day = today or clock.today()
    typed = document.signed_on if document.kind == DocumentKind.LOA else document.bill_date
    if document.sent_at or typed is None:
        return ""
    if document.kind == DocumentKind.LOA:
        is_old = (day - typed).days > SIGNATURE_DAYS
        words = _("The date typed for this letter is %(date)s. If that was a mistake, upload it again.")
    else:
        is_old = typed < _last_month(day)
        words = _("The date typed for this bill is %(date)s. If that was a mistake, upload it again.")
    return words % {"date": date_format(typed)} if is_old else ""


def saved(document: Document) -> str:
    """Return what is put on record when somebody saves this checklist."""
    about = {"document": document.get_kind_display(), "version": document.version}
    return _("Checklist of %(document)s, version %(version)s, saved") % about


def is_complete(document: Document) -> bool:
    return all(tick.done for tick in ticks(document))


@transaction.atomic
def tick(document: Document, codes: Collection[str], *, by: User) -> None:
    """Set exactly these items as ticked. An item ticked earlier keeps its name and time; unknown codes are ignored.

    So is the date of a document that is too old.
    """
    row = Document.objects.select_for_update().get(pk=document.pk)
    now = clock.now()
    new = {"by": by.get_username(), "at": now.isoformat()}
    before = row.checklist
    possible = [one.item for one in ticks(row) if not one.why_not]
    row.checklist = {
        item.code: row.checklist.get(item.code) or new for item in possible if item.code in codes
    }
    _on_record(row, before, by)
    complete = is_complete(row)
    if complete != (row.checked_at is not None):
        row.checked_by, row.checked_at = (by, now) if complete else (None, None)
    row.save(update_fields=["checklist", "checked_by", "checked_at"])
    document.refresh_from_db(fields=["checklist", "checked_by", "checked_at"])


def _on_record(row: Document, before: Collection[str], by: User) -> None:
    """Put on record what is checked off now, if that changed."""
    items = [str(item.words) for item in ITEMS[row.kind] if item.code in row.checklist]
    if set(before) != set(row.checklist):
        acts.record(by, row.order, saved(row), reason="\n".join(items) or _("Nothing is checked off."))


def warnings(document: Document, today: date | None = None) -> list[str]:
    """Return the warnings about a document: usual causes of its refusal, or its date."""
    if document.is_forgotten():
        return []
    day = today or clock.today()
    causes = [str(USUAL_CAUSES[document.refused_reason])] if document.refused_reason in USUAL_CAUSES else []
    if document.kind == DocumentKind.LOA:
        return [*causes, *signature_warnings(document.signed_on, day)]
    return [*causes, *bill_warnings(document.bill_date, day)]


def causes(document: Document) -> tuple[Promise, ...]:
    """Return why documents of this kind are refused, unless Telnyx's word for this refusal has causes of its own."""
    if not document.refused_at or document.refused_reason in USUAL_CAUSES:
        return ()
    return CAUSES[document.kind]


def signature_warnings(signed_on: date | None, today: date) -> list[str]:
    if signed_on is None:
        return [_("The signature date is missing.")]
    if signed_on > today:
        return [_("The signature date is in the future.")]
    days = (today - signed_on).days
    if days > SIGNATURE_DAYS:
        words = _(
            "The signature is %(days)s days old and Telnyx accepts at most 30. Have the letter signed again."
        )
        return [words % {"days": days}]
    left = SIGNATURE_DAYS - days
    if left <= SIGNATURE_SOON:
        words = ngettext(
            "In %(left)s day the signature will be too old for Telnyx.",
            "In %(left)s days the signature will be too old for Telnyx.",
            left + 1,
        )
        return [words % {"left": left + 1}]
    return []


def bill_warnings(bill_date: date | None, today: date) -> list[str]:
    if bill_date is None:
        return [_("The bill date is missing.")]
    if bill_date > today:
        return [_("The bill date is in the future.")]
    if bill_date < _last_month(today):
        return [_("The bill is older than last month's. Ask for the latest one.")]
    return []


def _last_month(today: date) -> date:
    """Return the first day of last month."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def _tick(item: Item, kept: Any) -> Tick:
    if not isinstance(kept, dict):
        return Tick(item)
    return Tick(item, str(kept.get("by", "")), parse_datetime(str(kept.get("at", ""))))
