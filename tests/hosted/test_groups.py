"""Who may do what with hosted orders: the groups as the migration leaves them."""

import pytest
from django.contrib.auth.models import Group, User

from tests.groups import restore_groups

READING = {
    "hosted.view_hostedorder",
    "hosted.view_ordernumber",
    "hosted.view_hostednumber",
    "messaging.view_messagingprofile",
}
OF_ORDERS = ("hosted.", "messaging.view_messagingprofile")
METADATA = {"hosted.view_document"}
LOOKS = {"hosted.view_documentlook"}
DRAFTING = {
    "hosted.add_hostedorder",
    "hosted.change_hostedorder",
    "hosted.delete_hostedorder",
    "hosted.add_ordernumber",
    "hosted.change_ordernumber",
    "hosted.delete_ordernumber",
}
SUBMITTING = {"hosted.submit_hostedorder", "hosted.cancel_hostedorder", "hosted.change_hostednumber"}

MAY = {
    "operator": READING | METADATA | DRAFTING | SUBMITTING | {"hosted.upload_document"},
    "compliance": READING
    | METADATA
    | LOOKS
    | {"hosted.cancel_hostedorder", "hosted.override_eligibility", "hosted.download_document"},
    "approver": READING | METADATA | {"hosted.override_eligibility"},
    "support": READING,
    "auditor": READING | METADATA | LOOKS,
}


@pytest.fixture
def groups(db) -> None:
    restore_groups()


@pytest.mark.parametrize("name", MAY)
def test_b16_a_group_may_exactly_this_with_hosted_orders(groups, name):
    person = User.objects.create(username=name)
    person.groups.add(Group.objects.get(name=name))

    held = {name for name in person.get_all_permissions() if name.startswith(OF_ORDERS)}

    assert held == MAY[name]


def test_nobody_both_uploads_documents_and_reads_those_of_others():
    both = {"hosted.upload_document", "hosted.download_document"}

    assert not any(both <= held for held in MAY.values())
