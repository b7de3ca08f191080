"""Save drafts that Telnyx would accept in a stack's database, and print their ids: python -m tests.drafts COUNT"""

import json
import os
import subprocess
import sys

from tests.sandbox.control import REPO, sample_request


def make_drafts(environment: dict[str, str], count: int = 1, **changes: object) -> list[str]:
    """Return the ids of `count` new drafts, each with a number of its own. `changes` uses Telnyx's names."""
    command = [sys.executable, "-m", "tests.drafts", str(count), json.dumps(changes)]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def main(count: int, changes: dict[str, object]) -> None:
    import django  # noqa: PLC0415 - the environment names the settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tollfree.models import VerificationRequest  # noqa: PLC0415

    for n in range(count):
        body = sample_request(phoneNumbers=[{"phoneNumber": f"+1800555{n:04}"}]) | changes
        print(VerificationRequest.objects.create(**VerificationRequest.wire.load(body)).pk)


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
