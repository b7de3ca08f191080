"""Find messages, a page at a time, at the same cost for a thousand rows and for five million.

Every search walks one index in page order. Where several indexes could answer (a number on their side or on ours,
three words for "failed"), each gives its newest few and these are merged. What no index answers is checked while
walking, within a window of a fixed number of rows, and the page says how far back it has looked.

Words are looked up in their own index first, up to a limit: the few rows with a rare word are fetched by their ids,
and a common word soon turns up on a walk back in time. Without that, an absent word took 44 s among 5 million rows. The
index holds the words without accents: to ask for each way of writing one made PostgreSQL read the whole table instead.
"""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from messaging.models import Message

from .choices import Status, TermKind
from .filters import Criteria
from .query import NOTHING, Term, in_texts

SIZE = 50
WINDOW = 20_000
MOST_HITS = 10_000
COMMON_SHARE = 0.05

COLUMNS = (
    "id, remote_id, direction, type, our_address, their_address, messaging_profile_id, group_id, happened_at, status,"
    " status_rank, status_at, error_code, their_line_type, parts, autoresponse_type, text <> '' AS has_text,"
    " jsonb_array_length(media) AS files,"
    " details -> 'group' IS NOT NULL AS is_group,"
    " body <> '{}' AS has_body,"
    " direction = 'outbound' AND type IN ('SMS', 'MMS') AND body <> '{}' AS is_instead"
)
WHOLE = "*"
BARE = r"regexp_replace(normalize({}, NFD), '[\u0300-\u036f]', '', 'g')"
FOLDED = f"translate(normalize({BARE}, NFC), 'łŁđĐøØħĦı', 'lLdDoOhHi')"
# Must be exactly the expression of the index.
WORDS = f"to_tsvector('simple'::regconfig, COALESCE({FOLDED.format('text')}, ''))"
HAS_WORDS = f"{WORDS} @@ to_tsquery('simple'::regconfig, {FOLDED.format('%s')})"
# These are so common that the status index leaves them out.
COMMON = frozenset((Status.DELIVERED, Status.RECEIVED, Status.WEBHOOK_DELIVERED))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Place:
    """The position of a row in the order of the log."""

    happened_at: datetime
    id: int

    def __str__(self) -> str:
        micros = (self.happened_at - EPOCH) // timedelta(microseconds=1)
        return base64.urlsafe_b64encode(f"{micros:x}.{self.id:x}".encode()).decode().rstrip("=")

    @classmethod
    def of(cls, message: Message) -> "Place":
        return cls(message.happened_at, message.pk)

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Return the place that a link names, or None if the text isn't a place."""
        try:
            told = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        except ValueError:
            return None
        found = re.fullmatch(r"([0-9a-f]{1,14})\.([0-9a-f]{1,15})", told)
        return cls(EPOCH + timedelta(microseconds=int(found[1], 16)), int(found[2], 16)) if found else None


@dataclass(frozen=True)
class Condition:
    """A piece of SQL with its values."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Plan:
    """How to search: one walk for each of `branches`, within `span`, and what is checked on the way."""

    branches: tuple[Condition, ...] = (Condition("true"),)
    span: tuple[Condition, ...] = ()
    rest: tuple[Condition, ...] = ()
    words: str = ""


@dataclass
class Page:
    """Messages, newest first, and the places where the pages before and after start.

    `looked_back_to` is where the walk stopped, if it stopped before the page was full.
    """

    rows: list[Message] = field(default_factory=list)
    older: Place | None = None
    newer: Place | None = None
    looked_back_to: Place | None = None


def plan(term: Term = NOTHING, criteria: Criteria | None = None) -> Plan:
    """Return how to search for `term` under `criteria`: the most selective index leads, the rest is checked."""
    criteria = criteria or Criteria()
    ways = [way for way in (_of_term(term), *_of_filters(criteria)) if way]
    indexed = [way for way in ways if all(condition.sql in WALKABLE for condition in way)]
    words = in_texts(term.text) if term.kind == TermKind.WORDS else ""
    first = indexed[0] if indexed and not words else None
    rest = tuple(_any(way) for way in ways if way is not first)
    return Plan(tuple(first) if first else Plan.branches, tuple(_of_span(criteria)), rest, words)


THEIRS, OURS, LAST_FOUR = "their_address = %s", "our_address = %s", "RIGHT(their_address, 4) = %s"
ID, GROUP = "remote_id = %s::uuid", "group_id = %s::uuid"
STATUS, CODE, TYPE = "status = %s", "error_code = %s", "type = %s"
PROFILE, DIRECTION = "messaging_profile_id = %s::uuid", "direction = %s"
HAS_CAMPAIGN = "details ? 'tcr_campaign_registered'"
IS_REGISTERED = "(details -> 'tcr_campaign_registered') = '\"REGISTERED\"'::jsonb"
# Must be exactly the condition of the index.
UNREGISTERED = f"({HAS_CAMPAIGN} AND NOT ({IS_REGISTERED}))"
CAMPAIGNS = {
    "registered": f"({IS_REGISTERED})",
    "other": UNREGISTERED,
    "none": f"(direction = 'outbound' AND NOT {HAS_CAMPAIGN})",
}
# Checked on the way, row by row: "walked" is what a walk finds. A newer message of two numbers is one step in an
# index, and the first one ends the search.
AWAITS_US = """(direction = 'inbound' AND upper(autoresponse_type) NOT IN ('STOP', 'START') AND (
    SELECT newer.id FROM messaging_message AS newer
     WHERE newer.their_address = walked.their_address AND newer.our_address = walked.our_address
       AND (newer.happened_at, newer.id) > (walked.happened_at, walked.id) LIMIT 1) IS NULL)"""
# Used instead of the above for the common values, which are not in the index.
UNINDEXED_STATUS, UNINDEXED_TYPE = "(status = %s)", "(type = %s)"
WALKABLE = frozenset((THEIRS, OURS, LAST_FOUR, ID, GROUP, STATUS, CODE, TYPE, PROFILE, UNREGISTERED))


def _of_term(term: Term) -> list[Condition]:
    if term.kind == TermKind.ID:
        return [Condition(ID, term.meant), Condition(GROUP, term.meant)]
    if term.kind == TermKind.ADDRESS:
        return [Condition(sql, (address,)) for address in term.meant for sql in (THEIRS, OURS)]
    if term.kind == TermKind.LAST_FOUR:
        last_four, *ours = term.meant
        return [Condition(LAST_FOUR, (last_four,)), *(Condition(OURS, (address,)) for address in ours)]
    return []


def _of_filters(criteria: Criteria) -> Iterable[list[Condition]]:
    """Yield the alternatives of each filter, starting with those whose index has the fewest rows per value."""
    if criteria.code:
        yield [Condition(CODE, (criteria.code,))]
    if criteria.errors:
        yield [Condition(CODE, (code,)) for code in criteria.codes()]
    if criteria.campaign:
        yield [Condition(CAMPAIGNS[criteria.campaign])]
    yield [
        Condition(UNINDEXED_STATUS if status in COMMON else STATUS, (status,))
        for status in criteria.statuses()
    ]
    if criteria.answer:
        yield [Condition(AWAITS_US)]
    if criteria.type:
        yield [Condition(UNINDEXED_TYPE if criteria.type == "SMS" else TYPE, (criteria.type,))]
    if criteria.sender:
        yield [Condition(OURS, (criteria.sender,))]
    if criteria.profile:
        yield [Condition(PROFILE, (criteria.profile,))]
    if criteria.direction:
        yield [Condition(DIRECTION, (criteria.direction,))]


def _of_span(criteria: Criteria) -> Iterable[Condition]:
    since, until = criteria.span()
    if since:
        yield Condition("happened_at >= %s", (since,))
    if until:
        yield Condition("happened_at < %s", (until,))


def _any(way: Sequence[Condition]) -> Condition:
    sql = " OR ".join(condition.sql for condition in way)
    return Condition(f"({sql})", tuple(value for condition in way for value in condition.values))


def _all(conditions: Iterable[Condition]) -> Condition:
    found = list(conditions)
    sql = " AND ".join(condition.sql for condition in found) or "true"
    return Condition(sql, tuple(value for condition in found for value in condition.values))


def look(
    how: Plan,
    *,
    before: Place | None = None,
    after: Place | None = None,
    size: int = SIZE,
    window: int = WINDOW,
    columns: str = COLUMNS,
) -> Page:
    """Return one page: the newest, or the one older than `before`, or the one newer than `after`.

    One statement; a page that comes up short although there may be more costs a second one.
    """
    sql, values = statement(how, before=before, after=after, size=size, window=window, columns=columns)
    came = list(Message.objects.raw(sql, values))
    more = len(came) > size
    # A message between two of our own numbers turns up on both walks.
    rows = list({row.pk: row for row in came}.values())[:size]
    if after:
        rows.reverse()
        return Page(rows, Place.of(rows[-1]) if rows else after, Place.of(rows[0]) if more else None)
    page = Page(rows, Place.of(rows[-1]) if more else None, Place.of(rows[0]) if rows and before else None)
    if (how.rest or how.words) and (not more or len(how.branches) > 1):
        _mind_the_window(page, how, before, window)
    return page


def _mind_the_window(page: Page, how: Plan, before: Place | None, window: int) -> None:
    """End a page where its walks stopped: below that, one of them may have missed what another one shows."""
    end = _end_of_window(how, before, window)
    if end is None or (page.rows and Place.of(page.rows[-1]) >= end and page.older):
        return
    page.rows = [row for row in page.rows if Place.of(row) >= end]
    page.older, page.looked_back_to = None, end


def statement(
    how: Plan,
    *,
    before: Place | None = None,
    after: Place | None = None,
    size: int = SIZE,
    window: int = WINDOW,
    columns: str = COLUMNS,
) -> tuple[str, list[Any]]:
    """Return the SQL of one page with its values; it asks for one extra row, to see whether there are more."""
    order = "happened_at ASC, id ASC" if after else "happened_at DESC, id DESC"
    place = _from(before, after)
    if how.words:
        walks = [_fetched(how, place, order, size)]
        how = replace(how, branches=(MANY_HITS,), rest=(*how.rest, Condition(HAS_WORDS, (how.words,))))
    else:
        walks = []
    walks += [_walk(branch, how, place, order, size, window) for branch in how.branches]
    found = _union(walks)
    hits = _hits(how)
    # S608: every name and condition is a constant of this module, every value a parameter.
    sql = f"{hits.sql} SELECT {columns} FROM ({found.sql}) AS found ORDER BY {order} LIMIT {size + 1:d}"  # noqa: S608
    return sql, [*hits.values, *found.values]


def count(how: Plan, most: int, window: int) -> tuple[int, bool]:
    """Return how many messages a walk finds, at most one more than `most`, and whether it found all there are."""
    sql, values = statement(how, size=most, window=window, columns="id")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(DISTINCT id) FROM ({sql}) AS met", values)  # noqa: S608
        found = int(cursor.fetchone()[0])
    if found > most or not (how.rest or how.words):
        return found, True
    return found, _end_of_window(how, None, window) is None


def _from(before: Place | None, after: Place | None) -> tuple[Condition, ...]:
    if after:
        return (Condition("(happened_at, id) > (%s, %s)", (after.happened_at, after.id)),)
    if before:
        return (Condition("(happened_at, id) < (%s, %s)", (before.happened_at, before.id)),)
    return ()


def _union(parts: Sequence[Condition]) -> Condition:
    values = tuple(value for part in parts for value in part.values)
    return Condition(" UNION ALL ".join(f"({part.sql})" for part in parts), values)


def _walk(
    branch: Condition, how: Plan, place: tuple[Condition, ...], order: str, size: int, window: int
) -> Condition:
    walked = _all([branch, *how.span, *place])
    most = window if how.rest else size + 1
    sql = f"SELECT * FROM messaging_message WHERE {walked.sql} ORDER BY {order} LIMIT {most:d}"  # noqa: S608
    if not how.rest:
        return Condition(sql, walked.values)
    rest = _all(how.rest)
    sql = f"SELECT * FROM ({sql}) AS walked WHERE {rest.sql} ORDER BY {order} LIMIT {size + 1:d}"  # noqa: S608
    return Condition(sql, walked.values + rest.values)


# PostgreSQL runs only one of the two: a condition without a column is decided once, before any rows are read.
FEW_HITS = Condition(f"NOT (SELECT are_known FROM often) AND (SELECT count(id) FROM hits) <= {MOST_HITS}")  # noqa: S608
MANY_HITS = Condition(f"((SELECT are_known FROM often) OR (SELECT count(id) FROM hits) > {MOST_HITS})")  # noqa: S608
# Whether PostgreSQL's statistics of the index know the words as very common. To probe for such words, it might read the
# table from its oldest row on, or every entry of the index.
OFTEN = f"""
SELECT coalesce(exp(sum(ln(coalesce(share, 1e-9)))), 0) >= {COMMON_SHARE} AS are_known
  FROM unnest(tsvector_to_array(to_tsvector('simple'::regconfig, {FOLDED.format("%s")}))) AS word
  LEFT JOIN messaging_common_words() AS known USING (word)
"""  # noqa: S608


def _hits(how: Plan) -> Condition:
    """Return the bounded probe for the words, which goes before a statement about them."""
    if not how.words:
        return Condition("")
    probe = f"SELECT id FROM messaging_message WHERE NOT (SELECT are_known FROM often) AND {HAS_WORDS}"  # noqa: S608
    sql = f"WITH often AS MATERIALIZED ({OFTEN}), hits AS MATERIALIZED ({probe} LIMIT {MOST_HITS + 1})"
    return Condition(sql, (how.words, how.words))


def _fetched(how: Plan, place: tuple[Condition, ...], order: str, size: int) -> Condition:
    """Return the query that fetches, by their ids, the few rows that have the words."""
    few = _all([FEW_HITS, Condition("id = ANY(ARRAY(SELECT id FROM hits))"), *how.span, *place, *how.rest])
    rows = f"SELECT * FROM messaging_message AS walked WHERE {few.sql}"  # noqa: S608
    return Condition(f"{rows} ORDER BY {order} LIMIT {size + 1:d}", few.values)


def _end_of_window(how: Plan, before: Place | None, window: int) -> Place | None:
    """Return where the first of the walks stopped, or None if they saw everything there is."""
    ends = []
    for branch in (MANY_HITS,) if how.words else how.branches:
        walked = _all([branch, *how.span, *_from(before, None)])
        order = "ORDER BY happened_at DESC, id DESC"
        sql = f"SELECT happened_at, id FROM messaging_message WHERE {walked.sql} {order} LIMIT {window:d}"  # noqa: S608
        sql = f"SELECT happened_at, id, count(id) OVER () AS seen FROM ({sql}) AS w ORDER BY 1, 2 LIMIT 1"  # noqa: S608
        ends.append(Condition(sql, walked.values))
    hits, every = _hits(how), _union(ends)
    newest = "WHERE seen = %s ORDER BY happened_at DESC, id DESC LIMIT 1"
    sql = f"{hits.sql} SELECT happened_at, id FROM ({every.sql}) AS ends {newest}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*hits.values, *every.values, window])
        row = cursor.fetchone()
    return Place(*row) if row else None
