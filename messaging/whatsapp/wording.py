"""The words and limits for the builder and the preview, and where in a message a problem is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import outbox_words, sight
from messaging.mirror.wording import Words
from messaging.sending import in_words
from messaging.sending.shape import Placed, placed

from . import limits
from .check import problems

LIMITS: Mapping[str, int] = {
    "text": limits.LONGEST_TEXT,
    "caption": limits.LONGEST_CAPTION,
    "url": limits.LONGEST_URL,
    "filename": limits.LONGEST_FILENAME,
    "reference": limits.LONGEST_REFERENCE,
    "body": limits.LONGEST_BODY,
    "footer": limits.LONGEST_FOOTER,
    "header": limits.LONGEST_HEADER,
    "title": limits.LONGEST_TITLE,
    "button_id": limits.LONGEST_BUTTON_ID,
    "section_title": limits.LONGEST_SECTION_TITLE,
    "row_title": limits.LONGEST_ROW_TITLE,
    "row_description": limits.LONGEST_ROW_DESCRIPTION,
    "row_id": limits.LONGEST_ROW_ID,
    "card_body": limits.LONGEST_CARD_BODY,
    "template_name": limits.LONGEST_TEMPLATE_NAME,
    "value": limits.LONGEST_VALUE,
    "payload": limits.LONGEST_PAYLOAD,
    "code": limits.LONGEST_CODE,
    "contacts": limits.MOST_CONTACTS,
    "contact_rows": 20,
    "buttons": limits.MOST_BUTTONS,
    "sections": limits.MOST_SECTIONS,
    "rows": limits.MOST_ROWS,
    "cards": limits.MOST_CARDS,
    "values": 50,
    "template_buttons": limits.MOST_TEMPLATE_BUTTONS,
}

NAMES: Mapping[str, Words] = {
    "text": gettext_lazy("Text"),
    "body": gettext_lazy("Text"),
    "link": gettext_lazy("File URL"),
    "caption": gettext_lazy("Caption"),
    "filename": gettext_lazy("File name"),
    "latitude": gettext_lazy("Latitude"),
    "longitude": gettext_lazy("Longitude"),
    "address": gettext_lazy("Address"),
    "formatted_name": gettext_lazy("Full name"),
    "phone": gettext_lazy("Phone number"),
    "email": gettext_lazy("Email address"),
    "birthday": gettext_lazy("Birthday"),
    "message_id": gettext_lazy("WhatsApp ID of the message"),
    "emoji": gettext_lazy("Emoji"),
    "header": gettext_lazy("Header"),
    "footer": gettext_lazy("Footer"),
    "title": gettext_lazy("Title"),
    "description": gettext_lazy("Description"),
    "id": gettext_lazy("ID"),
    "display_text": gettext_lazy("Button text"),
    "url": gettext_lazy("Page URL"),
    "button": gettext_lazy("Button text"),
    "template_id": gettext_lazy("Template ID"),
    "code": gettext_lazy("Code"),
    "parameter_name": gettext_lazy("Name of the placeholder"),
    "fallback_value": gettext_lazy("In words"),
    "amount_1000": gettext_lazy("Amount"),
    "index": gettext_lazy("Which button"),
    "payload": gettext_lazy("Data sent back"),
    "coupon_code": gettext_lazy("Code to copy"),
    "context": gettext_lazy("Reply to"),
    "biz_opaque_callback_data": gettext_lazy("Reference"),
    "catalog_id": gettext_lazy("Catalog ID"),
    "product_retailer_id": gettext_lazy("Product ID"),
}
# The labels of the fields of a template, by their place in a part or in a value.
COMPONENTS: Mapping[str, Words] = {
    "header": gettext_lazy("Header"),
    "body": gettext_lazy("Text"),
    "button": gettext_lazy("Button value"),
}
IN_TEMPLATES: Mapping[str, Words] = {
    "sub_type": gettext_lazy("The button"),
    "text": gettext_lazy("Value"),
    "type": gettext_lazy("Type"),
    "parameter_name": gettext_lazy("Name of the placeholder"),
    "image/link": gettext_lazy("Picture URL"),
    "video/link": gettext_lazy("Video URL"),
    "document/link": gettext_lazy("Document URL"),
    "location/name": gettext_lazy("Place name"),
    "currency/code": gettext_lazy("Currency"),
    "date_time/fallback_value": gettext_lazy("The date or time as they read it"),
}
IN_BUTTONS: Mapping[str, Words] = {
    "text": gettext_lazy("End of the web address"),
    "payload": gettext_lazy("Data sent back to us"),
}
# Where an answer of Telnyx names the content.
INSIDE = "/whatsapp_message/"
# Lists, and what one of their members is called.
NUMBERED: Mapping[str, Words] = {
    "contacts": gettext_lazy("Contact %(n)s"),
    "phones": gettext_lazy("Phone %(n)s"),
    "emails": gettext_lazy("Email %(n)s"),
    "urls": gettext_lazy("Web address %(n)s"),
    "addresses": gettext_lazy("Address %(n)s"),
    "buttons": gettext_lazy("Button %(n)s"),
    "sections": gettext_lazy("Section %(n)s"),
    "rows": gettext_lazy("Row %(n)s"),
    "cards": gettext_lazy("Card %(n)s"),
    "components": gettext_lazy("Part %(n)s"),
    "parameters": gettext_lazy("Value %(n)s"),
}


def found(content: Any) -> list[Placed]:
    """Return the problems of a message, each with its place."""
    return [placed(problem, lambda steps: where(steps, content)) for problem in problems(content)]


def refused(errors: Iterable[Mapping[str, Any]]) -> Iterator[Placed]:
    """Yield what Telnyx found wrong inside a message, at its place in the content."""
    for error in errors:
        pointer = str(error.get("pointer", ""))
        if pointer.startswith(INSIDE):
            words = _("Telnyx: %(words)s") % {"words": outbox_words.said(error, sight.WHOLE)}
            inside = pointer.removeprefix(INSIDE)
            yield Placed(f"/{inside}", where(inside.split("/")), words)


def where(steps: Iterable[str], content: Any = None) -> str:
    """Return a place in words: “Section 2, row 1, title”, in a template by the labels of the fields."""
    steps = list(steps)
    component = _component(steps, content)
    if component is None:
        return in_words.where(steps, NAMES, NUMBERED)
    kind = str(component.get("type"))
    words = [COMPONENTS.get(kind) or NUMBERED["components"] % {"n": int(steps[2]) + 1}]
    inside = steps[3:]
    if inside[:1] == ["parameters"]:
        if kind == "body" and inside[1:] and inside[1].isdigit():
            words.append(NUMBERED["parameters"] % {"n": int(inside[1]) + 1})
        inside = inside[2:]
    path = "/".join(inside)
    label = IN_BUTTONS.get(path) if kind == "button" else None
    label = label or IN_TEMPLATES.get(path) or (NAMES.get(inside[-1]) if inside else None)
    return ", ".join(map(str, [*words, label] if label else words))


def _component(steps: Sequence[str], content: Any) -> Mapping[str, Any] | None:
    """Return the part of a template that a place is in, if it is in one."""
    if list(steps[:2]) != ["template", "components"] or len(steps) < 3 or not steps[2].isdigit():
        return None
    try:
        found = content["template"]["components"][int(steps[2])]
    except (KeyError, IndexError, TypeError):
        return None
    return found if isinstance(found, Mapping) else None


def config(problems: Iterable[Placed] = ()) -> dict[str, Any]:
    """Return the data the builder needs."""
    return {
        "limits": dict(LIMITS),
        "problems": [{"pointer": one.pointer, "words": one.words} for one in problems],
    }


def phone() -> dict[str, str]:
    """Return the words shown on the phone preview."""
    return {
        "nothing": _("Your text appears here as you type."),
        "no_text": _("no text yet"),
        "no_file": _("no URL yet"),
        "no_name": _("no name yet"),
        "no_place": _("no place yet"),
        "no_template": _("no template yet"),
        "no_value": _("no value yet"),
        "no_row": _("no rows yet"),
        "no_sender": _("Your business"),
        "cards": _("%n cards side by side; scroll to see them all"),
        "picture": _("Picture"),
        "video": _("Video"),
        "sound": _("Audio"),
        "voice": _("Voice message"),
        "document": _("Document"),
        "sticker": _("Sticker"),
        "file": _("File"),
        "preview": _("Link preview"),
        "reply": _("Reply to an earlier message"),
        "their_message": _("Their message"),
        "taken_back": _("The reaction is taken back"),
        "send_location": _("Send location"),
        "view_contact": _("Message"),
        "template": _("Template"),
        "template_note": _(
            "The words of a template are kept at WhatsApp and can't be shown here, only the values that fill them in."
        ),
        "header": _("Header"),
        "value": _("Value %n"),
        "button": _("Button %n"),
        "quick_reply": _("sends back %w"),
        "link": _("opens …%w"),
        "copy_code": _("copies %w"),
        "product": _("Product %w"),
        "today": _("Today"),
    }
