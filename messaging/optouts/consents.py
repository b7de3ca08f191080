"""When and how people agreed to texts: recorded from START replies, a form and tables, and said wherever it matters."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging import apart
from messaging.desk import acts, show
from messaging.mirror import clock
from messaging.mirror.masking import without_personal
from messaging.models import Consent
from messaging.numbers import read_one
from messaging.team.people import name
from messaging.validators import display_number

ADD, STRIKE = "messaging.add_consent", "messaging.strike_consent"
MOST = 100
MOST_BYTES = 1_000_000
WALL_SECONDS = 30.0
CHUNK = 500
# Month, day and year, maybe with a time; read as in America, whatever the numbers.
AMERICAN = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,? +(\d{1,2}):(\d{2})(?::\d{2})?(?: *([AaPp])\.?[Mm]\.?)?)?", re.ASCII
)
# How a spreadsheet keeps a day between 1982 and 2064, maybe with a time.
SERIAL = re.compile(r"[3-5]\d{4}(?:\.\d{1,20})?", re.ASCII)
# Nobody agreed to texts before there were any.
EARLIEST = datetime(1993, 1, 1, tzinfo=UTC)


# Recording it.


def record(number: str, *, profile_id: str, agreed_at: datetime, how: str, by: User) -> Consent:
    """Record that somebody agreed, as a colleague knows it. The same twice is one row, unless that was struck out."""
    row, _made = Consent.objects.get_or_create(
        to_number=number,
        profile_id=profile_id,
        source=Consent.Source.FORM,
        agreed_at=agreed_at,
        struck_at=None,
        defaults={"how": how, "recorded_by": by},
    )
    return row


@dataclass(frozen=True)
class Left:
    """A row that can't be recorded: its number in the table, its cells, and why."""

    row: str
    cells: list[str]
    why: str


@dataclass
class Table:
    """What was read from a table: a row for each person, the rows left out, and why nothing of it can be read."""

    rows: list[tuple[str, datetime, str]] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    wrong: str = ""
    # The first day written with slashes, and how it was read.
    slashed: tuple[str, datetime] | None = None


# How a column may be called.
HEADS: Mapping[str, tuple[str, ...]] = {
    "number": ("number", "phone", "phone number", "mobile"),
    "agreed": ("agreed", "agreed at", "date", "opted in", "opt-in date", "time"),
    "how": ("how", "source", "where", "note"),
}


def read_table(content: bytes, how: str) -> Table:
    """Read a CSV or XLSX file with the columns number and agreed, and maybe how, which is else `how`."""
    unreadable = _(
        "This file can't be read. Save it as CSV or XLSX, at most 1 MB and 5,000 rows, and choose it again."
    )
    if len(content) > MOST_BYTES:
        return Table(wrong=unreadable)
    try:
        answer = apart.read("messaging.optouts.consent_rows", content, seconds=WALL_SECONDS)
    except apart.NotRead:
        return Table(wrong=unreadable)
    read = answer.get("rows")
    if not read:
        return Table(wrong=unreadable)
    (_first, heads), *rows = read.items()
    places = {column: _place(heads, names) for column, names in HEADS.items()}
    if places["number"] is None or places["agreed"] is None:
        return Table(
            wrong=_("The first row must name the columns: number, agreed, and, if you have it, how.")
        )
    found = Table(heads=heads)
    for row, cells in rows:
        cell = {
            column: cells[place].strip() if place is not None and place < len(cells) else ""
            for column, place in places.items()
        }
        try:
            day = cell["agreed"]
            if answer.get("is_workbook") and SERIAL.fullmatch(day):
                day = _of_serial(float(day))
            number, at = read_one(cell["number"]).number, read_time(day)
            if found.slashed is None and AMERICAN.fullmatch(day):
                found.slashed = day, at
            found.rows.append((number, at, (cell["how"] or how)[:300]))
        except ValidationError as error:
            found.left.append(Left(str(row), cells, " ".join(error.messages)))
    if not found.rows and not found.left:
        found.wrong = _("The file has no rows below its first.")
    return found


def _place(heads: Sequence[str], names: Sequence[str]) -> int | None:
    known = [head.strip().casefold() for head in heads]
    return next((known.index(one) for one in names if one in known), None)


def _of_serial(days: float) -> str:
    """Return the time that a spreadsheet keeps as days since the end of 1899."""
    at = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(seconds=round(days * 86_400))
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _american(typed: str) -> str:
    """Return 3/31/2026 or 3/31/2026 2:05 PM as 2026-03-31 14:05; anything else as it is."""
    found = AMERICAN.fullmatch(typed)
    if not found:
        return typed
    month, day, year, hour, minute, half = found.groups()
    date = f"{year}-{int(month):02}-{int(day):02}"
    if hour is None:
        return date
    if half:
        hour = str(int(hour) % 12 + (12 if half.upper().startswith("P") else 0))
    return f"{date} {int(hour):02}:{minute}"


def read_time(typed: str) -> datetime:
    """Return a day or a time, as YYYY-MM-DD or the American way, in the zone of whoever typed it.

    Raise ValidationError.
    """
    typed = _american(typed)
    try:
        at = parse_datetime(typed)
        day = None if at else parse_date(typed)
    except ValueError:
        at, day = None, None
    if day:
        at = datetime.combine(day, time.min)
    if at is None:
        raise ValidationError(
            _("Write the day as 2026-03-31 or 3/31/2026 (month first), or with a time as 2026-03-31 14:05.")
        )
    if timezone.is_naive(at):
        at = timezone.make_aware(at)
    if at > clock.now():
        raise ValidationError(_("This day is in the future."))
    if at < EARLIEST:
        raise ValidationError(_("This day is too long ago."))
    return at


def new(table: Table, *, profile_id: str) -> list[Consent]:
    """Return what the rows of a table would add: what is on record already stays as it is.

    What was struck out stays struck out when its table is imported again.
    """
    found = []
    for start in range(0, len(table.rows), CHUNK):
        part = {(number, at): how for number, at, how in table.rows[start : start + CHUNK]}
        known = set(
            Consent.objects.filter(
                to_number__in={number for number, _at in part},
                profile_id=profile_id,
                source=Consent.Source.IMPORT,
            ).values_list("to_number", "agreed_at")
        )
        found += [
            Consent(
                to_number=number,
                profile_id=profile_id,
                source=Consent.Source.IMPORT,
                agreed_at=at,
                how=how,
            )
            for (number, at), how in part.items()
            if (number, at) not in known
        ]
    return list({(row.to_number, row.agreed_at): row for row in found}.values())


def take(table: Table, *, profile_id: str, by: User) -> int:
    """Record the rows of a table that are new, and that on record. Return how many."""
    rows = new(table, profile_id=profile_id)
    for row in rows:
        row.recorded_by = by
    if not rows:
        return 0
    with transaction.atomic():
        Consent.objects.bulk_create(rows, ignore_conflicts=True, batch_size=CHUNK)
        words = ngettext(
            "Imported %(n)s consent from a table", "Imported %(n)s consents from a table", len(rows)
        )
        acts.record_of_list(by, Consent, words % {"n": len(rows)})
    return len(rows)


# Striking it out.


def may_strike(user: User, row: Consent) -> bool:
    """Return True if this person may strike it out: a colleague entered it, and it counts."""
    return row.struck_at is None and row.source != Consent.Source.REPLY and user.has_perm(STRIKE)


def strike(row: Consent, *, by: User, why: str) -> bool:
    """Strike out what was entered wrongly, on record; return False if it can't be, or was already."""
    entered = Consent.objects.filter(pk=row.pk, struck_at=None).exclude(source=Consent.Source.REPLY)
    with transaction.atomic():
        if not entered.update(struck_at=Now(), struck_by=by, struck_why=why):
            return False
        acts.record(by, row, _("Consent struck out"), reason=why)
    return True


# Saying it.


def of(number: str, most: int = MOST) -> list[Consent]:
    """Return when a phone agreed, newest first, without what was struck out. One query."""
    rows = Consent.objects.filter(to_number=number, struck_at=None)
    return list(rows.select_related("recorded_by")[:most])


def struck(number: str, most: int = MOST) -> list[Consent]:
    """Return what was struck out about a phone. One query."""
    rows = Consent.objects.filter(to_number=number).exclude(struck_at=None)
    return list(rows.select_related("recorded_by", "struck_by").order_by("-struck_at", "-pk")[:most])


def newest(number: str, profile_id: str) -> Consent | None:
    """Return the newest consent of a phone that counts for a profile. One query."""
    rows = Consent.objects.filter(to_number=number, profile_id__in=("", profile_id), struck_at=None)
    return rows.select_related("recorded_by").first()


def when(row: Consent) -> str:
    """Return the time, or only the day if nobody said a time: that is kept as the midnight it starts at."""
    local = timezone.localtime(row.agreed_at)
    if row.source != Consent.Source.REPLY and local.time() == time.min:
        return date_format(local, "N j, Y")
    return show.exact(row.agreed_at)


def words(row: Consent) -> str:
    """Return when and how somebody agreed, in a sentence."""
    said = {"at": when(row), "how": without_personal(row.how), "who": name(row.recorded_by)}
    if row.source == Consent.Source.REPLY:
        said["ours"] = display_number(row.our_number)
        return _("Agreed on %(at)s by texting START to %(ours)s") % said
    if row.source == Consent.Source.IMPORT:
        return _("Agreed on %(at)s: %(how)s (imported by %(who)s)") % said
    return _("Agreed on %(at)s: %(how)s (recorded by %(who)s)") % said


def struck_words(row: Consent) -> str:
    """Return when and why it was struck out, and by whom."""
    said = {
        "at": show.exact(row.struck_at) if row.struck_at else "",
        "who": name(row.struck_by) or _("a deleted account"),
        "why": without_personal(row.struck_why),
    }
    return _("Struck out on %(at)s by %(who)s: %(why)s") % said
