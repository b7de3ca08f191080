"""The admin pages of this app; Django looks for them here."""

from . import outbox_cards, people, profiles, senders

__all__ = ["outbox_cards", "people", "profiles", "senders"]
