"""What webhooks feel while a month of old messages goes: in batches, as the retention does it, or as one partition.

    .venv/bin/python -m benchmarks.retention [rows] [per second]

`rows` messages (1,000,000 unless given) are older than they may be, and as many are new. Real gunicorn takes signed
webhooks at a steady rate, and a writer adds a row to the log 20 times a second, as processing does. First nothing is
deleted, then the retention deletes the old month, then a copy of the table that is partitioned by month drops it.
"""

import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import psycopg
from nacl.encoding import Base64Encoder

from benchmarks.ingest import KEY, requests, server
from benchmarks.log import FILL
from benchmarks.setting import desk
from benchmarks.steady import open_client, send

OLD = "now() - interval '400 days' - n * interval '2 seconds'"
NEW = "now() - n * interval '2 seconds'"
SENDERS = 8
# A table that PostgreSQL keeps by month: a unique index must then hold the month's column.
PARTITIONED = """
CREATE TABLE by_month (LIKE messaging_message INCLUDING DEFAULTS INCLUDING GENERATED) PARTITION BY RANGE (happened_at);
CREATE TABLE by_month_old PARTITION OF by_month FOR VALUES FROM (MINVALUE) TO (now() - interval '200 days');
CREATE TABLE by_month_new PARTITION OF by_month FOR VALUES FROM (now() - interval '200 days') TO (MAXVALUE);
INSERT INTO by_month OVERRIDING SYSTEM VALUE SELECT * FROM messaging_message;
"""


@dataclass
class Felt:
    """What was measured while something was done."""

    seconds: float = 0.0
    answers: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    wal: float = 0.0

    def line(self, name: str) -> str:
        return (
            f"{name:<12} {self.seconds:7.1f} s, {self.wal:7.0f} MB of WAL | webhooks {figures(self.answers)}, "
            f"not 200: {len(self.refused)} | rows written {figures(self.writes)}"
        )


def figures(taken: list[float]) -> str:
    if len(taken) < 2:
        return f"{len(taken)}"
    p99 = statistics.quantiles(taken, n=100)[98]
    return (
        f"{len(taken)}: median {statistics.median(taken) * 1e3:.0f}, p99 {p99 * 1e3:.0f}, "
        f"worst {max(taken) * 1e3:.0f} ms"
    )


def connect() -> psycopg.Connection:
    return psycopg.connect(
        os.environ["DATABASE_URL"].replace("postgres://", "postgresql://", 1), autocommit=True
    )


def fill(connection: psycopg.Connection, rows: int) -> None:
    for at in (NEW, OLD):
        for first in range(1, rows + 1, 50_000):
            last = min(first + 49_999, rows)
            query = FILL.replace("now() - n * interval '3 seconds'", at)
            connection.execute(query, {"first": first, "last": last, "handsets": rows // 12})


def partition(connection: psycopg.Connection) -> None:
    """Copy the table, by month, with all of its indexes."""
    for statement in PARTITIONED.strip().split(";\n"):
        connection.execute(statement)
    found = "SELECT indexdef FROM pg_indexes WHERE tablename = 'messaging_message'"
    for number, (definition,) in enumerate(connection.execute(found).fetchall()):
        made = definition.replace(" ON public.messaging_message ", " ON by_month ")
        head, on, columns = made.partition(" ON ")
        if " UNIQUE " in head:
            columns = columns.replace(")", ", happened_at)", 1)
        unique = "UNIQUE " if " UNIQUE " in head else ""
        connection.execute(f"CREATE {unique}INDEX by_month_{number}{on}{columns}")


@contextmanager
def writing(table: str, taken: list[float]) -> Iterator[None]:
    """Add rows to a table all the time, and time each."""
    done = threading.Event()
    query = FILL.replace("messaging_message", table).replace("now() - n * interval '3 seconds'", "now()")
    if table != "messaging_message":
        query = query.replace("(remote_id,", "(id, remote_id,").replace(
            "SELECT gen_random_uuid()", "SELECT 1000000000 + n, gen_random_uuid()"
        )

    def write() -> None:
        with connect() as connection:
            number = 0
            while not done.wait(0.05):
                number += 1
                started = time.perf_counter()
                connection.execute(query, {"first": number, "last": number, "handsets": 1000})
                taken.append(time.perf_counter() - started)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def measured(port: int, per_second: int, table: str, work: Callable[[], None], least: float) -> Felt:
    """Do something while webhooks arrive and rows are written, for `least` seconds or longer."""
    felt, done = Felt(), threading.Event()
    with connect() as connection, writing(table, felt.writes):
        [(before,)] = connection.execute("SELECT pg_current_wal_lsn()").fetchall()

        def post() -> None:
            begin, number = time.perf_counter(), 0
            with ThreadPoolExecutor(SENDERS, initializer=open_client) as pool:
                while not done.is_set():
                    for event in requests(per_second):
                        at = begin + number / per_second
                        pool.submit(send, port, event, at, felt.answers, felt.refused)
                        number += 1
                    done.wait(max(0.0, begin + number / per_second - time.perf_counter()))

        sender = threading.Thread(target=post)
        sender.start()
        time.sleep(1)
        started = time.perf_counter()
        work()
        felt.seconds = time.perf_counter() - started
        time.sleep(max(0.0, least - felt.seconds))
        [(size,)] = connection.execute("SELECT pg_current_wal_lsn() - %s::pg_lsn", [before]).fetchall()
        felt.wal = float(size) / 1e6
        done.set()
        sender.join()
    return felt


def main(rows: int, per_second: int) -> None:
    public = KEY.verify_key.encode(Base64Encoder).decode()
    values = {"LOG_LEVEL": "ERROR", "ALLOWED_HOSTS": "127.0.0.1", "TELNYX_PUBLIC_KEYS": public}
    # Their texts are long gone: that is another rule, after 90 days.
    with desk(RETENTION_MESSAGE_TEXT_DAYS="0", **values), ExitStack() as stack:
        from messaging.mirror import retention  # noqa: PLC0415 - once the environment is set

        with connect() as connection:
            fill(connection, rows)
            partition(connection)
            connection.execute("VACUUM ANALYZE")
        port, _pid = stack.enter_context(server("config.wsgi"))
        print(f"{rows} old messages, {rows} new ones; {per_second} webhooks a second", flush=True)
        felt = measured(port, per_second, "messaging_message", lambda: None, 20)
        print(felt.line("nothing"), flush=True)

        def delete() -> None:
            while retention.run().get("messages"):
                pass

        felt = measured(port, per_second, "messaging_message", delete, 20)
        print(felt.line("batches"), flush=True)
        print(f"{'':<12} {rows / felt.seconds:.0f} rows/s; {sizes()}", flush=True)

        def drop() -> None:
            with connect() as connection:
                connection.execute("DROP TABLE by_month_old")

        print(measured(port, per_second, "by_month", drop, 20).line("partition"), flush=True)


def sizes() -> str:
    query = (
        "SELECT pg_size_pretty(pg_total_relation_size('messaging_message')), n_dead_tup, autovacuum_count "
        "FROM pg_stat_user_tables WHERE relname = 'messaging_message'"
    )
    with connect() as connection:
        [(size, dead, vacuums)] = connection.execute(query).fetchall()
    return f"the table has {size} with its indexes, {dead} dead rows, {vacuums} autovacuums"


if __name__ == "__main__":
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers + [1_000_000, 50][len(numbers) :]))
