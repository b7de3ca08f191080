"""Evidence about a toll-free request, and the opt-in wording that a number was verified with."""

from collections.abc import Collection, Iterator

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk.sight import Sight
from messaging.evidence import requests
from messaging.evidence.kinds import Consent, Contents, Kind, by_id
from messaging.mirror.wording import Words
from messaging.models import Evidence
from messaging.team.people import name
from messaging.validators import display_number

from .. import page, standing, summary
from ..checks.sections import SENT_SECTIONS
from ..choices import in_plain_words
from ..models import VerificationRequest
from .home import VIEW

CONTACTS = "contacts"
OPT_IN = next(section for section in SENT_SECTIONS if section.slug == "consent")
MOST = 20


def _openings(user: User) -> list[str]:
    return [CONTACTS] if page.sees_contacts(user) else []


def _gather(request: VerificationRequest, row: Evidence, opened: Collection[str]) -> Contents:
    user, is_open = row.owner, CONTACTS in opened
    entries = page.promises(request)
    seen = page.seen_of(request, user, *filter(None, map(summary.version, entries)))
    found = Contents(
        list(_facts(request, seen, is_open)),
        page.everything(request, user),
        consent=[_opt_in(request)],
        left_out=[
            _("Registration numbers and tokens, of which only the end is shown."),
            _("The team's own notes."),
            _("The opt-in pictures themselves: the desk keeps their addresses but no copies."),
        ],
    )
    requests.add(found, entries, seen, is_open=is_open)
    requests.add_approvals(found, request, seen)
    requests.add_holding(found, request, is_open=is_open)
    if not is_open:
        found.left_out.append(_("Contacts and addresses: your role doesn't see them."))
    return found


def _facts(request: VerificationRequest, seen: Sight, is_open: bool) -> Iterator[tuple[Words, str]]:
    yield _("Request"), str(request)
    yield _("Started by"), name(request.created_by)
    yield _("Our side"), str(standing.our_side(request, request.known_entry).status)
    yield _("Reason Telnyx gives"), seen.words(request.remote_reason)
    yield from requests.telnyx_facts(request, in_plain_words(request.remote_status))
    for block in summary.blocks(request, secrets=False, contacts=is_open, empty=False):
        for value in block.values:
            yield value.label, "\n".join(value.lines)


def _status(request: VerificationRequest) -> str:
    return str(in_plain_words(request.remote_status)) if request.remote_status else ""


def _opt_in(request: VerificationRequest) -> Consent:
    numbers = ", ".join(map(display_number, request.phone_numbers))
    lines = [(summary.label(field), "\n".join(summary.lines(request, field))) for field in OPT_IN.fields]
    return Consent(
        _("How people opt in, as in the verification of %(numbers)s") % {"numbers": numbers},
        [(_("Status at Telnyx"), _status(request)), *lines],
    )


def opt_ins(user: User, number: str) -> Iterator[Consent]:
    """Yield the opt-in wording of the newest verifications of one of our numbers. One query."""
    if user.has_perm(VIEW):
        rows = VerificationRequest.objects.filter(phone_numbers__contains=[number]).exclude(remote_id=None)
        yield from map(_opt_in, rows.defer("remote_data").order_by("-created_at")[:MOST])


REQUESTS = Kind(
    slug="toll-free",
    label=gettext_lazy("about the toll-free verification of"),
    may_see=lambda user: user.has_perm(VIEW),
    find=by_id(VerificationRequest),
    named=str,
    page=page.page_url,
    openings=_openings,
    words={CONTACTS: gettext_lazy("contacts and addresses")},
    gather=_gather,
)
