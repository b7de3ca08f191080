"""Have the addresses of a request opened by a worker, politely: each at most once a minute, one of a host at a time."""

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from messaging.mirror import clock, locks
from messaging.telnyx.client import Client

from .judge import judge
from .models import LinkCheck
from .named import named
from .visit import host_of

if TYPE_CHECKING:
    from ..models import VerificationRequest

# An address is left alone for this long; a worker that died is taken to have ended by then.
PAUSE = timedelta(minutes=1)
# After this nothing new is started in one run; one check may take half a minute more.
SECONDS = 8.0


def note(request: "VerificationRequest") -> None:
    """Have addresses opened that are new in a request, and forget those it no longer names."""
    if not settings.LINK_CHECK:
        return
    pairs = named(request)
    with transaction.atomic():
        known = {(check.field, check.address): check for check in request.links.defer("thumbnail")}
        old = [check.pk for pair, check in known.items() if pair not in pairs]
        request.links.filter(pk__in=old).delete()
        now = clock.now()
        new = [
            LinkCheck(request=request, field=field, address=address, host=host_of(address)[:255], due_at=now)
            for field, address in pairs
            if (field, address) not in known
        ]
        LinkCheck.objects.bulk_create(new, ignore_conflicts=True)


def ask(request: "VerificationRequest") -> bool:
    """Have all addresses opened again, or return False if each was a minute ago at most."""
    note(request)
    rested = Q(opened_at=None) | Q(opened_at__lt=Now() - PAUSE)
    request.links.filter(rested, due_at=None).update(due_at=Now())
    return request.links.filter(due_at__isnull=False).exists()


def check_due(client: Client) -> int:
    """Open the addresses that are due; return how many."""
    if not settings.LINK_CHECK:
        return 0
    end, opened = time.monotonic() + SECONDS, 0
    while time.monotonic() < end and (check := _claim()):
        findings, thumbnail = judge(client, check.field, check.address)
        # If the address was taken out of the request meanwhile, there is no row to keep the answer in.
        LinkCheck.objects.filter(pk=check.pk).update(
            findings=findings, thumbnail=thumbnail, checked_at=Now(), due_at=None
        )
        opened += 1
    return opened


def _claim() -> LinkCheck | None:
    """Return the next address, for this process alone."""
    lately = LinkCheck.objects.filter(opened_at__gt=Now() - PAUSE)
    is_resting = Exists(lately.filter(address=OuterRef("address"), host=OuterRef("host")))
    is_busy = Exists(lately.filter(host=OuterRef("host"), due_at__isnull=False))
    with transaction.atomic():
        locks.one_after_another(locks.LINKS)
        due = LinkCheck.objects.filter(~is_resting, ~is_busy, due_at__lte=Now()).defer("thumbnail")
        check = due.order_by("due_at", "pk").first()
        if check is not None:
            LinkCheck.objects.filter(pk=check.pk).update(opened_at=Now())
        return check
