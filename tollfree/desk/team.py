"""Toll-free requests as work of the team."""

from django.utils.translation import gettext_lazy as _

from messaging.desk.turns import Group
from messaging.notices.awaited import Awaited
from messaging.team.kinds import Kind

from .. import turns
from ..choices import Status
from ..models import VerificationRequest
from ..page import APPROVE, CHANGE, SUBMIT, seen_of
from .home import VIEW, waiting

SENT_BY = ("create", "update")
REQUESTS = Kind(
    VerificationRequest,
    _("toll-free verifications"),
    VIEW,
    CHANGE,
    seen_of,
    waiting,
    APPROVE,
    written=SENT_BY,
    submit=SUBMIT,
)
VERIFIED = Awaited(
    VerificationRequest,
    VIEW,
    Status.VERIFIED,
    lambda: VerificationRequest.objects.filter(turns.in_group(Group.DONE)),
    SENT_BY,
)
