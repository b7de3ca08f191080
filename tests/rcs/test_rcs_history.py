"""The history of an RCS agent names who invited which test device, and who made links."""

from html import unescape
from uuid import uuid4

from messaging.mirror.models import OutboxEntry
from rcs.models import Deeplink
from tests.rcs.conftest import url


def history(browser, agent, action="change"):
    return unescape(browser.get(url(agent, action)).content.decode())


def test_an_invitation_is_told_with_who_and_what_came_of_it(desk, viewer, agent, work):
    desk.post(url(agent, "invite"), {"phone_number": "(312) 555-0100"})
    work(OutboxEntry.objects.get(operation="invite"))

    for page in (history(desk, agent), history(desk, agent, "history")):
        told = page.split("<b>+1 312 555 0100 · Invitation: requested</b>")[1].split("</li>")[0]
        assert "operator" in told
        assert "Invitation: received by Telnyx" in page
    for page in (history(viewer, agent), history(viewer, agent, "history")):
        assert "Invitation: requested" in page
        assert "555 0100" not in page


def test_a_link_is_told_with_who_asked_for_it(desk, agent):
    form = {"phone_number": "+13125550100", "body": "Hello", "draft_id": str(uuid4())}
    desk.post(url(agent, "links"), form)

    told = history(desk, agent).split("<b>Link requested</b>")[1].split("</li>")[0]

    assert "operator" in told


def test_a_long_history_goes_on_on_its_own_page(desk, agent, operator):
    for n in range(60):
        Deeplink.objects.create(agent=agent, created_by=operator, body=str(n))

    assert history(desk, agent).count("<b>Link requested</b>") < 60
    assert ">Older entries</a>" in history(desk, agent)
    assert history(desk, agent, "history").count("<b>Link requested</b>") == 60
