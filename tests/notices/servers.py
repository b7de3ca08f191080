"""A mail server and a chat of the tests' own, which count what they got."""

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

Server = TypeVar("Server", bound=socketserver.BaseServer)


class MailServer(socketserver.ThreadingTCPServer):
    """Take emails as a mail server does. `answers` are given to the next ones instead of accepting them."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.answers: list[str] = []
        self.slow = 0.0
        super().__init__(("127.0.0.1", 0), MailHandler)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def ids(self) -> list[str]:
        return [message["Message-ID"] for message in self.got]

    def to(self, address: str) -> list[str]:
        """Return the texts that came to an address."""
        return [bytes(each.get_payload(decode=True)).decode() for each in self.got if each["To"] == address]


class MailHandler(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.say("220 here")
        for line in self.rfile:
            verb = line[:4].upper().strip()
            if verb == b"QUIT":
                self.say("221 bye")
                return
            if verb != b"DATA":
                self.say("250 ok")
                continue
            self.say("354 go on")
            text = b""
            while (part := self.rfile.readline()) not in (b".\r\n", b""):
                text += part
            time.sleep(self.server.slow)
            if self.server.answers:
                self.say(self.server.answers.pop(0))
                continue
            self.server.got.append(message_from_bytes(text))
            self.say("250 taken")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Chat(ThreadingHTTPServer):
    """Take posts as apprise's json:// makes them. `refuse` answers them with 500."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.refuse = False
        super().__init__(("127.0.0.1", 0), ChatHandler)

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server_address[1]}/secret-of-the-room"


class ChatHandler(BaseHTTPRequestHandler):
    server: Chat

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.refuse:
            self.server.got.append(json.loads(text)["message"])
        self.send_response(500 if self.server.refuse else 200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
