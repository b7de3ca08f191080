"""Who can do what with hosted orders: the groups as the migration leaves them."""

import pytest
from django.contrib.auth.models import Group, User

READING = {
    "hosted.view_hostedorder",
    "hosted.view_ordernumber",
    "hosted.view_hostednumber",
}
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
SUBMITTING = {"hosted.submit_hostedorder", "hosted.change_hostednumber"}
ENDING = {"hosted.cancel_hostedorder", "hosted.remove_hostednumber"}

MAY = {
    "operator": READING | METADATA | DRAFTING | SUBMITTING | ENDING | {"hosted.upload_document"},
    "compliance": READING
    | METADATA
    | LOOKS
    | ENDING
    | {"hosted.override_eligibility", "hosted.download_document"},
    "approver": READING | METADATA | {"hosted.override_eligibility", "hosted.approve_hostedorder"},
    "support": READING,
    "auditor": READING | METADATA | LOOKS,
}


@pytest.mark.parametrize("name", MAY)
@pytest.mark.promise("B16")
def test_a_group_has_exactly_these_permissions_for_hosted_orders(db, name):
    person = User.objects.create(username=name)
    person.groups.add(Group.objects.get(name=name))

    held = {name for name in person.get_all_permissions() if name.startswith("hosted.")}

    assert held == MAY[name]


def test_nobody_both_uploads_documents_and_reads_those_of_others():
    both = {"hosted.upload_document", "hosted.download_document"}

    assert not any(both <= held for held in MAY.values())
