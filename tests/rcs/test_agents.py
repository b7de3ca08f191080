"""RCS agents at the desk: mirrored, changed once whatever happens to an answer, and portal changes are seen."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.mirror.models import OutboxEntry, Source
from messaging.mirror.outbound import relay
from messaging.mirror.records import sync
from messaging.mirror.records.operations import Absent, Found, Unclear
from rcs.agents.operations import find_changed
from rcs.models import AgentChange, RcsAgent, TestInvite
from tests.rcs.conftest import AGENTS, fields, newest, text, url
from tests.sandbox.hosted_control import PROFILE_ID
from tests.sandbox.rcs_control import AGENT_ID, DISABLED_AGENT, OTHER_AGENT

State, Resolution = OutboxEntry.State, OutboxEntry.Resolution
OURS = "http://127.0.0.1:9/webhooks/telnyx/"
ELSEWHERE = "https://larkspur.example/rcs"


def change(desk, agent, **changes):
    return desk.post(url(agent, "edit"), fields(desk, url(agent, "edit")) | changes)


def test_agents_are_listed_and_a_disabled_one_is_marked_and_no_sender(desk, agent):
    shown = text(desk.get(AGENTS))

    assert "Larkspur Dental" in shown
    assert "Disabled" in shown.split("Fernhill Trial")[1].split("</tr>")[0]
    assert {one.remote_id for one in RcsAgent.senders()} == {AGENT_ID, OTHER_AGENT}
    disabled = RcsAgent.objects.get(remote_id=DISABLED_AGENT)
    assert "nothing can be sent as it" in text(desk.get(url(disabled)))


def test_an_agent_shows_its_dates_and_its_user_at_telnyx(desk, sandbox, client, agent):
    sandbox.edit_agent(AGENT_ID, webhook_url=ELSEWHERE)
    sync.refresh(agent, client)
    shown = text(desk.get(url(agent)))

    assert "Created at Telnyx:" in shown
    changed_at = sandbox.agent(AGENT_ID)["updated_at"][:19]
    assert changed_at in shown.split("Last changed at Telnyx:")[1].split("</div>")[0]
    assert sandbox.agent(AGENT_ID)["user_id"] in shown
    RcsAgent.objects.update(remote_data={"created_at": 5, "updated_at": "no date"})
    odd = text(desk.get(url(agent)))
    assert "Last changed at Telnyx:" not in odd
    assert "User at Telnyx:" not in odd


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ({"profile_id": ""}, {"profile_id": None}),
        ({"webhook_url": ELSEWHERE}, {"webhook_url": ELSEWHERE}),
        ({"webhook_failover_url": ELSEWHERE}, {"webhook_failover_url": ELSEWHERE}),
    ],
)
@pytest.mark.promise("F67")
def test_only_what_differs_is_sent(desk, agent, sandbox, work, typed, sent):
    change(desk, agent, **typed)

    entry = work(newest("update"))

    [patch] = sandbox.requests("PATCH")
    assert entry.state == State.ACCEPTED
    assert json.loads(patch["body"]) == sent
    assert {name: sandbox.agent(AGENT_ID)[name] for name in sent} == sent


def test_what_is_emptied_is_null_at_telnyx(desk, sandbox, client, agent, work):
    sandbox.edit_agent(AGENT_ID, webhook_url=ELSEWHERE, webhook_failover_url=ELSEWHERE)
    sync.refresh(agent, client)

    change(desk, agent, webhook_url="", webhook_failover_url="")
    work(newest("update"))

    held = sandbox.agent(AGENT_ID)
    assert (held["webhook_url"], held["webhook_failover_url"], held["profile_id"]) == (None, None, PROFILE_ID)


def test_nothing_is_sent_when_nothing_differs(desk, agent):
    change(desk, agent)

    assert not OutboxEntry.objects.exists()


def test_a_wrong_address_is_said_and_what_was_typed_stays(desk, agent):
    answer = text(change(desk, agent, webhook_url="http://10.0.0.1/x", webhook_failover_url=ELSEWHERE))

    assert "lead to a public website" in answer
    assert ELSEWHERE in answer
    assert not OutboxEntry.objects.exists()


def test_a_change_whose_answer_was_lost_is_found_by_reading_the_agent(desk, agent, sandbox, work):
    sandbox.fault("store_then_lose", method="PATCH")
    change(desk, agent, webhook_url=ELSEWHERE)

    entry = work(newest("update"))

    agent.refresh_from_db()
    assert (entry.state, entry.resolution) == (State.ACCEPTED, Resolution.ADOPTED)
    assert (agent.webhook_url, len(sandbox.requests("PATCH"))) == (ELSEWHERE, 1)


@pytest.mark.promise("F67")
def test_a_change_that_never_arrived_is_sent_again_once(desk, agent, sandbox, work):
    sandbox.fault("status", status=503, method="PATCH")
    change(desk, agent, webhook_url=ELSEWHERE)

    entry = work(newest("update"), seconds=25)

    assert (entry.state, entry.sends) == (State.ACCEPTED, 2)
    assert sandbox.agent(AGENT_ID)["webhook_url"] == ELSEWHERE


@pytest.mark.promise("F67")
def test_a_change_that_arrived_is_distinguished_from_one_that_did_not(desk, agent, sandbox, client):
    change(desk, agent, webhook_failover_url=ELSEWHERE)
    entry = newest("update")

    assert isinstance(find_changed(entry, agent, client), Absent)
    sandbox.edit_agent(AGENT_ID, webhook_failover_url=ELSEWHERE)
    assert isinstance(find_changed(entry, agent, client), Found)
    sandbox.delete_agent(AGENT_ID)
    assert isinstance(find_changed(entry, agent, client), Unclear)


@pytest.mark.promise("F15")
def test_a_refused_change_is_in_the_form_again_beside_what_telnyx_said(desk, agent, sandbox, work):
    wrong = {"code": "10015", "title": "Bad", "detail": "Not there.", "source": {"pointer": "/webhook_url"}}
    sandbox.fault("status", status=400, method="PATCH", json={"errors": [wrong]})
    change(desk, agent, webhook_url=ELSEWHERE)
    work(newest("update"))

    shown = text(desk.get(url(agent, "edit")))

    assert fields(desk, url(agent, "edit"))["webhook_url"] == ELSEWHERE
    assert "Not there." in shown.split('data-field="webhook_url"')[1].split("data-field")[0]


def test_a_change_at_telnyx_meanwhile_is_not_overwritten(desk, agent, sandbox, client):
    form = fields(desk, url(agent, "edit")) | {"webhook_url": ELSEWHERE}
    sandbox.edit_agent(AGENT_ID, profile_id=None)
    sync.refresh(agent, client)

    answer = desk.post(url(agent, "edit"), form)

    assert newest("update").promised() == {"webhook_url": ELSEWHERE}
    assert "Those changes stay." in text(desk.get(answer["Location"]))


def test_a_field_that_telnyx_changed_too_is_asked_about(desk, agent, sandbox, client):
    form = fields(desk, url(agent, "edit")) | {"webhook_url": ELSEWHERE}
    sandbox.edit_agent(AGENT_ID, webhook_url="https://theirs.example.com/")
    sync.refresh(agent, client)

    answer = desk.post(url(agent, "edit"), form)

    assert "Changed in two places" in text(answer)
    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("F67")
def test_a_change_in_the_portal_is_distinguished_from_ours(desk, agent, sandbox, client, work):
    change(desk, agent, webhook_url=ELSEWHERE)
    work(newest("update"))
    sandbox.edit_agent(AGENT_ID, enabled=False)
    sync.refresh(agent, client)

    told = {change.setting: change.source for change in AgentChange.objects.filter(agent=agent)}

    assert told == {"webhook_url": Source.API, "enabled": Source.SYNC}
    shown = text(desk.get(url(agent)))
    assert "Enabled: changed at Telnyx, not from here" in shown
    assert "Events go to: changed from here" in shown


def test_our_change_is_in_the_history_as_ours_when_a_poll_comes_before_its_lost_answer(
    desk, agent, sandbox, client
):
    sandbox.fault("store_then_lose", method="PATCH")
    change(desk, agent, webhook_url=ELSEWHERE)
    relay.relay(newest("update").pk, client)
    assert newest("update").is_open()

    desk.post(url(agent, "ask"))
    sync.poll_due(client)

    assert AgentChange.objects.get(agent=agent).source == Source.API
    shown = text(desk.get(url(agent)))
    assert "not from here" not in shown
    assert "operator" in shown.split("Events go to: changed from here")[1].split("</li>")[0]


def test_events_that_go_elsewhere_are_said_and_put_right(desk, agent, sandbox, work):
    other = RcsAgent.objects.get(remote_id=OTHER_AGENT)
    form = fields(desk, url(other))

    assert "notified of what people write to this agent" in text(desk.get(url(other)))
    desk.post(url(other, "fix-webhook"), {"form_token": form["form_token"]})
    work(newest("update"))

    assert sandbox.agent(OTHER_AGENT)["webhook_url"] == OURS
    assert "notified of what people write to this agent" not in text(desk.get(url(other)))


def test_asking_reads_the_agent_again_and_notes_one_that_is_gone(desk, agent, sandbox, chore):
    sandbox.delete_agent(AGENT_ID)

    desk.post(url(agent, "ask"))
    chore()

    agent.refresh_from_db()
    assert agent.gone_at is not None
    assert "Larkspur Dental" not in text(desk.get(AGENTS))
    assert not RcsAgent.senders().filter(pk=agent.pk).exists()


# Test handsets.


def invite(desk, agent, number="(312) 555-0100"):
    return desk.post(url(agent, "invite"), {"phone_number": number})


@pytest.mark.promise("F68")
def test_a_handset_is_invited_without_a_body_and_its_status_explained(desk, agent, sandbox, work):
    invite(desk, agent)

    entry = work(newest("invite"))

    [put] = sandbox.requests("PUT")
    assert (entry.state, put["body"], put["headers"].get("content-type")) == (State.ACCEPTED, "", None)
    assert TestInvite.objects.get().remote_status == "PENDING"
    shown = text(desk.get(url(agent)))
    assert "+1 312 555 0100" in shown
    assert "Someone has to accept the invitation on the handset" in shown


@pytest.mark.promise("F68")
def test_inviting_again_shows_the_new_status_whatever_word_it_is(desk, agent, sandbox, work):
    invite(desk, agent)
    work(newest("invite"))
    sandbox.set_invite(AGENT_ID, "+13125550100", "SNOOZED")

    desk.post(url(agent, f"invite/{TestInvite.objects.get().pk}"))
    work(newest("invite"))

    assert TestInvite.objects.get().remote_status == "SNOOZED"
    assert "its meaning" in text(desk.get(url(agent)))
    assert len(sandbox.invites()) == 1


def test_an_invitation_whose_answer_was_lost_is_sent_again(desk, agent, sandbox, work):
    sandbox.fault("store_then_lose", method="PUT")
    invite(desk, agent)

    entry = work(newest("invite"), seconds=25)

    assert (entry.state, TestInvite.objects.get().remote_status) == (State.ACCEPTED, "PENDING")
    assert len(sandbox.invites()) == 1


def test_a_refused_invitation_says_why(desk, agent, sandbox, work):
    sandbox.fault(
        "status", status=400, method="PUT", json={"errors": [{"code": "10015", "title": "Too many"}]}
    )
    invite(desk, agent)
    work(newest("invite"))

    assert "Too many" in text(desk.get(url(agent)))


def test_an_invalid_number_stays_in_the_form(desk, agent):
    answer = text(invite(desk, agent, "31255501"))

    assert "too few or too many digits" in answer
    assert 'value="31255501"' in answer
    assert not TestInvite.objects.exists()


# Prices.


def queries(desk, path):
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert desk.get(path).status_code == 200
    assert not [one for one in found.captured_queries if "COUNT(*)" in one["sql"]]
    return len(found)


@pytest.mark.promise("L3")
def test_the_list_costs_the_same_for_any_number_of_agents(desk, agent):
    queries(desk, AGENTS)
    few = queries(desk, AGENTS)
    RcsAgent.objects.bulk_create(
        RcsAgent(agent_name=f"Agent {n}", remote_id=f"agent_{n}", sync_state="accepted") for n in range(60)
    )

    assert queries(desk, AGENTS) == few
    assert len(text(desk.get(AGENTS)).split("<tr")) > 50


def test_the_page_of_an_agent_costs_the_same_for_any_number_of_handsets(desk, agent):
    TestInvite.objects.create(agent=agent, phone_number="+13125550100")
    desk.get(url(agent))
    few = queries(desk, url(agent))
    TestInvite.objects.bulk_create(
        TestInvite(agent=agent, phone_number=f"+1312555{n:04}", sync_state="accepted") for n in range(50)
    )

    assert queries(desk, url(agent)) == few
