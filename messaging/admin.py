"""Messaging's admin pages; Django looks for them here. Each feature keeps its own."""

from .audit import admin as audit
from .audit import record_views
from .autoresponses import admin as autoresponses
from .evidence import admin as evidence
from .exports import admin as exports
from .log import admin as log
from .optouts import admin as optouts
from .profiles import admin as profiles
from .saved_texts import admin as saved_texts
from .senders import admin as senders
from .sending import admin as sending

__all__ = [
    "audit",
    "autoresponses",
    "evidence",
    "exports",
    "log",
    "optouts",
    "profiles",
    "record_views",
    "saved_texts",
    "senders",
    "sending",
]
