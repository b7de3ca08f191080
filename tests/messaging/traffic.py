"""Varied traffic of an invented business: every type, status and oddity, as the signed events of two weeks.

`python -m tests.messaging.traffic [messages]` fills the database in the settings with it, to look at.
"""

import random
import sys
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.messaging.bodies import OURS, error, inbound, outbound, party

OUR_NUMBERS = (OURS, "+15550100012", "+18005550147", "NORTHWIND", "55512")
PEOPLE = 120
TEXTS = (
    "Northwind: order {n} is ready for collection. Reply STOP to end.",
    "Your appointment is on Tuesday at 10:30. Reply C to confirm.",
    "Your code is {n}. It is valid for ten minutes.",
    "Delivery today between 14:00 and 16:00. Track it: https://shop.example.com/{n}",
    "Fête \N{PARTY POPPER} \N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL} this Saturday!",
    "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED}\N{HEBREW LETTER VAV}\N{HEBREW LETTER FINAL MEM} {n}",
)
REPLIES = ("Is my order ready?", "C", "STOP", "thanks!", "Who is this?", "", "Where are you? " * 12)
FAILURES = (
    ("40001", "Not routable", "The destination number {to} cannot receive messages."),
    ("40300", "Blocked due to STOP message", "Messages from {ours} to {to} are blocked."),
    ("40329", "Toll-free number not verified", "The sender {ours} is not verified."),
    ("40002", "Blocked as spam - temporary", "The message was flagged as spam."),
)
STATUSES = ("delivered",) * 14 + (
    "sent",
    "queued",
    "delivery_failed",
    "delivery_failed",
    "sending_failed",
    "delivery_unconfirmed",
    "expired",
    "read",
)


def events(count: int, now: datetime, *, seed: int = 7) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Yield moments with payloads, about two for each of `count` messages."""
    chance = random.Random(seed)
    for number in range(count):
        at = now - timedelta(seconds=chance.expovariate(1 / (3 * 86400)) + 5)
        yield from _message(chance, number, at)


def _message(chance: random.Random, number: int, at: datetime) -> Iterator[tuple[datetime, dict[str, Any]]]:
    id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    person = f"+1312555{chance.randrange(PEOPLE):04}"
    ours = chance.choice(OUR_NUMBERS)
    common: dict[str, Any] = {
        "id": id,
        "received_at": at.isoformat(),
        "type": chance.choice(("SMS",) * 12 + ("MMS", "MMS", "RCS", "WHATSAPP")),
        "parts": chance.choice((1, 1, 1, 2, 3)),
    }
    if common["type"] == "MMS":
        common["media"] = [
            {
                "url": f"https://media.example.com/{number}/{n}.jpg",
                "content_type": "image/jpeg",
                "size": 48_213 * (n + 1),
            }
            for n in range(chance.choice((1, 1, 3, 10)))
        ]
    if chance.random() < 0.3 and ours.startswith("+"):
        yield (
            at,
            inbound(
                **common, sender=person, text=chance.choice(REPLIES), to=[party(ours, "webhook_delivered")]
            ),
        )
        return
    status = chance.choice(STATUSES)
    sender: Any = {"from": party(ours, carrier="Telnyx", line_type="VoIP")}
    told = outbound(
        **{**common, "text": chance.choice(TEXTS).format(n=1000 + number)},
        status="queued",
        to=person,
        **sender,
    )
    yield at, told
    if status == "queued":
        return
    later = at + timedelta(seconds=chance.randrange(1, 90))
    ended = told | {"to": [party(person, status)], "sent_at": (at + timedelta(seconds=1)).isoformat()}
    if status != "sent":
        ended |= {"completed_at": later.isoformat(), "cost": {"amount": "0.0040", "currency": "USD"}}
    if status in ("delivery_failed", "sending_failed"):
        code, title, detail = chance.choice(FAILURES)
        ended["errors"] = [error(code, title, detail=detail.format(to=person, ours=ours))]
    yield later, ended


def fill(count: int, now: datetime) -> None:
    """Merge the traffic straight into the log, without webhooks: for pages, not for handlers."""
    from messaging.log import parsing, store  # noqa: PLC0415 - models need the settings first

    rows = [
        row
        for number, (at, payload) in enumerate(events(count, now))
        for row in parsing.rows(payload, at=at, event_id=f"made-{number}", source="webhook")
    ]
    store.merge(rows)


if __name__ == "__main__":
    import django

    django.setup()
    from django.utils import timezone

    fill(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, timezone.now())
