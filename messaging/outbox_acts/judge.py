"""What may be done with one request among many: only what needs no proof, and only what the person who asks may do."""

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import AnonymousUser, User

from messaging.mirror.models import OutboxAct, OutboxActRow, OutboxEntry
from messaging.mirror.outbound import actions, decide
from messaging.mirror.outbound.actions import Action

Act, Result, State = OutboxAct.Act, OutboxActRow.Result, OutboxEntry.State

# The same as the buttons on the page of one request; the first that fits counts. "Send again" and what links a record
# at Telnyx aren't here: they need proof for each request.
ACTIONS: Mapping[str, Sequence[Action]] = {
    Act.RETRY: [actions.BY_NAME["try-now"], actions.BY_NAME["retry"]],
    Act.CANCEL: [actions.BY_NAME["cancel"]],
}


def permission(act: str) -> str:
    """Return what a person needs to do this at all; each kind of request needs its own permission besides."""
    return ACTIONS[act][0].permission


def judge(entry: OutboxEntry, act: str, user: User | AnonymousUser) -> tuple[Action | None, str]:
    """Return what is to be done with this request; or None, and why it is left out."""
    if why := _left_out(entry, act):
        return None, why
    action = next((each for each in ACTIONS[act] if each.fits(entry)), None)
    if action is None:
        return None, Result.UNCLEAR
    if not (user.has_perm(action.permission) and actions.may_ask_for(user, entry)):
        return None, Result.DENIED
    return action, ""


def _left_out(entry: OutboxEntry, act: str) -> str:
    if not entry.is_open():
        return Result.ENDED
    if entry.state == State.SENDING:
        return Result.SENDING
    if entry.state == State.NEEDS_PERSON and not decide.gave_up(entry):
        return Result.UNCLEAR
    if act == Act.CANCEL:
        # Its page warns of what may be at Telnyx, and asks for a reason of its own.
        return Result.UNCLEAR if entry.state == State.UNSURE or entry.may_have_arrived() else ""
    if entry.state == State.BLOCKED:
        return Result.BLOCKED
    return Result.JUST_ASKED if entry.waits_for_undo() else ""
