"""Who is at work, for the triggers: every statement that changes a watched table says it to PostgreSQL.

It goes with the statement itself, as a setting of its transaction: no query more, and nothing that a connection used
next by someone else could inherit.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.db.backends.signals import connection_created
from django.dispatch import receiver

from . import tables

Acting = dict[str, Any]
# The keys are those that the function mirror_audit reads: user_id, actor, page, request_id, source and cause.
_acting: ContextVar[Callable[[], Acting] | None] = ContextVar("acting", default=None)

CHANGE = re.compile(r'(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE)
SEVERAL = re.compile(r"\s*WITH\b", re.IGNORECASE)
TELL = "SELECT set_config('desk.audit', {}, true)"


@contextmanager
def acting(**what: Any) -> Iterator[None]:
    """Say that all changes inside are made by this: `source="task ..."`, or because of it: `cause="webhook 7"`."""
    outer = _acting.get() or by_process
    token = _acting.set(lambda: outer() | what)
    try:
        yield
    finally:
        _acting.reset(token)


@contextmanager
def acting_for(whom: Callable[[], Acting]) -> Iterator[None]:
    """Let `whom` say, only when something changes, who it is that changes it."""
    token = _acting.set(whom)
    try:
        yield
    finally:
        _acting.reset(token)


def work_of(source: str) -> None:
    """Say that all changes from now on are made by this, until `work_over`."""
    _acting.set(lambda: {"source": source})


def work_over() -> None:
    """End what `work_of` said."""
    _acting.set(None)


def by_process() -> Acting:
    """Return what is known of work that no request and no task started: the command that was typed."""
    program, *arguments = [*sys.argv, ""]
    name = Path(program).name
    return {"source": f"command {arguments[0] if name == 'manage.py' else name}"[:100]}


def at_work() -> Acting:
    """Return who is at work, and because of what."""
    return (_acting.get() or by_process)()


def told() -> str:
    """Return who is at work, as the triggers read it."""
    return json.dumps(at_work())


@cache
def _names() -> frozenset[str]:
    return frozenset(each.model._meta.db_table for each in tables.watched())


def _changed(sql: str) -> Iterable[str]:
    """Return the tables a statement may change. One that begins with WITH may change several, or none."""
    if SEVERAL.match(sql):
        return _changed_in(sql)
    found = CHANGE.match(sql.lstrip())
    return [found[1]] if found else ()


@lru_cache(256)
def _changed_in(sql: str) -> Iterable[str]:
    # Reading all of it takes longer than anything else here: most are the same few, such as the one for a webhook.
    return CHANGE.findall(sql)


def tell(cursor: Any) -> None:
    """Say who is at work for the rest of a transaction: for statements that `_tell` can't see, such as COPY."""
    cursor.execute(TELL.format("%s"), [told()])


def _tell(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Put who is at work before a statement that changes a watched table."""
    if not isinstance(sql, str) or _names().isdisjoint(_changed(sql)):
        return execute(sql, params, many, context)
    if many:
        execute(TELL.format("%s"), [told()], False, context)
        return execute(sql, params, many, context)
    if isinstance(params, Mapping):
        who, params = TELL.format("%(desk_audit)s"), {**params, "desk_audit": told()}
    else:
        sql = sql if params else sql.replace("%", "%%")
        who, params = TELL.format("%s"), [told(), *(params or ())]
    done = execute(f"{who}; {sql}", params, many, context)
    context["cursor"].nextset()  # what the caller reads is the second statement's
    return done


@receiver(connection_created)
def listen(connection: Any, **_: Any) -> None:
    """Have every connection say who is at work."""
    if _tell not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _tell)
