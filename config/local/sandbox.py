"""The stand-in for Telnyx as ./run keeps it: the same records and keys at every start."""

import json
import secrets
import time
import urllib.error
import urllib.request
from contextlib import suppress

from . import environment, private
from .child import Child
from .places import VAR, CannotStart
from .servers import free_port, obstacle

FILES = VAR / "sandbox"
START_SECONDS = 20.0
ANSWER_SECONDS = 3.0
# Messages from other users of the account, so that the demo's message log has some life in it.
EVENTS_PER_SECOND = 0.2

# Straight to loopback, whatever proxy the machine uses.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Sandbox(Child):
    """Listens one port above the product, or on any free port."""

    def __init__(self, variables: dict[str, str], port: int, *, autopilot: int | None, echo: bool) -> None:
        private.folder(FILES)
        own_port = free_port() if obstacle(port + 1) else port + 1
        self.url = f"http://127.0.0.1:{own_port}"
        options = {
            "--port": own_port,
            "--webhooks": f"http://127.0.0.1:{port}/webhooks/telnyx/",
            "--signing-key-file": FILES / "signing-keys",
            "--state-file": FILES / "state.json",
            "--api-key": api_key(),
        }
        self.has_traffic = bool(autopilot)
        if autopilot:
            options |= {"--autopilot": autopilot, "--traffic": EVENTS_PER_SECOND}
        arguments = ["tests.sandbox", *[str(part) for option in options.items() for part in option]]
        super().__init__("sandbox", arguments, variables, private.fresh_log("sandbox"), echo=echo)

    def variables(self) -> dict[str, str]:
        """Wait until it answers, then return the variables that make the product take it for Telnyx."""
        deadline = time.monotonic() + START_SECONDS
        status, body = 0, b""
        while status != 200:
            self.look_after()
            if self.keeps_failing() or time.monotonic() > deadline:
                raise CannotStart(f"The sandbox does not start; see the end of {self.log}.")
            time.sleep(0.02)
            status, body = get(f"{self.url}/_sandbox/public_key")
        return {
            "TELNYX_BASE_URL": f"{self.url}/v2",
            "TELNYX_API_KEY": api_key(),
            "TELNYX_PUBLIC_KEYS": ",".join(json.loads(body)["public_keys"]),
        }

    def hold_traffic(self) -> None:
        """Let nobody send anything yet: nobody is there to take the webhooks."""
        self.press("DELETE")

    def let_traffic_flow(self) -> None:
        self.press("POST", {"per_second": EVENTS_PER_SECOND})

    def press(self, method: str, plan: dict[str, float] | None = None) -> None:
        if self.has_traffic:
            body = json.dumps(plan or {}).encode()
            request = urllib.request.Request(  # noqa: S310 - loopback
                f"{self.url}/_sandbox/traffic", body, {"Content-Type": "application/json"}, method=method
            )
            # A sandbox that just died comes back with its traffic.
            with suppress(OSError), opener.open(request, timeout=ANSWER_SECONDS):
                pass


def api_key() -> str:
    return environment.kept("sandbox-api-key", f"KEY{secrets.token_hex(24)}")


def get(url: str) -> tuple[int, bytes]:
    """Return status and body, or 0 and nothing if there is no answer."""
    try:
        with opener.open(url, timeout=ANSWER_SECONDS) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()
    except (OSError, ValueError):
        return 0, b""
