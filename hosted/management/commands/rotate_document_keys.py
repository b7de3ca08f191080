"""Reseal every stored file with the first of DOCUMENT_KEYS, so that an old key can be removed."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError

from hosted.models import LetterDetails
from messaging import files
from messaging.desk import factors
from messaging.exports import build
from messaging.mirror import sealing
from messaging.mirror.models import OutboxEntry


class Command(BaseCommand):
    help = "Reseal every stored file with the first of DOCUMENT_KEYS. You can stop it and start it again at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        done, lost = 0, []
        for name, file_id in _files():
            try:
                files.write(file_id, sealing.reseal(files.read(file_id)))
                done += 1
            except (files.Missing, sealing.Unreadable):
                lost.append(name)
            except files.CannotStore as error:
                raise CommandError(f"{error} Nothing is lost; run it again.") from error
        for details in LetterDetails.objects.iterator():
            try:
                details.sealed = sealing.reseal(bytes(details.sealed))
                details.save(update_fields=["sealed"])
            except sealing.Unreadable:
                lost.append(f"letter {details.pk}")
        for authenticator in Authenticator.objects.iterator():
            try:
                factors.reseal(authenticator)
            except sealing.Unreadable:
                lost.append(f"sign-in codes of user {authenticator.user_id}")
        self.stdout.write(f"{'1 file is' if done == 1 else f'{done} files are'} sealed with the first key.")
        if lost:
            raise CommandError("Missing, or sealed with a key that is not in the list: " + ", ".join(lost))
        waiting = OutboxEntry.objects.filter(is_sealed=True).exclude(state__in=OutboxEntry.ENDED).count()
        if waiting:
            raise CommandError(
                f"{waiting} sealed requests are still waiting to be sent. Keep the old key until they have ended."
            )


def _files() -> Iterator[tuple[str, UUID]]:
    """Yield every stored file with its name. If a row is deleted meanwhile, its file goes too."""
    for model in files.owners():
        rows = model._base_manager.exclude(file_id=None).order_by("pk").values_list("pk", "file_id")
        yield from ((str(pk), file_id) for pk, file_id in rows.iterator())
    for export in build.kept():
        for number in range(len(export.pieces)):
            yield f"export {export.pk}", build.piece_id(export, number)
