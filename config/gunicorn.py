"""gunicorn's threaded worker, changed to give a request to a thread only once all of it has arrived.

gunicorn's own worker gives the thread a bare connection, so eight clients that send a byte a second, or nothing at
all, hold all eight threads of the desk for as long as they like (gunicorn 27). Here requests gather in the worker's
event loop, where a slow one costs a little memory and is ended when its time is up.

Slow readers don't hold a thread either: a response goes into the kernel's buffer, and the next request on that
connection waits until the client has taken most of it.
"""

import re
import selectors
import socket
import struct
import time
from array import array
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from fcntl import ioctl
from functools import partial
from termios import TIOCOUTQ
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

from config.logs import without_secrets

# For the head of a request. Its body gets the same, and more while it keeps arriving: people may be on slow lines.
SECONDS = 5.0
BYTES_PER_SECOND = 20_000
MOST_HEAD = 1 << 16
# A longer body is read by the thread, but never a stranger's (config.middleware.strangers_send_little).
MOST_BODY = 1 << 20
# Everything that gathers in one process, together; the oldest goes first.
MOST_BYTES = 64 << 20
# How long a thread waits for the next part of a long body, and for room for the next part of a long response. A
# request that came before its client took an earlier response also waits this long for the client to take more.
STALL_SECONDS = 10
# How much of a response the kernel keeps: more than the largest file a stranger can get.
ANSWER_BYTES = 1 << 19
# How long a client has to read our last words and hang up.
LINGER_SECONDS = 2.0
AT_ONCE = 1 << 16
TIDY_SECONDS = 0.25
AN_INSTANT = 0.05

FIELD = re.compile(rb"^(content-length|transfer-encoding)[ \t]*:[ \t]*(.*?)[ \t]*\r\n", re.I | re.M)
EXPECT = re.compile(rb"^expect[ \t]*:[ \t]*100-continue[ \t]*\r\n", re.I | re.M)
TIMEOUT = b"408 Request Timeout"
LENGTH_REQUIRED = b"411 Length Required"
HEAD_TOO_LARGE = b"431 Request Header Fields Too Large"


@dataclass(eq=False)
class Gathering:
    """A connection that waits for the rest of a request or, at its end, for the other side to hang up."""

    conn: TConn
    deadline: float
    came: bytearray = field(default_factory=bytearray)
    size: int = 0  # of everything to gather, once the head has arrived
    is_long: bool = False  # the body is too long to gather
    seen: int = 0
    untaken: int | None = None  # bytes of earlier responses it waits for, once the request is whole

    def is_whole(self) -> bool:
        return 0 < self.size <= len(self.came)

    def may_go(self, now: float) -> bool:
        """Return True if the client has taken most of the earlier responses. Taking more gets it more time."""
        left = untaken(self.conn.sock)
        if self.untaken is None or left < self.untaken:
            self.untaken, self.deadline = left, now + STALL_SECONDS
        return left <= AT_ONCE


def untaken(client: socket.socket) -> int:
    """Return how many bytes of our responses the other side hasn't taken yet; 0 if the connection was reset."""
    count = array("i", [0])
    with suppress(OSError):  # already reset
        ioctl(client, TIOCOUTQ, count)
    return count[0]


class Log(Logger):
    """gunicorn's log, with an access log (off unless someone turns it on) that holds no secret of a calendar."""

    def atoms(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        found = super().atoms(*args, **kwargs)
        return {
            name: without_secrets(value) if isinstance(value, str) else value for name, value in found.items()
        }


class Worker(ThreadWorker):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gathering: dict[Gathering, None] = {}  # in order of arrival
        self.lingering: dict[Gathering, None] = {}
        self.tidied_at = 0.0

    def enqueue_req(self, conn: TConn) -> None:
        """Gather the request first, whether the connection is new, kept alive, or already has the next one buffered."""
        if self.nr_conns >= self.worker_connections:
            self.make_room()
        conn.sock.setblocking(False)
        new = Gathering(conn, time.monotonic() + SECONDS)
        if conn.parser:
            new.came += conn.parser.unreader.take_buffered()
        self.gathering[new] = None
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.gather, new))
        self.gather(new, conn.sock)

    def gather(self, new: Gathering, client: socket.socket) -> None:
        """Take what has arrived, and pass the request on once it's complete."""
        is_over = False
        with suppress(BlockingIOError):  # may be whole already: a request can bring the start of the next
            is_over = not self.receive(new, client)
        refusal = self.measure(new)
        if refusal:
            self.give_up(new, refusal)
        elif new.is_whole():
            if new.may_go(time.monotonic()):
                self.hand_over(new)
            else:  # read nothing more until `murder_pending` hands it over or gives up
                self.poller.unregister(client)
        elif is_over:
            self.give_up(new)
        elif sum(len(other.came) for other in self.gathering) > MOST_BYTES:
            self.give_up(next(iter(self.gathering)), TIMEOUT)

    def receive(self, new: Gathering, client: socket.socket) -> bool:
        """Add what has arrived; return True if more can come. Raises BlockingIOError if nothing has arrived."""
        try:
            came = client.recv(AT_ONCE)
        except BlockingIOError:
            raise
        except OSError:
            return False
        new.came += came
        return bool(came)

    def measure(self, new: Gathering) -> bytes:
        """Note how much there is to gather once the head has arrived. Return why we refuse the request, or b""."""
        if new.size:
            return b""
        end = new.came.find(b"\r\n\r\n", 0, MOST_HEAD)
        if end < 0:
            return HEAD_TOO_LARGE if len(new.came) >= MOST_HEAD else b""
        fields = [(name.lower(), value) for name, value in FIELD.findall(new.came, 0, end + 2)]
        if any(name == b"transfer-encoding" for name, _ in fields):
            return LENGTH_REQUIRED  # Django (5.2) reads no body without a length
        lengths = [int(value) for _, value in fields if re.fullmatch(rb"[0-9]{1,9}", value)]
        body = lengths[0] if len(lengths) == len(fields) == 1 else 0  # gunicorn refuses anything else
        if body > MOST_BODY:
            body, new.is_long = 0, True
        elif body and (asks := EXPECT.search(new.came, 0, end + 2)):
            # The rest comes once we ask for it; with the header left in, gunicorn would ask again.
            del new.came[slice(*asks.span())]
            end -= len(asks[0])
            with suppress(OSError):
                new.conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        new.size = end + len(b"\r\n\r\n") + body
        return b""

    def hand_over(self, whole: Gathering) -> None:
        """Give the request to a thread."""
        conn = whole.conn
        self.forget(self.gathering, whole)
        try:
            conn.init()
            conn.parser.unreader.unread(bytes(whole.came))
            conn.has_more_to_come = whole.is_long
            for wait in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                conn.sock.setsockopt(socket.SOL_SOCKET, wait, struct.pack("ll", STALL_SECONDS, 0))
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ANSWER_BYTES)
        except OSError:  # already reset
            self.hang_up(conn)
        else:
            super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: "Future[bool]") -> None:
        """Let the connection linger here; gunicorn would block the whole loop until it ends."""
        if not fs.cancelled() and not fs.exception() and fs.result():
            super().finish_request(conn, fs)
        else:
            self.say_goodbye(conn)

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        """Keep the connection if nothing of the request is left to read; never wait for the rest of it.

        What was gathered is all here and costs no waiting. It is never given up, however late this thread gets its
        turn: the response already promised the client that the connection stays open.
        """
        if not conn.has_more_to_come:
            return keepalive and bool(conn.parser.finish_body(max_bytes=MOST_BODY + 1))
        return keepalive and bool(conn.parser.finish_body(deadline=time.monotonic() + AN_INSTANT))

    def make_room(self) -> None:
        """End the oldest connection that is only waiting, so that a new one gets its turn."""
        if self.lingering:
            self.end_of_linger(next(iter(self.lingering)))
        elif self.gathering:
            self.give_up(next(iter(self.gathering)))

    def give_up(self, unfinished: Gathering, status: bytes = b"") -> None:
        """End a request that never became whole; answer with the status if any of it arrived."""
        self.forget(self.gathering, unfinished)
        if not status or not unfinished.came:
            self.hang_up(unfinished.conn)
            return
        with suppress(OSError):
            answer = b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            unfinished.conn.sock.send(answer)
        self.say_goodbye(unfinished.conn)

    def say_goodbye(self, conn: TConn) -> None:
        """Close our end and wait for the other's: an immediate reset could destroy our last words on their way."""
        lingers = Gathering(conn, time.monotonic() + LINGER_SECONDS)
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.linger, lingers))
        except (OSError, ValueError):
            self.hang_up(conn)
        else:
            self.lingering[lingers] = None
            self.linger(lingers, conn.sock)

    def linger(self, lingers: Gathering, client: socket.socket) -> None:
        with suppress(BlockingIOError):
            is_over = not self.receive(lingers, client)
            lingers.seen += len(lingers.came)
            lingers.came.clear()
            if is_over or lingers.seen > MOST_BODY:
                self.end_of_linger(lingers)

    def end_of_linger(self, lingers: Gathering) -> None:
        self.forget(self.lingering, lingers)
        self.hang_up(lingers.conn)

    def forget(self, kept: dict[Gathering, None], one: Gathering) -> None:
        del kept[one]
        with suppress(KeyError, ValueError):
            self.poller.unregister(one.conn.sock)

    def hang_up(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """End whatever took too long. gunicorn calls this on each turn of its loop, about once a second when idle."""
        now = time.monotonic()
        if now < self.tidied_at + TIDY_SECONDS:
            return
        self.tidied_at = now
        for whole in [one for one in self.gathering if one.is_whole() and one.may_go(now)]:
            self.hand_over(whole)
        for slow in [one for one in self.gathering if now > one.deadline + len(one.came) / BYTES_PER_SECOND]:
            self.give_up(slow, TIMEOUT)
        for lingers in [one for one in self.lingering if now > one.deadline]:
            self.end_of_linger(lingers)
