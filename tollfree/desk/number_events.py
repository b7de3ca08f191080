"""Which webhook events are about a number, by its toll-free verifications: Telnyx calls each one's own address."""

from collections.abc import Iterator

from django.contrib.auth.models import AnonymousUser, User

from messaging.desk.number_events import MOST, Traces

from ..models import VerificationRequest
from .home import VIEW


def requests(user: User | AnonymousUser, number: str) -> Iterator[Traces]:
    """Yield the requests with the number. One query."""
    if user.has_perm(VIEW):
        rows = VerificationRequest.objects.filter(phone_numbers__contains=[number]).order_by("-created_at")
        yield Traces(model=VerificationRequest, records=list(rows.values_list("pk", flat=True)[:MOST]))
