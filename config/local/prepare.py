"""Bring database and static files up to date, in one process: every start of Django costs a second.

Demo logins have a password that everybody knows: --demo makes them. Prints `demo` when they are there. A database that
is away ends it with AWAY and one line on why; settings that are refused end it with 3, and lines on what to do.
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
    # Signs of life from before would make /readyz call a worker alive that has not started yet.
    apps.get_model("mirror", "Heartbeat").objects.all().delete()
    if "--demo" in arguments:
        call_command("demo_users", verbosity=0)
    if import_module("messaging.management.commands.demo_users").open_logins():
        print("demo")


if __name__ == "__main__":
    main(sys.argv[1:])
