"""The demo data on the first start: every state, reached the way people reach it."""

import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from config.local.places import ROOT
from tests.stack import Stack
from tollfree.models import VerificationRequest


def seed(stack: Stack) -> str:
    command = [sys.executable, "manage.py", "seed_demo"]
    return subprocess.run(
        command, cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.system
def test_the_demo_is_filled_through_the_real_paths(stack):
    stack.start(TELNYX_WRITES_PER_SECOND="200", TELNYX_POLL_SECONDS="1")

    seed(stack)

    rows = dict(stack.sql("SELECT doing_business_as, remote_status FROM tollfree_verificationrequest"))
    assert set(rows.values()) >= {"Verified", "Waiting For Vendor", "Waiting For Customer", "Rejected", ""}
    states = {s for (s,) in stack.sql("SELECT sync_state FROM tollfree_verificationrequest")}
    assert states >= {"accepted", "refused", "draft"}
    events = stack.sql("SELECT count(*) FROM mirror_webhookevent")[0][0]
    assert events >= len(stack.sandbox.deliveries()) > 0
    assert "nothing is added" in seed(stack)
    assert stack.sql("SELECT count(*) FROM tollfree_verificationrequest") == [(8,)]


def test_a_desk_that_talks_to_telnyx_is_not_filled(db, settings):
    settings.TELNYX_BASE_URL = "https://api.telnyx.com/v2"

    with pytest.raises(CommandError):
        call_command("seed_demo")

    assert not VerificationRequest.objects.exists()
