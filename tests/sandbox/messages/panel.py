"""The controls of messages as JSON under /_sandbox. Wrong input raises ValueError, answered with 400."""

import copy
from collections.abc import Callable
from typing import Any

from ..numbers import OWNED
from ..state import Record
from .script import Outcome
from .service import Messages
from .traffic import Plan
from .world import age_in_days

Control = Callable[..., Any]
ONE = "/messages/{id}"
SHOWN = 1000


class MessagesPanel:
    def __init__(self, messages: Messages) -> None:
        self.messages = messages
        self.world = messages.world
        self.handsets = messages.handsets

    def controls(self) -> list[tuple[str, str, Control]]:
        return [
            ("GET", "/messages", lambda data: self.recent()),
            ("POST", "/messages/inbound", self.inbound),
            ("POST", "/messages/whatsapp", self.whatsapp),
            ("POST", "/messages/echo", self.echo),
            ("POST", "/messages/outcome", self.set_outcome),
            ("POST", "/messages/pace", self.set_pace),
            ("GET", ONE, self.one),
            ("POST", ONE + "/step", self.step),
            ("POST", ONE + "/send_now", self.send_now),
            ("POST", ONE + "/click", self.click),
            ("POST", ONE + "/age", self.set_age),
            ("GET", "/numbers", lambda data: OWNED),
            ("POST", "/spend_limit", self.set_limit),
            ("POST", "/idempotency", self.idempotency),
            ("GET", "/traffic", lambda data: self.messages.traffic.shown()),
            ("POST", "/traffic", self.start_traffic),
            ("DELETE", "/traffic", self.stop_traffic),
        ]

    def recent(self) -> list[Record]:
        """Return the last messages, oldest first."""
        with self.world.state.lock:
            return [shown(record) for record in reversed(self.world.newest_first()[:SHOWN])]

    def find(self, id: str) -> Record:
        record = self.world.find(id.lower())
        if record is None:
            raise ValueError("there is no such message")
        return record

    def one(self, data: Record, id: str) -> Record:
        with self.world.state.lock:
            return shown(self.find(id))

    def inbound(self, data: Record) -> Record:
        """Write from a phone: {from, to, text} and more, or {from, to, body, type} for WhatsApp and RCS."""
        with self.world.state.lock:
            if "body" in data:
                return shown(self.inbound_body(data))
            media = data.get("media")
            record = self.handsets.receive(
                data["from"],
                data["to"],
                data.get("text", ""),
                media=[{}] * media if isinstance(media, int) else media,
                cc=data.get("cc"),
                webhook=data.get("webhook", True),
            )
            return shown(record)

    def inbound_body(self, data: Record) -> Record:
        number = self.world.number(data["to"])
        profile = data.get("messaging_profile_id") or (number or {}).get("messaging_profile_id")
        type = data.get("type", "WHATSAPP")
        return self.handsets.receive_body(
            data["from"], data["to"], data["body"], type, profile, data.get("agent")
        )

    def whatsapp(self, data: Record) -> Record:
        """Do something in WhatsApp: {from, to, kind, about?, content?}; `about` is the id of a message."""
        with self.world.state.lock:
            about = self.find(data["about"]) if data.get("about") else None
            given = data.get("content")
            made = self.handsets.use_whatsapp(
                data["kind"], data["from"], data["to"], given=given, about=about
            )
            return shown(made)

    def echo(self, data: Record) -> None:
        with self.world.state.lock:
            self.handsets.echo(data["from"], data["to"], data["text"])

    def set_outcome(self, data: Record) -> None:
        """Decide about the next `count` messages or, with `to`, about all to one number. Null takes that back."""
        name = data.get("outcome")
        with self.world.state.lock:
            if name is None:
                self.world.script.set_number(data["to"], None)
                return
            outcome = Outcome(name, data.get("code"))
            if data.get("to"):
                self.world.script.set_number(data["to"], outcome)
            else:
                self.world.script.plan(outcome, int(data.get("count", 1)))

    def set_pace(self, data: Record) -> None:
        pace = float(data["pace"])
        if not 0 <= pace <= 1000:
            raise ValueError("pace must be between 0 and 1000")
        self.world.pace = pace

    def step(self, data: Record, id: str) -> Record:
        """Make something happen to a message now: sent, a final status, read, reply, opt_out."""
        with self.world.state.lock:
            record = self.find(id)
            record["plan"] = []
            step = [0.0, data["step"], int(data.get("recipient", 0)), data.get("code")]
            if data["step"] in ("delivery_failed", "sending_failed", "expired") and not step[3]:
                step[3] = Outcome(data["step"]).error_code
            self.world.actions.get(data["step"], self.world.finalise)(record, step)
            return shown(record)

    def send_now(self, data: Record, id: str) -> Record:
        """Send a scheduled message now."""
        with self.world.state.lock:
            record = self.find(id)
            waiting = [step for step in record["plan"] if step[1] == "dispatch"]
            if not waiting:
                raise ValueError("this message is not scheduled")
            self.world.take(record, waiting[0])
            return shown(record)

    def click(self, data: Record, id: str) -> None:
        with self.world.state.lock:
            self.handsets.click(self.find(id), data.get("url"))

    def set_age(self, data: Record, id: str) -> Record:
        """Change the time a message arrived."""
        with self.world.state.lock:
            record = self.find(id)
            record["payload"]["received_at"] = data["received_at"]
            age_in_days(record)
            return shown(record)

    def set_limit(self, data: Record) -> None:
        """Give a profile a daily budget in dollars, or none with null. `reached` uses it up at once."""
        profile, limit = data["messaging_profile_id"], data.get("limit")
        with self.world.state.lock:
            if limit is None:
                self.world.script.limits.pop(profile, None)
                return
            self.world.script.limits[profile] = str(limit)
            left = self.world.limit(profile)
            if data.get("reached") and left is not None:
                self.world.spend(profile, left)

    def idempotency(self, data: Record) -> None:
        """{running: seconds}: the next new key counts as running this long; {expire: true}: all keys expire."""
        with self.world.state.lock:
            if data.get("expire"):
                self.messages.idempotency.forget()
            if "running" in data:
                self.messages.idempotency.hold_next(float(data["running"]))

    def start_traffic(self, data: Record) -> Record:
        unknown = sorted(set(data) - set(Plan.__dataclass_fields__))
        if unknown or "per_second" not in data:
            raise ValueError(f"needs per_second; may have {', '.join(Plan.__dataclass_fields__)}")
        self.messages.traffic.start(Plan(**data))
        return self.messages.traffic.shown()

    def stop_traffic(self, data: Record) -> Record:
        self.messages.traffic.stop()
        return self.messages.traffic.shown()


def shown(record: Record) -> Record:
    """Return a copy of a message for JSON: what REST shows, plus what the sandbox knows."""
    return copy.deepcopy(record)
