"""Controls for auto-responses, opt-outs and WhatsApp templates: what happens in the portal, and what phones do."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .autoresponses import contract
from .state import Record

if TYPE_CHECKING:
    from .app import App

NEEDED = {"op", "keywords", "country_code"}


class CompliancePanel:
    """Each method is one control. Wrong input raises ValueError."""

    def __init__(self, app: "App") -> None:
        self.app = app

    def controls(self) -> list[tuple[str, str, Callable[..., Any]]]:
        app = self.app
        return [
            (
                "GET",
                "/autoresponses",
                lambda data: [dict(held) for held in app.autoresponses.records.values()],
            ),
            ("POST", "/autoresponses", self.seed),
            ("PUT", "/autoresponses/{id}", self.edit),
            ("DELETE", "/autoresponses/{id}", self.delete),
            ("GET", "/optouts", lambda data: [dict(held) for held in app.optouts.records.values()]),
            ("POST", "/optouts", self.block),
            ("DELETE", "/optouts", self.lift),
            ("POST", "/whatsapp_templates", self.make_template),
        ]

    def seed(self, data: Record) -> Record:
        with self.app.state.lock:
            return dict(self.app.autoresponses.add(data.pop("profile_id"), fields(data)))

    def edit(self, data: Record, id: str) -> Record:
        with self.app.state.lock:
            record = self.app.autoresponses.records[id]
            self.app.autoresponses.edit(record, fields(data))
            return dict(record)

    def delete(self, data: Record, id: str) -> None:
        with self.app.state.lock:
            del self.app.autoresponses.records[id]
            self.app.state.save()

    def block(self, data: Record) -> Record:
        with self.app.state.lock:
            return self.app.optouts.add(data)

    def make_template(self, data: Record) -> Record:
        with self.app.state.lock:
            return dict(self.app.whatsapp_templates.add(data))

    def lift(self, data: Record) -> Record:
        with self.app.state.lock:
            return {"lifted": self.app.optouts.remove(data)}


def fields(data: Record) -> Record:
    """Return the members of a config. The portal accepts what the API would refuse."""
    if not set(data) <= set(contract.fields) or not set(data) >= NEEDED:
        raise ValueError(f"needs {', '.join(sorted(NEEDED))}; may have {', '.join(contract.fields)}")
    return data
