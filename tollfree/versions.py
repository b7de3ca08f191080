"""Every version of a request that was sent, who sent it, what Telnyx said to it, and how any two of them differ."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import frame, get_or_404, user_of
from messaging.desk.sight import Sight
from messaging.mirror.models import OutboxEntry, StatusChange

from . import page, summary
from .choices import in_plain_words
from .models import VerificationRequest
from .summary import Block, Change

BEFORE, NOW = "before", "now"
MOST_SAID = 2000


@dataclass(frozen=True)
class Sent:
    """One version: how it was sent, what Telnyx said to it afterwards, and its values."""

    version: page.Version
    said: list[tuple[StatusChange, str, str]]
    blocks: list[Block]
    has_before: bool


@dataclass(frozen=True)
class Comparison:
    """Two versions side by side, each with its name."""

    before: str
    after: str
    changes: list[Change]


@require_safe
def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show all versions; `?version=` and `?with=` compare one with the one before it or with what is here now."""
    record: VerificationRequest = get_or_404(request, pk, model_admin)
    user = user_of(request)
    entries = page.promises(record)
    allowed = page.may(record, user)
    seen = page.seen_of(record, user, *filter(None, map(summary.version, entries)))
    masks = {"secrets": allowed["see_secrets"], "contacts": allowed["see_contacts"]}
    shown = page.versions(entries, user, seen)
    number, against = request.GET.get("version", ""), request.GET.get("with", "")
    context: dict[str, Any] = {
        **frame(request, model_admin, _("Submitted versions of %(name)s") % {"name": record}),
        "original": record,
        "record": record,
        "sent": list(_sent(record, entries, shown, seen, masks)),
        "comparison": compared(record, entries, number, against, masks),
        "chosen": f"{number} {against}",
    }
    return TemplateResponse(request, "admin/tollfree/verificationrequest/versions_page.html", context)


def _sent(
    record: VerificationRequest,
    entries: Sequence[OutboxEntry],
    shown: Sequence[page.Version],
    seen: Sight,
    masks: dict[str, bool],
) -> Iterable[Sent]:
    answers = _answers(record.history()[:MOST_SAID], entries)
    for position, (entry, version) in enumerate(zip(entries, shown, strict=True)):
        content = summary.version(entry)
        yield Sent(
            version,
            [
                (said, in_plain_words(said.status), seen.words(said.reason))
                for said in answers.get(entry.pk, [])
            ],
            summary.blocks(content, empty=False, **masks) if content else [],
            content is not None and any(map(summary.version, entries[position + 1 :])),
        )


def _answers(
    told: Iterable[StatusChange], entries: Sequence[OutboxEntry]
) -> Mapping[UUID, list[StatusChange]]:
    """Return what Telnyx said to each version: what happened after it was sent and before the next one was."""
    sent = [
        entry
        for entry in entries
        if entry.operation in summary.CONTENT and entry.state == OutboxEntry.State.ACCEPTED
    ]
    found: dict[UUID, list[StatusChange]] = defaultdict(list)
    for change in told:
        if entry := answered(change, sent):
            found[entry.pk].append(change)
    return {pk: _once(changes) for pk, changes in found.items()}


def answered(change: StatusChange, sent: Iterable[OutboxEntry]) -> OutboxEntry | None:
    """Return the version that Telnyx's word is about: of those `sent`, newest first, the last one sent before it.

    Telnyx's times are to the second; what we knew before we sent a version can't be an answer to it.
    """
    for entry in sent:
        is_later = change.counts_at() >= entry.created_at.replace(microsecond=0)
        if is_later and change.recorded_at >= entry.created_at:
            return entry
    return None


def _once(changes: Iterable[StatusChange]) -> list[StatusChange]:
    """Leave out what was only said again, as the history of a request does."""
    alike = groupby(changes, key=lambda change: (change.status, change.reason))
    return [list(group)[-1] for _words, group in alike]


def compared(
    record: VerificationRequest,
    entries: Sequence[OutboxEntry],
    number: str,
    against: str,
    masks: dict[str, bool],
) -> Comparison | None:
    """Return how a version differs from the one before it or from what is here now; None if there is no such pair."""
    if not number.isascii() or not number.isdecimal() or len(number) > 6 or against not in (BEFORE, NOW):
        return None
    position = len(entries) - int(number)
    if not 0 <= position < len(entries):
        return None
    chosen, name = summary.version(entries[position]), _("Version %(n)s") % {"n": int(number)}
    if chosen is None:
        return None
    if against == NOW:
        return Comparison(name, _("Now"), summary.changes(chosen, record, **masks))
    for earlier in range(position + 1, len(entries)):
        if other := summary.version(entries[earlier]):
            before = _("Version %(n)s") % {"n": len(entries) - earlier}
            return Comparison(before, name, summary.changes(other, chosen, **masks))
    return None
