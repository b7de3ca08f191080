"""What the list and the pages show of each opt-out."""

from django.contrib.auth.models import User
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from messaging.desk import show
from messaging.mirror.masking import without_personal
from messaging.mirror.wording import Words
from messaging.models import MessagingProfile, OptOut
from messaging.validators import told_apart

ADD = "messaging.add_optout"
WITHDRAW = "messaging.withdraw_optout"
# A person who adds an opt-out or sends a message has a reason to want the list before the hour is up.
ASK = (ADD, "messaging.send_composedmessage", "messaging.send_test_composedmessage")


def may_ask(user: User) -> bool:
    """Return True if this person may have Telnyx's list read now, which costs a request for each of its pages."""
    return any(user.has_perm(permission) for permission in ASK)


def with_names(rows: list[OptOut]) -> list[OptOut]:
    """Give each row the name of its profile, looked up for all of them at once, and its number as a list shows it."""
    ids = {row.profile_id for row in rows if row.profile_id}
    known = dict(MessagingProfile.objects.filter(remote_id__in=ids).values_list("remote_id", "name"))
    shown = told_apart(row.to_number for row in rows)
    for row in rows:
        row.shown = shown[row.to_number]  # type: ignore[attr-defined]
        row.note = without_personal(row.note)  # for the page alone; it is never saved
        row.profile_name = known.get(row.profile_id) or row.profile_id or _("all profiles")  # type: ignore[attr-defined]
    return rows


def pill(row: OptOut) -> SafeString:
    """Return who blocks, or who ended it."""
    return show.pill(*state(row))


def state(row: OptOut) -> tuple[str, Words]:
    """Return the look and the words of `pill`. Nothing is to be done about either, so neither has a loud color."""
    if row.is_active():
        return "closed", _("Blocked by us") if row.is_ours else _("Opted out")
    if row.is_ours:
        return "draft", _("Ended by us")
    if not row.was_blocked():
        return "draft", _("Not opted out")
    return "draft", _("Opted in again") if row.started_at else _("Ended at Telnyx")


def since(row: OptOut) -> str:
    """Return since when a phone must not be texted, and by what."""
    if row.is_ours:
        return (
            _("Blocked by us since %(at)s") % {"at": show.exact(row.stopped_at)}
            if row.stopped_at
            else _("Blocked by us")
        )
    words = {
        "at": show.exact(row.stopped_at) if row.stopped_at else "",
        "word": without_personal(row.keyword),
    }
    if row.stopped_at and row.keyword:
        return _("Opted out since %(at)s, by %(word)s") % words
    return _("Opted out since %(at)s") % words if row.stopped_at else _("Opted out, time unknown")


def may_withdraw(user: User, row: OptOut) -> bool:
    return row.is_ours and row.is_active() and user.has_perm(WITHDRAW)
