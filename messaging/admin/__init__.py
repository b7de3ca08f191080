"""The admin pages of this app; Django looks for them here."""

from . import autoresponses, optouts, outbox_cards, people

__all__ = ["autoresponses", "optouts", "outbox_cards", "people"]
