"""What people may do with an open promise, as data: each action is one POST with its own permission."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext_lazy as _

from .. import account, permissions
from ..models import OutboxEntry
from ..wording import Words
from . import decide, outbox

State = OutboxEntry.State


@dataclass(frozen=True)
class Action:
    """One thing a person may do. `asks` is what they must fill in; `run` gets it and returns True if it worked."""

    name: str
    permission: str
    label: Words
    explanation: Words
    done: Words
    fits: Callable[[OutboxEntry], bool]
    run: Callable[[OutboxEntry, str], bool]
    asks: Words = ""
    # Whether the input is a sentence; numbers and addresses in it are not kept.
    is_sentence: bool = True
    is_danger: bool = False


def _in(*states: str) -> Callable[[OutboxEntry], bool]:
    return lambda entry: entry.state in states


def _needs_telnyx_id(entry: OutboxEntry) -> bool:
    return _is_unclear(entry) and entry.makes_a_record()


def _is_about_known(entry: OutboxEntry) -> bool:
    return _is_unclear(entry) and not entry.makes_a_record()


def _is_unclear(entry: OutboxEntry) -> bool:
    return entry.state == State.NEEDS_PERSON and not decide.gave_up(entry)


def _adopt(entry: OutboxEntry, remote_id: str) -> bool:
    return decide.adopt(entry, remote_id, account.client())


ACTIONS: Sequence[Action] = (
    Action(
        "try-now",
        "mirror.retry_outboxentry",
        _("Try now"),
        _(
            "Does the next step now instead of at its scheduled time. It can't lead to a second "
            "request at Telnyx."
        ),
        _("The next step runs now."),
        _in(State.QUEUED, State.UNSURE),
        lambda entry, text: outbox.retry_now(entry),
    ),
    Action(
        "retry",
        "mirror.retry_outboxentry",
        _("Retry"),
        _("It could not be sent so far, and none of it reached Telnyx. Sends it as it is."),
        _("Queued for Telnyx."),
        decide.gave_up,
        lambda entry, text: outbox.send_after_all(entry, text or str(_("it had not been sent"))),
    ),
    Action(
        "adopt",
        "mirror.resolve_outboxentry",
        _("Telnyx has it: enter its ID"),
        _(
            "Find the request in Telnyx's portal and copy its ID. We read that record at "
            "Telnyx first; nothing changes if it can't be the one."
        ),
        _("Received by Telnyx: the record there is now linked."),
        _needs_telnyx_id,
        _adopt,
        asks=_("Telnyx ID"),
        is_sentence=False,
    ),
    Action(
        "confirm",
        "mirror.resolve_outboxentry",
        _("Telnyx has it: read it again"),
        _("We read the record at Telnyx again and use what it says."),
        _("Received by Telnyx: our copy now matches what Telnyx holds."),
        _is_about_known,
        _adopt,
    ),
    Action(
        "send-again",
        "mirror.resolve_outboxentry",
        _("Nothing arrived: send again"),
        _(
            "Only if you have seen at Telnyx that nothing arrived. If it did arrive after "
            "all, Telnyx gets the request a second time."
        ),
        _("Queued for Telnyx."),
        _is_unclear,
        outbox.send_after_all,
        asks=_("How do you know?"),
        is_danger=True,
    ),
    Action(
        "cancel",
        "mirror.resolve_outboxentry",
        _("Cancel request"),
        _("Nothing more of it is sent. Anything that already reached Telnyx stays there."),
        _("Canceled."),
        _in(*OutboxEntry.CANCELLABLE),
        outbox.cancel,
        asks=_("Why?"),
        is_danger=True,
    ),
)

BY_NAME = {action.name: action for action in ACTIONS}


def may_ask_for(user: User | AnonymousUser, entry: OutboxEntry) -> bool:
    """Return True if this person may request this kind from Telnyx; only they may settle such a request."""
    return user.has_perm(entry.get_operation().permission_for(entry.resource))


def offered(entry: OutboxEntry, user: User | AnonymousUser) -> list[Action]:
    """Return what this person may do with this entry in its current state."""
    if not entry.is_open() or not may_ask_for(user, entry):
        return []
    return [action for action in ACTIONS if user.has_perm(action.permission) and action.fits(entry)]


def lacking(entry: OutboxEntry, user: User | AnonymousUser) -> str:
    """Return, in words, the permission this person lacks to decide about an entry that waits for a decision."""
    if entry.state != State.NEEDS_PERSON or offered(entry, user):
        return ""
    fitting = [action.permission for action in ACTIONS if action.fits(entry)]
    needed = [*fitting[:1], entry.get_operation().permission_for(entry.resource)]
    return ", ".join(f"“{name}”" for name in permissions.lacking(user, *needed))
