"""What the search finds of the machinery: requests to Telnyx and webhook events, by an id or how one begins."""

import re

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import finding, outbox_words, show
from messaging.desk.finding import Found, Hit

from ..models import OutboxEntry, WebhookEvent
from .inbox import events_named
from .outbox import SHORTEST_PREFIX, entries_named

# An id has no blanks, and a digit; a phone number has nothing else.
ID = re.compile(rf"(?=.*\d)(?=.*[A-Za-z-])[0-9A-Za-z_.:-]{{{SHORTEST_PREFIX},100}}", re.ASCII)


def requests(user: User, term: str) -> Found | None:
    """Return the newest requests to Telnyx that an id means: their own, the record's, or Telnyx's."""
    if not ID.fullmatch(term) or not user.has_perm("mirror.view_outboxentry"):
        return None
    rows = OutboxEntry.objects.filter(entries_named(term)).select_related("resource_type").defer("body")
    found, has_more = finding.first(rows.order_by("-created_at")[: finding.MOST + 1])
    hits = [
        Hit(
            str(entry),
            show.clock(entry.created_at),
            reverse("admin:mirror_outboxentry_change", args=[entry.pk]),
            outbox_words.ENTRY_GROUPS[entry.state],
            entry.get_state_display(),
        )
        for entry in found
    ]
    return Found(_("Requests to Telnyx"), hits, has_more, reverse("admin:mirror_outboxentry_changelist"))


def events(user: User, term: str) -> Found | None:
    """Return the newest webhook events that an id means: their own, or that of a request or record."""
    if not ID.fullmatch(term) or not user.has_perm("mirror.view_webhookevent"):
        return None
    rows = WebhookEvent.objects.filter(events_named(term)).defer("body").order_by("-pk")
    found, has_more = finding.first(rows[: finding.MOST + 1])
    hits = [
        Hit(
            str(event),
            show.clock(event.received_at),
            reverse("admin:mirror_webhookevent_change", args=[event.pk]),
            outbox_words.EVENT_GROUPS[event.state],
            outbox_words.EVENT_WORDS[event.state],
        )
        for event in found
    ]
    return Found(_("Webhook events"), hits, has_more, reverse("admin:mirror_webhookevent_changelist"))


finding.contribute(requests)
finding.contribute(events)
