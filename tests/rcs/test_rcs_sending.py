"""An RCS message is checked, queued once, and never sent twice, whatever happens to the answer."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from messaging.mirror import retention
from messaging.mirror.inbound import drain
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.models import ComposedMessage, MessagingProfile, OptOut
from messaging.sending.promise import over_limits, sent_today
from messaging.telnyx.client import Client
from rcs.messages import sending
from rcs.messages.sending import AlreadySent, NotAllowed, Objected
from rcs.models import Capability, CapabilityCheck, Deeplink, RcsAgent, RcsMessage
from tests.messaging.bodies import message_event
from tests.messaging.profiles.conftest import person
from tests.rcs.conftest import VIEW
from tests.sandbox.messages_control import SENDER
from tests.sandbox.rcs_control import DISABLED_AGENT
from tests.signing import deliver

State, Resolution = OutboxEntry.State, OutboxEntry.Resolution
TO, WITHOUT_RCS = "+13035550124", "+13035550121"
CARD = {
    "rich_card": {
        "standalone_card": {
            "card_orientation": "VERTICAL",
            "thumbnail_image_alignment": "LEFT",
            "card_content": {"title": "Parcel 8842"},
        }
    }
}
FALLBACK = {"from": SENDER, "text": "Parcel 8842 ships today."}
Make = Callable[..., RcsMessage]


@pytest.fixture
def telnyx_client(sandbox, transactional_db, quick):
    """Return a client with patience: on a busy machine a slow answer would be a lost one, and that changes the test."""
    with Client(sandbox.api_key, sandbox.base_url, read=5.0, deadline=8.0) as client:
        yield client


@pytest.fixture
def operator(transactional_db) -> User:
    may = ("view_rcsmessage", "send_rcsmessage", "send_test_rcsmessage", "write_free_text")
    return person("operator", *VIEW, *may)


@pytest.fixture
def make(agent, operator) -> Make:
    def made(**changes: Any) -> RcsMessage:
        usual = {
            "agent": agent,
            "recipient": TO,
            "messaging_profile": agent.profile(),
            "purpose": "manual",
            "content": {"text": "Order 8842 ships today."},
        }
        return RcsMessage(pk=uuid4(), **usual | changes)

    return made


@pytest.fixture
def send(make, operator) -> Callable[..., RcsMessage]:
    def sent(**changes: Any) -> RcsMessage:
        message = make(**changes)
        return sending.promise(message, operator, f"rcs-{message.pk.hex}")

    return sent


def making(message: RcsMessage) -> OutboxEntry:
    return outbox.entries(message).get(operation="create")


def at_telnyx(sandbox) -> list[dict[str, Any]]:
    return [one for one in sandbox.messages() if one["payload"]["direction"] == "outbound"]


def sends(sandbox) -> list[dict[str, Any]]:
    return sandbox.requests("POST", "/v2/messages/rcs")


def fields_of(objections: Any) -> list[str]:
    return [objection.field for objection in objections]


def know(agent: RcsAgent, number: str, features: list[str], *, hours: int = 0) -> None:
    at = timezone.now() - timedelta(hours=hours)
    told = {"features": features, "has_rcs": bool(features), "as_of": at}
    Capability.objects.update_or_create(agent=agent, phone_number=number, defaults=told)


# What is sent.


def test_it_is_sent_with_its_members_a_key_and_its_own_address(send, work, sandbox, settings):
    settings.PUBLIC_URL = "https://desk.example.com"
    message = send(content=CARD, ttl_seconds=3600, sms_fallback=FALLBACK)

    entry = work(making(message))

    (request,) = sends(sandbox)
    body = json.loads(request["body"])
    assert body == {
        "agent_id": message.agent.remote_id,
        "to": TO,
        "messaging_profile_id": message.messaging_profile.remote_id,
        "type": "RCS",
        "agent_message": {"content_message": CARD, "ttl": "3600s"},
        "sms_fallback": FALLBACK,
        "webhook_url": f"https://desk.example.com/webhooks/telnyx/{entry.callback_token}/",
    }
    assert request["headers"]["idempotency-key"]
    message.refresh_from_db()
    (row,) = message.log()
    assert (row.type, row.our_address, row.their_address) == ("RCS", message.agent.remote_id, TO)
    assert row.body == CARD


def test_a_moment_to_give_up_at_is_sent_in_utc(make):
    at = timezone.now().replace(year=2030, microsecond=0)

    assert make(expire_at=at).agent_message()["expire_time"] == at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_only_one_end_can_be_kept(make, operator):
    message = make(ttl_seconds=60, expire_at=timezone.now() + timedelta(hours=1))

    assert "expire_at" in fields_of(sending.objections(message, operator))
    with pytest.raises(IntegrityError), transaction.atomic():
        message.save(force_insert=True)


@pytest.mark.promise("F107")
def test_a_second_click_finds_the_first_message(make, operator):
    message = make()
    sending.promise(message, operator, "token")
    again = make()
    again.pk = message.pk

    with pytest.raises(AlreadySent) as found:
        sending.promise(again, operator, "token")

    assert found.value.message == message
    assert RcsMessage.objects.count() == OutboxEntry.objects.count() == 1


# What prevents sending.


@pytest.mark.promise("R1")
def test_a_disabled_agent_sends_nothing(make, operator, agent):
    trial = RcsAgent.objects.get(remote_id=DISABLED_AGENT)

    found = sending.objections(make(agent=trial), operator)

    assert "isn't enabled" in found[0].words
    assert "no messaging profile" in found[1].words
    with pytest.raises(Objected):
        sending.promise(make(agent=trial), operator, "x")
    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("R1")
def test_an_agent_disabled_after_the_promise_sends_nothing(send, work, sandbox, agent):
    message = send()
    RcsAgent.objects.filter(pk=agent.pk).update(enabled=False)

    entry = work(making(message), State.NEEDS_PERSON)

    assert "isn't enabled" in entry.reason
    assert sends(sandbox) == []


@pytest.mark.promise("R1")
def test_an_agent_disabled_only_at_telnyx_is_refused_with_telnyxs_words(send, work, sandbox, agent):
    sandbox.edit_agent(agent.remote_id, enabled=False)
    message = send()

    entry = work(making(message))

    assert entry.state == State.REFUSED
    assert message.wire.field_for(entry.errors[0]["pointer"]) == "agent"
    assert RcsMessage.objects.get().can_be_sent_again()


def test_a_gone_agent_and_one_of_another_profile_are_objected_to(make, operator, agent):
    other = MessagingProfile.objects.exclude(pk=agent.profile().pk).first()
    assert "another profile" in sending.objections(make(messaging_profile=other), operator)[0].words

    agent.gone_at = timezone.now()
    assert "no longer at Telnyx" in sending.objections(make(), operator)[0].words


@pytest.mark.promise("C6")
def test_nobody_who_opted_out_is_written_to(make, operator, agent):
    profile_id = agent.messaging_profile_id
    OptOut.objects.create(profile_id=profile_id, from_number=SENDER, to_number=TO, stopped_at=timezone.now())

    (found,) = sending.objections(make(), operator)

    assert (found.field, "STOP" in found.words) == ("recipient", True)


@pytest.mark.promise("R5")
def test_a_handset_without_rcs_needs_something_else_to_be_sent(make, operator, agent):
    know(agent, TO, [])

    (found,) = sending.objections(make(), operator)

    assert (found.field, "no RCS" in found.words) == ("recipient", True)
    given = make(sms_fallback=FALLBACK)
    assert sending.objections(given, operator) == []
    assert "no RCS" in sending.advice(given)[0].words


def test_a_handset_that_cannot_show_it_is_objected_to_in_words(make, operator, agent):
    know(agent, TO, ["GENERIC_RCS_FEATURE"])

    (found,) = sending.objections(make(content=CARD), operator)

    assert "can't show cards with pictures and buttons" in found.words
    assert sending.objections(make(), operator) == []


@pytest.mark.promise("R8")
def test_an_unknown_feature_word_breaks_nothing(make, operator, agent):
    know(agent, TO, ["HOLOGRAM", "RICHCARD_STANDALONE"])

    assert sending.objections(make(content=CARD), operator) == []
    assert sending.advice(make(content=CARD)) == []


@pytest.mark.parametrize("hours", [None, 25])
def test_what_is_not_known_or_old_is_advice_and_no_objection(make, operator, agent, hours):
    if hours:
        know(agent, TO, [], hours=hours)

    assert sending.objections(make(), operator) == []
    assert "We don't know whether this phone has RCS." in sending.advice(make())[0].words


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"content": {"text": ""}}, "content"),
        ({"recipient": "12"}, "recipient"),
        ({"ttl_seconds": 5}, "ttl_seconds"),
        ({"ttl_seconds": 16 * 86400}, "ttl_seconds"),
        ({"messaging_profile": None}, "messaging_profile"),
        ({"sms_fallback": {"from": SENDER}}, "sms_fallback"),
        ({"sms_fallback": {"text": "x"}}, "sms_fallback"),
        ({"sms_fallback": {"from": TO, "text": "x"}}, "sms_fallback"),
        ({"sms_fallback": {"from": "Nobody", "text": "x"}}, "sms_fallback"),
        ({"sms_fallback": {"from": SENDER, "text": "x" * 3073}}, "sms_fallback"),
        ({"sms_fallback": {"from": SENDER, "text": "x" * 1600}}, "sms_fallback"),
        ({"sms_fallback": {"from": SENDER, "text": "x", "surprise": 1}}, "sms_fallback"),
        ({"sms_fallback": []}, "sms_fallback"),
        ({"mms_fallback": {"from": SENDER}}, "mms_fallback"),
        ({"mms_fallback": {"from": SENDER, "media_urls": ["no address"]}}, "mms_fallback"),
        ({"mms_fallback": {"from": SENDER, "text": "x"}, "sms_fallback": FALLBACK}, "mms_fallback"),
    ],
)
def test_what_cannot_be_sent_is_said_beside_its_field(make, operator, changes, field):
    assert fields_of(sending.objections(make(**changes), operator)) == [field]


def test_a_moment_that_is_over_is_objected_to(make, operator):
    late, far = timezone.now() - timedelta(minutes=1), timezone.now() + timedelta(days=16)

    assert fields_of(sending.objections(make(expire_at=late), operator)) == ["expire_at"]
    assert fields_of(sending.objections(make(expire_at=far), operator)) == ["expire_at"]


@pytest.mark.promise("X86")
def test_someone_who_may_only_send_tests_sends_nothing_else(make, transactional_db):
    tester = person("tester", *VIEW, "send_test_rcsmessage", "write_free_text")

    assert sending.purposes(tester) == ["test"]
    assert sending.objections(make(purpose="test"), tester) == []
    with pytest.raises(Objected):
        sending.promise(make(), tester, "x")


def test_all_ways_to_send_count_for_one_daily_limit(send, make, operator, settings):
    settings.MESSAGES_PER_PERSON_A_DAY = 2
    ComposedMessage.objects.create(
        kind="message", purpose="manual", recipients=[TO], created_by=operator, sync_state="accepted"
    )
    send()

    assert sent_today(operator) == (2, 2)
    assert over_limits(operator, 1)
    with pytest.raises(Objected, match="recipients per day"):
        send()


# What happens to it.


@pytest.mark.parametrize("fault", [{"kind": "store_then_lose"}, {"kind": "html"}, {"kind": "empty"}])
@pytest.mark.promise("R6", "X67")
def test_a_lost_answer_is_settled_by_the_webhook_and_nothing_is_sent_again(send, work, sandbox, fault):
    sandbox.pace(1000)
    sandbox.fault(method="POST", **fault)
    message = send()
    entry = work(making(message), State.UNSURE)
    (held,) = at_telnyx(sandbox)

    path = f"/webhooks/telnyx/{entry.callback_token}/"
    assert deliver(message_event("sent", held["payload"]), path=path) == 200
    drain.drain()

    entry.refresh_from_db()
    assert (entry.state, entry.resolution, entry.remote_id) == (
        State.ACCEPTED,
        Resolution.ADOPTED,
        held["id"],
    )
    assert RcsMessage.objects.get().log()[0].type == "RCS"
    assert len(sends(sandbox)) == len(at_telnyx(sandbox)) == 1


@pytest.mark.promise("R6")
def test_a_lost_answer_without_any_sign_goes_to_a_person(send, work, sandbox):
    sandbox.pace(1000)
    sandbox.fault("store_then_lose", method="POST")

    entry = work(making(send()), State.NEEDS_PERSON)

    assert "prove it" in entry.reason
    assert len(sends(sandbox)) == len(at_telnyx(sandbox)) == 1


@pytest.mark.promise("R6", "X37")
def test_with_trusted_keys_a_lost_answer_is_requested_again_and_is_one_message(send, work, sandbox, settings):
    settings.TELNYX_REPLAY_SENDS = True
    sandbox.pace(1000)
    sandbox.fault("store_then_lose", method="POST")

    entry = work(making(send()))

    assert entry.state == State.ACCEPTED
    keys = {request["headers"]["idempotency-key"] for request in sends(sandbox)}
    assert (len(sends(sandbox)), len(keys), len(at_telnyx(sandbox))) == (2, 1, 1)


@pytest.mark.promise("R5")
def test_without_rcs_the_text_is_sent_instead_and_shown(send, work, sandbox, client):
    sandbox.pace(0)
    message = send(recipient=WITHOUT_RCS, sms_fallback=FALLBACK)
    work(making(message))
    (held,) = at_telnyx(sandbox)

    deliver(message_event("finalized", sandbox.message(held["id"])["payload"]))
    drain.drain()

    message.refresh_from_db()
    (row,) = message.log()
    assert (row.type, row.text, row.fell_back()) == ("SMS", FALLBACK["text"], True)
    assert message.fell_back_to() == "SMS"


def test_it_is_sent_again_only_after_it_failed(send, work, sandbox, operator):
    sandbox.pace(0)
    sandbox.outcome("delivery_failed", to=TO)
    message = send(ttl_seconds=600)
    with pytest.raises(NotAllowed):
        sending.again(message)
    work(making(message))
    (held,) = at_telnyx(sandbox)
    deliver(message_event("finalized", sandbox.message(held["id"])["payload"]))
    drain.drain()
    message.refresh_from_db()

    anew = sending.promise(sending.again(message), operator, "again")

    assert anew.again_of == message
    assert (anew.content, anew.ttl_seconds, anew.recipient) == (message.content, 600, TO)


def test_what_has_not_left_is_withdrawn(send, sandbox):
    message = send()

    sending.withdraw(message)

    assert making(message).state == State.CANCELLED
    with pytest.raises(NotAllowed):
        sending.withdraw(message)


# How long we keep what is known about phones.


def test_what_is_known_of_handsets_goes_after_its_days(agent, operator, settings):
    settings.RETENTION_RCS_DAYS = 90
    know(agent, TO, [], hours=91 * 24)
    know(agent, WITHOUT_RCS, [])
    old = timezone.now() - timedelta(days=91)
    check = CapabilityCheck.objects.create(agent=agent)
    silent = Capability.objects.create(agent=agent, phone_number="+13035550199")
    check.numbers.add(silent)
    CapabilityCheck.objects.update(created_at=old)
    for text in ("old", "new"):
        Deeplink.objects.create(agent=agent, phone_number=TO, body=text)
    Deeplink.objects.filter(body="old").update(created_at=old)

    done = retention.run(step=1)

    assert {name: count for name, count in done.items() if count} == {
        "rcs_capabilities": 1,
        "rcs_checks": 1,
        "rcs_links": 1,
    }
    assert [row.phone_number for row in Capability.objects.all()] == [WITHOUT_RCS]
    assert not CapabilityCheck.objects.exists()
    assert Deeplink.objects.get().body == "new"


def test_what_may_have_arrived_is_not_withdrawn(send, work, sandbox):
    sandbox.pace(1000)
    sandbox.fault("store_then_lose", method="POST")
    message = send()
    outbox.send_after_all(work(making(message), State.NEEDS_PERSON), "not in the portal")

    with pytest.raises(NotAllowed):
        sending.withdraw(message)

    assert making(message).state == State.QUEUED
