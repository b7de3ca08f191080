"""Reading a message, canceling a scheduled one, and the messages of a group."""

from datetime import UTC, datetime, timedelta

from ..contract import moment
from ..state import Record
from ..wire import Answer, Refusal, Request, error, json_answer
from .facts import RULES, TITLES, checked_id
from .shapes import answer, cancelled
from .world import World, age_in_days


class Reading:
    def __init__(self, world: World) -> None:
        self.world = world

    def get(self, request: Request, id: str) -> Answer:
        return json_answer({"data": answer(self.find(checked_id(id)))})

    def group(self, request: Request, message_id: str) -> Answer:
        record = self.find(checked_id(message_id))
        if not record["group"]:
            raise unknown()
        return json_answer({"data": [answer(record)]})

    def cancel(self, request: Request, id: str) -> Answer:
        """Cancel a scheduled message that is due in more than a minute."""
        record = self.find(checked_id(id), single=True)
        due = moment(record["send_at"]) if record["send_at"] else None
        if due is None or record["payload"]["to"][0]["status"] != "scheduled":
            raise forbidden("Only a scheduled message can be canceled.")
        if due <= datetime.now(UTC) + timedelta(seconds=RULES["last_cancel_seconds"]):
            raise forbidden("A message cannot be canceled in the last minute before it is sent.")
        record["plan"] = []
        self.world.set_status(record, None, "cancelled")
        record["payload"] |= {"completed_at": self.world.state.now(), "valid_until": None}
        self.world.save(record)
        return json_answer(cancelled(record))

    def find(self, id: str, *, single: bool = False) -> Record:
        """Return a message that can still be read; raises Refusal 404."""
        record = self.world.find(id)
        if record is None or age_in_days(record) > RULES["days_a_message_can_be_read"]:
            raise unknown(single=single)
        return record


def unknown(*, single: bool = False) -> Refusal:
    code = RULES["code_of_an_unknown_message"]
    return Refusal(
        404, [error(code, TITLES[code], "No message of the last 10 days has this id.")], single=single
    )


def forbidden(detail: str) -> Refusal:
    return Refusal(403, [error("10010", "Authorization failed", detail)], single=True)
