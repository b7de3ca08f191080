"""The console for people: a page at /, and forms that press the panel's buttons and return to the page."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from .hosted.console import HostedConsole
from .messages.console import MessagesConsole
from .page.draw import draw
from .panel import Panel
from .routing import Route
from .wire import Answer, Refusal, Request, html_answer, redirect

if TYPE_CHECKING:
    from .app import App

Form = dict[str, str]
HELD = "The next two webhooks will be held back, then sent in reverse order."


class Console:
    def __init__(self, app: "App", panel: Panel) -> None:
        self.app = app
        self.panel = panel

    def routes(self) -> list[Route]:
        record = "/records/{id}"
        buttons = [
            *HostedConsole(self.panel.hosted).buttons(),
            *self.panel.profiles.buttons(),
            *MessagesConsole(self.panel.messages).buttons(),
            *self.panel.rcs.buttons(),
            *self.app.reviewers.buttons(),
        ]
        return [
            ("GET", "/", self.page),
            ("GET", "/media/{name}", self.app.messages.handsets.media),
            ("POST", record + "/status", self.button(self.set_status)),
            ("POST", record + "/event", self.button(self.send_event)),
            ("POST", record + "/edit", self.button(self.edit)),
            ("POST", record + "/give_back", self.button(self.give_back)),
            ("POST", record + "/delete", self.button(self.delete)),
            ("POST", "/webhooks", self.button(self.next_webhook)),
            ("POST", "/release", self.button(self.release)),
            ("POST", "/faults", self.button(self.add_fault)),
            ("POST", "/faults/clear", self.button(self.clear_faults)),
            ("POST", "/autopilot", self.button(self.set_autopilot)),
            *[("POST", path, self.button(press)) for path, press in buttons],
        ]

    def page(self, request: Request) -> Answer:
        query = dict(request.query)
        text, nonce = draw(self.app, query.get("said", ""), query.get("failed", ""))
        answer = html_answer(text)
        answer.headers |= {
            "Cache-Control": "no-store",
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; img-src data:; "
                "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
            ),
        }
        return answer

    def button(self, press: Callable[..., str]) -> Callable[..., Answer]:
        """Press, then show the page again at that record, with a note of what was done."""

        def pressed(request: Request, id: str | None = None) -> Answer:
            try:
                said = {"said": press(request.form(), id) if id else press(request.form())}
            except Refusal as refusal:
                said = {"failed": refusal.errors[0]["detail"]}
            except (ValueError, KeyError) as failure:
                said = {"failed": str(failure)}
            return redirect(f"/?{urlencode(said)}" + (f"#r-{id}" if id else ""))

        return pressed

    def set_status(self, form: Form, id: str) -> str:
        status = form.get("other", "").strip() or form["status"]
        data = {"status": status, "reason": form.get("reason", "").strip(), "webhook": "webhook" in form}
        self.panel.set_status(data, id)
        return f"The status is now {status}." + ("" if data["webhook"] else " No webhook was sent.")

    def send_event(self, form: Form, id: str) -> str:
        with self.app.state.lock:
            self.app.tollfree.announce(self.app.tollfree.find(id))
        return "The webhook was sent again, as a new event."

    def edit(self, form: Form, id: str) -> str:
        self.panel.edit({form["name"]: form["value"] or None}, id)
        return f"{form['name']} was changed in the portal. No webhook was sent."

    def give_back(self, form: Form, id: str) -> str:
        self.panel.take_over({"taken_over": False}, id)
        return "The autopilot has this request again."

    def delete(self, form: Form, id: str) -> str:
        self.panel.delete({}, id)
        return "The request was deleted in the portal."

    def next_webhook(self, form: Form) -> str:
        action = form["action"]
        if action == "usual":
            self.app.sender.forget_plans()
            return "Webhooks are sent as usual."
        if action == "reorder":
            self.app.sender.spoil_next("hold", 2, then_release=True)
            return HELD
        self.panel.next_webhook({"action": action, "seconds": form.get("seconds") or 0})
        return "This will happen to the next webhook."

    def release(self, form: Form) -> str:
        return f"{self.app.sender.release()} webhooks go out, the last one first."

    def add_fault(self, form: Form) -> str:
        self.panel.add_fault(fault_of(form))
        return "The fault is scripted."

    def clear_faults(self, form: Form) -> str:
        self.app.faults.clear()
        return "All faults were cleared."

    def set_autopilot(self, form: Form) -> str:
        self.panel.set_autopilot({"seconds": form.get("seconds") or None})
        return "The autopilot is " + ("on." if form.get("seconds") else "off.")


def fault_of(form: Form) -> dict[str, Any]:
    """Return the JSON of a fault. Empty inputs are left out."""
    fault: dict[str, Any] = {
        name: form[name] for name in ("kind", "method", "path", "when") if form.get(name)
    }
    fault |= {name: int(form[name]) for name in ("count", "status") if form.get(name)}
    fault |= {name: float(form[name]) for name in ("seconds",) if form.get(name)}
    return fault | ({"store": True} if "store" in form else {})
