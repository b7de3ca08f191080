"""Links to an agent: created once, encoded once, shown as a link, as text and as a QR code."""

from django.utils import timezone

from rcs.agents import qr
from rcs.models import Deeplink
from tests.rcs.conftest import fields, text, url


def make(desk, agent, **typed):
    form = fields(desk, url(agent, "links")) | typed
    desk.post(url(agent, "links"), form)
    return form


def test_a_link_is_encoded_once_and_shown_with_its_qr_code(desk, agent, sandbox, chore):
    make(desk, agent, phone_number="(312) 555-0100", body="hello & 10% off+")
    chore()

    [asked] = sandbox.requests("GET", "deeplinks")
    shown = text(desk.get(url(agent, "links")))

    assert dict(asked["query"]) == {"phone_number": "+13125550100", "body": "hello & 10% off+"}
    link = "sms:+13125550100?service_id=larkspur_dental_agent%40rbm.goog&body=hello%20%26%2010%25%20off%2B"
    assert Deeplink.objects.get().url == link
    assert f'href="{link.replace("&", "&amp;")}"' in shown
    assert f'data-copy="{link.replace("&", "&amp;")}"' in shown
    assert qr.draw(link).path in shown


def test_a_second_click_is_the_same_link(desk, agent):
    form = make(desk, agent)
    desk.post(url(agent, "links"), form)

    assert Deeplink.objects.count() == 1


def test_a_link_that_telnyx_refuses_says_so(desk, agent, sandbox, chore):
    sandbox.fault("status", status=400, path="deeplinks", json={"errors": [{"code": "10015", "title": "No"}]})
    make(desk, agent)
    chore()

    assert "No link" in text(desk.get(url(agent, "links")))
    assert Deeplink.objects.get().due_at is None


def test_a_link_without_an_answer_is_asked_for_again(desk, agent, sandbox, chore):
    sandbox.fault("reset", path="deeplinks", count=3)
    make(desk, agent)
    chore()
    assert "We ask again every minute" in text(desk.get(url(agent, "links")))

    sandbox.clear_faults()
    Deeplink.objects.update(due_at=timezone.now())  # a minute later
    chore()

    assert Deeplink.objects.get().url.startswith("sms:?service_id=")


def test_another_scheme_is_never_made_a_link(desk, agent):
    Deeplink.objects.create(agent=agent, url="javascript:alert(1)")

    shown = text(desk.get(url(agent, "links")))

    assert 'href="javascript' not in shown
    assert "rcs-qr" not in shown
