"""What the page of one hosted number shows: its state, its settings, its orders, and everything ever requested."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import acts, bodies, outbox_words, sight
from messaging.desk.show import Step
from messaging.mirror.models import OutboxEntry, Source, SyncState
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.models import MessagingProfile

from ..choices import NumberStatus
from ..models import HostedNumber, HostedOrder, OrderNumber, SettingChange
from . import changing, wording

CHANGE = "hosted.change_hostednumber"
REMOVE = "hosted.remove_hostednumber"
SEE_ORDERS = "hosted.view_hostedorder"
SEE_OUTBOX = "mirror.view_outboxentry"
SEEN = sight.masked()

# How much the page shows of a history; the page that shows nothing else goes on.
LONGEST, MOST = 50, 2000
MOST_ORDERS = 20
# Seconds between refreshes while something is in progress.
SOON = 2

SIDES: Mapping[str, str] = {
    SyncState.QUEUED: "under_way",
    SyncState.SENDING: "under_way",
    SyncState.REFUSED: "needs_us",
    SyncState.UNSURE: "unsure",
}


def page_url(number: HostedNumber) -> str:
    return reverse("admin:hosted_hostednumber_change", args=[number.pk])


@dataclass(frozen=True)
class Promise:
    """One promise: what it changes, who asked for it, and its state."""

    line: outbox_words.Line
    changes: list[tuple[Words, str]]
    who: str
    at: Any
    is_refused: bool


def entries_of(number: HostedNumber, most: int = LONGEST) -> list[OutboxEntry]:
    """Return the promises about the settings, newest first."""
    return list(outbox.entries(number).select_related("requested_by", "resource_type")[:most])


def refused(entries: Sequence[OutboxEntry]) -> OutboxEntry | None:
    """Return the newest change if Telnyx refused it and nothing has been requested since."""
    return entries[0] if entries and entries[0].state == OutboxEntry.State.REFUSED else None


def asked(entry: OutboxEntry) -> dict[str, Any]:
    """Return the changes a promise carries."""
    return entry.promised()


def names_of(remote_ids: Iterable[str]) -> dict[str, str]:
    """Return the names we know of these profiles. One query."""
    wanted = {remote_id for remote_id in remote_ids if remote_id}
    if not wanted:
        return {}
    found = MessagingProfile.objects.filter(remote_id__in=wanted).values_list("remote_id", "name")
    return {remote_id or "": name or remote_id or "" for remote_id, name in found}


def names_in_orders(phone_numbers: Iterable[str], user: User) -> dict[str, str]:
    """Return the name each number has in its newest order that names it, for people who see orders. One query."""
    if not user.has_perm(SEE_ORDERS):
        return {}
    found = OrderNumber.objects.filter(phone_number__in=set(phone_numbers)).exclude(name="")
    return dict(found.order_by("order__created_at").values_list("phone_number", "name"))


def holders_of(phone_numbers: Iterable[str], user: User) -> dict[str, HostedOrder]:
    """Return the order that holds each number, else its newest one at Telnyx, for people who see orders. One query."""
    if not user.has_perm(SEE_ORDERS):
        return {}
    found = OrderNumber.objects.filter(
        phone_number__in=set(phone_numbers), order__remote_id__isnull=False
    ).select_related("order")
    rows = found.defer("order__remote_data").order_by("live", "order__created_at")
    return {row.phone_number: row.order for row in rows}


def look_up(numbers: Sequence[Any], user: User) -> None:
    """Give each number its name, its order and the name of its profile, with three queries for all of them."""
    names = names_of(number.messaging_profile_id for number in numbers)
    phone_numbers = [number.phone_number for number in numbers]
    named_so, orders = names_in_orders(phone_numbers, user), holders_of(phone_numbers, user)
    for number in numbers:
        number.known_as = named_so.get(number.phone_number, "")
        number.order = orders.get(number.phone_number)
        number.profile_name = names.get(number.messaging_profile_id, number.messaging_profile_id)


def our_side(number: HostedNumber) -> tuple[str, Words]:
    """Return the group and the words for what our side has open about a number; nothing if that is nothing."""
    if number.gone_at:
        return "closed", _("No longer at Telnyx")
    if number.sync_state == SyncState.ACCEPTED:
        return "", ""
    return SIDES.get(number.sync_state, "closed"), SyncState(number.sync_state).label


def value_words(setting: str, value: Any, names: Mapping[str, str]) -> str:
    """Return a setting's value as shown to people."""
    if setting == "messaging_profile_id":
        return (names.get(value) or str(value)) if value else _("no profile")
    if setting == "tags":
        return ", ".join(map(str, value)) if isinstance(value, list) and value else _("no tags")
    return str(wording.product(str(value or "")))


def setting_label(setting: str) -> Words:
    return HostedNumber._meta.get_field(setting).verbose_name  # type: ignore[union-attr]


@dataclass(frozen=True)
class Difference:
    label: Words
    before: str
    after: str


def differences(
    number: HostedNumber, changes: Mapping[str, Any], names: Mapping[str, str] | None = None
) -> list[Difference]:
    """Return what would change, before and after, in the page's words. One query, none with the profiles' `names`."""
    if names is None:
        names = names_of([number.messaging_profile_id, str(changes.get("messaging_profile_id", ""))])
    return [
        Difference(
            setting_label(name),
            value_words(name, getattr(number, name), names),
            value_words(name, value, names),
        )
        for name, value in changes.items()
    ]


def context(number: HostedNumber, user: User) -> dict[str, Any]:
    """Return everything the page shows, with a fixed number of queries."""
    entries = entries_of(number)
    held = changing.holder(number)
    removals = changing.removals(held) or _past_removals(number)
    changes = list(number.changes.all()[:LONGEST])
    names = names_of(_profiles_named(number, entries, changes))
    is_open = any(entry.is_open() for entry in [*entries, *removals])
    no = refused(entries)
    steps = history(number, [*entries, *removals], changes, names)
    return {
        "record": number,
        "may": {
            "change": number.gone_at is None and not is_open and user.has_perm(CHANGE),
            "ask": number.gone_at is None and user.has_perm(CHANGE),
            "remove": held is not None and not is_open and number.gone_at is None and user.has_perm(REMOVE),
            "see_outbox": user.has_perm(SEE_OUTBOX),
        },
        "is_open": is_open,
        "is_held": held is not None,
        "is_asked": number.next_poll_at is not None,
        "ours": [outbox_words.entry_line(entry, SEEN) for entry in (*entries[:1], *removals[:1])],
        "refused": outbox_words.entry_line(no, SEEN),
        "name": names_in_orders([number.phone_number], user).get(number.phone_number, ""),
        "profile": names.get(number.messaging_profile_id, number.messaging_profile_id),
        "product": wording.product(number.messaging_product),
        "possible": [wording.product(name) for name in number.eligible_messaging_products],
        "kind": wording.kind(number),
        "features": wording.features(number),
        "health": wording.health(number),
        "at_telnyx": [number.remote_data.get(name) for name in ("created_at", "updated_at")],
        "orders": orders_of(number),
        "promises": [_promise(entry, names) for entry in entries] + [_removal(entry) for entry in removals],
        "steps": steps[:LONGEST],
        "older": len(steps) > LONGEST,
        "history_url": reverse("admin:hosted_hostednumber_history", args=[number.pk]),
        "raw": bodies.pretty(json.dumps(number.remote_data).encode()),
        "refresh": SOON if is_open or (number.next_poll_at is not None and number.gone_at is None) else None,
    }


def _past_removals(number: HostedNumber) -> list[OutboxEntry]:
    """Return the removals of a number that no order holds anymore."""
    if number.gone_at is None:
        return []
    last = OrderNumber.objects.filter(phone_number=number.phone_number).exclude(remote_number_id="")
    return changing.removals(last.select_related("order").order_by("-order__created_at").first())


def _profiles_named(
    number: HostedNumber, entries: Iterable[OutboxEntry], changes: Iterable[SettingChange]
) -> Iterator[str]:
    yield number.messaging_profile_id
    for entry in entries:
        yield str(asked(entry).get("messaging_profile_id") or "")
    yield from profiles_in(changes)


def profiles_in(changes: Iterable[SettingChange]) -> list[str]:
    """Return the IDs of the profiles that changes of this setting name."""
    of_profile = [change for change in changes if change.setting == "messaging_profile_id"]
    return [str(value) for change in of_profile for value in (change.before, change.after)]


@dataclass(frozen=True)
class Holding:
    """One order that the number is or was in."""

    name: str
    url: str
    status: Words
    is_over: bool


def orders_of(number: HostedNumber) -> list[Holding]:
    """Return the orders that contain this number, newest first; they are joined on the phone number alone."""
    found = OrderNumber.objects.filter(phone_number=number.phone_number).select_related("order")
    return [
        Holding(
            str(row.order),
            reverse("admin:hosted_hostedorder_change", args=[row.order_id]),
            dict(NumberStatus.choices).get(row.status, row.status) or _("Not at Telnyx yet"),
            not row.is_in_order() or row.has_failed(),
        )
        for row in found.order_by("-order__created_at")[:MOST_ORDERS]
    ]


def _promise(entry: OutboxEntry, names: Mapping[str, str]) -> Promise:
    changes = [
        (setting_label(name), value_words(name, value, names))
        for name, value in asked(entry).items()
        if name in HostedNumber.followed
    ]
    return _told(entry, changes)


def _removal(entry: OutboxEntry) -> Promise:
    return _told(entry, [])


def _told(entry: OutboxEntry, changes: list[tuple[Words, str]]) -> Promise:
    line = outbox_words.entry_line(entry, SEEN)
    if line is None:  # for the type checker: an entry always has a line
        raise ValueError("there is no promise")
    is_refused = entry.state == OutboxEntry.State.REFUSED
    return Promise(line, changes, str(entry.requested_by or ""), entry.created_at, is_refused)


def everything(number: HostedNumber) -> list[Step]:
    """Return the whole history, for the page that shows nothing else."""
    entries, changes = entries_of(number, MOST), list(number.changes.all()[:MOST])
    removals = changing.removals(changing.holder(number)) or _past_removals(number)
    return history(
        number, [*entries, *removals], changes, names_of(_profiles_named(number, entries, changes))
    )


def history(
    number: HostedNumber,
    entries: Sequence[OutboxEntry],
    changes: Iterable[SettingChange],
    names: Mapping[str, str],
) -> list[Step]:
    """Return what was asked for and why, what changed at Telnyx and who changed it, newest first."""
    done = list(acts.steps(number, MOST, is_masked=True))
    told_better = acts.told_better(done, entries)
    found = [Step(number.created_at, _("Found at Telnyx"), group="done")]
    if number.gone_at:
        found.append(Step(number.gone_at, _("No longer hosted at Telnyx"), group="closed"))
    found += done
    found += [
        step
        for entry in entries
        for step in outbox_words.entry_steps(entry, SEEN)
        if step.at not in told_better
    ]
    found += [noticed(change, names, number.asker(change, entries)) for change in changes]
    return sorted(found, key=lambda step: step.at, reverse=True)


def noticed(change: SettingChange, names: Mapping[str, str], who: str = "") -> Step:
    """Return what a history says about a change: which setting, what it was and is, where it was made."""
    text = _("%(before)s, now %(after)s") % {
        "before": value_words(change.setting, change.before, names),
        "after": value_words(change.setting, change.after, names),
    }
    is_ours = change.source == Source.API
    title = _("“%(setting)s” changed") if is_ours else _("“%(setting)s” was changed at Telnyx")
    label = str(setting_label(change.setting)).capitalize()
    return Step(
        change.noticed_at,
        title % {"setting": label},
        text,
        who or change.get_source_display(),
        "done" if is_ours else "reviewing",
    )
