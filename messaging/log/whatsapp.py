"""The content of a WhatsApp message in words, piece by piece, for both directions; nothing here trusts its shape.

What we send is described by Telnyx (docs/telnyx.md, T5.1). Of what comes in, only texts, changes and deletions are;
the other shapes are Meta's, which Telnyx passes on (T6.17). What no rule knows is named as unknown.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.mirror.wording import Words

from .parsing import text

TYPE = "WHATSAPP"
MOST_ITEMS = 10
LONGEST_NAME = 200

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Piece:
    """One line of a message. Its kind decides the look: text, note, heading, choice, offer or place."""

    kind: str
    words: str


def pieces(body: Body) -> list[Piece]:
    """Return what a message says, in the order in which a phone shows it; nothing for one without content."""
    if not body:
        return []
    return [*_context(body), *_content(body)]


def kind_of(body: Body) -> str:
    """Return Telnyx's word for the content, also for a message that doesn't name it."""
    named = text(body.get("type"))
    if named:
        return named
    return next((kind for kind in KINDS if kind in body), "")


def is_template(body: Body) -> bool:
    return kind_of(body) == "template"


def target_of(body: Body) -> str:
    """Return the id of the message that this one answers, reacts to, changes or deletes, as Telnyx or Meta names it."""
    inside = body.get(kind_of(body))
    if isinstance(inside, Mapping) and kind_of(body) in FOLLOWS:
        return text(inside.get("message_id")) or text(inside.get("original_message_id"))
    context = _object(body, "context")
    return text(context.get("message_id")) or text(context.get("id"))


def files(body: Body) -> list[dict[str, Any]]:
    """Return the file that came with a message, in the shape of `media`; only an address can be fetched."""
    kind = kind_of(body)
    inside = _object(body, kind) if kind in FILES else {}
    url = text(inside.get("link"), 2083) or text(inside.get("url"), 2083)
    found = {
        "url": url,
        "content_type": text(inside.get("mime_type"), 100),
        "size": inside.get("file_size"),
        "sha256": text(inside.get("sha256"), 64),
    }
    return [found] if url else []


def without_address(body: Body) -> Body:
    """Return a message without the address of its file."""
    kind = kind_of(body)
    inside = _object(body, kind) if kind in FILES else {}
    return {**body, kind: {**inside, "link": None}} if inside else body


# These are about an earlier message, and are shown under it too.
FOLLOWS = ("reaction", "edit", "revoke")


def emoji_of(body: Body) -> str:
    """Return the emoji of a reaction, or "" for one that takes the last one back."""
    return text(_object(body, "reaction").get("emoji"), 20)


def _content(body: Body) -> Iterator[Piece]:
    kind = kind_of(body)
    read = KINDS.get(kind)
    inside = body.get(kind)
    found: list[Piece] = []
    if read and isinstance(inside, Mapping | list):
        found = list(read(inside))
    if found:
        yield from found
        return
    if kind in ("unsupported", "unknown"):
        yield Piece(
            "note", _("They sent something that WhatsApp doesn't pass on to businesses, such as a poll.")
        )
        return
    if kind == "request_welcome":
        yield Piece("note", _("They opened the chat for the first time and haven't written anything yet."))
        return
    name = kind[:40] or "?"
    yield Piece(
        "note",
        _(
            "A WhatsApp message of a type this desk doesn't know yet (“%(type)s”). Its page shows the raw data."
        )
        % {"type": name},
    )


def _context(body: Body) -> Iterator[Piece]:
    context = _object(body, "context")
    if context.get("frequently_forwarded") is True:
        yield Piece("note", _("Forwarded many times"))
    elif context.get("forwarded") is True:
        yield Piece("note", _("Forwarded"))
    product = _object(context, "referred_product")
    if product:
        words = _("About the product %(id)s in your catalog")
        yield Piece("note", words % {"id": _name(product.get("product_retailer_id")) or "?"})
    ad = _object(body, "referral")
    if ad:
        headline = _name(ad.get("headline")) or _name(ad.get("source_url")) or "?"
        yield Piece("note", _("They came from your ad or post: %(name)s") % {"name": headline})


# What each type holds.


def _text(inside: Body) -> Iterator[Piece]:
    if text(inside.get("body")):
        yield Piece("text", inside["body"])


FILES: Mapping[str, Words] = {
    "image": gettext_lazy("Picture"),
    "video": gettext_lazy("Video"),
    "audio": gettext_lazy("Audio"),
    "voice": gettext_lazy("Voice message"),
    "document": gettext_lazy("Document"),
    "sticker": gettext_lazy("Sticker"),
}


def _file(kind: str) -> Callable[[Body], Iterator[Piece]]:
    def read(inside: Body) -> Iterator[Piece]:
        named = "voice" if kind == "audio" and inside.get("voice") is True else kind
        name = _name(inside.get("filename")) or _name(inside.get("link"))
        words = _("%(kind)s: %(name)s") if name else "%(kind)s"
        yield Piece("heading", words % {"kind": FILES[named], "name": name})
        if text(inside.get("caption")):
            yield Piece("text", inside["caption"])

    return read


def _location(inside: Body) -> Iterator[Piece]:
    yield Piece("place", place(inside))
    for name in ("name", "address"):
        if _name(inside.get(name)):
            yield Piece("text", _name(inside.get(name)))


def place(at: Body) -> str:
    """Return coordinates as people copy them into a map; Telnyx writes them as numbers or as texts."""
    told = [number for name in ("latitude", "longitude") if (number := _coordinate(at.get(name)))]
    return _("Location: %(place)s") % {"place": ", ".join(told) if len(told) == 2 else "?"}


def _coordinate(value: Any) -> str:
    try:
        number = float(value) if not isinstance(value, bool) else 1000.0
    except (TypeError, ValueError):
        return ""
    return f"{number:.6f}".rstrip("0").rstrip(".") if -180 <= number <= 180 else ""


def _contacts(inside: Any) -> Iterator[Piece]:
    listed = _objects(inside)
    for one in listed:
        named = one.get("name")
        name = _name(named.get("formatted_name") if isinstance(named, Mapping) else named)
        company = _name(_object(one, "org").get("company"))
        phones = [_name(phone.get("phone") or phone.get("wa_id")) for phone in _objects(one.get("phones"))]
        emails = [_name(mail.get("email")) for mail in _objects(one.get("emails"))]
        told = " · ".join(filter(None, [name, company, *phones, *emails]))
        yield Piece("heading", _("Contact: %(details)s") % {"details": told or "?"})
    if isinstance(inside, list) and len(inside) > len(listed):
        more = len(inside) - len(listed)
        words = ngettext("and %(n)s more contact", "and %(n)s more contacts", more)
        yield Piece("note", words % {"n": more})


def _reaction(inside: Body) -> Iterator[Piece]:
    emoji = text(inside.get("emoji"), 20)
    words = _("Reaction: %(emoji)s") % {"emoji": emoji} if emoji else _("Took a reaction back")
    yield Piece("heading", words)


def _button(inside: Body) -> Iterator[Piece]:
    yield Piece("choice", _name(inside.get("text")) or _name(inside.get("payload")) or "?")


def _interactive(inside: Body) -> Iterator[Piece]:
    for reply in ("button_reply", "list_reply"):
        chosen = _object(inside, reply)
        if chosen:
            yield Piece("choice", _name(chosen.get("title")) or _name(chosen.get("id")) or "?")
            if _name(chosen.get("description")):
                yield Piece("note", _name(chosen.get("description")))
            return
    if _object(inside, "nfm_reply"):
        yield Piece("heading", _("Filled in a form in WhatsApp"))
        yield Piece("note", _("The page of the message shows the answers in its raw data."))
        return
    if _object(inside, "call_permission_reply"):
        accepted = _object(inside, "call_permission_reply").get("response") == "accept"
        yield Piece("choice", _("Allowed calls") if accepted else _("Didn't allow calls"))
        return
    yield from _offered(inside)


def _offered(inside: Body) -> Iterator[Piece]:
    """Yield what we offered to choose from: heading, text, buttons, rows or cards."""
    yield from _head(_object(inside, "header"))
    if text(_object(inside, "body").get("text")):
        yield Piece("text", _object(inside, "body")["text"])
    if _name(_object(inside, "footer").get("text")):
        yield Piece("note", _name(_object(inside, "footer").get("text")))
    action = _object(inside, "action")
    for button in _objects(action.get("buttons")):
        yield Piece("offer", _name(_object(button, "reply").get("title")) or "?")
    link = _object(action, "parameters")
    if link:
        yield Piece(
            "offer", " → ".join(filter(None, map(_name, (link.get("display_text"), link.get("url")))))
        )
    if inside.get("type") == "location_request_message":
        yield Piece("offer", _("Send location"))
    if inside.get("type") == "list":
        yield Piece("offer", _("%(button)s (opens a list)") % {"button": _name(action.get("button")) or "?"})
    for section in _objects(action.get("sections")):
        rows = [_row(row) for row in _objects(section.get("rows"))]
        products = [_name(item.get("product_retailer_id")) for item in _objects(section.get("product_items"))]
        title = _name(section.get("title")) or _("List")
        yield Piece("note", f"{title}: {'; '.join(filter(None, [*rows, *products]))}")
    for number, card in enumerate(_objects(action.get("cards")), 1):
        said = text(_object(card, "body").get("text"))
        yield Piece("heading", _("Card %(n)s: %(words)s") % {"n": number, "words": said or _("a picture")})
        yield from _head(_object(card, "header"))
        link = _object(_object(card, "action"), "parameters")
        if link:
            yield Piece("offer", _name(link.get("display_text")) or "?")


def _row(row: Body) -> str:
    described = _name(row.get("description"))
    return f"{_name(row.get('title')) or '?'}{f' ({described})' if described else ''}"


def _head(header: Body) -> Iterator[Piece]:
    for words in (_name(header.get("text")), _name(header.get("sub_text"))):
        if words:
            yield Piece("heading", words)
    for kind in FILES:
        if _object(header, kind):
            yield from _file(kind)(_object(header, kind))
    if _object(header, "location"):
        yield from _location(_object(header, "location"))


def _template(inside: Body) -> Iterator[Piece]:
    name = _name(inside.get("name")) or _name(inside.get("template_id")) or "?"
    language = _name(_object(inside, "language").get("code"))
    words = _("Template “%(name)s” (%(language)s)") if language else _("Template “%(name)s”")
    yield Piece("heading", words % {"name": name, "language": language})
    for component in _objects(inside.get("components")):
        kind = text(component.get("type"))
        values = "; ".join(_value(one) for one in _objects(component.get("parameters")))
        if not values:
            continue
        if kind == "button":
            yield Piece("offer", _("Button %(n)s: %(values)s") % {"n": _number(component), "values": values})
        elif kind == "header":
            yield Piece("note", _("In its heading: %(values)s") % {"values": values})
        else:
            yield Piece("note", _("Filled in: %(values)s") % {"values": values})


def _number(component: Body) -> str:
    index = component.get("index")
    if isinstance(index, str) and index.isascii() and index.isdigit():
        index = int(index[:3])
    return str(index + 1) if isinstance(index, int) and not isinstance(index, bool) else "?"


def _value(parameter: Body) -> str:
    """Return one value of a template; named ones with their name."""
    kind = text(parameter.get("type"))
    inside = _object(parameter, kind)
    if kind in FILES:
        told = _name(inside.get("filename") or inside.get("link")) or str(FILES[kind])
    elif kind == "location":
        told = " ".join(piece.words for piece in _location(inside))
    elif kind in ("currency", "date_time"):
        told = _name(inside.get("fallback_value")) or _name(parameter.get("text"))
    else:
        told = next(
            filter(None, (_name(parameter.get(name)) for name in ("text", "payload", "coupon_code"))), ""
        )
    named = _name(parameter.get("parameter_name"))
    return f"{named}: {told or '?'}" if named else told or "?"


def _edit(inside: Body) -> Iterator[Piece]:
    yield Piece("heading", _("Changed an earlier message. It now says:"))
    new = _object(inside, "message")
    if new and kind_of(new) != "edit":
        yield from _content(new)


def _revoke(inside: Body) -> Iterator[Piece]:
    yield Piece("heading", _("Deleted an earlier message in WhatsApp"))
    yield Piece("note", _("This desk keeps what it had received before."))


def _system(inside: Body) -> Iterator[Piece]:
    yield Piece("note", _("WhatsApp says: %(words)s") % {"words": _name(inside.get("body")) or "?"})
    number = _name(inside.get("new_wa_id") or inside.get("wa_id"))
    if number:
        yield Piece("note", _("Their new number: %(number)s") % {"number": number})


def _order(inside: Body) -> Iterator[Piece]:
    items = _objects(inside.get("product_items"))
    many = ngettext("Order of %(n)s product", "Order of %(n)s products", len(items)) % {"n": len(items)}
    yield Piece("heading", many)
    for item in items:
        amount, price = _name(str(item.get("quantity") or "?")), _name(str(item.get("item_price") or ""))
        told = f"{amount} × {_name(item.get('product_retailer_id')) or '?'}"
        yield Piece(
            "note", " · ".join(filter(None, [told, f"{price} {_name(item.get('currency'))}".strip()]))
        )
    if text(inside.get("text")):
        yield Piece("text", inside["text"])


KINDS: Mapping[str, Callable[[Any], Iterator[Piece]]] = {
    "text": _text,
    **{kind: _file(kind) for kind in FILES},
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "button": _button,
    "interactive": _interactive,
    "template": _template,
    "edit": _edit,
    "revoke": _revoke,
    "system": _system,
    "order": _order,
}


def _object(owner: Body, name: str) -> Body:
    found = owner.get(name)
    return found if isinstance(found, Mapping) else {}


def _objects(value: Any) -> list[Body]:
    listed = value if isinstance(value, list) else []
    return [one for one in listed if isinstance(one, Mapping)][:MOST_ITEMS]


def _name(value: Any) -> str:
    """Return a short text on one line, or "" for anything that isn't one."""
    return " ".join(text(value, LONGEST_NAME).split())
