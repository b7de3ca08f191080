"""After a rejection: what Telnyx's reason means, what changed since, and what has to be confirmed to submit again."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import acts
from messaging.desk.sight import WHOLE, Sight
from messaging.mirror.models import OutboxEntry
from messaging.mirror.wording import Words

from .. import summary
from ..models import VerificationRequest
from ..page import SEE_CONTACTS, Note
from ..summary import Change
from . import explain
from .explain import Explained
from .verdicts import CONFIRM, ON_RECORD

AGAINST, UNCHANGED = "confirm_verdict", "confirm_unchanged"
STILL_THE_SAME = gettext_lazy(
    "None of the fields that Telnyx's reason is about has changed since the last version. Submit it anyway."
)
SAME_ON_RECORD = gettext_lazy("Submitted again although no field that Telnyx's reason is about had changed.")


@dataclass(frozen=True)
class Ask:
    """One thing to confirm before submitting: its checkbox, and what is put on record.

    The value of the box holds what was confirmed, so that a confirmation doesn't count for a reason that came later.
    """

    name: str
    value: str
    words: Words
    on_record: Words


class NotConfirmed(Exception):
    """Something has to be confirmed first; `asks` is everything there is to confirm."""

    def __init__(self, asks: Sequence[Ask]) -> None:
        super().__init__(", ".join(ask.name for ask in asks))
        self.asks = asks


@dataclass(frozen=True)
class Rejection:
    """What Telnyx's last reason means for a request; `changes` are those since the last version that Telnyx has.

    `is_known` is False if nothing tells what Telnyx has.
    """

    said: str
    explained: Explained
    changes: Sequence[Change]
    is_known: bool

    @property
    def corrected(self) -> dict[str, str]:
        """Return the blamed fields that changed since, each with its label."""
        changed = {change.field for change in self.changes}
        return {name: words for name, words in self.explained.blamed.items() if name in changed}

    @property
    def is_unchanged(self) -> bool:
        """Return True if Telnyx blames fields and none of them has changed since it got the last version."""
        return self.is_known and bool(self.explained.blamed) and not self.corrected

    def asks(self) -> list[Ask]:
        """Return what has to be confirmed before this is submitted again."""
        found = []
        verdict, stamp = self.explained.verdict, f"{zlib.crc32(self.said.encode()):08x}"
        if verdict in CONFIRM:
            found.append(Ask(AGAINST, f"{verdict}-{stamp}", CONFIRM[verdict], ON_RECORD[verdict]))
        if self.is_unchanged:
            found.append(Ask(UNCHANGED, stamp, STILL_THE_SAME, SAME_ON_RECORD))
        return found


def of(
    request: VerificationRequest,
    entries: Iterable[OutboxEntry],
    *,
    seen: Sight = WHOLE,
    secrets: bool = True,
    contacts: bool = True,
) -> Rejection | None:
    """Return what a rejection, or a question of Telnyx's, means for a request, or None while there is none.

    `entries` are all promises of the request, newest first. What it shows is masked as `summary.lines` does.
    """
    explained = explain.of(request, seen)
    if explained is None:
        return None
    sent = summary.last_sent(request, entries)
    changes = summary.changes(sent, request, secrets=secrets, contacts=contacts) if sent else []
    return Rejection(request.remote_reason, explained, changes, sent is not None)


def check(rejection: Rejection | None, posted: Mapping[str, str]) -> list[Ask]:
    """Return what was confirmed. Raise NotConfirmed if a confirmation is missing, or was for another reason."""
    asks = rejection.asks() if rejection else []
    if any(posted.get(ask.name) != ask.value for ask in asks):
        raise NotConfirmed(asks)
    return asks


def record(by: User, request: VerificationRequest, asks: Iterable[Ask], rejection: Rejection | None) -> None:
    """Put on record what was confirmed, and about which reasons."""
    titles = "; ".join(meaning.title for meaning in rejection.explained.meanings) if rejection else ""
    for ask in asks:
        acts.record(by, request, ask.on_record, reason=titles)


def notes(rejection: Rejection | None) -> dict[str, list[Note]]:
    """Return the notes beside the fields that Telnyx's reason is about."""
    if rejection is None:
        return {}
    found: dict[str, list[Note]] = {}
    for meaning in rejection.explained.meanings:
        for name, _label in meaning.fields:
            is_done = name in rejection.corrected
            words = CHANGED if is_done else ABOUT_THIS
            level = "corrected" if is_done else "blamed"
            found.setdefault(name, []).append(Note(level, words % {"reason": meaning.title}))
    return found


ABOUT_THIS = gettext_lazy("Telnyx's reason is about this field: %(reason)s.")
CHANGED = gettext_lazy("Changed since Telnyx's reason: %(reason)s.")


def links(request: VerificationRequest, rejection: Rejection | None, user: User) -> dict[str, str]:
    """Return where this person may write to Telnyx about a rejection, and explain what is not explained yet."""
    if rejection is None:
        return {}
    found = {}
    if any(map(user.has_perm, SEE_CONTACTS)):
        found["write_url"] = reverse("admin:tollfree_verificationrequest_write", args=[request.pk])
    if rejection.explained.unknown and user.has_perm("tollfree.add_rejectionreason"):
        said = request.history().filter(reason=rejection.said).values_list("pk", flat=True).first()
        if said:
            found["explain_url"] = f"{reverse('admin:tollfree_rejectionreason_add')}?from={said}"
    return found


def must_confirm() -> str:
    """Return what to say when a confirmation is missing."""
    return _("Nothing was sent: read the advice below and tick what you confirm.")
