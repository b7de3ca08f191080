"""What the machinery says to people: the type of its words, and lengths of time."""

from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import ngettext

Words = str | Promise


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
