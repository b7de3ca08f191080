"""Idempotency-Key: the same request with the same key is carried out once and answered with the same bytes."""

import hashlib
import re
import time
from collections.abc import Callable

from ..state import Record, State
from ..wire import Answer, Refusal, Request, error
from .facts import FACTS

RULE = FACTS["idempotency"]
KEYS_KEPT = 5000
SECONDS_KEPT = RULE["hours"] * 3600


class Idempotency:
    """Remembers successes by key, method and path. There is only one organization."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.hold_seconds = 0.0

    @property
    def answers(self) -> dict[str, Record]:
        return self.state.collection("idempotency_keys")

    def wrap(self, operation: Callable[..., Answer]) -> Callable[..., Answer]:
        """Make the operation honor the header. Requests without it are unaffected."""

        def keyed(request: Request, **names: str) -> Answer:
            key = request.headers.get(RULE["header"].lower())
            if key is None:
                return operation(request, **names)
            if not re.fullmatch(RULE["key_pattern"], key):
                raise refusal("malformed", "The key must be 1 to 255 letters, digits, - or _.")
            place = f"{request.method} {request.path} {key}"
            return self.known(place, request) or self.kept(place, request, operation(request, **names))

        return keyed

    def known(self, place: str, request: Request) -> Answer | None:
        """Return the answer given before; raises Refusal 409 (still running) or 422 (another request)."""
        before = self.answers.get(place)
        if before is None or before["at"] < time.time() - SECONDS_KEPT:
            return None
        if before["body_sha256"] != hashlib.sha256(request.body).hexdigest():
            raise refusal("different", "This key was already used with another request.")
        if before["runs_until"] > time.time():
            raise refusal("running", "The first request with this key is still being processed.")
        headers = {"Content-Type": before["content_type"], RULE["replayed_header"]: "true"}
        return Answer(before["status"], before["answer"].encode(), headers)

    def kept(self, place: str, request: Request, answer: Answer) -> Answer:
        if 200 <= answer.status < 300:
            self.answers.pop(place, None)
            self.answers[place] = {
                "at": time.time(),
                "body_sha256": hashlib.sha256(request.body).hexdigest(),
                "status": answer.status,
                "content_type": answer.headers["Content-Type"],
                "answer": answer.body.decode(),
                "runs_until": time.time() + self.hold_seconds if self.hold_seconds else 0,
            }
            self.hold_seconds = 0.0
            while len(self.answers) > KEYS_KEPT:
                del self.answers[next(iter(self.answers))]
        return answer

    def hold_next(self, seconds: float) -> None:
        """Make the next new key count as still running for this long, although its request is stored."""
        self.hold_seconds = seconds

    def forget(self) -> None:
        """Expire all keys."""
        self.answers.clear()


def refusal(rule: str, detail: str) -> Refusal:
    titles = {
        "malformed": "Bad Request",
        "running": "Request in progress",
        "different": "Unprocessable Entity",
    }
    return Refusal(RULE[rule]["status"], [error(RULE[rule]["code"], titles[rule], detail)])
