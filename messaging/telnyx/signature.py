"""Who signed a webhook: Ed25519 over the raw bytes, as Telnyx's webhook guide describes it (docs/telnyx.md, T6.1).

Telnyx's own verifier takes one key and first turns the body into text; here the bytes are judged as they came,
against every key that is trusted while a key is being changed.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

MOST_KEYS = 4
KEY_BYTES = 32
TIMESTAMP = re.compile(r"[0-9]{9,11}")
# 64 bytes in the standard alphabet; the last letter carries two bits, so it can only be one of four.
SIGNATURE = re.compile(r"[A-Za-z0-9+/]{85}[AQgw]==")


class BadSignature(Exception):
    """No trusted key signed these bytes; `malformed` says that the headers could not even be read, `missing` that
    there were none.
    """

    def __init__(self, reason: str, *, malformed: bool = False, missing: bool = False) -> None:
        super().__init__(reason)
        self.malformed = malformed
        self.missing = missing


@dataclass(frozen=True)
class Signed:
    """A good signature: `fingerprint` names the key that made it, `at` is when, in Unix seconds of Telnyx's clock."""

    fingerprint: str
    at: int


@dataclass(frozen=True)
class PublicKey:
    """A Telnyx key that we trust: `raw` is its 32 bytes."""

    raw: bytes

    @classmethod
    def from_base64(cls, text: str) -> Self:
        """Read a key as the Telnyx portal shows it; raise ValueError if it isn't base64 of 32 bytes."""
        try:
            raw = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("A public key must be base64, as the Telnyx portal shows it.") from None
        if len(raw) != KEY_BYTES:
            raise ValueError(f"A public key must be {KEY_BYTES} bytes in base64, this one has {len(raw)}.")
        return cls(raw)

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that name this key in logs and rows."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Return True if this key made `signature`, 64 raw bytes, over `message`."""
        try:
            VerifyKey(self.raw).verify(message, signature)
        except BadSignatureError:
            return False
        return True


class OneTimeKey:
    """A key pair of our own for one test delivery. Its private half stays in this object."""

    def __init__(self) -> None:
        self._key = SigningKey.generate()

    @property
    def public(self) -> str:
        """The public half in base64, as Telnyx's portal would show it."""
        return base64.b64encode(bytes(self._key.verify_key)).decode()

    def headers(self, body: bytes, at: int) -> dict[str, str]:
        """Return the two headers that Telnyx would send with `body` at this time, in Unix seconds."""
        made = self._key.sign(str(at).encode() + b"|" + body).signature
        return {
            "telnyx-timestamp": str(at),
            "telnyx-signature-ed25519": base64.b64encode(made).decode(),
        }


def verify(body: bytes, signature: str, timestamp: str, keys: Sequence[PublicKey]) -> Signed:
    """Return which of `keys` signed `body`, the request's bytes exactly as received, and when.

    `signature` and `timestamp` are the two header values, "" if absent. Whether the time is close enough to ours is
    judged where the body is stored, by one clock. Raises BadSignature, and ValueError if there is no key or more than
    four.
    """
    if not 1 <= len(keys) <= MOST_KEYS:
        raise ValueError(f"A webhook is checked against 1 to {MOST_KEYS} public keys, not {len(keys)}.")
    if not TIMESTAMP.fullmatch(timestamp):
        reason = "The timestamp header is missing or is not Unix seconds."
        raise BadSignature(reason, malformed=True, missing=not timestamp)
    if not SIGNATURE.fullmatch(signature):
        reason = "The signature header is missing or is not base64 of 64 bytes."
        raise BadSignature(reason, malformed=True, missing=not signature)

    message = timestamp.encode() + b"|" + body
    made = base64.b64decode(signature)
    signer = next((key for key in keys if key.signed(message, made)), None)
    if signer is None:
        raise BadSignature("None of the trusted keys made this signature.")

    return Signed(signer.fingerprint, int(timestamp))
