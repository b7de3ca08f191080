"""How fast stored message events become rows with their history, against one ORM transaction per event.

    .venv/bin/python -m benchmarks.drain [rounds] [events]

Each round stores events of the same kinds twice: a third start a message, two thirds update one, and a tenth
arrive out of order. The rival does what a view or a task would: parse, update_or_create, a history row, mark it done.
"""

import json
import random
import statistics
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.setting import desk

WARM = 2000


def bodies(count: int) -> list[bytes]:
    """Return events of count / 3 messages, a tenth of them late."""
    now = datetime.now(UTC)
    events: list[tuple[float, bytes]] = []
    for number in range(count // 3):
        payload: dict[str, Any] = {
            "record_type": "message",
            "direction": "outbound",
            "id": str(uuid.uuid4()),
            "type": "SMS",
            "messaging_profile_id": "7c1d2e30-55aa-4f0b-8f6e-3a1b9c2d4e02",
            "organization_id": "5b6f8a10-2f0e-4c55-9c53-0d0f7a9e4f01",
            "from": {"phone_number": "+15550100011", "carrier": "Telnyx", "line_type": "VoIP"},
            "text": f"Northwind: order {number} is ready for collection, thank you. Reply STOP to end.",
            "media": [],
            "encoding": "GSM-7",
            "parts": 1,
            "tags": ["orders"],
            "received_at": now.isoformat(),
            "valid_until": (now + timedelta(hours=1)).isoformat(),
            "errors": [],
            "cc": [],
            "webhook_url": "https://desk.example.com/webhooks/telnyx/",
            "webhook_failover_url": "",
            "tcr_campaign_id": "CTEST01",
        }
        handset = {
            "phone_number": f"+1312{random.randrange(10**7):07}",
            "carrier": "EXAMPLE",
            "line_type": "Wireless",
        }
        for step, (kind, status) in enumerate(
            (("sent", "queued"), ("sent", "sent"), ("finalized", "delivered"))
        ):
            at = number + step * 700 + (random.random() * 3000 if random.random() < 0.1 else 0)
            told = payload | {"to": [handset | {"status": status}]}
            data = {
                "event_type": f"message.{kind}",
                "id": str(uuid.uuid4()),
                "occurred_at": (now + timedelta(seconds=step)).isoformat(),
                "payload": told,
                "record_type": "event",
            }
            events.append((at, json.dumps({"data": data, "meta": {"attempt": 1}}).encode()))
    return [body for _at, body in sorted(events)]


def fill(events: list[bytes]) -> None:
    """Store events as the view does, in one transaction for speed."""
    from django.db import transaction  # noqa: PLC0415

    from messaging.mirror.inbound import inbox  # noqa: PLC0415

    with transaction.atomic():
        for body in events:
            inbox.store(body, "0" * 16)


def rival() -> Any:
    """Make the rival's tables and return its drain function."""
    from django.db import connection, models, transaction  # noqa: PLC0415
    from django.utils.dateparse import parse_datetime  # noqa: PLC0415

    from messaging.mirror.models import WebhookEvent  # noqa: PLC0415

    class NaiveMessage(models.Model):
        remote_id = models.UUIDField(unique=True)
        sender = models.CharField(max_length=64, db_index=True)
        recipient = models.CharField(max_length=64, db_index=True)
        text = models.TextField()
        status = models.CharField(max_length=40, db_index=True)
        data = models.JSONField()
        happened_at = models.DateTimeField(db_index=True)

        class Meta:
            app_label = "mirror"

        def __str__(self) -> str:
            return self.status

    class NaiveChange(models.Model):
        message = models.ForeignKey(NaiveMessage, on_delete=models.CASCADE)
        status = models.CharField(max_length=40)
        occurred_at = models.DateTimeField()

        class Meta:
            app_label = "mirror"

        def __str__(self) -> str:
            return self.status

    with connection.schema_editor() as editor:
        editor.create_model(NaiveMessage)
        editor.create_model(NaiveChange)

    def drain() -> None:
        for event in WebhookEvent.objects.filter(state="pending").order_by("id").iterator():
            with transaction.atomic():
                data = event.json()["data"]
                payload = data["payload"]
                message, _made = NaiveMessage._default_manager.update_or_create(
                    remote_id=payload["id"],
                    defaults={
                        "sender": payload["from"]["phone_number"],
                        "recipient": payload["to"][0]["phone_number"],
                        "text": payload["text"],
                        "status": payload["to"][0]["status"],
                        "data": payload,
                        "happened_at": parse_datetime(payload["received_at"]),
                    },
                )
                NaiveChange._default_manager.create(
                    message=message,
                    status=payload["to"][0]["status"],
                    occurred_at=parse_datetime(data["occurred_at"]),
                )
                event.state = "done"
                event.save()

    return drain


def main(rounds: int, count: int) -> None:
    with desk():
        from messaging.mirror.inbound import drain as webhooks  # noqa: PLC0415
        from messaging.models import Message  # noqa: PLC0415

        naive = rival()
        fill(bodies(WARM))
        webhooks.drain()
        ratios, rates = [], []
        for number in range(rounds):
            taken: dict[str, float] = {}
            # The rival gets fewer events, or a round would take minutes; its rate doesn't depend on the count.
            contestants = [("ours", webhooks.drain, count), ("per-row ORM", naive, max(count // 20, 300))]
            for name, work, events in contestants if number % 2 else contestants[::-1]:
                fill(bodies(events))
                started = time.perf_counter()
                work()
                taken[name] = events / (time.perf_counter() - started)
            ratios.append(taken["ours"] / taken["per-row ORM"])
            rates.append(taken["ours"])
            print(
                "   ".join(f"{name} {rate:8.0f}/s" for name, rate in taken.items()),
                f"  ratio {ratios[-1]:.1f}",
            )
        print(f"{Message.objects.count()} messages; drain {statistics.median(rates):.0f} events/s")
        print(f"drain / per-row ORM (goal 25): {statistics.median(ratios):.1f}")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers + [5, 15000][len(numbers) :]))
