"""Make one event of every kind in a stack's database, all for the demo login admin: python -m tests.notices.events."""

import os
import subprocess
import sys
from datetime import timedelta
from uuid import uuid4

import django

from tests.sandbox.control import REPO


def make_one_of_each(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "tests.notices.events"]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.contrib.auth.models import User  # noqa: PLC0415 - the environment names the settings
    from django.db.models.functions import Now  # noqa: PLC0415

    from messaging.mirror import breaker, clock  # noqa: PLC0415
    from messaging.mirror.models import Heartbeat, OutboxEntry, WebhookEvent  # noqa: PLC0415
    from messaging.models import Message, NoticeSettings  # noqa: PLC0415
    from messaging.notices import kinds  # noqa: PLC0415
    from messaging.team import approvals, notes  # noqa: PLC0415
    from tests.desk.conftest import make_entry, make_event  # noqa: PLC0415
    from tests.desk.waiting import ago, asked  # noqa: PLC0415

    admin, other = (User.objects.get(username=name) for name in ("admin", "compliance"))
    User.objects.filter(pk=admin.pk).update(email="admin@desk.example")
    now_by_mail = {kind.id: {"desk": True, "email": "now"} for kind in kinds.CHOSEN}
    NoticeSettings.objects.create(user=admin, choices=now_by_mail)

    for name, age in (("new", {"hours": 1}), ("half", {"days": 4}), ("last", {"days": 6.5})):
        asked(name, assigned_to=admin, remote_status_at=ago(**age))
    done = asked("done", "Verified", assigned_to=admin, remote_status_at=ago(hours=1))
    type(done).objects.filter(pk=done.pk).update(created_at=ago(days=30))
    make_entry(OutboxEntry.State.NEEDS_PERSON)
    approvals.ask(asked("question", "In Progress", created_by=other), "update", by=other, what="Asked")
    notes.add(asked("noted", "In Progress"), "@admin", by=other)
    at = ago(minutes=10)
    Message.objects.bulk_create(
        Message(
            remote_id=uuid4(),
            direction="outbound",
            status="delivery_failed",
            our_address="+18005550100",
            their_address="+13125550142",
            happened_at=at,
            status_at=at,
            details_at=at,
        )
        for _ in range(20)
    )
    event = make_event(WebhookEvent.State.DONE)
    WebhookEvent.objects.filter(pk=event.pk).update(last_received_at=Now() - timedelta(hours=30))
    breaker.close("401")
    gone = clock.now() - timedelta(minutes=5)
    Heartbeat.objects.update_or_create(name=Heartbeat.WORKER, defaults={"seen_at": gone})


if __name__ == "__main__":
    main()
