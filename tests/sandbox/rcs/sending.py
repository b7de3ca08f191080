"""POST /messages/rcs: what is refused at once, and what happens to a message to a phone without RCS."""

from typing import Any

from ..contract import bad, missing
from ..messages.facts import refused
from ..messages.script import Outcome
from ..messages.senders import From
from ..messages.sending import Sending as Texts
from ..messages.sending import kind, urls
from ..messages.service import Messages
from ..messages.shapes import answer, file_seen, ours, outbound_body
from ..state import Record
from ..wire import Answer, Refusal, Request, json_answer
from .facts import FACTS, REFUSED, RULES, checked_body
from .world import World

NAMES: list[str] = FACTS["answers"]["Message"]["names"]
ACTIONS = (
    "open_url_action",
    "dial_action",
    "view_location_action",
    "share_location_action",
    "create_calendar_event_action",
)
CONTENTS = ("text", "rich_card", "content_info")
RCS = "rcs"


class Sending:
    def __init__(self, world: World, messages: Messages) -> None:
        self.world = world
        self.messages = messages.world
        self.texts = Texts(messages.world)
        self.messages.actions["fall_back"] = self.fall_back

    def send(self, request: Request) -> Answer:
        """Accept a message; raises Refusal."""
        body = checked_body("send_rcs", request)
        message = body["agent_message"]
        check_message(message)
        self.texts.refuse_as_told(body["to"], "/to")
        agent = self.world.agent(body["agent_id"], pointer="/agent_id")
        sender = self.sender(agent, body)
        self.texts.senders.check_destination(sender, body["to"], "/to")
        self.texts.check_budget(sender)
        instead = self.instead(body)
        payload = outbound_body(
            now=self.messages.state.now(),
            type="RCS",
            sender={"agent_id": agent["agent_id"], "agent_name": agent["agent_name"], "carrier": "Telnyx"},
            to=body["to"],
            profile_id=sender.profile["id"],
            body=message.get("content_message", {}),
            urls=(urls(body, sender.profile)[0], None),
        )
        record = self.accept(payload, instead)
        shown = answer(record) | {"body": message, "encoding": "utf-8", "wait_seconds": 0.0}
        shown |= {"type": "RCS", "from": payload["from"] | {}}
        return json_answer({"data": {name: shown[name] for name in NAMES}})

    def accept(self, payload: Record, instead: Record | None) -> Record:
        if self.world.features(payload["to"][0]["phone_number"]):
            return self.messages.accept(payload)
        if instead is None:
            code = RULES["a_handset_without_rcs_and_no_fallback_fails_with"]
            return self.messages.accept(payload, outcome=Outcome("sending_failed", code))
        record = self.messages.accept(payload)
        record["instead"] = instead
        first = min((step[0] for step in record["plan"]), default=0.0)
        self.messages.schedule(record, [[first - 0.001, "fall_back", 0, None], *record["plan"]])
        return record

    def fall_back(self, record: Record, step: list[Any]) -> None:
        """Continue as a text or picture message. The content stays in `body` (knowledge base: type comes back SMS)."""
        record["payload"] |= record["instead"]

    def sender(self, agent: Record, body: dict[str, Any]) -> From:
        code = RULES["a_disabled_agent_is_refused_with"]
        if not agent["enabled"]:
            raise refused(code, "This agent is not enabled.", "/agent_id")
        profile = self.texts.senders.chosen_profile(body)
        if profile is None or not profile.get("enabled", True):
            raise refused("40312", "This messaging profile is switched off.", "/messaging_profile_id")
        if agent["profile_id"] != profile["id"]:
            raise refused(code, "This agent is not on this messaging profile.", "/messaging_profile_id")
        return From(agent["agent_id"], RCS, profile)

    def instead(self, body: dict[str, Any]) -> Record | None:
        """Return what is sent to a phone without RCS, checked like any other message; raises Refusal."""
        name = next((one for one in ("sms_fallback", "mms_fallback") if one in body), None)
        if name is None:
            return None
        fallback = body[name]
        for member in ("from", *(["text"] if name == "sms_fallback" else [])):
            if not fallback.get(member):
                raise Refusal(REFUSED, [missing(f"{member} is required.", pointer=f"/{name}/{member}")])
        wanted = fallback | {"messaging_profile_id": body["messaging_profile_id"], "to": body["to"]}
        type = kind("send", wanted)
        sender = self.texts.senders.sender("send", wanted)
        address = self.texts.senders.check_destination(sender, body["to"], f"/{name}/from")
        measured = self.texts.measured(type, wanted, sender)
        return {
            "type": type,
            "from": ours(address),
            "text": fallback.get("text", ""),
            "subject": fallback.get("subject"),
            "media": [file_seen(url) for url in fallback.get("media_urls", [])],
            "parts": measured.parts,
            "encoding": measured.encoding,
        }


def check_message(message: dict[str, Any]) -> None:
    """Raise Refusal unless every choice in the message is made exactly once."""
    found: list[Record] = []
    choose(message, ("content_message", "event"), "/agent_message", found)
    content = message.get("content_message", {})
    where = "/agent_message/content_message"
    if content or "content_message" in message:
        choose(content, CONTENTS, where, found)
    if content.get("text") == "":
        found.append(missing("text is empty.", pointer=f"{where}/text"))
    if "rich_card" in content:
        choose(content["rich_card"], ("standalone_card", "carousel_card"), f"{where}/rich_card", found)
    for suggestion in suggestions(content):
        choose(suggestion, ("reply", "action"), f"{where}/suggestions", found)
        if "action" in suggestion:
            choose(suggestion["action"], ACTIONS, f"{where}/suggestions/action", found)
    if found:
        raise Refusal(REFUSED, found)


def choose(holder: dict[str, Any], names: tuple[str, ...], pointer: str, found: list[Record]) -> None:
    given = [name for name in names if name in holder]
    if len(given) != 1:
        found.append(bad(f"Exactly one of {', '.join(names)} is needed.", pointer=pointer))


def suggestions(content: dict[str, Any]) -> list[Record]:
    """Return the buttons of a message and its cards, in order."""
    card = content.get("rich_card", {})
    cards = [card.get("standalone_card", {}).get("card_content", {})]
    cards += card.get("carousel_card", {}).get("card_contents", [])
    return [one for owner in (content, *cards) for one in owner.get("suggestions", [])]
