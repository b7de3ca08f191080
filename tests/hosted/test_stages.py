"""The stage that the database keeps is what the rules say, whatever changed and by whatever way."""

import re
from datetime import timedelta
from random import Random

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from hosted.choices import NumberStatus, OrderStatus, TransferState
from hosted.models import Document, HostedOrder, OrderNumber
from hosted.state import turn_rules
from messaging.desk import stages
from messaging.desk.turns import Group
from messaging.mirror.models import OutboxEntry, SyncState
from tests.hosted.conftest import add_numbers

State = OutboxEntry.State
NOW = timezone.now()
MAYBE = (None, NOW)


def disagreeing() -> list[tuple]:
    """Return the orders whose stage is not what the rules say now."""
    rows = HostedOrder.objects.order_by().annotate(ruled=turn_rules.fitting())
    return [(kept, ruled) for kept, ruled in rows.values_list("kept_stage", "ruled") if kept != ruled]


def change_order(order: HostedOrder, pick: Random) -> None:
    changes = {
        "sync_state": pick.choice([SyncState.ACCEPTED] * 4 + list(SyncState)),
        "known_status": pick.choice(["", *OrderStatus.values]),
        "remote_id": pick.choice([None, str(order.pk), str(order.pk)]),
        "gone_at": pick.choice([None, None, None, NOW]),
        "transfer_state": pick.choice(["", "", *TransferState.values]),
        "campaigns_settled_at": pick.choice(MAYBE),
        "check_again_at": pick.choice([None, NOW, NOW + timedelta(days=1)]),
        "moved_from": pick.choice([None, HostedOrder.objects.exclude(pk=order.pk).order_by("?").first()]),
    }
    name = pick.choice(list(changes))
    HostedOrder.objects.filter(pk=order.pk).update(**{name: changes[name]})


def change_number(order: HostedOrder, pick: Random) -> None:
    number = pick.choice(list(order.numbers.all()) or [None])
    if number is None or pick.random() < 0.2:
        add_numbers(order, [f"+1312555{pick.randrange(10_000):04}"], status=pick.choice(NumberStatus.values))
    elif pick.random() < 0.2:
        number.delete()
    else:
        number.status = pick.choice(["", *NumberStatus.values])
        number.owned_at, number.gone_at = pick.choice(MAYBE), pick.choice(MAYBE)
        OrderNumber.objects.bulk_update([number], ["status", "owned_at", "gone_at"])


def change_many_numbers(_order: HostedOrder, pick: Random) -> None:
    numbers = OrderNumber.objects.all()
    match pick.randrange(3):
        case 0:
            numbers.update(status=pick.choice(NumberStatus.values), owned_at=pick.choice(MAYBE))
        case 1:
            OrderNumber.objects.bulk_create(
                OrderNumber(order=order, phone_number=f"+1312556{pick.randrange(10_000):04}", status="failed")
                for order in HostedOrder.objects.all()
            )
        case 2:
            numbers.filter(status__startswith="failed").delete()


def change_document(order: HostedOrder, pick: Random) -> None:
    document = order.documents.order_by("?").first()
    if document is None or pick.random() < 0.3:
        kind = pick.choice(["loa", "bill"])
        version = order.documents.filter(kind=kind).count() + 1
        if not order.documents.filter(kind=kind, version=version).exists():
            Document.objects.create(order=order, kind=kind, version=version, size=1, sha256="")
    else:
        document.sent_at, document.refused_at = pick.choice(MAYBE), pick.choice(MAYBE)
        document.save()


def change_entry(order: HostedOrder, pick: Random) -> None:
    kind = ContentType.objects.get_for_model(order)
    entries = OutboxEntry.objects.filter(resource_type=kind, resource_id=order.pk)
    held = entries.exclude(state__in=OutboxEntry.ENDED).first()
    if held is None:
        OutboxEntry.objects.create(
            resource_type=kind,
            resource_id=order.pk,
            operation="upload_documents",
            moves_record=False,
            method="POST",
            path="/",
            body=b"",
            not_before=NOW,
        )
        return
    moves = {
        State.QUEUED: [State.BLOCKED, State.NEEDS_PERSON, State.SENDING],
        State.BLOCKED: [State.QUEUED],
        State.SENDING: [State.UNSURE, State.QUEUED],
        State.UNSURE: [State.NEEDS_PERSON, State.QUEUED],
        State.NEEDS_PERSON: [State.CANCELLED, State.QUEUED],
    }
    state = pick.choice(moves[State(held.state)])
    ended = NOW if state == State.CANCELLED else None
    entries.filter(pk=held.pk).update(
        state=state, lease_token=held.pk, send_started_at=NOW, resolved_at=ended
    )


CHANGES = (change_order, change_order, change_number, change_many_numbers, change_document, change_entry)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_changes_the_stage_is_what_the_rules_say(db, seed):
    pick = Random(seed)  # noqa: S311 - no secret
    orders = [HostedOrder.objects.create(remote_id=f"o{n}", sync_state="accepted") for n in range(4)]

    for _step in range(60):
        change = pick.choice(CHANGES)
        change(pick.choice(orders), pick)
        assert disagreeing() == [], change.__name__


def test_one_statement_about_many_numbers_looks_at_the_stage_once(draft):
    order = draft()
    add_numbers(order, [f"+1312555{number}" for number in range(1000, 1200)])

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN ANALYZE UPDATE hosted_ordernumber SET status = 'failed'")
        plan = " ".join(line for (line,) in cursor.fetchall())

    assert re.search(r"Trigger hosted_hostedorder_stage_1_update: time=\S+ calls=1 ", plan + " ")


def test_a_stale_copy_of_an_order_cannot_bring_its_old_stage_back(draft):
    order = draft()
    stale = HostedOrder.objects.get(pk=order.pk)
    HostedOrder.objects.filter(pk=order.pk).update(remote_id="o1", known_status="failed")

    stale.kept_stage, stale.remote_id, stale.known_status = "draft", "o1", "failed"
    stale.save()

    assert HostedOrder.objects.get(pk=order.pk).kept_stage == "failed"


def test_a_reminder_needs_us_once_its_time_has_come(draft):
    soon = timezone.now() + timedelta(seconds=0.5)
    order = draft(remote_id="o1", known_status=OrderStatus.INELIGIBLE_CARRIER, check_again_at=soon)
    turn_rules.look_at_the_clock(None)
    assert order.turn().group == Group.CLOSED
    while timezone.now() <= soon:
        pass

    turn_rules.look_at_the_clock(None)

    order.refresh_from_db()
    assert order.turn().group == Group.NEEDS_US


def test_rules_that_changed_are_installed_with_all_stages(draft):
    order = draft()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION hosted_hostedorder_stage() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN NEW.kept_stage := 'live'; RETURN NEW; END $$"
        )
    stages.touch(HostedOrder.objects.all())
    assert HostedOrder.objects.get(pk=order.pk).kept_stage == "live"

    turn_rules.STAGES.install(using="default")

    assert HostedOrder.objects.get(pk=order.pk).kept_stage == "draft"


def test_stages_that_were_not_written_are_worked_out_for_a_page_and_written_by_the_next_migrate(
    draft, monkeypatch
):
    order = draft()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE hosted_hostedorder DISABLE TRIGGER USER")
        cursor.execute("UPDATE hosted_hostedorder SET kept_stage = NULL")
        cursor.execute("ALTER TABLE hosted_hostedorder ENABLE TRIGGER USER")
        cursor.execute("COMMENT ON FUNCTION hosted_hostedorder_stage IS NULL")

    assert HostedOrder.objects.get(pk=order.pk).turn().group == Group.DRAFT

    turn_rules.STAGES.install(using="default")

    assert HostedOrder.objects.get(pk=order.pk).kept_stage == "draft"


def test_a_count_ends_with_more_than_it_counts(db, monkeypatch):
    monkeypatch.setattr(stages, "MOST_COUNTED", 2)
    for _number in range(4):
        HostedOrder.objects.create()

    counts = stages.counted(HostedOrder, {"all": Q()})

    assert counts == {"all": 3}
