"""What our machinery adds to the home page."""

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from messaging import home
from messaging.mirror.models import OutboxEntry


@home.contribute
def outbox_cards(user: User) -> home.Section:
    """Count what is on its way to Telnyx, and what only a person can settle."""
    if not user.has_perm("mirror.view_outboxentry"):
        return home.Section()
    needs_person = Q(state=OutboxEntry.State.NEEDS_PERSON)
    # Everything that is open is in an index of its own, so this reads the few and not the many.
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
                _("Needs a decision"),
                counts["undecided"],
                f"{url}?state={OutboxEntry.State.NEEDS_PERSON}",
                "needs_us",
                _("what became of a request?"),
            ),
        ]
    )
