"""Compare what the desk says about each submission with what Telnyx holds and what it answered."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from hosted.models import Document, HostedOrder
from messaging.mirror.models import Attempt, OutboxEntry, WebhookEvent
from messaging.models.messages import Message
from tests.faults.submissions import KINDS, Submission
from tests.faults.telnyx import Telnyx
from tests.sandbox.control import Record
from tollfree.models import VerificationRequest

State = OutboxEntry.State
OPEN = (State.QUEUED, State.SENDING, State.UNSURE, State.BLOCKED)
# Kept for a person to look at, or not processed although everything has settled.
UNTAKEN = (
    WebhookEvent.State.DEAD,
    WebhookEvent.State.QUARANTINED,
    WebhookEvent.State.NEEDS_REVIEW,
    WebhookEvent.State.PENDING,
)


@dataclass
class Case:
    """One submission with everything that both sides know about it."""

    submission: Submission
    entry: OutboxEntry | None
    held: Sequence[Record]
    posts: Sequence[Record]
    outcome: str = ""
    problem: str = ""

    def is_unclear(self) -> bool:
        """Return True if one of our requests ended without an answer that we read."""
        lost = [Attempt.Outcome.UNKNOWN, Attempt.Outcome.WORKER_LOST]
        return self.entry.attempts.filter(outcome__in=lost, started_at__isnull=False).exists()

    def was_refused(self) -> bool:
        return any(400 <= (post["answered_status"] or 0) < 500 for post in self.posts)


def is_old(case: Case) -> bool:
    return timezone.now() - case.entry.created_at >= timedelta(hours=24)


# What a reason claims, and when that is true. A reason with none of these claims fails the run; add its claim here.
CLAIMS: Sequence[tuple[re.Pattern[str], Callable[[Case], bool]]] = (
    (re.compile("for 24 hours"), lambda case: is_old(case) and not case.held),
    (re.compile("never had it"), lambda case: not case.held),
    (re.compile("wasn't (?:made|created) here"), lambda case: False),  # nobody else creates anything in a run
    (re.compile(r"Telnyx holds \d+|someone else's"), lambda case: len(case.held) > 1),
    (re.compile("lost|got no answer|may have|doesn't prove"), Case.is_unclear),
)


@dataclass
class Verdict:
    cases: list[Case]
    nobodys: list[str]
    webhooks_lost: list[str]
    statuses: list[str]
    inbox: dict[str, int]
    failures: list[str]
    torments: Mapping[str, int] = field(default_factory=dict)
    faults: Mapping[str, int] = field(default_factory=dict)
    pages: Mapping[int, int] = field(default_factory=dict)
    settled_in: float = 0.0
    seconds: float = 0.0

    def promised(self) -> int:
        return sum(case.entry is not None or case.submission.answer == "submitted" for case in self.cases)

    def for_a_person(self) -> Counter[str]:
        """Return what waits for a person, by the reason the desk gives."""
        return Counter(
            case.entry.reason for case in self.cases if case.entry and case.entry.state == State.NEEDS_PERSON
        )

    def count(self, problem: str) -> int:
        return sum(case.problem == problem for case in self.cases)

    def is_settled(self) -> bool:
        """Return True if both sides have the same statuses, and no event is left to process."""
        return not self.statuses and WebhookEvent.State.PENDING not in self.inbox

    def problems(self) -> list[str]:
        """Return one line for everything that broke a guarantee."""
        found = [
            f"{case.problem}: {case.submission.kind} {case.submission.key} ({case.outcome})"
            for case in self.cases
            if case.problem
        ]
        found += [f"at Telnyx, but nobody submitted it: {one}" for one in self.nobodys]
        found += [f"event answered with 200, but not in the inbox: {one}" for one in self.webhooks_lost]
        found += self.statuses + self.failures
        return found + [
            f"{n} webhook events are {state}" for state, n in self.inbox.items() if state in UNTAKEN
        ]


def open_entries() -> list[OutboxEntry]:
    return list(OutboxEntry.objects.filter(state__in=OPEN))


def entry_of(submission: Submission) -> OutboxEntry | None:
    if not submission.pk:
        return None
    kind = KINDS[submission.kind]
    found = OutboxEntry.objects.filter(resource_type__model=kind.model, resource_id=submission.pk)
    return found.filter(operation__startswith=kind.operation).order_by("-created_at").first()


def judge(submissions: Sequence[Submission], telnyx: Telnyx, failures: Sequence[str]) -> Verdict:
    """Judge everything as it is now. Nothing may still be changing."""
    held = telnyx.held()
    cases = []
    for submission in submissions:
        key = json.dumps(submission.key)[1:-1]
        mine = [record for record in held[submission.kind] if key in json.dumps(record)]
        entry = entry_of(submission)
        posts = [
            post
            for post in telnyx.posts.values()
            if KINDS[submission.kind].is_at(post["path"]) and (key in post["body"] or is_upload(post, entry))
        ]
        cases.append(Case(submission, entry, mine, posts))
    for case in cases:
        case.outcome, case.problem = of_case(case)
    claimed = {record["id"] for case in cases if case.submission.pressed for record in case.held}
    return Verdict(
        cases=cases,
        nobodys=[one["id"] for records in held.values() for one in records if one["id"] not in claimed],
        webhooks_lost=webhooks_lost(telnyx),
        statuses=[line for case in cases if (line := status_differs(case))],
        inbox=dict(Counter(WebhookEvent.objects.values_list("state", flat=True))),
        failures=[
            *failures,
            *(f"outbox entry {entry.pk} is {entry.state} and due {due(entry)}" for entry in open_entries()),
        ],
    )


def is_upload(post: Record, entry: OutboxEntry | None) -> bool:
    """Return True for the upload that an entry is about. The sandbox doesn't log what is in files."""
    is_about = entry is not None and entry.operation == KINDS["documents"].operation
    return is_about and post["path"].endswith(entry.path)


def due(entry: OutboxEntry) -> str:
    now = OutboxEntry.objects.values_list(Now()).first()[0]
    return f"in {(entry.not_before - now).total_seconds():.0f} s"


def of_case(case: Case) -> tuple[str, str]:
    """Return the outcome of a submission, and the guarantee that it breaks or ""."""
    entry, answer = case.entry, case.submission.answer
    if len(case.held) > 1:
        return entry.state if entry else "none", "duplicated"
    if entry is None:
        if answer == "submitted":
            return "none", "lost"
        if case.held:
            return answer or "not submitted", "at Telnyx without an outbox entry"
        return answer or "not submitted", "not taken by the page" if answer else ""
    if entry.state == State.ACCEPTED:
        return "accepted", "" if is_there(case) else "lost"
    if entry.state == State.REFUSED:
        # What is safe to repeat may have been done before it was refused, and then the desk must say so.
        is_open = entry.reason and case.is_unclear()
        is_true = case.was_refused() and entry.errors and (is_open or not case.held)
        return "refused", "" if is_true else "refused, but not by Telnyx"
    if entry.state == State.NEEDS_PERSON:
        claims = [is_true for words, is_true in CLAIMS if words.search(entry.reason)]
        if not claims:
            return f"needs a person: {entry.reason}", "a reason this run does not know"
        return f"needs a person: {entry.reason}", "" if claims[0](case) else "a reason that is not true"
    return entry.state, "not settled"


def is_there(case: Case) -> bool:
    """Return True if Telnyx holds exactly what the desk says it accepted."""
    if KINDS[case.submission.kind].has_id:
        return [record["id"] for record in case.held] == [case.entry.remote_id]
    if case.submission.kind != "documents":
        return len(case.held) == 1
    kept = Document.objects.filter(order_id=case.entry.resource_id, replaced_by=None)
    return [record["sha256"] for record in case.held] == [dict(kept.values_list("kind", "sha256"))]


def status_differs(case: Case) -> str:
    """Return a line if the desk shows a different status than Telnyx, for what the desk knows to be at Telnyx."""
    entry = case.entry
    if entry is None or entry.state != State.ACCEPTED or not case.held:
        return ""
    there, here = case.held[0].get("status"), ""
    model = KINDS[case.submission.kind].model
    if model == "verificationrequest":
        here = VerificationRequest.objects.get(pk=entry.resource_id).remote_status
    elif model == "hostedorder":
        here = HostedOrder.objects.get(pk=entry.resource_id).remote_status
    elif model in ("messagingprofile", "autoresponse"):
        return ""  # they have no status
    else:
        there = case.held[0]["payload"]["to"][0]["status"]
        here = Message.objects.filter(remote_id=entry.remote_id).values_list("status", flat=True).first()
    if here == there:
        return ""
    return f"{case.submission.kind} {case.submission.key} is {here!r} here and {there!r} at Telnyx"


def webhooks_lost(telnyx: Telnyx) -> list[str]:
    """Return the events that the desk answered with 200 but does not have."""
    taken = {
        delivery["event_id"]: delivery["event_type"]
        for delivery in telnyx.sandbox.deliveries()
        if any(attempt["status"] == 200 for attempt in delivery["attempts"])
    }
    known = set(WebhookEvent.objects.filter(dedupe_key__in=taken).values_list("dedupe_key", flat=True))
    return [f"{type} {id}" for id, type in taken.items() if id not in known]


def table(verdict: Verdict) -> str:
    """Return the report that people read at the end of a run."""
    lines = ["", "What was done to the desk"]
    lines += [f"  {n:5}  {name}" for name, n in sorted(verdict.torments.items(), key=lambda one: -one[1])]
    lines += [f"  {sum(verdict.faults.values()):5}  faults played at Telnyx"]
    lines += ["", "What happened to what people submitted"]
    outcomes = Counter((case.submission.kind, case.outcome) for case in verdict.cases)
    lines += [f"  {n:5}  {kind:13}  {outcome}" for (kind, outcome), n in sorted(outcomes.items())]
    cuts = sum(case.submission.cuts for case in verdict.cases)
    lines += ["", f"  {cuts} presses of Submit got no clear answer and were repeated"]
    broken = {status: n for status, n in verdict.pages.items() if status >= 500}
    lines += [
        f"  pages: {verdict.pages.get(0, 0)} connections cut, {broken or 'none'} answered with an error"
    ]
    lines += [f"  webhook events: {verdict.inbox}"]
    lines += [
        "",
        f"  promised {verdict.promised()}, lost {verdict.count('lost')}, duplicated {verdict.count('duplicated')}, "
        f"left for a person {verdict.for_a_person().total()}, wrong status {len(verdict.statuses)}, "
        f"settled in {verdict.settled_in:.0f} s of {verdict.seconds:.0f} s",
    ]
    found = verdict.problems()
    lines += ["", *(f"BROKEN  {problem}" for problem in found[:40])]
    lines += [f"        and {len(found) - 40} more"] if len(found) > 40 else []
    return "\n".join(lines)


def details(verdict: Verdict) -> dict[str, Any]:
    """Return everything as data for JSON."""
    return {
        "problems": verdict.problems(),
        "seconds": verdict.seconds,
        "torments": verdict.torments,
        "faults": verdict.faults,
        "pages": verdict.pages,
        "inbox": verdict.inbox,
        "cases": [
            asdict(case.submission)
            | {
                "outcome": case.outcome,
                "problem": case.problem,
                "at_telnyx": [one["id"] for one in case.held],
            }
            | {"entry": str(case.entry.pk) if case.entry else None, "attempts": attempts(case)}
            | {"answers": [(one["received_at"], one["answered_status"], one["fault"]) for one in case.posts]}
            for case in verdict.cases
        ],
    }


def attempts(case: Case) -> list[str]:
    found = case.entry.attempts.order_by("id") if case.entry else []
    return [f"{one.finished_at:%H:%M:%S.%f} {one.outcome} {one.error}" for one in found]
