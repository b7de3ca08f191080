"""Mirror 20,000 hosted numbers, first and again with nothing changed, against a request and a row at a time.

    .venv/bin/python -m benchmarks.pull [rounds] [records]

A separate process serves the list, page by page. The rival asks with `httpx.get` and writes with `update_or_create`;
it gets a twentieth of the records, since its rate doesn't depend on their number.
"""

import json
import multiprocessing
import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from benchmarks.setting import desk

SIZE = 250
PATH = "/messaging_hosted_numbers"


def record(number: int) -> dict[str, Any]:
    return {
        "id": str(uuid.UUID(int=number)),
        "record_type": "messaging_settings",
        "phone_number": f"+1312{number:07}",
        "messaging_profile_id": "7c1d2e30-55aa-4f0b-8f6e-3a1b9c2d4e02",
        "country_code": "US",
        "type": "long-code",
        "messaging_product": "A2P",
        "traffic_type": "A2P",
        "eligible_messaging_products": ["A2P", "P2P"],
        "features": {"sms": {"domestic_two_way": True, "international_inbound": True}, "mms": None},
        "health": {"message_count": number, "success_ratio": 0.98, "spam_ratio": 0.0},
        "tags": ["orders"],
        "created_at": "2026-05-01T09:00:00Z",
        "updated_at": "2026-05-01T09:00:00Z",
    }


def serve(port: Any, total: int) -> None:
    rows = [record(number) for number in range(total)]
    meta = {"page_size": SIZE, "total_results": total, "total_pages": -(-total // SIZE)}

    def page(number: int) -> bytes:
        start = (number - 1) * SIZE
        return json.dumps(
            {"data": rows[start : start + SIZE], "meta": meta | {"page_number": number}}
        ).encode()

    made = [page(number + 1) for number in range(meta["total_pages"])]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = made[int(parse_qs(urlsplit(self.path).query)["page[number]"][0]) - 1]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.send(server.server_address[1])
    server.serve_forever()


@contextmanager
def listed(total: int) -> Iterator[str]:
    """Yield the address of a Telnyx that lists this many numbers."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there, total), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()


def naive(address: str) -> int:
    from hosted.models import HostedNumber  # noqa: PLC0415

    number, seen = 1, 0
    while True:
        answer = httpx.get(f"{address}{PATH}", params={"page[number]": number, "page[size]": SIZE}).json()
        for told in answer["data"]:
            HostedNumber.objects.update_or_create(
                remote_id=told["id"], defaults=HostedNumber.wire.load(told) | {"remote_data": told}
            )
        seen += len(answer["data"])
        if number >= answer["meta"]["total_pages"]:
            return seen
        number += 1


def main(rounds: int, total: int) -> None:
    with desk(), listed(total) as ours_at, listed(max(total // 20, 500)) as naive_at:
        from hosted.models import HostedNumber  # noqa: PLC0415
        from messaging.mirror.models import StatusChange  # noqa: PLC0415
        from messaging.mirror.records import sync  # noqa: PLC0415
        from messaging.telnyx.client import Client  # noqa: PLC0415

        client = Client("KEY-invented-for-the-benchmark", ours_at)
        ratios: dict[str, list[float]] = {"first": [], "nothing changed": []}
        for number in range(rounds):
            rates: dict[str, dict[str, float]] = {}
            contestants = [
                ("ours", lambda: sync.pull(HostedNumber, client).seen),
                ("update_or_create", lambda: naive(naive_at)),
            ]
            for name, work in contestants if number % 2 else contestants[::-1]:
                HostedNumber.objects.all().delete()
                StatusChange.objects.all().delete()
                for when in ratios:
                    started = time.perf_counter()
                    seen = work()
                    rates.setdefault(when, {})[name] = seen / (time.perf_counter() - started)
            for when, rate in rates.items():
                ratios[when].append(rate["ours"] / rate["update_or_create"])
                print(f"{when:16}", "   ".join(f"{name} {value:8.0f}/s" for name, value in rate.items()))
        print(f"first load / update_or_create (goal 20): {statistics.median(ratios['first']):.1f}")
        print(
            f"nothing changed / update_or_create (goal 30): {statistics.median(ratios['nothing changed']):.1f}"
        )


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers + [5, 20000][len(numbers) :]))
