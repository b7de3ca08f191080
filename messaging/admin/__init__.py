"""The admin pages of this app; Django looks for them here."""

from . import autoresponses, compose, exports, messages, optouts, outbox_cards, people, profiles, senders

__all__ = [
    "autoresponses",
    "compose",
    "exports",
    "messages",
    "optouts",
    "outbox_cards",
    "people",
    "profiles",
    "senders",
]
