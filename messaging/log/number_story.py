"""What the message log tells about a number: whom it wrote to and heard from, what was sent as what, who looked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.desk import number_address, show
from messaging.desk.finding import Hit
from messaging.desk.number_lookup import MOST, Chapter, Event
from messaging.mirror.masking import without_personal
from messaging.models import Message, MessageQuestion, Reveal
from messaging.team.people import name

from . import keyset, masking, reveals, rich, timeline
from .cards import VIEW
from .choices import Direction, TermKind
from .filters import Criteria
from .keyset import EPOCH, Page, Place
from .query import Term

VIEWS = "messaging.view_reveal"
LAST, NEWEST = 20, 200
# Before every message.
START = Place(EPOCH, 0)


def messages(user: User, number: str) -> Sequence[Chapter]:
    """Return conversations, the last messages in each direction, and who asked. Eight queries at most."""
    if not user.has_perm(VIEW):
        return []
    what = Term(number, TermKind.ADDRESS, (number,))
    newest = keyset.look(keyset.plan(what), size=NEWEST).rows
    first = keyset.look(keyset.plan(what), after=START, size=1).rows
    out, back = (
        keyset.look(keyset.plan(what, Criteria(direction=direction)), size=LAST)
        for direction in (Direction.OUTBOUND, Direction.INBOUND)
    )
    going = timeline.goes_at(out.rows)
    is_ours = any(message.our_address == number for message in newest)
    talks = list(_conversations(newest))
    return [
        Chapter(
            _("Conversations"),
            talks[:MOST],
            events=[
                *(_event(_("First message"), message) for message in first),
                *(
                    _event(_("Newest outgoing message"), message)
                    for message in out.rows[:1]
                    if message not in first
                ),
                *(
                    _event(_("Newest incoming message"), message)
                    for message in back.rows[:1]
                    if message not in first
                ),
            ],
            is_to_us=_is_to_us(newest, number),
            is_ours=is_ours,
            is_others=_is_others(newest, number),
            shows_number=is_ours or reveals.is_open_number(user, number),
            note=_cut(newest),
            all_url=_all(number) if len(talks) > MOST else "",
            is_posted=True,
            is_of_messages=True,
        ),
        _last(_("Last outgoing messages"), out, number, Direction.OUTBOUND, going),
        _last(_("Last incoming messages"), back, number, Direction.INBOUND, going),
        _asked(newest),
    ]


def _asked(newest: Sequence[Message]) -> Chapter:
    """Return who asked Telnyx what became of these messages. One query."""
    pages = {message.remote_id: message.pk for message in newest}
    rows = list(MessageQuestion.objects.filter(remote_id__in=pages).select_related("asked_by")[:MOST])
    hits = [
        Hit(
            name(row.asked_by) or _("A deleted account"),
            " · ".join([show.clock(row.asked_at), str(row.get_state_display())]),
            reverse("admin:messaging_message_change", args=[pages[row.remote_id]]),
        )
        for row in rows
    ]
    return Chapter(_("Who asked Telnyx about its messages"), hits)


def _is_to_us(newest: Sequence[Message], number: str) -> list[Hit]:
    sent = next((message for message in newest if message.our_address == number), None)
    if sent is None:
        return []
    url = reverse("admin:messaging_message_sender", args=[sent.pk])
    return [Hit(_("One of our senders"), _("See how it is doing."), url)]


def _is_others(newest: Sequence[Message], number: str) -> list[Hit]:
    if any(message.their_address == number for message in newest):
        return [Hit(_("Somebody else's phone"), _("We exchange messages with it."), "")]
    return []


def _cut(newest: Sequence[Message]) -> str:
    return "" if len(newest) < NEWEST else _("Of the newest %(n)s messages.") % {"n": NEWEST}


def _all(number: str, direction: str = "") -> str:
    url = reverse("admin:messaging_message_of_number", args=[number_address.token_of(number)])
    return f"{url}?direction={direction}" if direction else url


def _conversations(newest: Sequence[Message]) -> Iterator[Hit]:
    """Yield the pairs among messages, newest first, each with its conversation."""
    pairs: dict[tuple[str, str], list[Message]] = {}
    for message in newest:
        pairs.setdefault((message.our_address, message.their_address), []).append(message)
    for [last, *others] in pairs.values():
        count = len(others) + 1
        words = ngettext("%(n)s message: %(at)s", "%(n)s messages, the last: %(at)s", count)
        url = reverse("admin:messaging_message_conversation", args=[last.pk])
        sides = f"{masking.LIST.our_number(last)} ↔ {masking.LIST.their_number(last)}"
        yield Hit(sides, words % {"n": count, "at": show.clock(last.happened_at)}, url)


def _sides(message: Message) -> str:
    ours, theirs = masking.LIST.our_number(message), masking.LIST.their_number(message)
    return f"{ours} → {theirs}" if message.is_outbound() else f"{theirs} → {ours}"


def _last(title: str, page: Page, number: str, direction: str, going: Mapping[int, datetime]) -> Chapter:
    """Return the last messages of one direction."""
    searched = page.looked_back_to
    note = _("Searched back to %(at)s.") % {"at": show.exact(searched.happened_at)} if searched else ""
    hits = [_hit(message, going.get(message.pk)) for message in page.rows]
    return Chapter(
        title, hits, note=note, all_url=_all(number, direction), is_posted=True, is_of_messages=True
    )


def _hit(message: Message, goes_at: datetime | None) -> Hit:
    group, status = timeline.pill(message)
    said = [
        show.clock(message.happened_at),
        rich.INSTEAD % {"type": message.type} if message.is_instead else message.type,  # type: ignore[attr-defined]
        _("group message") if message.group_id else "",
        timeline.effect(message),
        _("Scheduled for %(at)s") % {"at": show.exact(goes_at)} if goes_at else "",
        _failure(message),
        _("no update for hours") if timeline.is_overdue(message) else "",
    ]
    url = reverse("admin:messaging_message_change", args=[message.pk])
    return Hit(_sides(message), " · ".join(str(words) for words in said if words), url, group, status)


def _failure(message: Message) -> str:
    if not message.error_code or message.has_arrived():
        return ""
    return f"{message.error_code} {masking.explained(message.error_code, message.their_line_type)}".strip()


def _event(title: str, message: Message) -> Event:
    group, status = timeline.pill(message)
    said = [message.direction_words(), message.type, status if message.is_outbound() else ""]
    url = reverse("admin:messaging_message_change", args=[message.pk])
    text = " · ".join(str(words) for words in [_sides(message), *said] if words)
    return Event(message.happened_at, title, text, url, group)


# Who looked at it before.


def views(user: User, number: str) -> Sequence[Chapter]:
    """Return who opened a message with the number, and why. One query."""
    if not user.has_perm(VIEWS):
        return []
    rows = list(reveals.about(number).select_related("user")[: MOST + 1])
    list_url = reverse("admin:messaging_reveal_changelist")
    return [
        Chapter(
            _("Who opened its messages"),
            [_view(row) for row in rows[:MOST]],
            events=[_viewed(row) for row in rows[:MOST]],
            all_url=f"{list_url}?number={number_address.token_of(number)}" if len(rows) > MOST else "",
        )
    ]


def _what(row: Reveal) -> str:
    if row.file is not None:
        return _("file %(number)s of a message") % {"number": row.file + 1}
    if row.is_of_number():
        return _("the number of a message, to reply")
    return _("a whole conversation") if row.is_conversation else _("a message")


def _view(row: Reveal) -> Hit:
    said = [show.clock(row.at), _what(row), without_personal(row.reason)]
    url = reverse("admin:messaging_message_change", args=[row.message_id])
    return Hit(name(row.user), " · ".join(filter(None, said)), url)


def _viewed(row: Reveal) -> Event:
    words = _("%(who)s opened %(what)s") % {"who": name(row.user), "what": _what(row)}
    url = reverse("admin:messaging_message_change", args=[row.message_id])
    return Event(row.at, words, without_personal(row.reason), url, "closed")
