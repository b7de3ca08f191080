"""What is wrong with WhatsApp content: one sentence per problem, with the member it is about (docs/telnyx.md, T10.1).

Nothing here assumes that a value has the right type. What passes is valid according to Telnyx's description, apart
from the members that only Meta describes (T10.3).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from messaging.sending import shape
from messaging.sending.shape import E164, Found, Problem

from . import limits

TEMPLATE_NAME = re.compile(r"[a-z0-9_]+", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,4})?", re.ASCII)
PARAMETER_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)

Body = Mapping[str, Any]
Check = Callable[[Any, str], Found]


def problems(content: Any) -> list[Problem]:
    """Return everything that is wrong with the content, in order; empty if it can be sent."""
    return list(_content(content))


def _content(content: Any) -> Found:
    yield from shape.only(content, "", (*limits.TYPES, *limits.ALONG))
    if not isinstance(content, Mapping):
        return
    kind = content.get("type")
    if kind not in limits.TYPES:
        yield Problem("type" if "type" in content else "", _("Choose what to send."))
        return
    for other in limits.TYPES:
        if other != kind and other in content:
            words = _(
                "A message holds only one thing, and this one holds “%(kind)s”. Remove this, or send it "
                "separately."
            )
            yield Problem(other, words % {"kind": kind})
    yield from CHECKS[kind](content.get(kind, [] if kind == "contacts" else {}), kind)
    if "context" in content:
        yield from _context(content["context"], kind)
    yield from shape.text(content, "biz_opaque_callback_data", "", limits.LONGEST_REFERENCE)


def _context(context: Any, kind: str) -> Found:
    yield from shape.only(context, "context", ("message_id",))
    if kind == "reaction":
        yield Problem("context", _("A reaction already names its message. Remove the reply."))
    elif isinstance(context, Mapping):
        missing = _("Type the WhatsApp ID of the message you reply to, or remove the reply.")
        yield from shape.text(context, "message_id", "context", None, missing)


# Text, files, places and people.


def _text(value: Any, pointer: str) -> Found:
    yield from shape.only(value, pointer, ("body", "preview_url"))
    if isinstance(value, Mapping):
        yield from shape.text(value, "body", pointer, limits.LONGEST_TEXT, _("Type a text."), in_bytes=True)
        yield from shape.yes_or_no(value, "preview_url", pointer)


def _file(*names: str) -> Check:
    """Return the check of a file with these members; Telnyx describes all of them for every kind of file."""

    def check(value: Any, pointer: str) -> Found:
        yield from shape.only(value, pointer, names, elsewhere=FILE)
        if not isinstance(value, Mapping):
            return
        yield from shape.url(value, "link", pointer, limits.LONGEST_URL, _("Type the file URL."))
        if "caption" in names:
            yield from shape.text(value, "caption", pointer, limits.LONGEST_CAPTION, in_bytes=True)
        if "filename" in names:
            yield from shape.text(value, "filename", pointer, limits.LONGEST_FILENAME)
        if "voice" in names:
            yield from shape.yes_or_no(value, "voice", pointer)

    return check


FILE = ("link", "caption", "filename", "voice")
_plain_file, _document_of_header = _file("link"), _file("link", "filename")


def _location(value: Any, pointer: str) -> Found:
    yield from shape.only(value, pointer, ("latitude", "longitude", "name", "address"))
    if isinstance(value, Mapping):
        yield from _degrees(value, "latitude", pointer, limits.MOST_LATITUDE)
        yield from _degrees(value, "longitude", pointer, limits.MOST_LONGITUDE)
        yield from shape.text(value, "name", pointer, limits.LONGEST_BODY)
        yield from shape.text(value, "address", pointer, limits.LONGEST_BODY)


def _degrees(place: Body, name: str, pointer: str, most: int) -> Found:
    """Check a coordinate: Telnyx takes it as a string."""
    value: Any = place.get(name)
    found = isinstance(value, str) and re.fullmatch(r"-?\d{1,3}(\.\d{1,15})?", value, re.ASCII)
    if not found or abs(float(value)) > most:
        words = _("Type a number from -%(most)s to %(most)s, such as 39.7392.")
        yield Problem(shape.at(pointer, name), words % {"most": most})


def _contacts(value: Any, pointer: str) -> Found:
    if not isinstance(value, list):
        yield Problem(pointer, shape.malformed())
        return
    if not value:
        yield Problem(pointer, _("Add a contact."))
    if len(value) > limits.MOST_CONTACTS:
        words = _("At most %(most)s contacts; you have %(n)s.")
        yield Problem(pointer, words % {"most": limits.MOST_CONTACTS, "n": len(value)})
    for place, contact in enumerate(value):
        yield from _contact(contact, shape.at(pointer, place))


NAME = ("formatted_name", "first_name", "middle_name", "last_name", "prefix", "suffix")
ADDRESS = ("street", "city", "state", "zip", "country", "country_code", "type")
LISTS = {"phones": ("phone", "wa_id", "type"), "emails": ("email", "type"), "urls": ("url", "type")}


def _contact(contact: Any, pointer: str) -> Found:
    yield from shape.only(contact, pointer, ("name", "org", "birthday", "addresses", *LISTS))
    if not isinstance(contact, Mapping):
        return
    yield from _contact_name(contact.get("name", {}), shape.at(pointer, "name"))
    if "org" in contact:
        yield from _texts(contact["org"], shape.at(pointer, "org"), ("company", "department", "title"))
    if "birthday" in contact and not _is_day(contact["birthday"]):
        yield Problem(shape.at(pointer, "birthday"), _("Type the day as 1990-12-31."))
    for name, members in {**LISTS, "addresses": ADDRESS}.items():
        rows, here = contact.get(name, []), shape.at(pointer, name)
        if not isinstance(rows, list):
            yield Problem(here, shape.malformed())
            continue
        for place, row in enumerate(rows):
            yield from _contact_row(name, row, shape.at(here, place), members)


def _contact_name(name: Any, pointer: str) -> Found:
    missing = _("Type the name.")
    if isinstance(name, str):  # so the description has it; the client, which is newer, has an object
        yield from shape.text({"name": name}, "name", pointer.removesuffix(".name"), None, missing)
        return
    yield from shape.only(name, pointer, NAME)
    if isinstance(name, Mapping):
        yield from shape.text(name, "formatted_name", pointer, None, missing)
        for member in NAME[1:]:
            yield from shape.text(name, member, pointer, None)


def _contact_row(name: str, row: Any, pointer: str, members: Sequence[str]) -> Found:
    yield from _texts(row, pointer, [member for member in members if member != "url"], members)
    if not isinstance(row, Mapping):
        return
    if name == "phones" and not E164.fullmatch(str(row.get("phone", ""))):
        words = _("Type the number with its country code, digits only, such as +13125550123.")
        yield Problem(shape.at(pointer, "phone"), words)
    if name == "emails" and not re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", str(row.get("email", ""))):
        yield Problem(shape.at(pointer, "email"), _("Type an email address."))
    if name == "urls":
        yield from shape.url(row, "url", pointer, limits.LONGEST_URL, _("Type the web address."))


def _texts(value: Any, pointer: str, names: Sequence[str], allowed: Sequence[str] = ()) -> Found:
    yield from shape.only(value, pointer, allowed or names)
    if isinstance(value, Mapping):
        for name in names:
            yield from shape.text(value, name, pointer, None)


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _reaction(value: Any, pointer: str) -> Found:
    yield from shape.only(value, pointer, ("message_id", "emoji"))
    if not isinstance(value, Mapping):
        return
    missing = _("Type the WhatsApp ID of the message to react to.")
    yield from shape.text(value, "message_id", pointer, None, missing)
    emoji = value.get("emoji")
    if emoji == "":
        return  # takes an earlier reaction back
    if not isinstance(emoji, str) or len(emoji) > limits.LONGEST_EMOJI or emoji.isascii() or " " in emoji:
        yield Problem(shape.at(pointer, "emoji"), _("Type one emoji."))


# Buttons, lists and cards.


def _interactive(value: Any, pointer: str) -> Found:
    yield from shape.only(value, pointer, ("type", "header", "body", "footer", "action"))
    if not isinstance(value, Mapping):
        return
    yield from shape.one_of(value, "type", pointer, limits.INTERACTIVE)
    kind = value.get("type")
    if kind not in limits.INTERACTIVE:
        return
    yield from _words(value, "body", pointer, limits.LONGEST_BODY, _("Type the text."))
    bare = kind in ("location_request_message", "carousel")
    for name in ("header", "footer"):
        if bare and name in value:
            yield Problem(shape.at(pointer, name), _("WhatsApp doesn't show this here. Remove it."))
    if "header" in value and not bare:
        kinds = ("text",) if kind == "list" else limits.HEADERS
        yield from _header(value["header"], shape.at(pointer, "header"), kinds)
    if "footer" in value and not bare:
        yield from _words(value, "footer", pointer, limits.LONGEST_FOOTER)
    yield from ACTIONS[kind](value.get("action", {}), shape.at(pointer, "action"))


def _words(owner: Body, name: str, pointer: str, longest: int, missing: str = "") -> Found:
    """Check a part that holds only a text."""
    here = shape.at(pointer, name)
    part = owner.get(name, {})
    yield from shape.only(part, here, ("text",))
    if isinstance(part, Mapping):
        yield from shape.text(part, "text", here, longest, missing or shape.empty())


def _header(header: Any, pointer: str, kinds: Sequence[str]) -> Found:
    yield from shape.only(header, pointer, ("type", "sub_text", *limits.HEADERS))
    if not isinstance(header, Mapping):
        return
    # Described only by the client, which says it is required (docs/telnyx.md, T10.4).
    yield from shape.one_of(header, "type", pointer, kinds)
    kind: Any = header.get("type")
    if kind not in kinds:
        return
    for other in limits.HEADERS:
        if other in header and other != kind:
            yield Problem(shape.at(pointer, other), _("A header holds only one thing. Remove this."))
    if kind == "text":
        yield from shape.text(header, "text", pointer, limits.LONGEST_HEADER, _("Type the header."))
        yield from shape.text(header, "sub_text", pointer, limits.LONGEST_HEADER)
    else:
        file = _document_of_header if kind == "document" else _plain_file
        yield from file(header.get(kind, {}), shape.at(pointer, kind))


def _rows(
    owner: Body, name: str, pointer: str, sizes: tuple[int, int], too_few: str, too_many: str
) -> list[Any] | Problem:
    """Return the rows of a list, or what is wrong with the list itself."""
    rows, here = owner.get(name, []), shape.at(pointer, name)
    if not isinstance(rows, list):
        return Problem(here, shape.malformed())
    if len(rows) < sizes[0]:
        return Problem(here, too_few % {"fewest": sizes[0]})
    if len(rows) > sizes[1]:
        return Problem(here, too_many % {"most": sizes[1], "n": len(rows)})
    return rows


ACTION = (
    *("button", "buttons", "cards", "catalog_id", "mode", "name", "parameters", "product_retailer_id"),
    "sections",
)


def _buttons(action: Any, pointer: str) -> Found:
    yield from shape.only(action, pointer, ("buttons",), elsewhere=ACTION)
    if not isinstance(action, Mapping):
        return
    too_many = _("At most %(most)s buttons; you have %(n)s.")
    rows = _rows(action, "buttons", pointer, (1, limits.MOST_BUTTONS), _("Add a button."), too_many)
    if isinstance(rows, Problem):
        yield rows
        return
    here = shape.at(pointer, "buttons")
    for place, row in enumerate(rows):
        yield from _button(row, shape.at(here, place))
    replies = [row.get("reply") if isinstance(row, Mapping) else None for row in rows]
    yield from _repeated(replies, "title", here, "reply.", _("Two buttons have the same words."))
    yield from _repeated(replies, "id", here, "reply.", _("Two buttons have the same ID."))


def _button(row: Any, pointer: str) -> Found:
    yield from shape.only(row, pointer, ("type", "reply"))
    if isinstance(row, Mapping):
        yield from shape.one_of(row, "type", pointer, ("reply",))
        here, reply = shape.at(pointer, "reply"), row.get("reply", {})
        yield from shape.only(reply, here, ("id", "title"))
        if isinstance(reply, Mapping):
            yield from shape.text(reply, "title", here, limits.LONGEST_TITLE, _("Type the button text."))
            missing = _("Type an ID: it says which button was tapped.")
            yield from shape.text(reply, "id", here, limits.LONGEST_BUTTON_ID, missing)


def _repeated(rows: Sequence[Any], name: str, pointer: str, inside: str, words: str) -> Found:
    seen: set[str] = set()
    for place, row in enumerate(rows):
        value = row.get(name) if isinstance(row, Mapping) else None
        if isinstance(value, str) and value:
            if value in seen:
                yield Problem(f"{pointer}.{place}.{inside}{name}", words)
            seen.add(value)


def _list(action: Any, pointer: str) -> Found:
    yield from shape.only(action, pointer, ("button", "sections"), elsewhere=ACTION)
    if not isinstance(action, Mapping):
        return
    missing = _("Type the words of the button that opens the list.")
    yield from shape.text(action, "button", pointer, limits.LONGEST_TITLE, missing)
    too_many = _("At most %(most)s sections; you have %(n)s.")
    sections = _rows(action, "sections", pointer, (1, limits.MOST_SECTIONS), _("Add a section."), too_many)
    if isinstance(sections, Problem):
        yield sections
        return
    here = shape.at(pointer, "sections")
    for place, section in enumerate(sections):
        yield from _section(section, shape.at(here, place), needs_title=len(sections) > 1)
    rows = [
        (f"{here}.{place}.rows.{number}", row)
        for place, section in enumerate(sections)
        if isinstance(section, Mapping) and isinstance(section.get("rows"), list)
        for number, row in enumerate(section["rows"])
    ]
    if len(rows) > limits.MOST_ROWS:
        words = _("A list has at most %(most)s rows in all its sections; you have %(n)s.")
        yield Problem(here, words % {"most": limits.MOST_ROWS, "n": len(rows)})
    seen: set[str] = set()
    for row_pointer, row in rows:
        id = row.get("id") if isinstance(row, Mapping) else None
        if isinstance(id, str) and id in seen:
            yield Problem(f"{row_pointer}.id", _("Two rows have the same ID."))
        seen.add(id if isinstance(id, str) else "")


def _section(section: Any, pointer: str, *, needs_title: bool) -> Found:
    yield from shape.only(section, pointer, ("title", "rows"), elsewhere=("product_items",))
    if not isinstance(section, Mapping):
        return
    missing = _("Type a title; each section of several needs one.") if needs_title else ""
    yield from shape.text(section, "title", pointer, limits.LONGEST_SECTION_TITLE, missing)
    too_many = _("At most %(most)s rows; you have %(n)s.")
    rows = _rows(section, "rows", pointer, (1, limits.MOST_ROWS), _("Add a row."), too_many)
    if isinstance(rows, Problem):
        yield rows
        return
    for place, row in enumerate(rows):
        here = shape.at(shape.at(pointer, "rows"), place)
        yield from shape.only(row, here, ("id", "title", "description"))
        if isinstance(row, Mapping):
            yield from shape.text(row, "title", here, limits.LONGEST_ROW_TITLE, _("Type the row's title."))
            yield from shape.text(row, "description", here, limits.LONGEST_ROW_DESCRIPTION)
            missing = _("Type an ID: it says which row was chosen.")
            yield from shape.text(row, "id", here, limits.LONGEST_ROW_ID, missing)


def _link(action: Any, pointer: str) -> Found:
    yield from shape.only(action, pointer, ("name", "parameters"), elsewhere=ACTION)
    if not isinstance(action, Mapping):
        return
    yield from shape.one_of(action, "name", pointer, ("cta_url",))
    here, given = shape.at(pointer, "parameters"), action.get("parameters", {})
    yield from shape.only(given, here, ("display_text", "url"))
    if isinstance(given, Mapping):
        yield from shape.text(given, "display_text", here, limits.LONGEST_TITLE, _("Type the button text."))
        yield from shape.url(given, "url", here, limits.LONGEST_URL, _("Type the URL the button opens."))


def _ask_location(action: Any, pointer: str) -> Found:
    yield from shape.only(action, pointer, ("name",), elsewhere=ACTION)
    if isinstance(action, Mapping):
        yield from shape.one_of(action, "name", pointer, ("send_location",))


def _carousel(action: Any, pointer: str) -> Found:
    yield from shape.only(action, pointer, ("cards",), elsewhere=ACTION)
    if not isinstance(action, Mapping):
        return
    too_few = _("A carousel needs at least %(fewest)s cards. Add one.")
    too_many = _("At most %(most)s cards; you have %(n)s.")
    sizes = (limits.FEWEST_CARDS, limits.MOST_CARDS)
    cards = _rows(action, "cards", pointer, sizes, too_few, too_many)
    if isinstance(cards, Problem):
        yield cards
        return
    for place, card in enumerate(cards):
        yield from _card(card, shape.at(shape.at(pointer, "cards"), place), place)


def _card(card: Any, pointer: str, place: int) -> Found:
    yield from shape.only(card, pointer, ("card_index", "type", "header", "body", "action"))
    if not isinstance(card, Mapping):
        return
    if card.get("card_index") != place or isinstance(card.get("card_index"), bool):
        words = _("The cards are numbered from 0 in their order: this one is %(n)s.")
        yield Problem(shape.at(pointer, "card_index"), words % {"n": place})
    yield from shape.one_of(card, "type", pointer, ("cta_url",))
    here, header = shape.at(pointer, "header"), card.get("header", {})
    yield from shape.only(header, here, ("type", "image", "video"))
    if isinstance(header, Mapping):
        yield from shape.one_of(header, "type", here, ("image", "video"))
        kind = header.get("type")
        if kind in ("image", "video"):
            yield from _plain_file(header.get(kind, {}), shape.at(here, kind))
            other = "video" if kind == "image" else "image"
            if other in header:
                yield Problem(shape.at(here, other), _("A header holds only one thing. Remove this."))
    if "body" in card:
        yield from _words(card, "body", pointer, limits.LONGEST_CARD_BODY)
        said = card["body"].get("text") if isinstance(card["body"], Mapping) else ""
        if isinstance(said, str) and said.count("\n") > limits.MOST_LINE_BREAKS:
            yield Problem(f"{pointer}.body.text", _("At most 2 line breaks."))
    yield from _card_action(card.get("action", {}), shape.at(pointer, "action"))


def _card_action(action: Any, pointer: str) -> Found:
    """Check what a card leads to: a page, as Meta has it, or a product of a catalog, as Telnyx describes it."""
    if isinstance(action, Mapping) and "catalog_id" not in action and "product_retailer_id" not in action:
        yield from _link(action, pointer)
        return
    yield from shape.only(action, pointer, ("catalog_id", "product_retailer_id"))
    if isinstance(action, Mapping):
        yield from shape.text(action, "catalog_id", pointer, None, _("Type the catalog's ID."))
        yield from shape.text(action, "product_retailer_id", pointer, None, _("Type the product's ID."))


ACTIONS: Mapping[str, Check] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _link,
    "location_request_message": _ask_location,
    "carousel": _carousel,
}


# Templates.


def _template(value: Any, pointer: str) -> Found:
    yield from shape.only(value, pointer, ("template_id", "name", "language", "components"))
    if not isinstance(value, Mapping):
        return
    if "template_id" in value:
        yield from shape.text(value, "template_id", pointer, None)
        for name in ("name", "language"):
            if name in value:
                words = _("With a template ID, Telnyx finds the name and language itself. Remove this.")
                yield Problem(shape.at(pointer, name), words)
    else:
        yield from _template_name(value, pointer)
    yield from _components(value.get("components", []), shape.at(pointer, "components"))


def _template_name(value: Body, pointer: str) -> Found:
    missing = _("Type the template's name, or its Telnyx ID.")
    wrong = list(shape.text(value, "name", pointer, limits.LONGEST_TEMPLATE_NAME, missing))
    yield from wrong
    if not wrong and not TEMPLATE_NAME.fullmatch(value["name"]):
        words = _("A template's name has only lowercase letters, digits and _, such as order_ready.")
        yield Problem(shape.at(pointer, "name"), words)
    here, language = shape.at(pointer, "language"), value.get("language", {})
    yield from shape.only(language, here, ("code", "policy"))
    if isinstance(language, Mapping):
        missing = _("Type the template's language as approved, such as en_US.")
        wrong = list(shape.text(language, "code", here, None, missing))
        yield from wrong
        if not wrong and not LANGUAGE.fullmatch(language["code"]):
            yield Problem(shape.at(here, "code"), _("Type the language as approved, such as en_US or de."))
        yield from shape.one_of(language, "policy", here, ("deterministic",), needed=False)


def _components(listed: Any, pointer: str) -> Found:
    if not isinstance(listed, list):
        yield Problem(pointer, shape.malformed())
        return
    seen: set[Any] = set()
    for place, component in enumerate(listed):
        here = shape.at(pointer, place)
        yield from shape.only(component, here, ("type", "sub_type", "index", "parameters"))
        if not isinstance(component, Mapping):
            continue
        yield from shape.one_of(component, "type", here, limits.COMPONENTS)
        kind = component.get("type")
        if kind not in limits.COMPONENTS:
            continue
        index = component.get("index")
        key = (kind, index if isinstance(index, int | str) else None)
        if key in seen:
            again = _("This button is here twice.") if kind == "button" else _("This part is here twice.")
            yield Problem(here, again)
        seen.add(key)
        if kind == "button":
            yield from _template_button(component, here)
        else:
            yield from _template_words(component, here, kind)


def _parameters(component: Body, pointer: str) -> list[Any] | Problem:
    listed, here = component.get("parameters", []), shape.at(pointer, "parameters")
    if not isinstance(listed, list):
        return Problem(here, shape.malformed())
    return listed or Problem(here, _("Add a value, or remove this part."))


def _template_words(component: Body, pointer: str, kind: str) -> Found:
    for name in ("sub_type", "index"):
        if name in component:
            yield Problem(shape.at(pointer, name), _("Only buttons have this. Remove it."))
    listed = _parameters(component, pointer)
    if isinstance(listed, Problem):
        yield listed
        return
    here = shape.at(pointer, "parameters")
    if kind == "header" and len(listed) > 1:
        yield Problem(here, _("A header has one value. Remove the others."))
    kinds = limits.HEADER_VALUES if kind == "header" else limits.BODY_VALUES
    for place, value in enumerate(listed):
        yield from _value(value, shape.at(here, place), kinds)
    named = [isinstance(value, Mapping) and "parameter_name" in value for value in listed]
    if any(named) and not all(named):
        yield Problem(here, _("Give every value a name, or none of them."))
    yield from _repeated(listed, "parameter_name", here, "", _("Two values have the same name."))


def _value(value: Any, pointer: str, kinds: Sequence[str]) -> Found:
    if not isinstance(value, Mapping):
        yield Problem(pointer, shape.malformed())
        return
    yield from shape.one_of(value, "type", pointer, kinds)
    kind: Any = value.get("type")
    if kind not in kinds:
        return
    yield from shape.only(value, pointer, ("type", "parameter_name", kind))
    if "parameter_name" in value:
        wrong = list(shape.text(value, "parameter_name", pointer, None))
        yield from wrong
        if not wrong and not PARAMETER_NAME.fullmatch(value["parameter_name"]):
            words = _("A name has only lowercase letters, digits and _, such as first_name.")
            yield Problem(shape.at(pointer, "parameter_name"), words)
    if kind == "text":
        yield from shape.text(value, "text", pointer, limits.LONGEST_VALUE, _("Type the value."))
    else:
        yield from VALUES[kind](value.get(kind, {}), shape.at(pointer, kind))


def _currency(value: Any, pointer: str) -> Found:
    yield from shape.only(value, pointer, ("fallback_value", "code", "amount_1000"))
    if not isinstance(value, Mapping):
        return
    missing = _("Type the amount in words, such as $12.50: phones that can't format it show this.")
    yield from shape.text(value, "fallback_value", pointer, limits.LONGEST_VALUE, missing)
    if not CURRENCY.fullmatch(str(value.get("code", ""))):
        yield Problem(shape.at(pointer, "code"), _("Type the three letters of the currency, such as USD."))
    amount = value.get("amount_1000")
    if not isinstance(amount, int) or isinstance(amount, bool) or not -(10**15) < amount < 10**15:
        yield Problem(shape.at(pointer, "amount_1000"), _("Type the amount, such as 12.50."))


def _date_time(value: Any, pointer: str) -> Found:
    yield from shape.only(value, pointer, ("fallback_value",))
    if isinstance(value, Mapping):
        missing = _("Type the day or time as they read it, such as March 3, 4 pm.")
        yield from shape.text(value, "fallback_value", pointer, limits.LONGEST_VALUE, missing)


VALUES: Mapping[str, Check] = {
    "image": _plain_file,
    "video": _plain_file,
    "document": _document_of_header,
    "location": _location,
    "currency": _currency,
    "date_time": _date_time,
}
# What fills in a button: the type of its value, and what is said if it is missing.
BUTTON_VALUES = {"quick_reply": ("payload", "text"), "url": ("text",), "copy_code": ("coupon_code",)}
LONGEST_OF_BUTTON = {
    "payload": limits.LONGEST_PAYLOAD,
    "text": limits.LONGEST_URL,
    "coupon_code": limits.LONGEST_CODE,
}


def _template_button(component: Body, pointer: str) -> Found:
    yield from shape.one_of(component, "sub_type", pointer, limits.BUTTONS)
    index = component.get("index")
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < limits.MOST_TEMPLATE_BUTTONS:
        words = _("Say which button it is: 0 is the first, 9 the tenth.")
        yield Problem(shape.at(pointer, "index"), words)
    kinds = BUTTON_VALUES.get(str(component.get("sub_type")))
    if kinds is None:
        return
    listed = _parameters(component, pointer)
    if isinstance(listed, Problem):
        yield listed
        return
    here = shape.at(pointer, "parameters")
    if len(listed) > 1:
        yield Problem(here, _("A button has one value. Remove the others."))
    for place, value in enumerate(listed):
        there = shape.at(here, place)
        if not isinstance(value, Mapping):
            yield Problem(there, shape.malformed())
            continue
        yield from shape.one_of(value, "type", there, kinds)
        kind = value.get("type")
        if kind in kinds:
            yield from shape.only(value, there, ("type", kind))
            yield from shape.text(value, kind, there, LONGEST_OF_BUTTON[kind], _("Type the value."))


CHECKS: Mapping[str, Check] = {
    "text": _text,
    "image": _file("link", "caption"),
    "video": _file("link", "caption"),
    "audio": _file("link", "voice"),
    "document": _file("link", "caption", "filename"),
    "sticker": _plain_file,
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "interactive": _interactive,
    "template": _template,
}
