"""A test of the address for webhooks: the worker posts an event to it as Telnyx would, over the network.

We don't have Telnyx's private key, so each test has a key pair of its own. The private half never leaves the worker's
memory. The public half is on the test's row for two minutes, and its first use takes it off. From that key the view
accepts one body alone, byte for byte: the one that `body_of` makes of the row's id and our SECRET_KEY. So nobody can
forge any other event with it, not even somebody who has the private half, and a stranger's guess costs no query.
"""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.signing import BadSignature as BadNonce
from django.core.signing import Signer
from django.db.models import Q
from django.db.models.functions import Now

from messaging.telnyx import signature
from messaging.telnyx.client import Reached, Visit, knock

from .. import account, clock, locks
from ..models import WebhookEvent, WebhookTest
from ..models.inbox import TESTED
from . import drain, inbox

EVENT_TYPE = "telnyx_desk.test"
ID = "desk-test-"
KEY_LASTS = timedelta(minutes=2)
SECONDS = 10.0
AT_ONCE = 5
SALT = "desk.webhook_test"
BODY = re.compile(
    rb'\{"data": \{"event_type": "telnyx_desk\.test", "id": "desk-test-([0-9a-f]{32})", '
    rb'"nonce": "([A-Za-z0-9_-]{20,80})"\}\}'
)
Problem = WebhookTest.Problem
GATEWAY = (502, 504)


def ask(by: Any) -> WebhookTest:
    """Let the worker send a test, or return the one that is still waiting or under way."""
    same = WebhookTest.objects.filter(ended_at=None).order_by("requested_at").first()
    return same or WebhookTest.objects.create(requested_by=by)


def body_of(id: UUID) -> bytes:
    """Return the only body that the test of that id may have."""
    nonce = Signer(salt=SALT).signature(id.hex)
    return json.dumps({"data": {"event_type": EVENT_TYPE, "id": f"{ID}{id.hex}", "nonce": nonce}}).encode()


# In the view.


def named_in(body: bytes) -> UUID | None:
    """Return the id of the test whose body this is, without a query; None for anything that we didn't make."""
    found = BODY.fullmatch(body)
    if not found:
        return None
    try:
        return UUID(Signer(salt=SALT).unsign(f"{found[1].decode()}:{found[2].decode()}"))
    except BadNonce:
        return None


def accept(id: UUID, body: bytes, made: str, timestamp: str) -> bool:
    """Store the test that `named_in` found if its own key signed it, is still good, and wasn't used before."""
    open_tests = WebhookTest.objects.filter(pk=id, signed_at=None, ended_at=None, key_until__gt=Now())
    test = open_tests.exclude(public_key="").first()
    if test is None:
        return False
    try:
        signature.verify(body, made, timestamp, [signature.PublicKey.from_base64(test.public_key)])
    except signature.BadSignature:
        return False
    # Of two deliveries at the same moment only one gets here.
    if not open_tests.update(signed_at=Now(), public_key=""):
        return False
    inbox.store(body, TESTED)
    WebhookTest.objects.filter(pk=id).update(stored_at=Now())
    return True


# In the worker.


def send_asked() -> int:
    """Send the tests that people asked for; return how many ended."""
    if not WebhookTest.objects.filter(ended_at=None).exists():
        return 0
    with locks.alone(locks.TESTING) as mine:
        if not mine:
            return 0
        tests = list(WebhookTest.objects.filter(ended_at=None).order_by("requested_at")[:AT_ONCE])
        for test in tests:
            if test.started_at:  # its worker is gone, or we would not have the lock
                _end(test, Problem.INTERRUPTED)
            else:
                _send(test)
        return len(tests)


def _send(test: WebhookTest) -> None:
    address = account.webhook_url()
    if not address:
        _end(test, Problem.NO_ADDRESS)
        return
    key, body = signature.OneTimeKey(), body_of(test.pk)
    WebhookTest.objects.filter(pk=test.pk).update(
        started_at=Now(), public_key=key.public, key_until=Now() + KEY_LASTS
    )
    headers = key.headers(body, int(clock.now().timestamp()))
    try:
        visit = knock(address, body, headers, deadline=SECONDS)
    except ValueError:
        _end(test, Problem.BAD_ADDRESS)
        return
    test.refresh_from_db()
    _end(
        test,
        _problem(visit, test, is_secure=address.startswith("https:")),
        status=visit.status or None,
        connect_ms=visit.connect_ms or None,
        answer_ms=visit.answer_ms or None,
    )


def _end(test: WebhookTest, problem: str, **found: Any) -> None:
    WebhookTest.objects.filter(pk=test.pk).update(ended_at=Now(), public_key="", problem=problem, **found)


def _problem(visit: Visit, test: WebhookTest, *, is_secure: bool) -> str:
    early = {
        Reached.NOTHING: Problem.NO_NAME,
        Reached.NAME: Problem.NO_CONNECTION,
        Reached.CONNECTION: Problem.NO_TLS if is_secure else Problem.NO_ANSWER,
        Reached.ENCRYPTED: Problem.NO_ANSWER,
    }
    if visit.reached in early:
        return early[visit.reached]
    if visit.status == 200:
        return "" if test.stored_at else Problem.ELSEWHERE
    if test.signed_at:
        return Problem.NOT_STORED
    if visit.status // 100 == 3:
        return Problem.REDIRECTED
    known = {400: Problem.REFUSED, 401: Problem.REFUSED, 403: Problem.REFUSED, 503: Problem.NO_KEY}
    known |= dict.fromkeys((404, 405, 410), Problem.NOT_FOUND) | dict.fromkeys(GATEWAY, Problem.NO_ANSWER)
    return known.get(visit.status, Problem.OTHER)


@drain.handler(lambda data: data.get("event_type") == EVENT_TYPE)
def processed(event: WebhookEvent) -> None:
    """Note on the test that its event was processed; an event of this type from anywhere else has no effect."""
    id = event.dedupe_key.removeprefix(ID)
    if not event.is_test() or not re.fullmatch("[0-9a-f]{32}", id):
        raise drain.Unusable("only the desk itself sends events of this type")
    WebhookTest.objects.filter(Q(processed_at=None), pk=UUID(id)).update(processed_at=Now())
