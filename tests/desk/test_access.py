"""Who can view and who can act: buttons are hidden and refused, whatever a person forges."""

import pytest
from django.contrib.admin.models import LogEntry

from messaging.mirror.models import OutboxEntry, WebhookEvent
from messaging.mirror.outbound.actions import ACTIONS
from tests.desk.conftest import State, entry_url, event_url, make_entry, make_event

VIEWERS = ["compliance", "approver", "operator", "support", "auditor", "admin"]
# What Telnyx sent can contain anything, so support staff do not read it.
EVENT_VIEWERS = [name for name in VIEWERS if name != "support"]
# What Telnyx sent can contain anything.
NO_EVENTS = {"support"}
# Who can retry and decide; who can process events again.
DECIDERS = {"compliance", "approver", "admin"}
ENGINEERS = {"admin"}
EVERYBODY = [*VIEWERS, "nobody"]

# One of each action, in a state where it is possible, with what is typed.
DONE_IN = {
    "try-now": (State.QUEUED, ""),
    "retry": (State.NEEDS_PERSON, ""),
    "send-again": (State.NEEDS_PERSON, "I looked in the portal."),
    "cancel": (State.QUEUED, "not wanted anymore"),
}


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.promise("X86")
def test_lists_and_pages_open_only_for_people_who_may_view_them(login, name):
    client, entry, event = login(name), make_entry(), make_event()

    promises = ["/admin/mirror/outboxentry/", "/admin/mirror/attempt/", entry_url(entry)]
    events = ["/admin/mirror/webhookevent/", event_url(event)]

    assert {client.get(url).status_code for url in promises} == {200 if name in VIEWERS else 403}
    assert {client.get(url).status_code for url in events} == {200 if name in EVENT_VIEWERS else 403}


def test_a_stranger_is_asked_to_log_in(client, db):
    entry = make_entry()

    answers = [client.get("/admin/"), client.get(entry_url(entry)), client.post(entry_url(entry, "cancel"))]

    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert all(answer["Location"].startswith("/admin/login/") for answer in answers)


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.promise("X86")
def test_nobody_adds_changes_or_deletes_what_the_machinery_wrote(login, name):
    client, entry, event = login(name), make_entry(), make_event()

    answers = [
        client.post("/admin/mirror/outboxentry/add/", {"state": "accepted"}),
        client.get("/admin/mirror/webhookevent/add/"),
        client.post(entry_url(entry), {"state": "accepted", "remote_id": "forged"}),
        client.post(entry_url(entry, "delete"), {"post": "yes"}),
        client.post(event_url(event), {"state": "done"}),
        client.post(event_url(event, "delete"), {"post": "yes"}),
        client.get(entry_url(entry, "delete")),
    ]
    chosen = {"action": "delete_selected", "_selected_action": [str(entry.pk)], "post": "yes"}
    client.post("/admin/mirror/outboxentry/", chosen)

    assert {answer.status_code for answer in answers} == {403}
    entry.refresh_from_db()
    assert (entry.state, entry.remote_id) == (State.QUEUED, None)
    assert WebhookEvent.objects.get().state == WebhookEvent.State.PENDING


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.parametrize("action", DONE_IN)
@pytest.mark.promise("X86")
def test_an_action_works_for_people_who_may_do_it_and_is_refused_to_everybody_else(login, name, action):
    client = login(name)
    state, text = DONE_IN[action]
    entry = make_entry(state)
    if action == "send-again":
        entry.attempts.create(outcome="unclear", worker="test")
    before = OutboxEntry.objects.values().get()  # type: ignore[misc]

    answer = client.post(entry_url(entry, action), {"text": text})

    after = OutboxEntry.objects.values().get()  # type: ignore[misc]
    if name in DECIDERS:
        assert answer.status_code == 302
        assert after != before
        assert LogEntry.objects.get().user.username == name
    else:
        assert answer.status_code == 403
        assert (after, LogEntry.objects.count()) == (before, 0)


@pytest.mark.parametrize("name", VIEWERS)
@pytest.mark.promise("F87")
def test_buttons_are_shown_to_people_who_may_press_them(login, name):
    entry = make_entry(State.NEEDS_PERSON)
    entry.attempts.create(outcome="unclear", worker="test")

    page = login(name).get(entry_url(entry)).content.decode()

    shown = {action.name for action in ACTIONS if f'action="{entry_url(entry, action.name)}"' in page}
    assert shown == ({"adopt", "send-again", "cancel"} if name in DECIDERS else set())


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.promise("X86")
def test_only_engineers_release_events(login, name):
    client, event = login(name), make_event(WebhookEvent.State.QUARANTINED)

    one = client.post(event_url(event, "replay"))
    bulk = {"action": "process_again", "_selected_action": [str(event.pk)]}
    client.post("/admin/mirror/webhookevent/", bulk)

    event.refresh_from_db()
    assert one.status_code == (302 if name in ENGINEERS else 403)
    assert event.state == ("pending" if name in ENGINEERS else "quarantined")


@pytest.mark.promise("X84")
def test_every_action_needs_the_token_of_a_form(login):
    client = login("admin", enforce_csrf_checks=True)
    entry, event = make_entry(State.NEEDS_PERSON), make_event(WebhookEvent.State.DEAD)

    urls = [entry_url(entry, action.name) for action in ACTIONS] + [event_url(event, "replay")]

    assert {client.post(url, {"text": "x"}).status_code for url in urls} == {403}
    assert OutboxEntry.objects.get().state == State.NEEDS_PERSON


@pytest.mark.promise("X84")
def test_no_action_is_done_by_a_link(login):
    client, entry, event = login("admin"), make_entry(), make_event(WebhookEvent.State.DEAD)

    urls = [entry_url(entry, action.name) for action in ACTIONS] + [event_url(event, "replay")]

    assert {client.get(url).status_code for url in urls} == {405}
    assert OutboxEntry.objects.get().state == State.QUEUED
