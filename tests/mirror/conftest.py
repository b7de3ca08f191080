"""Requests to submit, and the client that the worker submits them with."""

from collections.abc import Callable

import pytest

from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.telnyx.client import Client
from tests.sandbox.control import sample_request
from tollfree.models import VerificationRequest


@pytest.fixture
def client(telnyx_client: Client) -> Client:
    return telnyx_client


def make_request(**changes: object) -> VerificationRequest:
    """Return a saved request that Telnyx would accept. `changes` uses wire names, as in the sandbox."""
    return VerificationRequest.objects.create(**VerificationRequest.wire.load(sample_request(**changes)))


@pytest.fixture
def submit(transactional_db: None) -> Callable[..., OutboxEntry]:
    def submitted(**changes: object) -> OutboxEntry:
        return outbox.add(make_request(**changes), "create", requested_by=None)

    return submitted
