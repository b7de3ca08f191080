"""The messages Telnyx holds, and what happens to each: accepted, sent, finalized, read, with an event each time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..contract import moment
from ..numbers import OWNED
from ..state import Record, State, iso
from ..webhooks import Sender
from . import whatsapp
from .facts import OUTCOMES, RULES, message_error
from .script import Outcome, Script
from .shapes import snapshot

# Others send more messages, and these are not written to the state file.
MESSAGES_KEPT = 5000
SAVE_SECONDS = 1.0
FINAL = (
    "delivered",
    "delivery_failed",
    "sending_failed",
    "delivery_unconfirmed",
    "expired",
    "cancelled",
    "read",
)
UNPAID = ("sending_failed", "expired", "cancelled")
BY_OTHERS = "traffic"

# When it is due, what happens, to which recipient, with which error code.
Step = list[Any]
Action = Callable[[Record, Step], None]
FindProfile = Callable[[str | None], Record | None]


class World:
    """Everything about messages on the shared state. The caller holds the lock.

    `pace` stretches the seconds between a message's steps; 0 takes them all at once.
    """

    def __init__(self, state: State, sender: Sender, find_profile: FindProfile, pace: float = 1.0) -> None:
        self.state = state
        self.sender = sender
        self.profile = find_profile
        self.first_pace = self.pace = pace
        self.script = Script()
        self.passing: dict[str, Record] = {}
        self.spent: dict[tuple[str, str], Decimal] = {}
        self.told_of_limit: set[tuple[str, str]] = set()
        self.is_saving = False
        self.actions: dict[str, Action] = {
            "dispatch": self.dispatch,
            "sent": self.sent,
            "sent_late": self.sent_late,
            "read": self.read,
        }

    @property
    def messages(self) -> dict[str, Record]:
        return self.state.collection("messages")

    @property
    def optouts(self) -> dict[str, Record]:
        return self.state.collection("optouts")

    def find(self, id: str) -> Record | None:
        return self.messages.get(id) or self.passing.get(id)

    def newest_first(self) -> list[Record]:
        everything = [*self.messages.values(), *self.passing.values()]
        return sorted(everything, key=lambda record: record["payload"]["received_at"], reverse=True)

    # The account.

    def number(self, phone_number: str) -> Record | None:
        """Return a number of the account, including hosted ones, or None."""
        for entry in OWNED:
            if entry["phone_number"] == phone_number:
                moved = self.state.collection("moved_numbers").get(phone_number)
                now = {"messaging_profile_id": moved["to"]} if moved else {}
                return entry | now | {"verified": entry["verified"] or self.is_verified(phone_number)}
        for hosted in self.state.collection("hosted_numbers").values():
            if hosted["phone_number"] == phone_number:
                profile = hosted["messaging_profile_id"]
                return {
                    "phone_number": phone_number,
                    "type": "long-code",
                    "messaging_profile_id": profile,
                    "verified": True,
                }
        return None

    def is_verified(self, phone_number: str) -> bool:
        """Return True if a verification request made a toll-free number verified."""
        return any(
            record["status"] == "Verified"
            and any(
                entry["phoneNumber"] == phone_number for entry in record["fields"].get("phoneNumbers", [])
            )
            for record in self.state.collection("verification_requests").values()
        )

    def is_opted_out(self, profile_id: str | None, phone_number: str) -> bool:
        """Return True if a phone opted out of any number of a profile."""
        return any(
            row["to"] == phone_number and row["messaging_profile_id"] == profile_id
            for row in self.optouts.values()
        )

    def block(self, data: Record) -> Record:
        """Block a pair of `from` (ours) and `to` (the phone). The first block of a pair stays."""
        row = {
            "from": data["from"],
            "to": data["to"],
            "messaging_profile_id": data.get("messaging_profile_id"),
            "keyword": data.get("keyword", "STOP"),
            "created_at": data.get("created_at") or self.state.now(),
        }
        return self.optouts.setdefault(f"{row['messaging_profile_id']}|{row['from']}|{row['to']}", row)

    # The life of a message.

    def accept(
        self,
        payload: dict[str, Any],
        *,
        origin: str = "api",
        send_at: datetime | None = None,
        group: bool = False,
        outcome: Outcome | None = None,
    ) -> Record:
        """Keep an outbound message and plan its steps. `outcome` overrides script and digits."""
        record = self.keep(payload, origin, group=group)
        if send_at is None:
            self.begin(record, outcome)
        else:
            record["send_at"] = iso(send_at)
            self.set_status(record, None, "scheduled")
            self.schedule(record, [[send_at.timestamp(), "dispatch", 0, None]])
        return record

    def keep(self, payload: dict[str, Any], origin: str, *, group: bool = False) -> Record:
        record: Record = {
            "id": payload["id"],
            "payload": payload,
            "origin": origin,
            "group": group,
            "send_at": None,
            "plan": [],
        }
        held = self.passing if origin == BY_OTHERS else self.messages
        held[record["id"]] = record
        while len(held) > MESSAGES_KEPT:
            del held[next(iter(held))]
        self.save(record)
        return record

    def begin(self, record: Record, outcome: Outcome | None = None) -> None:
        """Plan what happens to each recipient."""
        now = time.time()
        steps: list[Step] = []
        for position, party in enumerate(record["payload"]["to"]):
            fate = outcome or self.fate(record, party["phone_number"])
            for seconds, action in OUTCOMES[fate.name]:
                if action != "sent" or not any(step[1] == "sent" for step in steps):
                    steps.append([now + seconds * self.pace, action, position, fate.error_code])
        self.schedule(record, steps)

    def fate(self, record: Record, number: str) -> Outcome:
        size = sum(file["size"] or 0 for file in record["payload"].get("media", []))
        if size >= RULES["largest_media"]:
            return Outcome("sending_failed", "40317")
        if not self.script.decides(number) and whatsapp.is_late(self.newest_first(), record):
            return Outcome("sending_failed", whatsapp.LATE)
        return self.script.take(number)

    def schedule(self, record: Record, steps: list[Step]) -> None:
        record["plan"] = sorted(steps, key=lambda step: step[0])
        self.save(record)
        for step in record["plan"]:
            self.wake(record, step)

    def wake(self, record: Record, step: Step) -> None:
        id, generation = record["id"], self.state.generation

        def due() -> None:
            with self.state.lock:
                found = self.find(id)
                if generation == self.state.generation and found and step in found["plan"]:
                    self.take(found, step)

        self.sender.clock.after(max(0.0, step[0] - time.time()), due)

    def take(self, record: Record, step: Step) -> None:
        record["plan"].remove(step)
        self.actions.get(step[1], self.finalise)(record, step)
        self.save(record)

    def resume(self) -> None:
        """Continue with the messages read from the state file."""
        with self.state.lock:
            for record in self.messages.values():
                for step in record["plan"]:
                    self.wake(record, step)

    def dispatch(self, record: Record, step: Step) -> None:
        """Send a scheduled message now, or fail it if its recipient opted out in the meantime."""
        profile = record["payload"]["messaging_profile_id"]
        blocked = [
            position
            for position, party in enumerate(record["payload"]["to"])
            if self.is_opted_out(profile, party["phone_number"])
        ]
        for position in blocked:
            code = RULES["opt_outs_stop_scheduled_messages_when_sent"]
            self.finalise(record, [step[0], "sending_failed", position, code])
        if not blocked:
            self.set_status(record, None, "queued")
            self.begin(record)

    def sent(self, record: Record, step: Step) -> None:
        record["payload"]["sent_at"] = self.state.now()
        for party in record["payload"]["to"]:
            if party["status"] not in FINAL:
                party["status"] = "sent"
        self.announce(record, "message.sent", snapshot(record), record["payload"]["sent_at"])

    def sent_late(self, record: Record, step: Step) -> None:
        """Report the sending after the final status, with the time at which it was sent."""
        payload = snapshot(record)
        payload |= {"completed_at": None, "cost": None, "errors": []}
        if "cost_breakdown" in payload:
            payload["cost_breakdown"] = None
        for party in payload["to"]:
            party["status"] = "sent"
        self.announce(record, "message.sent", payload, payload["sent_at"])

    def finalise(self, record: Record, step: Step) -> None:
        """End a message for a recipient with the status that the step names."""
        _, status, position, code = step
        payload, now = record["payload"], self.state.now()
        payload["to"][position]["status"] = status
        if payload["sent_at"] is None and status not in UNPAID:
            payload["sent_at"] = now
        if code and status not in ("delivered", "delivery_unconfirmed"):
            payload["errors"].append(message_error(code, position))
        if all(party["status"] in FINAL for party in payload["to"]):
            payload["completed_at"] = now
        payload["valid_until"] = None
        if status not in UNPAID:
            self.charge(record)
        occurred_at = payload["completed_at"] or now
        self.announce(record, "message.finalized", snapshot(record, position), occurred_at)

    def read(self, record: Record, step: Step) -> None:
        record["payload"]["to"][step[2]]["status"] = "read"
        said = ("body", "direction", "from", "id", "messaging_profile_id", "text", "to", "type")
        payload = {name: value for name, value in snapshot(record).items() if name in said}
        payload["to"] = [
            {"phone_number": party["phone_number"], "status": party["status"]} for party in payload["to"]
        ]
        self.announce(record, "message.read", payload, self.state.now())

    def set_status(self, record: Record, position: int | None, status: str) -> None:
        for party in record["payload"]["to"] if position is None else [record["payload"]["to"][position]]:
            party["status"] = status

    def announce(self, record: Record, event: str, payload: dict[str, Any], occurred_at: str) -> None:
        kept = record["payload"]
        if kept.get("webhook_url"):
            self.sender.send(
                event, occurred_at, payload, kept["webhook_url"], kept.get("webhook_failover_url")
            )

    # Money.

    def charge(self, record: Record) -> None:
        payload = record["payload"]
        rate, fee = (Decimal(text) for text in RULES["prices"][payload["type"]])
        count = payload.get("parts", 1) * len(payload["to"])
        payload["cost"] = money((rate + fee) * count)
        if "cost_breakdown" in payload:
            payload["cost_breakdown"] = {"carrier_fee": money(fee * count), "rate": money(rate * count)}
        if profile_id := payload["messaging_profile_id"]:
            self.spend(profile_id, (rate + fee) * payload.get("parts", 1))

    def spend(self, profile_id: str, amount: Decimal) -> None:
        key = (profile_id, datetime.now(UTC).date().isoformat())
        self.spent[key] = self.spent.get(key, Decimal(0)) + amount
        limit = self.limit(profile_id)
        if limit is not None and self.spent[key] >= limit and key not in self.told_of_limit:
            self.told_of_limit.add(key)
            self.tell_of_limit(profile_id, limit, self.spent[key])

    def tell_of_limit(self, profile_id: str, limit: Decimal, cost: Decimal) -> None:
        profile = self.profile(profile_id) or {}
        payload = {
            "configured_limit": f"{limit:.2f}",
            "current_cost": f"{cost:.2f}",
            "profile_id": profile_id,
        }
        url = profile.get("webhook_url")
        if url:
            self.sender.send("messaging-profile.spend-limit-reached", self.state.now(), payload, url)

    def limit(self, profile_id: str) -> Decimal | None:
        """Return the daily budget of a profile in dollars, or None."""
        profile = self.profile(profile_id) or {}
        own = profile.get("daily_spend_limit") if profile.get("daily_spend_limit_enabled") else None
        text = self.script.limits.get(profile_id, own)
        return Decimal(text) if text else None

    def is_spent(self, profile_id: str) -> bool:
        limit = self.limit(profile_id)
        today = (profile_id, datetime.now(UTC).date().isoformat())
        return limit is not None and self.spent.get(today, Decimal(0)) >= limit

    # The rest.

    def save(self, record: Record) -> None:
        """Write the state file soon, once for all changes within a second."""
        if record["origin"] != BY_OTHERS and self.state.path and not self.is_saving:
            self.is_saving = True
            self.sender.clock.after(SAVE_SECONDS, self.write)

    def write(self) -> None:
        self.is_saving = False
        self.state.save()

    def reset(self) -> None:
        self.passing.clear()
        self.spent.clear()
        self.told_of_limit.clear()
        self.script.reset()
        self.pace = self.first_pace


def money(amount: Decimal) -> Record:
    return {"amount": f"{amount:.4f}", "currency": "USD"}


def age_in_days(record: Record) -> float:
    received = moment(record["payload"]["received_at"])
    return (datetime.now(UTC) - received).total_seconds() / 86400 if received else 0.0
