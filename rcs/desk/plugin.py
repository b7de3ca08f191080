"""What a worker does for this app every few seconds, beside polling."""

from messaging.mirror import periodic

from ..handsets import capability_jobs

for chore in capability_jobs.CHORES:
    periodic.register(chore)
