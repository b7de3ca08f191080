"""Alphanumeric senders at the desk: created and deleted once, never changed."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.mirror.models import OutboxEntry
from messaging.mirror.records import sync
from messaging.mirror.records.operations import Absent, Found, Unclear
from messaging.models import AlphanumericSender
from messaging.senders.operations import find_created
from tests.messaging.profiles.conftest import SENDERS, fields, newest, taken_back, text, url
from tests.sandbox.hosted_control import PROFILE_ID

State, Resolution = OutboxEntry.State, OutboxEntry.Resolution
ADD = f"{SENDERS}add/"
OTHER = PROFILE_ID[:-1] + "2"
US = "+13125550150"


def create(desk, **changes):
    typed = {
        "alphanumeric_sender_id": "Larkspur",
        "messaging_profile": PROFILE_ID,
        "us_long_code_fallback": "(312) 555-0150",
    }
    form = fields(desk, f"{ADD}?profile={PROFILE_ID}") | typed | changes
    return form, desk.post(ADD, form)


@pytest.fixture
def sender(profile, sandbox, client):
    sandbox.seed_sender("Larkspur", PROFILE_ID, US)
    sync.pull(AlphanumericSender, client)
    return AlphanumericSender.objects.get()


def test_a_sender_is_made_once(desk, profile, sandbox, work):
    form, _answer = create(desk)
    desk.post(ADD, form)

    entry = work(newest("create"))

    made = AlphanumericSender.objects.get()
    [held] = sandbox.senders()
    assert (entry.state, made.remote_id) == (State.ACCEPTED, held["id"])
    assert (held["alphanumeric_sender_id"], held["us_long_code_fallback"]) == ("Larkspur", US)
    assert "Larkspur" in text(desk.get(url(profile)))


def test_a_sender_that_is_too_long_is_refused_whole_and_never_cut(desk, profile, sandbox):
    page = text(desk.get(f"{ADD}?profile={PROFILE_ID}"))
    field = page.split('name="alphanumeric_sender_id"')[1].split(">")[0]
    edit = text(desk.get(url(profile, "edit"))).split('name="alpha_sender"')[1].split(">")[0]

    _form, answer = create(desk, alphanumeric_sender_id="Northwind Shop")

    assert "maxlength" not in field + edit
    assert 'value="Northwind Shop"' in text(answer)
    assert not AlphanumericSender.objects.exists()


def test_a_create_whose_answer_was_lost_is_found_on_its_profile(desk, profile, sandbox, work):
    sandbox.seed_sender("Larkspur", OTHER, US)
    sandbox.fault("store_then_lose", method="POST")
    create(desk)

    entry = work(newest("create"))

    assert (entry.state, entry.resolution) == (State.ACCEPTED, Resolution.ADOPTED)
    assert len(sandbox.senders()) == 2
    assert AlphanumericSender.objects.get(created_by__isnull=False).remote_id == sandbox.senders()[1]["id"]


@pytest.mark.parametrize(
    ("held", "finding"),
    [([], Absent), ([US], Found), ([""], Unclear), ([US, US], Unclear)],
)
def test_only_the_same_sender_is_ours(desk, profile, sandbox, client, held, finding):
    create(desk)
    entry = newest("create")
    sandbox.seed_sender("larkspur", PROFILE_ID, US)
    for fallback in held:
        sandbox.seed_sender("Larkspur", PROFILE_ID, fallback)

    assert isinstance(find_created(entry, entry.resource, client), finding)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"alphanumeric_sender_id": "12345"}, "at least one letter"),
        ({"alphanumeric_sender_id": "Lärkspur"}, "at least one letter"),
        ({"alphanumeric_sender_id": "Larkspur Dental"}, "at most 11 characters"),
        ({"messaging_profile": ""}, "This field is required"),
        ({"us_long_code_fallback": "+44 20 7946 0000"}, "This must be a US number"),
    ],
)
def test_what_telnyx_would_refuse_is_said_beside_the_field(desk, profile, typed, words):
    _form, answer = create(desk, **typed)

    assert words in text(answer)
    assert not OutboxEntry.objects.exists()


def test_a_sender_that_is_there_is_not_made_twice(desk, sender):
    _form, answer = create(desk)

    assert "The profile already has this sender." in text(answer)
    assert not OutboxEntry.objects.exists()


def test_changing_is_deleting_and_making_another_and_the_page_says_so(desk, sender):
    page = text(desk.get(url(sender)))

    assert "Telnyx can't change a sender." in page
    again = fields(desk, f"{ADD}?profile={PROFILE_ID}&alphanumeric_sender_id=Larkspur")
    assert (again["messaging_profile"], again["alphanumeric_sender_id"]) == (PROFILE_ID, "Larkspur")


@pytest.mark.parametrize("lost", [False, True])
def test_a_sender_is_deleted_once_by_its_name(desk, sender, sandbox, work, lost):
    if lost:
        sandbox.fault("store_then_lose", method="DELETE")
    desk.post(url(sender, "remove"), {"typed": "wrong", "form_token": "a"})
    assert not OutboxEntry.objects.exists()

    desk.post(url(sender, "remove"), {"typed": "Larkspur", "form_token": "b"})
    entry = work(newest("delete"))

    sender.refresh_from_db()
    assert (entry.state, sender.gone_at is not None) == (State.ACCEPTED, True)
    assert sandbox.senders() == []


def test_a_deletion_can_be_taken_back_until_it_is_sent(desk, sender, sandbox, settings):
    settings.UNDO_SECONDS = 20.0
    desk.post(url(sender, "remove"), {"typed": "Larkspur", "form_token": "a"})

    taken_back(desk, sender)

    assert sandbox.requests("DELETE") == []


def test_the_list_is_of_all_or_of_one_profile_and_asks_the_same_for_many(desk, sender, sandbox, client):
    sandbox.seed_sender("Elsewhere", OTHER)
    sync.pull(AlphanumericSender, client)
    counts = []
    for more in (0, 30):
        for n in range(more):
            AlphanumericSender.objects.create(alphanumeric_sender_id=f"More {n}", messaging_profile_id=OTHER)
        with CaptureQueriesContext(connection) as queries:
            whole = text(desk.get(SENDERS))
        counts.append(len(queries))

    one = text(desk.get(f"{SENDERS}?profile={PROFILE_ID}"))

    assert "Elsewhere" in whole
    assert "Larkspur" in one
    assert "Elsewhere" not in one
    assert counts[0] == counts[1] <= 12


@pytest.mark.promise("X86")
def test_every_action_is_refused_to_people_who_only_view(viewer, sender):
    form = {"form_token": "x", "typed": "Larkspur", "draft_id": str(uuid4())}

    refused = [
        viewer.post(url(sender, action), form).status_code
        for action in ("remove", "discard", "change", "delete")
    ]
    refused += [viewer.post(ADD, form).status_code, viewer.get(ADD).status_code]

    assert set(refused) == {403}
    assert {viewer.get(page).status_code for page in (SENDERS, url(sender), url(sender, "progress"))} == {200}
    assert not OutboxEntry.objects.exists()
