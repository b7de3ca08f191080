"""What the RCS pages show, and what can be done now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import outbox_words, sight
from messaging.desk.show import Step
from messaging.desk.sight import Sight
from messaging.mirror.masking import without_personal
from messaging.mirror.models import OutboxEntry, Source, SyncState
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.models import MessagingProfile
from messaging.profiles.page import SEE_OUTBOX, SEEN, SOON
from messaging.telnyx import times
from messaging.validators import display_number, mask_number

from ..handsets import features
from ..models import AgentChange, Capability, CapabilityCheck, Deeplink, RcsAgent, TestInvite
from . import qr, webhook_check

CHANGE = "rcs.change_rcsagent"
CHECK = "rcs.add_capabilitycheck"
INVITE = "rcs.add_testinvite"
LINK = "rcs.add_deeplink"
SEND, SEND_TEST = "rcs.send_rcsmessage", "rcs.send_test_rcsmessage"
SEE_PROFILE = "messaging.view_messagingprofile"

FRESH = timedelta(minutes=10)
# How much the page shows of a history; the page that shows nothing else goes on.
LONGEST, MOST = 50, 2000
MOST_ROWS = 100
MOST_LINKS = 10

SOURCES: dict[str, Words] = {
    Source.API: gettext_lazy("from here"),
    Source.SYNC: gettext_lazy("at Telnyx, not from here"),
    Source.WEBHOOK: gettext_lazy("at Telnyx, not from here"),
    Source.PERSON: gettext_lazy("at Telnyx, not from here"),
}
# The only published status of an invitation (docs/telnyx.md, T4.6).
INVITE_WORDS: dict[str, Words] = {
    "PENDING": gettext_lazy(
        "Invited. Someone has to accept the invitation on the handset; Telnyx doesn't report "
        "when. Invite it again to see whether the status changed."
    ),
}


def page_url(agent: RcsAgent) -> str:
    return reverse("admin:rcs_rcsagent_change", args=[agent.pk])


def number_for(user: User, permission: str, number: str) -> str:
    """Return a number as this person may see it: masked without the permission."""
    return display_number(number) if user.has_perm(permission) else mask_number(number)


def error_for(user: User, capability: Capability) -> str:
    """Return why nothing is known about a phone; Telnyx's words may repeat its number."""
    return capability.error if user.has_perm(CHECK) else without_personal(capability.error)


def may_send(user: User) -> bool:
    return user.has_perm(SEND) or user.has_perm(SEND_TEST)


def may(agent: RcsAgent, user: User) -> dict[str, bool]:
    """Return what this person may do with the agent now."""
    there, idle = agent.is_there(), not agent.is_under_way()
    return {
        "edit": idle and there and user.has_perm(CHANGE),
        "fix": idle and there and user.has_perm(CHANGE) and bool(webhook_check.fixes(agent)),
        "ask": there and user.has_perm(CHANGE),
        "check": there and agent.enabled and user.has_perm(CHECK),
        "invite": there and user.has_perm(INVITE),
        "link": there and user.has_perm(LINK),
        "send": there and agent.enabled and bool(agent.messaging_profile_id) and may_send(user),
        "see_outbox": user.has_perm(SEE_OUTBOX),
        "see_profile": user.has_perm(SEE_PROFILE),
    }


# An agent.


def context(agent: RcsAgent, user: User) -> dict[str, Any]:
    """Return what an agent's page shows inside its frame."""
    entries = _entries(agent)
    handsets = invites(agent, user)
    is_moving = agent.is_under_way() or any(one.is_moving for one in handsets)
    steps = history(agent, entries, user)
    return {
        "record": agent,
        "profile": agent.profile(),
        # The same at each refresh until something is requested, so that the page doesn't change needlessly.
        "form_token": (entries[0].pk if entries else agent.pk).hex,
        "may": may(agent, user),
        "ours": outbox_words.entry_line(entries[0] if entries else None, SEEN),
        "check": webhook_check.problems(agent) if agent.is_there() else [],
        "our_address": webhook_check.our_address(),
        "fixes": webhook_check.fixes(agent),
        "made_at": times.read(agent.remote_data.get("created_at")),
        "changed_at": times.read(agent.remote_data.get("updated_at")),
        "owner": agent.remote_data.get("user_id") or "",
        "invites": handsets,
        "steps": steps[:LONGEST],
        "older": len(steps) >= LONGEST,
        "history_url": reverse("admin:rcs_rcsagent_history", args=[agent.pk]),
        "refresh": SOON if is_moving or agent.next_poll_at else None,
    }


def everything(agent: RcsAgent, user: User) -> list[Step]:
    """Return an agent's history, for the page that shows nothing else."""
    return history(agent, _entries(agent, MOST), user, MOST)


def _entries(agent: RcsAgent, most: int = LONGEST) -> list[OutboxEntry]:
    return list(outbox.entries(agent).select_related("requested_by", "resource_type")[:most])


def history(agent: RcsAgent, entries: Iterable[OutboxEntry], user: User, most: int = LONGEST) -> list[Step]:
    """Return what was asked for about an agent, its test devices and links, and changes at Telnyx, newest first."""
    steps = [Step(agent.created_at, _("Found at Telnyx"), group="draft")]
    steps += [step for entry in entries for step in outbox_words.entry_steps(entry, SEEN)]
    steps += [
        *changes(agent, entries, most),
        *invitations(agent, user, most),
        *made_links(agent, user, most),
    ]
    if agent.gone_at:
        steps.append(Step(agent.gone_at, _("No longer at Telnyx"), group="closed"))
    return sorted(steps, key=lambda step: step.at, reverse=True)


def invitations(agent: RcsAgent, user: User, most: int) -> Iterator[Step]:
    """Yield who invited which test device, and what came of it."""
    invited = dict(TestInvite.objects.filter(agent=agent).values_list("pk", "phone_number")[:MOST])
    seen = sight.WHOLE if user.has_perm(INVITE) else sight.masked(*invited.values())
    found = OutboxEntry.objects.filter(
        resource_type=ContentType.objects.get_for_model(TestInvite), resource_id__in=list(invited)
    )
    for entry in found.select_related("requested_by", "resource_type").order_by("-created_at")[:most]:
        number = number_for(user, INVITE, invited[entry.resource_id])
        for step in outbox_words.entry_steps(entry, seen):
            yield replace(step, title=f"{number} · {step.title}")


def made_links(agent: RcsAgent, user: User, most: int) -> Iterator[Step]:
    """Yield who asked for a link, and why there is none if Telnyx refused."""
    for link in Deeplink.objects.filter(agent=agent).select_related("created_by")[:most]:
        seen = sight.WHOLE if user.has_perm(LINK) else sight.masked(link.phone_number, link.body)
        why = _("No link: %(why)s") % {"why": seen.detail(link.error)} if link.error else ""
        group = "needs_us" if link.error else "under_way" if link.due_at else "done"
        yield Step(link.created_at, _("Link requested"), why, str(link.created_by or ""), group)


def changes(agent: RcsAgent, entries: Iterable[OutboxEntry], most: int) -> Iterator[Step]:
    names = dict(MessagingProfile.objects.order_by("pk").values_list("remote_id", "name")[:500])
    for change in AgentChange.objects.filter(agent=agent)[:most]:
        label = str(RcsAgent._meta.get_field(change.setting).verbose_name).capitalize()  # type: ignore[union-attr]
        before, after = (value(one, names) for one in (change.before, change.after))
        title = _("%(what)s: changed %(where)s") % {"what": label, "where": SOURCES[change.source]}
        group = "done" if change.source == Source.API else "unsure"
        who = agent.asker(change, entries)
        yield Step(change.noticed_at, title, f"{before} → {after}", who, group)


def value(held: Any, names: dict[Any, str]) -> str:
    if isinstance(held, bool):
        return _("Yes") if held else _("No")
    return names.get(held) or str(held) if held else _("none")


@dataclass(frozen=True)
class Handset:
    """One invited handset, as one person may see it."""

    pk: Any
    number: str
    group: str
    status: Words
    explanation: Words
    as_of: Any
    is_moving: bool
    may_repeat: bool


def invites(agent: RcsAgent, user: User) -> list[Handset]:
    return [
        handset(invite, user)
        for invite in TestInvite.objects.filter(agent=agent).defer("remote_data")[:MOST_ROWS]
    ]


def handset(invite: TestInvite, user: User) -> Handset:
    seen = sight.WHOLE if user.has_perm(INVITE) else sight.masked(invite.phone_number)
    group, status, explanation = standing(invite, seen)
    return Handset(
        invite.pk,
        number_for(user, INVITE, invite.phone_number),
        group,
        status,
        explanation,
        invite.remote_as_of,
        invite.is_under_way(),
        not invite.is_under_way() and user.has_perm(INVITE),
    )


def standing(invite: TestInvite, seen: Sight) -> tuple[str, Words, Words]:
    """Return an invitation's state: on its way, refused, or Telnyx's own status with its meaning."""
    if invite.is_under_way():
        return "under_way", SyncState(invite.sync_state).label, _("On its way to Telnyx.")
    if invite.is_refused():
        newest = outbox.entries(invite).select_related("resource_type").first()
        return "needs_us", _("Refused"), outbox_words.headline(newest, seen) if newest else ""
    told = invite.remote_status
    if not told:
        return "unsure", _("Not reported"), _("Telnyx received the invitation but reported no status.")
    unknown = _("Telnyx's own word; its meaning isn't published. Invite again to refresh it.")
    return "reviewing", told, INVITE_WORDS.get(told.upper(), unknown)


# Phones.


@dataclass(frozen=True)
class Row:
    number: str
    group: str
    status: Words
    can: str
    error: str
    as_of: Any
    is_old: bool
    is_waiting: bool


def row(capability: Capability, user: User) -> Row:
    group, status = features.state(capability)
    return Row(
        number_for(user, CHECK, capability.phone_number),
        group,
        status,
        features.in_words(capability),
        error_for(user, capability),
        capability.as_of,
        capability.is_old(),
        capability.is_waiting(),
    )


def check_context(check: CapabilityCheck, user: User) -> dict[str, Any]:
    """Return a check's progress, and the first of its numbers."""
    numbers = check.numbers
    left = numbers.filter(wanted_at__isnull=False).count()
    with_rcs = numbers.filter(has_rcs=True, error="").count()
    without = numbers.filter(has_rcs=False, error="").count()
    unknown = numbers.filter(wanted_at=None).exclude(error="").count()
    shown = [row(one, user) for one in numbers.order_by("pk")[:MOST_ROWS]]
    return {
        "record": check,
        "agent": check.agent,
        "left": left,
        "done": check.total - left,
        "with_rcs": with_rcs,
        "without": without,
        "unknown": unknown,
        "rows": shown,
        "list_url": f"{reverse('admin:rcs_capability_changelist')}?check={check.pk}",
        "may_check": user.has_perm(CHECK),
        # It may quote anything, so it is for the person who typed it.
        "not_checked": check.not_checked if check.requested_by_id == user.pk else [],
        "refresh": SOON if left else None,
    }


# Links.


@dataclass(frozen=True)
class Link:
    """One link, as one person may see it."""

    link: Deeplink
    url: str
    text: str
    number: str
    error: str
    drawing: qr.Drawing | None


def links(agent: RcsAgent, user: User) -> list[Link]:
    """Return an agent's newest links, each with its QR code.

    A link can contain a number and a text, so people without permission to create links see only that there is one.
    """
    return [_link(link, user.has_perm(LINK)) for link in Deeplink.objects.filter(agent=agent)[:MOST_LINKS]]


def _link(link: Deeplink, readable: bool) -> Link:
    number = display_number if readable else mask_number
    seen = sight.WHOLE if readable else sight.masked(link.phone_number, link.body)
    return Link(
        link,
        link.url if readable else "",
        link.body if readable else "",
        number(link.phone_number) if link.phone_number else "",
        seen.detail(link.error),
        qr.draw(link.url) if readable and link.can_be_opened() else None,
    )


def link_context(agent: RcsAgent, user: User) -> dict[str, Any]:
    made = links(agent, user)
    waits = any(one.link.due_at for one in made)
    return {"record": agent, "may": may(agent, user), "links": made, "refresh": SOON if waits else None}
