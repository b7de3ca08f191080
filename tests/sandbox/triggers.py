"""Words in a business name that make the sandbox misbehave, for demos without a script.

They only work in the POST that creates a verification request.
"""

import hashlib
import threading
from dataclasses import dataclass

from .contract import load
from .faults import Fault
from .wire import Refusal, Request, error, parse_json

PATH = "/v2" + load("tollfree")["base"]

NAME_REFUSED = error(
    "10015", "Bad Request", "The business name is not a registered legal entity.", pointer="/businessName"
)


@dataclass(frozen=True)
class Trigger:
    fault: Fault
    words: str
    once: bool = False


TRIGGERS = {
    "FAKE-422": Trigger(
        Fault("status", status=422, json={"errors": [NAME_REFUSED]}),
        "refused with 422; the error points to /businessName",
    ),
    "FAKE-TIMEOUT": Trigger(Fault("store_then_lose"), "stored, but the answer is lost"),
    "FAKE-503": Trigger(Fault("status", status=503), "503 each time, nothing is stored"),
    "FAKE-429": Trigger(
        Fault("retry_after", seconds=5), "429 with Retry-After: 5 the first time, then accepted", once=True
    ),
    "FAKE-401": Trigger(
        Fault("status", status=401),
        "401 the first time, then accepted, as if the key had been fixed",
        once=True,
    ),
}


class Triggers:
    """Finds the fault a request asks for, and remembers bodies whose trigger only works once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.spent: set[bytes] = set()

    def take(self, request: Request) -> Fault | None:
        if request.method != "POST" or request.path != PATH:
            return None
        name = business_name(request.body)
        for word, trigger in TRIGGERS.items():
            if word in name:
                return None if trigger.once and self.seen(request.body) else trigger.fault
        return None

    def seen(self, body: bytes) -> bool:
        digest = hashlib.sha256(body).digest()
        with self.lock:
            before = digest in self.spent
            self.spent.add(digest)
        return before

    def reset(self) -> None:
        with self.lock:
            self.spent.clear()


def business_name(body: bytes) -> str:
    try:
        return str(parse_json(body)["businessName"])
    except (Refusal, KeyError, TypeError):
        return ""
