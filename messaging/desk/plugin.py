"""What a worker does for this app every few seconds, beside polling."""

from messaging.mirror import periodic

from ..log import questions, writing
from ..media import fetch
from . import outbox_cards

periodic.register(questions.answer_due)
periodic.register(writing.write_due)
periodic.register(fetch.fetch_due)

__all__ = ["outbox_cards"]  # its cards are on the home page once it is imported
