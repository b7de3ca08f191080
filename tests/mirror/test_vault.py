"""What is sealed can be read with any key in the list, and with no other."""

import pytest
from cryptography.fernet import Fernet

from messaging.mirror import sealing

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_sealing_keys_rotate_without_a_gap(settings):
    settings.DOCUMENT_KEYS = [OLD]
    sealed = sealing.seal(b"%PDF- of a bill")
    assert b"PDF" not in sealed

    settings.DOCUMENT_KEYS = [NEW, OLD]
    assert sealing.unseal(sealed) == b"%PDF- of a bill"
    again = sealing.reseal(sealed)
    settings.DOCUMENT_KEYS = [NEW]
    assert sealing.unseal(again) == b"%PDF- of a bill"

    with pytest.raises(sealing.Unreadable):
        sealing.unseal(sealed)


def test_changed_bytes_are_not_believed(settings):
    settings.DOCUMENT_KEYS = [OLD]
    sealed = bytearray(sealing.seal(b"content"))
    sealed[-5] ^= 1

    with pytest.raises(sealing.Unreadable):
        sealing.unseal(bytes(sealed))
