"""Signatures as Telnyx makes them, and everything that is not one."""

import base64
import json
import time
from pathlib import Path

import pytest
from nacl.signing import SigningKey
from telnyx.lib.webhook_verification import WebhookVerificationError, verify_webhook_signature

from messaging.mirror.inbound import inbox
from messaging.telnyx.signature import BadSignature, PublicKey, Signed, verify

VECTOR = Path(__file__).resolve().parents[1] / "contract/webhook-samples/_signature_vector.json"
OURS, OTHER = SigningKey(b"1" * 32), SigningKey(b"2" * 32)
NOW = 1_786_458_000
BODY = b'{"data":{"id":"1","text":"caf\xc3\xa9"}, "meta": {}}'


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def key_text(key: SigningKey) -> str:
    return base64_of(bytes(key.verify_key))


def public(key: SigningKey) -> PublicKey:
    return PublicKey.from_base64(key_text(key))


def sign(body: bytes = BODY, timestamp: str = str(NOW), key: SigningKey = OURS) -> str:
    return base64_of(key.sign(timestamp.encode() + b"|" + body).signature)


def test_it_returns_the_fingerprint_of_the_key_that_signed() -> None:
    fingerprint = verify(BODY, sign(), str(NOW), [public(OURS)]).fingerprint

    assert fingerprint == public(OURS).fingerprint
    assert len(fingerprint) == 16
    assert fingerprint != public(OTHER).fingerprint


def test_a_signature_made_once_and_written_down_is_still_good() -> None:
    key = PublicKey.from_base64("UA/Qzt0K4dCtP7FYAezg21SGcydgevr+3S5w4PhsiuE=")
    signature = "sEMoRoJ+DQ8M5ZlPvxUvVIxhZtTdCUcU8MQTv/zBkX6Kqyci/vx2GpX4AXhwiZkESYsM5SC6cEkHvM+Sep8+AQ=="

    assert verify(b'{"data":{"id":"1"}}', signature, "1786458000", [key]) == Signed(
        "1dfbd70951b4bfeb", 1786458000
    )


def test_the_vector_is_good_and_a_changed_body_is_not() -> None:
    vector = json.loads(VECTOR.read_text())
    timestamp = vector["headers"]["telnyx-timestamp"]
    signature = vector["headers"]["telnyx-signature-ed25519"]
    body = vector["raw_body"].encode()
    key = PublicKey.from_base64(vector["public_key_base64"])

    assert verify(body, signature, timestamp, [key]).fingerprint == key.fingerprint
    with pytest.raises(BadSignature):
        verify(body + b" ", signature, timestamp, [key])


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (BODY, sign(key=OTHER)),
        (BODY, sign(body=b"another body")),
        (BODY, sign(timestamp=str(NOW + 1))),
        (bytes([BODY[0] ^ 1]) + BODY[1:], sign()),
        (json.dumps(json.loads(BODY)).encode(), sign()),
        (BODY + b" ", sign()),
        (BODY.decode().encode("utf-16"), sign()),
        (b"", sign()),
        (BODY, base64_of(bytes(64))),
    ],
    ids=[
        "other key",
        "other body",
        "other time",
        "flipped bit",
        "re-serialised",
        "space",
        "utf-16",
        "empty",
        "zeros",
    ],
)
@pytest.mark.promise("X49")
def test_a_signature_of_anything_but_these_bytes_is_refused(body: bytes, signature: str) -> None:
    with pytest.raises(BadSignature) as caught:
        verify(body, signature, str(NOW), [public(OURS)])

    assert not caught.value.malformed


@pytest.mark.promise("X49")
def test_every_flipped_bit_of_a_signature_is_refused() -> None:
    made = base64.b64decode(sign())

    for bit in range(512):
        flipped = bytearray(made)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadSignature):
            verify(BODY, base64_of(bytes(flipped)), str(NOW), [public(OURS)])


MALFORMED_SIGNATURES = {
    "missing": "",
    "two headers": f"{sign()},{sign()}",
    "junk": "not base64 at all!",
    "63 bytes": base64_of(b"x" * 63),
    "65 bytes": base64_of(b"x" * 65),
    "url-safe": base64.urlsafe_b64encode(b"\xfb\xff" * 32).decode(),
    "no padding": sign().rstrip("="),
    "line break": sign() + "\n",
    "inner space": sign()[:40] + " " + sign()[40:],
    "second spelling": sign()[:-3] + chr(ord(sign()[-3]) + 1) + "==",
    "unicode": "ﬀ" * 86 + "==",
    "hex": "ab" * 64,
}


@pytest.mark.parametrize("signature", MALFORMED_SIGNATURES.values(), ids=MALFORMED_SIGNATURES)
@pytest.mark.promise("X50")
def test_a_malformed_signature_header_is_distinguished_from_a_wrong_one(signature: str) -> None:
    with pytest.raises(BadSignature) as caught:
        verify(BODY, signature, str(NOW), [public(OURS)])

    assert caught.value.malformed


MALFORMED_TIMESTAMPS = {
    "missing": "",
    "exponent": "1e9",
    "negative": "-1786458000",
    "signed": "+1786458000",
    "30 digits": "1" * 30,
    "8 digits": "1" * 8,
    "unicode digits": "١٧٨٦٤٥٨٠٠٠",
    "fraction": "1786458000.5",
    "line break": "1786458000\n",
    "leading space": " 1786458000",
    "two headers": "1786458000,1786458000",
    "underscores": "1_786_458_000",
    "hex": "0x6a7b",
}


@pytest.mark.parametrize("timestamp", MALFORMED_TIMESTAMPS.values(), ids=MALFORMED_TIMESTAMPS)
@pytest.mark.promise("X50")
def test_a_malformed_timestamp_is_refused_even_when_it_is_signed(timestamp: str) -> None:
    with pytest.raises(BadSignature) as caught:
        verify(BODY, sign(timestamp=timestamp), timestamp, [public(OURS)])

    assert caught.value.malformed


@pytest.mark.promise("X51")
def test_old_and_new_keys_are_both_good_while_keys_change() -> None:
    old, new = public(OTHER), public(OURS)

    assert verify(BODY, sign(key=OTHER), str(NOW), [old, new]).fingerprint == old.fingerprint
    assert verify(BODY, sign(key=OURS), str(NOW), [old, new]).fingerprint == new.fingerprint


@pytest.mark.promise("X51")
def test_a_revoked_key_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(BODY, sign(key=OTHER), str(NOW), [public(OURS)])


@pytest.mark.parametrize("count", [0, 5])
@pytest.mark.promise("X51")
def test_no_key_and_too_many_keys_are_an_error_of_the_caller(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 4"):
        verify(BODY, sign(), str(NOW), [public(OURS)] * count)


@pytest.mark.parametrize(
    "text",
    ["", "not base64!", base64_of(b"x" * 31), base64_of(b"x" * 33), key_text(OURS)[:-1], "é", "ab" * 32],
)
def test_a_public_key_of_another_shape_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="A public key must be"):
        PublicKey.from_base64(text)


def test_a_public_key_may_be_pasted_with_space_around_it() -> None:
    assert PublicKey.from_base64(f" {key_text(OURS)}\n") == public(OURS)


def sdk_accepts(body: bytes, signature: str, timestamp: str) -> bool:
    headers = {"Telnyx-Signature-Ed25519": signature, "Telnyx-Timestamp": timestamp}
    try:
        verify_webhook_signature(body, headers, key_text(OURS))
    except WebhookVerificationError:
        return False
    return True


def we_accept(body: bytes, signature: str, timestamp: str) -> bool:
    try:
        signed = verify(body, signature, timestamp, [public(OURS)])
    except BadSignature:
        return False
    return abs(time.time() - signed.at) <= inbox.TOLERANCE_SECONDS


@pytest.mark.parametrize(
    ("age", "change", "accepted"),
    [
        (0, {}, True),
        (200, {}, True),
        (-200, {}, True),
        (400, {}, False),
        (-400, {}, False),
        (0, {"body": BODY + b" "}, False),
        (0, {"body": b""}, False),
        (0, {"signature": sign(key=OTHER)}, False),
        (0, {"signature": ""}, False),
        (0, {"signature": base64_of(b"x" * 63)}, False),
        (0, {"signature": base64_of(b"x" * 65)}, False),
        (0, {"signature": "junk"}, False),
        (0, {"timestamp": ""}, False),
        (0, {"timestamp": "1e9"}, False),
        (0, {"timestamp": "-1"}, False),
        (0, {"timestamp": "9" * 30}, False),
    ],
)
def test_the_official_sdk_agrees(age: int, change: dict[str, str | bytes], accepted: bool) -> None:
    timestamp = str(int(time.time()) - age)
    case = {"body": BODY, "signature": sign(timestamp=timestamp), "timestamp": timestamp, **change}

    assert sdk_accepts(**case) is we_accept(**case) is accepted  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [b"", b"\xff\xfe not text", "emoji 🙂".encode(), b"x" * 200_000])
def test_bytes_that_are_not_text_are_judged_too(body: bytes) -> None:
    assert verify(body, sign(body), str(NOW), [public(OURS)])
