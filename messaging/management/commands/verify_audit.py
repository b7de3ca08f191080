"""`manage.py verify_audit`: is the audit as it was written?"""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from messaging.mirror.audit import chain
from messaging.mirror.models import AuditSeal


class Command(BaseCommand):
    help = "Check the audit: every row against its digest, every day against its seal. Ends with 1 if anything broke."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for sentence in chain.problems():
            found += 1
            self.stderr.write(sentence)
        last = AuditSeal.objects.order_by("-day").first()
        if found:
            sys.exit(1)
        if last is None:
            self.stdout.write("No row of the audit was changed. No day is sealed yet.")
            return
        days = AuditSeal.objects.count()
        self.stdout.write(
            f"The audit is as it was written: {days} sealed days until {last.day}. "
            f"The last seal is {bytes(last.sha256).hex()}; compare it with the log of the worker."
        )
