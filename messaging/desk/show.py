"""The small pieces every page of the desk is made of: a status, a moment, an age, a step of a timeline."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.mirror.clock import now
from messaging.mirror.wording import Words, duration, when

JUST_NOW = timedelta(seconds=5)


@dataclass(frozen=True)
class Step:
    """One thing that happened, for templates/desk/timeline.html. `group` gives the mark its shape and color."""

    at: datetime
    title: Words
    text: Words = ""
    who: Words = ""
    group: str = ""


def pill(group: str, words: Words) -> SafeString:
    """Return a status as word, shape and color. `group` is one of messaging.desk.turns.Group."""
    return format_html('<span class="desk-pill" data-group="{}">{}</span>', group, words)


def chip(group: str, words: Words, line: Words) -> SafeString:
    """Return a status for a list, with a short line below it: what to do, or by when."""
    return format_html(
        '<span class="desk-chip">{} <span class="desk-soft desk-small">{}</span></span>',
        pill(group, words),
        line,
    )


def exact(at: datetime) -> str:
    """Return the exact time in the viewer's zone, with the name of the zone, as words within a sentence."""
    local = timezone.localtime(at)
    return date_format(local, "N j, Y, H:i:s") + f" {local.tzname()}"


def moment(at: datetime | None) -> SafeString | str:
    """Return `exact` as an element that says the time in UTC too."""
    if at is None:
        return "-"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.astimezone(UTC).isoformat(),
        date_format(at.astimezone(UTC), "N j, Y, H:i:s") + " UTC",
        exact(at),
    )


def clock(at: datetime) -> str:
    """Return hour and minute in the viewer's zone, and the day if it isn't today."""
    local = timezone.localtime(at)
    return date_format(local, "H:i") if local.date() == timezone.localdate(now()) else when(at)


def to_the_second(at: datetime) -> str:
    """Return hour, minute and second in the viewer's zone, for what happens within a minute."""
    return date_format(timezone.localtime(at), "H:i:s")


def stamp(at: datetime) -> SafeString:
    """Return `clock` as an element that also gives the exact time, for lists."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.astimezone(UTC).isoformat(), exact(at), clock(at)
    )


AHEAD, AGO = gettext_lazy("in %s"), gettext_lazy("%s ago")
DUE, OVERDUE = gettext_lazy("Due in %s"), gettext_lazy("Overdue by %s")


def age(at: datetime | None) -> SafeString | str:
    """Return how long ago, or how far ahead, with the exact time as its title. It ticks (static/desk/ages.js)."""
    return _ticking(at, AHEAD, AGO, "age")


LAST_DAY = timedelta(days=1)


def due(at: datetime | None, since: datetime | None = None) -> SafeString | str:
    """Return in what time something is due, or by how much it is overdue; like `age`.

    If the time runs `since` then, a mark says in words and shape that half of it is gone, or that it is the last day.
    """
    said, at_present = _ticking(at, DUE, OVERDUE, "due"), now()
    if at is None or at <= at_present:
        return said
    if at - at_present < LAST_DAY:
        return _marked(said, "\N{CIRCLE WITH ALL BUT UPPER LEFT QUADRANT BLACK}", _("Last day"))
    if since and at - at_present <= (at - since) / 2:
        return _marked(said, "\N{CIRCLE WITH LEFT HALF BLACK}", _("Half the time is gone"))
    return said


def _marked(said: SafeString | str, shape: str, words: str) -> SafeString:
    # The script of ages hides it once the time is over.
    return format_html(
        '{} <span class="desk-soft desk-small" data-until-due><span aria-hidden="true">{}</span> {}</span>',
        said,
        shape,
        words,
    )


def _ticking(at: datetime | None, ahead: Words, past: Words, kind: str) -> SafeString | str:
    if at is None:
        return "-"
    is_now = kind == "age" and abs(now() - at) < JUST_NOW
    words = ago(at) if is_now else str(ahead if at > now() else past) % duration(now() - at)
    return format_html(
        '<time datetime="{}" title="{}" data-ticks="{}">{}</time>',
        at.astimezone(UTC).isoformat(),
        exact(at),
        kind,
        words,
    )


def ticking_words() -> SafeString:
    """Return the words of `age` and `due` for the script that keeps them true: one | many, ahead | past."""

    def forms(size: timedelta) -> str:
        return "|".join(duration(size * n).replace(str(n), "%n") for n in (1, 3))

    units = [forms(timedelta(**{unit: 1})) for unit in ("seconds", "minutes", "hours")]
    day = ngettext("%(n)s day", "%(n)s days", 1) % {"n": 1}
    days = duration(timedelta(days=3)).replace("3", "%n")
    return format_html(
        '<span id="desk-ages" hidden data-now="{}" data-seconds="{}" data-minutes="{}" data-hours="{}" data-days="{}" '
        'data-age="{}" data-due="{}"></span>',
        now().isoformat(),
        *units,
        f"{day.replace('1', '%n')}|{days}",
        f"{AHEAD}|{AGO}",
        f"{DUE}|{OVERDUE}",
    )


def ago(at: datetime) -> str:
    """Return how long ago, or how far ahead, as words within a sentence: just now, 3 minutes ago, in 2 days."""
    length = now() - at
    if abs(length) < JUST_NOW:
        return _("just now")
    return str(AHEAD if length < timedelta() else AGO) % duration(length)


def within(label: str) -> str:
    """Return a label for use within a sentence: first letter in lower case, names such as Telnyx unchanged."""
    return label[:1].lower() + label[1:]


def thousands(n: int) -> str:
    """Return a whole number as people read it: 100,000."""
    return f"{n:,}"


def copyable(text: str) -> SafeString | str:
    """Return an id or a number with a button that copies it."""
    if not text:
        return "-"
    return format_html(
        '<span class="desk-mono">{}</span> '
        '<button type="button" class="desk-copy" data-copy="{}" data-done="{}" aria-label="{}">{}</button>',
        text,
        text,
        _("Copied"),
        _("Copy %s") % text,
        _("Copy"),
    )
