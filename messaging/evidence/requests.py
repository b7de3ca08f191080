"""What evidence holds of the requests to Telnyx about one record: the bodies sent, the answers, the approvals."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from messaging.desk import bodies, sight
from messaging.desk.outbox_words import said
from messaging.desk.sight import Sight
from messaging.mirror.masking import Redaction
from messaging.mirror.models import Attempt, OutboxEntry, TelnyxResource
from messaging.mirror.wording import Words
from messaging.models import Approval
from messaging.team.people import name

from .kinds import Contents, at

MOST = 500
# Where the bodies are, by the tense in which the desk speaks of a request.
SENT = "sent"
FOLDERS = {"past": SENT, "future": "not-sent-yet", "never": "not-sent"}


def add(contents: Contents, entries: Sequence[OutboxEntry], seen: Sight, *, is_open: bool) -> None:
    """Add requests to Telnyx, oldest first, each with its body in a file of its own, and Telnyx's answers.

    `seen` is what may be seen of Telnyx's words about the record, `is_open` whether bodies are shown in full.
    """
    found = []
    oldest_first = sorted(entries, key=lambda entry: entry.created_at)
    if len(oldest_first) > MOST:
        contents.left_out.append(_("Only the newest %(n)s requests to Telnyx are in the file.") % {"n": MOST})
    tries: dict[Any, list[Attempt]] = {}
    for attempt in Attempt.objects.filter(entry__in=[entry.pk for entry in entries]).order_by("id"):
        tries.setdefault(attempt.entry_id, []).append(attempt)
    for number, entry in enumerate(oldest_first[-MOST:], 1):
        shown = sight.of_entry(entry, is_open=is_open)
        folder = FOLDERS[_tense(entry)]
        file = f"{folder}/{number:02}-{entry.operation.replace('_', '-')}.json" if shown.body else ""
        if shown.body:
            contents.files[file] = shown.body.encode()
        found.append(
            _request(entry, tries.get(entry.pk, []), seen, file=file, why=_why(entry, shown), is_open=is_open)
        )
    contents.requests = found
    contents.data["requests-and-answers.json"] = found


def _tense(entry: OutboxEntry) -> str:
    """Return whether what a request says was sent, will be, or never was: nothing is called sent that wasn't."""
    is_over = entry.state == OutboxEntry.State.CANCELLED and entry.sends == 0
    return "never" if is_over else entry.tense()


def _why(entry: OutboxEntry, shown: Sight) -> str:
    """Return why there is no file with what was sent, or ""."""
    if shown.body:
        return ""
    if entry.is_forgotten():
        return _("What was sent was deleted when its retention period ended.")
    if entry.is_sealed:
        return _("It held a code or documents, which nobody can open.")
    return _("Nothing but its address was sent.") if not entry.body else _("It isn't text.")


def _request(
    entry: OutboxEntry, tries: Sequence[Attempt], seen: Sight, *, file: str, why: str, is_open: bool
) -> dict[str, Any]:
    return {
        "id": str(entry.pk),
        "what": entry.get_operation_label(),
        "method": entry.method,
        "path": sight.path_of(entry, is_open=is_open) if entry.path else "",
        "requested_by": name(entry.requested_by),
        "requested_at": at(entry.created_at),
        "state": str(entry.get_state_display()),
        "settled_at": at(entry.resolved_at),
        "reason": seen.words(entry.reason),
        "tense": _tense(entry),
        "body_file": file,
        "body_missing": why,
        "sha256_of_what_was_sent": entry.body_sha256,
        "http_status": entry.http_status,
        "telnyx_id": entry.remote_id or "",
        "errors": [
            {"code": str(error.get("code") or ""), "said": said(error, seen)} for error in entry.errors
        ],
        "attempts": [
            {
                "outcome": str(attempt.get_outcome_display()),
                "started_at": at(attempt.started_at),
                "finished_at": at(attempt.finished_at),
                "http_status": attempt.http_status,
                "codes": attempt.codes,
                "telnyx_request_id": attempt.request_id,
                "error": seen.words(attempt.error),
            }
            for attempt in tries
        ],
    }


def add_approvals(contents: Contents, record: TelnyxResource, seen: Sight) -> None:
    """Add who asked whom for approval of what was sent, and what they decided. One query."""
    rows = Approval.objects.filter(
        resource_type=ContentType.objects.get_for_model(record), resource_id=record.pk
    ).select_related("asked_by", "decided_by")
    contents.approvals = [_approval(row, record, seen) for row in rows.order_by("asked_at", "pk")[:MOST]]
    contents.data["approvals.json"] = contents.approvals


def _approval(row: Approval, record: TelnyxResource, seen: Sight) -> dict[str, Any]:
    operation = record.operations.get(row.operation)
    return {
        "what": str(operation.label) if operation else row.operation,
        "asked_by": name(row.asked_by),
        "asked_at": at(row.asked_at),
        "decision": str(row.get_decision_display()),
        "decided_by": name(row.decided_by),
        "decided_at": at(row.decided_at),
        "words": seen.words(row.words),
        "request": str(row.entry_id or ""),
    }


def add_holding(contents: Contents, record: TelnyxResource, *, is_open: bool) -> None:
    """Add what Telnyx said last about the record, as it came."""
    if record.remote_id:
        data = record.remote_data
        contents.data["telnyx-holds.json"] = bodies.masked(data) if is_open else Redaction().json(data)


def telnyx_facts(record: TelnyxResource, words: Words = "") -> Iterator[tuple[Any, str]]:
    """Yield Telnyx's ID and its status, in `words` with Telnyx's own beside them, for the top of the summary."""
    yield _("Telnyx ID"), record.remote_id or _("None: Telnyx never had it, or hasn't answered yet.")
    if record.remote_status:
        yield _("Status at Telnyx"), str(words or record.remote_status)
