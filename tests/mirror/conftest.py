"""A sandbox, a client that talks to it, and one round of the worker's work in this process."""

from collections.abc import Callable, Iterator

import pytest

from messaging.mirror.inbound import drain
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.outbound.sweep import sweep
from messaging.mirror.records import sync
from messaging.telnyx.client import Client
from tests.sandbox.control import Sandbox, sample_request
from tests.stack import wait_until
from tollfree.models import VerificationRequest


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
def quick(settings) -> None:
    """Turn minutes into seconds: a test checks the order of events."""
    settings.TELNYX_SETTLE_SECONDS = 0.6
    settings.TELNYX_WRITES_PER_SECOND = settings.TELNYX_READS_PER_SECOND = 1000.0
    settings.TELNYX_POLL_SECONDS = 0.1


@pytest.fixture
def client(sandbox: Sandbox, transactional_db: None, quick: None) -> Iterator[Client]:
    with Client(sandbox.api_key, sandbox.base_url, read=0.5, deadline=1.0) as client:
        yield client


@pytest.fixture
def work(client: Client) -> Callable[..., OutboxEntry]:
    """Work as worker and beat do until the entry has ended, or is in the wanted state."""

    def until(entry: OutboxEntry, *states: str, seconds: float = 15) -> OutboxEntry:
        def there() -> bool:
            sweep(client, seconds=0.2)
            drain.drain()
            sync.poll_due(client)
            entry.refresh_from_db()
            return entry.state in states if states else not entry.is_open()

        wait_until(there, seconds, f"entry {states or 'ended'}, is {entry.state}: {entry.reason}")
        return entry

    return until


def make_request(**changes: object) -> VerificationRequest:
    """Return a saved request that Telnyx would accept. `changes` uses wire names, as in the sandbox."""
    return VerificationRequest.objects.create(**VerificationRequest.wire.load(sample_request(**changes)))


@pytest.fixture
def submit(transactional_db: None) -> Callable[..., OutboxEntry]:
    def submitted(**changes: object) -> OutboxEntry:
        return outbox.add(make_request(**changes), "create", requested_by=None)

    return submitted
