"""What the pages of registrations show, and what a person may do now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import acts, outbox_words, sight, undoing
from messaging.desk.show import Step
from messaging.desk.sight import Sight
from messaging.desk.turns import Group, Turn
from messaging.mirror.masking import HIDDEN
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.models import MessagingProfile
from messaging.profiles.page import SEE_OUTBOX, SOON
from messaging.telnyx import times
from messaging.validators import display_number, mask_number

from ..models import RcsAgent, RcsAgentRegistration, RcsBrand
from . import check, turns
from .choices import OVER, Accepted, AgentStatus, BrandStatus, Decision, Scope
from .forms import AGENT_SECTIONS, BRAND_SECTIONS, Section

FRESH = timedelta(minutes=10)
LONGEST, MOST = 50, 2000
# The person who answers for the business, where it is, and its number at the tax office.
PERSONAL = (
    *("contact_first_name", "contact_last_name", "contact_title", "contact_email", "contact_phone"),
    *("address_line_1", "address_line_2", "city", "administrative_area", "postal_code", "ein"),
)
SECTIONS: Mapping[type, tuple[Section, ...]] = {
    RcsBrand: BRAND_SECTIONS,
    RcsAgentRegistration: AGENT_SECTIONS,
}
LAUNCHABLE = (AgentStatus.SUBMITTED, AgentStatus.VERIFYING, AgentStatus.VERIFIED)


def name_of(record: Any) -> str:
    """Return the first part of the names of a record's pages: rcs_rcsbrand."""
    return f"rcs_{record._meta.model_name}"


def page_url(record: Any) -> str:
    return reverse(f"admin:{name_of(record)}_change", args=[record.pk])


def viewing(model: type) -> str:
    """Return the permission to see records of this kind."""
    return f"rcs.view_{model._meta.model_name}"  # type: ignore[attr-defined]


def permission(record: Any, act: str) -> str:
    return f"rcs.{act}_{record._meta.model_name}"


def sees_personal(record: Any, user: User) -> bool:
    """Return True if this person works with the contacts in it: they write or submit such records."""
    return any(user.has_perm(permission(record, act)) for act in ("change", "submit"))


def seen_of(record: Any, user: User) -> Sight:
    """Return what this person sees of words about it."""
    if sees_personal(record, user):
        return sight.WHOLE
    return sight.masked([getattr(record, name, "") for name in PERSONAL])


def may(record: Any, user: User) -> dict[str, bool]:
    """Return what this person may do with it now."""
    changes, submits = (user.has_perm(permission(record, act)) for act in ("change", "submit"))
    is_open = record.closed_at is None and record.gone_at is None
    idle = is_open and not record.is_under_way()
    there, status = idle and record.is_there(), record.remote_status
    is_agent = isinstance(record, RcsAgentRegistration)
    waits = record.was_asked("submit")
    return {
        "edit": is_open and changes and record.may_be_edited(),
        "send": is_open and changes and record.is_new(),
        "submit": there and submits and status == BrandStatus.CREATED and not waits,
        "launch": is_agent and there and submits and status in LAUNCHABLE and not record.was_asked("launch"),
        "devices": is_agent and is_open and record.is_there() and changes and takes_devices(record),
        "ask": is_open and record.is_there() and changes,
        "copy": user.has_perm(permission(record, "add")) and sees_personal(record, user),
        "close": idle and changes and (record.is_new() or status in OVER),
        "reopen": record.closed_at is not None and changes,
        "take_agents": is_open and status not in OVER,
        "see_outbox": user.has_perm(SEE_OUTBOX),
        "see_personal": sees_personal(record, user),
    }


def takes_devices(agent: RcsAgentRegistration) -> bool:
    """Return True if its draft has left the desk's hands; before, Telnyx's partners don't have it."""
    return agent.remote_status != AgentStatus.CREATED and agent.remote_status not in OVER


@dataclass(frozen=True)
class Part:
    """A section of the page: pairs of a name and its value."""

    title: Words
    rows: list[tuple[str, str]]


def parts(record: Any, user: User) -> list[Part]:
    """Return all values in words. Those of people and the EIN are hidden from whoever doesn't work with them."""
    is_open = sees_personal(record, user)
    return [
        Part(title, [_row(record, name, is_open) for name in names])
        for title, _words, names in SECTIONS[type(record)]
    ]


def _row(record: Any, name: str, is_open: bool) -> tuple[str, str]:
    label = str(record._meta.get_field(name).verbose_name)
    value = getattr(record, name)
    if not value:
        return label, "-"
    if name in PERSONAL and isinstance(record, RcsBrand) and not is_open:
        return label, HIDDEN
    if name == "messaging_profile_id":
        profile = MessagingProfile.objects.filter(remote_id=value).first()
        return label, str(profile) if profile else _("%(id)s (unknown here)") % {"id": value}
    if name == "brand_remote_id":
        brand = record.brand()
        return label, str(brand) if brand else _("%(id)s (unknown here)") % {"id": value}
    if name in ("contact_phone", "phone_number"):
        return label, display_number(value)
    shown = getattr(record, f"get_{name}_display", None)
    return label, str(shown()) if shown else value


@dataclass(frozen=True)
class Approval:
    """What one carrier, a hub or the whole agent's reviewer said."""

    who: str
    scope: Words
    group: str
    status: Words
    reason: str
    submitted_at: datetime | None
    approved_at: datetime | None


DECISION_GROUPS = {
    Decision.PENDING: Group.CARRIERS,
    Decision.SUBMITTED: Group.CARRIERS,
    Decision.APPROVED: Group.DONE,
    Decision.REJECTED: Group.NEEDS_US,
}


def approvals(agent: RcsAgentRegistration) -> list[Approval]:
    """Return what each carrier said, those that rejected it first."""
    found = [
        Approval(
            str(one.get("carrier") or ""),
            _word(Scope, one.get("scope_type")),
            *_decided(one.get("status")),
            str(one.get("rejected_reason") or ""),
            times.read(one.get("submitted_at")),
            times.read(one.get("approved_at")),
        )
        for one in agent.told("carrier_approvals")
    ]
    return sorted(found, key=lambda one: (one.group != Group.NEEDS_US, one.group == Group.DONE, one.who))


def _decided(status: Any) -> tuple[str, Words]:
    group = DECISION_GROUPS.get(status, Group.UNSURE)
    return str(group.value), _word(Decision, status)


def _word(words: Any, value: Any) -> Words:
    return words(value).label if value in words.values else str(value or "-")


# What Telnyx decides about parts of an agent.
PARTS_OF_AGENT: Mapping[str, Words] = {
    "basics_status": gettext_lazy("Name, pictures and rules"),
    "campaign_status": gettext_lazy("Campaign"),
    "testing_status": gettext_lazy("Proof that it works"),
}


def decided(agent: RcsAgentRegistration) -> list[tuple[Words, str, Words]]:
    """Return the parts Telnyx has decided or decides about."""
    return [
        (label, *_decided(agent.remote_data[name]))
        for name, label in PARTS_OF_AGENT.items()
        if agent.remote_data.get(name)
    ]


@dataclass(frozen=True)
class Device:
    """One test device, its number as this person may see it."""

    id: str
    number: str
    group: str
    status: Words


DEVICE_GROUPS = {
    Accepted.PENDING: Group.UNDER_WAY,
    Accepted.ACCEPTED: Group.DONE,
    Accepted.DECLINED: Group.CLOSED,
}


def devices(agent: RcsAgentRegistration, user: User) -> list[Device]:
    shown = display_number if sees_personal(agent, user) else mask_number
    return [
        Device(
            str(one.get("test_device_id") or ""),
            shown(str(one.get("phone_number") or "")),
            str(DEVICE_GROUPS.get(one.get("invite_status", ""), Group.UNSURE).value),
            _word(Accepted, one.get("invite_status")),
        )
        for one in agent.told("test_devices")
    ]


def turn(record: Any) -> Turn:
    brand = record.brand() if isinstance(record, RcsAgentRegistration) else None
    return turns.turn(record, brand=brand, is_undecided=record.pk in turns.undecided([record]))


def status_words(record: Any) -> Words:
    """Return Telnyx's status in words, or its own word for one we don't know."""
    words = AgentStatus if isinstance(record, RcsAgentRegistration) else BrandStatus
    return _word(words, record.remote_status)


def context(record: Any, user: User) -> dict[str, Any]:
    """Return what the page shows inside its frame."""
    entries = _entries(record, LONGEST)
    seen, allowed, now = seen_of(record, user), may(record, user), turn(record)
    moving = next((entry for entry in entries if entry.moves_record), None)
    others = [entry for entry in entries if not entry.moves_record]
    is_agent = isinstance(record, RcsAgentRegistration)
    steps = history(record, entries, seen)
    return {
        "record": record,
        "is_agent": is_agent,
        # The same on every refresh until something is requested, so that the page does not change.
        "form_token": (entries[0].pk if entries else record.pk).hex,
        "names": {page: f"admin:{name_of(record)}_{page}" for page in URLS},
        "may": allowed,
        "turn": now,
        "group_words": Group(now.group).label,
        "status": status_words(record),
        "missing": check.problems(record) if record.remote_id is None and not record.closed_at else [],
        "ours": outbox_words.entry_line(moving, seen),
        "undo": undoing.offered(moving, user),
        "requests": [outbox_words.entry_line(one, seen) for one in others[:1] if one.is_open() or one.errors],
        "parts": parts(record, user),
        "brand": record.brand() if is_agent else None,
        "agents": [] if is_agent else agents_of(record),
        "decided": decided(record) if is_agent else [],
        "approvals": approvals(record) if is_agent else [],
        "devices": devices(record, user) if is_agent else [],
        "sender": sender(record) if is_agent else None,
        "steps": steps,
        "older": len(entries) == LONGEST,
        "history_url": reverse(f"admin:{name_of(record)}_history", args=[record.pk]),
        "refresh": SOON if any(one.is_open() for one in entries) or record.next_poll_at else None,
    }


URLS = (
    *("progress", "edit", "send", "submit", "ask", "close", "reopen", "change", "changelist", "add"),
    *("launch", "add_device", "remove_device"),
)


def agents_of(brand: RcsBrand) -> list[RcsAgentRegistration]:
    if not brand.remote_id:
        return []
    return list(RcsAgentRegistration.objects.filter(brand_remote_id=brand.remote_id)[:LONGEST])


def sender(agent: RcsAgentRegistration) -> RcsAgent | None:
    """Return the agent messages are sent as, if Telnyx lists one with this id."""
    return RcsAgent.objects.filter(remote_id=agent.remote_id or None).first()


# The history.


def everything(record: Any, user: User) -> list[Step]:
    """Return the history for the page that shows nothing else."""
    return history(record, _entries(record, MOST), seen_of(record, user), MOST)


def _entries(record: Any, most: int) -> list[OutboxEntry]:
    return list(outbox.entries(record).select_related("requested_by", "resource_type")[:most])


def history(record: Any, entries: Sequence[OutboxEntry], seen: Sight, most: int = LONGEST) -> list[Step]:
    """Return what was asked for, what Telnyx and the carriers said and what people did, newest first."""
    steps = [outbox_words.started(record, entries), *_statuses(record, most), *_carriers(record)]
    steps += [step for entry in entries for step in outbox_words.entry_steps(entry, seen)]
    steps += acts.steps(record, most)
    return sorted(steps, key=lambda step: step.at, reverse=True)


def _statuses(record: Any, most: int) -> Iterator[Step]:
    for change in record.history()[:most]:
        told = replace_status(record, change.status)
        words = _("Telnyx: %(status)s") % {"status": told}
        yield Step(change.occurred_at, words, change.reason, str(change.get_source_display()), "reviewing")


def replace_status(record: Any, status: str) -> Words:
    words = AgentStatus if isinstance(record, RcsAgentRegistration) else BrandStatus
    return _word(words, status)


def _carriers(record: Any) -> Iterator[Step]:
    for one in approvals(record) if isinstance(record, RcsAgentRegistration) else ():
        who = one.who or str(one.scope)
        if one.submitted_at:
            yield Step(one.submitted_at, _("%(who)s was asked") % {"who": who}, group="carriers")
        if one.approved_at:
            yield Step(one.approved_at, _("%(who)s approved it") % {"who": who}, group="done")


# The board.


@dataclass(frozen=True)
class Card:
    """One registration on the board."""

    record: Any
    url: str
    kind: Words
    turn: Turn
    status: Words


@dataclass(frozen=True)
class Column:
    """Those whose turn it is, and what they have."""

    title: Words
    words: Words
    cards: list[Card]


COLUMNS: tuple[tuple[Words, Words, tuple[str, ...]], ...] = (
    (
        gettext_lazy("Waiting for us"),
        gettext_lazy("Nothing moves on until somebody here does something."),
        (Group.DECISION, Group.NEEDS_US, Group.DRAFT),
    ),
    (
        gettext_lazy("Waiting for Telnyx"),
        gettext_lazy("On its way, or being checked."),
        (Group.UNDER_WAY, Group.UNSURE, Group.REVIEWING),
    ),
    (gettext_lazy("Waiting for the carriers"), gettext_lazy("Each decides on its own."), (Group.CARRIERS,)),
    (
        gettext_lazy("Done"),
        gettext_lazy(
            "Verified brands and live agents that were registered here. RCS agents lists every agent."
        ),
        (Group.DONE,),
    ),
)
MOST_CARDS = 200


def board(kinds: Iterable[type]) -> tuple[list[Column], bool]:
    """Return the columns with what isn't closed, and whether there is more than they show."""
    rows, is_cut = open_ones(kinds)
    shown = [card(record, now) for record, now in with_turns(rows)]
    return [
        Column(title, words, [one for one in shown if one.turn.group in groups])
        for title, words, groups in COLUMNS
    ], is_cut


def open_ones(kinds: Iterable[type]) -> tuple[list[Any], bool]:
    """Return the newest that aren't closed, and whether there are more. One query for each kind."""
    rows: list[Any] = []
    is_cut = False
    for model in kinds:
        found = list(
            model.objects.filter(closed_at=None, gone_at=None).order_by("-updated_at")[: MOST_CARDS + 1]  # type: ignore[attr-defined]
        )
        is_cut = is_cut or len(found) > MOST_CARDS
        rows += found[:MOST_CARDS]
    return rows, is_cut


def with_turns(records: Sequence[Any]) -> list[tuple[Any, Turn]]:
    """Return each record with its turn, with a constant number of queries."""
    open_questions = turns.undecided(records)
    agents = [record for record in records if isinstance(record, RcsAgentRegistration)]
    brands = turns.brands_of(agents) if agents else {}
    return [
        (
            record,
            turns.turn(
                record,
                brand=brands.get(getattr(record, "brand_remote_id", "")),
                is_undecided=record.pk in open_questions,
            ),
        )
        for record in records
    ]


def card(record: Any, now: Turn) -> Card:
    return Card(
        record,
        page_url(record),
        _("Brand") if isinstance(record, RcsBrand) else _("Agent"),
        replace(now, words=str(now.words)),
        status_words(record) if record.remote_id else "",
    )
