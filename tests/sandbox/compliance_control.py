"""What a test can do with auto-responses and opt-outs. Part of `control.Sandbox`; imports nothing from the sandbox."""

from collections.abc import Sequence
from typing import Any

Record = dict[str, Any]


class ComplianceControls:
    def call(self, method: str, path: str, data: Any = None) -> Any:
        raise NotImplementedError

    def autoresponses(self) -> list[Record]:
        """Return the configs of all profiles, oldest first, each with its profile_id."""
        return self.call("GET", "/autoresponses")

    def seed_autoresponse(
        self,
        profile_id: str,
        *,
        op: str = "stop",
        keywords: Sequence[str] = ("STOP",),
        country_code: str = "US",
        resp_text: str | None = "You will get no more texts from us.",
    ) -> Record:
        """Store a config as if made in the portal."""
        return self.call(
            "POST",
            "/autoresponses",
            {"profile_id": profile_id, **body(op, keywords, country_code, resp_text)},
        )

    def edit_autoresponse(self, id: str, **changes: Any) -> Record:
        """Change a config behind our back, as in the portal. A change to None removes the member."""
        held = next(entry for entry in self.autoresponses() if entry["id"] == id)
        merged = {name: held.get(name) for name in ("op", "keywords", "country_code", "resp_text")} | changes
        return self.call("PUT", f"/autoresponses/{id}", body(**merged))

    def delete_autoresponse(self, id: str) -> None:
        """Delete a config behind our back."""
        self.call("DELETE", f"/autoresponses/{id}")

    def optouts(self) -> list[Record]:
        """Return the blocks, oldest first: from (ours), to (the phone), messaging_profile_id, keyword, created_at."""
        return self.call("GET", "/optouts")

    def opt_out(
        self,
        messaging_profile_id: str | None,
        from_: str,
        to: str,
        *,
        keyword: str | None = "STOP",
        **how: Any,
    ) -> Record:
        """Opt the phone `to` out of what `from_` sends; `how`: created_at."""
        pair = {"messaging_profile_id": messaging_profile_id, "from": from_, "to": to}
        return self.call("POST", "/optouts", pair | {"keyword": keyword, **how})

    def opt_in(self, messaging_profile_id: str | None, from_: str, to: str) -> bool:
        """Opt the phone in again; return whether it was opted out."""
        pair = {"messaging_profile_id": messaging_profile_id, "from": from_, "to": to}
        return self.call("DELETE", "/optouts", pair)["lifted"]

    def make_template(self, name: str, *components: Record, **fields: Any) -> Record:
        """Make a WhatsApp template; `fields`: category, language, status, rejection_reason, waba_id."""
        parts = {"components": list(components)} if components else {}
        return self.call("POST", "/whatsapp_templates", {"name": name} | parts | fields)


def body(op: str, keywords: Sequence[str], country_code: str, resp_text: str | None) -> Record:
    text = {} if resp_text is None else {"resp_text": resp_text}
    return {"op": op, "keywords": list(keywords), "country_code": country_code, **text}
