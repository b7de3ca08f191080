"""Keep all processes together under one rate per endpoint, and obey a 429 in all of them at once."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from .models import OutboxEntry, Pace

BURST_SECONDS = 1.0

# The row stores when the next call is due; a call may run ahead of that by the burst.
TAKE = """
INSERT INTO mirror_pace AS p (endpoint, next_at)
VALUES (%(endpoint)s, clock_timestamp() + %(step)s)
ON CONFLICT (endpoint) DO UPDATE
   SET next_at = greatest(p.next_at, clock_timestamp()) + %(step)s
 WHERE p.next_at <= clock_timestamp() + %(burst)s
   AND coalesce(p.paused_until <= clock_timestamp(), true)
RETURNING 0.0
"""
WAIT = """
SELECT extract(epoch FROM greatest(next_at - %(burst)s, paused_until) - clock_timestamp())
  FROM mirror_pace WHERE endpoint = %(endpoint)s
"""


def endpoint(entry: OutboxEntry) -> str:
    """Return the name under which requests of this kind share a pace."""
    return f"{entry.method} {entry.resource_type.app_label}.{entry.resource_type.model}"


def take(endpoint: str, per_second: float) -> float:
    """Return 0.0 if a call may go out now, otherwise the seconds to wait."""
    values: dict[str, Any] = {
        "endpoint": endpoint,
        "step": timedelta(seconds=1 / per_second),
        "burst": timedelta(seconds=BURST_SECONDS),
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        if cursor.fetchone():
            return 0.0
        cursor.execute(WAIT, values)
        row = cursor.fetchone()
    return max(float(row[0]), 0.05) if row else 0.05


def pause(endpoint: str, seconds: float) -> None:
    """Stop all calls to `endpoint` for `seconds`: Telnyx answered 429."""
    until = Now() + timedelta(seconds=seconds)
    Pace.objects.update_or_create(
        endpoint=endpoint,
        defaults={"paused_until": until},
        create_defaults={"paused_until": until, "next_at": Now()},
    )
