"""The controls of profiles and senders as JSON under /_sandbox, and the console's buttons that press them."""

import copy
from collections.abc import Callable
from typing import Any

from ..state import Record
from .facts import contract
from .world import World

Control = Callable[..., Any]
Form = dict[str, str]


class ProfilesPanel:
    """What happens in the portal, unchecked. Wrong input raises ValueError, answered with 400."""

    def __init__(self, world: World) -> None:
        self.world = world

    def controls(self) -> list[tuple[str, str, Control]]:
        return [
            ("GET", "/profiles", lambda data: self.copied(self.world.profiles)),
            ("POST", "/profiles", self.add),
            ("PATCH", "/profiles/{id}", self.edit),
            ("DELETE", "/profiles/{id}", self.delete),
            ("GET", "/alphanumeric_sender_ids", lambda data: self.copied(self.world.senders)),
            ("POST", "/alphanumeric_sender_ids", self.add_sender),
            ("DELETE", "/alphanumeric_sender_ids/{id}", self.delete_sender),
        ]

    def copied(self, records: dict[str, Record]) -> list[Record]:
        with self.world.state.lock:
            return copy.deepcopy(list(records.values()))

    def add(self, data: Record) -> Record:
        if "name" not in data:
            raise ValueError("a profile needs a name")
        with self.world.state.lock:
            return dict(self.world.add({"whitelisted_destinations": ["US"], **data}))

    def edit(self, data: Record, id: str) -> Record:
        with self.world.state.lock:
            profile = self.world.profile(id)
            self.world.change(profile, data)
            return dict(profile)

    def delete(self, data: Record, id: str) -> None:
        with self.world.state.lock:
            self.world.remove(self.world.profile(id))

    def add_sender(self, data: Record) -> Record:
        if unknown := set(data) ^ (set(data) & set(contract.bodies["create_sender"])):
            raise ValueError(f"a sender has no {', '.join(sorted(unknown))}")
        with self.world.state.lock:
            return dict(self.world.add_sender(data))

    def delete_sender(self, data: Record, id: str) -> None:
        with self.world.state.lock:
            self.world.remove_sender(self.world.sender(id))

    # The console.

    def buttons(self) -> list[tuple[str, Callable[..., str]]]:
        return [
            ("/profiles/{id}/edit", self.press_edit),
            ("/profiles/{id}/delete", self.press_delete),
            ("/senders/{id}/delete", self.press_delete_sender),
        ]

    def press_edit(self, form: Form, id: str) -> str:
        self.edit({form["name"]: form["value"]}, id)
        return f"{form['name']} was changed in the portal."

    def press_delete(self, form: Form, id: str) -> str:
        self.delete({}, id)
        return "The profile was deleted in the portal."

    def press_delete_sender(self, form: Form, id: str) -> str:
        self.delete_sender({}, id)
        return "The sender was deleted in the portal."
