"""What messages sent from here tell about a number: also those that never reached Telnyx's log."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import show
from messaging.desk.finding import Hit
from messaging.desk.number_lookup import MOST, Chapter
from messaging.models import ComposedMessage, Message
from messaging.team.people import name
from messaging.validators import display_number

from . import outcomes, page
from .choices import Purpose

VIEW = "messaging.view_composedmessage"
# Recipients are in one JSON list, so the search covers only the newest messages.
LATELY = 2000


def composed(user: User, number: str) -> Sequence[Chapter]:
    """Return the newest messages that people wrote to a number. Two queries."""
    if not user.has_perm(VIEW):
        return []
    newest = ComposedMessage.objects.order_by("-created_at").values("pk")[:LATELY]
    to_it = ComposedMessage.objects.filter(pk__in=newest, recipients__contains=[number])
    rows = list(to_it.select_related("created_by").defer("remote_data").order_by("-created_at")[: MOST + 1])
    list_url = reverse("admin:messaging_composedmessage_changelist") if len(rows) > MOST else ""
    told = outcomes.told(rows)
    hits = [_hit(row, told.get(row.remote_id or "", []), number) for row in rows[:MOST]]
    return [Chapter(_("Sent from here"), hits, all_url=list_url)]


def _hit(message: ComposedMessage, rows: Sequence[Message], number: str) -> Hit:
    to_it = [row for row in rows if row.their_address == number]
    said = [
        show.clock(message.created_at),
        _("from %(number)s") % {"number": display_number(message.sender)} if message.sender else "",
        _("Test") if message.purpose == Purpose.TEST else "",
        name(message.created_by),
    ]
    words = " · ".join(filter(None, said))
    group, status = outcomes.of(message, to_it or rows)
    return Hit(message.get_kind_display(), words, page.page_url(message), group, status)
