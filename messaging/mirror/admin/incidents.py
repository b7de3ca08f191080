"""When a part of the desk didn't work, and what became of what people submitted meanwhile."""

from collections import Counter
from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import show
from messaging.desk.base_admin import ReadOnlyAdmin

from .. import clock
from ..checkup import TITLES
from ..health import MANY
from ..models import Incident, OutboxEntry
from ..wording import Words, duration

State = OutboxEntry.State

WAITED = gettext_lazy(
    "What people submitted was kept and waited, and what Telnyx reported was kept but not shown yet."
)
# What happened, and what that meant for people's work. A part that only deserves a look makes no incident.
WORDS: dict[str, tuple[Words, Words]] = {
    "worker": (gettext_lazy("No worker showed a sign of life."), WAITED),
    "beat": (
        gettext_lazy(
            "Scheduled work wasn't started, or the database couldn't be reached. If the whole desk was stopped, it "
            "shows here too."
        ),
        gettext_lazy(
            "Retries, checks with Telnyx and the processing of webhooks stopped. Nobody watched the other parts "
            "either, so this says nothing about them."
        ),
    ),
    "broker": (
        gettext_lazy("Redis couldn't be reached, or stored nothing."),
        gettext_lazy("The worker wasn't called, so requests and webhooks waited in the database."),
    ),
    "keys": (
        gettext_lazy("Telnyx refused our API key, or there was no valid key to check webhooks with."),
        gettext_lazy(
            "Without the API key nothing was sent, and what people submitted waited. Without the key for webhooks "
            "they were turned away."
        ),
    ),
    "outbox": (
        gettext_lazy("Requests to Telnyx that were due weren't sent."),
        gettext_lazy("They waited in the database."),
    ),
    "inbox": (
        gettext_lazy("What Telnyx reported wasn't processed."),
        gettext_lazy("Statuses and messages here were behind. The webhooks that arrived were kept."),
    ),
    "held_back": (
        gettext_lazy("The time in Telnyx's signature was more than five minutes off PostgreSQL's clock."),
        gettext_lazy("Webhooks were held back. They are kept until someone releases them."),
    ),
    "clock": (
        gettext_lazy(
            "The clock of a process was more than a minute off PostgreSQL's, or PostgreSQL's was that far "
            "off Telnyx's."
        ),
        gettext_lazy(
            "Times in logs don't match. Webhooks were held back only if that is an incident of its own."
        ),
    ),
    "telnyx": (
        gettext_lazy("Telnyx didn't answer as it should."),
        gettext_lazy("Statuses here may have been behind, and what was submitted may have waited."),
    ),
}


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """The list of incidents and the page of one. What was seen only once is no incident yet."""

    page_template = "admin/mirror/incident.html"
    list_display = ("what", "since", "until", "length", "requests", "events")
    list_display_links = ("what",)
    empty_words = gettext_lazy("Nothing has failed since the desk began to keep this list.")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(is_certain=True)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"title": _("Incidents"), **(extra_context or {})})

    def page(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        incident = cast(Incident, row)
        happened, meant = WORDS.get(incident.kind, ("", ""))
        until = incident.ended_at or clock.now()
        return {
            "title": title_of(incident),
            "incident": incident,
            "happened": happened,
            "meant": meant,
            "length": duration(until - incident.started_at),
            "requests": counted(incident.requests_waiting),
            "events": counted(incident.events_waiting),
            "may_see_outbox": request.user.has_perm("mirror.view_outboxentry"),
            "may_see_health": request.user.has_perm("mirror.view_webhookevent"),
            **became(incident.started_at, until),
        }

    @admin.display(description=gettext_lazy("What didn't work"))
    def what(self, incident: Incident) -> Words:
        return title_of(incident)

    @admin.display(description=gettext_lazy("From"))
    def since(self, incident: Incident) -> SafeString:
        return show.stamp(incident.started_at)

    @admin.display(description=gettext_lazy("To"))
    def until(self, incident: Incident) -> SafeString:
        if incident.ended_at is None:
            return show.pill("failing", _("Still going on"))
        return show.stamp(incident.ended_at)

    @admin.display(description=gettext_lazy("How long"))
    def length(self, incident: Incident) -> str:
        return duration((incident.ended_at or clock.now()) - incident.started_at)

    @admin.display(description=gettext_lazy("Requests that waited"))
    def requests(self, incident: Incident) -> str:
        return counted(incident.requests_waiting)

    @admin.display(description=gettext_lazy("Webhooks that waited"))
    def events(self, incident: Incident) -> str:
        return counted(incident.events_waiting)


def title_of(incident: Incident) -> Words:
    """Return the name that Health has for the part."""
    return TITLES.get(incident.kind, incident.kind)


def counted(n: int) -> str:
    """Return a count that stops at MANY."""
    return _("%(n)s or more") % {"n": show.thousands(n)} if n >= MANY else show.thousands(n)


def became(since: datetime, until: datetime) -> dict[str, Any]:
    """Return what became of the requests made in that time, the first MANY of them."""
    made = OutboxEntry.objects.filter(created_at__gte=since, created_at__lte=until).order_by("created_at")
    states = list(made.values_list("state", flat=True)[: MANY + 1])
    is_cut = len(states) > MANY
    states = states[:MANY]
    found = Counter(states)
    person = found[State.NEEDS_PERSON]
    ended = sum(found[state] for state in OutboxEntry.ENDED)
    waiting = len(states) - ended - person
    rows = (
        (_("Received by Telnyx"), found[State.ACCEPTED]),
        (_("Refused by Telnyx"), found[State.REFUSED]),
        (_("Canceled"), found[State.CANCELLED]),
        (_("Still waiting"), waiting),
        (_("Needs a decision"), person),
    )
    return {
        "made": len(states),
        "is_cut": is_cut,
        "became": [(words, show.thousands(n)) for words, n in rows if n],
        "waiting": waiting,
        "person": person,
    }
