"""Profiles, senders, auto-responses and opt-outs in a real browser: on a phone, in light and dark, accessible."""

from typing import Any

import pytest

from messaging.models import AlphanumericSender, AutoResponse
from tests.accessibility import PHONE, faults_in_light_and_dark
from tests.messaging.profiles.conftest import PROFILES, SENDERS, url
from tests.sandbox.hosted_control import PROFILE_ID

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AUTO, OPT_OUTS = "/admin/messaging/autoresponse/", "/admin/messaging/optout/"


@pytest.fixture
def records(profile) -> list[Any]:
    profile.refresh_from_db()
    telnyx = {"sync_state": "accepted", "messaging_profile_id": PROFILE_ID}
    sender = AlphanumericSender.objects.create(
        remote_id="3fa85f64-0000-4562-b3fc-2c963f66afa6", alphanumeric_sender_id="Larkspur", **telnyx
    )
    reply = AutoResponse.objects.create(
        profile=profile,
        op="stop",
        country_code="US",
        keywords=["STOP", "PARAR", "X" * 20],
        resp_text="Larkspur Dental: you will get no more texts from us. " * 3,
    )
    return [profile, sender, reply]


@pytest.mark.promise("F99", "F100")
def test_no_page_of_profiles_has_accessibility_faults_or_overflows_a_phone(
    page, live_server, open_desk, records, chore
):
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    open_desk("admin")
    page.set_viewport_size(PHONE)
    profile, sender, reply = records
    asked = [f"{PROFILES}figures/", url(profile, "figures"), url(profile)]
    for path in asked:  # the worker fetches what these show once someone opens them
        page.goto(live_server.url + path)
    chore()

    paths = [*asked, PROFILES, f"{PROFILES}add/", SENDERS, f"{SENDERS}add/", AUTO, f"{AUTO}add/"]
    paths += [
        f"{AUTO}simulator/",
        OPT_OUTS,
        url(sender),
        url(sender, "remove"),
        url(reply),
        url(reply, "edit"),
    ]
    paths += [url(profile, action) for action in ("edit", "remove", "secret")]
    for path in paths:
        answer = page.goto(live_server.url + path)
        assert answer.status == 200, path
        page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        assert faults_in_light_and_dark(page) == [], path

    page.goto(live_server.url + url(profile, "figures"))
    assert page.locator(".pf-curve").count() > 0
    assert complaints == []
