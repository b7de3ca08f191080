"""Which webhook events are about a number, by the log, and which message an event reported on."""

from collections.abc import Iterator

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import number_address
from messaging.desk.finding import Hit
from messaging.desk.number_events import MOST, Traces
from messaging.mirror.models import WebhookEvent
from messaging.models import LinkClick, Message

from . import keyset, masking, parsing, timeline
from .cards import VIEW
from .choices import TermKind
from .query import Term

# What `timeline.steps` and the walk itself read.
READ = "id, remote_id, direction, happened_at, trail"
# A group message has a row for each of its people.
MOST_SIDES = 10


def messages(user: User | AnonymousUser, number: str) -> Iterator[Traces]:
    """Yield the events of the newest messages from and to the number, and of clicks on their links. Two queries."""
    if not user.has_perm(VIEW):
        return
    what = keyset.plan(Term(number, TermKind.ADDRESS, (number,)))
    rows = keyset.look(what, size=MOST, columns=READ).rows
    yield Traces([id for row in rows for id in timeline.events(timeline.steps(row))])
    clicks = LinkClick.objects.filter(message_id__in=[row.remote_id for row in rows]).order_by("-clicked_at")
    yield Traces(list(clicks.values_list("event_id", flat=True)[:MOST]))


def message_of(user: User | AnonymousUser, event: WebhookEvent) -> Iterator[Hit]:
    """Yield the pages of the message that an event reported on, and of its number. One query."""
    if not user.has_perm(VIEW) or not event.event_type.startswith("message."):
        return
    try:
        payload = event.data().get("payload")
    except (ValueError, RecursionError):
        return
    id = parsing.uuid(payload.get("id")) if isinstance(payload, dict) else None
    rows = Message.objects.filter(remote_id=id)[:MOST_SIDES] if id else []
    for row in rows:
        number = masking.LIST.their_number(row)
        url = reverse("admin:messaging_message_change", args=[row.pk])
        yield Hit(_("The message, with %(number)s") % {"number": number}, "", url)
        if row.their_address:
            title = _("Everything about %(number)s") % {"number": number}
            yield Hit(title, "", number_address.url_of(row.their_address))
