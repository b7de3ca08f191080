"""The console's buttons for messages. Each returns a sentence that says what was done."""

from collections.abc import Callable

from .panel import MessagesPanel

Form = dict[str, str]
MESSAGE = "/messages/{id}"


class MessagesConsole:
    def __init__(self, panel: MessagesPanel) -> None:
        self.panel = panel

    def buttons(self) -> list[tuple[str, Callable[..., str]]]:
        return [
            ("/handsets/inbound", self.inbound),
            ("/handsets/outcome", self.set_outcome),
            ("/traffic", self.traffic),
            (MESSAGE + "/step", self.step),
            (MESSAGE + "/click", self.click),
            (MESSAGE + "/send_now", self.send_now),
        ]

    def inbound(self, form: Form) -> str:
        data = {"from": form["from"].strip(), "to": form["to"], "text": form["text"]}
        if not data["from"]:
            raise ValueError("Enter the phone's number.")
        if form.get("kind"):
            given = {"body": form["text"]} if form["kind"] in ("text", "reply") and form["text"] else None
            self.panel.whatsapp(data | {"kind": form["kind"], "content": given})
            return f"{data['from']} used WhatsApp: {form['kind'].replace('_', ' ')}."
        self.panel.inbound(data | ({"media": 1} if "picture" in form else {}))
        return f"{data['from']} wrote to {data['to']}."

    def set_outcome(self, form: Form) -> str:
        data = {"outcome": form["outcome"], "code": form.get("code") or None}
        self.panel.set_outcome(data)
        return f"Outcome of the next message: {form['outcome'].replace('_', ' ')}."

    def traffic(self, form: Form) -> str:
        if not form.get("per_second"):
            self.panel.stop_traffic({})
            return "Traffic from others is off."
        share = {name: float(form[name]) / 100 for name in ("failing", "inbound") if form.get(name)}
        self.panel.start_traffic({"per_second": float(form["per_second"])} | share)
        return f"Others are sending now, {form['per_second']} webhooks a second."

    def step(self, form: Form, id: str) -> str:
        self.panel.step({"step": form["step"], "code": form.get("code") or None}, id)
        return f"Message updated: {form['step'].replace('_', ' ')}."

    def click(self, form: Form, id: str) -> str:
        self.panel.click({}, id)
        return "The recipient followed the link."

    def send_now(self, form: Form, id: str) -> str:
        self.panel.send_now({}, id)
        return "The message is being sent now."
