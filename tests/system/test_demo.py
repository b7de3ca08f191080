"""The demo on the first start: every entry of the menu has something to show, made the way people make it."""

import subprocess
import sys

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from config.admin import NAVIGATION
from config.local.places import ROOT
from config.local.seed import COMMANDS
from hosted.models import HostedOrder
from messaging.models import ComposedMessage
from rcs.models import RcsTemplate
from tests.stack import Stack, wait_until
from tollfree.models import VerificationRequest

MODELS = [
    apps.get_model(name) for _title, entries in NAVIGATION for _words, _icon, name in entries if "." in name
]
# What a worker makes, and how it ends.
MADE = {"messaging_export": "ready", "messaging_evidence": "ready", "mirror_import": "done"}


def seed(stack: Stack) -> None:
    command = [sys.executable, "-m", "config.local.seed"]
    done = subprocess.run(
        command, cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]


def column(stack: Stack, query: str) -> list:
    return [value for (value,) in stack.sql(query)]


def states(stack: Stack) -> dict[str, set[str]]:
    return {table: set(column(stack, f"SELECT state FROM {table}")) for table in MADE}  # noqa: S608


@pytest.mark.system
def test_every_list_of_the_menu_shows_something_and_a_second_start_adds_nothing(stack):
    stack.start(TELNYX_WRITES_PER_SECOND="200", TELNYX_POLL_SECONDS="1")

    seed(stack)

    tables = [model._meta.db_table for model in MODELS]
    rows = {table: column(stack, f"SELECT count(*) FROM {table}")[0] for table in tables}  # noqa: S608
    assert [table for table, count in rows.items() if not count] == []
    admin = stack.login("admin")
    for model in MODELS:
        answer = admin.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/")
        assert answer.status_code == 200, model
    wait_until(
        lambda: states(stack) == {table: {state} for table, state in MADE.items()}, 30, "what was asked for"
    )
    wait_until(lambda: "Help (info)" in admin.get("/admin/desk/differences/").text, 30, "a difference")
    check_messages(stack)
    check_verifications(stack)
    check_orders(stack)

    once = stack.sql("SELECT count(*), max(created_at) FROM mirror_outboxentry")
    seed(stack)
    assert stack.sql("SELECT count(*), max(created_at) FROM mirror_outboxentry") == once


def check_messages(stack: Stack) -> None:
    kinds = column(stack, "SELECT kind FROM messaging_composedmessage WHERE sync_state = 'accepted'")
    assert set(kinds) >= {"message", "group_mms", "alphanumeric_sender_id", "whatsapp"}
    assert column(stack, "SELECT count(*) FROM mirror_incident WHERE ended_at IS NULL") == [0]
    assert set(column(stack, "SELECT source FROM messaging_consent")) == {"reply", "form", "import"}
    assert "mention" in column(stack, "SELECT kind FROM messaging_notice")
    outs = stack.sql("SELECT is_ours, lifted_at IS NULL FROM messaging_optout")
    assert set(outs) == {(True, True), (True, False), (False, True), (False, False)}


def check_verifications(stack: Stack) -> None:
    requests = stack.sql("SELECT remote_status, sync_state FROM tollfree_verificationrequest")
    assert len(requests) == 8
    assert {status for status, _state in requests} >= {
        "Verified",
        "Waiting For Vendor",
        "Waiting For Customer",
        "Rejected",
        "",
    }
    assert {state for _status, state in requests} >= {"accepted", "refused", "draft"}
    events = column(stack, "SELECT count(*) FROM mirror_webhookevent")[0]
    assert events > 20


def check_orders(stack: Stack) -> None:
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
    eligible = set(column(stack, "SELECT eligibility FROM hosted_ordernumber"))
    assert eligible >= {"ELIGIBLE", "NUMBER_CAN_NOT_BE_WIRELESS"}
    assert stack.sql("SELECT kind, version FROM hosted_document WHERE refused_at IS NOT NULL") == [("loa", 1)]
    assert sorted(stack.sql("SELECT status, count(*) FROM hosted_ordernumber WHERE live GROUP BY 1")) == [
        ("ownership_successful", 3),
        ("pending", 3),
        ("successful", 4),
    ]
    of_orders = "SELECT DISTINCT state FROM mirror_outboxentry JOIN django_content_type kind"
    of_orders += " ON kind.id = resource_type_id"
    assert column(stack, f"{of_orders} WHERE kind.app_label = 'hosted'") == ["accepted"]  # noqa: S608


@pytest.mark.parametrize("command", COMMANDS)
def test_a_desk_that_talks_to_telnyx_is_not_filled(db, settings, command):
    settings.TELNYX_BASE_URL = "https://api.telnyx.com/v2"

    with pytest.raises(CommandError):
        call_command(command)

    for model in (VerificationRequest, HostedOrder, ComposedMessage, RcsTemplate):
        assert not model.objects.exists()
