"""What one call to Telnyx costs through our client, against plain httpx, pooled and unpooled.

    python -m benchmarks.call [rounds]

All three post the same body to the same loopback server in the same run, round by round and in rotating order; what
counts is the ratio within a round. The server is a separate process and does as little as it can.
"""

import json
import multiprocessing
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable

import httpx

from messaging.telnyx.client import Client

CALLS = 300
UNPOOLED_CALLS = 10  # each one builds an SSL context, so a few are enough to see it
KEY = "KEY-invented-for-the-benchmark"
BODY = json.dumps({"businessName": "Example Ltd", "additionalInformation": "x" * 800}).encode()
RECORD = json.dumps({"data": {"id": "0d5a", "verificationStatus": "Pending", "text": "x" * 1200}}).encode()
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Wed, 21 Oct 2026 07:28:00 GMT\r\n"
    b"X-Request-Id: 5d0e\r\nX-RateLimit-Limit: 100\r\nX-RateLimit-Remaining: 99\r\nX-RateLimit-Reset: 1\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(RECORD), RECORD)
)


def serve(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def answer(connection: socket.socket) -> None:
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
        if data.endswith(BODY):
            connection.sendall(ANSWER)
            data = b""
    connection.close()


def timed(call: Callable[[], object], calls: int) -> float:
    """Return the average seconds per call."""
    started = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - started) / calls


def main(rounds: int) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.Process(target=serve, args=(listener,), daemon=True)
    server.start()
    base = f"http://127.0.0.1:{listener.getsockname()[1]}/v2"
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    ours = Client(KEY, base)
    pooled = httpx.Client(headers=headers, timeout=30)

    contestants: dict[str, tuple[Callable[[], object], int]] = {
        "pooled httpx": (lambda: pooled.post(f"{base}/things", content=BODY).json(), CALLS),
        "Client.send": (lambda: ours.send("POST", "/things", body=BODY), CALLS),
        "new client": (
            lambda: httpx.post(f"{base}/things", content=BODY, headers=headers, timeout=30).json(),
            UNPOOLED_CALLS,
        ),
    }
    for call, _ in contestants.values():
        call()
    taken: list[dict[str, float]] = []
    for number in range(rounds):
        order = list(contestants)[number % 3 :] + list(contestants)[: number % 3]
        taken.append({name: timed(*contestants[name]) for name in order})
        print("   ".join(f"{name} {taken[-1][name] * 1e6:8.0f} us" for name in contestants))
    server.terminate()

    against_pool = statistics.median(one["Client.send"] / one["pooled httpx"] for one in taken)
    against_new = statistics.median(one["Client.send"] / one["new client"] for one in taken)
    print(f"Client.send / new client per call: {against_new:.3f}")
    print(f"Client.send / pooled httpx: {against_pool:.2f}   (at most 1.15)")


if __name__ == "__main__":
    main(max(5, int(sys.argv[1])) if len(sys.argv) > 1 else 9)
