"""What the message log adds to the home page: how many messages failed lately."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from messaging.desk import home
from messaging.log.choices import FAILED
from messaging.mirror import clock
from messaging.models import Message

VIEW = "messaging.view_message"
# The status index is read no further than this.
MOST_COUNTED = 1000


def message_cards(user: User) -> home.Section:
    """Return the number of failures, read from the status index."""
    if not user.has_perm(VIEW):
        return home.Section()
    now = clock.now()
    day = Message.objects.filter(status__in=FAILED, happened_at__gt=now - timedelta(days=1))
    newest = day.order_by("-happened_at").values("happened_at")[:MOST_COUNTED]
    counts = newest.aggregate(
        day=Count("happened_at"),
        hour=Count("happened_at", filter=Q(happened_at__gt=now - timedelta(hours=1))),
    )
    url = reverse("admin:messaging_message_changelist")
    many = _("%(n)s or more in 24 hours") if counts["day"] == MOST_COUNTED else _("%(n)s in 24 hours")
    failed = home.Card(
        _("Messages: not delivered in the last hour"),
        counts["hour"],
        f"{url}?status=failed&when=hour",
        "closed",
        str(many) % {"n": counts["day"]},
    )
    return home.Section(cards=[failed])
