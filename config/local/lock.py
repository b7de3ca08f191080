"""One ./run per checkout, and what it publishes for the others."""

import fcntl
import json
import os
from types import TracebackType
from typing import Any, Self

from .places import VAR, CannotStart


class Held(CannotStart):
    """Another ./run has this checkout; `facts` is what it has published so far."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        where = facts.get("url", "it is still starting, or busy with one command")
        super().__init__(
            f"./run is already running in this checkout: {where} (process {facts.get('pid', '?')})."
        )


class Lock:
    """The kernel releases it when we die, so it never goes stale."""

    def __enter__(self) -> Self:
        VAR.mkdir(exist_ok=True)
        self.file = os.fdopen(os.open(VAR / "run.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+")
        os.fchmod(self.file.fileno(), 0o600)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with self.file:
                raise Held(json.loads(self.file.read() or "{}")) from None
        self.publish()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.truncate(0)
        self.file.close()

    def publish(self, **facts: Any) -> None:
        """Write down who we are, for a second ./run and for ./run manage."""
        text = json.dumps({"pid": os.getpid(), **facts})
        self.file.seek(0)
        self.file.truncate()
        self.file.write(text)
        self.file.flush()
