"""Remove the second factor of somebody who lost it and their recovery codes, if no administrator can in the desk."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from messaging.desk import factors


class Command(BaseCommand):
    help = (
        "Remove a person's sign-in codes and passkeys, so that the password alone lets them in to set up new ones, and "
        "end all their sign-ins."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the user name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user called {name}.")
        if not factors.turn_off(user, user, _("The second factor was removed on the server")):
            raise CommandError(f"{name} has no second factor.")
        # Whoever has the lost phone or computer may still be signed in on it. The sessions are those of config.
        ended = import_module(settings.SESSION_ENGINE).end_all(user.pk)
        said = ngettext("%(ended)s sign-in has ended.", "%(ended)s sign-ins have ended.", ended) % {
            "ended": ended
        }
        self.stdout.write(f"Removed. {said} The next log-in of {name} asks for the password alone.")
