"""Who must not be texted: checked before every send, and updated whenever a phone texts STOP or START."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.desk import acts
from messaging.mirror import clock
from messaging.mirror.records import sync

from ..models.consents import Consent
from ..models.optouts import OptOut, OptOutReading, active, for_profile

STOP, START = "STOP", "START"


def heard(profile_id: str | None, from_: str, to: str, kind: str, at: datetime, keyword: str = "") -> None:
    """Record an inbound message that Telnyx marked as STOP or START (`autoresponse_type`), received at `at`.

    As in Telnyx's list, `from_` is our sender that the phone replied to, and `to` is the phone: in an inbound message
    these are its `to` and its `from`. Order and repetition do not matter; other kinds change nothing.
    """
    if kind.upper() in (STOP, START):
        is_stop = kind.upper() == STOP
        OptOut.hear(
            (profile_id or "", from_, to),
            is_stop=is_stop,
            at=at,
            keyword=keyword or (STOP if is_stop else ""),
        )
        if not is_stop:
            Consent.replied(profile_id or "", from_, to, at, keyword or START)


def blocks(profile_id: str, to: str) -> OptOut | None:
    """Return the opt-out that forbids texting a phone from any sender of this profile, or None. Every send asks this.

    Telnyx blocks profile-wide (docs/telnyx.md, T7.9). An entry that names no profile counts for all of them.
    """
    return active(OptOut.objects.filter(for_profile(profile_id), to_number=to)).first()


def blocking(pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], OptOut]:
    """Return what `blocks` says about many pairs of profile and phone, with one query; "" is any profile."""
    found: dict[tuple[str, str], OptOut] = {}
    phones = {to for _profile, to in pairs if to}
    rows = list(active(OptOut.objects.filter(to_number__in=phones))) if phones else []
    for profile_id, to in pairs:
        for row in rows:
            if row.to_number == to and (not profile_id or row.profile_id in ("", profile_id)):
                found.setdefault((profile_id, to), row)
    return found


def about(number: str) -> list[OptOut]:
    """Return everything known about a phone, starting with what blocks."""
    rows = OptOut.objects.filter(to_number=number).select_related("added_by", "lifted_by")
    return sorted(rows, key=lambda row: row.lifted_at is not None)


def reading() -> OptOutReading | None:
    """Return the newest complete reading of Telnyx's list, or None before the first."""
    return OptOutReading.objects.filter(read_at__isnull=False).first()


def promise(number: str, *, profile_id: str, note: str, by: User) -> OptOut:
    """Promise not to text a number. Telnyx knows nothing about it; our own guard enforces it. Made only once.

    Why it was asked for again is kept in the history of the first.
    """
    with transaction.atomic():
        OptOutReading.lock()
        row = OptOut.objects.filter(
            is_ours=True, lifted_at=None, profile_id=profile_id, to_number=number
        ).first()
        if row:
            row.was_known = True
            acts.record(by, row, _("Opt-out recorded again"), reason=note)
            return row
        return OptOut.objects.create(
            is_ours=True,
            profile_id=profile_id,
            to_number=number,
            note=note,
            added_by=by,
            stopped_at=clock.now(),
        )


def withdraw(row: OptOut, *, by: User) -> bool:
    """Take back a promise of ours; what Telnyx blocks stays blocked. Return False if it was already taken back."""
    rows = OptOut.objects.filter(pk=row.pk, is_ours=True, lifted_at=None)
    return bool(rows.update(lifted_at=clock.now(), lifted_by=by))


def ask_soon() -> None:
    """Have a worker read the list again within seconds."""
    sync.ask_for_pull()
