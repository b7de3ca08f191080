"""What the home page says about the team: whose logins are disabled while they still have work."""

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q

from . import kinds

MOST = 5


def left_behind(user: User) -> list[User]:
    """Return people whose login is disabled and who still have work that this person may give away. One query."""
    mine = kinds.changed_by(user)
    if not mine:
        return []
    has_work = Q()
    for kind in mine:
        has_work |= Q(Exists(kind.model.objects.filter(assigned_to=OuterRef("pk"))))
    return list(User.objects.filter(has_work, is_active=False).order_by("username")[:MOST])
