"""Our senders of whose messages far more fail than usual: in the last hour, against the day before it.

Each spell of failures is one alert, which stays open until the sender recovers, so it is told once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from messaging.log.choices import FAILED, Direction
from messaging.models import Message, SenderAlert

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Of whom nothing failed for so long has recovered, even without sending anything.
QUIET = timedelta(hours=12)
# At least so many failed, at least this share of what was sent, and this many times the usual share.
FEWEST, SHARE, TIMES = 10, 0.2, 2
# Of so many messages in an hour, less than this share may fail of a sender that has recovered.
RECOVERED_SHARE = SHARE / 2
MOST, MOST_CODES = 20, 5
IS_FAILED = Q(status__in=FAILED)


@dataclass(frozen=True)
class Jump:
    """A sender, and how many of its messages of the last hour were sent and failed."""

    address: str
    sent: int
    failed: int


def found(now: datetime) -> list[Jump]:
    """Return the senders for which that is so. A query, and one for each that failed often."""
    lately = _outgoing().filter(happened_at__gt=now - HOUR, happened_at__lte=now).values("our_address")
    counted = lately.annotate(all=Count("pk"), failed=Count("pk", filter=IS_FAILED))
    jumps = []
    for row in counted.filter(failed__gte=FEWEST).order_by("-failed")[:MOST]:
        jump = Jump(row["our_address"], row["all"], row["failed"])
        before = _counts(jump.address, now - HOUR - DAY, now - HOUR)
        if jump.failed / jump.sent >= max(SHARE, TIMES * _share(before)):
            jumps.append(jump)
    return jumps


def _outgoing() -> QuerySet[Message]:
    return Message.objects.filter(direction=Direction.OUTBOUND).exclude(our_address="").order_by()


def _counts(address: str, since: datetime, until: datetime) -> Jump:
    rows = _outgoing().filter(our_address=address, happened_at__gt=since, happened_at__lte=until)
    counts = rows.aggregate(all=Count("pk"), failed=Count("pk", filter=IS_FAILED))
    return Jump(address, counts["all"], counts["failed"])


def _share(jump: Jump) -> float:
    return jump.failed / jump.sent if jump.sent else 0.0


def opened(now: datetime) -> Iterator[SenderAlert]:
    """Close the alerts of senders that recovered, bring the others up to date, and yield those that are new."""
    jumps = {jump.address: jump for jump in found(now)}
    alerts = {alert.our_address: alert for alert in SenderAlert.objects.filter(recovered_at=None)[: 5 * MOST]}
    for address, alert in alerts.items():
        if address in jumps:
            _still(alert, jumps[address], now)
        elif _has_recovered(alert, now):
            alert.recovered_at = now
            alert.save(update_fields=["recovered_at"])
    for address, jump in jumps.items():
        if address not in alerts and (new := _open(jump, now)):
            yield new


def _failed_lately(address: str, now: datetime) -> QuerySet[Message]:
    return _outgoing().filter(
        IS_FAILED, our_address=address, happened_at__gt=now - HOUR, happened_at__lte=now
    )


def _codes(address: str, now: datetime) -> list[tuple[str, int]]:
    counted = _failed_lately(address, now).values_list("error_code").annotate(n=Count("pk"))
    return list(counted.order_by("-n", "error_code")[:MOST_CODES])


def _open(jump: Jump, now: datetime) -> SenderAlert | None:
    """Write down that a sender fails. Return None if another process did so just now."""
    rows = _failed_lately(jump.address, now).order_by("happened_at", "pk")
    first = rows.values_list("pk", "happened_at").first()
    if first is None:  # what failed a moment ago has arrived by now
        return None
    pk, at = first
    alert = SenderAlert(
        our_address=jump.address,
        opened_at=at,
        seen_at=now,
        sent=jump.sent,
        failed=jump.failed,
        codes=_codes(jump.address, now),
        first_message_id=pk,
    )
    SenderAlert.objects.bulk_create([alert], ignore_conflicts=True)
    return SenderAlert.objects.filter(
        our_address=jump.address, recovered_at=None, seen_at=now, first_message_id=pk
    ).first()


def _still(alert: SenderAlert, jump: Jump, now: datetime) -> None:
    alert.seen_at = now
    if jump.failed > alert.failed:
        alert.sent, alert.failed, alert.codes = jump.sent, jump.failed, _codes(jump.address, now)
    alert.save(update_fields=["seen_at", "sent", "failed", "codes"])


def _has_recovered(alert: SenderAlert, now: datetime) -> bool:
    lately = _counts(alert.our_address, now - HOUR, now)
    if lately.sent >= FEWEST:
        return _share(lately) < RECOVERED_SHARE
    return not _counts(alert.our_address, now - QUIET, now).failed


# The notice says how many and why, and holds no number.


def event_of(alert: SenderAlert) -> str:
    """Return what the notice is known by: a mark of the sender that doesn't show its number, and the figures."""
    codes = ",".join(code for code, _n in alert.codes[:3] if code)
    return f"sender:{_mark(alert.our_address)}:{alert.pk}:{alert.failed}/{alert.sent}:{codes}"[:200]


EVENT = re.compile(r"sender:\w+:\d+:(?P<failed>\d+)/(?P<sent>\d+):(?P<codes>.*)")


def sentence(event: str) -> str:
    """Return the figures of a notice in a sentence; one that was made before there were figures says less."""
    told = EVENT.fullmatch(event)
    if told is None:
        return _("Far more messages than usual are failing for one of our senders.")
    words = {
        "failed": told["failed"],
        "sent": told["sent"],
        "codes": told["codes"].replace(",", ", ") or _("none reported"),
    }
    return (
        _(
            "Far more messages than usual are failing for one of our senders: %(failed)s of %(sent)s within "
            "an hour. Error codes, most frequent first: %(codes)s."
        )
        % words
    )


def _mark(address: str) -> str:
    return salted_hmac(
        "messaging.notices", address, secret=settings.SECRET_KEY, algorithm="sha256"
    ).hexdigest()[:16]
