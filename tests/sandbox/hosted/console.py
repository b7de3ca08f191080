"""The console's buttons for hosted orders. Each returns a sentence that says what was done."""

from collections.abc import Callable
from typing import Any

from .panel import HostedPanel

Form = dict[str, str]
ORDER = "/hosted/{id}"


class HostedConsole:
    def __init__(self, panel: HostedPanel) -> None:
        self.panel = panel

    def buttons(self) -> list[tuple[str, Callable[..., str]]]:
        return [
            (ORDER + "/status", self.set_status),
            (ORDER + "/number_status", self.set_number_status),
            (ORDER + "/transfer", self.transfer),
            (ORDER + "/event", self.send_event),
            (ORDER + "/give_back", self.give_back),
            (ORDER + "/delete", self.delete),
            ("/lines/eligibility", self.set_eligibility),
            ("/lines/documents", self.plan_documents),
            ("/lines/ownership", self.show_ownership),
        ]

    def set_status(self, form: Form, id: str) -> str:
        status = form.get("other", "").strip() or form["status"]
        data = {"status": status, "with_numbers": "with_numbers" in form, "webhook": "webhook" in form}
        self.panel.set_status(data, id)
        return f"The order is now {status}.{said_to_nobody(data)}"

    def set_number_status(self, form: Form, id: str) -> str:
        status = form.get("other", "").strip() or form["status"]
        data = {"phone_number": form["phone_number"], "status": status, "webhook": "webhook" in form}
        self.panel.set_number_status(data, id)
        return f"{form['phone_number']} is {status}.{said_to_nobody(data)}"

    def transfer(self, form: Form, id: str) -> str:
        seconds = float(form["hours"]) * 3600 if form.get("hours") else None
        self.panel.transfer({"step": form["step"], "seconds": seconds}, id)
        return f"The transfer is now {form['step']}."

    def send_event(self, form: Form, id: str) -> str:
        self.panel.announce(id)
        return "The webhook was sent again, as a new event."

    def give_back(self, form: Form, id: str) -> str:
        self.panel.take_over({"taken_over": False}, id)
        return "The autopilot has this order again."

    def delete(self, form: Form, id: str) -> str:
        self.panel.delete({"webhook": "webhook" in form}, id)
        return "The order was deleted in the portal."

    def set_eligibility(self, form: Form) -> str:
        number = form["phone_number"].strip()
        if not number:
            raise ValueError("Enter a phone number.")
        status = form["status"] or None
        self.panel.world.script.set_eligibility(number, status)
        return f"The check of {number} will say {status or 'what its digits decide'}."

    def plan_documents(self, form: Form) -> str:
        self.panel.world.script.plan_documents(form["status"])
        return f"The next upload will set its order to {form['status']}."

    def show_ownership(self, form: Form) -> str:
        self.panel.show_ownership({"shown": form["shown"] == "yes"})
        return "Answers " + ("show" if form["shown"] == "yes" else "hide") + " ownership_successful."


def said_to_nobody(data: dict[str, Any]) -> str:
    return "" if data["webhook"] else " No webhook was sent."
