"""Who can do what with profiles and senders: the groups as the migration leaves them."""

import pytest
from django.contrib.auth.models import Group, User

from tests.messaging.profiles.conftest import MANAGE

VIEW = {"messaging.view_messagingprofile", "messaging.view_alphanumericsender"}


@pytest.mark.parametrize("name", ["operator", "compliance", "approver", "support", "auditor"])
@pytest.mark.promise("X86")
def test_operators_manage_profiles_and_senders_and_the_others_only_view(db, name):
    person = User.objects.create(username=name)
    person.groups.add(Group.objects.get(name=name))

    ours = ("messagingprofile", "alphanumericsender")
    held = {name for name in person.get_all_permissions() if name.endswith(ours)}

    assert held == ({f"messaging.{codename}" for codename in MANAGE} if name == "operator" else VIEW)
