"""Detail records of finished messages: filters on any of their members, newest first."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ..contract import bad, missing, moment
from ..countries import country
from ..paging import DEFAULTS, data_page
from ..state import Record
from ..wire import Answer, Refusal, Request
from .facts import FACTS, ORGANIZATION, contract
from .world import World

RULE = FACTS["detail_records"]
STATUSES: dict[str, str] = RULE["statuses"]
RECEIVED = "received"

WORDS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda have, want: have == want,
    "contains": lambda have, want: want in have,
    "starts_with": lambda have, want: have.startswith(want),
    "ends_with": lambda have, want: have.endswith(want),
    "gte": lambda have, want: in_time(have) >= in_time(want),
    "gt": lambda have, want: in_time(have) > in_time(want),
    "lte": lambda have, want: in_time(have) <= in_time(want),
    "lt": lambda have, want: in_time(have) < in_time(want),
}


class Details:
    def __init__(self, world: World) -> None:
        self.world = world

    def find(self, request: Request) -> Answer:
        tests = filters(request.query)
        pages = [(name, value) for name, value in request.query if name in DEFAULTS]
        if found := contract.query_errors("detail_records", pages):
            raise Refusal(400, found)
        rows = [row for record in self.world.newest_first() for row in self.rows(record)]
        chosen = [row for row in rows if all(test(row) for test in tests)]
        for name, value in reversed(request.query):
            if name.startswith("sort"):
                field = value.removeprefix("-")
                known(field, name)
                chosen.sort(key=lambda row: str(row[field] or ""), reverse=value.startswith("-"))
        return data_page(chosen, dict(request.query))

    def rows(self, record: Record) -> list[Record]:
        """Return a row for each finished recipient. Those still waiting have none."""
        payload = record["payload"]
        if payload["direction"] == "inbound":
            return [self.row(record, our_address(payload), payload["from"]["phone_number"], RECEIVED)]
        return [
            self.row(record, party["phone_number"], our_sender(payload), STATUSES[party["status"]])
            for party in payload["to"]
            if party["status"] in STATUSES
        ]

    def row(self, record: Record, cld: str, cli: str, status: str) -> dict[str, Any]:
        payload = record["payload"]
        cost = payload.get("cost") or {"amount": "0.0000"}
        breakdown = payload.get("cost_breakdown") or {}
        profile = self.world.profile(payload["messaging_profile_id"]) or {}
        party = payload["from"] if payload["direction"] == "inbound" else payload["to"][0]
        return {
            "carrier": party.get("carrier"),
            "carrier_fee": breakdown.get("carrier_fee", {"amount": "0.0000"})["amount"],
            "cld": cld,
            "cli": cli,
            "completed_at": payload.get("completed_at") or payload["received_at"],
            "cost": cost["amount"],
            "country_code": country(cld),
            "created_at": payload["received_at"],
            "currency": "USD",
            "delivery_status": "delivered",
            "delivery_status_failover_url": payload.get("webhook_failover_url") or "",
            "delivery_status_webhook_url": payload.get("webhook_url") or "",
            "direction": payload["direction"],
            "errors": [entry["code"] for entry in payload["errors"]],
            "fteu": False,
            "mcc": None,
            "message_type": payload["type"],
            "mnc": None,
            "on_net": False,
            "parts": payload.get("parts", 1),
            "profile_id": payload["messaging_profile_id"],
            "profile_name": profile.get("name"),
            "rate": breakdown.get("rate", {"amount": "0.0000"})["amount"],
            "record_type": "message_detail_record",
            "sent_at": payload.get("sent_at"),
            "source_country_code": country(cli),
            "status": status,
            "tags": "",
            "updated_at": payload.get("completed_at") or payload["received_at"],
            "user_id": ORGANIZATION,
            "uuid": record["id"],
        }


def filters(query: list[tuple[str, str]]) -> list[Callable[[Record], bool]]:
    """Return a test for each filter of a query; raises Refusal 400 for an unknown one."""
    tests, type = [], None
    for name, value in query:
        found = re.fullmatch(r"filter\[(\w+)\](?:\[(\w+)\])?", name)
        if name in DEFAULTS or re.fullmatch(r"sort(\[\])?", name):
            continue
        if found is None:
            raise Refusal(400, [bad(f"Unknown parameter {name!r}.", parameter=name)])
        field, word = found[1], found[2] or "eq"
        if field == "record_type":
            type = value
        elif field == "date_range":
            tests.append(in_range(value, name))
        else:
            tests.append(test_of(known(field, name), word, value, name))
    if type != "messaging":
        entry = missing("filter[record_type]=messaging is required.", parameter="filter[record_type]")
        raise Refusal(400, [entry])
    return tests


def test_of(field: str, word: str, value: str, name: str) -> Callable[[Record], bool]:
    if word not in WORDS:
        raise Refusal(400, [bad(f"Unknown filter word {word!r}.", parameter=name)])
    if word in ("gte", "gt", "lte", "lt") and moment(value) is None:
        raise Refusal(400, [bad("Must be an ISO 8601 date and time.", parameter=name)])

    def test(row: Record) -> bool:
        have = row[field]
        values = have if isinstance(have, list) else [have]
        return any(WORDS[word](str(entry or ""), value) for entry in values)

    return test


def known(field: str, name: str) -> str:
    if field not in RULE["filters"]:
        raise Refusal(400, [bad(f"{field!r} is not a field of messaging records.", parameter=name)])
    return field


def in_range(value: str, name: str) -> Callable[[Record], bool]:
    """Return the test for a range of days in UTC."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    next_month = (month + timedelta(days=32)).replace(day=1)
    ranges = {
        "yesterday": (today - timedelta(days=1), today),
        "today": (today, today + timedelta(days=1)),
        "tomorrow": (today + timedelta(days=1), today + timedelta(days=2)),
        "last_week": (monday - timedelta(days=7), monday),
        "this_week": (monday, monday + timedelta(days=7)),
        "next_week": (monday + timedelta(days=7), monday + timedelta(days=14)),
        "last_month": ((month - timedelta(days=1)).replace(day=1), month),
        "this_month": (month, next_month),
        "next_month": (next_month, (next_month + timedelta(days=32)).replace(day=1)),
    }
    if days := re.fullmatch(r"last_([0-9]{1,3})_days", value):
        begin, end = today - timedelta(days=int(days[1])), today + timedelta(days=1)
    elif value in contract.enums["date_range"]:
        begin, end = ranges[value]
    else:
        raise Refusal(400, [bad(f"{value!r} is not a permitted value.", parameter=name)])
    return lambda row: begin <= in_time(row["created_at"]) < end


def in_time(text: str) -> datetime:
    return moment(text) or datetime.min.replace(tzinfo=UTC)


def our_sender(payload: Record) -> str:
    return payload["from"].get("phone_number") or payload["from"].get("agent_id", "")


def our_address(payload: Record) -> str:
    to = payload["to"]
    return to if isinstance(to, str) else to[0].get("phone_number") or to[0].get("agent_id", "")
