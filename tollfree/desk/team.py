"""Toll-free requests as work of the team."""

from django.utils.translation import gettext_lazy as _

from messaging.team.kinds import Kind

from ..models import VerificationRequest
from ..page import APPROVE, CHANGE, SUBMIT, seen_of
from .home import VIEW, waiting

REQUESTS = Kind(
    VerificationRequest,
    _("toll-free verifications"),
    VIEW,
    CHANGE,
    seen_of,
    waiting,
    APPROVE,
    written=("create", "update"),
    submit=SUBMIT,
)
