"""Ask Telnyx which phones have RCS, and for links. Run by the worker, alongside polling.

Nothing here changes anything at Telnyx, so a question without an answer is simply asked again.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.mirror import breaker, clock, pace
from messaging.mirror.records.sync import READS
from messaging.mirror.records.wire import storable
from messaging.telnyx.client import Client, json_bytes, path
from messaging.telnyx.errors import AccountBlocked, NotFound, RequestRefused, SlowDown, TelnyxError

from ..agents.operations import BULK, CAPABILITY, DEEPLINK
from ..models import Capability, CapabilityCheck, Deeplink, RcsAgent
from ..models.capabilities import fresh_for

# Telnyx accepts this many in one request (docs/telnyx.md, T4.5).
CHUNK = 100
AT_ONCE_SECONDS = 6.0
# The process that takes rows asks about them; if it dies, they are asked about again after this long.
AGAIN_AFTER = timedelta(seconds=60)
MOST_TRIES = 30


def begin(
    pk: UUID,
    agent: RcsAgent,
    numbers: Sequence[str],
    *,
    by: User,
    again: bool = False,
    not_checked: Sequence[str] = (),
) -> CapabilityCheck:
    """Start a check of these numbers. Ask again about fresh answers only if `again`. The same pk is the same check.

    `not_checked` says what else was typed.
    """
    with transaction.atomic():
        check, made = CapabilityCheck.objects.get_or_create(
            pk=pk,
            defaults={
                "agent": agent,
                "requested_by": by,
                "total": len(numbers),
                "not_checked": list(not_checked),
            },
        )
        if check.requested_by_id != by.pk:  # the id belongs to someone else's check
            raise PermissionDenied
        if made:
            _want(check, numbers, again)
    return check


def _want(check: CapabilityCheck, numbers: Sequence[str], again: bool) -> None:
    fresh = [Capability(agent_id=check.agent_id, phone_number=number) for number in numbers]
    Capability.objects.bulk_create(fresh, ignore_conflicts=True)
    rows = Capability.objects.filter(agent_id=check.agent_id, phone_number__in=numbers)
    through = CapabilityCheck.numbers.through
    through.objects.bulk_create(
        through(capabilitycheck_id=check.pk, capability_id=pk) for pk in rows.values_list("pk", flat=True)
    )
    old = rows if again else rows.filter(Q(as_of=None) | Q(as_of__lt=clock.now() - fresh_for()))
    check.asked = old.count()
    check.save(update_fields=["asked"])
    old.filter(wanted_at=None).update(wanted_at=Now(), alone=len(numbers) == 1, error="", tries=0)


def ask_due(client: Client) -> int:
    """Ask about the numbers that are due, up to 100 at a time, for a few seconds; return how many lists were sent."""
    end, asked = time.monotonic() + AT_ONCE_SECONDS, 0
    while time.monotonic() < end and _may_ask():
        rows = _take()
        if not rows:
            break
        asked += 1
        if not _ask(rows, client):
            break
    return asked


def _may_ask() -> bool:
    return not breaker.closed() and not pace.take(READS, settings.TELNYX_READS_PER_SECOND)


def _take() -> list[Capability]:
    """Take the rows that have waited longest: a single one to ask about alone, or a list for one agent."""
    with transaction.atomic():
        due = Capability.objects.filter(wanted_at__lte=Now()).order_by("wanted_at", "id")
        due = due.select_for_update(of=["self"], skip_locked=True).select_related("agent")
        first = due.first()
        if first is None:
            return []
        rows = [first] if first.alone else list(due.filter(agent_id=first.agent_id, alone=False)[:CHUNK])
        taken = Capability.objects.filter(pk__in=[row.pk for row in rows])
        taken.update(wanted_at=Now() + AGAIN_AFTER, tries=F("tries") + 1)
    return rows


def _ask(rows: list[Capability], client: Client) -> bool:
    """Ask about one agent's rows and store the answer. Return False if we should not ask Telnyx anymore now."""
    asked_at, agent = clock.ask(), rows[0].agent
    mine = Capability.objects.filter(pk__in=[row.pk for row in rows])
    if not agent.is_there():
        mine.update(wanted_at=None, error=_("The agent is no longer at Telnyx."))
        return True
    try:
        told = _alone(rows[0], client) if rows[0].alone else _list(rows, client)
    except NotFound:
        mine.update(wanted_at=None, error=_("Telnyx doesn't know this agent or number."))
        return True
    except RequestRefused as error:
        _refused(rows, mine, error)
        return True
    except TelnyxError as error:
        _no_answer(mine, error)
        return False
    _write(rows, told, asked_at)
    return True


def _alone(row: Capability, client: Client) -> Iterable[Any]:
    address = path(CAPABILITY, agent_id=row.agent.remote_id, phone_number=row.phone_number)
    return [client.get(address).body]


def _list(rows: Sequence[Capability], client: Client) -> Iterable[Any]:
    numbers = [row.phone_number for row in rows]
    body = json_bytes({"agent_id": rows[0].agent.remote_id, "phone_numbers": numbers})
    told = client.send("POST", BULK, body=body).body
    return told if isinstance(told, list) else []


def _refused(rows: Sequence[Capability], mine: Any, error: RequestRefused) -> None:
    """Ask about each number alone after a list was refused, because one bad number spoils a list of a hundred."""
    if rows[0].alone:
        told = next((one.detail or one.title for one in error.errors if one.detail or one.title), "")
        mine.update(wanted_at=None, error=(_("Telnyx refused: %(told)s") % {"told": told})[:500])
    else:
        mine.update(wanted_at=Now(), alone=True, tries=0)


def _no_answer(mine: Any, error: TelnyxError) -> None:
    hold_on(error)
    mine.filter(tries__gte=MOST_TRIES).update(
        wanted_at=None, error=_("Telnyx didn't answer for half an hour.")
    )


def hold_on(error: TelnyxError) -> None:
    """Pause all requests while Telnyx asks us to slow down or blocks the account."""
    if isinstance(error, SlowDown):
        pace.pause(READS, error.retry_after or 60)
    elif isinstance(error, AccountBlocked):
        breaker.close(error.reason)


def _write(rows: list[Capability], told: Iterable[Any], asked_at: Any) -> None:
    by_number = {one.get("phone_number"): one for one in told if isinstance(one, Mapping)}
    for row in rows:
        found = by_number.get(row.phone_number)
        row.wanted_at, row.alone, row.tries = None, False, 0
        if found is None or "features" not in found:
            row.error = _("Telnyx's answer doesn't mention this number.")
            continue
        named = found["features"]
        row.features = storable([str(name) for name in named]) if isinstance(named, list) else []
        row.has_rcs = bool(row.features)
        row.as_of, row.error = asked_at, ""
    names = ["features", "has_rcs", "as_of", "error", "wanted_at", "alone", "tries"]
    Capability.objects.bulk_update(rows, names)


# Links.


def links_due(client: Client) -> int:
    """Ask for the links that people are waiting for."""
    asked = 0
    for link in Deeplink.objects.filter(due_at__lte=Now()).select_related("agent").order_by("due_at")[:5]:
        mine = Deeplink.objects.filter(pk=link.pk)
        if not _may_ask():
            break
        if mine.filter(due_at=link.due_at).update(due_at=Now() + AGAIN_AFTER):
            _ask_link(link, mine, client)
            asked += 1
    return asked


def _ask_link(link: Deeplink, mine: Any, client: Client) -> None:
    params = {"phone_number": link.phone_number or None, "body": link.body or None}
    try:
        told = client.get(path(DEEPLINK, agent_id=link.agent.remote_id), params).body
    except RequestRefused as error:
        mine.update(due_at=None, error=error.reason[:500])
        return
    except TelnyxError as error:
        hold_on(error)
        mine.update(error=_("Telnyx didn't answer. We ask again every minute."))
        return
    url = told.get("url") if isinstance(told, Mapping) else None
    if isinstance(url, str) and url:
        mine.update(due_at=None, url=storable(url), error="")
    else:
        mine.update(due_at=None, error=_("Telnyx's answer contains no link."))


JOBS = (ask_due, links_due)
