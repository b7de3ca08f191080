"""What the stand-in for Telnyx remembers: records, requests received, and webhooks sent.

Records can be kept in a JSON file, so that a demo survives a restart. Logs are only kept in memory.
"""

import json
import os
import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .contract import moment

LOG_LENGTH = 5000
ONE_MICROSECOND = timedelta(microseconds=1)

Record = dict[str, Any]


def rested(record: Record, now: datetime, seconds: float) -> bool:
    """Return True if nothing has happened to a record for this long."""
    last = moment(record["updated_at"])
    return last is None or now - last >= timedelta(seconds=seconds)


def iso(when: datetime) -> str:
    """Return the time as Telnyx writes it: UTC, microseconds, Z."""
    return when.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class State:
    """Everything remembered, behind one lock. Code that changes a record holds the lock and calls save()."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.collections: dict[str, dict[str, Record]] = {}
        self.requests: deque[Record] = deque(maxlen=LOG_LENGTH)
        self.deliveries: deque[Record] = deque(maxlen=LOG_LENGTH)
        self.generation = 0
        self.last_time = datetime.min.replace(tzinfo=UTC)
        if path and path.exists():
            self.collections = json.loads(path.read_text())

    def collection(self, name: str) -> dict[str, Record]:
        """Return the records of one kind by id, in the order of their creation."""
        return self.collections.setdefault(name, {})

    def now(self) -> str:
        """Return the current time, never the same twice, so that histories have an order."""
        with self.lock:
            self.last_time = max(datetime.now(UTC), self.last_time + ONE_MICROSECOND)
            return iso(self.last_time)

    def save(self) -> None:
        """Write the records to the file, whole or not at all."""
        if not self.path:
            return
        with self.lock:
            draft = self.path.with_suffix(self.path.suffix + ".new")
            draft.write_text(json.dumps(self.collections))
            os.replace(draft, self.path)

    def reset(self) -> None:
        """Forget everything, including what was planned for later (late creations, delayed webhooks)."""
        with self.lock:
            self.generation += 1
            self.collections.clear()
            self.requests.clear()
            self.deliveries.clear()
            self.save()
