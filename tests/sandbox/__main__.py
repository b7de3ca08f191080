"""python -m tests.sandbox: starts the stand-in for Telnyx and serves until it is stopped."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from .app import App
from .server import Server
from .signing import Keys

DEFAULT_KEY = "KEY-sandbox"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument(
        "--webhooks", metavar="URL", help="where events go if they name no address of their own"
    )
    parser.add_argument("--signing-key-file", type=Path, metavar="PATH", help="created if it does not exist")
    parser.add_argument("--state-file", type=Path, metavar="PATH", help="keeps the records across restarts")
    parser.add_argument("--api-key", default=DEFAULT_KEY, metavar="KEY", help=f"default {DEFAULT_KEY}")
    parser.add_argument("--autopilot", type=float, metavar="SECONDS", help="off unless given")
    parser.add_argument(
        "--pace", type=float, default=1.0, help="stretches the steps of a message; 0 takes them at once"
    )
    parser.add_argument("--traffic", type=float, metavar="N", help="others send, N webhooks a second")
    return parser.parse_args()


def main() -> None:
    chosen = options()
    app = App(
        api_key=chosen.api_key,
        keys=Keys(chosen.signing_key_file),
        webhook_url=chosen.webhooks,
        state_file=chosen.state_file,
        autopilot=chosen.autopilot,
        pace=chosen.pace,
        traffic=chosen.traffic,
    )
    try:
        server = Server((chosen.host, chosen.port), app)
    except OSError as failure:
        sys.exit(f"The sandbox cannot listen on {chosen.host}:{chosen.port}: {failure.strerror}.")
    # shutdown() waits for serve_forever() to return, so it must not run in the thread that serves.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: threading.Thread(target=server.shutdown).start())
    app.begin(server.url)
    print(f"Sandbox {server.url}/", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    app.state.save()


if __name__ == "__main__":
    main()
