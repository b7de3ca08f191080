"""The life of an evidence file: who may have one, its start, its making by a worker, its downloads and its end.

What a file shows is decided by what its owner may see when it is made, and only its owner downloads it, as long as
they may still see all of that.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Model
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging import files
from messaging.desk import acts
from messaging.mirror import clock, locks, sealing, throttle
from messaging.models import Evidence, EvidenceDownload
from messaging.telnyx.client import Client

from . import archive, kinds
from .kinds import Kind

logger = logging.getLogger(__name__)

State = Evidence.State
MAKE = "messaging.make_evidence"
MOST_UNDER_WAY = 5
MOST_TRIES = 5
AT_ONCE = 3
AGAIN_AFTER = timedelta(seconds=30)


class Refused(Exception):
    """No file was started; the message says why and what to do."""


def may_make(user: User, kind: Kind) -> bool:
    return user.is_active and user.has_perm(MAKE) and kind.may_see(user)


def start(user: User, kind: Kind, subject: Any, key: str, *, zone: str, reason: str) -> Evidence:
    """Record what is wanted, in the history of the record too. Raise Refused or TooOften."""
    throttle.spend(throttle.FILES, user.pk)
    with transaction.atomic():
        # Two clicks at once wait for each other, so that the limit holds.
        User.objects.select_for_update().get(pk=user.pk)
        if Evidence.objects.filter(owner=user, state=State.QUEUED).count() >= MOST_UNDER_WAY:
            words = ngettext(
                "%(n)s of your evidence files is still being made. Wait for it.",
                "%(n)s of your evidence files are still being made. Wait for one of them.",
                MOST_UNDER_WAY,
            )
            raise Refused(words % {"n": MOST_UNDER_WAY})
        row = Evidence.objects.create(
            owner=user,
            kind=kind.slug,
            subject=key,
            about=kind.named(subject)[:200],
            zone=zone,
            reason=reason,
        )
        _on_record(user, subject, _("Asked for an evidence file"), reason)
        return row


def _on_record(user: User, subject: Any, what: str, reason: str = "") -> None:
    if isinstance(subject, Model):
        acts.record(user, subject, what, reason=reason)


# Making one.


def write_due(client: Client | None = None) -> int:
    """Make what is due, delete what is over; return how many were made. Any number of processes may do so."""
    expire_due()
    due = Evidence.objects.filter(state=State.QUEUED, next_at__lte=Now()).order_by("next_at")
    return sum(map(_held, due[:AT_ONCE]))


def _held(row: Evidence) -> bool:
    with locks.held(row.key) as mine:
        # It may have changed since it was found.
        fresh = Evidence.objects.select_related("owner").filter(pk=row.pk, state=State.QUEUED).first()
        return mine and fresh is not None and _try(fresh)


def _try(row: Evidence) -> bool:
    kind = kinds.get(row.kind)
    if kind is None or not may_make(row.owner, kind):
        return _fail(row, _("The person who asked may no longer have this."))
    if row.tries >= MOST_TRIES:
        return _fail(
            row, row.trouble or _("It could not be made. Ask for it again, or tell an administrator.")
        )
    subject = kind.find(row.subject)
    if subject is None:
        return _fail(row, _("What it was about is no longer in the desk."))
    # Counted first, so that a file that kills its worker isn't tried again and again.
    Evidence.objects.filter(pk=row.pk).update(tries=F("tries") + 1, next_at=Now() + AGAIN_AFTER)
    try:
        _make(row, kind, subject)
    except Exception as error:
        # Only the kind of error: its message may contain what the file is about.
        logger.warning("Evidence file %s was not made (%s).", row.pk, type(error).__name__)
        told = str(error) if isinstance(error, files.NotKept) else ""
        Evidence.objects.filter(pk=row.pk, state=State.QUEUED).update(trouble=told[:300])
        return False
    return True


def _make(row: Evidence, kind: Kind, subject: Any) -> None:
    row.opened = list(kind.openings(row.owner))
    with timezone.override(ZoneInfo(row.zone)), _noted(row.owner) as needs:
        contents = kind.gather(subject, row, row.opened)
        content, manifest = archive.make(row, kind, contents, clock.now())
    file_id = uuid4()
    files.write(file_id, sealing.seal(content))
    with transaction.atomic():
        done = Evidence.objects.filter(pk=row.pk, state=State.QUEUED).update(
            state=State.READY,
            file_id=file_id,
            opened=row.opened,
            needs=sorted(needs),
            sha256=hashlib.sha256(content).hexdigest(),
            manifest_sha256=hashlib.sha256(manifest).hexdigest(),
            size=len(content),
            trouble="",
            ended_at=Now(),
            expires_at=Now() + timedelta(days=settings.EVIDENCE_KEPT_DAYS),
        )
        if done:
            for look in contents.looks:
                look.save(force_insert=True)
    if not done:
        _remove(file_id)


@contextmanager
def _noted(user: Any) -> Iterator[set[str]]:
    """Yield the permissions that someone is asked for meanwhile and has: what they see follows from these."""
    used: set[str] = set()
    ask = user.has_perm

    def has_perm(permission: str, obj: Any = None) -> bool:
        has: bool = ask(permission, obj)
        if has:
            used.add(permission)
        return has

    user.has_perm = has_perm
    try:
        yield used
    finally:
        del user.has_perm


def _fail(row: Evidence, trouble: str) -> bool:
    Evidence.objects.filter(pk=row.pk, state=State.QUEUED).update(
        state=State.FAILED, trouble=trouble[:300], ended_at=Now()
    )
    return False


def _remove(file_id: UUID) -> None:
    # What the disk refuses to delete now is an orphan, which the daily sweep removes.
    with suppress(OSError):
        files.remove(file_id)


# Downloads and the end.


def may_take(user: User, row: Evidence) -> bool:
    """Return True if this person may download the file now: the owner, while they may still see all it shows."""
    kind = kinds.get(row.kind)
    if kind is None or row.owner_id != user.pk or not may_make(user, kind) or lost(user, row):
        return False
    return set(row.opened) <= set(kind.openings(user))


def lost(user: User, row: Evidence) -> str:
    """Return a permission that what the file shows followed from and this person no longer has, or ""."""
    return next((permission for permission in row.needs if not user.has_perm(permission)), "")


def content(row: Evidence) -> bytes:
    """Return the zip. Raise one of files.UNUSABLE."""
    if row.file_id is None:
        raise files.Missing("deleted")
    return files.content(row.file_id, row.sha256)


def took(user: User, row: Evidence) -> None:
    """Record that someone downloads the file, committed before its bytes leave. Raise TooOften."""
    throttle.spend(throttle.FILES, user.pk)
    kind = kinds.get(row.kind)
    subject = kind.find(row.subject) if kind else None
    with transaction.atomic(durable=True):
        EvidenceDownload.objects.create(evidence=row, user=user)
        _on_record(user, subject, _("Downloaded an evidence file"))


def expire_due() -> int:
    """Delete the files whose time is up; return how many."""
    over = Evidence.objects.filter(state=State.READY, expires_at__lte=Now())
    return sum(map(expire, over[:100]))


def expire(row: Evidence) -> bool:
    """Delete one file; return True if there was one."""
    gone = Evidence.objects.filter(pk=row.pk, file_id=row.file_id).exclude(file_id=None)
    if not gone.update(state=State.EXPIRED, file_id=None) or row.file_id is None:
        return False
    _remove(row.file_id)
    return True


def made_here(manifest: bytes) -> Evidence | None:
    """Return the row of the file with this manifest, if this desk made it."""
    digest = hashlib.sha256(manifest).hexdigest()
    return Evidence.objects.select_related("owner").filter(manifest_sha256=digest).first()
