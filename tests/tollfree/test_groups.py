"""Who may do what: the groups as the migration leaves them."""

import importlib

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connection

EVENTS = {"mirror.view_webhookevent"}
READING = {
    "tollfree.view_verificationrequest",
    "mirror.view_outboxentry",
    "mirror.view_attempt",
    "mirror.view_statuschange",
    *EVENTS,
}
DRAFTING = {"tollfree.add_verificationrequest", "tollfree.change_verificationrequest"}
DECIDING = {"mirror.retry_outboxentry", "mirror.resolve_outboxentry"}
REMOVING = {"tollfree.delete_verificationrequest", "tollfree.delete_remote_verificationrequest"}
SUBMITTING = {"tollfree.submit_verificationrequest"}

MAY = {
    "compliance": READING | DRAFTING | DECIDING | REMOVING | SUBMITTING,
    "approver": READING | DECIDING | SUBMITTING,
    "operator": READING | DRAFTING,
    "support": READING - EVENTS,
    "auditor": READING,
}


def run_step() -> None:
    """Run the step of the migration, as on a database whose tables another test has emptied."""
    modules = {label: apps.get_app_config(label).models_module for label in ("mirror", "tollfree")}
    with connection.schema_editor() as editor:
        importlib.import_module("tollfree.migrations.0002_groups").create_groups(apps, editor)
    for label, module in modules.items():
        apps.get_app_config(label).models_module = module


@pytest.fixture
def groups(db) -> None:
    run_step()


@pytest.mark.parametrize("name", MAY)
def test_a_group_may_exactly_this(groups, name):
    person = User.objects.create(username=name)
    person.groups.add(Group.objects.get(name=name))

    held = {name for name in person.get_all_permissions() if name.startswith(("tollfree.", "mirror."))}
    assert held == MAY[name]


def test_running_the_step_again_changes_nothing(groups):
    before = set(Group.objects.values_list("name", "permissions__codename"))

    run_step()

    assert set(Group.objects.values_list("name", flat=True)) == set(MAY)
    assert set(Group.objects.values_list("name", "permissions__codename")) == before
