"""Keep a log of every call to Telnyx, reads too: `account.client()` hands each one over when it has ended.

Only masked bodies are kept, cut short and sealed. The log never disturbs a call: it is one INSERT, what goes wrong
with it is a line in the log of the process, and inside a transaction it has a savepoint of its own. If that
transaction is rolled back, or is already broken, the row is lost with it. So is the row of a call whose process was
killed; the attempts of the outbox prove what was sent. The row of a request that was promised is committed together
with its outcome.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, unquote
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from messaging.telnyx import errors
from messaging.telnyx.call import Call

from . import clock, sealing
from .audit.context import at_work
from .masking import HIDDEN, TIME, Redaction, without_personal
from .masking import UUID as ID
from .models import ApiCall

logger = logging.getLogger(__name__)
Purpose = ApiCall.Purpose

# Of a list in a body this many items are kept, of a body this many characters.
MOST_ITEMS = 5
LONGEST_KEPT = 16_000
# A longer body isn't read for the log.
LONGEST_READ = 200_000
# What a part of a path looks like if nobody filled it in.
FIXED = re.compile(r"[a-z][a-z0-9_]{0,40}")
QUERY_NAME = re.compile(r"[a-z_]{1,40}(\[[a-z_]{1,40}\]){0,3}")
COMPARISONS = frozenset({"gt", "gte", "lt", "lte", "eq", "in"})
PAGING = frozenset({"page[number]", "page[size]", "page", "page_size"})

_made_for: ContextVar[tuple[str, str]] = ContextVar("made_for", default=("", ""))
# The rows that wait for the transaction they belong to.
_waiting: ContextVar[list[ApiCall] | None] = ContextVar("waiting", default=None)


@contextmanager
def made_for(purpose: str, source: str = "") -> Iterator[None]:
    """Say what the calls inside are for, and what makes them if that is more than the task."""
    token = _made_for.set((purpose, source))
    try:
        yield
    finally:
        _made_for.reset(token)


@contextmanager
def waiting() -> Iterator[None]:
    """Let the rows of the calls inside wait for `write_waiting`; what is left at the end is written then."""
    rows: list[ApiCall] = []
    token = _waiting.set(rows)
    try:
        yield
    finally:
        _waiting.reset(token)
        for row in rows:
            try:
                _insert(row)
            except Exception as error:
                _say(error)


def write_waiting() -> None:
    """Write the rows that wait, in the caller's transaction. They wait until `written`. Raises DatabaseError."""
    for row in _waiting.get() or ():
        row.pk = None  # of an earlier transaction that was rolled back
        row.save(force_insert=True)


def written() -> None:
    """Say that the transaction with the rows is committed."""
    if rows := _waiting.get():
        rows[:] = [row for row in rows if row.pk is None]


def keep(call: Call) -> None:
    """Write one call to the log. Never raises."""
    rows = _waiting.get()
    try:
        if rows is not None:
            rows.append(_row(call))
        elif not (connection.in_atomic_block and connection.needs_rollback):
            _insert(_row(call))
    except Exception as error:
        _say(error)


def _insert(row: ApiCall) -> None:
    row.pk = None  # of an earlier transaction that was rolled back
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        row.save(force_insert=True)


def _say(error: Exception) -> None:
    # Only the error's class: its text may contain what the row holds.
    logger.warning("A call to Telnyx could not be logged (%s).", type(error).__name__)


def holds_key(text: str) -> bool:
    """Return True if one of the keys we share with Telnyx is in a text."""
    return any(key in text for key in (settings.TELNYX_API_KEY, *settings.TELNYX_PUBLIC_KEYS) if key)


def _row(call: Call) -> ApiCall:
    answer = call.answer
    # What was sent is remembered only to find it again in Telnyx's words about an error.
    sent = _Brief(remembers=answer is not None and answer.status >= 400)
    path = _path(call.target, sent)
    asked, is_known = _asked(call, sent)
    told, codes = _told(call, sent, is_known)
    held_key = holds_key(asked) or holds_key(told)
    who, (purpose, source) = at_work(), _made_for.get()
    entry = re.fullmatch(rf"entry ({ID})", str(who.get("cause", "")))
    if entry:
        purpose = Purpose.CHECK if call.method == "GET" else Purpose.SEND
    elif not purpose:
        purpose = Purpose.PERSON if who.get("user_id") else Purpose.OTHER
    return ApiCall(
        at=clock.now() - timedelta(seconds=call.seconds),
        method=call.method[:10],
        path=HIDDEN if holds_key(path) else path[:1000],
        content_type=call.content_type.partition(";")[0][:200],
        purpose=purpose,
        entry_id=UUID(entry[1]) if entry else None,
        asked_by_id=who.get("user_id"),
        source=(source or who.get("page") or who.get("source") or "")[:120],
        status=answer.status if answer else None,
        answered=_class_of(answer.status if answer else 0),
        milliseconds=round(call.seconds * 1000),
        request_id=answer.request_id.replace("\x00", "") if answer else "",
        codes=", ".join(codes)[:100],
        error=call.error[:60],
        request_size=len(call.body),
        answer_size=len(answer.content) if answer else 0,
        request_body=b"" if held_key else _sealed(asked),
        answer_body=b"" if held_key else _sealed(told),
        held_key=held_key,
    )


def _class_of(status: int) -> int:
    return status // 100 if status // 100 in ApiCall.Answered.values else ApiCall.Answered.NOTHING


def _sealed(text: str) -> bytes:
    if not text:
        return b""
    cut = text if len(text) <= LONGEST_KEPT else text[:LONGEST_KEPT] + "\n…"
    return sealing.seal(cut.encode(errors="replace"))


class _Brief(Redaction):
    """Masks like its base, but keeps only the beginning of lists, and shows no `code`: it may prove an ownership."""

    def __init__(self, *, remembers: bool) -> None:
        super().__init__()
        self._remembers = remembers

    def _hide(self, value: str) -> None:
        if self._remembers:
            super()._hide(value)

    def json(self, value: Any, name: str = "") -> Any:
        if name == "code":
            name = ""
        if isinstance(value, list) and len(value) > MOST_ITEMS:
            return [*super().json(value[:MOST_ITEMS], name), f"… {len(value) - MOST_ITEMS} more"]
        return super().json(value, name)


def _asked(call: Call, sent: _Brief) -> tuple[str, bool]:
    """Return what is kept of the request's body, and whether we know what is hidden in it."""
    if not call.body:
        return "", True
    if call.content_type != "application/json" or len(call.body) > LONGEST_READ:
        return "", False
    try:
        return _text(sent.json(json.loads(call.body))), True
    except (ValueError, RecursionError):
        return "", False


def _told(call: Call, sent: _Brief, is_known: bool) -> tuple[str, list[str]]:
    """Return what is kept of the answer's body, and Telnyx's error codes."""
    answer = call.answer
    if answer is None or answer.data is None:
        return "", []
    found = errors.problems(answer.data) if answer.status >= 400 else ()
    if not found:
        return _text(_Brief(remembers=False).json(answer.data)), []
    words = sent.words if is_known else (lambda text: HIDDEN if text else "")
    shown = [
        {
            "code": problem.code,
            "title": words(problem.title),
            "detail": words(problem.detail),
            "source": {"pointer": words(problem.pointer), "parameter": problem.parameter},
        }
        for problem in found[:MOST_ITEMS]
    ]
    codes = [problem.code for problem in found if re.fullmatch(r"\w{1,8}", problem.code, re.ASCII)]
    return _text({"errors": shown}), codes


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _path(target: str, sent: _Brief) -> str:
    """Return a path with its query: names, ids, times and pages as they are, everything else masked."""
    path, _mark, query = target.partition("?")
    shown = "/".join(_part(unquote(part)) for part in path.split("/"))
    if not query:
        return shown
    pairs = parse_qsl(query, keep_blank_values=True)
    return f"{shown}?{'&'.join(_pair(name, value, sent) for name, value in pairs)}"


def _part(part: str) -> str:
    if not part or FIXED.fullmatch(part) or re.fullmatch(ID, part):
        return part
    number = without_personal(part)
    return number if number != part and not part.strip("+0123456789 ().-") else HIDDEN


def _pair(name: str, value: str, sent: _Brief) -> str:
    if not QUERY_NAME.fullmatch(name):
        return f"{HIDDEN}={HIDDEN}"
    if re.fullmatch(rf"{ID}|{TIME}", value) or (name in PAGING and re.fullmatch(r"\d{1,6}", value)):
        return f"{name}={quote(value, safe=':')}"
    names = [part for part in re.split(r"[\[\]]+", name) if part and part not in COMPARISONS]
    shown = str(sent.json(value, names[-1] if names else ""))
    return f"{name}={shown if shown != value else quote(value, safe=':,')}"
