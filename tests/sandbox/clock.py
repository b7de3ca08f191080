"""Calls functions at a given time, all in one thread, so that thousands of planned calls need no thread each."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable

Call = Callable[[], object]


class Clock:
    """The functions must be quick and must not raise. The thread starts with the first planned call."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.planned: list[tuple[float, int, Call]] = []
        self.order = itertools.count()
        self.thread: threading.Thread | None = None

    def after(self, seconds: float, call: Call) -> None:
        with self.changed:
            heapq.heappush(self.planned, (time.monotonic() + seconds, next(self.order), call))
            if self.thread is None:
                self.thread = threading.Thread(target=self.run, daemon=True)
                self.thread.start()
            self.changed.notify()

    def clear(self) -> None:
        with self.changed:
            self.planned.clear()

    def run(self) -> None:
        while True:
            self.next()()

    def next(self) -> Call:
        """Wait for the earliest call that is due, and return it."""
        with self.changed:
            while True:
                wait = self.planned[0][0] - time.monotonic() if self.planned else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self.planned)[2]
                self.changed.wait(wait)
