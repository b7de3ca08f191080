"""What becomes of each row of a table of consents, before any of it is recorded.

Nothing is kept in between: the rows come back with the form, signed, and only from whoever chose the file.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core import signing
from django.http import StreamingHttpResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from messaging import list_csv, spreadsheet
from messaging.models import OptOut
from messaging.models.optouts import active, for_profile
from messaging.validators import display_number

from . import page
from .consents import CHUNK, Left, Table, new

FILE, FOUND = "import_consents.html", "import_found.html"
SALT = "messaging.optouts.import"
# How long the page can be looked at before the file must be chosen again.
KEPT = timedelta(hours=2)
# More than this doesn't come back with the form (DATA_UPLOAD_MAX_MEMORY_SIZE).
LONGEST = 900_000
MOST_LISTED = 100


@dataclass(frozen=True)
class Read:
    """A table that was read, and the profile its people agreed to; "" is all of them."""

    table: Table
    profile_id: str

    @classmethod
    def of(cls, signed: str, user: User) -> "Read | None":
        """Return what this person's page held, or None if it is too old or not theirs."""
        try:
            held = signing.loads(signed, salt=_salt(user), max_age=KEPT)
        except signing.BadSignature:
            return None
        rows = [(number, datetime.fromisoformat(at), how) for number, at, how in held["rows"]]
        return cls(Table(rows, [Left(**one) for one in held["left"]], held["heads"]), held["profile"])

    def signed(self, user: User) -> str:
        held = {
            "rows": [(number, at.isoformat(), how) for number, at, how in self.table.rows],
            "left": [asdict(one) for one in self.table.left],
            "heads": self.table.heads,
            "profile": self.profile_id,
        }
        return signing.dumps(held, salt=_salt(user), compress=True)


def _salt(user: User) -> str:
    return f"{SALT}.{user.pk}"


def context(read: Read, signed: str) -> dict[str, Any]:
    """Return what the page shows. Two queries for each 500 rows."""
    made = new(read.table, profile_id=read.profile_id)
    out = _opted_out(read)
    rows = [
        (display_number(row.to_number), date_format(localtime(row.agreed_at), "N j, Y"), row.how)
        for row in made
    ]
    return {
        "read": signed,
        "count": len(made),
        "known": len(read.table.rows) - len(made),
        "rows": rows[:MOST_LISTED],
        "more_rows": max(0, len(rows) - MOST_LISTED),
        "left": read.table.left[:MOST_LISTED],
        "left_count": len(read.table.left),
        "more_left": max(0, len(read.table.left) - MOST_LISTED),
        "out": out[:MOST_LISTED],
        "out_count": len(out),
        "more_out": max(0, len(out) - MOST_LISTED),
        "slashed": _slashed(read.table),
    }


def _opted_out(read: Read) -> list[tuple[str, str]]:
    """Return the numbers of the table that must not be texted, each with since when."""
    numbers = sorted({number for number, _at, _how in read.table.rows})
    found: dict[str, OptOut] = {}
    for start in range(0, len(numbers), CHUNK):
        rows = active(OptOut.objects.filter(to_number__in=numbers[start : start + CHUNK]))
        if read.profile_id:
            rows = rows.filter(for_profile(read.profile_id))
        for row in rows:
            found.setdefault(row.to_number, row)
    return [(display_number(number), page.since(row)) for number, row in sorted(found.items())]


def _slashed(table: Table) -> str:
    if not table.slashed:
        return ""
    typed, at = table.slashed
    words = _("Days with slashes were read as month/day/year: %(typed)s as %(day)s.")
    return words % {"typed": typed, "day": date_format(localtime(at), "N j, Y")}


def left_out(read: Read) -> StreamingHttpResponse:
    """Serve the rows that can't be recorded, in the columns of the person's own table, with the reasons."""
    width = len(read.table.heads)
    heads = [*read.table.heads, _("Row"), _("What is wrong")]
    lines = [[*(one.cells + [""] * width)[:width], one.row, one.why] for one in read.table.left]
    return list_csv.served(
        "rows-left-out.csv", [(spreadsheet.BOM + spreadsheet.lines([heads, *lines])).encode()]
    )
