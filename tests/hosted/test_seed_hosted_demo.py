"""The demo's hosted orders on the first start: every state, reached the way people reach it."""

import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from config.local.places import ROOT
from hosted.models import HostedOrder
from tests.stack import Stack


def seed(stack: Stack) -> str:
    command = [sys.executable, "manage.py", "seed_hosted_demo"]
    return subprocess.run(
        command, cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.system
def test_the_demo_is_filled_with_orders_through_the_real_paths(stack):
    stack.start(TELNYX_WRITES_PER_SECOND="200", TELNYX_POLL_SECONDS="1")

    seed(stack)

    orders = stack.sql("SELECT remote_status, transfer_state, remote_id IS NULL FROM hosted_hostedorder")
    assert sorted(status for status, _transfer, is_draft in orders if not is_draft) == [
        "deleted",
        "loa_file_invalid",
        "pending",
        "pending",
        "pending",
        "successful",
        "successful",
    ]
    assert [transfer for _status, transfer, _is_draft in orders if transfer] == ["requested"]
    assert {word for (word,) in stack.sql("SELECT eligibility FROM hosted_ordernumber")} >= {
        "ELIGIBLE",
        "NUMBER_CAN_NOT_BE_WIRELESS",
    }
    assert stack.sql("SELECT kind, version FROM hosted_document WHERE refused_at IS NOT NULL") == [("loa", 1)]
    assert sorted(stack.sql("SELECT status, count(*) FROM hosted_ordernumber WHERE live GROUP BY 1")) == [
        ("ownership_successful", 3),
        ("pending", 3),
        ("successful", 4),
    ]
    entries = {state for (state,) in stack.sql("SELECT state FROM mirror_outboxentry")}
    assert entries == {"accepted"}
    assert stack.sql("SELECT count(*) FROM mirror_webhookevent")[0][0] > 20
    assert "nothing is added" in seed(stack)


def test_a_desk_that_talks_to_telnyx_gets_no_orders(db, settings):
    settings.TELNYX_BASE_URL = "https://api.telnyx.com/v2"

    with pytest.raises(CommandError):
        call_command("seed_hosted_demo")

    assert not HostedOrder.objects.exists()
