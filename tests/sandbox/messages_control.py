"""What a test can do with messages in the sandbox. Part of `control.Sandbox`; imports nothing from the sandbox."""

from collections.abc import Sequence
from typing import Any

Record = dict[str, Any]

# Two long codes and a verified toll-free number on the first profile, a long code on the second; the third
# has the short code. The unverified one belongs to the second profile.
SENDER, OTHER_SENDER, TOLL_FREE = "+13125550160", "+13125550161", "+18005550170"
SECOND_SENDER, UNVERIFIED, SHORT_CODE = "+12175550162", "+18885550171", "24680"
HANDSET = "+13035550123"


class MessageControls:
    """Methods about messages. `message` is always a message's id."""

    def call(self, method: str, path: str, data: Any = None) -> Any:
        raise NotImplementedError

    # What Telnyx holds.

    def messages(self) -> list[Record]:
        """Return the last 1000 messages, oldest first: id, payload (as REST shows it), origin, send_at, plan."""
        return self.call("GET", "/messages")

    def message(self, message: str) -> Record:
        return self.call("GET", f"/messages/{message}")

    def numbers(self) -> list[Record]:
        """Return the account's numbers: id, phone_number, type, messaging_profile_id, verified."""
        return self.call("GET", "/numbers")

    # What phones do.

    def write(
        self,
        text: str = "",
        *,
        sender: str = HANDSET,
        to: str = SENDER,
        media: int | Sequence[Record] | None = None,
        cc: Sequence[str] | None = None,
        webhook: bool = True,
    ) -> Record:
        """Write from a phone. STOP, START and HELP have their effect.

        `media` is a number of pictures that the sandbox serves, or a list of {content_type, base64} or whole
        media objects.
        """
        data: Record = {"from": sender, "to": to, "text": text, "webhook": webhook}
        given = {"media": media, "cc": cc}
        return self.call(
            "POST", "/messages/inbound", data | {name: value for name, value in given.items() if value}
        )

    def write_body(
        self,
        body: Any,
        *,
        sender: str = HANDSET,
        to: str = SENDER,
        type: str = "WHATSAPP",
        messaging_profile_id: str | None = None,
        agent: Record | None = None,
    ) -> Record:
        """Write a WhatsApp or an RCS message; for RCS name the `agent` {agent_id, agent_name} and a profile."""
        data = {"from": sender, "to": to, "body": body, "type": type, "agent": agent}
        return self.call("POST", "/messages/inbound", data | {"messaging_profile_id": messaging_profile_id})

    def whatsapp(
        self,
        kind: str,
        *,
        sender: str = HANDSET,
        to: str = SENDER,
        about: str | None = None,
        content: Any = None,
    ) -> Record:
        """Do something in WhatsApp (see whatsapp.KINDS): write, choose, reply, react, edit, revoke.

        `about` is the id of a message; without it, it is about the newest that fits. `content` replaces the sample's.
        """
        data = {"kind": kind, "from": sender, "to": to, "about": about, "content": content}
        return self.call("POST", "/messages/whatsapp", data)

    def echo(self, text: str, *, sender: str = SENDER, to: str = HANDSET) -> None:
        """Report a WhatsApp message written in the business app."""
        self.call("POST", "/messages/echo", {"from": sender, "to": to, "text": text})

    def click(self, message: str, url: str | None = None) -> None:
        """Follow a link in a message."""
        self.call("POST", f"/messages/{message}/click", {"url": url})

    # What happens to messages.

    def pace(self, pace: float) -> None:
        """Stretch the seconds between a message's steps; 0 takes them at once, 1 is the usual pace."""
        self.call("POST", "/messages/pace", {"pace": pace})

    def outcome(
        self, outcome: str | None, code: str | None = None, *, to: str | None = None, count: int = 1
    ) -> None:
        """Decide what happens to the next messages, or to all to one number. See README.md for the words.

        "refused" answers a send with `code`; None lets the number's digits decide again.
        """
        self.call("POST", "/messages/outcome", {"outcome": outcome, "code": code, "to": to, "count": count})

    def step(self, message: str, step: str, code: str | None = None, *, recipient: int = 0) -> Record:
        """Make something happen to a message now: sent, a final status, read, reply, opt_out."""
        data = {"step": step, "code": code, "recipient": recipient}
        return self.call("POST", f"/messages/{message}/step", data)

    def send_now(self, message: str) -> Record:
        """Send a scheduled message now."""
        return self.call("POST", f"/messages/{message}/send_now", {})

    def set_age(self, message: str, received_at: str) -> Record:
        """Change the time a message arrived."""
        return self.call("POST", f"/messages/{message}/age", {"received_at": received_at})

    def spend_limit(self, messaging_profile_id: str, limit: str | None, *, reached: bool = False) -> None:
        """Give a profile a daily budget in dollars. `reached` uses it up and sends the event."""
        data = {"messaging_profile_id": messaging_profile_id, "limit": limit, "reached": reached}
        self.call("POST", "/spend_limit", data)

    def key_runs(self, seconds: float) -> None:
        """Make the next Idempotency-Key count as still running for this long, although its request is stored."""
        self.call("POST", "/idempotency", {"running": seconds})

    def expire_keys(self) -> None:
        """Expire every Idempotency-Key."""
        self.call("POST", "/idempotency", {"expire": True})

    # Traffic from others.

    def traffic(
        self,
        per_second: float,
        *,
        seconds: float | None = None,
        failing: float = 0.08,
        codes: Sequence[str] | None = None,
        inbound: float = 0.25,
        profile: str | None = None,
    ) -> Record:
        """Let others send through the account. `per_second` counts webhooks; the shares are between 0 and 1."""
        data: Record = {"per_second": per_second, "seconds": seconds, "failing": failing, "inbound": inbound}
        data |= {"profile": profile} | ({"codes": list(codes)} if codes else {})
        return self.call("POST", "/traffic", data)

    def stop_traffic(self) -> Record:
        """Stop the traffic, and return how many webhooks it made."""
        return self.call("DELETE", "/traffic")
