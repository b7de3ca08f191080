"""What toll-free verification knows about a number that someone searches for in the message log."""

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext as _

from messaging.desk.number_lookup import MOST, Found, Needle
from messaging.validators import display_number

from .. import turns
from ..models import VerificationRequest
from ..page import page_url
from .home import VIEW

# A request's numbers are in one JSON list, so a search by last digits covers only the newest requests.
LATELY = 2000


def requests(user: User, needle: Needle) -> list[Found]:
    """Return the requests that contain the number, newest first."""
    if not user.has_perm(VIEW):
        return []
    newest = VerificationRequest.objects.order_by("-created_at")
    if needle.numbers:
        named = Q()
        for number in needle.numbers:
            named |= Q(phone_numbers__contains=[number])
        found = list(newest.filter(named)[:MOST])
    else:
        ids = [
            pk
            for pk, numbers in newest.values_list("pk", "phone_numbers")[:LATELY]
            if any(str(number).endswith(needle.ending) for number in numbers)
        ]
        found = list(newest.filter(pk__in=ids[:MOST]))
    turns.with_entries(found)
    return [_found(request) for request in found]


def _found(request: VerificationRequest) -> Found:
    turn = request.turn()
    numbers = ", ".join(display_number(number) for number in request.phone_numbers[:3])
    what = _("Toll-free verification of %(business)s") % {"business": request}
    return Found(numbers, what, page_url(request), turn.group, turn.group.label)
