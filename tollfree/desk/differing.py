"""The toll-free requests that someone changed in Telnyx's portal, for the page of all differences."""

from collections.abc import Mapping, Sequence

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from messaging.desk import differing
from messaging.desk.differing import Kind, Row
from messaging.desk.turns import Group
from messaging.team import people

from ..models import VerificationRequest
from ..page import CHANGE, decide_url, page_url
from .home import VIEW


def show(keys: Sequence[str]) -> Mapping[str, Row]:
    """Return the requests about which someone still has to decide."""
    requests = list(VerificationRequest.objects.filter(pk__in=keys).select_related("assigned_to"))
    fields = differing.still_undecided(requests)
    return {
        str(request.pk): _row(request, fields[str(request.pk)])
        for request in requests
        if str(request.pk) in fields
    }


def _row(request: VerificationRequest, fields: Sequence[str]) -> Row:
    who = capfirst(people.with_words(request.assigned_to))
    if request.is_under_way():
        return Row(
            str(request),
            fields,
            page_url(request),
            Group.UNDER_WAY,
            Group.UNDER_WAY.label,
            differing.UNDER_WAY,
        )
    return Row(str(request), fields, decide_url(request), Group.NEEDS_US, Group.NEEDS_US.label, who)


REQUESTS = Kind(
    "tollfree",
    _("Toll-free verification"),
    VIEW,
    lambda: differing.undecided(VerificationRequest, "tollfree"),
    show,
    CHANGE,
)
