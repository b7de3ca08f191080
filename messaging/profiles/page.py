"""What the page of one profile shows: both sides, its settings in words, its numbers, and what can be done now."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging import countries
from messaging.desk import acts, show, sight, undoing
from messaging.desk import outbox_words as words
from messaging.desk.show import Step
from messaging.mirror.models import OutboxEntry, Source
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.models import AlphanumericSender, MessagingProfile, NewSecret, ProfileChange, Reading
from messaging.models.profiles import texts
from messaging.telnyx.client import path
from messaging.validators import display_number, is_toll_free

from . import webhook_check
from .operations import PROFILE

# Telnyx's words and ours about a profile, with the numbers in them masked.
SEEN = sight.masked()
ADD = "messaging.add_messagingprofile"
CHANGE = "messaging.change_messagingprofile"
DELETE = "messaging.delete_messagingprofile"
RENEW = "messaging.regenerate_secret_messagingprofile"
ADD_SENDER = "messaging.add_alphanumericsender"
SEE_SENDERS = "messaging.view_alphanumericsender"
SEE_OUTBOX = "mirror.view_outboxentry"

# How much the page shows of a history; the page that shows nothing else goes on.
LONGEST, MOST = 50, 2000
MOST_NUMBERS = 100
MOST_COUNTRIES = 12
FRESH = timedelta(minutes=10)
DOMAINS_FRESH = timedelta(days=1)
SOON = 2
# Telnyx calls a number unhealthy beyond these (docs/telnyx.md, T8.10).
FEWEST_DELIVERED, MOST_SPAM = 0.25, 0.75


@dataclass(frozen=True)
class Number:
    """One sending number with what Telnyx says about it, and its figures if there are any."""

    number: str
    kind: str
    country: str
    can: str
    products: str
    tags: str
    traffic: str
    messages: str
    delivered: str
    spam: str
    is_unhealthy: bool


@dataclass(frozen=True)
class ShortCode:
    """One short code with its country and tags."""

    code: str
    country: str
    tags: str


@dataclass(frozen=True)
class Listing:
    """A list that the worker read, with its age, or the reason why it is missing."""

    rows: list[Any]
    total: int
    as_of: datetime | None
    is_coming: bool
    due_at: datetime | None
    error: str


def page_url(profile: MessagingProfile) -> str:
    return reverse("admin:messaging_messagingprofile_change", args=[profile.pk])


def may(profile: MessagingProfile, user: User) -> dict[str, bool]:
    """Return what this person may do with this profile now."""
    there, idle = profile.is_there(), not profile.is_under_way()
    return {
        "assign": there and user.has_perm(CHANGE),
        "edit": idle and (there or profile.is_new()) and user.has_perm(CHANGE),
        "fix": idle and there and user.has_perm(CHANGE) and bool(webhook_check.fixes(profile)),
        "delete": idle and there and user.has_perm(DELETE),
        "discard": profile.is_new() and user.has_perm(DELETE),
        "renew": there and user.has_perm(RENEW),
        "ask": there and user.has_perm(CHANGE),
        "add_sender": there and user.has_perm(ADD_SENDER),
        "see_senders": user.has_perm(SEE_SENDERS),
        "see_outbox": user.has_perm(SEE_OUTBOX),
    }


def context(profile: MessagingProfile, user: User) -> dict[str, Any]:
    """Return what the page shows inside its frame."""
    entries = _entries(profile, LONGEST)
    numbers, short_codes = listings(profile) if profile.is_there() else (None, None)
    secret = secret_line(entries, user)
    moving = next((entry for entry in entries if entry.moves_record), None)
    is_moving = profile.is_under_way() or any(entry.is_open() for entry in entries)
    waits = any(listing and listing.is_coming for listing in (numbers, short_codes))
    return {
        "record": profile,
        # The same on every refresh until something is requested, so that the page does not change.
        "form_token": (entries[0].pk if entries else profile.pk).hex,
        "may": may(profile, user),
        "ours": words.entry_line(moving, SEEN),
        "undo": undoing.offered(moving, user),
        "requests": [
            words.entry_line(entry, SEEN) for entry in entries if entry.is_open() and not entry.moves_record
        ],
        "check": webhook_check.problems(profile) if profile.is_there() else [],
        "our_address": webhook_check.our_address(),
        "fixes": webhook_check.fixes(profile),
        "settings": list(settings(profile)),
        "numbers": numbers,
        "short_codes": short_codes,
        "senders": list(AlphanumericSender.of(profile).defer("remote_data")[: MOST_NUMBERS + 1]),
        "secret": secret,
        "steps": history(profile, entries),
        "older": len(entries) == LONGEST,
        "history_url": reverse("admin:messaging_messagingprofile_history", args=[profile.pk]),
        "refresh": SOON if is_moving or waits or profile.next_poll_at else None,
    }


# Numbers.


def number_reading(profile: MessagingProfile, *, now: bool = False) -> Reading:
    return _reading(profile, "/phone_numbers", now=now)


def toll_free(profile: MessagingProfile) -> list[str]:
    """Return a profile's toll-free numbers, as the worker last read them."""
    records = number_reading(profile).records() if profile.remote_id else []
    numbers = [str(record.get("phone_number", "")) for record in records]
    return [display_number(number) for number in numbers if is_toll_free(number)]


def code_reading(profile: MessagingProfile, *, now: bool = False) -> Reading:
    return _reading(profile, "/short_codes", now=now)


def domain_reading() -> Reading:
    return Reading.of("/messaging_url_domains", Reading.Shape.PAGES, fresh_for=DOMAINS_FRESH)


def _reading(profile: MessagingProfile, end: str, *, now: bool) -> Reading:
    address = path(PROFILE + end, id=profile.remote_id)
    return Reading.of(address, Reading.Shape.PAGES, fresh_for=FRESH, now=now)


def listings(profile: MessagingProfile) -> tuple[Listing, Listing]:
    """Return a profile's numbers and short codes, as the worker last read them."""
    return (
        listing(number_reading(profile), number),
        listing(code_reading(profile), short_code),
    )


def listing(reading: Reading, row: Any) -> Listing:
    records = reading.records()
    return Listing(
        [row(record) for record in records[:MOST_NUMBERS]],
        len(records),
        reading.as_of,
        reading.is_coming(),
        reading.due_at,
        reading.error,
    )


def number(record: dict[str, Any]) -> Number:
    found = record.get("health")
    health = found if isinstance(found, dict) else {}
    delivered, spam = health.get("success_ratio"), health.get("spam_ratio")
    return Number(
        display_number(str(record.get("phone_number", ""))),
        str(record.get("type") or "-"),
        country(record),
        can(record.get("features")),
        joined(record.get("eligible_messaging_products")),
        joined(record.get("tags")),
        str(record.get("traffic_type") or record.get("messaging_product") or "-"),
        count(health.get("message_count")),
        percent(delivered),
        percent(spam),
        (is_number(delivered) and delivered < FEWEST_DELIVERED) or (is_number(spam) and spam > MOST_SPAM),
    )


def short_code(record: dict[str, Any]) -> ShortCode:
    return ShortCode(str(record.get("short_code") or "-"), country(record), joined(record.get("tags")))


def country(record: Mapping[str, Any]) -> str:
    code = record.get("country_code")
    return countries.name(code) if isinstance(code, str) and code else "-"


def joined(values: Any) -> str:
    """Return the texts of a list from Telnyx as one text."""
    return ", ".join(value for value in texts(values) if value) or "-"


# What Telnyx says a number can do with texts and with pictures, each yes or no.
ABILITIES: Mapping[str, Words] = {
    "domestic_two_way": gettext_lazy("within the country"),
    "international_inbound": gettext_lazy("from abroad"),
    "international_outbound": gettext_lazy("to abroad"),
}


def can(features: Any) -> str:
    """Return in words what a number can do, by Telnyx's word; "-" if Telnyx doesn't say."""
    said = []
    for name, what in (("sms", "SMS"), ("mms", "MMS")):
        if not isinstance(features, Mapping) or name not in features:
            continue
        held = features[name]
        able = [str(words) for key, words in ABILITIES.items() if isinstance(held, Mapping) and held.get(key)]
        words = ", ".join(able) or _("no")
        said.append(f"{what}: {words}")
    return "; ".join(said) or "-"


def is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def count(value: Any) -> str:
    return number_format(value, force_grouping=True) if is_number(value) else "-"


def percent(value: Any) -> str:
    return f"{value * 100:.0f}%" if is_number(value) else "-"


# Settings in words.


def settings(profile: MessagingProfile) -> Iterator[tuple[Words, str]]:
    """Yield the name and the value of each setting, the way people read them."""
    for field in profile.wire.names:
        label = MessagingProfile._meta.get_field(field).verbose_name  # type: ignore[union-attr]
        # What is deleted is neither on nor off.
        if field != "name" and not (field == "enabled" and profile.gone_at):
            yield label, SHOWN.get(field, plain)(getattr(profile, field))


def changes(before: MessagingProfile, after: MessagingProfile) -> list[tuple[str, str, str]]:
    """Return the settings that differ, each with both values, the way people read them."""
    return [
        (
            setting_label(field),
            value_words(field, getattr(before, field)),
            value_words(field, getattr(after, field)),
        )
        for field in before.wire.names
        if getattr(before, field) != getattr(after, field)
    ]


def setting_label(field: str) -> str:
    return capfirst(str(MessagingProfile._meta.get_field(field).verbose_name))  # type: ignore[union-attr]


def value_words(field: str, value: Any) -> str:
    """Return a setting's value in full."""
    if field == "whitelisted_destinations" and countries.EVERYWHERE not in value:
        return ", ".join(map(countries.name, value)) or "-"
    return SHOWN.get(field, plain)(value)


def plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value) if value not in (None, "") else "-"


def destinations(codes: Sequence[str]) -> str:
    """Return the allowed countries in words; if there are many, only some."""
    if countries.EVERYWHERE in codes:
        return _("Every country (*)")
    named = [countries.name(code) for code in codes]
    more = len(named) - MOST_COUNTRIES
    shown = ", ".join(named[:MOST_COUNTRIES]) or "-"
    return _("%(countries)s and %(n)s more") % {"countries": shown, "n": more} if more > 0 else shown


def webhook_format(value: str) -> str:
    return str(dict(MessagingProfile.WebhookFormat.choices).get(value, value)) or "-"


def money(value: str) -> str:
    return f"$ {value}" if value else "-"


def pool(value: dict[str, Any] | None) -> str:
    if value is None:
        return _("Off")
    return _("Toll-free %(tf)s to local %(lc)s; unhealthy numbers %(skip)s%(sticky)s%(geo)s") % {
        "tf": value.get("toll_free_weight", "-"),
        "lc": value.get("long_code_weight", "-"),
        "skip": _("left out") if value.get("skip_unhealthy") else _("also used"),
        "sticky": _("; same number for the same recipient") if value.get("sticky_sender") else "",
        "geo": _("; same area code preferred") if value.get("geomatch") else "",
    }


def shortener(value: dict[str, Any] | None) -> str:
    if value is None:
        return _("Off")
    return _("%(domain)s%(prefix)s; %(which)s; clicks %(clicks)s") % {
        "domain": value.get("domain", "-"),
        "prefix": f"/{value['prefix']}" if value.get("prefix") else "",
        "which": _("blocked links only")
        if value.get("replace_blacklist_only")
        else _("all public short links"),
        "clicks": _("are reported") if value.get("send_webhooks") else _("are not reported"),
    }


SHOWN: Mapping[str, Callable[[Any], str]] = {
    "whitelisted_destinations": destinations,
    "webhook_api_version": webhook_format,
    "daily_spend_limit": money,
    "number_pool_settings": pool,
    "url_shortener_settings": shortener,
}


# The secret.


@dataclass(frozen=True)
class SecretLine:
    """What has happened to the newest request for a new secret, as one person may know it."""

    words: str
    entry_id: Any = None
    is_yours: bool = False


def secret_line(entries: Sequence[OutboxEntry], user: User) -> SecretLine | None:
    """Return what happened to the newest request for a new secret, or None if there was none."""
    entry = next((entry for entry in entries if entry.operation == "regenerate_secret"), None)
    if entry is None:
        return None
    told = NewSecret.objects.filter(pk=entry.pk).first()
    if entry.is_open():
        return SecretLine(_("A new secret was requested. %(now)s") % {"now": words.headline(entry, SEEN)})
    if entry.state != OutboxEntry.State.ACCEPTED:
        return SecretLine(_("No new secret was created: %(why)s") % {"why": words.headline(entry, SEEN)})
    if told and told.waits_for(user):
        until = show.clock(told.readable_until) if told.readable_until else ""
        return SecretLine(
            _("The new secret is here for you, once, until %(time)s.") % {"time": until}, entry.pk, True
        )
    if told and told.is_waiting():
        return SecretLine(
            _("A new secret was created. Only %(who)s can read it.") % {"who": told.asked_by or "-"}
        )
    if told and told.read_at:
        return SecretLine(
            _("A new secret was created and read by the person who requested it. It isn't kept here.")
        )
    return SecretLine(
        _(
            "A new secret was created, but no one read it in time. It isn't kept here. "
            "Create another if you need it."
        )
    )


def _entries(profile: MessagingProfile, most: int) -> list[OutboxEntry]:
    found = outbox.entries(profile).select_related("requested_by", "resource_type")
    return list(found.defer("body")[:most])


def everything(profile: MessagingProfile) -> list[Step]:
    """Return the whole history, with what people did here, for the page that shows nothing else."""
    found = [*acts.steps(profile, MOST, is_masked=True), *history(profile, _entries(profile, MOST), MOST)]
    return sorted(found, key=lambda step: step.at, reverse=True)


def history(profile: MessagingProfile, entries: Sequence[OutboxEntry], most: int = LONGEST) -> list[Step]:
    """Return what was promised for a profile, and what changed at Telnyx and who changed it, newest first."""
    began = _("Created here") if profile.created_by_id or not profile.remote_id else _("Found at Telnyx")
    steps = [Step(profile.created_at, began, who=str(profile.created_by or ""), group="draft")]
    steps += [step for entry in entries for step in words.entry_steps(entry, SEEN)]
    steps += [_noticed(change, profile.asker(change, entries)) for change in profile.changes.all()[:most]]
    if profile.gone_at:
        steps.append(Step(profile.gone_at, _("No longer at Telnyx"), group="closed"))
    return sorted(steps, key=lambda step: step.at, reverse=True)


def _noticed(change: ProfileChange, who: str) -> Step:
    is_ours = change.source == Source.API
    title = _("“%(setting)s” changed") if is_ours else _("“%(setting)s” was changed at Telnyx")
    before, after = (value_words(change.setting, value) for value in (change.before, change.after))
    return Step(
        change.noticed_at,
        title % {"setting": setting_label(change.setting)},
        SEEN.words(_("%(before)s → %(after)s") % {"before": acts.short(before), "after": acts.short(after)}),
        who or change.get_source_display(),
        "done" if is_ours else "reviewing",
    )
