"""The answer to a request is lost: we ask Telnyx what happened to it, and nothing is created twice."""

import json

import pytest

from messaging.autoresponses import operations
from messaging.autoresponses.page import differences
from messaging.mirror.models import OutboxEntry, SyncState
from messaging.mirror.records import sync
from messaging.mirror.records.operations import Absent, Found, Unclear
from messaging.models import AutoResponse
from tests.messaging.autoresponses.conftest import REPLY
from tests.sandbox.hosted_control import PROFILE_ID

State, Resolution = OutboxEntry.State, OutboxEntry.Resolution

LOST = {"kind": "store_then_lose"}
NEVER = {"kind": "reset", "when": "before"}


def writes(sandbox, method: str) -> list[dict]:
    return sandbox.requests(method, "autoresp_configs")


def test_a_create_whose_answer_was_lost_is_adopted(make, sandbox, work):
    sandbox.fault(method="POST", **LOST)

    entry = work(make().promise("create", requested_by=None))

    [held] = sandbox.autoresponses()
    assert (entry.state, entry.resolution, entry.remote_id) == (
        State.ACCEPTED,
        Resolution.ADOPTED,
        held["id"],
    )
    assert len(writes(sandbox, "POST")) == 1


def test_a_create_that_never_arrived_is_sent_again_once(make, sandbox, work):
    sandbox.fault(method="POST", **NEVER)

    entry = work(make().promise("create", requested_by=None))

    first, second = writes(sandbox, "POST")
    assert (entry.state, entry.sends, len(sandbox.autoresponses())) == (State.ACCEPTED, 2, 1)
    assert first["body"] == second["body"]


@pytest.mark.parametrize("fault", [LOST, NEVER], ids=["lost", "never"])
def test_a_change_whose_answer_was_lost_ends_as_the_whole_that_was_sent(accepted, sandbox, work, fault):
    accepted.keywords, accepted.resp_text = ["STOP", "BASTA"], ""
    accepted.save()
    sandbox.fault(method="PUT", **fault)

    entry = work(accepted.promise("replace", requested_by=None))

    [held] = sandbox.autoresponses()
    assert entry.state == State.ACCEPTED
    assert held["keywords"] == ["STOP", "BASTA"]
    assert "resp_text" not in held
    assert len(writes(sandbox, "PUT")) == (1 if fault is LOST else 2)


@pytest.mark.parametrize("fault", [LOST, NEVER], ids=["lost", "never"])
def test_a_deletion_whose_answer_was_lost_is_repeated(accepted, sandbox, work, fault):
    sandbox.fault(method="DELETE", **fault)

    entry = work(accepted.promise("delete", requested_by=None))

    accepted.refresh_from_db()
    assert (entry.state, sandbox.autoresponses()) == (State.ACCEPTED, [])
    assert accepted.gone_at
    assert len(writes(sandbox, "DELETE")) == 2


def test_a_deletion_answers_a_string_and_is_accepted(accepted, sandbox, work):
    entry = work(accepted.promise("delete", requested_by=None))

    assert entry.state == State.ACCEPTED
    assert json.loads(writes(sandbox, "DELETE")[0]["answer"]) == "OK"


@pytest.mark.parametrize(
    ("at_telnyx", "finding"),
    [
        ([], Absent),
        ([{"keywords": ["parar", "Stop"]}], Found),
        ([{"keywords": ["STOP"]}], Absent),
        ([{"keywords": ["STOP", "PARAR"], "country_code": "MX"}], Absent),
        ([{"keywords": ["START", "PARAR"], "op": "start"}], Absent),
        ([{"keywords": ["STOP", "PARAR"], "resp_text": "Somebody else wrote this one."}], Unclear),
        ([{"keywords": ["STOP", "PARAR"]}, {"keywords": ["STOP", "PARAR"]}], Unclear),
    ],
)
def test_operation_country_and_words_prove_it(make, sandbox, client, at_telnyx, finding):
    config = make()
    entry = config.promise("create", requested_by=None)
    for held in at_telnyx:
        sandbox.seed_autoresponse(PROFILE_ID, **{"resp_text": REPLY, **held})

    assert isinstance(operations.find_created(entry, config, client), finding)


def test_one_that_we_know_already_is_not_the_new_one(accepted, make, client):
    config = make()
    entry = config.promise("create", requested_by=None)

    assert isinstance(operations.find_created(entry, config, client), Absent)


def test_a_change_of_what_is_gone_is_for_a_person(accepted, sandbox, client):
    entry = accepted.promise("replace", requested_by=None)
    sandbox.delete_autoresponse(accepted.remote_id)

    assert isinstance(operations.find_replaced(entry, accepted, client), Unclear)


# Mirroring.


def test_a_pull_imports_those_of_every_profile_once(sandbox, client, profile):
    sync.pull_whole(client)
    other = "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e02"
    seeded = [sandbox.seed_autoresponse(id, keywords=["STOP", "parar"]) for id in (PROFILE_ID, other)]

    first, second = sync.pull(AutoResponse, client), sync.pull(AutoResponse, client)

    rows = {row.remote_id: row for row in AutoResponse.objects.select_related("profile")}
    assert {id: row.profile.remote_id for id, row in rows.items()} == {
        seeded[0]["id"]: PROFILE_ID,
        seeded[1]["id"]: other,
    }
    assert all(row.op == "stop" and row.sync_state == SyncState.ACCEPTED for row in rows.values())
    assert all(differences(row) == [] for row in rows.values())
    assert (len(first.imported), second.imported, second.changed) == (2, [], [])


def test_a_portal_edit_is_a_difference_and_not_taken_over(accepted, sandbox, client):
    sandbox.edit_autoresponse(
        accepted.remote_id, resp_text="Edited by a person in the portal.", country_code="*"
    )

    report = sync.pull(AutoResponse, client)

    accepted.refresh_from_db()
    assert report.changed == [accepted.remote_id]
    assert accepted.resp_text == REPLY
    assert [(d.name, d.ours, d.theirs) for d in differences(accepted)] == [
        ("country_code", ["US"], ["every country"]),
        ("resp_text", [REPLY], ["Edited by a person in the portal."]),
    ]


def test_one_deleted_in_the_portal_is_noted_after_it_was_asked_for_itself(accepted, sandbox, client):
    sandbox.delete_autoresponse(accepted.remote_id)

    sync.pull(AutoResponse, client)
    accepted.refresh_from_db()
    assert accepted.gone_at is None
    sync.poll_due(client)

    accepted.refresh_from_db()
    assert accepted.gone_at


def test_a_profile_that_is_gone_at_telnyx_hides_no_other(sandbox, client, profile):
    profile_of_nobody = "9c0d4e21-2b6a-4f31-8e77-1a2b3c4d5e6f"
    type(profile).objects.create(remote_id=profile_of_nobody, name="Gone")
    sandbox.seed_autoresponse(PROFILE_ID)

    assert len(sync.pull(AutoResponse, client).imported) == 1
