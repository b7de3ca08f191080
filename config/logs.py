"""Logs that no flood can fill, and that contain neither what people wrote nor whom they wrote to.

What is expected takes one line without a traceback: a refusal, or a database or broker that is away. The same line
isn't repeated for some seconds; after that, a line says how often it came. A fault of ours keeps its traceback,
without the values its message may contain. A page is named by its route, since its address may contain a phone number.
Whoever has the secret of a calendar reads it, so no line holds one, whoever writes it.
"""

import json
import logging
import re
import time
import traceback
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.db import DatabaseError, Error, InterfaceError, OperationalError
from django.urls import Resolver404, resolve

from messaging.mirror import trace
from messaging.mirror.masking import PERSONAL

ROOT = f"{Path(__file__).resolve().parent.parent}/"
LIBRARIES = f"{ROOT}.venv/"

WINDOW_SECONDS = 10.0
# Different lines from one place in the code within that time.
MOST_FROM_A_PLACE = 20
LONGEST_LINE = 500

AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, ConnectionError, TimeoutError)
# From libraries that aren't loaded everywhere: their errors when Redis is away.
AWAY_NAMES = (
    "redis.exceptions.ConnectionError",
    "redis.exceptions.TimeoutError",
    "kombu.exceptions.OperationalError",
)
# What an exception's text quotes; kept if it can be a name in a program.
QUOTED = re.compile(r"(?P<mark>['\"“])(?P<words>.*?)(?P<end>(?P=mark)|”)(?!\w)")
# The secret in a link to a calendar (messaging/team/calendar_link.py), and any part of it in an address.
SECRET = re.compile(r"(?<![0-9a-f])[0-9a-f]{48}(?![0-9a-f])|(?<=/calendar/)[0-9a-f]{6,}")
NAME = re.compile(r"[A-Za-z_][\w.]*_[\w.]*|[a-z]{1,20}|[A-Z][a-z]+(?:[A-Z]\w*)+")


@dataclass
class Said:
    """A line, or a place in the code, that was written and won't be written again for a while."""

    record: logging.LogRecord
    until: float
    times: int = 0
    left_out: int = 0


class Handler(logging.StreamHandler):
    """Write records to the error stream, short and not too often."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[tuple, Said] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.sum_up(time.monotonic())
        record.about = {**getattr(getattr(record, "request", None), "trace", {}), **trace.ids()}
        if record.levelno < logging.WARNING:
            super().emit(record)
            return
        short = shortened(record)
        if self.is_new(short):
            super().emit(short)

    def is_new(self, short: logging.LogRecord) -> bool:
        """Return True if the line is to be written; otherwise count it."""
        place = (short.name, short.pathname, short.lineno)
        until = time.monotonic() + WINDOW_SECONDS
        all_of_place = self.said.setdefault(place, Said(short, until))
        if same := self.said.get((*place, short.msg)):
            same.left_out += 1
        elif all_of_place.times >= MOST_FROM_A_PLACE:
            all_of_place.left_out += 1
        else:
            all_of_place.times += 1
            self.said[*place, short.msg] = Said(short, until)
            return True
        return False

    def sum_up(self, now: float) -> None:
        """Once a line's time is over, say how often it was left out."""
        over = {key: said for key, said in self.said.items() if said.until <= now}
        for key, said in over.items():
            del self.said[key]
            if said.left_out:
                line = copy(said.record)
                line.exc_info = line.exc_text = None
                line.about = {}  # it is about many
                line.msg = f"{said.left_out} more like this were left out: {said.record.msg}"
                super().emit(line)

    def close(self) -> None:
        self.acquire()
        try:
            self.sum_up(float("inf"))
        finally:
            self.release()
        super().close()


class Formatter(logging.Formatter):
    """Write a traceback without the values in its exceptions' messages, and no secret of a calendar anywhere."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - its name in logging
        parts = [
            f"{''.join(traceback.format_tb(error.__traceback__))}{name_of(error)}: {wordless(error)}"
            for error in reversed(list(chain(ei[1])))
        ]
        return "Traceback (most recent call last):\n" + "\n\nThen:\n\n".join(parts)


class JsonFormatter(Formatter):
    """Write each line as one JSON object, with the ids of what it is about: request_id, entry, event."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "about", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return without_secrets(json.dumps(line, ensure_ascii=False))


def shortened(record: logging.LogRecord) -> logging.LogRecord:
    """Return the record as one line that names nobody, with its traceback only for a fault of ours."""
    short = copy(record)
    error = record.exc_info[1] if record.exc_info else None
    status = getattr(record, "status_code", 0)
    away = next((found for found in chain(error) if is_away(found)), None)
    short.msg, short.args = " ".join(_text(record, error).split())[:LONGEST_LINE], None
    if away or 400 <= status < 500:
        short.exc_info = short.exc_text = None
    if away:
        short.msg += f" ({name_of(away)}{_place(error)})"
    return short


def _text(record: logging.LogRecord, error: BaseException | None) -> str:
    request = getattr(record, "request", None)
    status = getattr(record, "status_code", None)
    if request is not None and status:
        match = getattr(request, "resolver_match", None)
        route = f"/{match.route}" if match else _route(request.path_info)
        kind = type(error).__name__ if error else record.name.rpartition(".")[2]
        return f"{request.method} {route} was answered with {status} ({kind})"
    task = getattr(record, "data", None)
    if error and isinstance(task, dict) and "name" in task:
        return f"Task {task['name']} failed ({type(error).__name__})"
    if error is None:
        return record.getMessage()
    if record.name.startswith("gunicorn"):
        return str(record.msg).replace("%s", "…")  # it would contain the address, with the search terms
    text = record.getMessage()
    # Libraries also put the error's text, and then its traceback, into the message.
    first = text.partition("\n")[0]
    return without_values(first.replace(str(error), wordless(error)) if str(error) else first)


def _route(address: str) -> str:
    """Return the route of a request that ended before anything looked it up."""
    try:
        return f"/{resolve(address).route}"
    except Resolver404:
        return "an address without a page"


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and those that caused it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def is_away(error: BaseException) -> bool:
    return isinstance(error, AWAY) or name_of(error) in AWAY_NAMES


def name_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def wordless(error: BaseException) -> str:
    """Return what an exception says, without what a row, a form or an address contained."""
    if not isinstance(error, DatabaseError | Error | psycopg.Error):
        return without_values(str(error).partition("\n")[0])[:LONGEST_LINE]
    # PostgreSQL quotes values in its messages; the names it uses are in fields of their own.
    diag = getattr(error if isinstance(error, psycopg.Error) else error.__cause__, "diag", None)
    fields = ("sqlstate", "table_name", "column_name", "constraint_name")
    return " ".join(str(value) for value in (getattr(diag, field, None) for field in fields) if value)


def without_secrets(line: str) -> str:
    return SECRET.sub("…", line)


def without_values(words: str) -> str:
    """Return the text without numbers and addresses, and without what it quotes unless that can be a program's name."""
    unquoted = QUOTED.sub(
        lambda found: found[0] if NAME.fullmatch(found["words"]) else f"{found['mark']}…{found['end']}", words
    )
    return PERSONAL.sub(lambda found: found[0] if found["kept"] else "…", unquoted)


def _place(error: BaseException | None) -> str:
    """Return the last line of our code that an exception passed through."""
    frames = traceback.extract_tb(error.__traceback__) if error else []
    ours = [frame for frame in frames if frame.filename.startswith(ROOT) and LIBRARIES not in frame.filename]
    return f" at {ours[-1].filename.removeprefix(ROOT)}:{ours[-1].lineno}" if ours else ""
