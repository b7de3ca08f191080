"""The numbers of the sandbox's account: which profile each belongs to, and whether a toll-free one is verified."""

from typing import Any

# The three profiles that the account starts with.
PROFILES = (
    "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e01",
    "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e02",
    "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e03",
)


def number(
    id: int, phone_number: str, type: str, profile: int | None, *, verified: bool = True
) -> dict[str, Any]:
    return {
        # The real ids look like numbers and are not UUIDs (OpenAPI example); those of short codes are UUIDs.
        "id": f"6b8a3d51-0c8e-4c53-9e0e-{id:012}" if type == "short-code" else str(1293384261075730000 + id),
        "phone_number": phone_number,
        "type": type,
        "messaging_profile_id": None if profile is None else PROFILES[profile],
        "verified": verified,
        "country_code": "US",
    }


OWNED: list[dict[str, Any]] = [
    number(1, "+13125550160", "long-code", 0),
    number(2, "+13125550161", "long-code", 0),
    number(3, "+18005550170", "toll-free", 0),
    number(4, "+12175550162", "long-code", 1),
    number(5, "+18885550171", "toll-free", 1, verified=False),
    number(6, "+14155550163", "long-code", 2),
    number(7, "24680", "short-code", 2),
    number(8, "+12065550164", "long-code", None),
]


def owned(profile_id: str) -> list[dict[str, Any]]:
    return [entry for entry in OWNED if entry["messaging_profile_id"] == profile_id]
