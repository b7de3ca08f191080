"""What is sealed can be read with any key of the list, and with no other."""

import pytest
from cryptography.fernet import Fernet

from messaging.mirror import vault

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_sealing_keys_rotate_without_a_gap(settings):
    settings.DOCUMENT_KEYS = [OLD]
    sealed = vault.seal(b"%PDF- of a bill")
    assert b"PDF" not in sealed

    settings.DOCUMENT_KEYS = [NEW, OLD]
    assert vault.unseal(sealed) == b"%PDF- of a bill"
    again = vault.reseal(sealed)
    settings.DOCUMENT_KEYS = [NEW]
    assert vault.unseal(again) == b"%PDF- of a bill"

    with pytest.raises(vault.Unreadable):
        vault.unseal(sealed)


def test_changed_bytes_are_not_believed(settings):
    settings.DOCUMENT_KEYS = [OLD]
    sealed = bytearray(vault.seal(b"content"))
    sealed[-5] ^= 1

    with pytest.raises(vault.Unreadable):
        vault.unseal(bytes(sealed))
