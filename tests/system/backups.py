"""What a backup has to hold, put into a stack's database: a text, a sealed request, a file; and the commands."""

import os
import subprocess
import sys
from pathlib import Path

from tests.sandbox.control import REPO

LETTER = b"the letter as it was uploaded"


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as a person at the terminal does."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPO,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def fill(environment: dict[str, str]) -> None:
    """Add a queued text, an order with a letter, and a sealed request that waits."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.backups"],
        cwd=REPO,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def opened(environment: dict[str, str]) -> str:
    """Return what is in the letter, read by the desk."""
    read = (
        "from hosted.models import Document; from hosted.documents import store; "
        "print(store.read(Document.objects.get()).decode())"
    )
    done = manage(environment, "shell", "--no-imports", "-c", read)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def recorder(directory: Path, tools: Path, said: Path) -> Path:
    """Return a folder with PostgreSQL's programs that note how they were called."""
    directory.mkdir()
    for name in ("pg_dump", "pg_restore"):
        script = directory / name
        script.write_text(f'#!/bin/sh\necho "{name} $*" >>{said}\nexec {tools / name} "$@"\n')
        script.chmod(0o755)
    return directory


def main() -> None:
    import django  # noqa: PLC0415 - the environment names the settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    import hashlib  # noqa: PLC0415

    from django.contrib.auth.models import User  # noqa: PLC0415

    from hosted.documents import store  # noqa: PLC0415
    from hosted.models import Document, HostedOrder  # noqa: PLC0415
    from messaging.mirror.outbound import outbox  # noqa: PLC0415
    from messaging.models import ComposedMessage  # noqa: PLC0415
    from tests.sandbox.messages_control import HANDSET, SENDER  # noqa: PLC0415

    message = ComposedMessage.objects.create(
        kind="message", sender=SENDER, recipients=[HANDSET], text="Your order is ready"
    )
    outbox.add(message, message.create_operation(), requested_by=None)
    order = HostedOrder.objects.create(remote_id="2f2b6b0e-2a1c-4f0e-9b7e-0d5f0c1a7e01")
    letter = Document(
        order=order,
        kind="loa",
        display_name="letter.pdf",
        sent_name="letter.pdf",
        size=len(LETTER),
        pages=1,
        sha256=hashlib.sha256(LETTER).hexdigest(),
        uploaded_by=User.objects.get(username="operator"),
    )
    store.add(letter, LETTER)
    outbox.add(order, "validate_codes", requested_by=None, codes={"+13125550103": "123456"})


if __name__ == "__main__":
    main()
