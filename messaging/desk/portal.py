"""Where Telnyx's own portal shows a record.

None of these addresses is documented: they are those that Telnyx's help pages named in November 2026, and nobody has
tried them with a live account (docs/telnyx.md, T1). No page of a single record is known, so each leads to the list of
its section; the id is shown next to the link, to search for there.
"""

from typing import Any

BASE = "https://portal.telnyx.com/#/"
SECTIONS = {
    "tollfree.verificationrequest": "programmable-messaging/toll-free-messaging",
    "hosted.hostedorder": "messaging-hosted-sms/numbers",
    "hosted.hostednumber": "messaging-hosted-sms/numbers",
    "messaging.messagingprofile": "programmable-messaging/profiles",
    "messaging.alphanumericsender": "programmable-messaging/profiles",
    "messaging.autoresponse": "programmable-messaging/keywords-management",
    "messaging.message": "app/debugging/detail-records-search",
    "messaging.composedmessage": "app/debugging/detail-records-search",
    "rcs.rcsmessage": "app/debugging/detail-records-search",
    # Their sections aren't known, so these lead to the portal's first page.
    "rcs.rcsagent": "",
    "rcs.rcsbrand": "",
    "rcs.rcsagentregistration": "",
}


def url_of(record: Any) -> str:
    """Return where the portal shows a record, or "" for a draft and for what is no longer at Telnyx."""
    section = SECTIONS.get(record._meta.label_lower)
    is_there = bool(record.remote_id) and getattr(record, "gone_at", None) is None
    return f"{BASE}{section}" if is_there and section is not None else ""
