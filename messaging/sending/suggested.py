"""Which senders the form offers by name, and the profile that follows from one: apps add theirs by a hook."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.contrib.auth.models import User

from messaging.models import AlphanumericSender, ComposedMessage, MessagingProfile
from messaging.models.cached_reads import Reading
from messaging.numbers import find_number
from messaging.profiles.operations import PROFILE
from messaging.validators import display_number, is_toll_free

from .choices import Kind
from .owned import LISTS

# As many as the desk offers anywhere while people type, and so many of the newest messages are looked at.
MOST, LATELY = 100, 200
# The ways that send from a number that an app may know.
FROM_NUMBERS = (Kind.MESSAGE, Kind.GROUP, Kind.LONG_CODE, Kind.SCHEDULE)


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


def senders(user: User, kind: str) -> list[Own]:
    """Return what the form offers as senders: those we know, then those that were used lately. At most MOST."""
    found = {own.sender: own for own in reversed(list(_known(user, kind)))}
    offered = [Own(display_number(own.sender), own.name) for own in reversed(found.values())]
    shown = {own.sender for own in offered}
    if kind not in (Kind.NUMBER_POOL, Kind.ALPHANUMERIC):
        offered += [Own(sender) for sender in map(display_number, _recent()) if sender not in shown]
    return offered[:MOST]


def _known(user: User, kind: str) -> Iterator[Own]:
    if kind == Kind.ALPHANUMERIC:
        there = AlphanumericSender.objects.filter(gone_at=None, remote_id__isnull=False)
        for name in dict.fromkeys(there.values_list("alphanumeric_sender_id", flat=True)[:MOST]):
            yield Own(name)
    if kind in FROM_NUMBERS:
        for function in _contributions:
            yield from (
                own for own in function(user, "") if kind != Kind.LONG_CODE or not is_toll_free(own.sender)
            )


def _recent() -> list[str]:
    newest = ComposedMessage.objects.order_by("-created_at").values_list("sender", flat=True)[:LATELY]
    return sorted({sender for sender in newest if sender})[:20]


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
