"""Every kind of search walks an index in the page's order: read from PostgreSQL's own plans, on 20,000 rows."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.log import groups, health, keyset, searches
from messaging.log.choices import TermKind
from messaging.log.filters import Criteria
from messaging.log.keyset import Place
from messaging.log.query import Term
from messaging.models import Message
from tests.messaging.log.plans import FILL, ROWS, nodes

NUMBER = Term("x", TermKind.ADDRESS, ("+13120000042",))
ENDING = Term("x", TermKind.LAST_FOUR, ("0042", "+15550100002"))
ID = Term("x", TermKind.ID, ("0f4a7c11-9b1d-4a55-8a3e-5d2b6c7e8f10",))
RARE, ABSENT, COMMON = (Term(word, TermKind.WORDS) for word in ("marigold", "nowhere", "ready"))

# What is searched for, and the indexes that may be used for it.
WAYS = {
    "browse": (Term(), Criteria(), {"message_newest"}),
    "number": (NUMBER, Criteria(), {"message_theirs", "message_ours"}),
    "number and filter": (NUMBER, Criteria(status="failed"), {"message_theirs", "message_ours"}),
    "last four": (ENDING, Criteria(), {"message_last_four", "message_ours"}),
    "id": (ID, Criteria(), {"message_once_per_handset", "message_group"}),
    "failed": (Term(), Criteria(status="failed"), {"message_status"}),
    "open": (Term(), Criteria(status="open"), {"message_status"}),
    "one word": (Term(), Criteria(status="sent"), {"message_status"}),
    "arrived": (Term(), Criteria(status="arrived"), {"message_newest"}),
    "code": (Term(), Criteria(code="40001"), {"message_error"}),
    "errors about": (Term(), Criteria(errors="number"), {"message_error"}),
    "unregistered": (Term(), Criteria(campaign="other"), {"message_campaign"}),
    "type": (Term(), Criteria(type="MMS"), {"message_type"}),
    "direction": (Term(), Criteria(direction="inbound"), {"message_newest"}),
    "sender": (Term(), Criteria(sender="+15550100003"), {"message_ours"}),
    "profile": (Term(), Criteria(profile="00000000-0000-0000-0000-000000000003"), {"message_profile"}),
    "days": (Term(), Criteria(since="2026-01-01", until="2026-12-31"), {"message_newest"}),
    "rare word": (RARE, Criteria(), {"message_plain_words", "messaging_message_pkey", "message_newest"}),
    "absent word": (ABSENT, Criteria(), {"message_plain_words", "messaging_message_pkey", "message_newest"}),
}


@pytest.fixture(scope="module")
def big_log(django_db_setup, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(FILL)
            cursor.execute("ANALYZE messaging_message")
        yield
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE messaging_message")
            cursor.execute("ANALYZE messaging_message")


def run(term: Term, criteria: Criteria, **where: Any) -> list[dict[str, Any]]:
    """Return the nodes of the plan that were executed."""
    return executed(*keyset.statement(keyset.plan(term, criteria), **where))


def executed(sql: str, values: list[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values)
        [[plan]] = cursor.fetchall()
    told = json.loads(plan) if isinstance(plan, str) else plan
    return [
        node
        for node in nodes(told[0]["Plan"])
        if node["Actual Loops"] and not node.get("Index Name", "").startswith("pg_")
    ]


@pytest.mark.parametrize("direction", ["newest", "before", "after"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.promise("L1")
def test_a_page_walks_an_index_and_reads_little(big_log, db, way, direction):
    term, criteria, indexes = WAYS[way]
    middle = Place.of(Message.objects.order_by("happened_at")[ROWS // 2])

    done = run(term, criteria, **({} if direction == "newest" else {direction: middle}))

    assert [node["Relation Name"] for node in done if node["Node Type"] == "Seq Scan"] == []
    assert {node["Index Name"] for node in done if "Index Name" in node} <= indexes
    # Merging the newest few of several walks, or fetching the few with a word, does not count as sorting a table.
    sorted_rows = [node["Plans"][0]["Actual Rows"] for node in done if node["Node Type"] == "Sort"]
    assert max(sorted_rows, default=0) <= 5 * (keyset.SIZE + 1)
    scanned = [node["Actual Rows"] * node["Actual Loops"] for node in done if "Index Name" in node]
    assert max(scanned) <= keyset.MOST_HITS + 1 if term.kind == TermKind.WORDS else max(scanned) <= 500


@pytest.mark.promise("L1")
def test_who_waits_for_an_answer_is_found_on_a_walk_with_one_step_for_each_number(big_log, db):
    middle = Place.of(Message.objects.order_by("happened_at")[ROWS // 2])
    waiting = Criteria(answer="waiting")

    newest, older = run(Term(), waiting), run(Term(), waiting, before=middle, window=500)
    by_word = run(RARE, waiting)

    for done in (newest, older, by_word):
        assert [node["Relation Name"] for node in done if node["Node Type"] == "Seq Scan"] == []
    assert {node["Index Name"] for node in newest if "Index Name" in node} == {
        "message_newest",
        "message_theirs",
    }
    read = [node["Actual Rows"] * node["Actual Loops"] for node in (*newest, *older) if "Index Name" in node]
    # A number has some six messages here, so 500 rows of the walk cost a few steps each.
    assert max(read) <= 1_500


@pytest.mark.promise("L2")
def test_a_common_word_is_found_on_a_walk_through_time(big_log, db):
    done = run(COMMON, Criteria())

    walked = [node for node in done if node.get("Index Name") == "message_newest"]
    assert [node["Actual Rows"] for node in walked] == [keyset.SIZE + 1]
    assert "messaging_message_pkey" not in {node.get("Index Name") for node in done}


@pytest.mark.parametrize("word", ["marigold", "needle", "Núñez", "unreasonable expectations"])
@pytest.mark.promise("L2")
def test_a_word_is_expected_to_be_rare_however_it_could_be_written(big_log, db, word):
    done = run(Term(word, TermKind.WORDS), Criteria())

    # Of a word expected in more, PostgreSQL would rather read the whole of a big table than its index.
    [probed] = [node for node in done if node.get("Index Name") == "message_plain_words"]
    assert probed["Plan Rows"] <= ROWS / 100


@pytest.mark.promise("L2")
def test_a_word_known_to_be_common_is_not_probed_for(big_log, db):
    common, pair = (run(Term(words, TermKind.WORDS), Criteria()) for words in ("READY!", "ready marigold"))

    assert "message_plain_words" not in {node.get("Index Name") for node in common}
    assert "message_plain_words" in {node.get("Index Name") for node in pair}
    assert "Seq Scan" not in {node["Node Type"] for node in [*common, *pair]}


@pytest.mark.promise("L2")
def test_a_role_that_does_not_own_the_index_knows_common_words_too(big_log, db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE reader_of_the_log")
        cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_of_the_log")
        cursor.execute("SET LOCAL ROLE reader_of_the_log")
    try:
        done = run(COMMON, Criteria())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")

    assert "message_plain_words" not in {node.get("Index Name") for node in done}


@pytest.mark.promise("L1")
def test_those_in_copy_are_found_in_an_index(big_log, db):
    done = executed(groups.IN_COPY, [["+13125550001"]])

    assert {node["Index Name"] for node in done if "Index Name" in node} == {"message_in_copy"}
    assert "Seq Scan" not in {node["Node Type"] for node in done}


@pytest.mark.promise("L2")
def test_a_walk_that_finds_little_says_how_far_it_got_and_continues_from_there(big_log, db):
    how = keyset.plan(Term(), Criteria(direction="inbound", profile="00000000-0000-0000-0000-000000000007"))
    whole = keyset.look(how, size=1000).rows
    found, before = [], None
    for _round in range(100):
        page = keyset.look(how, before=before, size=1000, window=70)
        found += page.rows
        before = page.older or page.looked_back_to
        if before is None:
            break

    assert [row.pk for row in found] == [row.pk for row in whole]
    assert len(found) > 60


def test_two_walks_end_where_the_first_of_them_gave_up(big_log, db):
    how = keyset.plan(
        Term("", TermKind.ADDRESS, ("+15550100002", "+13120000042")), Criteria(direction="inbound")
    )
    whole = [row.pk for row in keyset.look(how, size=1000).rows]
    found, before = [], None
    for _round in range(200):
        page = keyset.look(how, before=before, size=5, window=20)
        found += [row.pk for row in page.rows]
        before = page.older or page.looked_back_to
        if before is None:
            break

    assert found == whole


def test_our_own_addresses_are_read_by_jumping_through_the_index(big_log, db):
    assert len(searches.senders()) == 40
    assert len(searches.senders(most=7)) == 7


def test_the_health_of_a_sender_walks_the_index_of_our_side(big_log, db):
    with CaptureQueriesContext(connection) as queries:
        health.of("+15550100003")
    assert len(queries) == 1
    with connection.cursor() as cursor:
        # To sort the week of a small sender is cheaper; with many messages it isn't.
        for way in ("bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {queries[0]['sql']}")
        [[plan]] = cursor.fetchall()

    done = list(nodes(plan[0]["Plan"]))
    assert [node["Index Name"] for node in done if "Index Name" in node] == ["message_ours"]
    assert {node["Node Type"] for node in done}.isdisjoint({"Sort", "Incremental Sort"})
