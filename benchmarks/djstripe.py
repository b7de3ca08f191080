"""How many signed webhooks a second are accepted and durable, against dj-stripe out of the box.

    .venv/bin/python -m benchmarks.djstripe [rounds] [events]

dj-stripe gets the easiest event it handles: it writes `payment_method.detached` from the payload, without asking
Stripe. Both run behind the same gunicorn, on the same PostgreSQL, with bodies of the same length; a third of them
are about something new. The first run installs the rival's packages into var/djstripe.
"""

import hashlib
import hmac
import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
from nacl.encoding import Base64Encoder

from benchmarks import ingest
from benchmarks.drain import bodies
from benchmarks.setting import desk
from config.local.places import ROOT, VAR

HOME = VAR / "djstripe"
PACKAGES = ROOT / "benchmarks" / "requirements-djstripe.txt"
ENDPOINT, SECRET = str(uuid.uuid4()), "whsec_only_for_a_benchmark"


def interpreter() -> Path:
    """Return a Python that has the rival's packages."""
    python, stamp = HOME / "bin" / "python", HOME / "installed"
    if not stamp.exists() or stamp.read_text() != PACKAGES.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", HOME], check=True)
        pip = ["python3", "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, "-r", str(PACKAGES)], check=True)
        stamp.write_text(PACKAGES.read_text())
    return python


def event(number: int, length: int) -> bytes:
    """Return a Stripe event; three in a row are about one payment method."""
    method: dict[str, Any] = {
        "id": f"pm_{number // 3:024}",
        "object": "payment_method",
        "billing_details": {
            "address": {"country": "US"},
            "email": "jo@example.com",
            "name": "Jo",
            "phone": None,
        },
        "card": {"brand": "visa", "exp_month": 8, "exp_year": 2030, "last4": "4242", "country": "US"},
        "created": 1767225600,
        "customer": None,
        "livemode": False,
        "metadata": {"filler": ""},
        "type": "card",
    }
    told = {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "api_version": "2020-08-27",
        "created": 1767225600 + number,
        "data": {"object": method},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": f"req_{number}", "idempotency_key": None},
        "type": "payment_method.detached",
    }
    method["metadata"]["filler"] = "x" * max(0, length - len(json.dumps(told)))
    return json.dumps(told).encode()


def requests(count: int, first: int) -> list[bytes]:
    """Return whole signed HTTP requests."""
    found, stamp = [], str(int(time.time())).encode()
    for number, ours in enumerate(bodies(count), first):
        body = event(number, len(ours))
        signature = hmac.new(SECRET.encode(), stamp + b"." + body, hashlib.sha256).hexdigest()
        found.append(
            b"POST /stripe/webhook/%b/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"stripe-signature: t=%b,v1=%b\r\nContent-Length: %d\r\n\r\n%b"
            % (ENDPOINT.encode(), stamp, signature.encode(), len(body), body)
        )
    return found


def main(rounds: int, count: int) -> None:
    python = interpreter()
    public = ingest.KEY.verify_key.encode(Base64Encoder).decode()
    with desk(TELNYX_PUBLIC_KEYS=public, LOG_LEVEL="ERROR", ALLOWED_HOSTS="127.0.0.1"), ExitStack() as stack:
        url = os.environ["DATABASE_URL"]
        with psycopg.connect(url.replace("postgres://", "postgresql://"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE djstripe")
        theirs = {
            "DATABASE_URL": f"{url.rpartition('/')[0]}/djstripe",
            "ENDPOINT": ENDPOINT,
            "ENDPOINT_SECRET": SECRET,
        }
        prepare = [str(python), "-m", "benchmarks.djstripe_site"]
        subprocess.run(prepare, cwd=ROOT, env=os.environ | theirs, check=True)
        ours, _pid = stack.enter_context(ingest.server("config.wsgi"))
        rival, _pid = stack.enter_context(
            ingest.server("benchmarks.djstripe_site", python=str(python), **theirs)
        )
        ratios = []
        for number in range(-1, rounds):  # the first is a warm-up
            # The rival gets fewer, or a round would take minutes; its rate doesn't depend on the count.
            few = max(count // 5, 150)
            sent = {ours: ingest.requests(count), rival: requests(few, (number + 1) * few)}
            rates = {}
            for port in (ours, rival) if number % 2 else (rival, ours):
                seconds, _taken, bad = ingest.send_all(port, sent[port])
                assert not bad, f"{bad} answers were not 200"
                rates[port] = len(sent[port]) / seconds
            if number >= 0:
                ratios.append(rates[ours] / rates[rival])
                print(f"ours {rates[ours]:7.0f}/s   dj-stripe {rates[rival]:7.0f}/s   ratio {ratios[-1]:.1f}")
        print(f"ours / dj-stripe out of the box (goal 10): {statistics.median(ratios):.1f}")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers + [5, 3000][len(numbers) :]))
