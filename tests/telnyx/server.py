"""A raw socket server on loopback that does exactly what a test scripts to each connection."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from typing import Any, Self

Step = Callable[["Exchange"], None]

MEGABYTE = 1 << 20


class Exchange:
    """One request that arrived, and the raw connection to answer it on."""

    def __init__(self, connection: socket.socket, request: bytes, ended: threading.Event) -> None:
        self.connection = connection
        self.request = request
        self.ended = ended

    def write(self, data: bytes) -> None:
        self.connection.sendall(data)


class Server:
    """Answers the n-th request with the n-th step, and every later one with the last.

    `requests` holds the raw bytes of each request, `connections` counts the sockets accepted.
    """

    def __init__(
        self, *steps: Step, on_accept: Callable[[socket.socket], None] | None = None, tls: Any = None
    ) -> None:
        self.steps = list(steps)
        self.on_accept = on_accept
        self.tls: ssl.SSLContext | None = tls
        self.requests: list[bytes] = []
        self.connections = 0
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/v2"

    def __enter__(self) -> Self:
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.listener.close()

    def accept(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        try:
            if self.on_accept is not None:
                self.on_accept(connection)
                return
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            while request := read_request(connection):
                self.step_of(request)(Exchange(connection, request, self.ended))
        except OSError:
            pass
        finally:
            connection.close()

    def step_of(self, request: bytes) -> Step:
        with self.lock:
            self.requests.append(request)
            return self.steps[min(len(self.requests), len(self.steps)) - 1]


def read_request(connection: socket.socket) -> bytes:
    """Read one request with its body, or what there is of its headers. Empty if the peer is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    ]
    while len(body) < sum(lengths):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def head(status: int, length: int | None, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def answer(status: int, body: bytes = b"", **headers: str) -> Step:
    """Answer and keep the connection open. Underscores in header names become dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.write(head(status, len(body), named) + body)


def echo(exchange: Exchange) -> None:
    """Answer with the received body, as JSON."""
    body = exchange.request.partition(b"\r\n\r\n")[2]
    exchange.write(head(200, len(body), {}) + body)


def reset(connection: socket.socket) -> None:
    """Close with a RST instead of a FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def reset_after_request(exchange: Exchange) -> None:
    reset(exchange.connection)


def reset_in_body(exchange: Exchange) -> None:
    exchange.write(head(200, 1000, {}) + b'{"data": {"id": "1"')
    reset(exchange.connection)


def truncated(exchange: Exchange) -> None:
    """Announce more than is sent, then close normally."""
    exchange.write(head(200, 1000, {}) + b'{"data": {"id": "1"}}')
    exchange.connection.close()


def silence(exchange: Exchange) -> None:
    """Say nothing for as long as the test lasts."""
    exchange.ended.wait(60)


def drip_body(exchange: Exchange) -> None:
    exchange.write(head(200, 1000, {}))
    drip(exchange, b"x" * 1000)


def drip_head(exchange: Exchange) -> None:
    drip(exchange, head(200, 0, {"X-Long": "x" * 1000}))


def drip(exchange: Exchange, data: bytes) -> None:
    for start in range(len(data)):
        if exchange.ended.wait(0.02):
            return
        exchange.write(data[start : start + 1])


def endless(length: int | None) -> Step:
    """Send 300 MB, with a Content-Length or chunked."""

    def send(exchange: Exchange) -> None:
        if length is not None:
            exchange.write(head(200, length, {}))
        else:
            exchange.write(head(200, None, {"Transfer-Encoding": "chunked"}))
        block = b" " * MEGABYTE
        for _ in range(300):
            exchange.write(block if length is not None else b"100000\r\n" + block + b"\r\n")

    return send
