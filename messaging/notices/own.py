"""A person's own notices."""

from typing import Any

from django.db.models import QuerySet

from messaging.models import Notice

MOST_COUNTED = 99


def of(user: Any) -> "QuerySet[Notice]":
    """Return what this person was told in the desk, newest first."""
    return Notice.objects.filter(user=user, is_in_desk=True)


def unread(user: Any) -> int:
    """Return how many of them they haven't read, at most MOST_COUNTED + 1. One query."""
    return len(of(user).filter(read_at=None).order_by().values_list("user")[: MOST_COUNTED + 1])
