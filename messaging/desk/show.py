"""The small pieces every page of the desk is made of: a status, a moment, an age, a step of a timeline."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from messaging.mirror.clock import now
from messaging.mirror.wording import Words, duration

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
        f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        exact(at),
    )


def clock(at: datetime) -> str:
    """Return hour and minute in the viewer's zone, and the day if it isn't today."""
    local = timezone.localtime(at)
    same_day = local.date() == timezone.localdate(now())
    return date_format(local, "H:i" if same_day else "N j, H:i")


def stamp(at: datetime) -> SafeString:
    """Return `clock` as an element that also gives the exact time, for lists."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.astimezone(UTC).isoformat(), exact(at), clock(at)
    )


def age(at: datetime | None) -> SafeString | str:
    """Return how long ago, or how far ahead, with the exact time as its title."""
    if at is None:
        return "-"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.astimezone(UTC).isoformat(), exact(at), ago(at)
    )


def ago(at: datetime) -> str:
    """Return how long ago, or how far ahead, as words within a sentence: just now, 3 minutes ago, in 2 days."""
    length = now() - at
    if abs(length) < JUST_NOW:
        return _("just now")
    return (_("in %s") if length < timedelta() else _("%s ago")) % duration(length)


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
