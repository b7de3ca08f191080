"""Who can send to whom: the sender of a request, its profile, and every reason to refuse a destination."""

import re
from dataclasses import dataclass
from typing import Any

from ..countries import country
from ..numbers import owned
from ..state import Record
from ..wire import Refusal, error
from .facts import RULES, refused
from .world import World

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
TEN_DIGITS = {"long_code": ("long-code", "toll-free"), "group_mms": ("long-code", "toll-free")}
TYPES = TEN_DIGITS | {"short_code": ("short-code",)}
ALPHANUMERIC = "alphanumeric"


@dataclass(frozen=True)
class From:
    """A sender that can be used; `type` is long-code, toll-free, short-code or alphanumeric."""

    address: str
    type: str
    profile: Record
    fallback: str | None = None


class Senders:
    def __init__(self, world: World) -> None:
        self.world = world
        self.turns: dict[str, int] = {}

    def sender(self, operation: str, body: dict[str, Any]) -> From:
        """Return the sender a request means; raises Refusal."""
        address = body.get("from")
        profile = self.chosen_profile(body)
        if address is None:
            if profile is None:
                detail = "Name a sender in from, or a profile whose numbers can be used."
                raise Refusal(400, [error("10004", "Missing required parameter", detail, pointer="/from")])
            return self.from_pool(profile)
        if operation == "alphanumeric" or not re.fullmatch(r"\+?[0-9]+", address):
            return self.alphanumeric(address, profile)
        return self.by_number(operation, address, profile)

    def chosen_profile(self, body: dict[str, Any]) -> Record | None:
        id = body.get("messaging_profile_id")
        profile = self.world.profile(id.lower()) if id else None
        if id and profile is None:
            entry = error(
                "10017",
                "Associated resource does not exist",
                "There is no such messaging profile.",
                pointer="/messaging_profile_id",
            )
            raise Refusal(RULES["status_of_a_refused_body"], [entry])
        return profile

    def by_number(self, operation: str, address: str, profile: Record | None) -> From:
        number = self.world.number(address)
        if number is None or number["messaging_profile_id"] is None:
            raise refused(
                "40305", "This sender is not a number on a messaging profile of this account.", "/from"
            )
        if profile is not None and number["messaging_profile_id"] != profile["id"]:
            raise refused("40305", "This sender belongs to another messaging profile.", "/from")
        if number["type"] not in TYPES.get(operation, (number["type"],)):
            raise refused("40305", f"A {number['type']} number cannot be used here.", "/from")
        if number["type"] == "toll-free" and not number["verified"]:
            raise refused("40329", "This toll-free number has not passed verification.", "/from")
        own = self.world.profile(number["messaging_profile_id"])
        if own is None:
            raise refused("40305", "The messaging profile of this sender no longer exists.", "/from")
        return From(address, number["type"], enabled(own))

    def from_pool(self, profile: Record) -> From:
        """Take the numbers of a profile in turn."""
        usable = [
            entry
            for entry in owned(profile["id"])
            if entry["type"] == "long-code" or (entry["type"] == "toll-free" and entry["verified"])
        ]
        # A profile without the member is one of those the sandbox starts with. Their pool is on.
        if not usable or profile.get("number_pool_settings", {}) is None:
            detail = "The number pool of this profile is off or empty."
            raise refused("40321", detail, "/messaging_profile_id")
        turn = self.turns[profile["id"]] = self.turns.get(profile["id"], -1) + 1
        entry = usable[turn % len(usable)]
        return From(entry["phone_number"], entry["type"], enabled(profile))

    def alphanumeric(self, address: str, profile: Record | None) -> From:
        wanted = RULES["alphanumeric_pattern"]
        if not re.fullmatch(wanted, address) or not re.search("[A-Za-z]", address):
            raise refused(
                "40325", "Use 1 to 11 letters, digits and spaces, with a letter among them.", "/from"
            )
        if profile is None:
            detail = "messaging_profile_id is required for an alphanumeric sender."
            entry = error("10004", "Missing required parameter", detail, pointer="/messaging_profile_id")
            raise Refusal(400, [entry])
        rows = self.world.state.collection("alphanumeric_sender_ids").values()
        known = {
            row["alphanumeric_sender_id"]: row.get("us_long_code_fallback")
            for row in rows
            if row["messaging_profile_id"] == profile["id"]
        }
        if profile.get("alpha_sender"):
            known.setdefault(profile["alpha_sender"], None)
        if not known:
            raise refused("40306", "This profile has no alphanumeric sender id.", "/from")
        if address not in known:
            raise refused("40307", "This sender id is not one of the profile's.", "/from")
        return From(address, ALPHANUMERIC, enabled(profile), known[address])

    def check_destination(self, sender: From, to: str, pointer: str) -> str:
        """Return the sender that is actually used; raises Refusal for a recipient it must not reach."""
        if re.fullmatch("[0-9]{5,6}", to):  # a short code doesn't say its country
            return sender.address
        if not E164.fullmatch(to):
            raise refused("40310", "Write one number as +18005550100.", pointer)
        there, allowed = country(to), sender.profile["whitelisted_destinations"]
        if not allowed:
            raise refused("40331", "The profile does not allow any country.", pointer)
        if allowed != ["*"] and there not in allowed:
            raise refused("40309", f"The profile does not allow {there or 'this country'}.", pointer)
        if self.world.is_opted_out(sender.profile["id"], to):
            raise refused("40300", f"{to} opted out of messages from this profile.", pointer)
        if sender.type == ALPHANUMERIC and there in RULES["no_alphanumeric_senders_in"]:
            if there != "US" or sender.fallback is None:
                raise refused("40301", f"An alphanumeric sender cannot send to {there}.", pointer)
            return sender.fallback
        return sender.address


def enabled(profile: Record) -> Record:
    if not profile.get("enabled", True):
        raise refused("40312", "This messaging profile is switched off.")
    return profile
