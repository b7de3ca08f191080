"""`manage.py telnyx_pull [--dry-run] [app.Model]`: mirror what Telnyx holds, or show what that would do."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging.mirror import account
from messaging.mirror.models import TelnyxResource
from messaging.mirror.records import sync
from messaging.telnyx.errors import TelnyxError


class Command(BaseCommand):
    help = "Read all records of one or every kind from Telnyx: import the new ones, refresh the known ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only report; write nothing.")
        parser.add_argument(
            "model", nargs="?", help="One kind of record, such as tollfree.VerificationRequest."
        )

    def handle(self, *args: Any, dry_run: bool, model: str | None = None, **options: Any) -> None:
        for kind in chosen(model):
            try:
                report = sync.pull(kind, account.client(), dry_run=dry_run)
            except TelnyxError as error:
                raise CommandError(f"{kind._meta.label}: {error.reason}") from error
            self.stdout.write("\n".join(lines(kind, report, dry_run)))
        if model is None and not dry_run:
            self.read_lists()

    def read_lists(self) -> None:
        for entries in sync.whole_lists():
            try:
                read = entries.read_whole(account.client())
            except TelnyxError as error:
                raise CommandError(f"{entries._meta.label}: {error.reason}") from error
            self.stdout.write(f"{entries._meta.label}: Telnyx lists {read.seen}; all of them are stored")


def chosen(label: str | None) -> list[type[TelnyxResource]]:
    kinds = {kind._meta.label_lower: kind for kind in sync.listed()}
    if label is None:
        return list(kinds.values())
    if label.lower() not in kinds:
        raise CommandError(f"There is no {label}. Choose from: {', '.join(sorted(kinds))}.")
    return [kinds[label.lower()]]


def lines(kind: type[TelnyxResource], report: sync.Report, dry_run: bool) -> list[str]:
    """Return the report as text: counts and Telnyx's ids, never the contents of records."""
    told = [
        ("would be imported" if dry_run else "imported", report.imported),
        ("would be refreshed" if dry_run else "refreshed", report.changed),
        ("skipped, because a request of ours is not settled yet", report.skipped),
        ("known here and missing at Telnyx", report.missing),
    ]
    details = [f"  {len(ids)} {words}{': ' if ids else ''}{', '.join(sorted(ids))}" for words, ids in told]
    return [f"{kind._meta.label}: Telnyx holds {report.seen}", *details]
