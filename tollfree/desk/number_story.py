"""What toll-free verification tells about a number: its requests, and what became of them."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import show
from messaging.desk.finding import Hit
from messaging.desk.number_lookup import MOST, Chapter, Event
from messaging.mirror.models import StatusChange

from .. import turns
from ..choices import Status, in_plain_words
from ..models import VerificationRequest
from ..page import page_url
from .home import LIST, VIEW

MOST_CHANGES = 100


def requests(user: User, number: str) -> Sequence[Chapter]:
    """Return the requests with the number, newest first. A fixed number of queries."""
    if not user.has_perm(VIEW):
        return []
    named = VerificationRequest.objects.filter(phone_numbers__contains=[number]).order_by("-created_at")
    rows = list(named[: MOST + 1])
    rows, has_more = rows[:MOST], len(rows) > MOST
    turns.with_entries(rows)
    verified = [row for row in rows if row.remote_status == Status.VERIFIED and not row.gone_at]
    title = _("Our verified toll-free number") if verified else _("In a toll-free verification, not verified")
    return [
        Chapter(
            _("Toll-free verifications"),
            list(map(_hit, rows)),
            events=sorted(_events(rows), key=lambda event: event.at, reverse=True),
            is_to_us=[_hit(row, title) for row in (verified or rows)[:1]],
            is_ours=bool(verified),
            shows_number=bool(rows),
            all_url=f"{reverse(LIST)}?{urlencode({'q': number})}" if has_more else "",
        )
    ]


def _hit(request: VerificationRequest, title: str = "") -> Hit:
    group = request.turn().group
    said = [str(request) if title else "", show.clock(request.created_at)]
    if request.remote_status:
        said.append(in_plain_words(request.remote_status))
    words = " · ".join(filter(None, said))
    return Hit(title or str(request), words, page_url(request), group, group.label)


def _events(rows: Sequence[VerificationRequest]) -> Iterator[Event]:
    """Yield when requests were started, what Telnyx said about them, and when they were gone. One query."""
    by_id = {row.pk: row for row in rows}
    for row in rows:
        title = _("Toll-free verification started, for %(business)s") % {"business": row}
        yield Event(row.created_at, title, "", page_url(row), "under_way")
        if row.gone_at:
            yield Event(
                row.gone_at, _("The verification is no longer at Telnyx"), str(row), page_url(row), "closed"
            )
    kind = ContentType.objects.get_for_model(VerificationRequest)
    told = StatusChange.objects.filter(resource_type=kind, resource_id__in=by_id)
    newest = sorted(told.defer("reason")[:MOST_CHANGES], key=lambda change: str(change.resource_id))
    for _key, group in groupby(newest, key=lambda change: (change.resource_id, change.status)):
        # The same status reported again is not news: the first report stays.
        change = list(group)[-1]
        row, turn = by_id[change.resource_id], turns.BY_STATUS.get(change.status)
        title = _("Toll-free verification: %(status)s") % {"status": in_plain_words(change.status)}
        yield Event(change.counts_at(), title, str(row), page_url(row), turn.group if turn else "reviewing")
