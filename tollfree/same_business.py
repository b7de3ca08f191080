"""Which requests are about one business, however each of them spells its name or its registration number."""

from typing import TYPE_CHECKING

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Left, Lower, NullIf, Upper
from django.db.models.lookups import Exact

if TYPE_CHECKING:
    from .models import VerificationRequest

# Changing these needs a migration: the indexes are on the same expressions.
ENDING = (
    r"[\s,.]+(l\.?l\.?c|p\.?l\.?l\.?c|l\.?l\.?p|l\.?p|inc|incorporated|corp|corporation|ltd|limited|co|company|plc|"
    r"p\.?c|p\.?a|gmbh|pty)[\s,.]*$"
)
LONGEST_NAME = 100
LONGEST_NUMBER = 40


def _without(text: Combinable, pattern: str) -> Func:
    arguments = (text, Value(pattern), Value(""), Value("g"))
    return Func(*arguments, function="regexp_replace", output_field=TextField())


def name_key(text: Combinable) -> Func:
    """Return a name as one word, without its legal ending: "Larkspur Dental, LLC" is "larkspurdental"."""
    return Left(_without(_without(Lower(text), ENDING), "[^[:alnum:]]+"), LONGEST_NAME)


def number_key(text: Combinable) -> Func:
    return Left(_without(Upper(text), "[^0-9A-Z]+"), LONGEST_NUMBER)


def same(request: "VerificationRequest") -> Q:
    """Return the filter for requests with this name or this registration number; what is empty is like nothing."""
    pairs = ((name_key, "business_name"), (number_key, "business_registration_number"))
    found = Q()
    for key, field in pairs:
        wanted = Value(getattr(request, field), output_field=TextField())
        found |= Q(Exact(key(F(field)), NullIf(key(wanted), Value(""))))
    return found
