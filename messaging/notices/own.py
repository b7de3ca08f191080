"""A person's own notices."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from messaging.mirror import clock
from messaging.models import Notice

from . import kinds

MOST_COUNTED = 99
# The name of the address of a record's page: tollfree_verificationrequest_change.
OF_A_PAGE = 3


def of(user: Any) -> "QuerySet[Notice]":
    """Return what this person was told in the desk, newest first."""
    return Notice.objects.filter(user=user, is_in_desk=True)


def unread(user: Any) -> int:
    """Return how many of them they haven't read, at most MOST_COUNTED + 1. One query."""
    return len(of(user).filter(read_at=None).order_by().values_list("user")[: MOST_COUNTED + 1])


def opened(request: HttpRequest) -> int:
    """Mark as read what this person was told about the record whose page they open, as the button "Open" does.

    Return how many that were. It changes no more than this mark of their own, so a GET may do it; a script that
    refreshes the page doesn't count.
    """
    match = request.resolver_match
    names = (match.url_name or "").split("_") if match else []
    is_opened = request.method == "GET" and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    if match is None or len(names) != OF_A_PAGE or names[-1] != "change" or not is_opened:
        return 0
    about = {"resource_type__app_label": names[0], "resource_type__model": names[1]}
    rows = of(request.user).filter(read_at=None, resource_id=match.kwargs.get("object_id", ""), **about)
    # An alert about a sender leads to a page of its own.
    return rows.exclude(kind=kinds.SENDER.id).update(read_at=clock.now())
