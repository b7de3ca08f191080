"""Remove the second factor of somebody who lost it and their recovery codes, if no administrator can in the desk."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext_lazy as _

from messaging.desk import factors


class Command(BaseCommand):
    help = "Remove a person's sign-in codes and passkeys, so that the password alone lets them in to set up new ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the user name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user called {name}.")
        if not factors.turn_off(user, user, _("The second factor was removed on the server")):
            raise CommandError(f"{name} has no second factor.")
        self.stdout.write(f"Removed. The next log-in of {name} asks for the password alone.")
