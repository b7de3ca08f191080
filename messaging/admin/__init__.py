"""The admin pages of this app; Django looks for them here."""

from . import compose, outbox_cards, people

__all__ = ["compose", "outbox_cards", "people"]
