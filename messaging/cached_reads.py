"""Fetch what pages asked to see from Telnyx. The worker runs this along with polling."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.mirror import breaker, clock, pace
from messaging.mirror.records import pages
from messaging.mirror.records.sync import READS
from messaging.mirror.records.wire import storable
from messaging.models import NewSecret, Reading
from messaging.telnyx.client import Client
from messaging.telnyx.errors import AccountBlocked, NotFound, SlowDown, TelnyxError
from messaging.whatsapp import at_telnyx

AT_ONCE = 5
AGAIN_AFTER = timedelta(seconds=60)


def read_due(client: Client) -> int:
    """Read what is due, a few at a time; return how many we asked for."""
    asked = 0
    for reading in Reading.objects.filter(due_at__lte=Now()).order_by("due_at")[:AT_ONCE]:
        if breaker.closed() or pace.take(READS, settings.TELNYX_READS_PER_SECOND):
            break
        # The process that moves its time on reads it; if that process dies, it is read again a minute later.
        mine = Reading.objects.filter(pk=reading.pk, due_at=reading.due_at)
        if mine.update(due_at=Now() + AGAIN_AFTER):
            _read(reading, client)
            asked += 1
    return asked


def _read(reading: Reading, client: Client) -> None:
    row, asked_at = Reading.objects.filter(pk=reading.pk), clock.ask()
    try:
        data = FETCH[Reading.Shape(reading.shape)](client, reading.address)
        if reading.address == at_telnyx.ADDRESS:
            data = at_telnyx.kept(data)
    except SlowDown as error:
        pace.pause(READS, error.retry_after or 60)
        return
    except TelnyxError as error:
        _not_read(reading, error, asked_at)
        return
    row.update(due_at=None, as_of=asked_at, data=storable(data), error="")


def _not_read(reading: Reading, error: TelnyxError, asked_at: datetime) -> None:
    row = Reading.objects.filter(pk=reading.pk)
    if reading.address == at_telnyx.ADDRESS and at_telnyx.is_about_the_list(error):
        # The account may not have this list at all: it is read again only when somebody asks.
        row.update(due_at=None, error=at_telnyx.why(error)[:500])
    elif isinstance(error, NotFound):
        row.update(due_at=None, as_of=asked_at, data=None, error=_("Telnyx no longer has it."))
    elif isinstance(error, AccountBlocked):
        breaker.close(error.reason)
    else:
        row.update(error=error.reason[:500])


FETCH = {
    Reading.Shape.ONE: lambda client, address: client.get(address).body,
    Reading.Shape.PAGES: lambda client, address: list(pages.data_pages(client, address)),
    Reading.Shape.SINGLE: lambda client, address: list(pages.single(client, address)),
}


def erase_secrets(client: Client) -> int:
    """Erase new secrets that nobody read in time."""
    return NewSecret.erase_expired()
