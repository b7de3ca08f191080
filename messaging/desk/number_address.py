"""The address of the page about one number. The number in it is encrypted: no address, log or history shows it.

The same number always has the same address, until the secret key of this installation changes.
"""

import base64
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

# The longest address in the log.
LONGEST = 64


def url_of(number: str) -> str:
    """Return the address of the page about a number, in E.164, or about a short code or a name of a sender."""
    return reverse("admin:desk_number", args=[token_of(number)])


def token_of(number: str) -> str:
    """Return a number in a form that only this installation can read."""
    sealed = _key(settings.SECRET_KEY).encrypt(number.encode(), None)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def number_in(token: str) -> str:
    """Return the number in a token, or "" if it isn't one of ours."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return ""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _key(secret).decrypt(sealed, None).decode()[:LONGEST]
        except (InvalidTag, ValueError):
            continue
    return ""


@lru_cache(maxsize=4)
def _key(secret: str) -> AESSIV:
    return AESSIV(salted_hmac(__name__, "key", secret=secret, algorithm="sha512").digest())
