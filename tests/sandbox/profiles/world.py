"""The profiles and senders that Telnyx holds. The caller holds the lock."""

import secrets
import uuid
from typing import Any
from urllib.parse import urlsplit

from ..hosted.numbers import health
from ..numbers import OWNED
from ..state import Record, State
from ..wire import Refusal
from .facts import FACTS, ORGANIZATION, checked_id

NAMES = {
    "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e01": "Sandbox profile",
    "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e02": "Appointment reminders",
    "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e03": "Customer care",
}
FIRST = next(iter(NAMES))
BEGUN_AT = "2026-01-05T09:00:00.000000Z"
OUR_PATH = "/webhooks/telnyx/"

# What a new profile gets for everything that its body does not name.
DEFAULTS: Record = {
    "enabled": True,
    "webhook_url": "",
    "webhook_failover_url": "",
    "webhook_api_version": "2",
    "number_pool_settings": None,
    "url_shortener_settings": None,
    "alpha_sender": None,
    "daily_spend_limit": "",
    "daily_spend_limit_enabled": False,
    "mms_fall_back_to_sms": False,
    "mms_transcoding": False,
    "mobile_only": False,
    "smart_encoding": False,
    "ai_assistant_id": None,
    "resource_group_id": None,
    "health_webhook_url": None,
    "redaction_enabled": False,
    "redaction_level": 2,
}
ABLE = {"domestic_two_way": True, "international_inbound": True, "international_outbound": True}
POOL = {"sticky_sender": False, "geomatch": False}
SHORTENER = {"prefix": "", "replace_blacklist_only": False, "send_webhooks": False}


class World:
    """The records, and how they change with and without a request from us."""

    def __init__(self, state: State, webhook_url: str | None) -> None:
        self.state = state
        self.webhook_url = webhook_url

    @property
    def profiles(self) -> dict[str, Record]:
        return self.state.collection("messaging_profiles")

    @property
    def senders(self) -> dict[str, Record]:
        return self.state.collection("alphanumeric_sender_ids")

    @property
    def assignments(self) -> dict[str, Record]:
        return self.state.collection("messaging_numbers_bulk_updates")

    def begin(self) -> None:
        """Make the three profiles that every start has, and send their events where the sandbox was told to."""
        if "messaging_profiles" not in self.state.collections:
            for id, name in NAMES.items():
                self.profiles[id] = {
                    "id": id,
                    "name": name,
                    "whitelisted_destinations": ["US"],
                    **DEFAULTS,
                    # Telnyx shows it in every answer, so the code that reads profiles must keep it secret.
                    "v1_secret": f"sandbox-secret-{id[-2:]}",
                    "created_at": BEGUN_AT,
                    "updated_at": BEGUN_AT,
                }
                self.profiles[id]["webhook_url"] = self.webhook_url
            self.profiles[FIRST]["number_pool_settings"] = POOL | {
                "toll_free_weight": 1,
                "long_code_weight": 1,
                "skip_unhealthy": True,
            }
        for id in NAMES:
            profile = self.profiles.get(id)
            if profile and self.webhook_url and is_old_address(profile["webhook_url"]):
                profile["webhook_url"] = self.webhook_url

    # Finding.

    def profile(self, id: str, status: int = 400) -> Record:
        """Return a profile; raises Refusal `status` (not a UUID) or 404."""
        try:
            return self.profiles[checked_id(id, status)]
        except KeyError:
            raise Refusal(404, detail="No messaging profile has this id.") from None

    def find(self, id: str | None) -> Record | None:
        """Return a profile, or None if there is none."""
        return self.profiles.get(id.lower()) if id else None

    def sender(self, id: str) -> Record:
        try:
            return self.senders[id.lower()]
        except KeyError:
            raise Refusal(404, detail="No alphanumeric sender ID has this id.") from None

    def senders_of(self, profile_id: str) -> list[Record]:
        return [sender for sender in self.senders.values() if sender["messaging_profile_id"] == profile_id]

    def numbers_of(self, profile_id: str) -> list[Record]:
        """Return the numbers of a profile, as REST shows settings, without short codes."""
        held = [number for number in self.owned(profile_id) if number["type"] != "short-code"]
        hosted = self.state.collection("hosted_numbers").values()
        mine = [number for number in hosted if number["messaging_profile_id"] == profile_id]
        return [self.settings(number) for number in [*held, *mine]]

    def owned(self, profile_id: str) -> list[Record]:
        """Return the account's own numbers on a profile, wherever they began."""
        moved = self.state.collection("moved_numbers")
        return [
            number | {"messaging_profile_id": profile_id}
            for number in OWNED
            if moved.get(number["phone_number"], {"to": number["messaging_profile_id"]})["to"] == profile_id
        ]

    def assign(self, profile_id: str, phone_number: str) -> bool:
        """Put one of the account's numbers on a profile, "" for none. Return False if it isn't the account's."""
        known = any(
            number["phone_number"] == phone_number and number["type"] != "short-code" for number in OWNED
        )
        hosted = self.state.collection("hosted_numbers").values()
        for number in hosted:
            if number["phone_number"] == phone_number:
                number["messaging_profile_id"] = profile_id or None
                known = True
        if known:
            self.state.collection("moved_numbers")[phone_number] = {"to": profile_id or None}
            self.state.save()
        return known

    def settings(self, number: Record) -> Record:
        return {
            "record_type": FACTS["answers"]["NumberSettings"]["record_type"],
            "id": number.get("id", str(uuid.uuid5(uuid.NAMESPACE_URL, number["phone_number"]))),
            "phone_number": number["phone_number"],
            "messaging_profile_id": number["messaging_profile_id"],
            "messaging_product": number.get("messaging_product", "A2P"),
            "traffic_type": number.get("messaging_product", "A2P"),
            "eligible_messaging_products": ["A2P"],
            "features": {"sms": ABLE, "mms": ABLE | {"international_outbound": False}},
            "type": number.get("type", "long-code"),
            "country_code": "US",
            "tags": number.get("tags", []),
            "health": health(number["phone_number"]),
            "organization_id": ORGANIZATION,
            "created_at": number.get("created_at", BEGUN_AT),
            "updated_at": number.get("updated_at", BEGUN_AT),
        }

    def short_codes_of(self, profile_id: str) -> list[Record]:
        return [
            {
                "record_type": FACTS["answers"]["ShortCode"]["record_type"],
                "id": str(uuid.uuid5(uuid.NAMESPACE_URL, number["phone_number"])),
                "short_code": number["phone_number"],
                "country_code": "US",
                "messaging_profile_id": profile_id,
                "tags": number.get("tags", ["campaign", "spring"]),
                "created_at": BEGUN_AT,
                "updated_at": BEGUN_AT,
            }
            for number in self.owned(profile_id)
            if number["type"] == "short-code"
        ]

    # Changing.

    def add(self, body: dict[str, Any]) -> Record:
        now = self.state.now()
        profile = {"id": str(uuid.uuid4()), **DEFAULTS, "v1_secret": new_secret(), "created_at": now}
        self.profiles[profile["id"]] = profile
        self.change(profile, body)
        return profile

    def change(self, profile: Record, changes: dict[str, Any]) -> None:
        profile |= {name: completed(name, value) for name, value in changes.items()}
        profile["updated_at"] = self.state.now()
        self.state.save()

    def renew_secret(self, profile: Record) -> None:
        self.change(profile, {"v1_secret": new_secret()})

    def remove(self, profile: Record) -> None:
        """Delete a profile. Its senders are deleted with it, and its numbers become free."""
        del self.profiles[profile["id"]]
        for sender in self.senders_of(profile["id"]):
            del self.senders[sender["id"]]
        for number in self.state.collection("hosted_numbers").values():
            if number["messaging_profile_id"] == profile["id"]:
                number["messaging_profile_id"] = None
        self.state.save()

    def add_sender(self, body: dict[str, Any]) -> Record:
        sender = {"id": str(uuid.uuid4()), **body, "organization_id": ORGANIZATION}
        self.senders[sender["id"]] = sender
        self.state.save()
        return sender

    def remove_sender(self, sender: Record) -> None:
        del self.senders[sender["id"]]
        self.state.save()


def completed(name: str, value: Any) -> Any:
    """Return a value with the members that it leaves to Telnyx filled in."""
    defaults = {"number_pool_settings": POOL, "url_shortener_settings": SHORTENER}.get(name)
    return defaults | value if defaults and value is not None else value


def new_secret() -> str:
    return secrets.token_urlsafe(18)


def is_old_address(url: str | None) -> bool:
    """Return True if this is the address of an earlier start, on another port."""
    parts = urlsplit(url or "")
    return parts.hostname in ("127.0.0.1", "localhost") and parts.path == OUR_PATH
