"""Whether the pages of the message log stay flat, and how they compare to the stock admin.

    .venv/bin/python -m benchmarks.log [rounds] [many] [few]

Two databases on one machine contain many (5,000,000) and few (100,000) messages of the same kinds; each page is
requested from both in rotating order. The stock admin, plain and tuned, runs on the many. At the end: how fast rows
go in with every index on.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import psycopg

from benchmarks.lists import desk, logged_in
from benchmarks.setting import plain
from config.local import private
from config.local.places import ROOT
from config.local.servers import free_port, leashed

LOG = "/admin/messaging/message/"
BATCH = 200_000
COMMON, RARE, ABSENT = "collection", "needle", "zebrafish"
PHONE, PHONE_TYPED = "+13125550001", "(312) 555-0001"

FILL = """
INSERT INTO messaging_message (remote_id, direction, type, our_address, their_address, messaging_profile_id,
       happened_at, status, status_rank, status_at, status_event, error_code, errors, text, subject, media, body,
       encoding, parts, currency, their_carrier, their_line_type, autoresponse_type, trail, details, details_at)
SELECT gen_random_uuid(), CASE WHEN n %% 4 = 0 THEN 'inbound' ELSE 'outbound' END,
       CASE WHEN n %% 50 = 0 THEN 'MMS' ELSE 'SMS' END, '+155501' || lpad((n %% 40)::text, 5, '0'),
       '+1312' || lpad((5550000 + (n::bigint * 7919) %% %(handsets)s)::text, 7, '0'),
       '7c1d2e30-55aa-4f0b-8f6e-3a1b9c2d4e02', now() - n * interval '3 seconds',
       status, 95, now() - n * interval '3 seconds', '',
       CASE WHEN status = 'delivery_failed' THEN '40008' ELSE '' END, '[]',
       'Northwind: order ' || n || ' is ready for collection' || CASE WHEN n %% 50000 = 7 THEN ' needle' ELSE '' END,
       '', '[]', '{}', 'GSM-7', 1, '', 'EXAMPLE WIRELESS', 'Wireless', '', '{}', '{}', now()
  FROM generate_series(%(first)s::int, %(last)s::int) n,
       LATERAL (SELECT CASE WHEN n %% 4 = 0 THEN 'received' WHEN n %% 25 = 1 THEN 'delivery_failed'
                            ELSE 'delivered' END AS status) s
"""


def fill(connection: psycopg.Connection, rows: int) -> None:
    """Write messages, newest first, without the secondary indexes; build those at the end."""
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'messaging_message'"
        " AND indexname LIKE 'message\\_%' AND indexdef NOT LIKE '%UNIQUE%'"
    ).fetchall()
    connection.execute("SET maintenance_work_mem = '1GB'")
    for name, _definition in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    for first in range(1, rows + 1, BATCH):
        last = min(first + BATCH - 1, rows)
        # The same number of messages per phone in both databases, so that the pages of one phone show the same.
        connection.execute(FILL, {"first": first, "last": last, "handsets": rows // 12})
    for _name, definition in indexes:
        connection.execute(definition)
    connection.execute("VACUUM ANALYZE messaging_message")


@contextmanager
def stock(database_url: str, **values: str) -> Iterator[httpx.Client]:
    """Run the stock admin on an existing database."""
    port = free_port()
    web = [
        "gunicorn",
        "benchmarks.stock",
        *plain("benchmarks.stock"),
        "--bind",
        f"127.0.0.1:{port}",
        "--timeout",
        "120",
    ]
    environment = os.environ | {"DATABASE_URL": database_url} | values
    with subprocess.Popen(
        leashed("-m", *web), cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    ) as process:
        try:
            client = logged_in(f"http://127.0.0.1:{port}", "/stock/login/", "admin")
            client.timeout = httpx.Timeout(120)
            yield client
        finally:
            process.terminate()


def found(client: httpx.Client, typed: str) -> str:
    """Type into the search box and return the address of the result."""
    client.get(LOG)
    form = {"q": typed, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    answer = client.post(f"{LOG}find/", data=form, headers={"Referer": str(client.base_url)})
    assert answer.status_code == 302, answer.status_code
    return answer.headers["Location"]


def pages(client: httpx.Client) -> dict[str, str]:
    """Return the pages to request, as this database addresses them."""
    first = client.get(LOG).text
    message = first.split("/admin/messaging/message/")
    pk = next(part.split("/")[0] for part in message if part.split("/")[0].isdigit())
    found_pages = {
        "first page": LOG,
        "failed": f"{LOG}?status=failed",
        "one code": f"{LOG}?code=40008",
        "MMS": f"{LOG}?type=MMS",
        "phone": found(client, PHONE_TYPED),
        "last four": found(client, "0001"),
        "word, rare": found(client, RARE),
        "word, common": found(client, COMMON),
        "word, absent": found(client, ABSENT),
        "conversation": f"{LOG}{pk}/conversation/",
        "one message": f"{LOG}{pk}/change/",
    }
    deep = LOG
    for _ in range(20):
        older = client.get(deep).text.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        deep = LOG + older.replace("&amp;", "&") if older.startswith("?") else deep
    return found_pages | {"20 pages back": deep}


def seconds(client: httpx.Client, page: str) -> float:
    started = time.perf_counter()
    answer = client.get(page)
    assert answer.status_code == 200, f"{page}: {answer.status_code}"
    return time.perf_counter() - started


def median(values: list[float]) -> float:
    return statistics.median(values)


def insert_rate(database_url: str) -> float:
    """Return how many rows a second the log's own merge writes into the full table."""
    code = (
        "import django; django.setup()\n"
        "import time; from datetime import datetime, UTC\n"
        "from messaging.log import parsing, store; from benchmarks.drain import bodies; import json\n"
        "rows = [r for b in bodies(9000)[::3] for r in parsing.rows(json.loads(b)['data']['payload'],"
        " at=datetime.now(UTC), event_id=str(id(b)), source='webhook')]\n"
        "rows = list({r['remote_id']: r for r in rows}.values())\n"
        "t = time.perf_counter(); store.merge(rows); print(len(rows) / (time.perf_counter() - t))"
    )
    environment = os.environ | {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    environment |= {
        "PRIVATE": "1",
        "SECRET_KEY": "only for a benchmark",
        "DATABASE_STATEMENT_TIMEOUT_MS": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return float(done.stdout.split()[-1])


def main(rounds: int, many: int, few: int) -> None:
    urls: list[str] = []

    def filled(connection: psycopg.Connection, rows: int) -> None:
        started = time.perf_counter()
        fill(connection, rows)
        info = connection.info
        urls.append(f"postgres://{info.user}:{info.password}@{info.host}:{info.port}/{info.dbname}")
        print(f"{rows} messages and their indexes in {time.perf_counter() - started:.0f} s", flush=True)

    with (
        private.throw_away_valkey() as valkey,
        desk(few, valkey.url(), fill=filled, name="admin") as small,
        desk(many, valkey.url(), fill=filled, name="admin") as full,
    ):
        here, there = pages(small), pages(full)
        ours: dict[str, float] = {}
        for name in there:
            seconds(small, here[name]), seconds(full, there[name])
            taken = []
            for number in range(rounds):
                order = [(small, here[name]), (full, there[name])][:: 1 if number % 2 else -1]
                times = {client: seconds(client, page) for client, page in order}
                taken.append((times[small], times[full]))
            ratio = median([b / a for a, b in taken])
            ours[name] = median([b for _a, b in taken])
            print(
                f"{name:14} {few} rows {median([a for a, _b in taken]) * 1e3:7.1f} ms   "
                f"{many} rows {ours[name] * 1e3:7.1f} ms   ratio {ratio:.2f}",
                flush=True,
            )
        stocked = {"first page": "", "phone": f"?q={PHONE[1:]}", "word, absent": f"?q={ABSENT}"}
        for words, values in (("stock", {}), ("stock, tuned", {"TUNED": "1"})):
            with stock(urls[-1], **values) as client:
                for name, query in stocked.items():
                    with suppress(httpx.TimeoutException):
                        page = f"/stock/auth/stockmessage/{query}"
                        tries = [
                            seconds(client, page)
                            for _ in range(2 if "phone" in name or "word" in name else 3)
                        ]
                        best = min(tries)
                        print(
                            f"{words:13} {name:14} {best * 1e3:9.1f} ms   {best / ours[name]:8.1f} x ours",
                            flush=True,
                        )
        rate = median([insert_rate(urls[-1]) for _ in range(3)])
        print(f"rows merged into {many} with every index on: {rate:.0f}/s")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers + [5, 5_000_000, 100_000][len(numbers) :]))
