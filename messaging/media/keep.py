"""Store a fetched file, read it back unchanged, and delete it together with the text of its message."""

import hashlib
from collections.abc import Collection
from functools import partial
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from messaging import files
from messaging.mirror import sealing
from messaging.models import MediaFile

from . import kinds

State = MediaFile.State
FORGOTTEN = gettext_noop("It was deleted at the end of its retention time.")


def keep(file: MediaFile, content: bytes, told: str) -> bool:
    """Seal and store a file; return False if its message was forgotten meanwhile. Raises files.CannotStore."""
    file_id = uuid4()
    files.write(file_id, sealing.seal(content))
    kept = MediaFile.objects.filter(pk=file.pk, state=State.WAITING).update(
        state=State.KEPT,
        reason="",
        content_type=kinds.found(content, file.content_type or told),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        file_id=file_id,
        fetched_at=Now(),
    )
    if not kept:
        files.remove(file_id)
    return bool(kept)


def content(file: MediaFile) -> bytes:
    """Return what was fetched, byte for byte. Raises one of files.UNUSABLE."""
    if file.file_id is None:
        raise files.Missing("no file")
    return files.content(file.file_id, file.sha256)


def forget(remote_ids: Collection[UUID]) -> None:
    """Delete the files of these messages; a file leaves the disk once the deletion is committed."""
    with transaction.atomic():
        rows = MediaFile.objects.select_for_update().filter(remote_id__in=remote_ids).exclude(url="")
        found = dict(rows.values_list("pk", "file_id"))
        if not found:
            return
        # The rows stay, so that a repeated event does not bring the files back.
        MediaFile.objects.filter(pk__in=found).update(
            state=State.GONE, reason=FORGOTTEN, url="", file_id=None, sha256=""
        )
        transaction.on_commit(partial(_remove, [id for id in found.values() if id]))


def _remove(file_ids: Collection[UUID]) -> None:
    for file_id in file_ids:
        files.remove(file_id)


def reason(file: MediaFile) -> str:
    """Return why a file is not here, in the reader's language."""
    return _(file.reason) if file.reason else ""
