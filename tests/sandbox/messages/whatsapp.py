"""What people do in WhatsApp: write in each of its types, choose, answer, react, change and delete; and its 24 hours.

The sources describe texts, changes and deletions; the other shapes are Meta's (contract/messages.json).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ..contract import moment
from ..state import Record
from .facts import RULES

TYPE = "WHATSAPP"
LASTS = timedelta(hours=24)
LATE: str = RULES["code_of_a_free_whatsapp_message_outside_24_hours"]
# These do not start another 24 hours.
NO_MESSAGE = ("reaction", "edit", "revoke", "system")


def file(kind: str, mime: str, **more: Any) -> Record:
    return {"mime_type": mime, "sha256": "", "id": f"{kind}-1"} | more


SAMPLES: dict[str, Record] = {
    "text": {"text": {"body": "Hi, is my order ready?"}},
    "image": {"image": file("image", "image/png", caption="The box came like this")},
    "video": {"video": file("video", "video/mp4")},
    "audio": {"audio": file("audio", "audio/ogg; codecs=opus", voice=True)},
    "document": {
        "document": file("document", "application/pdf", filename="invoice.pdf", caption="This one?")
    },
    "sticker": {"sticker": file("sticker", "image/webp", animated=False)},
    "location": {
        "location": {
            "latitude": 39.739236,
            "longitude": -104.990251,
            "name": "Union Station",
            "address": "1701 Wynkoop St, Denver",
        }
    },
    "contacts": {
        "contacts": [
            {
                "name": {"formatted_name": "Robin Vega", "first_name": "Robin"},
                "phones": [{"phone": "+1 303-555-0188", "type": "CELL", "wa_id": "13035550188"}],
                "org": {"company": "Vega Deliveries"},
            }
        ]
    },
    "button": {"button": {"text": "Yes, confirm", "payload": "confirm_8842"}},
    "button_reply": {
        "interactive": {"type": "button_reply", "button_reply": {"id": "slot_1", "title": "Tomorrow, 10:30"}}
    },
    "list_reply": {
        "interactive": {
            "type": "list_reply",
            "list_reply": {"id": "store_2", "title": "Downtown", "description": "Open until 8 p.m."},
        }
    },
    "order": {
        "order": {
            "catalog_id": "194836987003835",
            "text": "Please gift-wrap it",
            "product_items": [
                {"product_retailer_id": "mug-blue", "quantity": 2, "item_price": 12.5, "currency": "USD"}
            ],
        }
    },
    "reaction": {"reaction": {"emoji": "\N{THUMBS UP SIGN}"}},
    "edit": {"edit": {"message": {"type": "text", "text": {"body": "Hi, are my two orders ready?"}}}},
    "revoke": {"revoke": {}},
    "system": {"system": {"body": "Robin changed their phone number", "type": "user_changed_number"}},
    "unsupported": {"errors": [{"code": 131051, "title": "Message type unknown"}]},
}
KINDS = (*SAMPLES, "reply")
NAMED_TYPE = {"button_reply": "interactive", "list_reply": "interactive"}
ABOUT_OURS, ABOUT_THEIRS = ("reaction", "reply", "button", "button_reply", "list_reply"), ("edit", "revoke")
FILES = ("image", "sticker")

Attach = Callable[[Record], Record]


def body(kind: str, given: Record | None, about: Record | None, attach: Attach) -> Record:
    """Return the body of a message of a kind. `given` replaces the sample, `about` is the message it names."""
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    if kind in (*ABOUT_THEIRS, "reaction", "reply") and about is None:
        raise ValueError("name the message it is about")
    sample = SAMPLES["text"] | {"text": {"body": "Yes, please"}} if kind == "reply" else SAMPLES[kind]
    type = NAMED_TYPE.get(kind, "text" if kind == "reply" else kind)
    made: Record = {"type": type, **sample}
    if isinstance(made.get(type), dict):
        made[type] = {**made[type], **(given or {})}
    elif given is not None:
        made[type] = given
    if kind in FILES and "link" not in made[type] and "url" not in made[type]:
        made[type] = {**made[type], "link": attach({})["url"]}
    if about is None:
        return made
    if kind == "reaction":
        made["reaction"]["message_id"] = named(about)
    elif kind in ABOUT_THEIRS:
        made[kind]["original_message_id"] = named(about)
    else:
        made["context"] = {"id": named(about), "from": about["payload"]["from"].get("phone_number")}
    return made


def named(record: Record) -> str:
    """Return how others name a message: ours by Telnyx's id, theirs by Meta's."""
    foreign = (record["payload"].get("body") or {}).get("foreign_id")
    return str(foreign or record["id"])


def complete(payload: Record, sender: str) -> Record:
    """Return the body of a received message with the members that each of them has."""
    now = moment(payload["received_at"]) or datetime.now(UTC)
    told = {
        "id": payload["id"],
        "foreign_id": f"wamid.SANDBOX{payload['id'].replace('-', '')[:16]}",
        "from": sender,
        "timestamp": str(int(now.timestamp())),
    }
    return told | payload["body"]


def newest(records: list[Record], kind: str, theirs: str, ours: str) -> Record | None:
    """Return the newest message that something of this kind is about, or None for a kind that needs none."""
    if kind not in (*ABOUT_OURS, *ABOUT_THEIRS):
        return None
    direction = "outbound" if kind in ABOUT_OURS else "inbound"
    found = [one for one in records if is_between(one, theirs, ours, direction)]
    return found[0] if found else None


def is_between(record: Record, theirs: str, ours: str, direction: str) -> bool:
    payload = record["payload"]
    to = payload["to"] if isinstance(payload["to"], str) else payload["to"][0].get("phone_number")
    ends = (payload["from"].get("phone_number"), to)
    expected = (ours, theirs) if direction == "outbound" else (theirs, ours)
    return payload["type"] == TYPE and payload["direction"] == direction and ends == expected


def is_late(records: list[Record], record: Record) -> bool:
    """Return True for a free message that comes more than 24 hours after the last one from its recipient."""
    payload = record["payload"]
    if payload["type"] != TYPE or (payload.get("body") or {}).get("type") == "template":
        return False
    ours, theirs = payload["from"].get("phone_number"), payload["to"][0]["phone_number"]
    heard = [
        moment(one["payload"]["received_at"])
        for one in records
        if is_between(one, theirs, ours, "inbound") and one["payload"]["body"].get("type") not in NO_MESSAGE
    ]
    return not any(at and datetime.now(UTC) - at < LASTS for at in heard)
