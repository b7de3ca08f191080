"""A kind of request to Telnyx, as data: what is sent, and what to do when the answer is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from messaging.telnyx.client import Client, Part

if TYPE_CHECKING:
    from ..models import OutboxEntry, TelnyxResource


@dataclass(frozen=True)
class Found:
    """Telnyx holds it: `record` is the one our request made."""

    record: dict[str, Any]


@dataclass(frozen=True)
class Absent:
    """Telnyx was asked completely and does not hold it."""


@dataclass(frozen=True)
class NotSeen:
    """Telnyx showed nothing of it, which proves nothing: what has just arrived may not be listed yet."""


@dataclass(frozen=True)
class Unclear:
    """Telnyx holds something that may or may not be ours; a person decides. `reason` is shown to them."""

    reason: str


@dataclass(frozen=True)
class Multipart:
    """A body of several parts, such as files."""

    parts: tuple[Part, ...]


Finding = Found | Absent | NotSeen | Unclear
# Called with the record, our callback address, and whatever details the promise was given.
Body = Callable[..., dict[str, Any] | Multipart]
Taken = Callable[["OutboxEntry", "TelnyxResource", Any], None]
Guard = Callable[["OutboxEntry", "TelnyxResource"], str]
Find = Callable[["OutboxEntry", "TelnyxResource", Client], Finding]


@dataclass(frozen=True)
class Operation:
    """One kind of request.

    Every operation answers the question that costs money, "what if the answer is lost?": `find` looks it up,
    `repeatable` sends the same bytes again, neither asks a person. `keyed` adds an Idempotency-Key, only where
    Telnyx's SDK has the header (docs/telnyx.md, T9.6); with `replayable_for` what was not seen is sent again with
    its key for so long, if the settings trust Telnyx to answer it once.

    The names of operations that make a record begin with "create".

    A side request (`moves_record=False`) leaves the record's own state alone. `sealed` bodies are encrypted at rest,
    shown nowhere, and erased when the entry has ended. `taken` writes an answer that is not the record itself.
    `guard` is asked right before sending: a sentence instead of "" hands the entry to a person. `judges_state` means
    that 403 and 404 speak of the record: both are refusals, neither a blocked account nor a deletion done before.

    `permission` is what a person needs to ask for it, or a function that tells it of the record; without one nobody
    but a superuser decides about it.
    """

    method: str
    path: str
    label: str | Promise
    body: Body | None = None
    find: Find | None = None
    repeatable: bool = False
    keyed: bool = False
    replayable_for: timedelta | None = None
    judges_state: bool = False
    moves_record: bool = True
    sealed: bool = False
    taken: Taken | None = None
    guard: Guard | None = None
    permission: str | Callable[..., str] = ""

    def permission_for(self, resource: "TelnyxResource | None") -> str:
        """Return what a person needs to ask for this, and to decide what became of it."""
        if callable(self.permission):
            return self.permission(resource)
        return self.permission
