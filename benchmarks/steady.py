"""200 signed webhooks a second while someone browses the log: what is refused or lost, and how soon all is processed.

    .venv/bin/python -m benchmarks.steady [seconds] [per second]

Real gunicorn, worker and beat on throw-away servers. Every event is sent once, at its time; meanwhile a person opens a
page of the log about once a second.
"""

import os
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
from nacl.encoding import Base64Encoder

from benchmarks.ingest import KEY, requests, server
from benchmarks.lists import logged_in
from benchmarks.setting import desk
from config.local.places import ROOT
from config.local.servers import leashed

SENDERS = 16
LOG = "/admin/messaging/message/"


def send(port: int, event: bytes, at: float, taken: list[float], bad: list[int]) -> None:
    """Post one prepared request at its time."""
    head, _end, body = event.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    time.sleep(max(0.0, at - time.perf_counter()))
    started = time.perf_counter()
    answer = local.client.post(f"http://127.0.0.1:{port}/webhooks/telnyx/", content=body, headers=headers)
    taken.append(time.perf_counter() - started)
    if answer.status_code != 200:
        bad.append(answer.status_code)


local = threading.local()


def open_client() -> None:
    local.client = httpx.Client(timeout=10)


def celery(*arguments: str) -> "subprocess.Popen[bytes]":
    command = leashed("-m", "celery", "-A", "config", *arguments)
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def main(seconds: int, per_second: int) -> None:
    public = KEY.verify_key.encode(Base64Encoder).decode()
    with desk(TELNYX_PUBLIC_KEYS=public, LOG_LEVEL="ERROR", ALLOWED_HOSTS="127.0.0.1"), ExitStack() as stack:
        from django.core.management import call_command  # noqa: PLC0415 - once the environment is set

        from messaging.mirror.models import WebhookEvent  # noqa: PLC0415
        from messaging.models import Message  # noqa: PLC0415

        call_command("demo_users")
        port, _pid = stack.enter_context(server("config.wsgi"))
        for process in (celery("worker", "--concurrency", "2"), celery("beat")):
            stack.callback(process.terminate)
        browser = logged_in(f"http://127.0.0.1:{port}")
        events = requests(seconds * per_second)
        taken: list[float] = []
        bad: list[int] = []
        looks: list[float] = []
        done = threading.Event()

        def browse() -> None:
            while not done.wait(1):
                started = time.perf_counter()
                assert browser.get(LOG).status_code == 200
                looks.append(time.perf_counter() - started)

        looking = threading.Thread(target=browse)
        looking.start()
        begin = time.perf_counter() + 1
        with ThreadPoolExecutor(SENDERS, initializer=open_client) as pool:
            for number, event in enumerate(events):
                pool.submit(send, port, event, begin + number / per_second, taken, bad)
        ended = time.perf_counter()
        backlog = WebhookEvent.objects.filter(state="pending").count()
        while WebhookEvent.objects.filter(state="pending").exists() and time.perf_counter() - ended < 120:
            time.sleep(0.1)
        emptied = time.perf_counter() - ended
        done.set()
        looking.join()
        p99 = statistics.quantiles(taken, n=100)[98] * 1e3
        print(f"{len(taken)} sent in {ended - begin:.1f} s, not 200: {len(bad)} {sorted(set(bad))}")
        print(
            f"answer: median {statistics.median(taken) * 1e3:.1f} ms, p99 {p99:.1f} ms, worst {max(taken) * 1e3:.0f} ms"
        )
        print(
            f"kept {WebhookEvent.objects.count()}, messages {Message.objects.count()} of {len(events) // 3}"
        )
        print(f"behind at the end: {backlog}; all processed {emptied:.1f} s later (goal 10 s)")
        print(
            f"the log meanwhile: median {statistics.median(looks) * 1e3:.0f} ms, worst {max(looks) * 1e3:.0f} ms"
        )


if __name__ == "__main__":
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers + [60, 200][len(numbers) :]))
