"""The toll-free requests that someone changed in Telnyx's portal, for the page of all differences."""

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import User
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from messaging.desk import differing, drift
from messaging.desk.differing import Kind, Look, Row
from messaging.desk.turns import Group
from messaging.team import people

from .. import summary
from ..models import VerificationRequest
from ..page import CHANGE, decide_url, page_url, sees_contacts
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


def look(keys: Sequence[str], user: User) -> Mapping[str, Look]:
    """Return what Telnyx's copy of these requests would replace. Two queries."""
    requests = list(VerificationRequest.objects.filter(pk__in=keys))
    fields = differing.undecided_fields(requests)
    read = summary.reader(secrets=user.has_perm(CHANGE), contacts=sees_contacts(user))
    found = {}
    for request in requests:
        is_under_way = request.is_under_way()
        names = [] if is_under_way else fields[str(request.pk)]
        found[str(request.pk)] = Look(
            str(request),
            page_url(request),
            drift.differences(request, names, read, ()),
            drift.seen(request, names),
            is_under_way,
        )
    return found


def accept(key: str, by: User, was: str) -> None:
    drift.decide(VerificationRequest.objects.get(pk=key), {"": drift.THEIRS}, by=by, was=was)


REQUESTS = Kind(
    "tollfree",
    _("Toll-free verification"),
    VIEW,
    lambda: differing.undecided(VerificationRequest, "tollfree"),
    show,
    CHANGE,
    look,
    accept,
)
