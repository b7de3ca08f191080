"""Our senders of whose messages far more fail than usual: in the last hour, against the day before it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils.crypto import salted_hmac

from messaging.log.choices import FAILED, Direction
from messaging.models import Message

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# For how long after one notice about a sender there is no other.
QUIET = timedelta(hours=12)
# At least so many failed, at least this share of what was sent, and this many times the usual share.
FEWEST, SHARE, TIMES = 10, 0.2, 2
MOST = 20


@dataclass(frozen=True)
class Jump:
    """A sender: a mark that is always the same for it and doesn't show its number, and its newest failed message."""

    mark: str
    message_id: int
    model: Any = Message


def found(now: datetime) -> list[Jump]:
    """Return the senders for which that is so. A query, and one for each that failed often."""
    sent = Message.objects.filter(direction=Direction.OUTBOUND).exclude(our_address="").order_by()
    failed = Q(status__in=FAILED)
    lately = sent.filter(happened_at__gt=now - HOUR, happened_at__lte=now).values("our_address")
    counted = lately.annotate(
        all=Count("pk"), failed=Count("pk", filter=failed), newest=Max("pk", filter=failed)
    )
    jumps = []
    for row in counted.filter(failed__gte=FEWEST).order_by("-failed")[:MOST]:
        share = row["failed"] / row["all"]
        usual = _share(sent.filter(our_address=row["our_address"]), now, failed)
        if share >= max(SHARE, TIMES * usual):
            jumps.append(Jump(_mark(row["our_address"]), row["newest"]))
    return jumps


def _share(sent: Any, now: datetime, failed: Q) -> float:
    before = sent.filter(happened_at__gt=now - HOUR - DAY, happened_at__lte=now - HOUR)
    counts = before.aggregate(all=Count("pk"), failed=Count("pk", filter=failed))
    return counts["failed"] / counts["all"] if counts["all"] else 0.0


def _mark(address: str) -> str:
    return salted_hmac(
        "messaging.notices", address, secret=settings.SECRET_KEY, algorithm="sha256"
    ).hexdigest()[:16]
