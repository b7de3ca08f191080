"""The published rules, read from `contract/*.json`, and the checks of a body or a query against them."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .wire import error, is_uuid

FOLDER = Path(__file__).parent / "contract"

JSON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
    "integer": int,
    "number": (int, float),
}

Errors = Iterator[dict[str, Any]]
Fields = dict[str, dict[str, Any]]


def load(name: str) -> dict[str, Any]:
    """Return one contract file, e.g. load("tollfree")."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def bad(detail: str, **source: str) -> dict[str, Any]:
    return error("10015", "Bad Request", detail, **source)


def missing(detail: str, **source: str) -> dict[str, Any]:
    return error("10004", "Missing required parameter", detail, **source)


class Contract:
    """Checks bodies and queries of one resource. Every rule is in the contract file."""

    def __init__(self, name: str) -> None:
        facts = load(name)
        self.base: str = facts.get("base", "")
        self.fields: Fields = facts.get("fields", {})
        self.bodies: dict[str, Fields] = facts.get("bodies", {})
        self.enums = {key: enum["values"] for key, enum in facts["enums"].items()}
        self.operations = {operation["name"]: operation for operation in facts["operations"]}
        self.rules = {key: rule["value"] for key, rule in facts["rules"].items()}
        self._widen(facts.get("beyond", {}))

    def _widen(self, beyond: dict[str, Any]) -> None:
        """Add what is sent though the description does not have it."""
        for more in beyond.get("values", []):
            self.enums.setdefault(more["enum"], []).extend(more["values"])
        for extra in beyond.get("members", []):
            fields, name = self._place(extra["at"])
            fields[name] = extra["rule"]
        for extra in beyond.get("instead", []):
            fields, name = self._place(extra["at"])
            fields[name]["or"] = extra["rule"]

    def _place(self, at: str) -> tuple[Fields, str]:
        *way, name = at.split("/")
        fields = self.bodies[way[0].removesuffix("_message")]
        for step in way:
            fields = fields[step].get("members") or fields[step]["items"]
        return fields, name

    def normalised(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body as Telnyx keeps it: the registration country in capitals."""
        return {
            name: value.upper()
            if self.fields.get(name, {}).get("upper_cased") and isinstance(value, str)
            else value
            for name, value in body.items()
        }

    def errors(self, body: Any, operation: str | None = None) -> list[dict[str, Any]]:
        """Return everything wrong with a body, in the order of the fields. Empty if it is accepted.

        `operation` picks one of the bodies of a resource that has several.
        """
        fields = self.fields if operation is None else self.bodies[operation]
        if not isinstance(body, dict):
            return [bad("The body must be a JSON object.")]
        found = [bad(f"Unknown field {name!r}.", pointer=f"/{name}") for name in body if name not in fields]
        for name, rule in fields.items():
            found += self.member(body, name, rule, "")
        return found

    def member(self, holder: dict[str, Any], name: str, rule: dict[str, Any], above: str) -> Errors:
        pointer = f"{above}/{name}"
        if name in holder:
            yield from self.value(holder[name], rule, pointer)
        elif rule["required"]:
            yield missing(f"{name} is required.", pointer=pointer)

    def value(self, value: Any, rule: dict[str, Any], pointer: str) -> Errors:
        if value is None and rule["nullable"]:
            return
        if "or" in rule and isinstance(value, JSON_TYPES[rule["or"]["type"]]):
            yield from self.value(value, rule["or"], pointer)
            return
        fits = isinstance(value, JSON_TYPES[rule["type"]])
        # In Python, True is a number; in JSON it is not.
        if not fits or (isinstance(value, bool) and rule["type"] != "boolean"):
            yield error(
                "10026", "Invalid parameter type", f"Must be of type {rule['type']}.", pointer=pointer
            )
            return
        if rule["type"] == "string":
            yield from self.text(value, rule, pointer)
        if rule["type"] == "array":
            yield from self.items(value, rule, pointer)
        if rule["type"] == "object":
            yield from self.item(value, rule["members"], pointer)
        if rule["type"] == "number" and value < rule.get("minimum", value):
            yield bad(f"Less than {rule['minimum']}.", pointer=pointer)
        if rule["type"] == "number" and value > rule.get("maximum", value):
            yield bad(f"More than {rule['maximum']}.", pointer=pointer)

    def text(self, value: str, rule: dict[str, Any], pointer: str) -> Errors:
        if not value and rule.get("may_be_empty"):
            return
        if "enum" in rule and value not in self.enums[rule["enum"]]:
            # Seen in the field (2026-08): an enum error of the toll-free service names no field.
            source = {} if self.rules["enum_errors_have_no_pointer"] else {"pointer": pointer}
            yield bad(f"{value!r} is not a permitted value.", **source)
        if len(value) > rule.get("max_length", len(value)):
            yield bad(f"Longer than {rule['max_length']} characters.", pointer=pointer)
        if len(value) < rule.get("min_length", 0):
            yield bad(f"Shorter than {rule['min_length']} characters.", pointer=pointer)
        elif "pattern" in rule and not re.fullmatch(rule["pattern"], value):
            yield bad(f"Does not match {rule['pattern']}.", pointer=pointer)
        elif "format" in rule:
            yield from FORMATS[rule["format"]](value, pointer)

    def items(self, values: list[Any], rule: dict[str, Any], pointer: str) -> Errors:
        if len(values) < rule["min_items"]:
            yield bad(f"At least {rule['min_items']} entry is needed.", pointer=pointer)
        if len(values) > rule.get("max_items", len(values)):
            yield bad(f"More than {rule['max_items']} entries.", pointer=pointer)
        for position, value in enumerate(values):
            if "item" in rule:
                yield from self.value(value, rule["item"], f"{pointer}/{position}")
            else:
                yield from self.item(value, rule["items"], f"{pointer}/{position}")

    def item(self, value: Any, rules: dict[str, Any], pointer: str) -> Errors:
        if not isinstance(value, dict):
            yield error("10026", "Invalid parameter type", "Must be an object.", pointer=pointer)
            return
        for name in value:
            if name not in rules:
                yield bad(f"Unknown field {name!r}.", pointer=f"{pointer}/{name}")
        for name, rule in rules.items():
            yield from self.member(value, name, rule, pointer)

    def query_errors(self, operation: str, query: list[tuple[str, str]]) -> list[dict[str, Any]]:
        """Return everything wrong with the parameters of an operation."""
        rules = self.operations[operation]["query"]
        given = dict(query)
        found = [bad(f"Unknown parameter {name!r}.", parameter=name) for name in given if name not in rules]
        for name, rule in rules.items():
            if name in given:
                found += self.parameter(given[name], rule, name)
            elif rule["required"]:
                found.append(missing(f"{name} is required.", parameter=name))
        return found

    def parameter(self, value: str, rule: dict[str, Any], name: str) -> Errors:
        if rule["type"] == "integer" and not is_integer(value, rule["minimum"]):
            yield bad(f"Must be an integer of at least {rule['minimum']}.", parameter=name)
        elif rule["type"] == "integer" and int(value) > rule.get("maximum", int(value)):
            yield bad(f"Must be at most {rule['maximum']}.", parameter=name)
        if rule.get("format") == "uuid" and not is_uuid(value):
            yield error("10006", "Invalid ID", "Must be a UUID.", parameter=name)
        if rule["type"] == "date-time" and moment(value) is None:
            yield bad("Must be an ISO 8601 date and time.", parameter=name)
        if "enum" in rule and value not in self.enums[rule["enum"]]:
            source = {} if self.rules["enum_errors_have_no_pointer"] else {"parameter": name}
            yield bad(f"{value!r} is not a permitted value.", **source)


def is_integer(text: str, minimum: int) -> bool:
    return re.fullmatch(r"[0-9]{1,9}", text) is not None and int(text) >= minimum


def moment(text: str) -> datetime | None:
    """Return an ISO 8601 time (UTC if it names no zone), or None."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def e164(value: str, pointer: str) -> Errors:
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", value):
        yield error(
            "10016", "Phone number must be in +E.164 format", "Write it as +18005550100.", pointer=pointer
        )


def uri(value: str, pointer: str) -> Errors:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = None
    if parts is None or not parts.scheme or not parts.netloc:
        yield error("10003", "Invalid URL", "Must be a complete URL.", pointer=pointer)


def uuid(value: str, pointer: str) -> Errors:
    if not is_uuid(value):
        yield error("10006", "Invalid ID", "Must be a UUID.", pointer=pointer)


def date_time(value: str, pointer: str) -> Errors:
    if moment(value) is None:
        yield bad("Must be an ISO 8601 date and time.", pointer=pointer)


def base64_text(value: str, pointer: str) -> Errors:
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        yield bad("Must be base64.", pointer=pointer)


FORMATS = {"base64": base64_text, "e164": e164, "uri": uri, "uuid": uuid, "date-time": date_time}
