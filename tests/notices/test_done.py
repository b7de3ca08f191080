"""What people waited for is done: they are told, once each time, however the desk learns of it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hosted.models import HostedOrder
from hosted.state.merge import Told
from messaging.mirror import clock
from messaging.mirror.inbound import drain
from messaging.mirror.models import Fact, OutboxEntry
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.records import sync
from messaging.models import Notice, NoticeSettings
from messaging.notices import look
from rcs.models import RcsAgentRegistration, RcsBrand
from tests.desk.colleagues import browser, colleague, url
from tests.desk.conftest import make_entry
from tests.desk.waiting import ago, asked, ordered
from tests.signing import STATUS_UPDATE, deliver, event
from tests.tollfree.conftest import complete
from tests.tollfree.pages import fields, text
from tollfree.models import VerificationRequest

LIST = "/admin/desk/notices/"


@pytest.fixture
def ann(db) -> User:
    return colleague("ann", "operator", email="ann@desk.example")


def told() -> list[tuple[str, str]]:
    return sorted(Notice.objects.values_list("kind", "user__username"))


def made_before(record) -> None:
    """Say that the desk has had this record for a month."""
    type(record).objects.filter(pk=record.pk).update(created_at=ago(days=30))


def submitted(record, by: User) -> None:
    """Say that this person submitted it two days ago."""
    entry = make_entry(OutboxEntry.State.ACCEPTED, of=record)
    OutboxEntry.objects.filter(pk=entry.pk).update(requested_by=by, created_at=ago(days=2))


def test_a_verified_request_tells_whoever_has_it_in_the_desk_and_in_the_daily_summary(
    telnyx_client, sandbox, mails, rounds
):
    ann = colleague("ann", "compliance", email="ann@desk.example")
    colleague("ben", "compliance", email="ben@desk.example")
    client, draft = browser(ann), complete(business_name="Marigold", assigned_to=ann)
    draft.save()
    client.post(url(draft, "submit"), fields(client, url(draft, "submit")))
    relay.relay(outbox.entries(draft)[0].pk, telnyx_client)
    draft.refresh_from_db()
    rounds(minutes=6)
    assert told() == []
    sandbox.set_status(draft.remote_id, "Verified")
    deliver(event(STATUS_UPDATE, id=draft.remote_id, status="verified"))
    drain.drain()
    sync.poll_due(telnyx_client)

    rounds()
    assert told() == []  # she just submitted it, and sees what becomes of it
    rounds(minutes=6)
    sync.refresh(VerificationRequest.objects.get(), telnyx_client)
    rounds(minutes=12)

    assert told() == [("done", "ann")]
    assert mails.got == []
    said = f"Done: toll-free verification {str(draft.pk)[:8]}"
    assert "Done: Marigold (toll-free verification)." in text(client.get(LIST))
    rounds(days=1, hours=1)
    (mail,) = mails.to("ann@desk.example")
    assert said in mail + str(mails.got[0]["Subject"])
    assert "Marigold" not in mail


def test_it_is_told_once_each_time_it_is_done_whatever_the_desk_learns_later(ann):
    request = asked("r1", "", assigned_to=ann)
    made_before(request)

    def learn(status: str, **age: float) -> None:
        request.apply({}, source="webhook", as_of=clock.now(), facts=[Fact(status, ago(**age))])
        look.look()

    learn("In Progress", hours=9)
    learn("Verified", hours=5)
    learn("Verified", hours=3)
    learn("Verified", hours=6)
    learn("Waiting For Vendor", hours=8)
    assert told() == [("done", "ann")]

    learn("Rejected", hours=2)
    assert told() == [("done", "ann"), ("our_turn", "ann")]
    page = text(browser(ann).get(LIST))
    assert "no longer the case" in page
    assert "1 unread notice " in page

    learn("Verified", hours=1)
    assert told() == [("done", "ann"), ("done", "ann"), ("our_turn", "ann")]
    assert Notice.objects.filter(over_at=None).get().kind == "done"


def test_nobody_is_told_of_what_was_done_before_the_desk_knew_it_or_long_ago(ann):
    asked("imported", "Verified", assigned_to=ann, remote_status_at=ago(hours=1))
    made_before(asked("old", "Verified", assigned_to=ann, remote_status_at=ago(days=8)))
    made_before(asked("nobody's", "Verified", remote_status_at=ago(hours=1)))

    look.look()

    assert told() == []


def test_without_a_holder_whoever_submitted_it_is_told_unless_they_turned_it_off(ann):
    ben, gone = colleague("ben", "compliance"), colleague("gone", "operator", is_active=False)
    off = {"done": {"desk": False, "email": "off"}}
    NoticeSettings.objects.create(user=colleague("off", "operator"), choices=off)
    for name, holder, submitter in (
        ("a", None, ben),
        ("b", gone, ann),
        ("c", ann, ben),
        ("d", None, User.objects.get(username="off")),
    ):
        request = asked(name, "", sync_state="draft", remote_id=None, assigned_to=holder)
        made_before(request)
        submitted(request, submitter)
        VerificationRequest.objects.filter(pk=request.pk).update(
            sync_state="accepted",
            remote_id=name,
            remote_status="Verified",
            known_status="Verified",
            remote_status_at=ago(minutes=1),
        )

    look.look()

    assert told() == [("done", "ann"), ("done", "ann"), ("done", "ben")]


def test_a_hosted_order_is_done_when_its_numbers_can_text(ann):
    order = ordered("o1", assigned_to=ann, remote_status_at=ago(hours=3))
    made_before(order)
    number = order.numbers.get().phone_number
    look.look()
    order.hear("provisioning", {number: Told("provisioning")}, ago(hours=2), "webhook")
    order.hear("successful", {number: Told("successful")}, ago(hours=1), "webhook")
    look.look()
    # Too late to count: only Telnyx's answer moves an order out of an end.
    order.hear("provisioning", {}, ago(minutes=50), "webhook")
    order.hear("successful", {}, ago(minutes=40), "webhook")
    look.look()

    assert HostedOrder.objects.get().kept_stage == "live"
    assert told() == [("done", "ann"), ("our_turn", "ann")]
    assert Notice.objects.get(over_at=None).kind == "done"


def test_a_brand_and_an_agent_tell_whoever_submitted_them(ann):
    brand = RcsBrand.objects.create(display_name="Larkspur", sync_state="draft")
    agent = RcsAgentRegistration.objects.create(display_name="Reminders", sync_state="draft")
    for record, status in ((brand, "REVIEWING"), (agent, "LAUNCHING")):
        made_before(record)
        submitted(record, ann)
        type(record).objects.filter(pk=record.pk).update(sync_state="accepted", remote_id=record.pk)
        record.refresh_from_db()
        record.apply({"status": status}, source="sync", as_of=ago(days=1))
    look.look()
    assert told() == []

    def carriers(*statuses: str) -> None:
        approvals = [{"carrier": "x", "status": each, "approved_at": None} for each in statuses]
        agent.apply({"status": "LIVE", "carrier_approvals": approvals}, source="sync", as_of=clock.now())
        look.look()

    carriers("APPROVED", "SUBMITTED")
    assert told() == []  # its page says that it's with the carriers
    carriers("APPROVED", "APPROVED")
    brand.apply({"status": "VERIFIED"}, source="sync", as_of=clock.now())
    look.look()

    assert told() == [("done", "ann"), ("done", "ann")]
    said = text(browser(ann).get(LIST))
    assert "Done: Larkspur (RCS brand)." in said
    assert "Done: Reminders (registration of an RCS agent)." in said


def test_looking_costs_the_same_however_many_are_done_and_reads_an_index(ann):
    def make(n: int) -> None:
        for name in range(n):
            made_before(asked(f"r{n}-{name}", "Verified", assigned_to=ann, remote_status_at=ago(hours=1)))
            order = ordered(
                f"o{n}-{name}", assigned_to=ann, remote_status="successful", known_status="successful"
            )
            HostedOrder.objects.filter(pk=order.pk).update(
                remote_status_at=ago(hours=1), created_at=ago(days=3)
            )

    def cost() -> list[str]:
        look.look()
        with CaptureQueriesContext(connection) as seen:
            look.look(clock.now() + timedelta(minutes=1))
        return [query["sql"] for query in seen.captured_queries]

    make(1)
    few = cost()
    make(12)
    many = cost()

    assert len(many) == len(few)
    assert told() == [("done", "ann")] * 26
    newest = [sql for sql in many if 'ORDER BY "' in sql and '"remote_status_at" DESC' in sql]
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        plans = []
        for sql in newest:
            cursor.execute(f"EXPLAIN {sql}")
            plans.append(str(cursor.fetchall()))
        cursor.execute("RESET enable_seqscan")
    for index in ("verification_done", "hostedorder_done"):
        assert any(index in plan for plan in plans), index
