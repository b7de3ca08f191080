"""When brands and agents that were registered here are done, so that whoever submitted them is told."""

from datetime import datetime

from django.db.models import Q, QuerySet

from messaging.mirror.models import UNDER_WAY
from messaging.notices.awaited import Awaited
from messaging.telnyx import times

from ..models import RcsAgentRegistration, RcsBrand
from ..registration import page
from ..registration.choices import AgentStatus, BrandStatus, Decision

HERE = Q(gone_at=None, closed_at=None) & ~Q(sync_state__in=UNDER_WAY)
SENT_BY = ("create", "submit", "launch")


def _verified() -> QuerySet:
    return RcsBrand.objects.filter(HERE, remote_status=BrandStatus.VERIFIED)


def _live() -> QuerySet:
    """Return the agents that are live, and about which no carrier has yet to decide or has rejected them."""
    open_ones = Q()
    for status in (Decision.PENDING, Decision.SUBMITTED, Decision.REJECTED):
        open_ones |= Q(remote_data__contains={"carrier_approvals": [{"status": status.value}]})
    return RcsAgentRegistration.objects.filter(HERE, ~open_ones, remote_status=AgentStatus.LIVE)


def _live_since(agent: RcsAgentRegistration) -> datetime:
    """Return when the last carrier approved it: that may be long after Telnyx calls it live."""
    told = (times.read(one.get("approved_at")) for one in agent.told("carrier_approvals"))
    return max(filter(None, (agent.remote_status_at or agent.created_at, *told)))


BRANDS = Awaited(RcsBrand, page.viewing(RcsBrand), BrandStatus.VERIFIED, _verified, SENT_BY)
AGENTS = Awaited(
    RcsAgentRegistration,
    page.viewing(RcsAgentRegistration),
    AgentStatus.LIVE,
    _live,
    SENT_BY,
    since=_live_since,
)
