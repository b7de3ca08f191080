"""Fetch the files of messages, a few at a time, before Telnyx drops them. Any number of processes may do so."""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as _

from messaging import files
from messaging.models import MediaFile
from messaging.telnyx.client import Answer, Client
from messaging.telnyx.errors import NotFetchable, TelnyxError

from . import keep

logger = logging.getLogger(__name__)

State = MediaFile.State

# Seconds to wait after each try; after the last one, about four days in, the file is given up.
WAITS = (60, 300, 1800, 7200, 28800, 86400, 86400, 86400)
# Periodic work must be quick: after SECONDS nothing new is started, and no download takes longer than DEADLINE.
SECONDS, DEADLINE = 8.0, 15.0
# The storage no longer has the file, or its link has expired.
GONE = frozenset({403, 404, 410})

REDIRECTED = _("Its address redirects elsewhere, and we don't follow redirects.")
AWAY = _("The server that holds it doesn't answer.")
DROPPED = _("It is no longer where Telnyx kept it.")
UNFIT = _("The server that holds it returned something other than a file.")


def fetch_due(client: Client) -> int:
    """Fetch the files that are due; return how many were tried."""
    end, tried = time.monotonic() + SECONDS, 0
    while time.monotonic() < end and (file := _claim()):
        _fetch(file, client)
        tried += 1
    return tried


def _claim() -> MediaFile | None:
    """Return the next file, for this process alone. If the process dies, another one tries again after the wait."""
    due = MediaFile.objects.filter(state=State.WAITING, next_try_at__lte=Now()).order_by("next_try_at")
    for file in due[:10]:
        wait = timedelta(seconds=WAITS[min(file.attempts, len(WAITS) - 1)])
        mine = MediaFile.objects.filter(pk=file.pk, state=State.WAITING, next_try_at=file.next_try_at)
        if mine.update(next_try_at=Now() + wait, attempts=F("attempts") + 1):
            file.attempts += 1
            return file
    return None


def _fetch(file: MediaFile, client: Client) -> None:
    try:
        answer = client.download(file.url, max_bytes=settings.MEDIA_MOST_BYTES, deadline=DEADLINE)
    except NotFetchable as error:
        _end(file, State.REFUSED, error.reason)
    except TelnyxError:
        _later(file, State.FAILED, AWAY)
    else:
        _take(file, answer)


def _take(file: MediaFile, answer: Answer) -> None:
    if answer.status == 200 and answer.content:
        try:
            keep.keep(file, answer.content, answer.headers.get("content-type", ""))
        except files.CannotStore as error:
            _later(file, State.FAILED, str(error))
    elif 300 <= answer.status < 400:
        _end(file, State.REFUSED, REDIRECTED)
    elif answer.status in GONE:
        _later(file, State.GONE, DROPPED)
    else:
        _later(file, State.FAILED, UNFIT)


def _later(file: MediaFile, state: str, reason: str) -> None:
    """Leave the file for its next try, or after the last one give it up in `state`."""
    if file.attempts >= len(WAITS):
        _end(file, state, reason)
        return
    MediaFile.objects.filter(pk=file.pk, state=State.WAITING).update(reason=reason[:300])


def _end(file: MediaFile, state: str, reason: str) -> None:
    logger.info("A file of message %s was not fetched: %s", file.remote_id, reason)
    MediaFile.objects.filter(pk=file.pk, state=State.WAITING).update(state=state, reason=reason[:300])
