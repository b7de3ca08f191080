"""The pages of a toll-free request as a test reads them, and requests in every state that a page shows."""

import re

from django.test import Client
from django.utils import timezone

from messaging.desk.turns import Group
from messaging.mirror.models import OutboxEntry
from tests.desk.conftest import make_entry
from tests.visitor import Forms
from tollfree.models import VerificationRequest

State = OutboxEntry.State

LIST = "/admin/tollfree/verificationrequest/"
ADD = f"{LIST}add/"
AT_TELNYX = {"sync_state": "accepted", "remote_id": "r1", "remote_status_at": timezone.now()}


def change(request: VerificationRequest) -> str:
    return f"{LIST}{request.pk}/change/"


def fields(client: Client, url: str) -> dict:
    """Return what a browser would send for the form of that page, if nobody touched it."""
    answer = client.get(url)
    assert answer.status_code == 200
    return Forms(answer.content.decode()).fields


def text(answer) -> str:
    """Return the words of a page, without its tags and with single blanks."""
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return words.replace("&#x27;", "'")


def beside(answer, field: str) -> str:
    """Return the row of one field, as HTML."""
    return answer.content.decode().split(f'data-field="{field}"')[1].split("data-field=")[0]


def found(pattern: str, html: str) -> str:
    """Return the first group of a pattern that has to be there."""
    match = re.search(pattern, html, re.DOTALL)
    assert match, pattern
    return match[1]


def at_telnyx(make, status: str, **changes) -> VerificationRequest:
    return make(**AT_TELNYX, remote_status=status, known_status=status, **changes)


def numbered(make, n: int, **changes) -> VerificationRequest:
    return make(phone_numbers=[f"+1800555{n:04}"], **changes)


def reviewed(make, n: int, status: str, **changes) -> VerificationRequest:
    told = {"remote_id": f"r-{n}", "remote_status": status, "known_status": status}
    return numbered(make, n, sync_state="accepted", **told, **changes)


def one_of_each(make) -> dict[str, VerificationRequest]:
    """Return a request of every group, by the group's word."""
    made: dict[str, VerificationRequest] = {
        Group.DRAFT: numbered(make, 1, business_name="Draft Ltd"),
        Group.NEEDS_US: numbered(make, 2, business_name="Refused Ltd"),
        Group.APPROVAL: numbered(make, 9, business_name="Asked Ltd", asked_version=1),
        Group.UNDER_WAY: numbered(make, 3, business_name="Queued Ltd"),
        Group.UNSURE: numbered(make, 4, business_name="Unsure Ltd"),
        Group.DECISION: numbered(make, 5, business_name="Undecided Ltd"),
        Group.REVIEWING: at_telnyx(make, "In Progress", business_name="Reviewing Ltd"),
        Group.CARRIERS: reviewed(make, 6, "Waiting For Vendor", business_name="Carriers Ltd"),
        Group.DONE: reviewed(make, 7, "Verified", business_name="Done Ltd"),
        Group.CLOSED: reviewed(make, 8, "Verified", business_name="Gone Ltd", gone_at=timezone.now()),
    }
    for group, state in (
        (Group.NEEDS_US, State.REFUSED),
        (Group.UNDER_WAY, State.QUEUED),
        (Group.UNSURE, State.UNSURE),
        (Group.DECISION, State.NEEDS_PERSON),
    ):
        make_entry(state, of=made[group])
    return made
