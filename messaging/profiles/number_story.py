"""What messaging profiles tell about a number: which of them has it, as Telnyx's lists last said."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import show
from messaging.desk.finding import Hit
from messaging.desk.number_lookup import MOST, Chapter
from messaging.models import MessagingProfile, Reading

from .operations import BASE

VIEW = "messaging.view_messagingprofile"
BEFORE = f"{BASE}/"


def profiles(user: User, number: str) -> Sequence[Chapter]:
    """Return the profiles with the number or short code. Two queries."""
    if not user.has_perm(VIEW):
        return []
    has_it = Q(data__contains=[{"phone_number": number}]) | Q(data__contains=[{"short_code": number}])
    lists = Reading.objects.filter(has_it, address__startswith=BEFORE).values_list("address", "as_of")
    read = {address.removeprefix(BEFORE).partition("/")[0]: as_of for address, as_of in lists[:MOST]}
    found = MessagingProfile.objects.filter(remote_id__in=read)
    hits = [_hit(profile, read[profile.remote_id or ""]) for profile in found]
    return [
        Chapter(_("Messaging profiles"), hits, is_to_us=hits, is_ours=bool(hits), shows_number=bool(hits))
    ]


def _hit(profile: MessagingProfile, as_of: datetime | None) -> Hit:
    title = _("Number of the messaging profile %(name)s") % {"name": profile}
    words = _("According to Telnyx, read %(at)s") % {"at": show.exact(as_of)} if as_of else ""
    return Hit(title, words, reverse("admin:messaging_messagingprofile_change", args=[profile.pk]))
