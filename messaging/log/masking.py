"""What a person sees of a message: other people's numbers masked and texts hidden, unless opened on record.

Lists never show more than the mask, whoever is looking. Pages and exports ask here and nowhere else.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from messaging.mirror.masking import HIDDEN, Redaction
from messaging.models import Message
from messaging.models.messages import CONTENT
from messaging.validators import display_number, mask_number, told_apart

from . import codes, customer


class Sight:
    """What one person sees of messages: those whose ids are in `opened` in full, all others masked."""

    def __init__(self, opened: Collection[int] = ()) -> None:
        self.opened = frozenset(opened)

    def is_open(self, message: Message) -> bool:
        return message.pk in self.opened

    def their_number(self, message: Message) -> str:
        """Return the address of the other side as this person may see it."""
        if not message.their_address:
            return _("(no number)")
        if self.is_open(message):
            return display_number(message.their_address)
        return mask_number(message.their_address)

    def their_numbers(self, messages: Iterable[Message]) -> dict[str, str]:
        """Return how a list writes the addresses of the other sides: masked, and told apart where they look alike."""
        return told_apart(message.their_address for message in messages if message.their_address)

    def spoken_number(self, message: Message, language: str) -> str:
        """Return the number as the customer is told it, within a sentence."""
        if self.is_open(message) or not message.their_address.startswith("+"):
            return self.their_number(message)
        return customer.ending(message.their_address[-4:], language)

    def our_number(self, message: Message) -> str:
        return display_number(message.our_address) if message.our_address else _("(no number)")

    def text(self, message: Message) -> str | None:
        """Return the text, or None if it is hidden."""
        return message.text if self.is_open(message) else None

    def error(self, message: Message, error: Mapping[str, Any]) -> dict[str, str]:
        """Return code, title and detail in Telnyx's words, without what they repeat from a masked message."""
        told = {name: str(error.get(name) or "") for name in ("code", "title", "detail")}
        if self.is_open(message):
            return told
        hidden = [content for name in CONTENT if (content := getattr(message, name))]
        if not hidden:  # never known, or erased by now: we can't tell what repeats it
            title = explained(told["code"], message.their_line_type)
            return {"code": told["code"], "title": title, "detail": HIDDEN if told["detail"] else ""}
        redaction = Redaction([message.our_address])
        redaction.json(hidden)
        return {name: redaction.words(words) for name, words in told.items()}


def explained(code: str, line_type: str) -> str:
    """Return what a code means in our words, for where Telnyx's can't be shown; "" for an unknown code."""
    known = codes.explain(code, line_type)
    return str(known.title) if known else ""


class Whole(Sight):
    """What people see who may open everything at once, on record."""

    def is_open(self, message: Message) -> bool:
        return True


LIST = Sight()
