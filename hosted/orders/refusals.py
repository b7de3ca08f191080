"""What Telnyx refused about an order and what is still to be done about it: which request, which numbers, and why."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from messaging.desk import outbox_words
from messaging.desk.sight import Sight
from messaging.log import codes
from messaging.mirror.models import OutboxEntry
from messaging.mirror.wording import Words
from messaging.validators import display_number

from ..choices import OrderStatus
from ..models import Document, HostedOrder, OrderNumber

MOST_SAID = 5
MOST_NAMED = 5
# Requests whose pointers lead into a list of numbers that we can still read.
LISTED = ("create", "check_eligibility", "send_codes", "call_codes")
CODES = ("send_codes", "call_codes", "validate_codes")
TITLES: Mapping[str, Words] = {
    "create": gettext_lazy("Telnyx refused the order: %(why)s"),
    "check_eligibility": gettext_lazy("Telnyx refused to check the numbers: %(why)s"),
    "send_codes": gettext_lazy("Telnyx refused to text the codes: %(why)s"),
    "call_codes": gettext_lazy("Telnyx refused to call with the codes: %(why)s"),
    "validate_codes": gettext_lazy("Telnyx refused to check the codes: %(why)s"),
    "upload_documents": gettext_lazy("Telnyx refused the documents: %(why)s"),
    "cancel": gettext_lazy("Telnyx refused to cancel the order: %(why)s"),
    "remove_number": gettext_lazy("Telnyx refused to remove the number: %(why)s"),
}
# What to do about a refusal that names numbers, and about one that says nothing we can explain.
ABOUT_NUMBERS: Mapping[str, Any] = {
    "create": ngettext_lazy(
        "Remove it, or ask the customer to release it. Then create the order again.",
        "Remove them, or ask the customer to release them. Then create the order again.",
        "n",
    ),
    "check_eligibility": ngettext_lazy(
        "Remove it, or correct it. Then check again.",
        "Remove them, or correct them. Then check again.",
        "n",
    ),
    "validate_codes": ngettext_lazy(
        "Request a new code for this number, then type it.",
        "Request new codes for these numbers, then type them.",
        "n",
    ),
    "remove_number": ngettext_lazy(
        "It stays in the order. Try again, or ask Telnyx support.",
        "They stay in the order. Try again, or ask Telnyx support.",
        "n",
    ),
    **dict.fromkeys(
        ("send_codes", "call_codes"),
        ngettext_lazy(
            "Choose another way for this number, or remove it from the order.",
            "Choose another way for these numbers, or remove them from the order.",
            "n",
        ),
    ),
}
OTHERWISE: Mapping[str, Words] = {
    "create": gettext_lazy("Nothing was ordered. Correct what Telnyx names, then create the order again."),
    "check_eligibility": gettext_lazy("Correct what Telnyx names, then check again."),
    "send_codes": gettext_lazy(
        "No code was sent by this request. Choose another way, or ask Telnyx support."
    ),
    "call_codes": gettext_lazy(
        "No code was sent by this request. Choose another way, or ask Telnyx support."
    ),
    "validate_codes": gettext_lazy("No code was checked. Type the codes again, or request new ones."),
    "upload_documents": gettext_lazy("Telnyx has none of these files. Upload them again, then send them."),
    "cancel": gettext_lazy("The order goes on as before. Try again, or ask Telnyx support."),
    "remove_number": gettext_lazy("The number stays in the order. Try again, or ask Telnyx support."),
}
ASK_TELNYX = gettext_lazy("Ask Telnyx support and give them the ID of this order.")
# As people and Telnyx write a US number; the digits decide which one is meant.
DIGITS = re.compile(r"\+?\d(?:[\s().-]{0,3}\d){9,14}")


@dataclass(frozen=True)
class Refusal:
    """One refused request that still asks for something: what people read, Telnyx's own words, what to do."""

    operation: str
    title: str
    said: list[str]
    advice: list[Words]
    # By the phone number, Telnyx's words about it.
    numbers: dict[str, str]


def current(
    order: HostedOrder,
    numbers: Sequence[OrderNumber],
    documents: Sequence[Document],
    entries: Sequence[OutboxEntry],
    seen: Sight,
) -> list[Refusal]:
    """Return the refusals that nobody has answered yet, newest first. One query at most; `entries` newest first."""
    open_ones = [
        entry
        for position, entry in enumerate(entries)
        if entry.state == OutboxEntry.State.REFUSED
        and _matters(order, numbers, documents, entry)
        and not any(_answers(later, entry) for later in entries[:position])
    ]
    sent = _numbers_sent(open_ones)
    found = []
    for entry in open_ones:
        named = _named(entry, numbers, sent.get(entry.pk, []))
        if not named or _still(named, numbers, entry):
            found.append(_refusal(entry, named, seen))
    return found


def _matters(
    order: HostedOrder, numbers: Sequence[OrderNumber], documents: Sequence[Document], entry: OutboxEntry
) -> bool:
    """Return True if the state of the order still leaves something to do about what was refused."""
    operation = entry.operation
    if order.gone_at or order.remote_status == OrderStatus.DELETED:
        return False
    if operation in ("create", "check_eligibility"):
        return order.is_editable()
    if operation in CODES:
        return order.is_open_at_telnyx() and any(_is_unproven(number) for number in numbers)
    if operation == "upload_documents":
        papers = [paper for paper in documents if paper.promise_id == entry.pk]
        return order.is_open_at_telnyx() and all(paper.is_current() for paper in papers)
    return order.remote_id is not None


def _is_unproven(number: OrderNumber) -> bool:
    return number.is_in_order() and not number.is_owned() and not number.has_failed()


def _answers(later: OutboxEntry, refused: OutboxEntry) -> bool:
    """Return True if a person asked for the same again after the refusal, or went on with the order instead."""
    if refused.resolved_at is None or later.created_at < refused.resolved_at:
        return False
    if refused.operation == "cancel":
        return True
    if refused.operation in CODES:
        return later.operation in CODES
    if refused.operation == "remove_number":
        return later.operation == "remove_number" and later.path == refused.path
    return later.operation in (refused.operation, "create")


def _numbers_sent(entries: Iterable[OutboxEntry]) -> dict[UUID, list[str]]:
    """Return the numbers these requests were about, by entry. Bodies are not loaded with entries."""
    wanted = [entry.pk for entry in entries if entry.operation in LISTED]
    if not wanted:
        return {}
    found = {}
    for pk, body in OutboxEntry.objects.filter(pk__in=wanted).values_list("pk", "body"):
        try:
            listed = json.loads(bytes(body)).get("phone_numbers")
        except (ValueError, AttributeError):
            continue  # the retention took it
        found[pk] = listed if isinstance(listed, list) else []
    return found


def _pointer(error: Mapping[str, str]) -> str:
    return str(error.get("pointer", ""))


def _named(entry: OutboxEntry, numbers: Iterable[OrderNumber], sent: Sequence[str]) -> dict[str, list[int]]:
    """Return the numbers that Telnyx's errors name, each with the places of those errors."""
    ours = {_digits(number.phone_number): number.phone_number for number in numbers}
    ours |= {_digits(number): number for number in sent}
    found: dict[str, list[int]] = {}
    for place, error in enumerate(entry.errors):
        for phone_number in dict.fromkeys([*_pointed(error, sent), *_written(error, ours)]):
            found.setdefault(phone_number, []).append(place)
    if entry.operation == "remove_number":
        for number in numbers:
            if number.remote_number_id and entry.path.endswith(f"/{number.remote_number_id}"):
                found.setdefault(number.phone_number, list(range(len(entry.errors))))
    return found


def _pointed(error: Mapping[str, str], sent: Sequence[str]) -> Iterator[str]:
    place = re.search(r"phone_numbers[/.\[]+(\d+)", _pointer(error))
    if place and int(place[1]) < len(sent):
        yield sent[int(place[1])]


def _written(error: Mapping[str, str], ours: Mapping[str, str]) -> Iterator[str]:
    for name in ("title", "detail", "pointer"):
        for written in DIGITS.findall(str(error.get(name, ""))):
            if _digits(written) in ours:
                yield ours[_digits(written)]


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)[-10:]


def _still(named: Collection[str], numbers: Iterable[OrderNumber], entry: OutboxEntry) -> bool:
    """Return True if one of the numbers is still here, and still unproven if it was about its code."""
    left = [number for number in numbers if number.phone_number in named and number.is_in_order()]
    return any(entry.operation not in CODES or _is_unproven(number) for number in left)


def _refusal(entry: OutboxEntry, named: Mapping[str, list[int]], seen: Sight) -> Refusal:
    ours = {_digits(number): number for number in named}
    said = [_readable(outbox_words.said(error, seen), ours) for error in entry.errors]
    explained = [codes.EXPLANATIONS.get(str(error.get("code", ""))) for error in entry.errors]
    advice: list[Words] = []
    if named and entry.operation in ABOUT_NUMBERS:
        advice.append(ABOUT_NUMBERS[entry.operation] % {"n": len(named)})
    else:
        known = next(filter(None, explained), None)
        if known:
            advice.append(ASK_TELNYX if known.advice is codes.ASK_TELNYX else known.advice)
        advice.append(OTHERWISE[entry.operation])
    more = len(said) - MOST_SAID
    shown = said[:MOST_SAID] + ([_("and %(n)s more errors") % {"n": more}] if more > 0 else [])
    return Refusal(
        entry.operation,
        str(TITLES[entry.operation]) % {"why": _why(entry, named, said, explained)},
        shown,
        advice,
        {number: " ".join(said[place] for place in places) for number, places in named.items()},
    )


def _why(
    entry: OutboxEntry,
    named: Mapping[str, list[int]],
    said: Sequence[str],
    explained: Sequence[codes.Explanation | None],
) -> str:
    """Return the reason in one sentence: with the number if one is named, else in plain words if we know the code."""
    if named:
        shown = [display_number(number) for number in named]
        if len(shown) > 1:
            return _numbers(shown)
        [places] = named.values()
        words = _short(entry, places[0], said) if places else ""
        return _full_stop(words if shown[0] in words else ": ".join(filter(None, [shown[0], words])))
    known = next(filter(None, explained), None)
    if known:
        return _full_stop(str(known.title))
    return _full_stop(said[0]) if said else _("Telnyx gave no reason.")


def _short(entry: OutboxEntry, place: int, said: Sequence[str]) -> str:
    """Return the part of Telnyx's words that says most: the detail after its title."""
    title, _colon, detail = said[place].partition(": ")
    return detail if detail and entry.errors[place].get("detail") else title


def _numbers(shown: Sequence[str]) -> str:
    listed = ", ".join(shown[:MOST_NAMED])
    if len(shown) > MOST_NAMED:
        listed = _("%(listed)s and %(n)s more") % {"listed": listed, "n": len(shown) - MOST_NAMED}
    return _("%(n)s numbers: %(listed)s.") % {"n": len(shown), "listed": listed}


def _readable(words: str, ours: Mapping[str, str]) -> str:
    """Return Telnyx's words with our numbers in them as the pages write them."""

    def shown(found: re.Match[str]) -> str:
        number = ours.get(_digits(found[0]))
        return display_number(number) if number else found[0]

    return DIGITS.sub(shown, words)


def _full_stop(words: str) -> str:
    words = words.strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."
