"""Seal every document anew with the first of DOCUMENT_KEYS, so that an old key can be taken away."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hosted.documents import store
from hosted.models import Document
from messaging import files
from messaging.mirror import vault
from messaging.mirror.models import OutboxEntry


class Command(BaseCommand):
    help = "Seal every document with the first of DOCUMENT_KEYS. It may be stopped and started again at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        done, lost = 0, []
        for document in Document.objects.order_by("uploaded_at").iterator():
            try:
                files.write(document.file_id, vault.reseal(files.read(document.file_id)))
                done += 1
            except (files.Missing, vault.Unreadable):
                lost.append(str(document.pk))
            except store.CannotStore as error:
                raise CommandError(f"{error} Nothing is lost; run it again.") from error
        self.stdout.write(f"{done} documents are sealed with the first key.")
        if lost:
            raise CommandError("Missing, or sealed with a key that is not in the list: " + ", ".join(lost))
        waiting = OutboxEntry.objects.filter(is_sealed=True).exclude(state__in=OutboxEntry.ENDED).count()
        if waiting:
            raise CommandError(
                f"{waiting} sealed requests still wait to be sent: keep the old key until they ended."
            )
