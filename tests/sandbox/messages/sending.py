"""The eight ways to send: what each takes, what it refuses at once, and what it accepts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from .. import contract as judge
from ..countries import country
from ..state import Record
from ..wire import Answer, Refusal, Request, json_answer
from .facts import FACTS, RULES, checked_body, refused
from .senders import ALPHANUMERIC, From, Senders
from .shapes import answer, ours, outbound, outbound_body
from .text import Measured, NotEncodable, measure
from .world import World

MULTIMEDIA = Measured("UTF-8", 1, 0)
WHATSAPP: list[str] = FACTS["answers"]["WhatsApp"]["names"]


class Sending:
    def __init__(self, world: World) -> None:
        self.world = world
        self.senders = Senders(world)

    def operation(self, name: str) -> Callable[[Request], Answer]:
        def send(request: Request) -> Answer:
            record = self.send(name, checked_body(name, request))
            return json_answer({"data": answer(record)})

        return send

    def send(self, name: str, body: dict[str, Any]) -> Record:
        """Accept a message; raises Refusal."""
        recipients = body["to"] if isinstance(body["to"], list) else [body["to"]]
        if not 1 <= len(recipients) <= RULES["most_recipients"]:
            raise refused("40310", f"Give 1 to {RULES['most_recipients']} recipients.", "/to")
        for position, to in enumerate(recipients):
            self.refuse_as_told(to, pointer(name, position))
        type = kind(name, body)
        sender = self.senders.sender(name, body)
        if type == "MMS" and sender.type == ALPHANUMERIC:
            raise refused("40308", "An alphanumeric sender cannot send media.", "/from")
        measured = self.measured(type, body, sender)
        due = due_at(body.get("send_at"))
        address = sender.address
        for position, to in enumerate(recipients):
            address = self.senders.check_destination(sender, to, pointer(name, position))
            if name == "group_mms" and country(to) not in RULES["group_countries"]:
                raise refused(
                    "40309", "Group messages can only be sent to US and CA.", pointer(name, position)
                )
        self.check_budget(sender)
        payload = outbound(
            now=self.world.state.now(),
            type=type,
            sender=address,
            to=recipients,
            profile_id=sender.profile["id"],
            text=body.get("text", ""),
            measured=measured,
            media=body.get("media_urls", []),
            subject=body.get("subject"),
            urls=urls(body, sender.profile),
            registered=sender.type == "long-code",
        )
        return self.world.accept(payload, send_at=due, group=name == "group_mms")

    def whatsapp(self, request: Request) -> Answer:
        body = checked_body("whatsapp", request)
        self.refuse_as_told(body["to"], "/to")
        check_whatsapp(body["whatsapp_message"])
        sender = self.senders.sender("whatsapp", body)
        self.senders.check_destination(sender, body["to"], "/to")
        self.check_budget(sender)
        payload = outbound_body(
            now=self.world.state.now(),
            type="WHATSAPP",
            sender=ours(sender.address),
            to=body["to"],
            profile_id=sender.profile["id"],
            body=body["whatsapp_message"],
            urls=urls(body, sender.profile),
        )
        record = self.world.accept(payload)
        shown = answer(record) | {"encoding": "UTF-8", "wait_seconds": 0.0}
        return json_answer({"data": {name: shown[name] for name in WHATSAPP}})

    def refuse_as_told(self, to: str, where: str) -> None:
        if code := self.world.script.take_refusal(to):
            raise refused(code, "The sandbox was set to refuse it this way.", where)

    def measured(self, type: str, body: dict[str, Any], sender: From) -> Measured:
        text = body.get("text", "")
        if type == "MMS":
            return Measured("UTF-8", 1, len(text))
        smart = bool(sender.profile.get("smart_encoding"))
        try:
            found = measure(text, body.get("encoding", "auto"), smart=smart)
        except NotEncodable:
            detail = "The text has characters that are not in GSM-7."
            raise Refusal(400, [judge.bad(detail, pointer="/encoding")]) from None
        if found.parts > RULES["most_parts"]:
            raise refused("40302", f"The text takes {found.parts} parts; the limit is 10.", "/text")
        if body.get("auto_detect") and found.parts > RULES["parts_advised"]:
            raise refused("40328", f"The text takes {found.parts} parts, more than recommended.", "/text")
        return found

    def check_budget(self, sender: From) -> None:
        if self.world.is_spent(sender.profile["id"]):
            raise refused("40333", "The daily budget of this profile is used up until midnight UTC.")


def kind(name: str, body: dict[str, Any]) -> str:
    """Return SMS or MMS; raises Refusal for content that fits neither."""
    media, has_text = body.get("media_urls", []), "text" in body
    if not media and not has_text:
        raise refused("40316", "Give a text, media_urls or both.", "/text")
    if len(media) > RULES["most_media"]:
        raise refused("40317", f"Attach at most {RULES['most_media']} files.", "/media_urls")
    found = "MMS" if media or "subject" in body or name == "group_mms" else "SMS"
    # The help center sends a long text alone as an MMS; the list of error codes would refuse it (T5.27).
    if found == "SMS" and body.get("type") == "MMS":
        return "MMS"
    if body.get("type", found) != found:
        detail = "SMS takes only a text."
        raise refused("40304", detail, "/type")
    return found


def due_at(text: str | None) -> datetime | None:
    """Return when a scheduled message is due; raises Refusal 400 outside the window."""
    due = judge.moment(text) if text else None
    if due is None:
        return None
    now = datetime.now(UTC)
    earliest = now + timedelta(seconds=RULES["earliest_schedule_seconds"])
    latest = now + timedelta(seconds=RULES["latest_schedule_seconds"])
    if not earliest <= due <= latest:
        detail = "Must be between 5 minutes and 5 days from now."
        raise Refusal(400, [judge.bad(detail, pointer="/send_at")])
    return due


def urls(body: dict[str, Any], profile: Record) -> tuple[str | None, str | None]:
    """Return where events go: to the request's own addresses, else to those of its profile."""
    own = [body.get("webhook_url"), body.get("webhook_failover_url")]
    if body.get("use_profile_webhooks", True):
        own = [own[0] or profile.get("webhook_url"), own[1] or profile.get("webhook_failover_url")]
    return own[0] or None, own[1] or None


def check_whatsapp(message: dict[str, Any]) -> None:
    """Raise Refusal unless the message has the content that its type names, and what its prose asks for."""
    if "type" not in message:
        raise Refusal(400, [judge.missing("type is required.", pointer="/whatsapp_message/type")])
    where = f"/whatsapp_message/{message['type']}"
    if message["type"] not in message:
        raise Refusal(400, [judge.missing(f"{message['type']} is required.", pointer=where)])
    found = list(WHATSAPP_PROSE.get(message["type"], nothing)(message[message["type"]], where))
    if found:
        raise Refusal(400, found)


def nothing(content: Any, where: str) -> judge.Errors:
    yield from ()


def check_template(template: dict[str, Any], where: str) -> judge.Errors:
    """Check what the description says in words: a template has an id, or a name and a language."""
    if "template_id" not in template:
        for name in ("name", "language"):
            if name not in template:
                detail = f"{name} is required unless template_id is provided."
                yield judge.missing(detail, pointer=f"{where}/{name}")
    for position, component in enumerate(template.get("components", [])):
        here = f"{where}/components/{position}"
        if component.get("type") == "button" and "index" not in component:
            yield judge.missing("index is required for button components.", pointer=f"{here}/index")
        for place, value in enumerate(component.get("parameters", [])):
            kind = value.get("type")
            if kind and kind not in value:
                yield judge.missing(f"{kind} is required.", pointer=f"{here}/parameters/{place}/{kind}")


def check_interactive(interactive: dict[str, Any], where: str) -> judge.Errors:
    """Check that an interactive message has what its type needs, and cards with indexes from 0 to 9."""
    kind, action = interactive.get("type"), interactive.get("action", {})
    if kind is None:
        yield judge.missing("type is required.", pointer=f"{where}/type")
    elif (needed := WHATSAPP_ACTIONS[kind]) not in action:
        yield judge.missing(f"{needed} is required.", pointer=f"{where}/action/{needed}")
    for position, card in enumerate(action.get("cards", [])):
        here = f"{where}/action/cards/{position}"
        if not 0 <= card.get("card_index", -1) <= RULES["last_card_index"]:
            yield judge.bad("Must be 0 to 9.", pointer=f"{here}/card_index")
        if card.get("body", {}).get("text", "").count("\n") > RULES["most_card_line_breaks"]:
            yield judge.bad("At most 2 line breaks.", pointer=f"{here}/body/text")
    header = interactive.get("header", {})
    if header and header["type"] not in header:
        yield judge.missing(f"{header['type']} is required.", pointer=f"{where}/header/{header['type']}")


WHATSAPP_ACTIONS = {
    "button": "buttons",
    "list": "sections",
    "cta_url": "parameters",
    "location_request_message": "name",
    "carousel": "cards",
}
WHATSAPP_PROSE = {"template": check_template, "interactive": check_interactive}


def pointer(name: str, position: int) -> str:
    return f"/to/{position}" if name == "group_mms" else "/to"
