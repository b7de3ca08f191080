"""What opt-outs tell about a number: what forbids texting it now, what did before, and by which word."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import number_address, show
from messaging.desk.finding import Hit
from messaging.desk.number_lookup import MOST, Chapter, Event
from messaging.log import timeline
from messaging.log.cards import VIEW as VIEW_MESSAGES
from messaging.log.choices import Direction
from messaging.mirror.masking import without_personal
from messaging.mirror.models import RecordView
from messaging.models import Consent, Message, OptOut
from messaging.team.people import name
from messaging.validators import display_number

from . import consents, page
from .reconcile import START, STOP

VIEW = "messaging.view_optout"
RECORD_VIEWS = "mirror.view_recordview"
# A text that Telnyx counted as STOP, and the opt-out it made, are one event.
ONE_EVENT = timedelta(minutes=2)


def opt_outs(user: User, number: str) -> Sequence[Chapter]:
    """Return the opt-outs of a phone, and its STOP and START texts. Six queries at most."""
    if not user.has_perm(VIEW):
        return []
    found = OptOut.objects.filter(to_number=number).select_related("added_by", "lifted_by")
    rows = list(
        found.order_by(F("lifted_at").desc(nulls_first=True), F("stopped_at").desc(nulls_last=True), "-pk")[
            : MOST + 1
        ]
    )
    page.with_names(rows)
    rows, has_more = rows[:MOST], len(rows) > MOST
    texts = _texts(number) if user.has_perm(VIEW_MESSAGES) else []
    list_url = reverse("admin:messaging_optout_changelist")
    return [
        Chapter(
            _("Opt-outs"),
            [*map(_hit, rows), *map(_text, texts)],
            events=[*map(_texted, texts), *(event for row in rows for event in _events(row, texts))],
            warnings=[_warning(row) for row in rows if row.is_active()],
            all_url=f"{list_url}?number={number_address.token_of(number)}" if has_more else "",
        ),
        _consent(number),
        *_views(user, rows),
    ]


def _consent(number: str) -> Chapter:
    """Return when and how the person agreed to texts. One query."""
    found = consents.of(number, MOST + 1)
    return Chapter(
        _("Consent to texts"),
        [Hit(str(row.get_source_display()), consents.words(row), "") for row in found[:MOST]],
        events=[
            Event(row.agreed_at, _("Agreed to texts"), consents.words(row), group="done")
            for row in found[:MOST]
            if row.source != Consent.Source.REPLY
        ],
        note=_("Only the newest %(n)s are shown.") % {"n": MOST} if len(found) > MOST else "",
    )


def _texts(number: str) -> list[Message]:
    """Return the newest texts that Telnyx counted as STOP or START."""
    theirs = Message.objects.filter(their_address=number, direction=Direction.INBOUND)
    counted = theirs.filter(autoresponse_type__in=[STOP, START]).order_by("-happened_at", "-id")
    return list(counted.only("pk", "happened_at", "direction", "autoresponse_type", "our_address")[:MOST])


def _url(row: OptOut) -> str:
    return reverse("admin:messaging_optout_change", args=[row.pk])


def _warning(row: OptOut) -> str:
    words = _("%(since)s. Texts to this number aren't sent from: %(profile)s.")
    return words % {"since": page.since(row), "profile": row.profile_name}  # type: ignore[attr-defined]


def _hit(row: OptOut) -> Hit:
    said = [page.since(row) if row.is_active() else _ended(row)]
    if row.from_number:
        said.append(_("Our sender: %(number)s") % {"number": display_number(row.from_number)})
    return Hit(row.profile_name, " · ".join(said), _url(row), *page.state(row))  # type: ignore[attr-defined]


def _ended(row: OptOut) -> str:
    """Return since when a phone had been opted out, by which word, and when that ended."""
    words = {"word": without_personal(row.keyword) or _("a word that wasn't reported")}
    words |= {"from": _exact(row.stopped_at), "until": _exact(row.lifted_at)}
    if row.is_ours:
        return _("Blocked by us from %(from)s until %(until)s") % words
    if not row.stopped_at:
        return _("Not opted out, last confirmed %(until)s") % words
    return _("Opted out from %(from)s until %(until)s, by %(word)s") % words


def _exact(at: datetime | None) -> str:
    return show.exact(at) if at else _("an unknown time")


def _text(message: Message) -> Hit:
    words = _("Texted to %(number)s on %(at)s") % {
        "number": display_number(message.our_address),
        "at": show.exact(message.happened_at),
    }
    return Hit(str(timeline.effect(message)), words, _message_url(message))


def _message_url(message: Message) -> str:
    return reverse("admin:messaging_message_change", args=[message.pk])


def _texted(message: Message) -> Event:
    text = _("Texted to %(number)s") % {"number": display_number(message.our_address)}
    group = "needs_us" if message.autoresponse_type == STOP else "done"
    return Event(message.happened_at, timeline.effect(message), text, _message_url(message), group)


def _events(row: OptOut, texts: Sequence[Message]) -> Iterator[Event]:
    """Yield what happened to an opt-out, without what a text on this page says already."""
    text = row.profile_name  # type: ignore[attr-defined]
    if row.stopped_at and not _is_told(row.stopped_at, texts, STOP):
        word = without_personal(row.keyword)
        title = _("Opted out by %(word)s") % {"word": word} if word else _("Opted out")
        if row.is_ours:
            who = name(row.added_by)
            title = _("Blocked by us, by %(who)s") % {"who": who} if who else _("Blocked by us")
            text = " · ".join(filter(None, [text, row.note]))
        yield Event(row.stopped_at, title, text, _url(row), "needs_us")
    if row.stopped_at and row.lifted_at and not _is_told(row.lifted_at, texts, START):
        ended = _("Our block was removed") if row.is_ours else page.state(row)[1]
        who = name(row.lifted_by)
        yield Event(row.lifted_at, ended, " · ".join(filter(None, [text, who])), _url(row), "done")


def _is_told(at: datetime, texts: Sequence[Message], kind: str) -> bool:
    return any(text.autoresponse_type == kind and abs(text.happened_at - at) < ONE_EVENT for text in texts)


def _views(user: User, rows: Sequence[OptOut]) -> Iterator[Chapter]:
    """Yield who opened the number of one of these opt-outs, for people who may see that."""
    if not user.has_perm(RECORD_VIEWS):
        return
    keys = {str(row.pk): row for row in rows}
    seen = RecordView.objects.filter(kind=OptOut._meta.label_lower, key__in=keys).select_related("user")
    views = list(seen.order_by("-at", "-id")[: MOST + 1])
    hits = [
        Hit(
            name(view.user),
            " · ".join([show.clock(view.at), without_personal(view.reason)]),
            _url(keys[view.key]),
        )
        for view in views[:MOST]
    ]
    words = _("%(who)s opened the number of an opt-out")
    events = [
        Event(
            view.at,
            words % {"who": name(view.user)},
            without_personal(view.reason),
            _url(keys[view.key]),
            "closed",
        )
        for view in views[:MOST]
    ]
    all_url = reverse("admin:mirror_recordview_changelist") if len(views) > MOST else ""
    yield Chapter(_("Who opened its opt-outs"), hits, events, all_url=all_url)
