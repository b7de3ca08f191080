"""Numbers of the account put on a profile: looked at first, sent once, with a result for each."""

import json
from uuid import uuid4

import pytest
from django.utils import timezone

from hosted.models import HostedNumber
from messaging.mirror.models import OutboxEntry
from messaging.models import MessagingProfile, NumberAssignment
from tests.messaging.profiles.conftest import browser_of, fields, newest, person, text, url
from tests.sandbox.hosted_control import PROFILE_ID
from tests.sandbox.numbers import PROFILES

State = OutboxEntry.State
FREE, THEIRS, NOT_OURS, HERE = "+12065550164", "+14155550163", "+13125559999", "+13125550160"
HOSTED = "+13125550177"
REFRESHING = 'id="assigned" class="desk-stack" data-desk-refresh="2"'


@pytest.fixture
def read(desk, profile, chore):
    """Have the lists of all profiles read."""
    desk.get(url(profile, "assign"))
    chore()


def look(desk, profile, *numbers):
    return desk.post(url(profile, "assign"), {"numbers": "\n".join(numbers)})


def send(desk, profile, shown, **more):
    posted = {name: shown.context[name] for name in ("numbers", "seen", "form_token")}
    return desk.post(url(profile, "assign"), posted | {"_send": "1"} | more)


def posts(sandbox):
    return sandbox.requests("POST", "messaging_numbers_bulk_updates")


def test_numbers_are_looked_at_sent_once_and_each_has_its_result(desk, profile, read, sandbox, work, chore):
    HostedNumber.objects.create(remote_id=str(uuid4()), phone_number=HOSTED, sync_state="accepted")

    shown = look(desk, profile, "(206) 555-0164", NOT_OURS, THEIRS, HERE, HOSTED)
    assert [(row.number, str(row.now)) for row in shown.context["moving"]] == [
        (FREE, "On no profile that we know of"),
        (NOT_OURS, "On no profile that we know of"),
        (THEIRS, "Customer care"),
    ]
    left_out = {row.number: str(row.left_out) for row in shown.context["left_out"]}
    assert left_out == {
        HERE: "It is already on this profile.",
        HOSTED: "It is a hosted number: change its profile under “Hosted numbers”.",
    }
    form = f'href="/admin/hosted/hostednumber/many/?ids={HostedNumber.objects.get().pk.hex}"'
    may_both = person("both", "view_messagingprofile", "change_messagingprofile", "change_hostednumber")
    assert form in look(browser_of(may_both), profile, HOSTED).content.decode()
    assert form not in shown.content.decode()
    assert not OutboxEntry.objects.exists()

    page = send(desk, profile, shown)
    assert send(desk, profile, shown).status_code == 302
    entry = work(newest("assign_numbers"))

    [sent] = posts(sandbox)
    assert json.loads(sent["body"]) == {
        "messaging_profile_id": PROFILE_ID,
        "numbers": [FREE, NOT_OURS, THEIRS],
        "assign_only": True,
    }
    made = NumberAssignment.objects.get()
    assert (entry.state, made.numbers[THEIRS]) == (State.ACCEPTED, PROFILES[2])
    assert made.results == {FREE: "success", NOT_OURS: "failed", THEIRS: "pending"}
    first = text(desk.get(page.url))
    assert "Telnyx is still working on it" in first
    assert REFRESHING in first
    chore()
    last = text(desk.get(page.url))
    made.refresh_from_db()
    assert made.results == {FREE: "success", NOT_OURS: "failed", THEIRS: "success"}
    assert "Telnyx could not do it" in last
    assert REFRESHING not in last
    chore()
    of_profile = text(desk.get(url(profile)))
    assert "+1 206 555 0164" in of_profile
    assert "3 numbers assigned from here" in of_profile


def test_a_look_that_is_out_of_date_sends_nothing(desk, profile, read, sandbox):
    shown = look(desk, profile, FREE)
    HostedNumber.objects.create(remote_id=str(uuid4()), phone_number=FREE, sync_state="accepted")

    again = send(desk, profile, shown)

    assert "something has changed since you looked." in text(again)
    assert not again.context["moving"]
    HostedNumber.objects.update(gone_at=timezone.now())
    profile.gone(timezone.now())
    assert desk.post(url(profile, "assign"), {"numbers": FREE}).status_code == 302
    assert not OutboxEntry.objects.exists()


def test_a_second_request_waits_for_the_first_and_its_numbers_are_left_out_elsewhere(desk, profile, read):
    other = MessagingProfile.objects.get(name="Appointment reminders")
    early = look(desk, profile, THEIRS)
    send(desk, profile, look(desk, profile, FREE))

    refused = send(desk, profile, early)
    assert refused.url == url(profile)
    assert "Wait until that is done." in text(desk.get(refused.url))
    elsewhere = look(desk, other, FREE)
    assert [str(row.left_out) for row in elsewhere.context["left_out"]] == [
        "Another request about it is on its way."
    ]
    assert OutboxEntry.objects.count() == 1


def test_what_was_just_sent_can_be_taken_back(desk, profile, read, sandbox, settings):
    settings.UNDO_SECONDS = 20
    page = send(desk, profile, look(desk, profile, FREE))
    entry = newest("assign_numbers")

    assert "Undo" in text(desk.get(page.url))
    desk.post(f"/admin/mirror/outboxentry/{entry.pk}/undo/")

    entry.refresh_from_db()
    assert entry.was_taken_back()
    assert "Canceled" in text(desk.get(page.url))
    assert not posts(sandbox)


def test_a_refusal_says_why_and_changes_nothing(desk, profile, read, sandbox, work):
    wrong = {"code": "10015", "title": "Bad Request", "detail": "Not this profile."}
    sandbox.fault("status", status=400, method="POST", json={"errors": [wrong]})
    page = send(desk, profile, look(desk, profile, FREE))

    entry = work(newest("assign_numbers"))

    assert entry.state == State.REFUSED
    assert "Not this profile." in text(desk.get(page.url))
    assert NumberAssignment.objects.get().results == {}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "This field is required."),
        ("555-0164", "Line 1, “555-0164”:"),
        ("\n".join(f"+1206555{n:04}" for n in range(501)), "At most 500 numbers"),
    ],
)
def test_what_cannot_be_read_is_said_and_kept(desk, profile, typed, words):
    shown = text(desk.post(url(profile, "assign"), {"numbers": typed}))

    assert words in shown
    assert fields(desk, url(profile, "assign"))["numbers"] == ""
    assert not OutboxEntry.objects.exists()


def test_a_viewer_can_neither_look_nor_send(viewer, desk, profile):
    assert viewer.get(url(profile, "assign")).status_code == 403
    assert viewer.post(url(profile, "assign"), {"numbers": FREE, "_send": "1"}).status_code == 403
    assert "Assign numbers" not in text(viewer.get(url(profile)))
    assert "Assign numbers" in text(desk.get(url(profile)))
