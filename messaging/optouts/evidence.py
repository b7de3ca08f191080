"""What opt-outs say about consent to texts to a number, for evidence files."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import F
from django.utils.translation import gettext as _

from messaging.desk import show
from messaging.evidence.kinds import Consent
from messaging.mirror.masking import without_personal
from messaging.models import MessagingProfile, OptOut
from messaging.team.people import name
from messaging.validators import display_number, mask_number

from . import consents as agreed
from . import page
from .number_story import VIEW

MOST = 100


def opt_outs(user: User, number: str) -> Iterator[Consent]:
    """Yield the opt-outs of a phone, past and present. Two queries."""
    if not user.has_perm(VIEW):
        return
    found = OptOut.objects.filter(to_number=number).select_related("added_by", "lifted_by")
    rows = list(found.order_by(F("stopped_at").desc(nulls_last=True), "-pk")[:MOST])
    page.with_names(rows)
    for row in rows:
        yield Consent(
            _("Opt-out of %(number)s") % {"number": mask_number(row.to_number)},
            [
                (_("Messaging profile"), row.profile_name),  # type: ignore[attr-defined]
                (_("Our sender"), display_number(row.from_number) if row.from_number else ""),
                (_("In effect now"), _("Yes") if row.is_active() else _("No")),
                (_("Since"), _exact(row.stopped_at)),
                (_("Word"), without_personal(row.keyword)),
                (_("Last seen in Telnyx's list"), _exact(row.seen_in_list_at())),
                (_("Opted in again") if row.was_blocked() else _("Opted in"), _exact(row.started_at)),
                (_("Ended"), _exact(row.lifted_at)),
                (_("Blocked by us because"), without_personal(row.note)),
                (_("Added by"), name(row.added_by)),
                (_("Ended by"), name(row.lifted_by)),
            ],
        )


def consents(user: User, number: str) -> Iterator[Consent]:
    """Yield when and how a phone agreed to texts. Two queries."""
    if not user.has_perm(VIEW):
        return
    rows = agreed.of(number)
    ids = {row.profile_id for row in rows if row.profile_id}
    known = dict(MessagingProfile.objects.filter(remote_id__in=ids).values_list("remote_id", "name"))
    for row in rows:
        yield Consent(
            _("Consent of %(number)s") % {"number": mask_number(row.to_number)},
            [
                (_("Agreed"), _exact(row.agreed_at)),
                (_("Source"), str(row.get_source_display())),
                (_("How they agreed"), without_personal(row.how)),
                (_("Our sender"), display_number(row.our_number) if row.our_number else ""),
                (_("Messaging profile"), known.get(row.profile_id) or row.profile_id or _("all profiles")),
                (_("Recorded"), _exact(row.recorded_at)),
                (_("Recorded by"), name(row.recorded_by)),
            ],
        )


def _exact(at: datetime | None) -> str:
    return show.exact(at) if at else ""
