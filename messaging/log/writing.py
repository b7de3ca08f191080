"""Write exports, one piece at a time: what a killed worker has written stays, and the next one continues from there.

A piece is sealed and on disk before its row says so. If a worker is killed between the two, the same piece is written
again under the same name. It walks the log the way its pages do, so a file costs the same however large the log is.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging import files, spreadsheet
from messaging.mirror import locks, sealing
from messaging.mirror.wording import Words
from messaging.models import Export, Message, MessagingProfile
from messaging.telnyx.client import Client

from ..exports import build
from . import filters, keyset, masking, purposes
from .keyset import Place
from .masking import Sight

logger = logging.getLogger(__name__)

State = Export.State

SECONDS = 5.0
PAGE = 1000
PIECE = 5000
MOST_TRIES = 5
AGAIN_AFTER = timedelta(seconds=30)
MOST_PROFILES = 1000
READ = (
    "id, remote_id, direction, type, our_address, their_address, messaging_profile_id, happened_at, status, status_at,"
    " error_code, errors, their_line_type, text, subject, media, parts, cost, currency"
)


class Gone(Exception):
    """The export was canceled while a piece of it was being written."""


# What goes into the file.

Names = Mapping[str, str]


@dataclass(frozen=True)
class Known:
    """What a page of rows needs to know: names of profiles, what is a test, and what an earlier line has counted."""

    profiles: Names
    tests: Collection[UUID] = ()
    counted: Collection[int] = ()


Value = Callable[[Message, Sight, Known], Any]


def _time(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"


def _once(message: Message, known: Known, value: Any) -> Any:
    """Return parts or price of a message on its first line only: a group message has a line for each recipient."""
    return "" if message.pk in known.counted else value


def _their_side(message: Message, sight: Sight, known: Known) -> str:
    return message.their_address if sight.is_open(message) else sight.their_number(message)


def _error(message: Message, sight: Sight, known: Known) -> str:
    # As the pages say it.
    if words := masking.explained(message.error_code, message.their_line_type):
        return words
    first = message.errors[0] if message.errors and isinstance(message.errors[0], dict) else {}
    return sight.error(message, first)["title"]


def _profile(message: Message, sight: Sight, known: Known) -> str:
    id = str(message.messaging_profile_id or "")
    return known.profiles.get(id) or id


# A heading with a place for the time zone, its value, and whether it is only for people who may open everything.
COLUMNS: tuple[tuple[Words, Value, bool], ...] = (
    (gettext_lazy("Time (%(zone)s)"), lambda m, s, n: _time(m.happened_at), False),
    (gettext_lazy("Direction"), lambda m, s, n: m.direction_words(), False),
    (gettext_lazy("Type"), lambda m, s, n: m.type, False),
    (gettext_lazy("Our number"), lambda m, s, n: m.our_address, False),
    (gettext_lazy("Their side"), _their_side, False),
    (gettext_lazy("Status"), lambda m, s, n: filters.status_words(m.status), False),
    (gettext_lazy("Status since (%(zone)s)"), lambda m, s, n: _time(m.status_at), False),
    (gettext_lazy("Error code"), lambda m, s, n: m.error_code, False),
    (gettext_lazy("Error"), _error, False),
    (gettext_lazy("Parts"), lambda m, s, n: _once(m, n, m.parts), False),
    (gettext_lazy("Cost"), lambda m, s, n: _once(m, n, "" if m.cost is None else f"{m.cost:f}"), False),
    (gettext_lazy("Currency"), lambda m, s, n: _once(m, n, m.currency), False),
    (gettext_lazy("Messaging profile"), _profile, False),
    (gettext_lazy("Files"), lambda m, s, n: len(m.media), False),
    (gettext_lazy("Telnyx ID"), lambda m, s, n: m.remote_id, False),
    (gettext_lazy("Purpose"), lambda m, s, n: _("Test") if m.remote_id in n.tests else "", False),
    (gettext_lazy("Subject"), lambda m, s, n: m.subject, True),
    (gettext_lazy("Text"), lambda m, s, n: m.text, True),
)


def headings(zone: str, *, is_open: bool) -> list[str]:
    """Return the header row of a file."""
    return [str(name) % {"zone": zone} for name, _value, is_masked in COLUMNS if is_open or not is_masked]


def row(message: Message, sight: Sight, known: Known) -> list[Any]:
    is_open = sight.is_open(message)
    return [value(message, sight, known) for _name, value, is_masked in COLUMNS if is_open or not is_masked]


# How it is written.


def write_due(client: Client | None = None, *, seconds: float = SECONDS, piece: int = PIECE) -> int:
    """Write pieces of what is due for about `seconds`, at least one; return how many.

    Any number of processes may do so: an export is written by the one that holds its lock.
    """
    build.expire_due()
    end, written = time.monotonic() + seconds, 0
    while True:
        due = Export.objects.filter(state__in=Export.OPEN, next_at__lte=Now()).order_by("next_at")
        done = sum(_held(export, piece) for export in due[: build.MOST_UNDER_WAY])
        written += done
        if not done or time.monotonic() >= end:
            return written


def _held(export: Export, piece: int) -> bool:
    with locks.held(export.key) as mine:
        # It may have changed since it was found.
        fresh = Export.objects.select_related("owner").filter(pk=export.pk, state__in=Export.OPEN).first()
        return mine and fresh is not None and _try(fresh, piece)


def _try(export: Export, piece: int) -> bool:
    """Write one piece; return True if it was written. What fails now is tried again later, so many times at most."""
    if not build.may(export.owner, is_open=export.is_open, kind=export.kind):
        trouble = _("The person who requested it may no longer export this. None of it was kept.")
        build.end(export, State.FAILED, expect=Export.OPEN, trouble=trouble)
        return False
    if export.tries >= MOST_TRIES:
        trouble = export.trouble or _("It could not be written. Start it again, or export fewer messages.")
        build.end(export, State.FAILED, expect=Export.OPEN, trouble=trouble)
        return False
    # Counted first, so that an export that kills its worker isn't tried again and again.
    Export.objects.filter(pk=export.pk, state__in=Export.OPEN).update(
        state=State.RUNNING, tries=F("tries") + 1
    )
    try:
        _write(export, piece)
    except Gone:
        files.remove(build.piece_id(export, len(export.pieces)))
        return False
    except Exception as error:
        # Only the kind of error: its message may contain what is exported.
        logger.warning("A piece of export %s was not written (%s).", export.pk, type(error).__name__)
        told = str(error) if isinstance(error, files.NotKept) else ""
        build.again_later(export, told, AGAIN_AFTER)
        return False
    return True


def _priced_at(place: Place) -> set[UUID]:
    """Return the messages on the last line of the piece before: the lines of a group message are of one moment."""
    before = Message.objects.filter(happened_at=place.happened_at, pk__gte=place.id)
    return set(before.values_list("remote_id", flat=True))


def _counted(rows: Sequence[Message], priced: set[UUID]) -> set[int]:
    """Return the rows whose message has a line already; `priced` remembers the messages."""
    found = set()
    for message in rows:
        if message.remote_id in priced:
            found.add(message.pk)
        priced.add(message.remote_id)
    return found


def _write(export: Export, most: int) -> None:
    profiles = MessagingProfile.objects.exclude(remote_id=None).values_list("remote_id", "name")
    names = {str(id): name for id, name in profiles[:MOST_PROFILES]}
    sight = masking.Whole() if export.is_open else masking.LIST
    how, number = build.plan(export), len(export.pieces)
    place = Place.read(export.place) if export.place else None
    lines = [] if number else [headings(export.zone, is_open=export.is_open)]
    rows, is_last = 0, False
    priced = _priced_at(place) if place else set()
    with timezone.override(ZoneInfo(export.zone)):
        while rows < most and not is_last:
            size = min(PAGE, most - rows, export.most - export.rows - rows)
            page = keyset.look(how, before=place, size=size, columns=READ) if size else keyset.Page()
            known = Known(names, purposes.tests(page.rows), _counted(page.rows, priced))
            lines += [row(message, sight, known) for message in page.rows]
            rows += len(page.rows)
            place = page.older or page.looked_back_to
            is_last = place is None or export.rows + rows >= export.most
            if page.looked_back_to:
                break  # a walk that finds little must not go on for long
    told: dict[str, Any] = {
        "rows": export.rows + rows,
        "place": str(place or ""),
        "tries": 0,
        "trouble": "",
        "next_at": Now(),
    }
    if lines:
        content = (("" if number else spreadsheet.BOM) + spreadsheet.lines(lines)).encode()
        files.write(build.piece_id(export, number), sealing.seal(content))
        sha256 = hashlib.sha256(content).hexdigest()
        told |= {"pieces": [*export.pieces, sha256], "size": export.size + len(content)}
    if is_last:
        told |= {
            "state": State.READY,
            "is_cut": place is not None,
            "ended_at": Now(),
            "expires_at": Now() + timedelta(hours=settings.EXPORT_KEPT_HOURS),
        }
    there = Export.objects.filter(pk=export.pk, state=State.RUNNING, place=export.place)
    if not there.update(**told):
        raise Gone
