"""What we send to Telnyx for an RCS message, and how to find out whether it arrived."""

from typing import TYPE_CHECKING, Any, cast

from django.utils.translation import gettext_lazy as _

from messaging.mirror.models import TelnyxResource
from messaging.mirror.records.operations import Operation
from messaging.sending.choices import REPLAYABLE, Purpose
from messaging.sending.events import ADDRESS
from messaging.sending.operations import find_sent

from . import guards

if TYPE_CHECKING:
    from ..models import RcsMessage

PATH = "/messages/rcs"


def body(resource: TelnyxResource, callback_url: str) -> dict[str, Any]:
    """Return the body of a send request, without empty members."""
    message = cast("RcsMessage", resource)
    sent: dict[str, Any] = {
        "agent_id": message.agent.remote_id,
        "to": message.recipient,
        "messaging_profile_id": message.messaging_profile and message.messaging_profile.remote_id,
        "type": "RCS",
        "agent_message": message.agent_message(),
    }
    if message.sms_fallback:
        sent["sms_fallback"] = message.sms_fallback
    if message.mms_fallback:
        sent["mms_fallback"] = message.mms_fallback
    if callback_url:
        sent[ADDRESS] = callback_url
    return sent


def to_send(message: "RcsMessage | None") -> str:
    """Return the permission needed to send this message: tests have their own."""
    is_test = message is not None and message.purpose == Purpose.TEST
    return "rcs.send_test_rcsmessage" if is_test else "rcs.send_rcsmessage"


OF_MESSAGE = {
    "create": Operation(
        "POST",
        PATH,
        _("RCS message"),
        body=body,
        find=find_sent,
        # This operation accepts it too (docs/telnyx.md, T9.6).
        keyed=True,
        replayable_for=REPLAYABLE,
        guard=guards.before_sending,
        permission=to_send,
    )
}
