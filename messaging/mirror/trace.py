"""What the work at hand is about, for log lines: ids that lead from a page to its request and its webhooks.

`request_id` names the web request in which a person asked for it; `entry` and `event` are our own rows.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})
_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=NOTHING)


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Say what all lines that are logged inside are about; an empty ID says nothing."""
    token = _about.set({**_about.get(), **{name: str(id) for name, id in ids.items() if id}})
    try:
        yield
    finally:
        _about.reset(token)


def ids() -> Mapping[str, str]:
    """Return the ids of the work at hand, by name."""
    return _about.get()


def request_id() -> str:
    """Return the ID of the web request at hand, or "" outside of one."""
    return _about.get().get("request_id", "")
