"""One WhatsApp message of every type and variety, as Telnyx takes it."""

from typing import Any

FILES = "https://cdn.larkspur.example/"
PAGE = "https://larkspur.example/orders/8842"
QUOTED = "wamid.HBgLMTMwMzU1NTAxMjM"


def interactive(kind: str, action: dict[str, Any], **members: Any) -> dict[str, Any]:
    body = {"text": "When would you like to come?"}
    return {"type": "interactive", "interactive": {"type": kind, "body": body, "action": action} | members}


def button(id: str, title: str) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": id, "title": title}}


def card(place: int, **members: Any) -> dict[str, Any]:
    leads_to = {"name": "cta_url", "parameters": {"display_text": "See it", "url": PAGE}}
    header = {"type": "image", "image": {"link": f"{FILES}{place}.jpg"}}
    return {"card_index": place, "type": "cta_url", "header": header, "action": leads_to} | members


def template(*components: dict[str, Any], **members: Any) -> dict[str, Any]:
    named = {"name": "order_ready", "language": {"code": "en_US", "policy": "deterministic"}}
    parts = {"components": list(components)} if components else {}
    return {"type": "template", "template": (members or named) | parts}


def header(type: str, value: Any) -> dict[str, Any]:
    return {"type": "header", "parameters": [{"type": type, type: value}]}


def of_button(sub_type: str, type: str, value: str, index: int = 0) -> dict[str, Any]:
    parameters = [{"type": type, type: value}]
    return {"type": "button", "sub_type": sub_type, "index": index, "parameters": parameters}


MONEY = {"fallback_value": "$37.25", "code": "USD", "amount_1000": 37250}
PLACE = {"latitude": "39.7392", "longitude": "-104.9903", "name": "Larkspur", "address": "1 Main St"}
SECTIONS = [
    {"title": "Tuesday", "rows": [{"id": "t9", "title": "9 am", "description": "With Dr. Lee"}]},
    {"title": "Wednesday", "rows": [{"id": "w3", "title": "3 pm"}]},
]
PERSON = {
    "name": {"formatted_name": "Robin Lee", "first_name": "Robin", "last_name": "Lee"},
    "birthday": "1990-12-31",
    "org": {"company": "Larkspur", "department": "Front desk", "title": "Manager"},
    "phones": [{"phone": "+13035550123", "type": "WORK", "wa_id": "13035550123"}],
    "emails": [{"email": "robin@larkspur.example", "type": "WORK"}],
    "urls": [{"url": "https://larkspur.example", "type": "WORK"}],
    "addresses": [{"street": "1 Main St", "city": "Denver", "state": "CO", "zip": "80202", "type": "WORK"}],
}

CONTENTS: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "text": {"body": f"Ready: {PAGE}", "preview_url": True}},
    "reply": {"type": "text", "text": {"body": "Yes"}, "context": {"message_id": QUOTED}},
    "reference": {"type": "text", "text": {"body": "Hi"}, "biz_opaque_callback_data": "order 8842"},
    "image": {"type": "image", "image": {"link": f"{FILES}spring.jpg", "caption": "Our spring menu"}},
    "video": {"type": "video", "video": {"link": f"{FILES}tour.mp4", "caption": "A tour"}},
    "audio": {"type": "audio", "audio": {"link": f"{FILES}hello.ogg", "voice": True}},
    "document": {
        "type": "document",
        "document": {"link": f"{FILES}8842.pdf", "filename": "Invoice 8842.pdf", "caption": "Thank you"},
    },
    "sticker": {"type": "sticker", "sticker": {"link": f"{FILES}smile.webp"}},
    "location": {"type": "location", "location": PLACE},
    "contacts": {"type": "contacts", "contacts": [PERSON]},
    "a name in one piece": {"type": "contacts", "contacts": [{"name": "Robin Lee"}]},
    "reaction": {"type": "reaction", "reaction": {"message_id": QUOTED, "emoji": "\U0001f44d"}},
    "a reaction taken back": {"type": "reaction", "reaction": {"message_id": QUOTED, "emoji": ""}},
    "buttons": interactive(
        "button",
        {"buttons": [button("yes", "Yes"), button("no", "Another time")]},
        header={"type": "image", "image": {"link": f"{FILES}visit.png"}},
        footer={"text": "Larkspur Dental"},
    ),
    "list": interactive(
        "list",
        {"button": "Choose a time", "sections": SECTIONS},
        header={"type": "text", "text": "Book a visit"},
    ),
    "link button": interactive(
        "cta_url",
        {"name": "cta_url", "parameters": {"display_text": "Pay online", "url": PAGE}},
        header={"type": "document", "document": {"link": f"{FILES}8842.pdf", "filename": "8842.pdf"}},
    ),
    "location request": interactive("location_request_message", {"name": "send_location"}),
    "carousel": interactive("carousel", {"cards": [card(0, body={"text": "Bouquet"}), card(1)]}),
    "carousel of products": interactive(
        "carousel",
        {"cards": [card(n, action={"catalog_id": "77", "product_retailer_id": f"p{n}"}) for n in range(2)]},
    ),
    "template": template(),
    "template by id": template(template_id="019cd44b-3a1c-781b-956e-bd33e9fd2ac6"),
    "template in any language": template(name="order_ready", language={"code": "de"}),
    "header text": template(header("text", "Spring")),
    "header image": template(header("image", {"link": f"{FILES}a.png"})),
    "header video": template(header("video", {"link": f"{FILES}a.mp4"})),
    "header document": template(header("document", {"link": f"{FILES}a.pdf", "filename": "a.pdf"})),
    "header location": template(header("location", PLACE)),
    "values in order": template(
        {
            "type": "body",
            "parameters": [
                {"type": "text", "text": "Robin"},
                {"type": "currency", "currency": MONEY},
                {"type": "date_time", "date_time": {"fallback_value": "March 3, 4 pm"}},
            ],
        }
    ),
    "values by name": template(
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Robin"}]}
    ),
    "buttons of a template": template(
        of_button("url", "text", "orders/8842"),
        of_button("quick_reply", "payload", "stop-8842", 1),
        of_button("copy_code", "coupon_code", "SPRING25", 2),
    ),
}
