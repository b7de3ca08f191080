"""Which senders the form offers by name, and the profile that follows from one: apps add theirs by a hook."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from operator import or_
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q

from messaging.log import parsing
from messaging.models import AlphanumericSender, ComposedMessage, Message, MessagingProfile
from messaging.models.cached_reads import Reading
from messaging.numbers import find_number
from messaging.profiles import page as pages
from messaging.profiles.operations import PROFILE
from messaging.validators import display_number, is_toll_free

from .choices import Kind
from .owned import LISTS

# As many as the desk offers anywhere while people type, and so many of the newest messages are looked at.
MOST, LATELY = 100, 200
# The ways that send from a number that an app may know.
FROM_NUMBERS = (Kind.MESSAGE, Kind.GROUP, Kind.LONG_CODE, Kind.SCHEDULE)
# The ways that send from what Telnyx lists on a profile; so many lists of other profiles are read.
FROM_LISTS, MOST_LISTS = (*FROM_NUMBERS, Kind.SHORT_CODE), 10
LONGEST_CODE = 8


@dataclass(frozen=True)
class Own:
    """A number or name of ours: what people call it, and Telnyx's ID of the profile it is on, as far as known."""

    sender: str
    name: str = ""
    profile: str = ""


# Gets who asks, and a number, or "" for the first MOST.
Contribution = Callable[[User, str], Iterable[Own]]

_contributions: list[Contribution] = []


def contribute(function: Contribution) -> Contribution:
    """Let `function` say which numbers of ours may send: at most MOST, or the one that is asked for.

    It has a fixed number of queries, and names nothing that this person may not see.
    """
    _contributions.append(function)
    return function


@dataclass(frozen=True)
class Offer:
    """A sender as the form shows it: what people call it, and its profile, if the desk knows it."""

    sender: str
    name: str
    profile: MessagingProfile | None

    @property
    def words(self) -> str:
        return " · ".join(filter(None, [self.name, str(self.profile or "")]))


def senders(user: User, kind: str, chosen: MessagingProfile | None = None) -> list[Offer]:
    """Return what the form offers as senders, at most MOST: those of the chosen profile first, unknown ones last."""
    found: dict[str, Own] = {}
    for own in (*_known(user, kind, chosen), *_listed(kind, chosen), *_lately(kind, chosen)):
        had = found.get(own.sender, own)
        found[own.sender] = Own(own.sender, had.name or own.name, had.profile or own.profile)
    ids = {own.profile for own in found.values() if own.profile}
    there = MessagingProfile.objects.filter(remote_id__in=ids, gone_at=None).only("pk", "name", "remote_id")
    profiles = {profile.remote_id: profile for profile in there}
    id = chosen.remote_id if chosen else None
    ordered = sorted(found.values(), key=lambda own: (own.profile != id, own.profile not in profiles))
    return [Offer(display_number(own.sender), own.name, profiles.get(own.profile)) for own in ordered][:MOST]


def _known(user: User, kind: str, chosen: MessagingProfile | None) -> Iterator[Own]:
    if kind == Kind.ALPHANUMERIC:
        there = AlphanumericSender.objects.filter(gone_at=None, remote_id__isnull=False)
        for rows in (there.filter(messaging_profile_id=chosen.remote_id) if chosen else there.none(), there):
            for name, profile in rows.values_list("alphanumeric_sender_id", "messaging_profile_id")[:MOST]:
                yield Own(name, profile=profile)
    if kind in FROM_NUMBERS:
        for function in _contributions:
            yield from (own for own in function(user, "") if _fits(kind, own.sender))


def _listed(kind: str, chosen: MessagingProfile | None) -> Iterator[Own]:
    """Yield what Telnyx lists on profiles, as the worker last read it: the chosen one's, then the newest lists."""
    if kind not in FROM_LISTS:
        return
    begin = PROFILE.removesuffix("{id}")
    rows = Reading.objects.filter(address__startswith=begin).filter(
        reduce(or_, (Q(address__endswith=end) for end in LISTS))
    )
    # An old list is read again, so that it is new the next time somebody looks.
    own = [pages.number_reading(chosen), pages.code_reading(chosen)] if chosen and chosen.remote_id else []
    newest = rows.filter(as_of__isnull=False).order_by("-as_of")[:MOST_LISTS]
    for reading in (*own, *newest):
        profile, _slash, end = reading.address.removeprefix(begin).partition("/")
        told = (record.get(LISTS[f"/{end}"]) for record in reading.records())
        fitting = (one for one in told if isinstance(one, str) and _fits(kind, one))
        yield from (Own(one, profile=profile) for one in islice(fitting, MOST))


def _lately(kind: str, chosen: MessagingProfile | None) -> Iterator[Own]:
    """Yield the senders of the newest messages of the chosen profile and of all, each with the profile it was on."""
    if kind in (Kind.NUMBER_POOL, Kind.ALPHANUMERIC):
        return
    found: dict[tuple[str, UUID | None], None] = {}
    if kind != Kind.WHATSAPP:
        newest = Message.objects.order_by("-happened_at", "-id")
        id = parsing.uuid(chosen.remote_id) if chosen else None
        for rows in (newest.filter(messaging_profile_id=id) if id else newest.none(), newest):
            found |= dict.fromkeys(rows.values_list("our_address", "messaging_profile_id")[:LATELY])
    sent = ComposedMessage.objects.order_by("-created_at").values_list("sender", flat=True)[:LATELY]
    found |= dict.fromkeys((sender, None) for sender in sent)
    for one, on in found:
        if _fits(kind, one):
            yield Own(one, profile=str(on or ""))


def _fits(kind: str, sender: str) -> bool:
    """Return True if this way sends from such a number or short code."""
    is_number = sender.startswith("+")
    is_code = sender.isdigit() and len(sender) <= LONGEST_CODE
    if kind == Kind.SHORT_CODE:
        return is_code
    if kind == Kind.LONG_CODE:
        return is_number and not is_toll_free(sender)
    return is_number or (is_code and kind in (Kind.MESSAGE, Kind.SCHEDULE))


def profile_of(user: User, kind: str, typed: str) -> MessagingProfile | None:
    """Return the profile that a sender is on, if we know of exactly one. A fixed number of queries."""
    if kind == Kind.ALPHANUMERIC:
        rows = AlphanumericSender.objects.filter(gone_at=None, remote_id__isnull=False)
        named = rows.filter(alphanumeric_sender_id=typed.strip())
        ids = set(named.values_list("messaging_profile_id", flat=True)[:MOST])
    else:
        number = find_number(typed) or typed.strip()
        ids = {own.profile for function in _contributions for own in function(user, number) if own.profile}
        ids |= set(_listing(number))
    found = list(MessagingProfile.objects.filter(remote_id__in=ids, gone_at=None)[:2]) if ids else []
    return found[0] if len(found) == 1 else None


def _listing(sender: str) -> Iterator[str]:
    """Yield the profiles whose list at Telnyx has this sender, as the worker last read them. One query."""
    if not sender:
        return
    begin = PROFILE.removesuffix("{id}")
    rows = Reading.objects.filter(address__startswith=begin)
    for end, name in LISTS.items():
        held = rows.filter(address__endswith=end, data__contains=[{name: sender}])
        yield from (
            address.removeprefix(begin).removesuffix(end)
            for address in held.values_list("address", flat=True)[:2]
        )
