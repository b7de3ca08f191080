"""Whether list pages stay flat: the time of each with many rows against the same page with few.

    .venv/bin/python -m benchmarks.lists [rounds] [many] [few]

Each page is requested as `admin`, on a database of FEW and one of MANY rows of each kind (a hosted order has two
numbers and two documents; one in 10 requests and orders is with `admin`, so that all pages are full), in rotating
order.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psycopg

from config.local import private
from config.local.places import ROOT
from config.local.servers import free_port, leashed

FEW, MANY = 100, 10_000
PAGES = {
    "toll-free, first page": "/admin/tollfree/verificationrequest/",
    "toll-free, needs us": "/admin/tollfree/verificationrequest/?group=needs_us",
    "toll-free, mine": "/admin/tollfree/verificationrequest/?with=me",
    "toll-free, unassigned": "/admin/tollfree/verificationrequest/?with=nobody",
    "toll-free, a number": "/admin/tollfree/verificationrequest/?q=%2B18880000100",
    "toll-free, a business": "/admin/tollfree/verificationrequest/?q=Business+7",
    "hosted, first page": "/admin/hosted/hostedorder/",
    "hosted, needs us": "/admin/hosted/hostedorder/?group=needs_us",
    "hosted, done": "/admin/hosted/hostedorder/?group=done",
    "hosted, a number": "/admin/hosted/hostedorder/?q=%2B13125000100",
    "home": "/admin/",
    "all that waits": "/admin/desk/waiting/",
    "hosted numbers": "/admin/hosted/hostednumber/",
    "outbox, first page": "/admin/mirror/outboxentry/",
    "outbox, open": "/admin/mirror/outboxentry/?state=open",
    "attempts": "/admin/mirror/attempt/",
    "webhook events": "/admin/mirror/webhookevent/",
    "RCS handsets": "/admin/rcs/capability/",
    "RCS handsets, with RCS": "/admin/rcs/capability/?rcs=yes",
}

STATUSES = "ARRAY['In Progress','Waiting For Customer','Waiting For Vendor','Rejected','Verified']"
HOSTED = """ARRAY['pending','loa_file_invalid','loa_file_successful','provisioning','successful','successful',
                  'failed','deleted']"""

WITH = """'assigned_to_id', (SELECT id FROM auth_user
         WHERE username = CASE WHEN n %% 10 = 0 THEN 'admin' WHEN n %% 3 = 0 THEN 'operator' END),
         'assigned_at', now()"""

# Rows as the desk itself would leave them, written by the database server for speed: `(function(...)).*` would call the
# function for each column. The stages are written at the end, once for each order.
FILL = f"""
ALTER TABLE hosted_ordernumber DISABLE TRIGGER USER;
ALTER TABLE hosted_document DISABLE TRIGGER USER;
ALTER TABLE mirror_outboxentry DISABLE TRIGGER USER;
INSERT INTO tollfree_verificationrequest
SELECT filled.*
  FROM tollfree_verificationrequest r, generate_series(1, %(rows)s) n,
       jsonb_populate_record(r, jsonb_build_object(
         'id', gen_random_uuid(), 'remote_id', gen_random_uuid(), 'business_name', 'Business ' || n,
         'phone_numbers', jsonb_build_array('+1888' || lpad(n::text, 7, '0')), 'sync_state', 'accepted',
         'remote_status', ({STATUSES})[1 + n %% 5], 'known_status', ({STATUSES})[1 + n %% 5],
         {WITH},
         'created_at', now() - n * interval '1 minute', 'remote_status_at', now() - n * interval '1 minute'))
       AS filled WHERE r.business_name = 'Seed';
INSERT INTO mirror_outboxentry
SELECT filled.*
  FROM mirror_outboxentry e JOIN tollfree_verificationrequest s ON s.id = e.resource_id,
       tollfree_verificationrequest r,
       jsonb_populate_record(e, jsonb_build_object(
         'id', gen_random_uuid(), 'resource_id', r.id, 'callback_token', md5(r.id::text),
         'state', 'accepted', 'resolution', 'answered',
         'remote_id', r.remote_id, 'resolved_at', r.created_at, 'created_at', r.created_at))
       AS filled WHERE r.business_name <> 'Seed';
INSERT INTO hosted_hostedorder
SELECT filled.*
  FROM hosted_hostedorder o, generate_series(1, %(rows)s) n,
       jsonb_populate_record(o, jsonb_build_object(
         'id', gen_random_uuid(), 'remote_id', gen_random_uuid(), 'note', 'Order ' || n, 'sync_state', 'accepted',
         'remote_status', ({HOSTED})[1 + n %% 8], 'known_status', ({HOSTED})[1 + n %% 8],
         {WITH},
         'created_at', now() - n * interval '1 minute', 'remote_status_at', now() - n * interval '1 minute'))
       AS filled WHERE o.note = 'Seed';
INSERT INTO hosted_ordernumber
SELECT filled.*
  FROM hosted_ordernumber s, hosted_hostedorder o, generate_series(0, 1) k,
       jsonb_populate_record(s, jsonb_build_object(
         'id', gen_random_uuid(), 'order_id', o.id, 'live', false,
         'phone_number', '+1312' || lpad((5000000 + 2 * substr(o.note, 7)::int + k)::text, 7, '0'),
         'status', CASE WHEN o.known_status LIKE 'loa%%' THEN 'ownership_successful' ELSE o.known_status END))
       AS filled WHERE o.note <> 'Seed';
INSERT INTO hosted_document (id, order_id, kind, version, file_id, display_name, sent_name, size, pages, sha256,
       uploaded_at, sent_at, refused_at, refused_reason, checklist, doubts)
SELECT gen_random_uuid(), o.id, kind, 1, gen_random_uuid(), 'paper.pdf', 'paper.pdf', 1000, 1, '', o.created_at,
       o.created_at,
       CASE WHEN kind = 'loa' AND o.known_status = 'loa_file_invalid' THEN o.created_at END, '', '{{}}', '[]'
  FROM hosted_hostedorder o, unnest(ARRAY['loa','bill']) kind WHERE o.note <> 'Seed' AND o.known_status <> 'pending';
INSERT INTO hosted_hostednumber
SELECT filled.*
  FROM hosted_hostednumber h, generate_series(1, %(rows)s) n,
       jsonb_populate_record(h, jsonb_build_object(
         'id', gen_random_uuid(), 'remote_id', n::text, 'phone_number', '+1312' || 5000000 + n))
       AS filled WHERE h.remote_id = 'Seed';
INSERT INTO mirror_outboxentry
SELECT filled.*
  FROM mirror_outboxentry e JOIN hosted_hostedorder s ON s.id = e.resource_id,
       hosted_hostedorder o,
       jsonb_populate_record(e, jsonb_build_object(
         'id', gen_random_uuid(), 'resource_id', o.id, 'callback_token', md5(o.id::text),
         'state', 'accepted', 'resolution', 'answered',
         'remote_id', o.remote_id, 'resolved_at', o.created_at, 'created_at', o.created_at))
       AS filled WHERE o.note <> 'Seed';
INSERT INTO mirror_attempt (entry_id, outcome, worker, finished_at, codes, request_id, error)
SELECT id, 'accepted', 'benchmark', created_at, '[]', '', '' FROM mirror_outboxentry;
INSERT INTO mirror_webhookevent (dedupe_key, data_sha256, event_type, received_at, last_received_at, deliveries,
       key_fingerprint, callback_token, body, state, not_before, attempts_made, error)
SELECT 'event-' || n, md5(n::text), 'toll_free_verification.status_update', now(), now(), 1, '', '', '{{}}', 'done',
       now(), 0, '' FROM generate_series(1, %(rows)s) n;
INSERT INTO rcs_capability
SELECT filled.*
  FROM rcs_capability c, generate_series(1, %(rows)s) n,
       jsonb_populate_record(c, jsonb_build_object(
         'id', nextval(pg_get_serial_sequence('rcs_capability', 'id')), 'has_rcs', n %% 3 > 0,
         'phone_number', '+1312' || 5000000 + n))
       AS filled WHERE c.phone_number = 'Seed';
ALTER TABLE hosted_ordernumber ENABLE TRIGGER USER;
ALTER TABLE hosted_document ENABLE TRIGGER USER;
ALTER TABLE mirror_outboxentry ENABLE TRIGGER USER;
ANALYZE;
UPDATE hosted_hostedorder SET kept_stage = kept_stage;
VACUUM ANALYZE;
"""

SEED = """
import django; django.setup()
from django.utils import timezone
from hosted.models import HostedNumber, HostedOrder
from messaging.mirror.outbound import outbox
from rcs.models import Capability, RcsAgent
from tollfree.models import VerificationRequest
row = VerificationRequest.objects.create(business_name="Seed", phone_numbers=["+18885559999"])
outbox.add(row, "create", requested_by=None)
order = HostedOrder.objects.create(note="Seed")
order.numbers.create(phone_number="+13125559999", live=True)
outbox.add(order, "create", requested_by=None)
HostedNumber.objects.create(remote_id="Seed", sync_state="accepted")
agent = RcsAgent.objects.create(remote_id="Seed", agent_name="Seed", enabled=True)
Capability.objects.create(
    agent=agent, phone_number="Seed", has_rcs=True, features=["RICHCARD_CAROUSEL"], as_of=timezone.now()
)
"""


def fill(connection: psycopg.Connection, rows: int) -> None:
    for statement in FILL.split(";\n"):
        if statement.strip():
            connection.execute(statement, {"rows": rows})


@contextmanager
def desk(
    rows: int,
    redis_url: str,
    *,
    fill: Callable[[psycopg.Connection, int], object] = fill,
    name: str = "auditor",
) -> Iterator[httpx.Client]:
    """Run one web process on a database with that many rows; yield a logged-in client."""
    port = free_port()
    with private.throw_away_postgresql() as server:
        environment = os.environ | {
            "DATABASE_URL": server.url(),
            "REDIS_URL": redis_url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PRIVATE": "1",
            "SECRET_KEY": "only for a benchmark",
            "ALLOWED_HOSTS": "127.0.0.1",
            "DOCUMENT_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "TELNYX_API_KEY": "KEY-invented-for-the-benchmark",
            "TELNYX_PUBLIC_KEYS": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        }
        for command in (["-m", "config.local.prepare", "--demo"], ["-c", SEED]):
            subprocess.run(
                [sys.executable, *command], cwd=ROOT, env=environment, check=True, capture_output=True
            )
        with psycopg.connect(
            server.url().replace("postgres://", "postgresql://"), autocommit=True
        ) as connection:
            fill(connection, rows)
        web = [
            "gunicorn",
            "config.wsgi",
            "--bind",
            f"127.0.0.1:{port}",
            "--worker-class",
            "gthread",
            "--threads",
            "2",
        ]
        with subprocess.Popen(
            leashed("-m", *web), cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
        ) as process:
            try:
                yield logged_in(f"http://127.0.0.1:{port}", name=name)
            finally:
                process.terminate()


def logged_in(url: str, login: str = "/admin/login/", name: str = "auditor") -> httpx.Client:
    client = httpx.Client(base_url=url, timeout=60)
    end = time.monotonic() + 30
    while True:
        try:
            client.get(login)
            break
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    form = {"username": name, "password": "demo", "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    answer = client.post(login, data=form, headers={"Referer": url})
    assert answer.status_code == 302, answer.status_code
    return client


def seconds(client: httpx.Client, page: str) -> float:
    started = time.perf_counter()
    answer = client.get(page)
    assert answer.status_code == 200, f"{page}: {answer.status_code}"
    return time.perf_counter() - started


def main(rounds: int = 7, many: int = MANY, few_rows: int = FEW) -> None:
    with (
        private.throw_away_valkey() as valkey,
        desk(few_rows, valkey.url(), name="admin") as few,
        desk(many, valkey.url(), name="admin") as full,
    ):
        for name, page in PAGES.items():
            seconds(few, page), seconds(full, page)
            taken = []
            for number in range(max(5, rounds)):
                order = [few, full][:: 1 if number % 2 else -1]
                times = {client: seconds(client, page) for client in order}
                taken.append((times[few], times[full]))
            ratio = statistics.median(b / a for a, b in taken)
            here, there = (statistics.median(column) * 1e3 for column in zip(*taken, strict=True))
            print(
                f"{name:24} {few_rows} rows {here:6.1f} ms   {many} rows {there:6.1f} ms   ratio {ratio:.2f}"
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
