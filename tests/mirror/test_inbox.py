"""What reaches us from Telnyx: verified, committed once, and only then answered with 200."""

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.utils import timezone
from nacl.encoding import Base64Encoder

from messaging.mirror import retention
from messaging.mirror.inbound import drain
from messaging.mirror.models import WebhookEvent
from messaging.telnyx.signature import PublicKey
from tests.conftest import SIGNING_KEY
from tests.signing import OTHER_KEY, WEBHOOK, deliver, event, signature_headers

State = WebhookEvent.State


@pytest.mark.promise("F73")
def test_a_signed_event_is_stored_with_its_raw_bytes(db):
    body = json.dumps(event("test.happened", name="Zoë")).encode()

    assert deliver(body) == 200

    stored = WebhookEvent.objects.get()
    assert bytes(stored.body) == body
    assert stored.event_type == "test.happened"
    assert stored.state == State.PENDING
    assert (
        stored.key_fingerprint
        == PublicKey.from_base64(SIGNING_KEY.verify_key.encode(Base64Encoder).decode()).fingerprint
    )


@pytest.mark.promise("W2")
def test_an_accepted_delivery_costs_one_statement(db, django_assert_num_queries):
    body = json.dumps(event()).encode()
    headers = signature_headers(body)

    with django_assert_num_queries(1):
        assert deliver(body, headers=headers) == 200


def test_one_index_finds_an_event_by_its_id_or_the_start_of_it(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    whole, start = (
        WebhookEvent.objects.filter(**found).order_by().explain()
        for found in ({"dedupe_key__in": ["evt-1", "evt-2"]}, {"dedupe_key__startswith": "evt"})
    )
    assert "inbox_event" in whole
    assert "inbox_event" in start


def test_an_answer_has_its_length_and_is_one_packet(db):
    body = json.dumps(event()).encode()
    signed = {
        name.replace("HTTP_", "").replace("_", "-").lower(): value
        for name, value in signature_headers(body).items()
    }

    answer = Client().post(WEBHOOK, body, content_type="application/json", headers=signed)

    assert (answer.status_code, answer.headers["Content-Length"]) == (200, "0")


@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("X44")
def test_fifty_deliveries_of_one_event_at_once_are_one_row_and_one_effect():
    body = event()
    barrier = threading.Barrier(50)

    def post(_: int) -> int:
        barrier.wait()
        try:
            return deliver(body)
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        statuses = list(threads.map(post, range(50)))

    assert statuses == [200] * 50
    stored = WebhookEvent.objects.get()
    assert stored.deliveries == 50
    assert drain.drain() == 1
    assert drain.drain() == 0


def flipped(raw: bytes) -> bytes:
    return raw[:-2] + bytes([raw[-2] ^ 1]) + raw[-1:]


BODY = json.dumps(event(), indent=1).encode()


@pytest.mark.parametrize(
    ("sent", "signed", "key"),
    [
        (flipped(BODY), BODY, SIGNING_KEY),
        (BODY, BODY, OTHER_KEY),
        (BODY, b'{"data": {}}', SIGNING_KEY),
        (json.dumps(json.loads(BODY)).encode(), BODY, SIGNING_KEY),
        (BODY + b" ", BODY, SIGNING_KEY),
    ],
    ids=["one bit", "other key", "other body", "re-serialised", "a space more"],
)
@pytest.mark.promise("X49")
def test_an_unsigned_delivery_is_refused_and_not_stored(db, sent, signed, key):
    assert deliver(sent, headers=signature_headers(signed, key=key)) == 403

    assert not WebhookEvent.objects.exists()


GOOD = signature_headers(BODY)
RAW_SIGNATURE = base64.b64decode(GOOD["telnyx-signature-ed25519"])


@pytest.mark.parametrize(
    "changes",
    [
        {"telnyx-signature-ed25519": None},
        {"telnyx-timestamp": None},
        {"telnyx-signature-ed25519": "not base64!"},
        {"telnyx-signature-ed25519": base64.b64encode(RAW_SIGNATURE[:63]).decode()},
        {"telnyx-signature-ed25519": base64.b64encode(RAW_SIGNATURE + b"x").decode()},
        {"telnyx-signature-ed25519": base64.urlsafe_b64encode(b"\xfb\xff" * 32).decode()},
        {
            "telnyx-signature-ed25519": f"{GOOD['telnyx-signature-ed25519']},{GOOD['telnyx-signature-ed25519']}"
        },
        {"telnyx-timestamp": "1e9"},
        {"telnyx-timestamp": "-1760000000"},
        {"telnyx-timestamp": "9" * 30},
        {"telnyx-timestamp": "١٧٦٠٠٠٠٠٠٠"},
        {"telnyx-timestamp": ""},
    ],
)
@pytest.mark.promise("X50")
def test_malformed_headers_are_refused_without_an_error(db, changes):
    headers = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}

    assert deliver(BODY, headers=headers) in (400, 403)

    assert not WebhookEvent.objects.exists()


def text(key: Any) -> str:
    return key.verify_key.encode(Base64Encoder).decode()


@pytest.mark.parametrize(
    ("trusted", "signer", "status"),
    [
        ([SIGNING_KEY], SIGNING_KEY, 200),
        ([OTHER_KEY], OTHER_KEY, 200),
        ([SIGNING_KEY, OTHER_KEY], SIGNING_KEY, 200),
        ([SIGNING_KEY, OTHER_KEY], OTHER_KEY, 200),
        ([OTHER_KEY], SIGNING_KEY, 403),
        ([], SIGNING_KEY, 503),
    ],
    ids=["old", "new", "both, old signs", "both, new signs", "revoked", "none"],
)
@pytest.mark.promise("X51")
def test_keys_rotate_without_a_gap(db, settings, trusted, signer, status):
    settings.TELNYX_PUBLIC_KEYS = [text(key) for key in trusted]

    assert deliver(event(), key=signer) == status

    if status == 200:
        assert WebhookEvent.objects.get().key_fingerprint == PublicKey.from_base64(text(signer)).fingerprint


@pytest.mark.promise("X51")
def test_without_a_key_the_desk_is_not_ready(db, settings):
    settings.TELNYX_PUBLIC_KEYS = []

    response = Client().get("/readyz")

    assert response.status_code == 503
    assert response.json()["keys"] == "failing"


@pytest.mark.parametrize("offset", [-360, 360], ids=["six minutes old", "six minutes ahead"])
@pytest.mark.promise("X52")
def test_a_signed_event_outside_the_window_is_held_back_and_can_be_released_once(db, offset):
    assert deliver(event(), at=time.time() + offset) == 400

    held = WebhookEvent.objects.get()
    assert held.state == State.QUARANTINED
    assert drain.drain() == 0
    assert drain.release(WebhookEvent.objects.all()) == 1
    assert drain.release(WebhookEvent.objects.all()) == 0
    assert drain.drain() == 1


@pytest.mark.parametrize("offset", [-295, 295])
def test_a_signed_event_within_five_minutes_is_good(db, offset):
    assert deliver(event(), at=time.time() + offset) == 200

    assert WebhookEvent.objects.get().state == State.PENDING


@pytest.mark.parametrize("skew", [-420, 420])
def test_the_window_is_judged_by_postgresqls_clock_whatever_this_process_believes(db, skew, skewed):
    good, stale = event(), event()
    now = time.time()

    with skewed(skew):
        assert deliver(good, at=now) == 200
        assert deliver(stale, at=now + skew) == 400


@pytest.mark.promise("X52")
def test_a_retry_with_a_fresh_signature_releases_what_was_held_back(db):
    body = event()
    assert deliver(body, at=time.time() - 360) == 400

    body["meta"]["attempt"] = 2  # which changes with each attempt
    assert deliver(body) == 200

    held = WebhookEvent.objects.get()
    assert (held.state, held.deliveries) == (State.PENDING, 2)
    assert drain.drain() == 1


def test_a_stale_retry_leaves_it_held_back_and_a_stale_repetition_undoes_nothing(db):
    held, done = event(), event()
    deliver(held, at=time.time() - 360)
    deliver(done)
    drain.drain()

    assert deliver(held, at=time.time() - 330) == 400
    assert deliver(done, at=time.time() - 360) == 400

    states = dict(WebhookEvent.objects.values_list("dedupe_key", "state"))
    assert states == {held["data"]["id"]: State.QUARANTINED, done["data"]["id"]: State.KEPT}


def test_other_content_under_the_id_of_a_held_back_event_does_not_release_it(db):
    body = event(text="first")
    deliver(body, at=time.time() - 360)

    body["data"]["payload"]["text"] = "second"
    assert deliver(body) == 200

    assert sorted(WebhookEvent.objects.values_list("state", flat=True)) == ["needs_review", "quarantined"]


def test_other_content_that_was_held_back_waits_for_a_person_once_its_signature_is_fresh(db):
    body = event(text="first")
    deliver(body)
    body["data"]["payload"]["text"] = "second"
    assert deliver(body, at=time.time() - 360) == 400

    assert deliver(body) == 200

    assert sorted(WebhookEvent.objects.values_list("state", flat=True)) == ["needs_review", "pending"]


def test_a_fresh_retry_has_its_effect_though_the_retention_took_the_body_that_was_held_back(db, settings):
    settings.RETENTION_WEBHOOK_BODY_DAYS = 1
    body = event(text="first")
    deliver(body, at=time.time() - 360)
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=2))
    retention.run()
    assert WebhookEvent.objects.get().is_emptied()

    assert deliver(body) == 200

    assert WebhookEvent.objects.get().data()["payload"] == {"text": "first"}


@pytest.mark.promise("X53")
def test_a_replay_within_the_window_has_no_second_effect(db):
    body = json.dumps(event()).encode()
    headers = signature_headers(body)
    deliver(body, headers=headers)
    drain.drain()
    processed_at = WebhookEvent.objects.get().processed_at

    assert deliver(body, headers=headers) == 200

    drain.drain()
    again = WebhookEvent.objects.get()
    assert (again.deliveries, again.processed_at) == (2, processed_at)


@pytest.mark.promise("X44")
def test_a_second_attempt_of_telnyx_is_the_same_event(db):
    first = event()
    second = {**first, "meta": {"attempt": 2}}

    assert [deliver(first), deliver(second)] == [200, 200]

    assert WebhookEvent.objects.get().deliveries == 2


@pytest.mark.parametrize(
    "body",
    [
        "\ufeff".encode() + json.dumps(event()).encode(),
        json.dumps(event()).encode("utf-16"),
        b"plain words",
    ],
    ids=["byte order mark", "UTF-16", "no JSON"],
)
@pytest.mark.promise("X61")
def test_a_signed_body_of_any_encoding_is_kept(db, body):
    headers = signature_headers(body)
    response = Client().post(WEBHOOK, body, content_type="text/plain", headers=headers)

    assert response.status_code == 200
    assert bytes(WebhookEvent.objects.get().body) == body


ODD = {
    "NUL": b'{"data": {"event_type": "t\\u0000", "id": "a", "payload": {"x": "\\u0000"}}}',
    "half a pair": b'{"data": {"event_type": "\\ud800", "id": "b"}}',
    "NaN": b'{"data": {"event_type": "t", "id": "c", "payload": NaN}}',
    "1e400": b'{"data": {"event_type": "t", "id": "d", "payload": 1e400}}',
    "5000 digits": b'{"data": {"event_type": "t", "id": "e", "payload": ' + b"9" * 5000 + b"}}",
    "depth 1000": b"[" * 1000 + b"]" * 1000,
    "depth 100000": b"[" * 100_000 + b"]" * 100_000,
    "doubled keys": b'{"data": {"id": "f", "id": "g", "event_type": "t"}}',
    "list": b"[]",
    "string": b'"words"',
    "null": b"null",
    "emoji": '{"data": {"event_type": "t", "id": "h", "payload": "😀\u202e"}}'.encode(),
    "1 MB": b'{"data": {"event_type": "t", "id": "i", "payload": "' + b"x" * 1_000_000 + b'"}}',
    "odd id": b'{"data": {"event_type": "t", "id": "a b\\u0000c"}}',
    "id is a number": b'{"data": {"event_type": "t", "id": 7}}',
    "odd time": b'{"data": {"event_type": "t", "id": "k", "occurred_at": "2026-13-45T99:00:00Z"}}',
    "year 1": b'{"data": {"event_type": "t", "id": "l", "occurred_at": "0001-01-01T00:00:00+14:00"}}',
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
@pytest.mark.promise("X62")
def test_odd_content_is_kept_and_stops_nobody(db, body):
    assert deliver(body) == 200
    assert deliver(event()) == 200

    drain.drain()

    odd, good = WebhookEvent.objects.order_by("id")
    assert bytes(odd.body) == body
    assert good.state == State.KEPT
    assert odd.state in (State.KEPT, State.PENDING)
    assert odd.state == State.KEPT or odd.error


@pytest.mark.promise("X65")
def test_the_same_id_with_other_content_waits_for_a_person(db):
    first = event(status="one")
    second = {"data": {**first["data"], "payload": {"status": "two"}}}

    assert [deliver(first), deliver(second), deliver(second)] == [200, 200, 200]

    stands, conflict = WebhookEvent.objects.order_by("id")
    assert stands.state == State.PENDING
    assert json.loads(bytes(stands.body)) == first
    assert (conflict.state, conflict.deliveries) == (State.NEEDS_REVIEW, 2)


@pytest.mark.parametrize(
    "path", [WEBHOOK, WEBHOOK.rstrip("/"), f"{WEBHOOK}{'a1' * 16}/", f"{WEBHOOK}{'a1' * 16}"]
)
@pytest.mark.promise("X70")
def test_the_address_works_with_and_without_the_slash(db, path):
    assert deliver(event(), path=path) == 200


@pytest.mark.promise("X70")
def test_a_delivery_is_never_redirected_to_https(db, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert deliver(event()) == 200


@pytest.mark.parametrize("method", ["head", "get", "put", "delete", "options"])
@pytest.mark.promise("X70")
def test_only_posts_are_accepted(db, method):
    assert getattr(Client(), method)(WEBHOOK).status_code == 405


@pytest.mark.promise("X59")
def test_a_body_that_is_too_long_is_refused_before_it_is_read(db):
    body = b"x" * ((1 << 20) + 1)

    assert deliver(body) == 413
    assert not WebhookEvent.objects.exists()


def test_the_token_of_the_address_is_kept_with_the_event(db):
    token = "0123456789abcdef" * 2

    deliver(event(), path=f"{WEBHOOK}{token}/")

    assert WebhookEvent.objects.get().callback_token == token


def test_a_bad_key_in_the_settings_is_named(settings):
    settings.TELNYX_PUBLIC_KEYS = ["c2hvcnQ="]

    with pytest.raises((ValueError, ImproperlyConfigured)):
        deliver(event())
