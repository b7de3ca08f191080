"""Keep bytes that nobody may read from the disk: encrypted with the first key, readable with any on the list.

A key is 32 random bytes in URL-safe base64 (`Fernet.generate_key`). To rotate, put a new one first.
"""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """None of the keys opens these bytes: a key was removed too early, or the bytes were changed."""


def seal(content: bytes) -> bytes:
    """Return `content` encrypted. Raise ValueError if no valid key is configured."""
    return _keys(tuple(settings.DOCUMENT_KEYS)).encrypt(content)


def unseal(sealed: bytes) -> bytes:
    """Return what was sealed. Raise Unreadable if no key fits."""
    try:
        return _keys(tuple(settings.DOCUMENT_KEYS)).decrypt(sealed)
    except InvalidToken:
        raise Unreadable("None of the keys opens it.") from None


def reseal(sealed: bytes) -> bytes:
    """Return the same content under the first key. Raise Unreadable if no key fits."""
    try:
        return _keys(tuple(settings.DOCUMENT_KEYS)).rotate(sealed)
    except InvalidToken:
        raise Unreadable("None of the keys opens it.") from None


@lru_cache(maxsize=4)
def _keys(texts: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(text) for text in texts])
