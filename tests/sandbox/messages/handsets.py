"""What people do with their phones: write, stop, start again, ask for help, read, and follow links."""

import base64
import re
import uuid
from collections.abc import Callable
from typing import Any

from ..countries import country
from ..state import Record
from ..wire import Answer, Refusal, Request
from . import whatsapp
from .facts import KEYWORDS
from .pictures import CONTENT_TYPE, attached, picture
from .shapes import inbound, inbound_body
from .text import Measured, measure
from .world import World

FILES_KEPT = 200
THANKS = "Thank you, got it."
STOP = "STOP"
# The keyword that each operation of a profile's own auto-responses stands for.
MEANINGS = {"stop": "STOP", "start": "START", "info": "HELP"}


class Handsets:
    def __init__(self, world: World) -> None:
        self.world = world
        self.own_url = ""
        self.write_to_agent: Callable[[Record, str], object] = lambda record, text: None
        self.files: dict[str, tuple[str, bytes]] = {}
        world.actions |= {"reply": self.reply, "opt_out": self.opt_out}

    def receive(
        self,
        sender: str,
        to: str,
        text: str = "",
        *,
        media: list[Record] | None = None,
        cc: list[str] | None = None,
        origin: str = "handset",
        webhook: bool = True,
    ) -> Record:
        """Take a message from a phone to one of our numbers. Keywords have their effect.

        An entry of `media` is {} for one of our pictures, {content_type, base64} for any file, or a whole media object.
        Raises ValueError if the number is not in the account.
        """
        number, profile = self.addressed(to)
        files = [self.attach(entry) for entry in media or []]
        measured = Measured("UTF-8", 1, len(text)) if files or cc else measure(text)
        url = profile.get("webhook_url") if profile else None
        payload = inbound(
            now=self.world.state.now(),
            type="MMS" if files or cc else "SMS",
            sender=sender,
            to=to,
            cc=cc or [],
            profile_id=number["messaging_profile_id"],
            text=text,
            measured=measured,
            media=files,
            url=url,
        )
        if meaning := self.keyword(text, sender, number):
            payload["autoresponse_type"] = meaning
            self.heed(meaning, number["messaging_profile_id"], to, sender, " ".join(text.split()).upper())
        return self.tell(payload, origin, webhook=webhook)

    def receive_body(
        self,
        sender: str,
        to: str,
        body: Any,
        type: str,
        profile_id: str | None,
        agent: Record | None = None,
        urls: tuple[str | None, str | None] | None = None,
    ) -> Record:
        """Take a message that has a `body`: WHATSAPP to a number, or RCS to an agent whose events go to `urls`."""
        payload = inbound_body(
            now=self.world.state.now(),
            type=type,
            sender=sender,
            to=to,
            profile_id=profile_id,
            body=body,
            agent=agent,
        )
        if type == whatsapp.TYPE and isinstance(body, dict):
            payload["body"] = whatsapp.complete(payload, sender)
        if urls is None:
            urls = ((self.world.profile(profile_id) or {}).get("webhook_url"), None)
        return self.tell(payload, "handset", url=urls[0], failover_url=urls[1])

    def use_whatsapp(
        self, kind: str, sender: str, to: str, *, given: Record | None = None, about: Record | None = None
    ) -> Record:
        """Take what a phone does in WhatsApp; without `about`, it is about the newest message that fits."""
        number, _ = self.addressed(to)
        about = about or whatsapp.newest(self.world.newest_first(), kind, sender, to)
        body = whatsapp.body(kind, given, about, self.attach)
        return self.receive_body(sender, to, body, whatsapp.TYPE, number["messaging_profile_id"])

    def tell(
        self,
        payload: dict[str, Any],
        origin: str,
        *,
        url: str | None = None,
        failover_url: str | None = None,
        webhook: bool = True,
    ) -> Record:
        record = self.world.keep(payload, origin)
        target = url or payload.get("webhook_url")
        if webhook and target:
            self.world.sender.send(
                "message.received", self.world.state.now(), dict(payload), target, failover_url
            )
        return record

    def addressed(self, to: str) -> tuple[Record, Record | None]:
        number = self.world.number(to)
        if number is None:
            raise ValueError(f"{to} is not a number in this account")
        return number, self.world.profile(number["messaging_profile_id"])

    # Keywords.

    def keyword(self, text: str, sender: str, number: Record) -> str | None:
        """Return STOP, START or HELP if the whole text is such a word, including the profile's own words."""
        word = " ".join(text.split()).upper()
        for config in self.world.state.collection("autoresponses").values():
            own = {entry.strip().upper() for entry in config["keywords"]}
            is_meant = config["profile_id"] == number["messaging_profile_id"]
            if is_meant and config["country_code"] in ("*", country(sender)) and word in own:
                return MEANINGS.get(config["op"])
        return published_keyword(word, number["type"])

    def heed(self, meaning: str, profile_id: str | None, ours: str, handset: str, word: str) -> None:
        """Block or unblock a phone. A block applies to the whole profile."""
        optouts = self.world.optouts
        if meaning == "STOP":
            pair = {"messaging_profile_id": profile_id, "from": ours, "to": handset}
            self.world.block(pair | {"keyword": word})
        elif meaning == "START":
            for key, row in list(optouts.items()):
                if row["to"] == handset and row["messaging_profile_id"] == profile_id:
                    del optouts[key]

    # Steps of an outbound message that the recipient takes.

    def reply(self, record: Record, step: list[Any]) -> None:
        self.answer(record, step, THANKS)

    def opt_out(self, record: Record, step: list[Any]) -> None:
        self.answer(record, step, STOP)

    def answer(self, record: Record, step: list[Any], text: str) -> None:
        payload = record["payload"]
        sender = payload["from"].get("phone_number", "")
        if "agent_id" in payload["from"]:
            self.write_to_agent(record, text)
        elif self.world.number(sender):
            self.receive(payload["to"][step[2]]["phone_number"], sender, text)

    # Events about what was done with a message.

    def click(self, record: Record, url: str | None = None) -> None:
        """Follow a link in a message. Unlike other events, this one has no id."""
        payload = record["payload"]
        found = re.search(r"https?://\S+", payload.get("text") or "")
        data = {
            "message_id": record["id"],
            "record_type": "link_clicked",
            "time_clicked": self.world.state.now(),
            # The published example has no plus.
            "to": payload["to"][0]["phone_number"].removeprefix("+"),
            "url": url or (found[0] if found else "https://shop.example.com/orders/8842"),
        }
        if payload.get("webhook_url"):
            self.world.sender.send_data(data, payload["webhook_url"])

    def echo(self, sender: str, to: str, text: str) -> None:
        """Report a WhatsApp message that someone sent from the business app."""
        _, profile = self.addressed(sender)
        now = self.world.state.now()
        id = str(uuid.uuid4())
        body = {
            "id": id,
            "foreign_id": f"wamid.SANDBOX{id[:8]}",
            "from": to,
            "timestamp": now,
            "type": "text",
            "text": {"body": text},
        }
        payload = {
            "body": body,
            "direction": "outbound",
            "from": {"phone_number": sender, "carrier": None, "line_type": None},
            "id": id,
            "type": "WHATSAPP",
        }
        if profile and profile.get("webhook_url"):
            self.world.sender.send("message.echo", now, payload, profile["webhook_url"])

    # Files.

    def attach(self, entry: Record) -> Record:
        if "url" in entry:
            return entry
        name = uuid.uuid4().hex
        if "base64" not in entry:
            return attached(f"{self.own_url}/media/{name}.png", picture(name), CONTENT_TYPE)
        data = base64.b64decode(entry["base64"], validate=True)
        kind = str(entry.get("content_type", CONTENT_TYPE))
        self.files[name] = (kind, data)
        while len(self.files) > FILES_KEPT:
            del self.files[next(iter(self.files))]
        return attached(f"{self.own_url}/media/{name}", data, kind)

    def media(self, request: Request, name: str) -> Answer:
        """Serve a file of an inbound message. This needs no key."""
        if name.endswith(".png"):
            return Answer(200, picture(name.removesuffix(".png")), {"Content-Type": CONTENT_TYPE})
        if name not in self.files:
            raise Refusal(404, detail="There is no such file.")
        kind, data = self.files[name]
        return Answer(200, data, {"Content-Type": kind})


def published_keyword(word: str, type: str) -> str | None:
    words = {"STOP": KEYWORDS["stop"], "START": KEYWORDS["start"], "HELP": KEYWORDS["help"]}
    if type == "short-code":
        words["HELP"] = [*KEYWORDS["help"], *KEYWORDS["help_of_short_codes"]]
    return next((meaning for meaning, known in words.items() if word in known), None)
