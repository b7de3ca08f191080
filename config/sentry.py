"""Errors reported to Sentry, for a desk with SENTRY_DSN and the packages of requirements-sentry.txt.

What Sentry collects is thrown away. What is sent is put together here from what the log may hold: the line, the kinds
of the errors and where in the program they came from. So no body, header, cookie, user, variable or value can be in it.
"""

import logging
import traceback
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from config.logs import LIBRARIES, NAME, ROOT, chain, name_of, shortened, without_secrets, wordless
from messaging.mirror import trace

KEPT = ("event_id", "timestamp", "level", "platform", "logger", "release")


def start() -> None:
    """Begin to report, in every process. What is wrong with the settings is said by messaging.checks."""
    if not settings.SENTRY_DSN or find_spec("sentry_sdk") is None:
        return
    sentry = import_module("sentry_sdk")
    try:
        sentry.init(
            settings.SENTRY_DSN,
            release=f"telnyx-desk@{settings.VERSION}",
            before_send=cleaned,
            send_default_pii=False,
            include_local_variables=False,
            include_source_context=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            auto_session_tracking=False,
            # No header of Sentry's in calls to Telnyx, and nothing measured.
            trace_propagation_targets=[],
            auto_enabling_integrations=False,
            integrations=[
                import_module(f"sentry_sdk.integrations.{name.lower()}").__dict__[f"{name}Integration"]()
                for name in ("Django", "Celery")
            ],
        )
    except ValueError:
        logging.getLogger(__name__).error("SENTRY_DSN is no address that Sentry can be reached at.")


def cleaned(event: Any, hint: dict[str, Any]) -> dict[str, Any]:
    """Return what may be sent of an event."""
    sent = {name: event[name] for name in KEPT if name in event}
    if NAME.fullmatch(str(event.get("transaction") or "").replace(".", "_")):
        sent["transaction"] = event["transaction"]  # a task's name; a page's could be an address
    sent["tags"] = dict(trace.ids())
    if record := hint.get("log_record"):
        sent["tags"] |= getattr(getattr(record, "request", None), "trace", {})
        sent["logentry"] = {"formatted": without_secrets(shortened(record).getMessage())}
    if exc_info := hint.get("exc_info"):
        sent["exception"] = {"values": [_error(each) for each in reversed(list(chain(exc_info[1])))]}
    return sent


def _error(error: BaseException) -> dict[str, Any]:
    frames = [
        {
            "filename": frame.filename.removeprefix(ROOT),
            "function": frame.name,
            "lineno": frame.lineno,
            "in_app": frame.filename.startswith(ROOT) and not frame.filename.startswith(LIBRARIES),
        }
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    module, _dot, name = name_of(error).rpartition(".")
    return {
        "type": name,
        "module": module,
        "value": without_secrets(wordless(error)),
        "stacktrace": {"frames": frames},
    }
