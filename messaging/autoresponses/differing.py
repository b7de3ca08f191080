"""The auto-responses that someone changed in Telnyx's portal, for the page of all differences."""

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import differing, drift
from messaging.desk.differing import Kind, Look, Row
from messaging.desk.turns import Group
from messaging.mirror.models import KnownCopy
from messaging.models import AutoResponse
from messaging.models.autoresponses import DIFFERS

from . import edits, page

VIEW = "messaging.view_autoresponse"


def rows() -> QuerySet:
    """Return those whose copy at Telnyx isn't ours; without a change in the portal, since our last edit."""
    copies = KnownCopy.objects.filter(
        resource_type=ContentType.objects.get_for_model(AutoResponse), resource_id=OuterRef("pk")
    )
    since = Coalesce(Subquery(copies.values("open_since")[:1]), "updated_at")
    return differing.rows_of(AutoResponse.objects.filter(DIFFERS), "autoresponse", key="pk", since=since)


def show(keys: Sequence[str]) -> Mapping[str, Row]:
    """Return those that still differ."""
    found = AutoResponse.objects.filter(pk__in=keys).select_related("profile")
    return {str(config.pk): _row(config) for config in found if config.apart() and not config.gone_at}


def _row(config: AutoResponse) -> Row:
    fields = differing.labels(AutoResponse, config.apart())
    if config.is_under_way():
        group, turn = Group.UNDER_WAY, differing.UNDER_WAY
    else:
        group, turn = Group.NEEDS_US, differing.WAITS_FOR_A_DECISION
    return Row(_title(config), fields, page.page_url(config), group, group.label, turn)


def _title(config: AutoResponse) -> str:
    return _("%(what)s on %(profile)s") % {"what": config, "profile": config.profile}


def look(keys: Sequence[str], user: User) -> Mapping[str, Look]:
    """Return what Telnyx's copy of these would replace. One query."""
    found = AutoResponse.objects.filter(pk__in=keys).select_related("profile")
    return {
        str(config.pk): Look(
            _title(config),
            page.page_url(config),
            drift.differences(config, config.differing(), page.lines, ()),
            edits.seen(config),
            config.is_under_way(),
        )
        for config in found
    }


def accept(key: str, by: User, was: str) -> None:
    edits.take_theirs(AutoResponse.objects.get(pk=key), by=by, was=was)


AUTORESPONSES = Kind(
    "autoresponse", gettext_lazy("Auto-responses"), VIEW, rows, show, page.CHANGE, look, accept
)
