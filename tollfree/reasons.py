"""Why a request is submitted although our rules warn: one reason for all warnings, given by whoever submits."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from messaging.desk import acts
from messaging.desk.pages import LONGEST_REASON
from messaging.mirror.models import OutboxEntry

from .checks.problems import NUMBER_VERIFIED, Problem
from .models import VerificationRequest, WarningReason
from .summary import label


@dataclass(frozen=True)
class Asked:
    """What the confirm page asks: a reason for these warnings, each marked if nobody gave one for it yet."""

    warnings: list[tuple[Problem, bool]]
    earlier: WarningReason | None
    hash: str

    @property
    def is_answered(self) -> bool:
        """Return True if the earlier reason covers every warning: nothing it was about has changed."""
        return self.earlier is not None and not any(is_new for _problem, is_new in self.warnings)

    @property
    def offered(self) -> str:
        """Return the earlier reason if it covers every warning."""
        return self.earlier.reason if self.earlier and self.is_answered else ""


def asked(request: VerificationRequest, warnings: Sequence[Problem]) -> Asked | None:
    """Return what to ask before this request is submitted, or None if nothing warns. One query."""
    if not warnings:
        return None
    earlier = request.warning_reasons.exclude(reason="").select_related("by").first()
    known = {finding["hash"] for finding in earlier.findings} if earlier else set()
    hashes = [_hash(request, problem) for problem in warnings]
    marked = [(problem, hash not in known) for problem, hash in zip(warnings, hashes, strict=True)]
    is_related = any(not is_new for _problem, is_new in marked)
    return Asked(marked, earlier if is_related else None, _digest("".join(sorted(hashes))))


def reason_in(request: HttpRequest, name: str) -> str:
    """Return the reason in this box of a form, on one line and as long as the box allows."""
    return " ".join(request.POST.get(name, "").replace("\x00", "").split())[:LONGEST_REASON]


def keep(
    request: VerificationRequest,
    warnings: Sequence[Problem],
    reason: str,
    by: User,
    entry: OutboxEntry | None,
    verified: Sequence[str] = (),
    verified_reason: str = "",
) -> None:
    """Write down why this was submitted: with what was submitted, and in the history. Call it in the transaction.

    `entry` is None while it waits for approval; `sent` says later what it became. `verified` are the numbers whose
    verification may be switched off; their reason is put on record by tollfree/verified.py.
    """
    if not warnings and not verified:
        return
    findings: list[dict[str, Any]] = [
        {"rule": problem.rule, "field": problem.field, "hash": _hash(request, problem)}
        for problem in warnings
    ]
    if verified:
        findings.append(
            {
                "rule": NUMBER_VERIFIED,
                "field": "phone_numbers",
                "hash": _digest(json.dumps(list(verified))),
                "numbers": list(verified),
                "reason": verified_reason,
            }
        )
    WarningReason.objects.create(
        request=request, entry=entry, by=by, reason=reason if warnings else "", findings=findings
    )
    if not warnings:
        return
    fields = get_text_list([label(field) for field in dict.fromkeys(p.field for p in warnings)], _("and"))
    words = _("Submitted despite warnings: %(fields)s") % {"fields": fields}
    acts.record(by, request, words, reason=reason, at=entry.created_at if entry else None)


def waiting(request: VerificationRequest, since: datetime) -> WarningReason | None:
    """Return the reason that goes with what waits for approval since then. One query."""
    return request.warning_reasons.filter(entry=None, created_at__gte=since).first()


def sent(entry: OutboxEntry, request: VerificationRequest) -> None:
    """Let the reason that was given when approval was asked for go with what was sent."""
    newest = request.warning_reasons.filter(entry=None).values("pk")[:1]
    WarningReason.objects.filter(pk__in=newest).update(entry=entry)


def _hash(request: VerificationRequest, problem: Problem) -> str:
    return _digest(json.dumps([problem.rule, problem.field, getattr(request, problem.field)]))


def _digest(text: str) -> str:
    # With our key: the hash alone must not let anyone try out registration numbers.
    return salted_hmac("tollfree.warnings", text, algorithm="sha256").hexdigest()
