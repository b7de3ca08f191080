"""Fill an empty demo, one kind of record at a time, in one process: every start of Django costs a second."""

import os

import django
from django.core.management import call_command

COMMANDS = ("seed_demo", "seed_messages_demo", "seed_rcs_demo", "seed_hosted_demo")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    for command in COMMANDS:
        call_command(command)


if __name__ == "__main__":
    main()
