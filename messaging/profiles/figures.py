"""Telnyx's figures as tables and charts. Their fields are not documented (docs/telnyx.md, T8.9): any shape will do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import show
from messaging.log import codes
from messaging.mirror.wording import Words
from messaging.mirror.wording import when as dated
from messaging.models import MessagingProfile, Reading
from messaging.telnyx import times
from messaging.telnyx.client import path

from .operations import PROFILE
from .page import count, is_number

FRAMES: Mapping[str, Words] = {
    "1h": gettext_lazy("1 hour"),
    "3h": gettext_lazy("3 hours"),
    "24h": gettext_lazy("24 hours"),
    "3d": gettext_lazy("3 days"),
    "7d": gettext_lazy("7 days"),
    "30d": gettext_lazy("30 days"),
}
USUAL = "24h"
FRESH = timedelta(minutes=5)
WIDTH, HEIGHT = 640, 160
MOST_LINES = 4
USUAL_CURVES = ("sent", "delivered", "failed", "received")
MOST_ROWS = 200
DEEPEST = 4
EVER = datetime.min.replace(tzinfo=UTC)
NOT_SHOWN = ("record_type", "messaging_profile_id", "id", "time_frame", "organization_id")


@dataclass(frozen=True)
class Curve:
    """One line of a chart; `number` decides its look."""

    number: int
    label: str
    points: str


@dataclass(frozen=True)
class Chart:
    curves: list[Curve]
    most: str
    begin: str
    end: str


@dataclass(frozen=True)
class Table:
    title: str
    columns: list[str]
    rows: list[list[str]]
    chart: Chart | None = None


@dataclass(frozen=True)
class Figures:
    """Everything in an answer: single values first, then its lists."""

    totals: list[tuple[str, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


@dataclass(frozen=True)
class Bar:
    """One profile next to the others; `length` is out of 100."""

    profile: MessagingProfile | None
    name: str
    cells: list[str]
    length: float


def of_profile(profile: MessagingProfile, frame: str, *, now: bool = False) -> Reading:
    address = f"{path(PROFILE + '/metrics', id=profile.remote_id)}?time_frame={frame}"
    return Reading.of(address, Reading.Shape.ONE, fresh_for=FRESH, now=now)


def of_all(frame: str, *, now: bool = False) -> Reading:
    address = f"/messaging_profile_metrics?time_frame={frame}"
    return Reading.of(address, Reading.Shape.SINGLE, fresh_for=FRESH, now=now)


def read(data: Any) -> Figures:
    """Return the figures of one answer, whatever its shape."""
    found = Figures()
    if isinstance(data, Mapping):
        found.totals.extend((label(names), cell(value)) for names, value in scalars(data))
        found.tables.extend(table(label(names), rows) for names, rows in lists(data))
    failed = failure_rate(data)
    if failed:
        found.totals.append((_("share that failed (calculated here)"), failed))
    return found


def scalars(data: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every single value with the names that lead to it."""
    for name, value in data.items():
        names = (*above, str(name))
        if isinstance(value, Mapping) and len(names) < DEEPEST:
            yield from scalars(value, names)
        elif not isinstance(value, list | Mapping) and name not in NOT_SHOWN:
            yield names, value


def lists(
    data: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], list[Mapping[str, Any]]]]:
    """Yield every list of objects with the names that lead to it."""
    for name, value in data.items():
        names = (*above, str(name))
        if isinstance(value, Mapping) and len(names) < DEEPEST:
            yield from lists(value, names)
        elif isinstance(value, list):
            rows = [row for row in value if isinstance(row, Mapping)]
            if rows:
                yield names, rows


def table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    flat = [{label(names): value for names, value in scalars(row)} for row in rows[:MOST_ROWS]]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    cells = [[explained(name, row.get(name)) for name in columns] for row in flat]
    return Table(title, columns, cells, chart(flat, columns))


def explained(column: str, value: Any) -> str:
    """Return what a cell shows: an error code that Telnyx has published always comes with its meaning."""
    known = codes.EXPLANATIONS.get(str(value)) if column.split()[-1:] == ["code"] else None
    return f"{value} {known.title}" if known else cell(value)


def chart(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, until: datetime | None = None
) -> Chart | None:
    """Return a chart of rows that each have a time, or None if these don't.

    A row's time is when it starts; the last one ends at `until`, or where it starts if that isn't known.
    """
    when = next((name for name in columns if all(times.read(row.get(name)) for row in rows)), None)
    numbers = [name for name in columns if all(is_number(row.get(name)) for row in rows)][:MOST_LINES]
    if when is None or not numbers or len(rows) < 2:
        return None
    ordered = sorted(rows, key=lambda row: times.read(row[when]) or EVER)
    most = max(float(row[name]) for row in ordered for name in numbers)
    curves = [
        Curve(look, name, points([float(row[name]) for row in ordered], most))
        for look, name in looks(numbers)
    ]
    begin, end = times.read(ordered[0][when]) or EVER, until or times.read(ordered[-1][when]) or EVER
    return Chart(curves, cell(most if most % 1 else int(most)), dated(begin), dated(end))


def looks(names: Sequence[str]) -> list[tuple[int, str]]:
    """Return names with the number of each one's look; the usual ones look the same in every chart."""
    usual = [name for name in USUAL_CURVES if name in names]
    free = [number for number in range(MOST_LINES) if number not in map(USUAL_CURVES.index, usual)]
    others = [name for name in names if name not in usual]
    return sorted(
        [(USUAL_CURVES.index(name), name) for name in usual] + list(zip(free, others, strict=False))
    )


def points(values: Sequence[float], most: float) -> str:
    step = WIDTH / (len(values) - 1)
    scale = (HEIGHT - 10) / most if most > 0 else 0
    return " ".join(
        f"{n * step:.1f},{HEIGHT - 5 - max(value, 0) * scale:.1f}" for n, value in enumerate(values)
    )


def failure_rate(data: Any) -> str:
    """Return the share of sent messages that failed, if the answer has both under their usual names."""
    outbound = data.get("outbound") if isinstance(data, Mapping) else None
    if not isinstance(outbound, Mapping):
        return ""
    sent, failed = outbound.get("sent"), outbound.get("failed")
    if not is_number(sent) or not is_number(failed) or not sent:
        return ""
    return f"{failed / sent * 100:.1f}%"


def bars(records: Sequence[Mapping[str, Any]]) -> tuple[list[str], str, list[Bar]]:
    """Return the columns of an overview, the one that is drawn, and a row for each profile."""
    ids = {str(record.get("messaging_profile_id", "")) for record in records}
    profiles = {profile.remote_id: profile for profile in MessagingProfile.objects.filter(remote_id__in=ids)}
    flat = [{label(names): value for names, value in scalars(record)} for record in records]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    numbers = [name for name in columns if any(is_number(row.get(name)) for row in flat)]
    drawn = next((name for name in numbers if name.endswith("sent")), numbers[0] if numbers else "")
    most = max((row[drawn] for row in flat if is_number(row.get(drawn))), default=0)
    found = []
    for record, row in zip(records, flat, strict=True):
        id = str(record.get("messaging_profile_id", ""))
        profile, value = profiles.get(id), row.get(drawn)
        length = value / most * 100 if is_number(value) and most > 0 else 0
        cells = [cell(row.get(name)) for name in columns]
        found.append(Bar(profile, str(profile or id or "-"), cells, round(max(length, 0), 1)))
    return columns, drawn, found


def label(names: Sequence[str]) -> str:
    return " · ".join(name.replace("_", " ") for name in names)


def cell(value: Any) -> str:
    at = times.read(value)
    if at is not None:
        return show.clock(at)
    return count(value) if is_number(value) else "-" if value in (None, "") else str(value)
