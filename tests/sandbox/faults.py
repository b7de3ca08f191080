"""Faults for the next matching requests: each kind says what is stored and what happens to the answer."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from .wire import Answer, Request, common_error, json_answer

Handle = Callable[[], Answer]
MEGABYTE = 1024 * 1024


@dataclass
class Fault:
    """One scripted fault. Which members matter depends on the kind (README.md lists them)."""

    kind: str
    method: str | None = None
    path: str = ""
    count: int | None = 1
    when: str | None = None
    store: bool | None = None
    seconds: float = 1.0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    json: Any = None
    megabytes: float = 2.0
    location: str = "http://169.254.169.254/latest/meta-data/"
    value: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if self.when is not None and self.when not in KINDS[self.kind].moments:
            raise ValueError(f"when must be one of {', '.join(KINDS[self.kind].moments)} for {self.kind}")
        re.compile(self.path)

    def matches(self, method: str, path: str) -> bool:
        return self.method in (None, "", method) and re.search(self.path, path) is not None

    def describe(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value not in (None, "", {})} | {
            "count": self.count
        }


class Faults:
    """The script. A matching request uses up one count of the first fault that matches."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.script: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self.lock:
            self.script.append(fault)

    def clear(self) -> None:
        with self.lock:
            self.script.clear()

    def take(self, request: Request) -> Fault | None:
        with self.lock:
            for fault in self.script:
                if fault.matches(request.method, request.path):
                    self.use(fault)
                    return fault
        return None

    def use(self, fault: Fault) -> None:
        if fault.count is None:
            return
        fault.count -= 1
        if fault.count <= 0:
            self.script.remove(fault)


def run(fault: Fault, handle: Handle) -> Answer:
    """Answer a request under a fault. `handle` carries it out as if nothing were wrong."""
    return KINDS[fault.kind].play(fault, handle)


def stored_first(fault: Fault, handle: Handle, default: bool) -> None:
    if default if fault.store is None else fault.store:
        handle()


def play_status(fault: Fault, handle: Handle) -> Answer:
    stored_first(fault, handle, default=False)
    return scripted(fault, fault.status or 500)


def scripted(fault: Fault, status: int) -> Answer:
    """Answer with the fault's own body, or with Telnyx's error envelope for the status."""
    if fault.body is not None:
        answer = Answer(status, fault.body.encode(), {"Content-Type": "text/html; charset=utf-8"})
    elif fault.json is not None:
        answer = json_answer(fault.json, status)
    else:
        answer = json_answer({"errors": [common_error(status, "Scripted in the sandbox.")]}, status)
    answer.headers |= fault.headers
    return answer


def play_delay(fault: Fault, handle: Handle) -> Answer:
    if fault.when == "after":
        answer = handle()
        time.sleep(fault.seconds)
        return answer
    time.sleep(fault.seconds)
    return handle()


def play_reset(fault: Fault, handle: Handle) -> Answer:
    if fault.when == "after":
        handle()
        return Answer(sending="reset")
    if fault.when == "midway":
        return sent(handle(), "reset_midway")
    return Answer(sending="reset")


def play_truncate(fault: Fault, handle: Handle) -> Answer:
    return sent(handle(), "truncate")


def play_store_then_lose(fault: Fault, handle: Handle) -> Answer:
    handle()
    return Answer(sending="drop")


def play_drip(fault: Fault, handle: Handle) -> Answer:
    return sent(handle(), "drip", fault.seconds)


def sent(answer: Answer, how: str, pause: float = 0.0) -> Answer:
    answer.sending, answer.pause = how, pause
    return answer


def play_huge(fault: Fault, handle: Handle) -> Answer:
    stored_first(fault, handle, default=True)
    size = int(fault.megabytes * MEGABYTE)
    return Answer(
        fault.status or 200,
        headers={"Content-Type": "application/json"},
        stream=padding(size),
        length=size,
    )


def padding(size: int) -> Iterator[bytes]:
    """Yield `size` bytes of one valid JSON document."""
    yield b'{"id":"'
    left = size - 9
    while left > 0:
        yield b"x" * min(left, 65536)
        left -= 65536
    yield b'"}'


def play_html(fault: Fault, handle: Handle) -> Answer:
    stored_first(fault, handle, default=True)
    page = fault.body or "<!doctype html><title>Gateway</title><h1>Please wait</h1>"
    return Answer(fault.status or 200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})


def play_empty(fault: Fault, handle: Handle) -> Answer:
    stored_first(fault, handle, default=True)
    return Answer(fault.status or 200, b"", {"Content-Type": "application/json"})


def play_wrong_content_type(fault: Fault, handle: Handle) -> Answer:
    answer = handle()
    answer.headers["Content-Type"] = fault.value or "text/plain"
    return answer


def play_redirect(fault: Fault, handle: Handle) -> Answer:
    stored_first(fault, handle, default=False)
    return Answer(fault.status or 302, b"", {"Location": fault.location})


def play_late_create(fault: Fault, handle: Handle) -> Answer:
    """Break the connection now (or answer `status`), and carry the request out `seconds` later."""
    timer = threading.Timer(fault.seconds, handle)
    timer.daemon = True
    timer.start()
    return scripted(fault, fault.status) if fault.status else Answer(sending="reset")


def play_retry_after(fault: Fault, handle: Handle) -> Answer:
    """Answer 429. `when` picks the header and `value` its value (default: `seconds`)."""
    stored_first(fault, handle, default=False)
    seconds = fault.value if fault.value is not None else f"{fault.seconds:g}"
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=fault.seconds), usegmt=True)
    hints = {
        "retry-after": {"Retry-After": seconds},
        "ratelimit-reset": {"x-ratelimit-remaining": "0", "x-ratelimit-reset": seconds},
        "date": {"Retry-After": date},
        "none": {},
    }
    answer = scripted(fault, fault.status or 429)
    answer.headers |= hints[fault.when or "retry-after"]
    return answer


@dataclass(frozen=True)
class Kind:
    play: Callable[[Fault, Handle], Answer]
    words: str
    moments: tuple[str, ...] = ()


KINDS = {
    "status": Kind(play_status, "answers with a status"),
    "delay": Kind(play_delay, "answers late", ("before", "after")),
    "reset": Kind(play_reset, "resets the connection", ("before", "after", "midway")),
    "truncate": Kind(play_truncate, "stores, then sends half of the body"),
    "store_then_lose": Kind(play_store_then_lose, "stores, then hangs up without an answer"),
    "drip": Kind(play_drip, "stores, then sends byte by byte"),
    "huge": Kind(play_huge, "stores, then answers with megabytes"),
    "html": Kind(play_html, "stores, then answers 200 with a web page"),
    "empty": Kind(play_empty, "stores, then answers 200 with nothing"),
    "wrong_content_type": Kind(play_wrong_content_type, "answers valid JSON as text/plain"),
    "redirect": Kind(play_redirect, "answers 302"),
    "late_create": Kind(play_late_create, "hangs up now, stores later"),
    "retry_after": Kind(play_retry_after, "answers 429", ("retry-after", "ratelimit-reset", "date", "none")),
}


def from_json(spec: dict[str, Any]) -> Fault:
    """Make a fault from the JSON of `POST /_sandbox/faults`; raises ValueError if it makes no sense."""
    unknown = sorted(set(spec) - set(Fault.__dataclass_fields__))
    if unknown:
        raise ValueError(f"unknown members: {', '.join(unknown)}")
    if "kind" not in spec:
        raise ValueError("kind is missing")
    try:
        return Fault(**spec)
    except re.error as failure:
        raise ValueError(f"path is not a regular expression: {failure}") from failure
