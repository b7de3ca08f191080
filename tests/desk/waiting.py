"""Requests and orders that wait for us, for the tests of when we are due."""

from datetime import datetime, timedelta

from django.utils import timezone

from hosted.models import HostedOrder, OrderNumber
from tests.tollfree.conftest import complete
from tollfree.models import VerificationRequest


def ago(**length) -> datetime:
    return timezone.now() - timedelta(**length)


def asked(name: str, status: str = "Rejected", **changes) -> VerificationRequest:
    """Return a request at Telnyx; we are asked to answer within 7 days."""
    told = {"remote_status": status, "known_status": status, "sync_state": "accepted", "remote_id": name}
    made = complete(business_name=name, **{**told, **changes})
    made.save()
    return made


def ordered(name: str, **changes) -> HostedOrder:
    """Return an order at Telnyx that lacks its documents; our own goal is 3 days."""
    told = {
        "remote_status": "pending",
        "known_status": "pending",
        "remote_id": name,
        "sync_state": "accepted",
    }
    made = HostedOrder.objects.create(note=name, **{**told, **changes})
    OrderNumber.objects.create(
        order=made, phone_number=f"+1312555{made.pk.int % 10_000:04}", owned_at=timezone.now()
    )
    return made
