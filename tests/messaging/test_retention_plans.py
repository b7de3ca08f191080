"""What is due for the retention, and what came in lately, is found by an index: PostgreSQL's plans on 20,000 rows."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from messaging.mirror import retention
from messaging.mirror.admin.inbox import ReceivedFilter
from messaging.mirror.models import WebhookEvent
from tests.messaging.log.plans import FILL, nodes

EVENTS = """
INSERT INTO mirror_webhookevent (dedupe_key, data_sha256, event_type, received_at, last_received_at, deliveries,
    key_fingerprint, callback_token, body, state, not_before, attempts_made, error)
SELECT n, '', 'message.sent', at, at, 1, '', '', CASE WHEN n % 10 = 0 THEN 'x'::bytea ELSE '' END, 'done', at, 0, ''
  FROM (SELECT n, now() - n * interval '10 minutes' AS at FROM generate_series(1, 20000) AS n) AS made
"""
# All but the newest tenth was emptied long ago, as on a desk that has been running for a while.
EMPTIED = "UPDATE messaging_message SET text = '' WHERE happened_at < now() - interval '1 day'"
TABLES = "messaging_message, mirror_webhookevent"
WAYS = {
    "message_text": "message_content",
    "messages": "message_newest",
    "webhook_bodies": "inbox_whole",
    "webhook_events": "inbox_emptied",
}


@pytest.fixture(scope="module")
def full(django_db_setup, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            for statement in (FILL, EMPTIED, EVENTS, f"ANALYZE {TABLES.replace(',', ', ')}"):
                cursor.execute(statement)
        yield
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {TABLES}")
            cursor.execute(f"ANALYZE {TABLES}")


@pytest.mark.django_db
@pytest.mark.parametrize("name", WAYS)
def test_a_step_reads_what_is_due_and_nothing_else(full, name):
    rule = next(rule for rule in retention.rules() if rule.name == name)
    due = rule.due().select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)

    plan: dict[str, Any] = json.loads(due[:100].explain(format="json"))[0]["Plan"]

    assert {node["Index Name"] for node in nodes(plan) if "Index Name" in node} == {WAYS[name]}
    assert not [node for node in nodes(plan) if node["Node Type"] in ("Seq Scan", "Sort")]


@pytest.mark.django_db
def test_events_of_the_last_hour_are_found_without_reading_the_others(full):
    chosen = ReceivedFilter(None, {"received": ["1"]}, WebhookEvent, None)
    found = chosen.queryset(None, WebhookEvent.objects.order_by("-id"))

    plan: dict[str, Any] = json.loads(found[:100].explain(format="json"))[0]["Plan"]

    assert len(found) == 5
    assert {node["Index Name"] for node in nodes(plan) if "Index Name" in node} == {
        "inbox_whole",
        "inbox_emptied",
    }
    assert "Seq Scan" not in {node["Node Type"] for node in nodes(plan)}
