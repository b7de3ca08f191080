"""What a worker does for this app every few seconds, beside polling."""

from messaging.mirror import chores

from .log import questions

chores.register(questions.answer_due)
