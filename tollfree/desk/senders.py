"""What toll-free verification says about a number that a text was sent from."""

from collections.abc import Iterator, Sequence

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from messaging.log.why import Sender
from messaging.sending.suggested import MOST, Own
from messaging.validators import is_toll_free

from ..choices import Status
from ..models import VerificationRequest
from ..page import page_url
from .home import VIEW


def verified(user: User, number: str) -> Iterator[Own]:
    """Yield the toll-free numbers that Telnyx has verified, with the names of their businesses. One query."""
    rows = VerificationRequest.objects.filter(remote_status=Status.VERIFIED, gone_at=None)
    if number:
        rows = rows.filter(phone_numbers__contains=[number])
    is_named = user.has_perm(VIEW)
    newest = rows.order_by("-remote_status_at").only(
        "phone_numbers", "business_name", "doing_business_as", "gone_at"
    )
    for request in newest[:MOST]:
        for phone_number in request.phone_numbers:
            yield Own(phone_number, str(request) if is_named else "")


def verification(number: str) -> Sequence[Sender]:
    """Return whether a toll-free number is verified, judging by its newest request. Other numbers don't need one."""
    if not is_toll_free(number):
        return []
    what = _("Toll-free verification")
    requests = VerificationRequest.objects.filter(phone_numbers__contains=[number]).order_by("-created_at")
    found = list(requests[:20])
    verified = next((request for request in found if request.remote_status == Status.VERIFIED), None)
    if verified:
        return [Sender(what, _("The sender is verified."), True, url=page_url(verified))]
    if not found:
        advice = _("Start a verification for it; nothing is sent until Telnyx has verified it.")
        return [Sender(what, _("This desk knows of no verification for this sender."), None, advice)]
    turn = found[0].turn()
    seen = _("The sender is not verified yet. Its request: %(stage)s.") % {"stage": turn.group.label}
    return [Sender(what, seen, False, str(turn.words), page_url(found[0]))]
