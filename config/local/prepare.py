"""Bring database and static files up to date, in one process: every start of Django costs a second.

Demo logins have a password that everybody knows: --demo makes them, --demo-when-empty only in a database without
any user. Prints `demo` when they are there, and `empty` when nobody was there before.
"""

import os
import sys

import django
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    # Signs of life from before would make /readyz call a worker alive that has not started yet.
    apps.get_model("mirror", "Heartbeat").objects.all().delete()
    users = get_user_model().objects
    empty = not users.exists()
    if empty:
        print("empty")
    if "--demo" in arguments or ("--demo-when-empty" in arguments and empty):
        call_command("demo_users", verbosity=0)
    somebody = users.filter(username="compliance").first()
    if somebody and somebody.check_password("demo"):
        print("demo")


if __name__ == "__main__":
    main(sys.argv[1:])
