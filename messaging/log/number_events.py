"""Which webhook events are about a number, by the log: those that its messages and their links keep."""

from collections.abc import Iterator

from django.contrib.auth.models import AnonymousUser, User

from messaging.desk.number_events import MOST, Traces
from messaging.models import LinkClick

from . import keyset, timeline
from .cards import VIEW
from .choices import TermKind
from .query import Term

# What `timeline.steps` and the walk itself read.
READ = "id, remote_id, direction, happened_at, trail"


def messages(user: User | AnonymousUser, number: str) -> Iterator[Traces]:
    """Yield the events of the newest messages from and to the number, and of clicks on their links. Two queries."""
    if not user.has_perm(VIEW):
        return
    what = keyset.plan(Term(number, TermKind.ADDRESS, (number,)))
    rows = keyset.look(what, size=MOST, columns=READ).rows
    yield Traces([id for row in rows for id in timeline.events(timeline.steps(row))])
    clicks = LinkClick.objects.filter(message_id__in=[row.remote_id for row in rows]).order_by("-clicked_at")
    yield Traces(list(clicks.values_list("event_id", flat=True)[:MOST]))
