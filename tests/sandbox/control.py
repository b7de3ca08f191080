"""Starts the sandbox for a test and presses its buttons; imports nothing that runs in it and nothing from the product.

with Sandbox(webhooks="http://127.0.0.1:8000/webhooks/telnyx/") as telnyx:
    telnyx.fault("store_then_lose", method="POST")
    ...
    assert len(telnyx.records()) == 1
"""

import base64
import ctypes
import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .compliance_control import ComplianceControls
from .hosted_control import HostedControls
from .messages_control import MessageControls
from .profiles_control import ProfileControls
from .rcs_control import RcsControls

REPO = Path(__file__).resolve().parents[2]
API_KEY = "KEY-sandbox"
PR_SET_PDEATHSIG = 1

Record = dict[str, Any]

libc = ctypes.CDLL(None)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class SandboxError(Exception):
    """The sandbox did not start, or refused a control. The message says why."""


def sample_request(**changes: Any) -> Record:
    """Return the body of a verification request that Telnyx accepts. A change to None removes the field."""
    body = {
        "businessName": "Larkspur Dental Group LLC",
        "corporateWebsite": "https://larkspur-dental.example",
        "businessAddr1": "200 Fictional Way",
        "businessCity": "Springfield",
        "businessState": "Illinois",
        "businessZip": "62704",
        "businessContactFirstName": "Robin",
        "businessContactLastName": "Sample",
        "businessContactEmail": "robin@larkspur-dental.example",
        "businessContactPhone": "+12175550142",
        "messageVolume": "10,000",
        "phoneNumbers": [{"phoneNumber": "+18005550123"}],
        "useCase": "Appointments",
        "useCaseSummary": "Reminders of booked dental appointments, sent to patients who asked for them.",
        "productionMessageContent": "Larkspur Dental: see you on Tuesday at 10:00. Reply STOP to opt out.",
        "optInWorkflow": "Patients tick a separate, optional box for text reminders in the booking form.",
        "optInWorkflowImageURLs": [{"url": "https://larkspur-dental.example/opt-in.png"}],
        "optInKeywords": "START, YES",
        "privacyPolicyURL": "https://larkspur-dental.example/privacy",
        "termsAndConditionURL": "https://larkspur-dental.example/terms",
        "additionalInformation": "Each practice has one number for its own patients.",
        "businessRegistrationNumber": "12-3456789",
        "businessRegistrationType": "EIN",
        "businessRegistrationCountry": "US",
        "entityType": "PRIVATE_PROFIT",
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


class Sandbox(HostedControls, ProfileControls, ComplianceControls, MessageControls, RcsControls):
    """One sandbox in a process of its own. It dies with the test run, even if that is killed.

    `stop()` and `start()` take it down and bring it back on the same port. What Telnyx holds survives this only
    with `state_file`.
    """

    def __init__(
        self,
        *,
        webhooks: str | None = None,
        api_key: str = API_KEY,
        autopilot: float | None = None,
        state_file: Path | None = None,
        signing_key_file: Path | None = None,
        port: int = 0,
        pace: float = 1.0,
        traffic: float | None = None,
    ) -> None:
        self.api_key = api_key
        self.port = port
        self.options: dict[str, object] = {
            "--webhooks": webhooks,
            "--api-key": api_key,
            "--autopilot": autopilot,
            "--state-file": state_file,
            "--signing-key-file": signing_key_file,
            "--pace": pace,
            "--traffic": traffic,
        }
        self.process: subprocess.Popen[str] | None = None

    # Start and stop.

    def start(self) -> Self:
        """Start it and return once it listens; raises SandboxError if it does not."""
        command = [sys.executable, "-m", "tests.sandbox", "--port", str(self.port)]
        for name, value in self.options.items():
            if value is not None:
                command += [name, str(value)]
        self.process = subprocess.Popen(
            command, cwd=REPO, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        found = re.fullmatch(r"Sandbox http://[^:]+:(\d+)/\n", line)
        if not found:
            self.stop()
            raise SandboxError(f"the sandbox did not start: {line!r}")
        self.port = int(found[1])
        return self

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout
        self.process.stdout.close()
        self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The console, e.g. http://127.0.0.1:4000."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """The value for TELNYX_BASE_URL."""
        return f"{self.url}/v2"

    # What Telnyx holds.

    def records(self) -> list[Record]:
        """Return the verification requests, oldest first: id, fields, status, reason, history, created_at."""
        return self.call("GET", "/verification_requests")

    def record(self, id: str) -> Record:
        return next(record for record in self.records() if record["id"] == id)

    def seed(self, fields: Record | None = None, **how: Any) -> Record:
        """Store a request as if made in the portal; `how`: status, reason, created_at, taken_over."""
        return self.call("POST", "/verification_requests", {"fields": fields or sample_request(), **how})

    def set_status(
        self,
        id: str,
        status: str,
        reason: str | None = None,
        *,
        webhook: bool = True,
        occurred_at: str | None = None,
        take_over: bool = True,
    ) -> Record:
        """Decide as the reviewer; any status word works. `take_over=False` leaves the record to the autopilot."""
        data = {"status": status, "reason": reason, "webhook": webhook, "take_over": take_over}
        return self.call(
            "POST",
            f"/verification_requests/{id}/status",
            data | ({"occurred_at": occurred_at} if occurred_at else {}),
        )

    def edit(self, id: str, **changes: Any) -> Record:
        """Change wire fields behind our back, as in the portal. No webhook is sent."""
        return self.call("PATCH", f"/verification_requests/{id}", changes)

    def delete(self, id: str) -> None:
        """Delete behind our back, whatever the status."""
        self.call("DELETE", f"/verification_requests/{id}")

    def take_over(self, id: str, taken_over: bool = True) -> Record:
        """Take a record from the autopilot, or give it back."""
        return self.call("POST", f"/verification_requests/{id}/take_over", {"taken_over": taken_over})

    # What it received.

    def requests(self, method: str | None = None, path: str = "") -> list[Record]:
        """Return the API requests received, oldest first; `path` is a regular expression."""
        return [
            entry
            for entry in self.call("GET", "/requests")
            if method in (None, entry["method"]) and re.search(path, entry["path"])
        ]

    def clear_requests(self) -> None:
        self.call("DELETE", "/requests")

    # Faults.

    def fault(self, kind: str, *, count: int | None = 1, **details: Any) -> Record:
        """Script a fault; see README.md. `count=None` holds until clear_faults()."""
        return self.call("POST", "/faults", {"kind": kind, "count": count, **details})

    def faults(self) -> list[Record]:
        """Return the faults that are still waiting for a request."""
        return self.call("GET", "/faults")

    def clear_faults(self) -> None:
        self.call("DELETE", "/faults")

    def set_key(self, api_key: str) -> None:
        """Change the key at Telnyx. The old one is answered with 401 from now on."""
        self.call("POST", "/key", {"api_key": api_key})

    # Webhooks.

    @property
    def public_key(self) -> str:
        """The base64 key that webhooks are signed with."""
        return self.public_keys[0]

    @property
    def public_keys(self) -> list[str]:
        """The current key, and the one that a rotation would bring (`send_webhook(key="next")`)."""
        return self.call("GET", "/public_key")["public_keys"]

    def next_webhook(
        self, action: str, count: int = 1, *, seconds: float = 0, then_release: bool = False
    ) -> None:
        """Spoil the next events: lose, repeat, delay, hold, missign or stale."""
        data = {"action": action, "count": count, "seconds": seconds, "then_release": then_release}
        self.call("POST", "/webhooks/next", data)

    def release_webhooks(self) -> int:
        """Deliver the held events, the last one first; return how many."""
        return self.call("POST", "/webhooks/release", {})["released"]

    def send_webhook(
        self,
        body: bytes | str | Record,
        *,
        url: str | None = None,
        key: str = "current",
        timestamp: int | str | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Record:
        """Post these bytes once (a dict as JSON), signed, and return status, answer, error, milliseconds.

        `key` is current, next or unknown; `timestamp` defaults to now; `headers` replaces headers, None removes one.
        """
        text = json.dumps(body) if isinstance(body, dict) else body
        raw = text.encode() if isinstance(text, str) else text
        data = {
            "body_base64": base64.b64encode(raw).decode(),
            "url": url,
            "key": key,
            "timestamp": timestamp,
            "headers": headers,
        }
        return self.call("POST", "/webhooks/send", data)

    def deliveries(self) -> list[Record]:
        """Return the events sent: event, url, action, attempts, outcome (pending, delivered, failed, lost, held)."""
        return self.call("GET", "/webhook_deliveries")

    def wait_for_deliveries(self, count: int, seconds: float = 10) -> list[Record]:
        """Wait until this many events are delivered, and return them; raises SandboxError."""
        return self.wait(
            lambda: [entry for entry in self.deliveries() if entry["outcome"] == "delivered"], count, seconds
        )

    def wait(self, ask: Callable[[], list[Record]], count: int, seconds: float) -> list[Record]:
        deadline = time.monotonic() + seconds
        while len(found := ask()) < count:
            if time.monotonic() > deadline:
                raise SandboxError(f"{len(found)} of {count} after {seconds} s")
            time.sleep(0.05)
        return found

    # The rest.

    def autopilot(self, seconds: float | None) -> None:
        self.call("POST", "/autopilot", {"seconds": seconds})

    def reset(self) -> None:
        """Forget everything: records, logs, faults, plans. The first key is valid again."""
        self.call("POST", "/reset", {})

    def call(self, method: str, path: str, data: Any = None) -> Any:
        """Press a button; raises SandboxError with the answer if it is refused."""
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(
            f"{self.url}/_sandbox{path}", body, {"Content-Type": "application/json"}, method=method
        )
        try:
            with opener.open(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as refused:
            with refused:
                raise SandboxError(refused.read().decode()) from None


def die_with_parent() -> None:
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
