"""One breaker for the account: when Telnyx refuses our key, everything waits while a probe checks the key."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest, Now

from messaging.telnyx.client import Client
from messaging.telnyx.errors import AccountBlocked, TelnyxError

from .models import Gate, OutboxEntry
from .outbound.outbox import State

logger = logging.getLogger(__name__)

PROBE_SECONDS = 60


def stops() -> QuerySet[Gate]:
    """Return the query for the account's Gate row while it is closed."""
    return Gate.objects.filter(name=Gate.ACCOUNT, closed_at__isnull=False)


def closed() -> Gate | None:
    """Return the account's Gate row if it is closed."""
    return stops().first()


def close(reason: str) -> None:
    """Stop all sending. Only the first call alerts."""
    with transaction.atomic():
        Gate.objects.get_or_create(name=Gate.ACCOUNT)
        probe_at = Now() + timedelta(seconds=PROBE_SECONDS)
        first = Gate.objects.filter(name=Gate.ACCOUNT, closed_at__isnull=True).update(
            closed_at=Now(), reason=reason[:500], probe_at=probe_at
        )
        hold_back()
    if first:
        logger.error("Telnyx refuses our API key; nothing is sent until it is accepted again. %s", reason)


def hold_back() -> None:
    """Mark queued entries as stopped, so that their pages say why they wait."""
    OutboxEntry.objects.filter(state=State.QUEUED).update(state=State.BLOCKED)


def reopen() -> None:
    """Let everything that was stopped continue."""
    with transaction.atomic():
        if Gate.objects.filter(name=Gate.ACCOUNT, closed_at__isnull=False).update(
            closed_at=None, probe_at=None
        ):
            OutboxEntry.objects.filter(state=State.BLOCKED).update(
                state=State.QUEUED, not_before=Greatest("not_before", Now()), reason=""
            )
            logger.warning("Telnyx accepts our API key again; sending continues.")


def probe_if_due(client: Client) -> None:
    """Ask Telnyx whether the key works, at most once a minute across all processes."""
    due = Gate.objects.filter(Q(probe_at__lte=Now()), name=Gate.ACCOUNT, closed_at__isnull=False)
    if not due.update(probe_at=Now() + timedelta(seconds=PROBE_SECONDS)):
        return
    try:
        client.get("/messaging_profiles", {"page[size]": 1}, attempts=1)
    except AccountBlocked:
        hold_back()
    except TelnyxError as error:
        logger.info("The probe of the API key got no clear answer: %s", error)
    else:
        reopen()
