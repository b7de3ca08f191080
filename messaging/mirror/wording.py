"""What the machinery says to people: the type of its words, and lengths of time."""

from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import ngettext

Words = str | Promise


def when(at: datetime) -> str:
    """Return a moment in the viewer's zone, in the one form everything is dated in: Nov. 28, 2026, 14:02."""
    return date_format(localtime(at), "N j, Y, H:i")


def kept_for(days: int) -> str:
    """Return how long something is kept as people say it: 5 years for 1,826 days, 90 days for 90."""
    years = round(days / 365.25)
    if years and abs(days - years * 365.25) < 2:
        return ngettext("%(n)s year", "%(n)s years", years) % {"n": years}
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def duration(length: timedelta) -> str:
    """Return a length of time in its largest whole unit: 40 seconds, 3 minutes, 2 hours, 5 days."""
    seconds = max(int(abs(length).total_seconds()), 0)
    if seconds < 60:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    if seconds < 3600:
        return ngettext("%(n)s minute", "%(n)s minutes", seconds // 60) % {"n": seconds // 60}
    if seconds < 2 * 86400:
        return ngettext("%(n)s hour", "%(n)s hours", seconds // 3600) % {"n": seconds // 3600}
    return ngettext("%(n)s day", "%(n)s days", seconds // 86400) % {"n": seconds // 86400}
