"""gunicorn's worker, without a gunicorn around it: what the clock of a busy machine would make hard to catch."""

import itertools
import socket
import time

import pytest
from gunicorn import http
from gunicorn.config import Config

from config.gunicorn import MOST_BODY, Worker


class Connection:
    """A kept connection whose last request was answered without a look at its body."""

    def __init__(self, length: int, arrived: int) -> None:
        ours, self.theirs = socket.socketpair()
        head = b"POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: %d\r\n\r\n" % length
        self.parser = http.get_parser(Config(), ours, ("127.0.0.1", 1))
        self.parser.unreader.unread(head + b"x" * arrived)
        self.has_more_to_come = arrived < length
        next(self.parser)


@pytest.mark.parametrize(
    ("length", "arrived", "is_kept"),
    [(0, 0, True), (100_000, 100_000, True), (MOST_BODY, MOST_BODY, True), (MOST_BODY + 1, 10, False)],
)
def test_a_connection_is_kept_as_the_answer_said_however_late_its_thread_gets_a_turn(
    monkeypatch, length, arrived, is_kept
):
    connection = Connection(length, arrived)
    ticks = itertools.count(start=1.0, step=0.2)
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks))

    assert Worker._keepalive_after(object.__new__(Worker), connection, True) is is_kept
