"""The sending numbers that the account owns from the start; hosted numbers come on top of them."""

from typing import Any

MAIN = "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e01"
REMINDERS = "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e02"

OWNED: list[dict[str, Any]] = [
    {"phone_number": "+18005550100", "type": "toll-free", "messaging_profile_id": MAIN},
    {"phone_number": "+13125550150", "type": "long-code", "messaging_profile_id": MAIN},
    {"phone_number": "+13125550151", "type": "long-code", "messaging_profile_id": REMINDERS},
    {"phone_number": "50100", "type": "short-code", "messaging_profile_id": MAIN},
]


def owned(profile_id: str) -> list[dict[str, Any]]:
    """Return the numbers under one profile."""
    return [number for number in OWNED if number["messaging_profile_id"] == profile_id]
