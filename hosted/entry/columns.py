"""Which columns of a table hold phone numbers, which of them to read, and what else is in its rows.

Part of the separate process that reads a file (tables.py), so nothing here needs Django or opens a file.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumber, is_valid_number

from messaging.tables.reader import ERROR, FORMULA, Sheet

MOST_COLUMNS = 50
# What the page keeps, so that another column can be read without choosing the file again.
MOST_OFFERED = 100
MOST_KEPT = 300_000
# Titles, addresses and empty rows come before the headings, but not more than this.
FIRST_ROWS = 20
LONGEST_HEADING = 40
LONGEST_NAME = 100
# Columns that may give the names of one column of numbers.
MOST_NAMES = 8
MOST_RANGES = 20

# The library loads each region on first use, when nothing can be opened anymore.
for region in COUNTRY_CODE_TO_REGION_CODE[1]:
    PhoneMetadata.metadata_for_region(region)

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
NUMBER = re.compile(
    r"(?<![\w+])(?:\+?1[\s.\-/]*)?\(?([2-9]\d\d)\)?[\s.\-/]*([2-9]\d\d)[\s.\-/]*\d{4}(?:\.0+)?(?![^\W_]|-\d)"
)
VANITY = re.compile(r"(?<![\w+])(?:\+?1[\s.-]*)?\(?8(?:00|33|44|55|66|77|88)\)?[\s.-]*(?=[\w-]{7})\w*-?[A-Z]")
DAMAGED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+|#{3,}")
DATE = re.compile(r"\d{4}-\d\d?-\d\d?\b.*|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b.*")
SEVERAL = re.compile(r"[,;/|&\r\n]+")

PHONE = re.compile(
    r"phone|\btel(?!nyx)|\bmobile|\bcell|\bcelular|m[oó]vil\b|msisdn|\bdids?\b|\b[wb]?tns?\b|e ?164|rufnummer",
    re.IGNORECASE,
)
BARE = re.compile(r"\bnumbers?\b|\bnum\b|\bnos?\b|n[uú]mero|nummer|\blines?\b|#", re.IGNORECASE)
# Numbers of something else, even if each could be a phone number.
OTHER = re.compile(
    r"\b(?:account|acct|customer|cust|client|member|patient|student|employee|emp|staff|badge|order|invoice|bill|case"
    r"|claim|ticket|job|policy|license|contract|tracking|ref|reference|zip|post|postal|postcode|code|tax|ein|ssn|bank"
    r"|routing|check|serial|imei|iccid|sim|asset|part|item|model|store|suite|room|lot|date|amount|pon|po)\b",
    re.IGNORECASE,
)
# A number of the customer, but maybe not the one to text on.
ASIDE = re.compile(
    r"\b(?:contact|billing|btn|emergency|alt|alternate|home|manager|requested)\b", re.IGNORECASE
)
NEVER = re.compile(r"\b(?:ids?|uuid|guid|pin|fax|ext|extn|extensions?|types?)\b", re.IGNORECASE)
NAME = re.compile(
    r"\bnames?\b|\b(?:customer|subscriber|contact|business|company|label|location|employee|user|person|owner|site"
    r"|department|dept|description|desc|client|nombre)s?\b",
    re.IGNORECASE,
)
# Where the number rings. Unlike the words of NAME, it doesn't mark a row as the headings.
WHERE = re.compile(
    r"\b(?:store|shop|branch|office|clinic|practice|restaurant|venue|building|facility|property|unit|room|suite|team"
    r"|division|region|market|tenant|brand|route|desk|use|purpose)(?:e?s)?\b",
    re.IGNORECASE,
)
NOT_NAME = re.compile(
    r"\b(?:ids?|numbers?|no|num|e ?mail|address|phone|type|date|code|zip|status)\b|#", re.IGNORECASE
)
ALSO = re.compile(
    r"\b(?:status|state|city|street|address|e ?mail|notes?|comments?|carrier|provider|plan)\b", re.IGNORECASE
)


@dataclass
class Names:
    """A column that may say whose the numbers are, or two if first and last names are apart."""

    places: list[int]
    heading: str


@dataclass
class Column:
    """One column that holds numbers: how well it suits, its lines for the box, and the rows that gave none."""

    rank: tuple[Any, ...]
    is_grid: bool
    count: int
    lines: list[str]
    about: dict[str, Any]

    def size(self) -> int:
        texts = [names["texts"] for names in self.about["names"]]
        return sum(len(text) for lines in (self.lines, *texts) for text in lines)

    def keep_one_name(self) -> None:
        """Leave out the columns that don't give the names."""
        self.about["names"] = [
            names for names in self.about["names"] if names["number"] == self.about["named"]
        ]

    def data(self) -> dict[str, Any]:
        return {**self.about, "count": self.count, "lines": self.lines}


def choose(sheets: Iterable[Sheet]) -> dict[str, Any]:
    """Return the columns that hold numbers, best first, and which of them to read: {"columns": [], "read": [0]}."""
    found: list[Column] = []
    unread: dict[str, list[str]] = {}
    is_empty = True
    for order, sheet in enumerate(sheets):
        is_empty = is_empty and not sheet.rows and not sheet.problem
        if sheet.problem:
            unread.setdefault(sheet.problem, []).append(sheet.name)
        found += columns_of(sheet, order)
    found.sort(key=lambda column: column.rank, reverse=True)
    if not found:
        return {"problem": next(iter(unread), "empty" if is_empty else "none")}
    if not found[0].lines:
        return {"problem": "formulas"}
    grid = [
        n
        for n, column in enumerate(found)
        if column.is_grid and column.about["sheet"] == found[0].about["sheet"]
    ]
    read = sorted(grid, key=lambda n: found[n].about["number"]) if found[0].is_grid else [0]
    offered: list[dict[str, Any]] = []
    kept: dict[int, int] = {}
    size = 0
    for n, column in enumerate(found):
        if size + column.size() > MOST_KEPT:
            column.keep_one_name()
        size += column.size()
        if n in read or (size <= MOST_KEPT and len(offered) < MOST_OFFERED):
            kept[n] = len(offered)
            offered.append(column.data())
    return {
        "columns": offered,
        "read": [kept[n] for n in read],
        "more": len(found) - len(offered),
        "sheets": unread,
    }


def columns_of(sheet: Sheet, order: int) -> Iterator[Column]:
    rows = sorted(sheet.rows.items())
    is_across = len(rows) == 1 and sum(map(is_number, rows[0][1])) > 1
    if is_across:
        rows = [(n, [cell]) for n, cells in rows for cell in cells]
    top = heading_row(rows) if not is_across else 0 if is_heading(cell_of(rows[0][1], 0)) else None
    above, below = ([], rows) if top is None else (rows[: top + 1], rows[top + 1 :])
    headings = above[-1][1] if above else []
    names = name_columns(headings, below)
    is_grid = top is None and all(is_number(cell) for _n, cells in rows for cell in cells if cell)
    for place in range(max((len(cells) for _n, cells in below), default=0)):
        column = column_of(sheet, order, place, cell_of(headings, place), below, names)
        if column:
            column.is_grid = is_grid
            column.about["is_row"] = is_across
            column.about["rows"] |= ranges({"above": [n for n, _cells in above]})
            yield column


def column_of(
    sheet: Sheet, order: int, place: int, heading: str, rows: list[tuple[int, list[str]]], names: list[Names]
) -> Column | None:
    """Return a column with its lines, or None if nothing in it looks like a number."""
    names = [one for one in names if place not in one.places]
    lines: list[str] = []
    from_rows: list[int] = []
    texts: list[list[str]] = [[] for _one in names]
    kinds: Counter[str] = Counter()
    reasons: dict[str, list[int]] = {}
    for n, cells in rows:
        cell = cell_of(cells, place)
        kind = "again" if heading and cell == heading else kind_of(cell)
        kinds[kind] += 1
        if kind != "number":
            reasons.setdefault(kind if kind in ("empty", "again", "formula", "error") else "odd", []).append(
                n
            )
        if kind in ("number", "likely", "odd"):
            pieces = split(cell)
            lines += pieces
            from_rows += [n] * len(pieces)
            for found, one in zip(texts, names, strict=True):
                found += [name_of(cells, one.places)] * len(pieces)
            if n in sheet.hidden_rows:
                reasons.setdefault("hidden", []).append(n)
    if not kinds["number"] + kinds["likely"] + kinds["formula"]:
        return None
    suits = suitability(heading, kinds)
    is_hidden = sheet.is_hidden or place + 1 in sheet.hidden_columns
    if not kinds["number"] + kinds["likely"] and suits < 4:
        return None
    about: dict[str, Any] = {
        "sheet": sheet.name,
        "number": place + 1,
        "heading": heading,
        "rows": ranges(reasons),
        "is_hidden": place + 1 in sheet.hidden_columns,
        "in_hidden": sheet.is_hidden,
        "is_wide": sheet.is_wide,
        "from_rows": from_rows,
        "names": [
            {"number": one.places[0] + 1, "heading": one.heading, "texts": found}
            for one, found in zip(names, texts, strict=True)
            if any(found)
        ],
    }
    suiting = (one["number"] for one in about["names"] if suits_as_names(one["heading"], one["texts"]))
    about["named"] = next(suiting, 0)
    count = sum(map(count_in, lines))
    rank = (suits > 1, not is_hidden, suits > 3, count > 0, suits, count, kinds["likely"], -order, -place)
    return Column(rank, False, count, lines, about)


def suitability(heading: str, kinds: Counter[str]) -> int:
    """Say how well a heading suits phone numbers, from 5 (Phone) to 0 (Account Number)."""
    words = plain_words(heading)
    if NEVER.search(words):
        return 0
    if PHONE.search(words):
        # "Phone notes" may mention a number now and then.
        likely = kinds["number"] + kinds["likely"] + kinds["formula"]
        is_aside = OTHER.search(words) or ASIDE.search(words)
        return (4 if is_aside else 5) if likely >= kinds["odd"] else 1
    if OTHER.search(words):
        return 0
    return 3 if BARE.search(words) and not ASIDE.search(words) else 2


def heading_row(rows: list[tuple[int, list[str]]]) -> int | None:
    """Return the place of the row with the headings, or None if the table has none."""
    best: int | None = None
    most, first = 0, None
    for n, (_row, cells) in enumerate(rows[:FIRST_ROWS]):
        full = [cell for cell in cells if cell]
        if any(is_number(cell) for cell in full):
            first = n if first is None else first
            continue
        words = sum(map(is_heading, full))
        # Below the first number, it takes more than one word: a letterhead may have a number too.
        is_likely = words >= 2 and 2 * words >= len(full) if first is not None else words > 0
        if is_likely and (words > most or words == most == 1):
            best, most = n, words
    if best is None and first:
        # Words that we don't know, right above the first number.
        over = rows[first - 1][1]
        best = None if any(cell[:1] == "\0" or any(map(str.isdigit, cell)) for cell in over) else first - 1
    return best


def is_heading(cell: str) -> bool:
    words = plain_words(cell)
    return len(cell) <= LONGEST_HEADING and any(
        pattern.search(words) for pattern in (PHONE, BARE, OTHER, ASIDE, NEVER, NAME, ALSO)
    )


def name_columns(headings: list[str], rows: list[tuple[int, list[str]]]) -> list[Names]:
    """Return the columns that may say whose a number is, the most likely one first."""
    letters = Counter(
        place
        for _n, cells in rows
        for place, cell in enumerate(cells)
        if is_text(cell) and not is_number(cell)
    )
    if not headings:
        places = sorted(letters, key=lambda place: (-letters[place], place))
        return [Names([place], "") for place in places[:MOST_NAMES]]
    words = [plain_words(heading).lower() for heading in headings]
    first = [n for n, heading in enumerate(words) if re.search(r"\b(?:first|given) ?names?\b", heading)]
    last = [n for n, heading in enumerate(words) if re.search(r"\b(?:last|family|sur) ?names?\b", heading)]
    both = [first[0], last[0]] if first and last else []
    whole = [Names(both, f"{headings[both[0]]} + {headings[both[1]]}")] if both else []
    places = sorted(
        (place for place in letters if place not in both),
        key=lambda place: (name_rank(cell_of(words, place)), place),
    )
    return [*whole, *(Names([place], cell_of(headings, place).lstrip("\0")) for place in places)][:MOST_NAMES]


def name_rank(heading: str) -> int:
    """Say how well a heading suits names, from 0 (Name) to 3 (Status)."""
    if NOT_NAME.search(heading) or ALSO.search(heading) or NEVER.search(heading):
        return 3
    if NAME.search(heading):
        return 0 if "name" in heading else 1
    return 1 if WHERE.search(heading) else 3 if OTHER.search(heading) else 2


def suits_as_names(heading: str, texts: list[str]) -> bool:
    """Return True if a column is about names, or about something else that tells the numbers apart."""
    rank = name_rank(plain_words(heading).lower())
    return rank < 2 or not heading or (rank == 2 and len(set(texts)) > len(texts) / 2)


def name_of(cells: list[str], places: list[int]) -> str:
    texts = [cell_of(cells, place) for place in places]
    name = " ".join(" ".join(text for text in texts if text[:1] != "\0").split())[:LONGEST_NAME]
    # A second number in the line would be read as one.
    return name if is_text(name) and not is_number(name) else ""


def is_text(cell: str) -> bool:
    return cell[:1] != "\0" and any(map(str.isalpha, cell))


@lru_cache(256)
def plain_words(heading: str) -> str:
    """Return a heading as words: "customer_id" and "CustomerID" as "customer id"."""
    return re.sub(
        r"[\W_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading.replace("#", " number "))
    ).strip()


def kind_of(cell: str) -> str:
    if not cell:
        return "empty"
    if cell in (FORMULA, ERROR):
        return cell[1:]
    if is_number(cell):
        return "number"
    text = INVISIBLE.sub("", cell)
    digits = sum(map(str.isdigit, text))
    return "likely" if DAMAGED.fullmatch(text) or (7 <= digits <= 15 and not DATE.match(text)) else "odd"


def is_number(cell: str) -> bool:
    """Return True if a cell holds a number of North America that may exist, whatever is written around it."""
    return count_in(cell) > 0


def count_in(cell: str) -> int:
    """Return how many numbers of North America that may exist a cell holds."""
    text = INVISIBLE.sub("", cell)
    found = NUMBER.findall(text)
    return (
        sum(is_assigned(area + exchange[0]) for area, exchange in found)
        if found
        else bool(VANITY.search(text))
    )


@lru_cache(10_000)
def is_assigned(begin: str) -> bool:
    """Return True if numbers that begin with these four digits exist; no area is divided any further."""
    return is_valid_number(PhoneNumber(country_code=1, national_number=int(begin) * 1_000_000 + 550_001))


def split(cell: str) -> list[str]:
    """Return what a cell holds, on one line; if it is several numbers and nothing else, each of them."""
    parts = [part.strip() for part in SEVERAL.split(cell) if part.strip()]
    if len(parts) > 1 and all(map(is_number, parts)):
        return parts
    return [" ".join(cell.split())]


def ranges(reasons: dict[str, list[int]]) -> dict[str, Any]:
    """Return how many rows there are of each kind, and their numbers as people write them: [4, "3, 7–9"]."""
    return {reason: [len(rows), written(rows)] for reason, rows in reasons.items() if rows}


def written(rows: list[int]) -> str:
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    texts = [str(a) if a == b else f"{a}, {b}" if b == a + 1 else f"{a}–{b}" for a, b in runs[:MOST_RANGES]]
    return ", ".join(texts) + (" …" if len(runs) > MOST_RANGES else "")


def cell_of(cells: list[str], column: int) -> str:
    return cells[column] if column < len(cells) else ""
