"""Who can do what with RCS: the groups as the migration leaves them, and every page closed to all others."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client as Browser

from messaging.mirror.models import OutboxEntry
from rcs.models import CapabilityCheck, Deeplink, TestInvite
from tests.rcs.conftest import AGENTS, HANDSETS, url

LOOKING = {
    "rcs.view_rcsagent",
    "rcs.view_capability",
    "rcs.view_capabilitycheck",
    "rcs.view_testinvite",
    "rcs.view_rcstemplate",
    "rcs.view_rcsbrand",
    "rcs.view_rcsagentregistration",
}
KEEPING = {"rcs.add_rcstemplate", "rcs.change_rcstemplate", "rcs.delete_rcstemplate"}
REGISTERING = {
    f"rcs.{act}_{kind}"
    for act in ("add", "change", "submit")
    for kind in ("rcsbrand", "rcsagentregistration")
}
DOING = {"rcs.change_rcsagent", "rcs.add_capabilitycheck", "rcs.add_testinvite", "rcs.add_deeplink"}
SENT, TESTING = {"rcs.view_rcsmessage"}, {"rcs.view_rcsmessage", "rcs.send_test_rcsmessage"}
MAY = {
    "operator": LOOKING | DOING | REGISTERING | TESTING | KEEPING | {"rcs.send_rcsmessage"},
    "compliance": LOOKING | TESTING,
    "approver": LOOKING | SENT,
    "support": LOOKING | TESTING,
    "auditor": LOOKING,
}


@pytest.mark.parametrize("name", MAY)
@pytest.mark.promise("X86")
def test_a_group_has_exactly_these_permissions_for_rcs(db, name):
    someone = User.objects.create(username=name)
    someone.groups.add(Group.objects.get(name=name))

    held = {name for name in someone.get_all_permissions() if name.startswith("rcs.")}

    assert held == MAY[name]


@pytest.mark.promise("X86")
def test_people_who_only_view_change_nothing(viewer, agent):
    number = {"phone_number": "+13125550100", "draft_id": str(uuid4())}
    handset = TestInvite.objects.create(agent=agent, phone_number="+13125550102")
    doors = [
        viewer.get(url(agent, "edit")),
        viewer.post(url(agent, "edit"), {"webhook_url": ""}),
        viewer.post(url(agent, "fix-webhook"), {"form_token": "x"}),
        viewer.post(url(agent, "invite"), number),
        viewer.post(url(agent, f"invite/{handset.pk}")),
        viewer.post(url(agent, "links"), number),
        viewer.post(url(agent), {}),
        viewer.get(f"{HANDSETS}check/"),
        viewer.post(f"{HANDSETS}check/", {"agent": str(agent.pk), "numbers": "+13125550100"}),
        viewer.post(f"{AGENTS}add/"),
        viewer.post(f"{AGENTS}{agent.pk}/delete/"),
    ]

    assert {answer.status_code for answer in doors} == {403}
    assert [viewer.get(path).status_code for path in (AGENTS, HANDSETS, url(agent), url(agent, "links"))] == [
        200
    ] * 4
    assert "Change settings" not in viewer.get(url(agent)).content.decode()
    models = (OutboxEntry, CapabilityCheck, Deeplink)
    assert not any(model.objects.exists() for model in models)


@pytest.mark.promise("X86")
def test_people_who_may_not_view_see_nothing(transactional_db, agent):
    stranger = Browser()
    stranger.force_login(User.objects.create_user("stranger", is_staff=True))

    paths = [
        AGENTS,
        HANDSETS,
        *(url(agent, action) for action in ("change", "progress", "links", "made-links")),
    ]

    assert {stranger.get(path).status_code for path in paths} == {403}
    assert stranger.post(url(agent, "ask")).status_code == 403


@pytest.mark.promise("X84")
def test_actions_need_a_post_and_the_token_of_the_page(desk, operator, agent):
    careful = Browser(enforce_csrf_checks=True)
    careful.force_login(operator)

    for action in ("ask", "fix-webhook", "invite"):
        assert desk.get(url(agent, action)).status_code == 405
        assert (
            careful.post(url(agent, action), {"form_token": "x", "phone_number": "+13125550100"}).status_code
            == 403
        )
