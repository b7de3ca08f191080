"""How often things happen, counted in each process and added up in PostgreSQL, for `/metrics`.

Counting costs no statement: a thread writes what was counted every few seconds. A process that is killed takes the last
seconds with it. Without METRICS_TOKEN nobody reads the counts, so nothing is counted.
"""

import json
import logging
import os
import threading
import time
from collections import Counter

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

logger = logging.getLogger(__name__)

WRITE_EVERY = 5.0
# What a call's duration is sorted into, in seconds.
BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

CALLS, CALL_SECONDS = "calls", "call_seconds"
ATTEMPTS = "attempts"
WEBHOOKS, WEBHOOKS_REFUSED = "webhooks", "webhooks_refused"
FAILED_LOGINS = "failed_logins"

# Sorted, so that no two processes wait for each other's rows.
ADD = """
INSERT INTO mirror_tally AS t (name, labels, value)
SELECT * FROM unnest(%s::text[], %s::text[], %s::float8[]) AS counted (name, labels, value) ORDER BY name, labels
ON CONFLICT (name, labels) DO UPDATE SET value = t.value + excluded.value
"""

_lock = threading.Lock()
_counted: Counter[tuple[str, str]] = Counter()


def add(name: str, *labels: str, by: float = 1.0) -> None:
    """Count something that happened in this process."""
    if settings.METRICS_TOKEN:
        with _lock:
            # Always a float: psycopg takes no list of both kinds.
            _counted[name, json.dumps(labels)] += float(by)  # type: ignore[assignment] # seconds have fractions


def called(endpoint: str, status: int, seconds: float) -> None:
    """Count a call to Telnyx: `endpoint` names no record, `status` is 0 without an answer."""
    kind = f"{status // 100}xx" if status else "none"
    bucket = next((str(bound) for bound in BUCKETS if seconds <= bound), "+Inf")
    add(CALLS, endpoint, kind, bucket)
    add(CALL_SECONDS, endpoint, kind, by=seconds)


def write() -> None:
    """Add what this process has counted to what all have. If the database is away, it is kept for the next time."""
    with _lock:
        counted = dict(_counted)
        _counted.clear()
    if not counted:
        return
    names, labels = zip(*counted, strict=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute(ADD, [list(names), list(labels), list(counted.values())])
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        with _lock:
            _counted.update(counted)
        logger.warning("What was counted could not be written (%s).", type(error).__name__)


def keep_writing() -> None:
    """Start this process's thread that writes what is counted. Call it once, after the process was forked."""
    if settings.METRICS_TOKEN:
        threading.Thread(target=_write_for_ever, name="tallies", daemon=True).start()


def _write_for_ever() -> None:
    while True:
        time.sleep(WRITE_EVERY)
        write()
        connection.close()


def _forget() -> None:
    """Start empty after a fork: the parent writes what it has counted itself."""
    global _lock
    _lock = threading.Lock()
    _counted.clear()


os.register_at_fork(after_in_child=_forget)
