"""Which of the people in the log must not be texted now, since when, and by which word."""

from collections.abc import Iterable

from messaging.models import Message
from messaging.optouts import page, reconcile

Pair = tuple[str, str]


def pair(message: Message) -> Pair:
    return str(message.messaging_profile_id or ""), message.their_address


def words(messages: Iterable[Message], numbers: Iterable[str] = ()) -> dict[Pair, str]:
    """Return the words by profile and phone, for messages and for numbers on any profile. One query."""
    wanted = {pair(message) for message in messages} | {("", number) for number in numbers}
    return {one: page.since(row) for one, row in reconcile.blocking(wanted).items()}
