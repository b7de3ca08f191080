"""Who can do what: the groups as the migration leaves them."""

import pytest
from django.contrib.auth.models import Group, User

# How the machinery does: webhook events, and when parts of the desk failed.
EVENTS = {"mirror.view_webhookevent", "mirror.view_incident"}
READING = {
    "tollfree.view_verificationrequest",
    "tollfree.view_rejectionreason",
    "tollfree.view_businessprofile",
    "mirror.view_outboxentry",
    "mirror.view_attempt",
    "mirror.view_statuschange",
    *EVENTS,
}
DRAFTING = {"tollfree.add_verificationrequest", "tollfree.change_verificationrequest"}
RECOVERING = {"mirror.recover_webhookevent", "mirror.read_webhookevent"}
PURGES = {"mirror.view_purge"}
DECIDING = {"mirror.retry_outboxentry", "mirror.resolve_outboxentry"}
VIEWS = {"mirror.view_recordview"}
REMOVING = {"tollfree.delete_verificationrequest", "tollfree.delete_remote_verificationrequest"}
EXPLAINING = {f"tollfree.{act}_rejectionreason" for act in ("add", "change", "delete")}
SEEING_IMPORTS = {"mirror.view_import"}
IMPORTING = {"mirror.import_from_telnyx", *SEEING_IMPORTS}
KEEPING = {"tollfree.add_businessprofile", "tollfree.change_businessprofile"}
SUBMITTING = {"tollfree.submit_verificationrequest"}

AUDIT = {"mirror.view_auditentry", "mirror.export_auditentry"}
MAY = {
    "compliance": READING
    | PURGES
    | RECOVERING
    | DRAFTING
    | DECIDING
    | REMOVING
    | SUBMITTING
    | EXPLAINING
    | VIEWS
    | KEEPING
    | IMPORTING
    | {"tollfree.delete_businessprofile"}
    | {"mirror.reveal_outboxentry"},
    "approver": READING
    | DECIDING
    | SUBMITTING
    | KEEPING
    | {"tollfree.resubmit_verified", "tollfree.approve_verificationrequest"},
    "operator": READING | DRAFTING | DECIDING | IMPORTING,
    "support": READING - EVENTS,
    "auditor": READING | PURGES | VIEWS | SEEING_IMPORTS | AUDIT | {"mirror.view_apicall"},
}


@pytest.mark.parametrize("name", MAY)
@pytest.mark.promise("X86")
def test_a_group_has_exactly_these_permissions(db, name):
    person = User.objects.create(username=name)
    person.groups.add(Group.objects.get(name=name))

    held = {name for name in person.get_all_permissions() if name.startswith(("tollfree.", "mirror."))}
    assert held == MAY[name]
