"""Logins for trying out the desk, one for each group of people. For private installations only."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.db.models.functions import Lower

PASSWORD = "demo"  # noqa: S105 - shown on the login page of a private installation
ADMIN = "admin"
GROUPS = ("compliance", "approver", "operator", "support", "auditor")
LOGINS = (*GROUPS, ADMIN)


def open_logins() -> list[str]:
    """Return the demo logins that still have the public password."""
    found = User.objects.annotate(name=Lower("username")).filter(name__in=LOGINS)
    known = dict(found.values_list("username", "password"))
    return sorted(name for name, encoded in known.items() if _is_public(encoded))


@lru_cache(maxsize=32)
def _is_public(encoded: str) -> bool:
    return check_password(PASSWORD, encoded)


class Command(BaseCommand):
    help = "Make the demo logins (password: demo) of a private installation; existing ones are not changed."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PRIVATE:
            raise CommandError(
                "Demo logins have a public password, so they are made only where PRIVATE=1 is set."
            )
        known = set(User.objects.filter(username__in=LOGINS).values_list("username", flat=True))
        made = [name for name in LOGINS if name not in known]
        if not made:
            return
        password = make_password(PASSWORD)
        for name in made:
            user = User.objects.create(
                username=name, password=password, is_staff=True, is_superuser=name == ADMIN
            )
            if name in GROUPS:
                user.groups.add(Group.objects.get_or_create(name=name)[0])
        self.stdout.write(f"Demo logins with the password {PASSWORD}: {', '.join(made)}")
