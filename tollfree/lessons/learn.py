"""Read Telnyx's final answers out of the history of all requests: a worker's round, every five minutes.

Nothing is remembered between rounds but the rows themselves: a request is due while its history has another number of
facts than were read, or its rejections were explained with other reasons than are in use now.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from messaging.mirror import locks
from messaging.mirror.models import OutboxEntry, StatusChange

from .. import summary, versions
from ..choices import Status
from ..models import VerificationRequest
from ..rejections import explain, matching
from ..rejections.models import RejectionReason
from .models import Answer, RuleHistory

FINAL = (Status.REJECTED, Status.VERIFIED)
STEP = 500
# A rule is judged by its last answered versions, which are looked for among this many.
LAST, MOST_VERSIONS = 20, 2000
MOST_TEXTS = 10_000

Codes = Callable[[str], list[str]]

ANSWERED = """
    WITH told AS (
        SELECT resource_id, count(*) AS facts FROM mirror_statuschange
        WHERE resource_type_id = %(kind)s GROUP BY resource_id HAVING bool_or(status = ANY(%(final)s))
    ), answers AS (
        SELECT request_id, min(facts) AS facts, bool_or(explained_with <> %(used)s) AS is_stale
        FROM tollfree_answer GROUP BY request_id
    )
    SELECT {what} FROM told
    JOIN tollfree_verificationrequest AS request ON request.id = told.resource_id
    LEFT JOIN answers ON answers.request_id = request.id
"""
IS_DUE = "answers.facts IS DISTINCT FROM told.facts OR answers.is_stale"
DUE = f"{ANSWERED.format(what='request.id')} WHERE {IS_DUE}"
COUNTS = ANSWERED.format(what=f"count(*), count(*) FILTER (WHERE {IS_DUE})")


def learn() -> None:
    """Bring all rows up to date, unless another worker is doing so."""
    with locks.alone(locks.LEARNING) as mine:
        if not mine:
            return
        known = explain.reasons()
        used = _stamp(known)
        codes = _codes(known)
        ids = due(used)
        for start in range(0, len(ids), STEP):
            _read(ids[start : start + STEP], codes, used)
        _judge_rules({reason.code: set(reason.blamed_fields) for reason in known})


def due(used: str) -> list[UUID]:
    """Return the requests with a final answer whose rows are missing or out of date. One pass over each table."""
    return [pk for (pk,) in _select(DUE, used)]


@dataclass(frozen=True)
class Progress:
    """How many requests with a final answer there are, and how many of them are read."""

    read: int
    all: int

    @property
    def is_done(self) -> bool:
        return self.read == self.all


def progress(known: Sequence[RejectionReason]) -> Progress:
    """Return how far the rows are, with all reasons there are: right after an upgrade they are behind. One query."""
    [(count, left)] = _select(COUNTS, _stamp(explain.in_use(known)))
    return Progress(count - left, count)


def _select(statement: str, used: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"kind": _kind().pk, "final": list(FINAL), "used": used})
        return cursor.fetchall()


def _kind() -> ContentType:
    return ContentType.objects.get_for_model(VerificationRequest)


def _stamp(known: Iterable[RejectionReason]) -> str:
    """Return what changes when a text may be explained differently."""
    said = sorted((reason.code, list(reason.lines())) for reason in known)
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _read(ids: Sequence[UUID], codes: Codes, used: str) -> None:
    told: dict[UUID, list[StatusChange]] = defaultdict(list)
    sent: dict[UUID, list[OutboxEntry]] = defaultdict(list)
    before: dict[UUID, dict[datetime, Answer]] = defaultdict(dict)
    for change in StatusChange.objects.filter(resource_type=_kind(), resource_id__in=ids).order_by("id"):
        told[change.resource_id].append(change)
    entries = OutboxEntry.objects.filter(
        resource_type=_kind(), resource_id__in=ids, operation__in=summary.CONTENT
    )
    for entry in entries.filter(state=OutboxEntry.State.ACCEPTED).defer("body", "errors"):
        sent[entry.resource_id].append(entry)
    for answer in Answer.objects.filter(request__in=ids):
        before[answer.request_id][answer.at] = answer
    found = []
    for request in VerificationRequest.objects.filter(pk__in=ids).only("pk", "use_case"):
        answers = list(_answers(request, told[request.pk], sent[request.pk], before[request.pk]))
        for answer, said in answers:
            answer.facts, answer.explained_with = len(told[request.pk]), used
            answer.is_first, answer.is_last = answer is answers[0][0], answer is answers[-1][0]
            if said:
                answer.reasons = codes(said)
            found.append(answer)
    with transaction.atomic():
        Answer.objects.filter(request__in=ids).delete()
        Answer.objects.bulk_create(found)


def _answers(
    request: VerificationRequest,
    told: Iterable[StatusChange],
    sent: Sequence[OutboxEntry],
    before: Mapping[datetime, Answer],
) -> Iterator[tuple[Answer, str]]:
    """Yield the final answers of one request, oldest first, each with Telnyx's newest words if it is a rejection.

    The same status again is the same answer, unless another status or a version of ours came in between. What an
    earlier round read from texts that are no longer kept is kept.
    """
    first = min((entry for entry in sent if entry.makes_a_record()), key=_sent_at, default=None)
    ordered = sorted(told, key=lambda c: (c.counts_at(), request.status_ranks.get(c.status, 0), c.id))
    dated = [(change, versions.answered(change, sent)) for change in ordered]
    for (entry, status), group in groupby(dated, key=lambda pair: (pair[1], pair[0].status)):
        if status not in FINAL:
            continue
        changes = [change for change, _entry in group]
        at, is_approved = changes[0].counts_at(), status == Status.VERIFIED
        earlier = before.get(at)
        yield (
            Answer(
                request=request,
                entry=entry,
                at=at,
                is_approved=is_approved,
                sent_at=_sent_at(first) if first else None,
                use_case=(earlier.use_case if earlier else "") or request.use_case,
                reasons=[] if is_approved else earlier.reasons if earlier else [Answer.NONE],
            ),
            "" if is_approved else next((c.reason for c in reversed(changes) if c.reason), ""),
        )


def _sent_at(entry: OutboxEntry) -> datetime:
    return entry.send_started_at or entry.created_at


def _codes(known: Sequence[RejectionReason]) -> Codes:
    """Return a function from a text of Telnyx's to the codes that explain it; many requests get the same text."""
    phrases = explain.phrases(known)

    @lru_cache(MOST_TEXTS)
    def codes(said: str) -> list[str]:
        found = matching.find(said, phrases)
        return [*(known[n].code for n in found.explained), *([Answer.UNKNOWN] if found.unknown else [])]

    return codes


def _judge_rules(blamed: Mapping[str, set[str]]) -> None:
    """Count, for each rule and field that a warning named, what Telnyx answered to the last versions sent with it."""
    newest = Answer.objects.filter(entry__warning_reason__isnull=False)[:MOST_VERSIONS]
    warned: dict[UUID, set[tuple[str, str]]] = {}
    objected: dict[UUID, set[str]] = defaultdict(set)
    for entry, findings, codes in newest.values_list("entry", "entry__warning_reason__findings", "reasons"):
        warned[entry] = {(finding["rule"], finding["field"]) for finding in findings}
        objected[entry].update(*(blamed.get(code, ()) for code in codes))
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for entry, pairs in warned.items():
        for pair in pairs:
            count = counts[pair]
            if count[0] < LAST:
                count[0] += 1
                count[1] += pair[1] in objected[entry]
    rows = [
        RuleHistory(rule=rule, field=field, answered=n, rejected=bad)
        for (rule, field), (n, bad) in counts.items()
    ]
    with transaction.atomic():
        RuleHistory.objects.all().delete()
        RuleHistory.objects.bulk_create(rows)
