"""The stage of a registration: whose turn it is, what happens now, and what comes next."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk.turns import Group, Turn
from messaging.mirror.models import OutboxEntry, SyncState

from ..models import RcsAgentRegistration, RcsBrand
from .choices import OVER, AgentStatus, BrandStatus

# Telnyx publishes the words alone, and no time for any of them (docs/telnyx.md, T4.28).
IN_REVIEW = Turn(
    Group.REVIEWING,
    gettext_lazy(
        "Telnyx is having the brand checked. There is nothing to do here; the desk watches for the result."
    ),
)
BRAND_TURNS: dict[str, Turn] = {
    BrandStatus.CREATED: Turn(
        Group.NEEDS_US,
        gettext_lazy("Telnyx has the draft but isn't reviewing it yet. Check it, then submit it for review."),
    ),
    BrandStatus.CONFIGURED: IN_REVIEW,
    BrandStatus.SUBMITTED: IN_REVIEW,
    BrandStatus.REVIEWING: IN_REVIEW,
    BrandStatus.VETTING: IN_REVIEW,
    BrandStatus.VERIFIED: Turn(
        Group.DONE, gettext_lazy("The brand is verified. Agents can be submitted for it.")
    ),
    BrandStatus.REJECTED: Turn(
        Group.NEEDS_US,
        gettext_lazy(
            "The brand was rejected, and Telnyx gives no reason here. Ask Telnyx support why. It can't be "
            "submitted again: start a new one from it, corrected."
        ),
    ),
    BrandStatus.FAILED: Turn(
        Group.NEEDS_US,
        gettext_lazy(
            "Something went wrong at Telnyx, and Telnyx doesn't say what. Ask Telnyx support before you "
            "start a new one from it."
        ),
    ),
}
UNDER_REVIEW = gettext_lazy(
    "Telnyx accepted the submission but still shows the earlier status. The desk watches for the next one."
)

AGENT_IN_REVIEW = Turn(
    Group.REVIEWING,
    gettext_lazy(
        "Telnyx is having the agent checked. There is nothing to do here; the desk watches for the result."
    ),
)
AT_CARRIERS = Turn(
    Group.CARRIERS,
    gettext_lazy("The agent is with the carriers, and each of them decides on its own."),
)
AGENT_TURNS: dict[str, Turn] = {
    AgentStatus.CREATED: Turn(
        Group.NEEDS_US,
        gettext_lazy("Telnyx has the draft but isn't reviewing it yet. Its brand is verified, so submit it."),
    ),
    AgentStatus.SUBMITTED: AGENT_IN_REVIEW,
    AgentStatus.VERIFYING: AGENT_IN_REVIEW,
    AgentStatus.VERIFIED: Turn(
        Group.NEEDS_US,
        gettext_lazy(
            "The agent is verified. Try it with test devices, record a video of that, then send it to the carriers."
        ),
    ),
    AgentStatus.LAUNCHING: AT_CARRIERS,
    AgentStatus.LAUNCHED: replace(
        AT_CARRIERS, words=gettext_lazy("The agent is launched. Telnyx doesn't call it live yet.")
    ),
    AgentStatus.LIVE: Turn(Group.DONE, gettext_lazy("The agent is live.")),
    AgentStatus.REJECTED: Turn(
        Group.NEEDS_US,
        gettext_lazy(
            "The agent was rejected. Its page shows what carriers said; ask Telnyx support for the rest. It "
            "can't be submitted again: start a new one from it, corrected."
        ),
    ),
    AgentStatus.FAILED: Turn(
        Group.NEEDS_US,
        gettext_lazy(
            "Something went wrong at Telnyx, and Telnyx doesn't say what. Ask Telnyx support before you "
            "start a new one from it."
        ),
    ),
}
LIVE_WITH_SOME = gettext_lazy(
    "The agent is live, but a carrier rejected it. Read the reason on its page, then ask Telnyx support "
    "what to do next."
)
SOME_REJECTED = gettext_lazy(
    "The agent is with the carriers. One has rejected it, and its page shows why; others may still decide."
)
LIVE_AND_WAITING = gettext_lazy("The agent is live; some carriers haven't decided yet.")

# An agent's draft waits for its brand.
WAITS_FOR_BRAND = gettext_lazy("It can be submitted once its brand is verified. The brand is being checked.")
BRAND_FIRST = gettext_lazy("It can be submitted once its brand is verified. Submit the brand first.")
BRAND_LOST = gettext_lazy(
    "Its brand was not verified, so it can't be submitted. Start a new one from it, for another brand."
)
BRAND_UNKNOWN = gettext_lazy(
    "It can be submitted once its brand is verified. This desk doesn't know that brand."
)

UNDECIDED = Turn(
    Group.DECISION, gettext_lazy("We couldn't find out what happened to a request. Please decide.")
)
BY_OUR_SIDE: dict[str, Turn] = {
    SyncState.QUEUED: Turn(Group.UNDER_WAY, gettext_lazy("Queued for Telnyx.")),
    SyncState.SENDING: Turn(Group.UNDER_WAY, gettext_lazy("Being sent to Telnyx.")),
    SyncState.UNSURE: Turn(
        Group.UNSURE,
        gettext_lazy("We're checking whether Telnyx received it. You don't need to do anything."),
    ),
}
REFUSED_NEW = Turn(Group.NEEDS_US, gettext_lazy("Telnyx refused it. Correct it, then send it again."))
REFUSED_LATER = Turn(Group.NEEDS_US, gettext_lazy("Telnyx refused the last request. Its page shows why."))
DRAFT = Turn(Group.DRAFT, gettext_lazy("Only this desk has it. Once it is complete, create it at Telnyx."))
CLOSED = Turn(Group.CLOSED, gettext_lazy("Closed here. At Telnyx it stays as it is."))
DISCARDED = Turn(Group.CLOSED, gettext_lazy("Discarded. Telnyx doesn't have it."))
GONE = Turn(Group.CLOSED, gettext_lazy("No longer at Telnyx."))


def turn(record: Any, *, brand: RcsBrand | None = None, is_undecided: bool = False) -> Turn:
    """Return the stage: what our side has open or was refused comes before what Telnyx says.

    `brand` is the one an agent belongs to. `is_undecided` says that a person has to settle a request about it.
    """
    if is_undecided:
        return UNDECIDED
    if record.is_under_way():
        return BY_OUR_SIDE[record.sync_state]
    if record.gone_at:
        return GONE
    if record.closed_at:
        return CLOSED if record.remote_id else DISCARDED
    if record.remote_id is None:
        return REFUSED_NEW if record.sync_state == SyncState.REFUSED else DRAFT
    told = _agent(record, brand) if isinstance(record, RcsAgentRegistration) else _brand(record)
    was_refused = record.sync_state == SyncState.REFUSED and record.remote_status not in OVER
    return REFUSED_LATER if was_refused and told.group == Group.NEEDS_US else told


def _brand(brand: RcsBrand) -> Turn:
    if brand.was_asked("submit") and brand.remote_status == BrandStatus.CREATED:
        return replace(IN_REVIEW, words=UNDER_REVIEW)
    return BRAND_TURNS.get(brand.remote_status) or _unknown(brand.remote_status)


def _agent(agent: RcsAgentRegistration, brand: RcsBrand | None) -> Turn:
    status = agent.remote_status
    if status == AgentStatus.CREATED:
        if agent.was_asked("submit"):
            return replace(AGENT_IN_REVIEW, words=UNDER_REVIEW)
        return _waits_for(brand)
    if status == AgentStatus.VERIFIED and agent.was_asked("launch"):
        return replace(AT_CARRIERS, words=UNDER_REVIEW)
    if status in (AgentStatus.LAUNCHING, AgentStatus.LAUNCHED) and agent.was_rejected_by_some():
        return replace(AT_CARRIERS, words=SOME_REJECTED)
    if status == AgentStatus.LIVE and agent.was_rejected_by_some():
        return Turn(Group.NEEDS_US, LIVE_WITH_SOME)
    if status == AgentStatus.LIVE and agent.waits_for_carriers():
        return Turn(Group.CARRIERS, LIVE_AND_WAITING)
    return AGENT_TURNS.get(status) or _unknown(status)


def _waits_for(brand: RcsBrand | None) -> Turn:
    if brand is None:
        return Turn(Group.NEEDS_US, BRAND_UNKNOWN)
    if brand.remote_status == BrandStatus.VERIFIED:
        return AGENT_TURNS[AgentStatus.CREATED]
    if brand.remote_status in OVER:
        return Turn(Group.NEEDS_US, BRAND_LOST)
    is_moving = brand.is_under_way() or brand.is_moving()
    return Turn(Group.REVIEWING, WAITS_FOR_BRAND) if is_moving else Turn(Group.NEEDS_US, BRAND_FIRST)


def _unknown(status: str) -> Turn:
    words = _("Telnyx says %(status)s, a status this desk doesn't know yet.")
    return Turn(Group.REVIEWING, words % {"status": status or "-"})


def undecided(records: Sequence[Any]) -> set[Any]:
    """Return the keys of those with a request that a person has to settle. One query for each kind."""
    found: set[Any] = set()
    for model in {type(record) for record in records}:
        found |= set(
            OutboxEntry.objects.filter(
                resource_type=ContentType.objects.get_for_model(model),
                resource_id__in=[record.pk for record in records if isinstance(record, model)],
                state=OutboxEntry.State.NEEDS_PERSON,
            ).values_list("resource_id", flat=True)
        )
    return found


def brands_of(agents: Sequence[RcsAgentRegistration]) -> dict[str, RcsBrand]:
    """Return the brands of these agents by Telnyx's id."""
    ids = {agent.brand_remote_id for agent in agents}
    found = RcsBrand.objects.filter(remote_id__in=ids).defer("remote_data")
    return {brand.remote_id or "": brand for brand in found}
