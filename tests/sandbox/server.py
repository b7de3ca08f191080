"""A threaded HTTP/1.1 server for one WSGI application, on real sockets that can be broken on purpose.

Connections are kept alive, because the product pools them. An application may put `sandbox.sending`
(a name from SENDING) and `sandbox.pause` into its environ; under any other WSGI server both are ignored.
"""

import io
import socket
import socketserver
import struct
import sys
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote_to_bytes

LARGEST_BODY = 32 * 1024 * 1024
BODILESS = (204, 304)

SENDING = {
    "whole": "the answer as it is",
    "drip": "one byte every `pause` seconds",
    "truncate": "the full Content-Length, half of the body, then the end of the stream",
    "drop": "nothing: the connection is closed normally",
    "reset": "nothing: the connection is reset (RST)",
    "reset_midway": "the headers and half of the body, then a reset",
}

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class BodyTooLarge(Exception):
    """The body is over LARGEST_BODY."""


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Serves `application` with one daemon thread for each connection."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        self.application = application
        super().__init__(address, Handler)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that went away; report everything else."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Turns the requests of one connection into calls of the application."""

    protocol_version = "HTTP/1.1"
    timeout = 300
    disable_nagle_algorithm = True
    server: Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
            return
        if not self.parse_request():
            return
        try:
            body = self.read_body()
        except (BodyTooLarge, ValueError) as failure:
            self.close_connection = True
            self.send_error(413 if isinstance(failure, BodyTooLarge) else 400)
            return
        self.answer(body)

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self.read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= LARGEST_BODY:
            raise BodyTooLarge
        return self.rfile.read(length)

    def read_chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(1024).split(b";")[0], 16):
            if len(body) + size > LARGEST_BODY:
                raise BodyTooLarge
            body += self.rfile.read(size)
            self.rfile.readline(8)
        while self.rfile.readline(65537).strip():
            pass  # trailers are read and ignored
        return body

    def answer(self, body: bytes) -> None:
        environ = self.environ(body)
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            started[:] = [status, headers]

        chunks = self.server.application(environ, start_response)
        head = self.head(*started)
        without_body = self.command == "HEAD" or int(started[0].split()[0]) in BODILESS
        SENDERS[environ.get("sandbox.sending", "whole")](
            self, head, [] if without_body else chunks, environ.get("sandbox.pause", 0.0)
        )

    def environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": str(self.server.server_address[0]),
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def head(self, status: str, headers: list[tuple[str, str]]) -> bytes:
        lines = [f"HTTP/1.1 {status}", f"Date: {formatdate(usegmt=True)}", "Server: sandbox"]
        lines += [f"{name}: {value}" for name, value in headers]
        if self.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def hang_up(self, *, reset: bool) -> None:
        """End the connection now: with RST (unsent and unread bytes are lost) or with FIN."""
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The descriptor is only closed once the files made from the socket are closed, too.
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the console shows what was received."""


def send_whole(handler: Handler, head: bytes, chunks: Iterable[bytes], pause: float) -> None:
    for chunk in chunks:
        handler.wfile.write(head + chunk)
        head = b""
    if head:
        handler.wfile.write(head)


def send_drip(handler: Handler, head: bytes, chunks: Iterable[bytes], pause: float) -> None:
    for byte in head + b"".join(chunks):
        handler.wfile.write(bytes([byte]))
        time.sleep(pause)


def send_half(handler: Handler, head: bytes, chunks: Iterable[bytes], *, reset: bool) -> None:
    body = b"".join(chunks)
    handler.wfile.write(head + body[: len(body) // 2])
    if reset:
        # RST discards what the peer has not read yet; wait so that the first half does arrive.
        time.sleep(0.1)
    handler.hang_up(reset=reset)


SENDERS: dict[str, Callable[[Handler, bytes, Iterable[bytes], float], None]] = {
    "whole": send_whole,
    "drip": send_drip,
    "truncate": lambda handler, head, chunks, pause: send_half(handler, head, chunks, reset=False),
    "drop": lambda handler, head, chunks, pause: handler.hang_up(reset=False),
    "reset": lambda handler, head, chunks, pause: handler.hang_up(reset=True),
    "reset_midway": lambda handler, head, chunks, pause: send_half(handler, head, chunks, reset=True),
}


def status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"
