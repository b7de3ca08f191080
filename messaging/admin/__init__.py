"""The admin pages of this app; Django looks for them here."""

from . import messages, outbox_cards, people

__all__ = ["messages", "outbox_cards", "people"]
