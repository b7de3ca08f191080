"""The sandbox's controls as JSON under /_sandbox, for tests. The console presses the same buttons."""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import faults
from .compliance_panel import CompliancePanel
from .hosted.panel import HostedPanel
from .messages.panel import MessagesPanel
from .profiles.panel import ProfilesPanel
from .rcs.panel import RcsPanel
from .routing import Route
from .state import Record
from .tollfree import numbers
from .webhooks import ACTIONS
from .wire import Answer, Refusal, Request, json_answer, parse_json

if TYPE_CHECKING:
    from .app import App

Control = Callable[..., Any]


class Panel:
    """Each method is one control. Wrong input raises ValueError, which is answered with 400."""

    def __init__(self, app: "App") -> None:
        self.app = app
        self.hosted = HostedPanel(app.hosted.world)
        self.profiles = ProfilesPanel(app.messaging.world)
        self.compliance = CompliancePanel(app)
        self.messages = MessagesPanel(app.messages)
        self.rcs = RcsPanel(app.rcs)

    def routes(self) -> list[Route]:
        app, record = self.app, "/verification_requests/{id}"
        controls: list[tuple[str, str, Control]] = [
            ("GET", "/public_key", lambda data: self.public_keys()),
            ("GET", "/requests", lambda data: list(app.state.requests)),
            ("DELETE", "/requests", lambda data: app.state.requests.clear()),
            ("GET", "/verification_requests", lambda data: self.records()),
            ("POST", "/verification_requests", self.seed),
            ("PATCH", record, self.edit),
            ("DELETE", record, self.delete),
            ("POST", record + "/status", self.set_status),
            ("POST", record + "/take_over", self.take_over),
            *self.hosted.controls(),
            *self.profiles.controls(),
            *self.compliance.controls(),
            *self.messages.controls(),
            *self.rcs.controls(),
            *app.reviewers.controls(),
            ("GET", "/faults", lambda data: [fault.describe() for fault in app.faults.script]),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", lambda data: app.faults.clear()),
            ("POST", "/webhooks/next", self.next_webhook),
            ("DELETE", "/webhooks/next", lambda data: app.sender.forget_plans()),
            ("POST", "/webhooks/release", lambda data: {"released": app.sender.release()}),
            ("POST", "/webhooks/send", self.send_webhook),
            ("GET", "/webhook_deliveries", lambda data: list(app.state.deliveries)),
            ("DELETE", "/webhook_deliveries", lambda data: app.state.deliveries.clear()),
            ("POST", "/autopilot", self.set_autopilot),
            ("POST", "/key", self.set_key),
            ("POST", "/reset", lambda data: app.reset()),
        ]
        return [(method, path, json_in_and_out(control)) for method, path, control in controls]

    def public_keys(self) -> dict[str, Any]:
        keys = self.app.keys
        return {"public_key": keys.public(), "public_keys": [keys.public("current"), keys.public("next")]}

    def records(self) -> list[Record]:
        with self.app.state.lock:
            return [shown(record) for record in self.app.tollfree.records.values()]

    def seed(self, data: Record) -> Record:
        """Store a request as if it were made in the portal. Only the fields are required."""
        known = {"fields", "status", "reason", "created_at", "taken_over"}
        fields = data.get("fields")
        if set(data) - known or not isinstance(fields, dict) or "businessName" not in fields:
            raise ValueError(f"needs fields with a businessName; may have {', '.join(sorted(known))}")
        numbers(fields)
        with self.app.state.lock:
            record = self.app.tollfree.add(
                fields, data.get("status", "In Progress"), data.get("reason"), origin="portal"
            )
            if data.get("created_at"):
                record["created_at"] = record["updated_at"] = data["created_at"]
                record["history"][0]["updatedAt"] = data["created_at"]
            record["taken_over"] = data.get("taken_over", True)
            self.app.state.save()
            return shown(record)

    def edit(self, data: Record, id: str) -> Record:
        with self.app.state.lock:
            record = self.app.tollfree.find(id)
            self.app.tollfree.edit(record, data)
            return shown(record)

    def delete(self, data: Record, id: str) -> None:
        with self.app.state.lock:
            self.app.tollfree.find(id)
            self.app.tollfree.forget(id)

    def set_status(self, data: Record, id: str) -> Record:
        """Decide as a reviewer. The record is taken over from the autopilot unless `take_over` is false."""
        if not data.get("status"):
            raise ValueError("status is missing")
        with self.app.state.lock:
            record = self.app.tollfree.find(id)
            record["taken_over"] = data.get("take_over", True)
            self.app.tollfree.move(
                record,
                data["status"],
                data.get("reason") or None,
                occurred_at=data.get("occurred_at"),
                webhook=data.get("webhook", True),
            )
            return shown(record)

    def take_over(self, data: Record, id: str) -> Record:
        with self.app.state.lock:
            record = self.app.tollfree.find(id)
            record["taken_over"] = bool(data.get("taken_over", True))
            self.app.state.save()
            return shown(record)

    def add_fault(self, data: Record) -> Record:
        fault = faults.from_json(data)
        self.app.faults.add(fault)
        return fault.describe()

    def next_webhook(self, data: Record) -> None:
        if data.get("action") not in ACTIONS:
            raise ValueError(f"action must be one of {', '.join(ACTIONS)}")
        self.app.sender.spoil_next(
            data["action"],
            int(data.get("count", 1)),
            float(data.get("seconds") or 0),
            bool(data.get("then_release", False)),
        )

    def send_webhook(self, data: Record) -> Record:
        """Post raw bytes of the caller's choosing, once, and return what came back."""
        if "body_base64" in data:
            body = base64.b64decode(data["body_base64"], validate=True)
        else:
            body = str(data["body"]).encode()
        timestamp = data.get("timestamp")
        return self.app.sender.send_raw(
            body,
            url=data.get("url"),
            key=data.get("key", "current"),
            timestamp=None if timestamp is None else str(timestamp),
            headers=data.get("headers"),
        )

    def set_autopilot(self, data: Record) -> None:
        seconds = data.get("seconds")
        self.app.autopilot.seconds = None if seconds is None else float(seconds)

    def set_key(self, data: Record) -> None:
        if not data.get("api_key"):
            raise ValueError("api_key is missing")
        self.app.api_key = str(data["api_key"])


def shown(record: Record) -> Record:
    """Return a copy of a record for JSON. The caller holds the lock."""
    return record | {
        "fields": dict(record["fields"]),
        "history": [dict(entry) for entry in record["history"]],
    }


def json_in_and_out(control: Control) -> Callable[..., Answer]:
    """Turn a control into a route: it gets the JSON members of the body and returns something for JSON."""

    def route(request: Request, **names: Any) -> Answer:
        result = control(members(request), **names)
        return json_answer({"ok": True} if result is None else result)

    return route


def members(request: Request) -> dict[str, Any]:
    data = parse_json(request.body) if request.body else {}
    if not isinstance(data, dict):
        raise Refusal(400, detail="A JSON object is needed.")
    return data
