"""Telnyx's Ed25519 key pairs: the current one, the next one, and one that nobody trusts."""

import base64
import os
from pathlib import Path

from nacl.signing import SigningKey

SEED_BYTES = 32


class Keys:
    """Signs webhooks. Without a file, the pairs live as long as the process.

    The file holds the base64 seeds of "current" and "next", one per line. It is created if it does not exist.
    """

    def __init__(self, path: Path | None = None) -> None:
        seeds = [os.urandom(SEED_BYTES), os.urandom(SEED_BYTES)]
        if path and path.exists():
            seeds = [base64.b64decode(line, validate=True) for line in path.read_text().split()]
        elif path:
            write_private(path, "".join(base64.b64encode(seed).decode() + "\n" for seed in seeds))
        if [len(seed) for seed in seeds] != [SEED_BYTES, SEED_BYTES]:
            raise ValueError(f"{path}: two lines of base64, {SEED_BYTES} bytes each, are needed")
        self.pairs = {
            "current": SigningKey(seeds[0]),
            "next": SigningKey(seeds[1]),
            "unknown": SigningKey.generate(),
        }

    def public(self, name: str = "current") -> str:
        """Return the base64 public key as the portal shows it."""
        return base64.b64encode(bytes(self.pairs[name].verify_key)).decode()

    def headers(self, body: bytes, timestamp: str, key: str = "current") -> dict[str, str]:
        """Return the two headers of a delivery: Ed25519 over timestamp, pipe, raw body."""
        signature = self.pairs[key].sign(timestamp.encode() + b"|" + body).signature
        return {
            "telnyx-timestamp": timestamp,
            "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
        }


def write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
