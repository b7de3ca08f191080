"""What the machinery adds to the home page."""

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from messaging.desk import home
from messaging.mirror import health
from messaging.mirror.models import OutboxEntry, WebhookEvent


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
        ]
    )


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
