"""Who must not be texted: the newest word from texts, lists and people counts, in whatever order they came."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from messaging.mirror import account
from messaging.mirror.records import sync
from messaging.models import OptOut, OptOutReading
from messaging.models.optouts import LAG, Listed, pair_of
from messaging.optouts import reconcile
from messaging.telnyx.errors import TelnyxError
from tests.sandbox.hosted_control import PROFILE_ID

OURS, HANDSET = "+13125550101", "+13125550999"
PAIR = (PROFILE_ID, OURS, HANDSET)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def tell(fact: tuple) -> None:
    kind, at, *rest = fact
    if kind == "list":
        created = rest[0]
        listed = {} if created is None else {PAIR: Listed("STOP", minute(min(created, at)))}
        OptOut.take_list(listed, minute(at))
    else:
        reconcile.heard(PROFILE_ID, OURS, HANDSET, kind, minute(at))


def is_blocked(facts: list[tuple]) -> bool:
    """Return the expected result, from the facts as a set."""
    blocked, freed = [], []
    for kind, at, *rest in facts:
        if kind == "list" and rest[0] is not None:
            blocked += [minute(at) - LAG, minute(min(rest[0], at))]
        elif kind == "list":
            freed.append(minute(at) - LAG)
        else:
            (blocked if kind == "STOP" else freed).append(minute(at))
    return bool(blocked) and (not freed or max(blocked) >= max(freed))


MINUTES = st.integers(0, 12)
FACTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["STOP", "START"]), MINUTES),
        st.tuples(st.just("list"), MINUTES, st.one_of(st.none(), MINUTES)),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.django_db
@examples(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=FACTS, data=st.data())
@pytest.mark.promise("X46")
def test_neither_order_nor_repetition_of_texts_and_lists_matters(facts, data):
    order = data.draw(st.permutations([*facts, *data.draw(st.lists(st.sampled_from(facts), max_size=3))]))
    OptOut.objects.all().delete()
    OptOutReading.objects.all().delete()

    for fact in order:
        tell(fact)

    assert (reconcile.blocks(PROFILE_ID, HANDSET) is not None) == is_blocked(facts), order


# The list.


def test_the_list_is_taken_whole_and_an_entry_that_left_it_is_lifted_and_kept(sandbox, client):
    for n in range(3):
        sandbox.opt_out(PROFILE_ID, OURS, f"+1312555090{n}", keyword="QUIT")
    OptOut.read_whole(client)
    sandbox.opt_in(PROFILE_ID, OURS, "+13125550901")
    OptOutReading.objects.update(counts_as_of=timezone.now() - timedelta(hours=1))
    OptOut.objects.update(listed_at=timezone.now() - timedelta(hours=1), stopped_at=timezone.now() - 2 * LAG)

    OptOut.read_whole(client)

    rows = {row.to_number: row for row in OptOut.objects.all()}
    assert [rows[f"+1312555090{n}"].is_active() for n in range(3)] == [True, False, True]
    assert {row.keyword for row in rows.values()} == {"QUIT"}
    assert reconcile.blocks(PROFILE_ID, "+13125550901") is None
    reading = reconcile.reading()
    assert (reading.entries, reading.masked) == (2, 0)


def test_the_time_is_read_with_the_space_telnyx_writes(sandbox, client):
    sandbox.opt_out(PROFILE_ID, OURS, HANDSET, created_at="2026-03-02T12:00:38.631252Z")

    OptOut.read_whole(client)

    assert OptOut.objects.get().stopped_at == datetime(2026, 3, 2, 12, 0, 38, 631252, tzinfo=UTC)


def test_half_a_list_changes_nothing(sandbox, client):
    sandbox.opt_out(PROFILE_ID, OURS, HANDSET)
    OptOut.read_whole(client)
    before = list(OptOut.objects.values())
    sandbox.opt_in(PROFILE_ID, OURS, HANDSET)
    sandbox.fault("status", method="GET", path="optouts", status=500, count=None)

    with pytest.raises(TelnyxError):
        OptOut.read_whole(client)

    assert list(OptOut.objects.values()) == before


def test_a_stop_of_this_minute_is_not_lifted_by_a_list_that_lags(sandbox, client):
    reconcile.heard(PROFILE_ID, OURS, HANDSET, "STOP", timezone.now() - timedelta(seconds=20))

    OptOut.read_whole(client)

    assert reconcile.blocks(PROFILE_ID, HANDSET)


def test_the_hourly_pull_reads_it_and_asks_for_whole_numbers(sandbox, client):
    sandbox.opt_out(PROFILE_ID, OURS, HANDSET)

    sync.pull_whole(client)

    assert OptOut.objects.get().to_number == HANDSET
    assert [dict(sent["query"])["redaction_enabled"] for sent in sandbox.requests("GET", "optouts")] == [
        "false"
    ]


def test_the_pull_by_hand_reads_it_too_unless_it_is_a_dry_run(sandbox, client, settings):
    sandbox.opt_out(PROFILE_ID, OURS, HANDSET)
    settings.TELNYX_API_KEY, settings.TELNYX_BASE_URL = sandbox.api_key, sandbox.base_url
    account.client.cache_clear()
    out = StringIO()
    try:
        call_command("telnyx_pull", dry_run=True, stdout=StringIO())
        assert not OptOut.objects.exists()
        call_command("telnyx_pull", stdout=out)
    finally:
        account.client.cache_clear()

    assert "messaging.OptOut: Telnyx lists 1" in out.getvalue()
    assert HANDSET not in out.getvalue()
    assert OptOut.objects.count() == 1


@pytest.mark.parametrize(
    ("record", "pair"),
    [
        ({"messaging_profile_id": None, "from": OURS, "to": HANDSET}, ("", OURS, HANDSET)),
        (
            {"messaging_profile_id": PROFILE_ID, "from": "Brand", "to": HANDSET},
            (PROFILE_ID, "Brand", HANDSET),
        ),
        ({"from": OURS, "to": None}, None),
        ({"from": 5, "to": HANDSET}, None),
    ],
)
def test_an_entry_is_known_by_profile_sender_and_handset(record, pair):
    assert pair_of(record) == pair


def test_entries_that_telnyx_masks_are_counted_and_match_nobody(sandbox, client):
    sandbox.opt_out(PROFILE_ID, OURS, "+1312555****")
    sandbox.opt_out(PROFILE_ID, OURS, HANDSET)

    OptOut.read_whole(client)

    assert OptOut.objects.get().to_number == HANDSET
    assert (reconcile.reading().entries, reconcile.reading().masked) == (1, 1)


# The guard.


def test_one_sender_of_the_profile_blocks_them_all_and_no_other_profile(db):
    reconcile.heard(PROFILE_ID, OURS, HANDSET, "STOP", minute(0))

    assert reconcile.blocks(PROFILE_ID, HANDSET).from_number == OURS
    assert reconcile.blocks("another-profile", HANDSET) is None
    assert reconcile.blocks(PROFILE_ID, OURS) is None


def test_an_entry_without_a_profile_blocks_every_profile(db):
    reconcile.heard(None, OURS, HANDSET, "stop", minute(0))

    assert reconcile.blocks(PROFILE_ID, HANDSET)


@pytest.mark.parametrize("kind", ["HELP", "", "SOMETHING"])
def test_other_texts_change_nothing(db, kind):
    reconcile.heard(PROFILE_ID, OURS, HANDSET, kind, minute(0))

    assert not OptOut.objects.exists()


def test_our_promise_holds_whatever_lists_and_texts_say_until_a_person_takes_it_back(db):
    person = User.objects.create(username="person")
    row = reconcile.promise(HANDSET, profile_id="", note="Asked by phone.", by=person)

    again = reconcile.promise(HANDSET, profile_id="", note="Twice.", by=person)
    reconcile.heard(PROFILE_ID, OURS, HANDSET, "START", timezone.now())
    OptOut.take_list({}, timezone.now() + timedelta(hours=1))

    assert again == row
    assert reconcile.blocks(PROFILE_ID, HANDSET) == row
    assert reconcile.withdraw(row, by=person)
    assert not reconcile.withdraw(row, by=person)
    assert reconcile.blocks(PROFILE_ID, HANDSET) is None


def test_taking_back_our_promise_leaves_telnyxs_block(db):
    person = User.objects.create(username="person")
    reconcile.heard(PROFILE_ID, OURS, HANDSET, "STOP", minute(0))
    row = reconcile.promise(HANDSET, profile_id=PROFILE_ID, note="", by=person)

    reconcile.withdraw(row, by=person)

    assert not reconcile.blocks(PROFILE_ID, HANDSET).is_ours
