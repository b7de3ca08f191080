"""What the machinery adds to the home page."""

from collections.abc import Mapping, Sequence

from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, DateTimeField, F, Model, Q, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from messaging.desk import home
from messaging.desk.turns import Group
from messaging.mirror import health
from messaging.mirror.masking import without_personal
from messaging.mirror.models import OutboxEntry, TelnyxResource, WebhookEvent
from messaging.mirror.permissions import may_view


def outbox_cards(user: User) -> home.Section:
    """Count what is on its way to Telnyx, and what only a person can settle."""
    if not user.has_perm("mirror.view_outboxentry"):
        return home.Section()
    needs_person = Q(state=OutboxEntry.State.NEEDS_PERSON)
    # Everything open is in a separate index, so this reads the few and not the many.
    counts = OutboxEntry.objects.exclude(state__in=OutboxEntry.ENDED).aggregate(
        sending=Count("pk", filter=~needs_person), undecided=Count("pk", filter=needs_person)
    )
    url = reverse("admin:mirror_outboxentry_changelist")
    return home.Section(
        waiting=[_decisions(user)] if counts["undecided"] else [],
        cards=[
            home.Card(
                _("Being sent"),
                counts["sending"],
                f"{url}?state=open",
                "under_way",
                _("on the way to Telnyx"),
            ),
            home.Card(
                _("Needs your decision"),
                counts["undecided"],
                f"{url}?state={OutboxEntry.State.NEEDS_PERSON}",
                "decision",
                _("what happened to a request?"),
            ),
        ],
    )


def _decisions(user: User) -> home.Waiting:
    """Return the requests that only a person can settle, but for those of records that are listed themselves."""
    listed = [
        kind.pk
        for kind in map(ContentType.objects.get_for_model, filter(_has_stages, apps.get_models()))
        if may_view(user, f"{kind.app_label}.{kind.model}")
    ]
    undecided = OutboxEntry.objects.filter(state=OutboxEntry.State.NEEDS_PERSON)
    no_date = Cast(Value(None), DateTimeField())
    of_others = undecided.exclude(resource_type__in=listed)
    rows = home.waiting_rows(of_others, "decision", due=no_date, since=F("created_at"))
    return home.Waiting("decision", [rows], _items)


def _has_stages(model: type[Model]) -> bool:
    """Return True for the records whose own stage says that a request about them needs a decision."""
    return issubclass(model, TelnyxResource) and hasattr(model, "turn_since")


def _items(keys: Sequence[str]) -> Mapping[str, home.Item]:
    entries = OutboxEntry.objects.filter(pk__in=keys).select_related("resource_type").defer("body")
    return {
        str(entry.pk): home.Item(
            str(entry.get_operation_label()),
            without_personal(entry.reason) or _("What happened to this request? Only a person can tell."),
            reverse("admin:mirror_outboxentry_change", args=[entry.pk]),
            Group.DECISION,
            Group.DECISION.label,
            since=entry.created_at,
        )
        for entry in entries
    }


def inbox_cards(user: User) -> home.Section:
    """Count the webhooks that have no effect until someone acts; a card appears only if there is one."""
    if not user.has_perm("mirror.view_webhookevent"):
        return home.Section()
    found, state = health.read(), WebhookEvent.State
    cards = (
        (
            _("Held-back webhooks"),
            found.held_back,
            state.QUARANTINED,
            _("signed more than five minutes off our clock; is the clock right?"),
        ),
        (
            _("Webhooks without a record"),
            found.without_record,
            state.WAITING,
            _("about something that is not here; given up after two weeks"),
        ),
        (_("Failed webhooks"), found.given_up, state.DEAD, _("fix what the error names, then process again")),
    )
    url = reverse("admin:mirror_webhookevent_changelist")
    return home.Section(
        cards=[
            home.Card(title, count, f"{url}?state__exact={value}", "needs_us", hint)
            for title, count, value, hint in cards
            if count
        ]
    )
