"""Bring the database and static files up to date in one process, since every start of Django costs a second.

Demo logins have a publicly known password; only --demo makes them. Prints `demo` if they exist. If the database is
away, this exits with AWAY and one line saying why; if settings are refused, with 3 and lines saying what to do.
"""

import os
import sys
from importlib import import_module

import django
from django.apps import apps
from django.core.management import call_command
from django.db import InterfaceError, OperationalError

from .places import AWAY


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    import_module("messaging.checks").refuse_to_start()
    try:
        prepare(arguments)
    except (OperationalError, InterfaceError) as error:
        print(str(error).strip().splitlines()[-1])
        sys.exit(AWAY)


def prepare(arguments: list[str]) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    # With the previous heartbeats /readyz would call a worker alive that hasn't started yet.
    apps.get_model("mirror", "Heartbeat").objects.all().delete()
    if "--demo" in arguments:
        call_command("demo_users", verbosity=0)
    if import_module("messaging.management.commands.demo_users").open_logins():
        print("demo")


if __name__ == "__main__":
    main(sys.argv[1:])
