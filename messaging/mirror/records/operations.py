"""A kind of request to Telnyx, as data: what to send, and what to do if the answer is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from messaging.telnyx.client import Client, Part
from messaging.telnyx.errors import TelnyxError

if TYPE_CHECKING:
    from ..models import OutboxEntry, TelnyxResource


@dataclass(frozen=True)
class Found:
    """Telnyx has it: `record` is the one our request made."""

    record: dict[str, Any]


@dataclass(frozen=True)
class Absent:
    """A complete search at Telnyx didn't find it."""


@dataclass(frozen=True)
class NotSeen:
    """Telnyx showed no trace of it, which proves nothing: a new arrival may not be listed yet."""


@dataclass(frozen=True)
class Unclear:
    """Telnyx has something that may or may not be ours; a person decides. `reason` is shown to them."""

    reason: str


@dataclass(frozen=True)
class Multipart:
    """A body of several parts, such as files."""

    parts: tuple[Part, ...]


Finding = Found | Absent | NotSeen | Unclear
# Called with the record, our callback address, and the details the promise was given.
Body = Callable[..., dict[str, Any] | Multipart]
Taken = Callable[["OutboxEntry", "TelnyxResource", Any], None]
Guard = Callable[["OutboxEntry", "TelnyxResource"], str]
Look = Callable[["OutboxEntry", "TelnyxResource", Client], str]
Find = Callable[["OutboxEntry", "TelnyxResource", Client], Finding]
Judge = Callable[["OutboxEntry", TelnyxError], TelnyxError]


@dataclass(frozen=True)
class Operation:
    """One kind of request.

    Every operation answers the question that costs money, "what if the answer is lost?": with `find` we look it up,
    with `repeatable` we send the same bytes again, with neither a person decides. `keyed` adds an Idempotency-Key, only
    where Telnyx's SDK has the header (docs/telnyx.md, T9.6); for as long as `replayable_for`, what was not seen is sent
    again with its key, if the settings trust Telnyx to answer it once.

    The names of operations that make a record start with "create".

    A side request (`moves_record=False`) leaves the record's own state alone. `sealed` bodies are encrypted at rest,
    shown nowhere, and erased when the entry ends. `taken` stores an answer that is not the record itself.
    `guard` is called right before sending: if it returns a sentence instead of "", the entry goes to a person.
    `look` asks Telnyx before each try, while nothing is on its way: if it returns a sentence instead of "", the entry
    is withdrawn for that reason, and if it raises a TelnyxError, the try is put off.
    `too_late` says what a person can do once it was sent. With it, what a person requests waits for UNDO_SECONDS, so
    that they can take it back. `undone` puts back what requesting it had changed here besides the record's state,
    whoever cancels the entry, and where.
    `judge` says what an error means, where Telnyx answers in another form than its usual one.
    `judges_state` means that 403 and 404 are about the record: both are refusals, neither a blocked account nor a
    deletion done before.

    `permission` is what a person needs to request it, or a function that returns that for the record; without one
    only a superuser can decide about it.
    """

    method: str
    path: str
    label: str | Promise
    body: Body | None = None
    find: Find | None = None
    repeatable: bool = False
    keyed: bool = False
    replayable_for: timedelta | None = None
    judge: Judge | None = None
    judges_state: bool = False
    moves_record: bool = True
    sealed: bool = False
    taken: Taken | None = None
    guard: Guard | None = None
    look: Look | None = None
    too_late: str | Promise = ""
    undone: Callable[["TelnyxResource"], None] | None = None
    permission: str | Callable[..., str] = ""

    def permission_for(self, resource: "TelnyxResource | None") -> str:
        """Return what a person needs to request this, and to decide about an unclear one."""
        if callable(self.permission):
            return self.permission(resource)
        return self.permission
