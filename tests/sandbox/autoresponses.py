"""Auto-responses of messaging profiles: list, create, get, replace, delete."""

import uuid
from collections.abc import Callable
from typing import Any

from .contract import Contract, bad, load, moment
from .paging import data_page
from .profiles.service import Messaging
from .routing import Route
from .state import Record, State
from .wire import Answer, Refusal, Request, error, is_uuid, json_answer, parse_json

FACTS = load("autoresponses")
RESERVED: dict[str, str] = FACTS["reserved"]["value"]
BOUNDS = (("created_at", "gte"), ("created_at", "lte"), ("updated_at", "gte"), ("updated_at", "lte"))

contract = Contract("autoresponses")


class AutoResponses:
    """The configs of all profiles, each kept as Telnyx shows it, plus its profile."""

    def __init__(self, state: State, profiles: Messaging) -> None:
        self.state = state
        self.profiles = profiles

    @property
    def records(self) -> dict[str, Record]:
        return self.state.collection("autoresponses")

    def routes(self) -> list[Route]:
        functions: dict[str, Callable[..., Answer]] = {
            "list": self.list,
            "create": self.create,
            "get": self.get,
            "replace": self.replace,
            "delete": self.delete,
        }
        return [
            (operation["method"], operation["path"], functions[name])
            for name, operation in contract.operations.items()
        ]

    def list(self, request: Request, profile_id: str) -> Answer:
        """Answer with all configs at once: no paging is described, but `meta` is part of the answer."""
        self.profiles.get_profile(request, profile_id)
        if found := contract.query_errors("list", request.query):
            raise Refusal(400, found)
        query = dict(request.query)
        held = [record for record in reversed(self.records.values()) if selected(record, profile_id, query)]
        return data_page(held, {"page[size]": str(max(len(held), 1))}, shown)

    def create(self, request: Request, profile_id: str) -> Answer:
        self.profiles.get_profile(request, profile_id)
        return json_answer({"data": shown(self.add(profile_id, checked(request)))})

    def get(self, request: Request, profile_id: str, autoresp_cfg_id: str) -> Answer:
        return json_answer({"data": shown(self.find(profile_id, autoresp_cfg_id))})

    def replace(self, request: Request, profile_id: str, autoresp_cfg_id: str) -> Answer:
        record = self.find(profile_id, autoresp_cfg_id)
        self.edit(record, checked(request))
        return json_answer({"data": shown(record)})

    def delete(self, request: Request, profile_id: str, autoresp_cfg_id: str) -> Answer:
        del self.records[self.find(profile_id, autoresp_cfg_id)["id"]]
        self.state.save()
        return json_answer(contract.rules["answer_to_a_deletion"])

    def add(self, profile_id: str, body: dict[str, Any]) -> Record:
        now = stamp(self.state.now())
        record = {
            "id": str(uuid.uuid4()),
            "profile_id": profile_id.lower(),
            "created_at": now,
            "updated_at": now,
        }
        self.records[record["id"]] = record | body
        self.state.save()
        return self.records[record["id"]]

    def edit(self, record: Record, body: dict[str, Any]) -> None:
        """Replace everything that can be changed with `body`."""
        for name in contract.fields:
            record.pop(name, None)
        record |= body | {"updated_at": stamp(self.state.now())}
        self.state.save()

    def find(self, profile_id: str, id: str) -> Record:
        """Return a config of this profile; raises Refusal."""
        if not is_uuid(profile_id) or not is_uuid(id):
            raise Refusal(400, [error("10006", "Invalid ID", "The id is not a UUID.")])
        record = self.records.get(id.lower())
        if record is None or record["profile_id"] != profile_id.lower():
            raise Refusal(404, detail="The profile has no such auto-response.")
        return record


def checked(request: Request) -> dict[str, Any]:
    """Return the members of a body; raises Refusal."""
    body = parse_json(request.body)
    found = contract.errors(body) or misused(body)
    if found:
        raise Refusal(contract.rules["status_of_a_refused_body"], found)
    return body


def misused(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an error for each reserved word that is used under the wrong operation."""
    return [
        bad(f"{word} is reserved for {RESERVED[word.strip().upper()]!r}.", pointer=f"/keywords/{position}")
        for position, word in enumerate(body["keywords"])
        if RESERVED.get(word.strip().upper(), body["op"]) != body["op"]
    ]


def selected(record: Record, profile_id: str, query: dict[str, str]) -> bool:
    if record["profile_id"] != profile_id.lower():
        return False
    if query.get("country_code", record["country_code"]) != record["country_code"]:
        return False
    return all(
        within(record[name], query[f"{name}[{end}]"], end)
        for name, end in BOUNDS
        if f"{name}[{end}]" in query
    )


def within(value: str, bound: str, end: str) -> bool:
    at, limit = moment(value), moment(bound)
    if at is None or limit is None:
        return False
    return at >= limit if end == "gte" else at <= limit


def shown(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "profile_id"}


def stamp(now: str) -> str:
    """Return a time as this service writes it: +00:00 where the others write Z."""
    return now.replace("Z", "+00:00")
