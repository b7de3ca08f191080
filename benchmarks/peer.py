"""The far end of a benchmark: a loopback server that takes any request and answers with a new record at once."""

import multiprocessing
import re
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def answer(connection: socket.socket) -> None:
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
        head, found, body = data.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not found or len(body) < int(length[1] if length else 0):
            continue
        record = b'{"id": "%b", "verificationStatus": "In Progress"}' % str(uuid.uuid4()).encode()
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(record), record)
        )
        data = b""


def serve(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


@contextmanager
def peer() -> Iterator[str]:
    """Run the far end in a separate process and yield its base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v2"
    finally:
        server.terminate()
