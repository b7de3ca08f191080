"""What comes back when someone taps a button: base64 in transit, text for people."""

import base64
import binascii


def encode_postback(text: str) -> str:
    """Encode a text as it is sent: strict base64."""
    return base64.b64encode(text.encode()).decode()


def is_encoded(value: str) -> bool:
    """Return True if this is strict base64."""
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def decode_postback(value: str) -> str:
    """Return what came back as text; anything that is not text in base64 is returned unchanged.

    Telnyx's own samples show plain text (docs/telnyx.md, T4.11).
    """
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return value
    return text if text and all(one.isprintable() or one in "\n\t" for one in text) else value
