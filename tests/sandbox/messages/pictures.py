"""Pictures for multimedia messages from phones: small PNG files made from their names, so that none is stored."""

import hashlib
import struct
import zlib
from typing import Any

SIDE = 96
CONTENT_TYPE = "image/png"


def picture(name: str) -> bytes:
    """Return the picture with this name, always the same: two colors, divided by a diagonal."""
    return drawn(name, SIDE)


def drawn(name: str, side: int) -> bytes:
    """Return such a picture of this height and width."""
    digest = hashlib.sha256(name.encode()).digest()
    first, second = digest[:3], digest[3:6]
    rows = b"".join(b"\0" + first * (side - row) + second * row for row in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def attached(url: str, data: bytes, content_type: str) -> dict[str, Any]:
    """Return a file as the media of an inbound message shows it."""
    return {
        "content_type": content_type,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "url": url,
    }
