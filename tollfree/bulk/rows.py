"""What becomes of each row of a table: a draft, or a row that stays out and why."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from messaging.desk.acts import short
from messaging.states import NAMES, US_STATES
from messaging.validators import display_number

from .. import summary
from ..businesses.page import VIEW
from ..checks import problems
from ..checks.rules.rule import Level
from ..models import BusinessProfile, VerificationRequest
from . import columns
from .columns import PROFILE
from .reading import Table

MOST_MISSING = 3
# Numbers in one query.
AT_ONCE = 100
# Rules about a word that is chosen from a list in the form.
LISTED = ("unknown_choice", "country_not_two_letters")
# Where a state is chosen from a list, too.
HERE = ("", "US", "CA")
LOST_ZERO = re.compile(r"\d{3,4}(-\d{4})?", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """What is wrong in one cell; `column` is its head in the person's own table."""

    column: str
    cell: str
    why: str


@dataclass
class Row:
    """A row of the table, the draft it would be, and what is wrong with it; `missing` can be filled in later."""

    number: int
    cells: list[str]
    draft: VerificationRequest
    faults: list[Fault] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    # What is allowed, but a reviewer may object to.
    objections: list[Fault] = field(default_factory=list)

    @property
    def why(self) -> str:
        """Return what is wrong, on one line."""
        return " ".join(f"{fault.column}: {fault.why}" for fault in self.faults)

    @property
    def shown_missing(self) -> str:
        """Return what is missing: the first few, and how many more."""
        shown, more = self.missing[:MOST_MISSING], len(self.missing) - MOST_MISSING
        if more > 0:
            shown = [*shown, _("and %(n)s more") % {"n": more}]
        return ", ".join(shown)

    @property
    def shown_numbers(self) -> str:
        return ", ".join(map(display_number, self.draft.phone_numbers[:3]))


def of(table: Table, user: User) -> list[Row]:
    """Return every row as it would be imported now."""
    fields = columns.match(table.heads)
    heads = {name: text for name, text in zip(fields, table.heads, strict=True) if name}
    profiles = _profiles(table, fields) if user.has_perm(VIEW) else {}
    rows = [_row(number, cells, fields, heads, profiles) for number, cells in table.rows]
    holders = _holders({number for row in rows for number in row.draft.phone_numbers})
    first: dict[str, int] = {}
    for row in rows:
        row.faults += _clashes(row, holders, first, heads.get("phone_numbers", ""))
        for number in row.draft.phone_numbers:
            first.setdefault(number, row.number)
    return rows


def _profiles(table: Table, fields: list[str]) -> Mapping[str, BusinessProfile]:
    """Return the profiles that a table names. One query."""
    if PROFILE not in fields:
        return {}
    place = fields.index(PROFILE)
    names = {_called(cells[place]) for _n, cells in table.rows if place < len(cells)}
    found = BusinessProfile.objects.alias(called=Lower("name")).filter(called__in=names)
    return {_called(profile.name): profile for profile in found}


def _called(name: str) -> str:
    return " ".join(name.split()).lower()


def _row(
    number: int,
    cells: list[str],
    fields: list[str],
    heads: Mapping[str, str],
    profiles: Mapping[str, BusinessProfile],
) -> Row:
    typed = {name: cell for name, cell in zip(fields, cells, strict=False) if name and cell}
    faults: list[Fault] = []
    values: dict[str, Any] = {}
    profile = profiles.get(_called(typed.get(PROFILE, "")))
    if PROFILE in typed and profile is None:
        why = _("There is no business profile with this name. Add it first, or leave the cell empty.")
        faults.append(Fault(heads[PROFILE], short(typed[PROFILE]), why))
    for name, cell in typed.items():
        if name == PROFILE:
            continue
        try:
            values[name] = columns.value(name, cell)
        except columns.Unreadable as error:
            faults.append(Fault(heads[name], "" if cell[0] == "\ufffd" else short(cell), str(error)))
    company = profile.company() if profile else {}
    draft = VerificationRequest(**company | values, business_profile=profile)
    draft.clean()
    row = Row(number, cells, draft, faults)
    if not (draft.phone_numbers or draft.business_name or draft.doing_business_as) and not faults:
        why = _("Neither a number nor a business, so nobody could tell which request this is.")
        faults.append(Fault(heads.get("business_name", columns.head("business_name")), "", why))
    _judge(row, typed, heads)
    zip_code, state, country = draft.business_zip, draft.business_state, draft.business_registration_country
    # Of a state that nobody knows, the country says where it is.
    is_us = state in US_STATES.values() or (state not in NAMES.values() and country in ("", "US"))
    if LOST_ZERO.fullmatch(zip_code) and is_us:
        why = _("A US ZIP code has five digits. The spreadsheet may have dropped a zero at the start.")
        row.faults.append(Fault(heads.get("business_zip", columns.head("business_zip")), zip_code, why))
    return row


def _judge(row: Row, typed: Mapping[str, str], heads: Mapping[str, str]) -> None:
    """Sort the problems: what is wrong keeps a row out; what is missing, or may be objected to, can wait."""
    unread = {fault.column for fault in row.faults}
    for problem in row.draft.problems():
        name = problem.field
        head = heads.get(name) or columns.head(name)
        fault = Fault(head, short(typed.get(name, "")), _why(problem, row.draft))
        if problem.level != Level.ERROR:
            row.objections.append(fault)
        elif getattr(row.draft, name):
            row.faults.append(fault)
        elif head not in unread and (label := summary.label(name)) not in row.missing:
            row.missing.append(label)


def _why(problem: problems.Problem, draft: VerificationRequest) -> str:
    """Return what is wrong, without sending people to a list that a spreadsheet doesn't have."""
    is_state = problem.rule == "state_not_in_full" and draft.business_registration_country in HERE
    if is_state or problem.rule in LISTED:
        return columns.instead_of(problem.field, getattr(draft, problem.field))
    return problem.message


def _holders(numbers: Collection[str]) -> dict[str, VerificationRequest]:
    """Return the requests here that hold any of these numbers and have not been sent, by number."""
    found: dict[str, VerificationRequest] = {}
    wanted = sorted(numbers)
    for begin in range(0, len(wanted), AT_ONCE):
        named = Q()
        for number in wanted[begin : begin + AT_ONCE]:
            named |= Q(phone_numbers__contains=[number])
        holding = VerificationRequest.objects.filter(named, gone_at=None).defer("remote_data")
        found |= {number: request for request in holding for number in request.phone_numbers}
    return found


def _clashes(
    row: Row, holders: Mapping[str, VerificationRequest], first: Mapping[str, int], head: str
) -> Iterator[Fault]:
    """Yield what is wrong with the numbers of a row beside those of other rows and requests."""
    is_said = any(fault.column == head for fault in row.faults)
    for number in row.draft.phone_numbers:
        shown = display_number(number)
        if number in first:
            yield Fault(head, shown, _("The same number is in row %(row)s.") % {"row": first[number]})
        elif number in holders and not is_said:
            words = _("This number is already in another request here: %(name)s. Correct that one instead.")
            yield Fault(head, shown, words % {"name": holders[number]})
