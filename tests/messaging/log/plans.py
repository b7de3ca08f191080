"""A log of 20,000 messages, and PostgreSQL's plans of what is asked of it."""

from collections.abc import Iterator
from typing import Any

ROWS = 20_000
FILL = """
INSERT INTO messaging_message (remote_id, direction, type, our_address, their_address, messaging_profile_id,
    happened_at, status, status_rank, status_at, status_event, error_code, errors, text, subject, media, body,
    encoding, currency, their_carrier, their_line_type, autoresponse_type, trail, details, details_at)
SELECT gen_random_uuid(), CASE WHEN n % 3 = 0 THEN 'inbound' ELSE 'outbound' END,
       CASE WHEN n % 200 = 0 THEN 'MMS' ELSE 'SMS' END,
       '+1555010' || lpad((n % 40)::text, 4, '0'), '+1312' || lpad((n % 3000)::text, 7, '0'),
       ('00000000-0000-0000-0000-' || lpad((n % 100)::text, 12, '0'))::uuid, now() - n * interval '1 minute',
       CASE WHEN n % 100 = 0 THEN 'delivery_failed' WHEN n % 150 = 7 THEN 'sent' ELSE 'delivered' END, 95, now(), '',
       CASE WHEN n % 100 = 0 THEN '40001' ELSE '' END, '[]',
       'order ' || n || CASE WHEN n % 5000 = 0 THEN ' marigold' ELSE ' ready' END, '', '[]', '{}', '', '', '', '', '',
       '{}', CASE WHEN n % 500 = 0 THEN '{"tcr_campaign_registered": "EXPIRED"}'
                  WHEN n % 2 = 0 THEN '{"tcr_campaign_registered": "REGISTERED"}' ELSE '{}' END::jsonb, now()
  FROM generate_series(1, 20000) AS n
"""


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from nodes(inner)
