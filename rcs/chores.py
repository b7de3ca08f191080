"""What a worker does for this app every few seconds, beside polling."""

from messaging.mirror import chores

from . import asking

for chore in asking.CHORES:
    chores.register(chore)
