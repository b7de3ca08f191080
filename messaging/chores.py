"""What a worker does for this app every few seconds, beside polling."""

from messaging.mirror import chores

from .log import questions, writing
from .media import fetch

chores.register(questions.answer_due)
chores.register(writing.write_due)
chores.register(fetch.fetch_due)
