"""The letter of authorization and the bill of an order: what is accepted, what is kept, and what follows."""

import hashlib
import re

from ..contract import bad, missing
from ..state import Record
from ..wire import Answer, Refusal, Request, error
from .facts import FILES, RULES, content_type, too_late
from .multipart import Part, parts
from .orders import Orders
from .world import World, is_over


class Documents:
    def __init__(self, world: World, orders: Orders) -> None:
        self.world = world
        self.orders = orders

    def file_upload(self, request: Request, id: str) -> Answer:
        order = self.world.order(id)
        if content_type(request) != "multipart/form-data":
            raise Refusal(
                415, [error("10014", "Unsupported Media Type", "Send the files as multipart/form-data.")]
            )
        received = parts(request.headers["content-type"], request.body)
        if found := objections(received):
            raise Refusal(RULES["status_of_a_refused_body"], found)
        if is_over(order):
            raise too_late(f"The order is {order['status']}; it no longer takes documents.")
        now = self.world.state.now()
        order["uploads"] += [kept(part, now) for part in received]
        self.judge(order, {part.name for part in received})
        self.world.tell(order)
        return self.orders.answer(order)

    def judge(self, order: Record, kinds: set[str]) -> None:
        """Move the order as planned; otherwise accept it once no document is missing."""
        order["documents_wanted"] = [kind for kind in order["documents_wanted"] if kind not in kinds]
        planned = self.world.script.document_outcomes
        if planned:
            self.world.move(order, planned.popleft())
        elif not order["documents_wanted"]:
            self.world.move(order, "loa_file_successful")
        elif order["status"] == RULES["status_on_creation"]:
            self.world.move(order, RULES["status_when_a_document_is_missing"])


def kept(part: Part, now: str) -> Record:
    return {
        "kind": part.name,
        "name": part.file_name,
        "size": len(part.data),
        "sha256": hashlib.sha256(part.data).hexdigest(),
        "received_at": now,
    }


def objections(received: list[Part]) -> list[Record]:
    """Return everything wrong with the files."""
    names = [part.name for part in received]
    found = [
        bad(f"Unknown part {name!r}.", pointer=f"/{name}") for name in names if name not in FILES["parts"]
    ]
    found += [bad(f"The part {name!r} occurs twice.", pointer=f"/{name}") for name in sorted(twice(names))]
    if not received:
        found.append(missing("loa or bill is required.", pointer="/loa"))
    for part in received:
        found += objections_to(part)
    return found


def twice(names: list[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}


def objections_to(part: Part) -> list[Record]:
    pointer, found = f"/{part.name}", []
    if part.content_type != FILES["content_type"]:
        found.append(error("10014", "Unsupported Media Type", "Only PDF is accepted.", pointer=pointer))
    if not part.file_name or not re.fullmatch(FILES["name_pattern"], part.file_name):
        found.append(bad("The file name is missing or has special characters.", pointer=pointer))
    if not part.data.startswith(FILES["first_bytes"].encode()):
        found.append(bad("The file is not a PDF.", pointer=pointer))
    if len(part.data) > FILES["largest"]:
        found.append(bad("The file is larger than 5 MB.", pointer=pointer))
    return found
