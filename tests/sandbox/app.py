"""The WSGI application: Telnyx's API under /v2, the console for people under /, JSON for tests under /_sandbox."""

import base64
import hashlib
import hmac
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from . import faults, optouts, sites
from .autopilot import Autopilot
from .autoresponses import AutoResponses
from .console import Console
from .faults import Faults
from .hosted.facts import SINGLE_ERROR_PATHS
from .hosted.service import Hosted
from .messages.service import Messages
from .messages.traffic import Plan
from .optouts import OptOuts
from .panel import Panel
from .profiles.service import Messaging
from .rcs.registration import Registration
from .rcs.reviewers import Reviewers
from .rcs.service import Rcs
from .routing import Routes
from .server import status_line
from .signing import Keys
from .state import Record, State
from .tollfree import TollFree
from .triggers import Triggers
from .webhooks import Sender
from .whatsapp_templates import WhatsAppTemplates
from .wire import Answer, Refusal, Request

# Telnyx publishes no quotas; only the form of the headers (x-ratelimit-*) is published.
REQUESTS_PER_MINUTE = 10000
LONGEST_ANSWER_KEPT = 20000
LONGEST_BODY_KEPT = 1_000_000


class App:
    """Everything wired together. One instance serves one port."""

    def __init__(
        self,
        *,
        api_key: str,
        keys: Keys,
        webhook_url: str | None = None,
        state_file: Path | None = None,
        autopilot: float | None = None,
        pace: float = 1.0,
        traffic: float | None = None,
    ) -> None:
        self.own_url = ""
        self.first_key = self.api_key = api_key
        self.keys = keys
        self.state = State(state_file)
        self.faults = Faults()
        self.triggers = Triggers()
        self.quota = Quota()
        self.sender = Sender(self.state, keys, webhook_url)
        self.tollfree = TollFree(self.state, self.sender)
        self.hosted = Hosted(self.state, self.sender)
        self.messaging = Messaging(self.state, webhook_url)
        self.registration = Registration(self.state, self.messaging.world.find)
        self.reviewers = Reviewers(self.registration)
        self.autopilot = Autopilot(
            self.state, self.tollfree, self.hosted.world, autopilot, self.reviewers.tick
        )
        self.messages = Messages(self.state, self.sender, self.messaging.world.find, pace)
        self.rcs = Rcs(self.state, webhook_url, self.messaging.world.find, self.messages)
        self.autoresponses = AutoResponses(self.state, self.messaging)
        self.optouts = OptOuts(self.state)
        self.whatsapp_templates = WhatsAppTemplates(self.state)
        services = (
            self.tollfree,
            self.hosted,
            self.messaging,
            self.messages,
            self.rcs,
            self.registration,
            self.autoresponses,
            self.optouts,
            self.whatsapp_templates,
        )
        self.api = Routes("/v2", [route for service in services for route in service.routes()])
        self.first_traffic = traffic
        panel = Panel(self)
        self.panel = Routes("/_sandbox", panel.routes())
        self.console = Routes("", Console(self, panel).routes())

    def begin(self, own_url: str) -> None:
        """Start everything that happens on its own. The server listens at `own_url`."""
        self.own_url = self.messages.handsets.own_url = own_url
        self.autopilot.start()
        self.messages.world.resume()
        if self.first_traffic:
            self.messages.traffic.first = Plan(self.first_traffic)
            self.messages.traffic.reset()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = self.answer(Request.from_environ(environ))
        environ["sandbox.sending"], environ["sandbox.pause"] = answer.sending, answer.pause
        headers = answer.headers | {"Content-Length": str(answer.length)}
        start_response(status_line(answer.status), list(headers.items()))
        return answer.chunks()

    def answer(self, request: Request) -> Answer:
        if request.path.startswith("/v2/"):
            return self.logged(request)
        if request.path.startswith(sites.PREFIX):
            return sites.site(request)
        if from_elsewhere(request):
            return Refusal(403, detail="Forms from other sites are not accepted.").answer()
        routes = self.panel if request.path.startswith("/_sandbox/") else self.console
        try:
            return routes.answer(request)
        except Refusal as refusal:
            return refusal.answer()
        except (ValueError, KeyError, TypeError) as failure:
            return Refusal(400, detail=f"{type(failure).__name__}: {failure}").answer()

    def logged(self, request: Request) -> Answer:
        """Answer an API request, faults included, and log the request and its answer."""
        entry = logged_request(request, self.state.now())
        self.state.requests.append(entry)
        fault = self.faults.take(request) or self.triggers.take(request)
        if fault is None:
            answer = self.carry_out(request)
            answer.headers |= self.quota.headers()
        else:
            entry["fault"] = fault.kind
            answer = faults.run(fault, self.handler(request))
        answer.headers["x-request-id"] = entry["id"]
        entry["answered_at"] = self.state.now()
        entry["sending"] = answer.sending
        entry["answered_status"] = None if answer.sending in ("drop", "reset") else answer.status
        entry["answer"] = answer.body[:LONGEST_ANSWER_KEPT].decode("utf-8", "replace")
        return answer

    def handler(self, request: Request) -> Callable[[], Answer]:
        """Return a function that carries the request out, now or later, unless everything is reset first."""
        generation = self.state.generation

        def handle() -> Answer:
            with self.state.lock:
                return self.carry_out(request) if generation == self.state.generation else Answer(503)

        return handle

    def carry_out(self, request: Request) -> Answer:
        try:
            self.authenticate(request)
            with self.state.lock:
                return self.api.answer(request)
        except Refusal as refusal:
            return refusal.answer(single=request.path in SINGLE_ERROR_PATHS | optouts.SINGLE_ERROR_PATHS)

    def authenticate(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(key.strip().encode(), self.api_key.encode()):
            raise Refusal(401, detail="The API key is missing or unknown.")

    def reset(self) -> None:
        """Start over: no records, no script, the first key, and the autopilot as it was at the start."""
        self.state.reset()
        self.sender.forget_plans()
        self.faults.clear()
        self.triggers.reset()
        self.hosted.world.script.reset()
        self.messaging.begin()
        self.rcs.begin()
        self.messages.reset()
        self.autopilot.reset()
        self.api_key = self.first_key


class Quota:
    """Counts the requests of the current minute. It is shown in headers and never enforced."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.minute, self.used = 0, 0

    def headers(self) -> dict[str, str]:
        minute, second = divmod(int(time.time()), 60)
        with self.lock:
            self.used = self.used + 1 if minute == self.minute else 1
            self.minute = minute
            left = max(REQUESTS_PER_MINUTE - self.used, 1)
        return {
            "x-ratelimit-limit": str(REQUESTS_PER_MINUTE),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(60 - second),
        }


def logged_request(request: Request, now: str) -> Record:
    """Return the log entry of a request, without the API key.

    A long body is kept only as its size and hash. The contents of uploaded files are not shown.
    """
    hidden = {"authorization": "redacted"} if "authorization" in request.headers else {}
    return {
        "id": str(uuid.uuid4()),
        "received_at": now,
        "answered_at": None,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers | hidden,
        "body": readable(request),
        "body_base64": base64.b64encode(request.body).decode() if is_kept(request) else "",
        "body_size": len(request.body),
        "body_sha256": hashlib.sha256(request.body).hexdigest(),
        "answered_status": None,
        "answer": "",
        "sending": None,
        "fault": None,
    }


def is_kept(request: Request) -> bool:
    return len(request.body) <= LONGEST_BODY_KEPT


def readable(request: Request) -> str:
    if request.headers.get("content-type", "").startswith("multipart/") or not is_kept(request):
        return f"({len(request.body)} bytes)"
    return request.body.decode("utf-8", "replace")


def from_elsewhere(request: Request) -> bool:
    """Return True if a browser sent this on behalf of another site."""
    origin = request.headers.get("origin")
    return (
        request.method != "GET"
        and origin is not None
        and origin.partition("://")[2] != request.headers.get("host")
    )
