"""The columns of a table of requests: what each is called, what people call it, and how a cell is read."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging import countries, numbers, spreadsheet
from messaging.mirror.wording import Words
from messaging.states import NAMES as STATES

from .. import summary
from ..checks import normalize
from ..checks.sections import SECTION_OF
from ..models import VerificationRequest

PROFILE = "business_profile"
FIELDS = (PROFILE, *SECTION_OF)

# The form has these under “Contact”; a table has no title above them.
HEADS: dict[str, Words] = {
    PROFILE: gettext_lazy("Business profile"),
    "business_contact_first_name": gettext_lazy("Contact's first name"),
    "business_contact_last_name": gettext_lazy("Contact's last name"),
    "business_contact_email": gettext_lazy("Contact's email"),
    "business_contact_phone": gettext_lazy("Contact's phone"),
}
ALIASES = {
    "number": "phone_numbers",
    "numbers": "phone_numbers",
    "tollfreenumber": "phone_numbers",
    "profile": PROFILE,
    "legalname": "business_name",
    "company": "business_name",
    "dba": "doing_business_as",
    "brand": "doing_business_as",
    "address": "business_addr1",
    "street": "business_addr1",
    "state": "business_state",
    "province": "business_state",
    "zip": "business_zip",
    "zipcode": "business_zip",
    "postalcode": "business_zip",
    "ein": "business_registration_number",
    "contactfirstname": "business_contact_first_name",
    "contactlastname": "business_contact_last_name",
    "contactemail": "business_contact_email",
    "contactphone": "business_contact_phone",
}
# Columns we add to the file of rows that stayed out; they are not fields of a request when it is uploaded again.
ROW = gettext_lazy("Row")
WHY = gettext_lazy("Why it was left out")

EXAMPLE: Mapping[str, str] = {
    "phone_numbers": "+1 800 555 0123",
    "business_name": "Example Bakery LLC (delete this row)",
    "corporate_website": "https://www.example-bakery.example",
    "business_addr1": "200 Fictional Way",
    "business_city": "Springfield",
    "business_state": "Illinois",
    "business_zip": "62704",
    "entity_type": "Private company",
    "business_registration_number": "12-3456789",
    "business_registration_type": "EIN",
    "business_registration_country": "United States",
    "business_contact_first_name": "Robin",
    "business_contact_last_name": "Sample",
    "business_contact_email": "robin@example-bakery.example",
    "business_contact_phone": "+1 217 555 0142",
    "use_case": "Order Notifications",
    "message_volume": "1,000",
    "use_case_summary": "Tells customers who asked for it when their order can be picked up.",
    "production_message_content": "Example Bakery: your order is ready until 6 pm. Reply STOP to opt out.",
    "age_gated_content": "No",
    "opt_in_workflow": "Customers tick a separate, optional box for text messages in the order form.",
    "opt_in_workflow_image_urls": "https://www.example-bakery.example/opt-in.png",
    "privacy_policy_url": "https://www.example-bakery.example/privacy",
    "terms_and_condition_url": "https://www.example-bakery.example/terms",
    "additional_information": "One number for one bakery.",
}


def head(field: str) -> str:
    """Return what a column is called in the template."""
    return str(HEADS[field]) if field in HEADS else summary.label(field)


def template() -> str:
    """Return the table to fill in, as CSV: a row of heads and one example."""
    rows = [[head(field) for field in FIELDS], [EXAMPLE.get(field, "") for field in FIELDS]]
    return spreadsheet.BOM + spreadsheet.lines(rows)


def plain(text: str) -> str:
    """Return a head or a choice without what people write differently: capitals, blanks and signs."""
    return re.sub(r"[\W_]+", "", text).casefold()


def known() -> dict[str, str]:
    """Return the field for every name of a column: its head, its label, Telnyx's name, and ours."""
    labels = {plain(summary.label(field)): field for field in SECTION_OF}
    telnyx = {plain(name.json): field for field, name in VerificationRequest.wire.names.items()}
    ours = {plain(field): field for field in FIELDS}
    heads = {plain(head(field)): field for field in FIELDS}
    return {**ALIASES, **labels, **telnyx, **ours, **heads}


def match(heads: Sequence[str]) -> list[str]:
    """Return the field of each column, "" where there is none."""
    names = known()
    return [names.get(plain(text), "") if text else "" for text in heads]


def is_ours(text: str) -> bool:
    """Return True for a column that this desk added to a table."""
    return text in (str(ROW), str(WHY))


# Cells.


class Unreadable(Exception):
    """A cell isn't what its column holds; the text says why."""


YES = {"yes", "y", "true", "1", "x"}
NO = {"no", "n", "false", "0", ""}


def _yes_or_no(text: str) -> bool:
    typed = plain(text)
    if typed in YES | {plain(_("Yes"))}:
        return True
    if typed in NO | {plain(_("No"))}:
        return False
    raise Unreadable(_("Type Yes or No."))


def _numbers(text: str) -> list[str]:
    return normalize.numbers(numbers.lines(text))


def _urls(text: str) -> list[str]:
    return normalize.addresses(re.split(r"\s+|[;,]\s*(?=https?:)", text))


def _choices(field: str) -> Sequence[tuple[str, Words]]:
    return VerificationRequest._meta.get_field(field).flatchoices  # type: ignore[union-attr]


def _choice(field: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        by_name = {plain(str(name)): value for value, label in _choices(field) for name in (label, value)}
        return by_name.get(plain(text), text)

    return read


# What may be written in a column that has a list in the form; a table has none.

CHOSEN = ("use_case", "message_volume", "entity_type")
# A longer list isn't written out beside each wrong cell.
MOST_NAMED = 12
NEAREST = 3
# As difflib measures how much alike two words are.
ALIKE = 0.5


def allowed() -> list[tuple[str, list[str]]]:
    """Return each column that has a list, with all that may be written in it."""
    return [(head(field), [str(label) for _value, label in _choices(field)]) for field in CHOSEN]


def instead_of(field: str, typed: str) -> str:
    """Return what to write instead of a word that isn't in the list of a column."""
    if field == "business_state":
        words = _("“%(typed)s” isn't a US state or Canadian province. Write its name, such as Texas, or TX.")
        names: Sequence[Words] = list(STATES.values())
    elif field == "business_registration_country":
        words = _("We don't know the country “%(typed)s”. Write its name, such as Canada, or CA.")
        names = list(countries.NAMES.values())
    else:
        words = _("Telnyx doesn't recognize “%(typed)s”.")
        names = [label for _value, label in _choices(field)]
    said = [words % {"typed": typed[:40]}]
    if len(names) <= MOST_NAMED:
        return " ".join([*said, _("Write one of these: %(all)s.") % {"all": "; ".join(map(str, names))}])
    by_name = {plain(str(name)): str(name) for name in names}
    near = difflib.get_close_matches(plain(typed[:40]), by_name, NEAREST, ALIKE)
    if near:
        said.append(_("Do you mean one of these: %(near)s?") % {"near": "; ".join(by_name[n] for n in near)})
    if field in CHOSEN:
        said.append(_("The page for choosing a file lists all of them, under “Columns we know”."))
    return " ".join(said)


READ: dict[str, Callable[[str], Any]] = {
    "phone_numbers": _numbers,
    "opt_in_workflow_image_urls": _urls,
    "age_gated_content": _yes_or_no,
    "business_registration_country": countries.code_of,
    **{field: _choice(field) for field in CHOSEN},
}


def value(field: str, cell: str) -> Any:
    """Return the value of a cell. Raise Unreadable. What can't be judged alone is left to the checks of a request."""
    if cell == "\ufffdformula":
        raise Unreadable(
            _(
                "This cell holds a formula without a value. Save the file again in your spreadsheet "
                "program, or type the value."
            )
        )
    if cell == "\ufffderror":
        raise Unreadable(_("This cell holds an error such as #N/A. Type the value."))
    return READ[field](cell) if field in READ else cell
