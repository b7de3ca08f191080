"""What the team adds to the search: the people with a login, for those who may see them."""

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import finding
from messaging.desk.finding import Found, Hit

from .people import name

VIEW = "auth.view_user"


def people(user: User, term: str) -> Found | None:
    """Return the people whose name or user name has every word. One query of a short table."""
    if not user.has_perm(VIEW):
        return None
    rows = finding.people_called(term).order_by("username")
    found, has_more = finding.first(rows[: finding.MOST + 1])
    hits = [Hit(name(row), row.username, reverse("admin:auth_user_change", args=[row.pk])) for row in found]
    return Found(_("People"), hits, has_more, reverse("admin:auth_user_changelist"))
