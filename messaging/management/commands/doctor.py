"""`manage.py doctor`: is everything here that the desk needs, and if not, what is to be done?"""

import logging
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from messaging import doctor
from messaging.mirror.checkup import Level

WORDS = {Level.OK: "OK  ", Level.LOOK: "LOOK", Level.FAILING: "FAIL"}


class Command(BaseCommand):
    help = "Look at settings, servers, keys, clocks, disks and processes, one line each. Ends with 1 if anything fails."
    # It says itself what is wrong with the settings, and goes on.
    requires_system_checks: list[str] = []  # noqa: RUF012

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("part", nargs="*", metavar="PART", help=f"only these: {', '.join(doctor.PARTS)}")

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = [name for name in options["part"] if name not in doctor.PARTS]
        if unknown:
            self.stderr.write(
                f"There is no {', '.join(unknown)} here. The parts are: {', '.join(doctor.PARTS)}."
            )
            sys.exit(2)
        # The lines say it.
        logging.disable(logging.CRITICAL)
        failed = False
        try:
            for found in doctor.examine(options["part"]):
                failed = failed or found.level == Level.FAILING
                text = " ".join(f"{found.title}: {found.said} {found.do}".split())
                self.stdout.write(f"{WORDS[found.level]}  {text}")
                self.stdout.flush()
        finally:
            logging.disable(logging.NOTSET)
        if failed:
            sys.exit(1)
