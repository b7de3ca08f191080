"""The whole service: a function for each operation of the contract."""

import uuid
from collections.abc import Callable
from typing import Any

from ..contract import bad, missing
from ..paging import data_page
from ..routing import Route
from ..state import Record, State
from ..wire import Answer, Refusal, Request, error, json_answer
from . import metrics
from .facts import (
    DOMAINS,
    FACTS,
    IGNORED,
    ORGANIZATION,
    RULES,
    checked_body,
    checked_id,
    checked_query,
    contract,
)
from .world import World

REFUSED: int = RULES["status_of_a_refused_profile"]
SENDER_REFUSED: int = RULES["status_of_a_refused_sender"]


class Messaging:
    """Profiles and senders on the shared state."""

    def __init__(self, state: State, webhook_url: str | None) -> None:
        self.world = World(state, webhook_url)
        self.begin = self.world.begin
        self.begin()
        self.functions: dict[str, Callable[..., Answer]] = {
            "list_profiles": self.list_profiles,
            "create_profile": self.create_profile,
            "get_profile": self.get_profile,
            "update_profile": self.update_profile,
            "delete_profile": self.delete_profile,
            "regenerate_secret": self.regenerate_secret,
            "list_phone_numbers": self.list_phone_numbers,
            "list_short_codes": self.list_short_codes,
            "profile_metrics": self.profile_metrics,
            "list_metrics": self.list_metrics,
            "list_url_domains": self.list_url_domains,
            "list_senders": self.list_senders,
            "create_sender": self.create_sender,
            "get_sender": self.get_sender,
            "delete_sender": self.delete_sender,
            "list_profile_senders": self.list_profile_senders,
            "assign_numbers": self.assign_numbers,
            "get_assignment": self.get_assignment,
        }

    def routes(self) -> list[Route]:
        return [
            (operation["method"], operation["path"], self.functions[name])
            for name, operation in contract.operations.items()
        ]

    # Profiles.

    def list_profiles(self, request: Request) -> Answer:
        query = checked_query("list_profiles", request)
        found = [profile for profile in reversed(self.world.profiles.values()) if named(profile, query)]
        return data_page(found, query, profile_shape)

    def create_profile(self, request: Request) -> Answer:
        body = checked_body("create_profile", request, REFUSED)
        check_together(body, body)
        return json_answer({"data": profile_shape(self.world.add(body))})

    def get_profile(self, request: Request, id: str) -> Answer:
        return json_answer({"data": profile_shape(self.world.profile(id))})

    def update_profile(self, request: Request, id: str) -> Answer:
        """Change what is named. Null turns a setting off."""
        profile = self.world.profile(id)
        body = checked_body("update_profile", request, REFUSED, IGNORED)
        check_together(body, profile | body)
        self.world.change(profile, body)
        return json_answer({"data": profile_shape(profile)})

    def delete_profile(self, request: Request, id: str) -> Answer:
        profile = self.world.profile(id)
        self.world.remove(profile)
        return json_answer({"data": profile_shape(profile)})

    def regenerate_secret(self, request: Request, id: str) -> Answer:
        profile = self.world.profile(id, 404)
        self.world.renew_secret(profile)
        return json_answer({"data": profile_shape(profile)})

    def list_phone_numbers(self, request: Request, id: str) -> Answer:
        query = checked_query("list_phone_numbers", request)
        return data_page(self.world.numbers_of(self.world.profile(id)["id"]), query)

    def list_short_codes(self, request: Request, id: str) -> Answer:
        query = checked_query("list_short_codes", request)
        return data_page(self.world.short_codes_of(self.world.profile(id)["id"]), query)

    def profile_metrics(self, request: Request, id: str) -> Answer:
        frame = checked_query("profile_metrics", request).get("time_frame", "24h")
        return json_answer({"data": metrics.detailed(self.world.profile(id, 404)["id"], frame)})

    def list_metrics(self, request: Request) -> Answer:
        frame = checked_query("list_metrics", request).get("time_frame", "24h")
        rows = [metrics.high_level(id, frame) for id in reversed(self.world.profiles)]
        return data_page(rows, {"page[size]": str(max(len(rows), 20))})

    def list_url_domains(self, request: Request) -> Answer:
        query = checked_query("list_url_domains", request)
        return data_page([domain_shape(number, name) for number, name in enumerate(DOMAINS)], query)

    # Senders.

    def list_senders(self, request: Request) -> Answer:
        query = checked_query("list_senders", request, SENDER_REFUSED)
        profile_id = query.get("filter[messaging_profile_id]", "").lower()
        found = self.world.senders_of(profile_id) if profile_id else [*self.world.senders.values()]
        return data_page(found[::-1], query, sender_shape)

    def create_sender(self, request: Request) -> Answer:
        body = checked_body("create_sender", request, SENDER_REFUSED)
        body["messaging_profile_id"] = checked_id(body["messaging_profile_id"], SENDER_REFUSED)
        if body["messaging_profile_id"] not in self.world.profiles:
            raise Refusal(SENDER_REFUSED, [no_such_profile()])
        if any(same_sender(body, sender) for sender in self.world.senders.values()):
            raise Refusal(SENDER_REFUSED, [repeated()])
        return json_answer({"data": sender_shape(self.world.add_sender(body))}, 201)

    def get_sender(self, request: Request, id: str) -> Answer:
        return json_answer({"data": sender_shape(self.world.sender(id))})

    def delete_sender(self, request: Request, id: str) -> Answer:
        sender = self.world.sender(id)
        self.world.remove_sender(sender)
        return json_answer({"data": sender_shape(sender)})

    def list_profile_senders(self, request: Request, id: str) -> Answer:
        query = checked_query("list_profile_senders", request, 404)
        return data_page(self.world.senders_of(self.world.profile(id, 404)["id"])[::-1], query, sender_shape)

    # Numbers put on a profile.

    def assign_numbers(self, request: Request) -> Answer:
        """Take an order to put numbers on a profile. Of more than one number, the last waits until it is read again."""
        body = checked_body("assign_numbers", request, REFUSED)
        if body["messaging_profile_id"]:
            id = checked_id(body["messaging_profile_id"])
            if id not in self.world.profiles:
                raise Refusal(REFUSED, [no_such_profile()])
            body["messaging_profile_id"] = id
        waits = body["numbers"][-1:] if len(body["numbers"]) > 1 else []
        order = {"order_id": str(uuid.uuid4()), "to": body["messaging_profile_id"], "pending": waits}
        order |= self._assigned(order["to"], [each for each in body["numbers"] if each not in waits])
        self.world.assignments[order["order_id"]] = order
        return json_answer({"data": assignment_shape(order)})

    def get_assignment(self, request: Request, order_id: str) -> Answer:
        order = self.world.assignments.get(order_id.lower())
        if order is None:
            raise Refusal(404, detail="There is no such order.")
        later = self._assigned(order["to"], order["pending"])
        for part in ("success", "failed"):
            order[part] = order[part] + later[part]
        order["pending"] = []
        return json_answer({"data": assignment_shape(order)})

    def _assigned(self, profile_id: str, numbers: list[str]) -> Record:
        done = {number: self.world.assign(profile_id, number) for number in numbers}
        return {
            "success": [number for number in numbers if done[number]],
            "failed": [number for number in numbers if not done[number]],
        }


def assignment_shape(order: Record) -> dict[str, Any]:
    record_type = FACTS["answers"]["Assignment"]["record_type"]
    return {"record_type": record_type} | {name: value for name, value in order.items() if name != "to"}


def named(profile: Record, query: dict[str, str]) -> bool:
    name = profile["name"].lower()
    return (
        query.get("filter[name][eq]", profile["name"]) == profile["name"]
        and query.get("filter[name][contains]", "").lower() in name
        and query.get("filter[name]", "").lower() in name
    )


def check_together(body: Record, whole: Record) -> None:
    """Check the fields against each other; raises Refusal."""
    found = []
    destinations = body.get("whitelisted_destinations") or []
    if "*" in destinations and len(destinations) > 1:
        found.append(bad("Use * alone.", pointer="/whitelisted_destinations"))
    shortener = body.get("url_shortener_settings") or {}
    if shortener and shortener["domain"] not in DOMAINS:
        found.append(bad("This domain is not available.", pointer="/url_shortener_settings/domain"))
    if not whole.get("whitelisted_destinations"):
        found.append(missing("whitelisted_destinations is required.", pointer="/whitelisted_destinations"))
    if found:
        raise Refusal(REFUSED, found)


def profile_shape(profile: Record) -> dict[str, Any]:
    shown = profile | {
        "record_type": FACTS["answers"]["Profile"]["record_type"],
        "organization_id": ORGANIZATION,
    }
    # Documented as a decimal string. A limit that was never set is not shown.
    return {name: value for name, value in shown.items() if (name, value) != ("daily_spend_limit", "")}


def sender_shape(sender: Record) -> dict[str, Any]:
    return {"record_type": FACTS["answers"]["AlphanumericSender"]["record_type"], **sender}


def domain_shape(number: int, name: str) -> dict[str, Any]:
    record_type = FACTS["answers"]["UrlDomain"]["record_type"]
    return {
        "id": f"464bd54e-a328-4b11-a131-28e6793cb6f{number}",
        "record_type": record_type,
        "url_domain": name,
        "use_case": "marketing",
    }


def same_sender(body: Record, sender: Record) -> bool:
    return all(body[name] == sender[name] for name in ("alphanumeric_sender_id", "messaging_profile_id"))


def no_such_profile() -> dict[str, Any]:
    words = "There is no such messaging profile."
    return error("10017", "Associated resource does not exist", words, pointer="/messaging_profile_id")


def repeated() -> dict[str, Any]:
    words = "The profile already has this sender."
    return error("10012", "Duplicate resource", words, pointer="/alphanumeric_sender_id")
