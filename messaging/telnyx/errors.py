"""What can happen to a call to Telnyx, by what the caller must do next.

    TelnyxError
      RequestNotSent         nothing left this machine: send it again later
      OutcomeUnknown         anything may have happened: look it up before sending again
      SlowDown               Telnyx did not process it: send it again after `retry_after` seconds
      StillRunning           the same idempotency key is still being processed: ask again with the same bytes
      AccountBlocked         the key or the account is refused: send nothing until a person has fixed that
      RequestRefused         Telnyx read it and said no; `errors` says why: never send it unchanged
        NotFound             there is no such record, or no longer
        FeatureForbidden     the account may not use this one feature
      NotFetchable           a file's address must not be called, or the file is too large: never try it again
      IncompleteList         a listing proves nothing about what it does not show: read it again later
        ListChanged          records came or went while it was read

The HTTP status decides and Telnyx's codes only refine it, because a code can mean two things: 10016 is "not
E.164" in one of Telnyx's lists and "service unavailable" in another (docs/telnyx.md, T9.2).
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from .answer import Answer

MOST_PROBLEMS = 200
LONGEST_TEXT = 2000

ACCOUNT_CODES = frozenset({"10009", "10010", "20001", "20002", "20003", "20006", "20008", "20012", "20013"})
# The account is inactive or blocked: under any 4xx, only these two are about the account.
ACCOUNT_STOPPED = frozenset({"20012", "20013"})
FEATURE_CODES = frozenset({"10038", "10039"})
DUPLICATE, STILL_PROCESSED, QUEUE_FULL, BUDGET_SPENT = "10012", "10036", "40318", "40333"


@dataclass(frozen=True)
class Problem:
    """What Telnyx found wrong: `pointer` points into the JSON we sent, `parameter` names a part of the query."""

    code: str = ""
    title: str = ""
    detail: str = ""
    pointer: str = ""
    parameter: str = ""

    @classmethod
    def from_json(cls, value: Any) -> "Problem":
        """Read one error object of any shape; what is missing or has an unexpected type becomes ""."""
        if not isinstance(value, dict):
            return cls(title=_text(value))
        source = value.get("source")
        if not isinstance(source, dict):
            source = {}
        return cls(
            code=_text(value.get("code")),
            title=_text(value.get("title")),
            detail=_text(value.get("detail")),
            pointer=_text(source.get("pointer")),
            parameter=_text(source.get("parameter")),
        )

    def as_json(self) -> dict[str, str]:
        """Return the five texts as a plain dict for a JSON column."""
        return asdict(self)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    # PostgreSQL stores neither NUL nor half a surrogate pair, and these texts are stored.
    return str(value).replace("\x00", "").encode(errors="replace").decode()[:LONGEST_TEXT]


def problems(body: Any) -> tuple[Problem, ...]:
    """Read a list under `errors`, or one bare object with a code and a title: Telnyx documents both.

    Anything else, such as a proxy's page, gives an empty tuple.
    """
    if not isinstance(body, dict):
        return ()
    listed = body.get("errors")
    if isinstance(listed, dict):
        listed = [listed]
    if isinstance(listed, list):
        found = (Problem.from_json(value) for value in listed[:MOST_PROBLEMS])
        return tuple(problem for problem in found if problem.code or problem.title or problem.detail)
    alone = Problem.from_json(body)
    return (alone,) if alone.code and alone.title else ()


class Trouble(StrEnum):
    """Why a file or a page outside Telnyx could not be fetched."""

    ADDRESS = "address"
    INTERNAL = "internal"
    NAME = "name"
    CERTIFICATE = "certificate"
    CONNECTION = "connection"
    LATE = "late"
    LARGE = "large"
    GARBLED = "garbled"


class TelnyxError(Exception):
    """Carry the answer, if there was one, and a sentence for the person on call.

    `reason` never contains a query, a body, a key or a phone number, so it may be logged and shown. `kind` is set
    only for what was fetched from elsewhere (Client.download, Client.visit).
    """

    def __init__(
        self,
        reason: str = "",
        *,
        answer: Answer | None = None,
        errors: Sequence[Problem] = (),
        kind: Trouble | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.answer = answer
        self.errors = tuple(errors)
        self.kind = kind

    @property
    def status(self) -> int | None:
        """The HTTP status, or None if no answer came."""
        return self.answer.status if self.answer else None

    @property
    def codes(self) -> tuple[str, ...]:
        """Telnyx's error codes in the order given, without empty ones."""
        return tuple(problem.code for problem in self.errors if problem.code)


class RequestNotSent(TelnyxError):
    """There is proof that not one byte of the request was sent."""


class OutcomeUnknown(TelnyxError):
    """Telnyx may or may not have done it."""


class SlowDown(TelnyxError):
    """Telnyx had no room for the request and did not process it.

    `retry_after` is in seconds, 0 to 3600, or None if Telnyx named no time.
    """

    def __init__(
        self,
        reason: str = "",
        *,
        answer: Answer | None = None,
        errors: Sequence[Problem] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason, answer=answer, errors=errors)
        self.retry_after = retry_after


class StillRunning(TelnyxError):
    """An earlier request with the same idempotency key is still running."""


class AccountBlocked(TelnyxError):
    """Telnyx refuses the key or the account, so every other request would get the same answer."""


class RequestRefused(TelnyxError):
    """Telnyx read the request and refused it; `errors` holds what it found."""


class NotFound(RequestRefused):
    """The record does not exist for this account, or no longer."""


class FeatureForbidden(RequestRefused):
    """The account may not use this feature; its other requests aren't affected."""


class NotFetchable(TelnyxError):
    """We can never get a file from this address."""


class IncompleteList(TelnyxError):
    """Not every record of a listing could be read, so a record it lacks may still exist."""


class ListChanged(IncompleteList):
    """Records came or went between two pages, so one may have slipped through."""


# What an answer means, before its status and codes; then what to do.
SAID: dict[type[TelnyxError], str] = {
    OutcomeUnknown: "Telnyx gave no clear answer",
    SlowDown: "Telnyx asked us to slow down",
    StillRunning: "Telnyx is still working on it",
    AccountBlocked: "Telnyx refused our API key or account",
    RequestRefused: "Telnyx refused it",
    NotFound: "Telnyx doesn't have it",
    FeatureForbidden: "Telnyx refused it",
}
REASONS: dict[type[TelnyxError], str] = {
    OutcomeUnknown: "It may have been done: look it up at Telnyx before sending it again.",
    SlowDown: "It was not processed; it can be sent again later.",
    StillRunning: "An earlier attempt with the same key is still running; ask again with the same key.",
    AccountBlocked: "The API key or the account is refused; check both in the Telnyx portal.",
    RequestRefused: "It was not done; correct what Telnyx names.",
    NotFound: "There is no such record for this account.",
    FeatureForbidden: "The account may not use this feature; ask Telnyx to enable it.",
}


def failure(answer: Answer, *, method: str, keyed: bool) -> TelnyxError | None:
    """Return the error an answer means to its caller, or None if Telnyx did what was asked.

    Only three things are definite: a 2xx with JSON, a 4xx with Telnyx's own errors, and a 429. `keyed` says that the
    request had an idempotency key. Sources: docs/telnyx.md, T9.
    """
    if _succeeded(answer, method):
        return None
    found = problems(answer.data)
    kind = _kind(answer.status, found, keyed)
    named = ", ".join(problem.code for problem in found if re.fullmatch(r"\w{1,8}", problem.code, re.ASCII))
    details = f"HTTP {answer.status}" + (f", code {named}" if named else "")
    reason = f"{SAID[kind]} ({details}). {REASONS[kind]}"
    if kind is SlowDown:
        return SlowDown(reason, answer=answer, errors=found, retry_after=answer.retry_after)
    return kind(reason, answer=answer, errors=found)


def _succeeded(answer: Answer, method: str) -> bool:
    if not 200 <= answer.status < 300:
        return False
    # The toll-free DELETE declares a 200 without a body (docs/telnyx.md, T2.8); every other answer must be JSON.
    return answer.data is not None or (method == "DELETE" and not answer.content)


def _kind(status: int, found: Sequence[Problem], keyed: bool) -> type[TelnyxError]:
    codes = {problem.code for problem in found}
    if not 400 <= status < 500 or status == 408:
        return OutcomeUnknown
    if status == 401:
        return AccountBlocked
    if status == 409:
        return StillRunning if keyed and STILL_PROCESSED in codes else OutcomeUnknown
    if (status == 429 and BUDGET_SPENT not in codes) or QUEUE_FULL in codes:
        return SlowDown
    if not found:
        return OutcomeUnknown
    if codes & ACCOUNT_STOPPED or (status == 403 and codes & ACCOUNT_CODES):
        return AccountBlocked
    if DUPLICATE in codes and not keyed:
        return OutcomeUnknown
    if status == 403 and codes & FEATURE_CODES:
        return FeatureForbidden
    return NotFound if status in (404, 410) else RequestRefused
