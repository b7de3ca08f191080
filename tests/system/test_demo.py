"""The demo on the first start: every entry of the menu has something to show, made the way people make it."""

import subprocess
import sys

import pytest
from django.apps import apps

from config.admin import NAVIGATION
from config.local.places import ROOT
from tests.stack import Stack, wait_until

MODELS = [
    apps.get_model(name) for _title, entries in NAVIGATION for _words, _icon, name in entries if "." in name
]
STATES = {
    "messaging_export": "ready",
    "messaging_evidence": "ready",
    "mirror_import": "done",
}


def seed(stack: Stack) -> None:
    command = [sys.executable, "-m", "config.local.seed"]
    subprocess.run(command, cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=True)


def counts(stack: Stack) -> dict[str, int]:
    tables = [model._meta.db_table for model in MODELS]
    return {table: stack.sql(f"SELECT count(*) FROM {table}")[0][0] for table in tables}  # noqa: S608


def states(stack: Stack) -> dict[str, set[str]]:
    return {table: {s for (s,) in stack.sql(f"SELECT state FROM {table}")} for table in STATES}  # noqa: S608


@pytest.mark.system
def test_every_list_of_the_menu_shows_something_and_a_second_start_adds_nothing(stack):
    stack.start(TELNYX_WRITES_PER_SECOND="200", TELNYX_POLL_SECONDS="1")

    seed(stack)

    assert [table for table, rows in counts(stack).items() if not rows] == []
    admin = stack.login("admin")
    for model in MODELS:
        answer = admin.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/")
        assert answer.status_code == 200, model
    wait_until(
        lambda: states(stack) == {table: {state} for table, state in STATES.items()},
        30,
        "what was asked for is made",
    )
    wait_until(lambda: "Help (info)" in admin.get("/admin/desk/differences/").text, 30, "a difference")
    kinds = stack.sql("SELECT DISTINCT kind FROM messaging_composedmessage WHERE sync_state = 'accepted'")
    assert {"message", "group_mms", "alphanumeric_sender_id", "whatsapp"} <= {kind for (kind,) in kinds}
    assert stack.sql("SELECT count(*) FROM mirror_incident WHERE ended_at IS NULL") == [(0,)]
    assert stack.sql("SELECT count(*) FROM messaging_consent")[0][0] >= 5
    assert {name for (name,) in stack.sql("SELECT DISTINCT kind FROM messaging_notice")} >= {"mention"}

    once = stack.sql("SELECT count(*), max(created_at) FROM mirror_outboxentry")
    seed(stack)
    assert stack.sql("SELECT count(*), max(created_at) FROM mirror_outboxentry") == once
