"""The text of an email to Telnyx about a rejected request. A person sends it; the desk only prepares it."""

from dataclasses import dataclass
from urllib.parse import quote

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from messaging.validators import display_number

from ..choices import Status
from ..models import VerificationRequest
from .explain import Explained
from .verdicts import Verdict

# Telnyx's toll-free team (docs/telnyx.md, T2.26).
ADDRESS = "tfverification@telnyx.com"


@dataclass(frozen=True)
class Letter:
    """An email as a person may send it."""

    subject: str
    text: str

    @property
    def to(self) -> str:
        return ADDRESS

    @property
    def link(self) -> str:
        """Return the address that opens it in the person's own mail program."""
        return f"mailto:{ADDRESS}?subject={quote(self.subject)}&body={quote(self.text)}"


def to_telnyx(request: VerificationRequest, explained: Explained, user: User) -> Letter:
    """Return the email about Telnyx's reason, with everything by which Telnyx finds the request."""
    numbers = ", ".join(display_number(number) for number in request.phone_numbers)
    is_rejected = request.remote_status == Status.REJECTED
    lines = [
        _("Hello,"),
        "",
        _("Our toll-free verification request was rejected.")
        if is_rejected
        else _("You asked for a change to our toll-free verification request."),
        "",
        _("Request ID: %(id)s") % {"id": request.remote_id},
        _("Toll-free numbers: %(numbers)s") % {"numbers": numbers or "-"},
        _("Business: %(name)s") % {"name": request.business_name or "-"},
        _("Reason given: %(reason)s") % {"reason": request.remote_reason or _("none")},
        "",
        _question(explained),
        "",
        _("Best regards,"),
        user.get_full_name() or user.get_username(),
    ]
    return Letter(_("Toll-free verification %(id)s") % {"id": request.remote_id}, "\n".join(lines))


def _question(explained: Explained) -> str:
    if explained.verdict == Verdict.CANNOT:
        return _("We believe this is a mistake, because: [say why]. Please review it again.")
    if explained.verdict == Verdict.WRITE:
        return _(
            "We have attached the supporting documents: [name them]. Please tell us whether they are "
            "enough, and what we have to correct before we submit again."
        )
    return _("Please tell us exactly what we have to change so that it can be approved.")
