"""What RCS tells about a number, to people who may check phones or invite them: only they find one by its number."""

from collections.abc import Iterator, Sequence

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from messaging.desk import show
from messaging.desk.finding import Hit
from messaging.desk.number_lookup import MOST, Chapter, Event

from ..agents.page import CHECK, INVITE, page_url
from ..handsets import features
from ..models import Capability, TestInvite


def phones(user: User, number: str) -> Sequence[Chapter]:
    """Return what a phone can receive from each agent, and whose test phone it is. Two queries."""
    return [*_capabilities(user, number), *_invites(user, number)]


def _capabilities(user: User, number: str) -> Iterator[Chapter]:
    if not user.has_perm(CHECK):
        return
    rows = list(Capability.objects.filter(phone_number=number).select_related("agent")[: MOST + 1])
    list_url = reverse("admin:rcs_capability_changelist")
    yield Chapter(
        _("RCS phones"),
        [_capability(row) for row in rows[:MOST]],
        [
            Event(row.as_of, _has_rcs(row), str(row.agent), page_url(row.agent))
            for row in rows[:MOST]
            if row.as_of
        ],
        all_url=list_url if len(rows) > MOST else "",
    )


def _has_rcs(row: Capability) -> str:
    if row.has_rcs is None:
        return _("We don't know whether it has RCS")
    return _("It has RCS") if row.has_rcs else _("It has no RCS")


def _capability(row: Capability) -> Hit:
    said = [str(row.agent), capfirst(features.in_words(row)), show.clock(row.as_of) if row.as_of else ""]
    return Hit(_has_rcs(row), " · ".join(filter(None, said)), page_url(row.agent))


def _invites(user: User, number: str) -> Iterator[Chapter]:
    if not user.has_perm(INVITE):
        return
    rows = list(TestInvite.objects.filter(phone_number=number).select_related("agent")[:MOST])
    hits = [
        Hit(
            _("Test phone of the RCS agent %(name)s") % {"name": row.agent},
            show.clock(row.created_at),
            page_url(row.agent),
        )
        for row in rows
    ]
    events = [
        Event(
            row.created_at,
            _("Invited as a test phone of the RCS agent %(name)s") % {"name": row.agent},
            "",
            page_url(row.agent),
        )
        for row in rows
    ]
    yield Chapter(_("RCS test phones"), hits, events, is_to_us=hits)
