"""Telnyx's reason in plain words: what it means, which fields it is about, and what to do next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from messaging.desk.sight import WHOLE, Sight

from ..checks.sections import SECTION_OF
from ..choices import CORRECTABLE
from ..models import VerificationRequest
from ..summary import label
from . import loading, matching
from .models import RejectionReason
from .phrases import BUILT_IN
from .verdicts import NEXT, Verdict, hardest


@dataclass(frozen=True)
class Meaning:
    """One reason that was recognized; `quotes` are the parts of Telnyx's text that say it."""

    title: str
    quotes: list[str]
    meaning: str
    fields: list[tuple[str, str]]
    verdict: Verdict
    advice: str
    source: str
    source_on: date | None


@dataclass(frozen=True)
class Explained:
    """Everything the desk knows about one text of Telnyx's; `unknown` are the parts it has no explanation for."""

    meanings: list[Meaning] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict | None:
        """Return the hardest of the verdicts, or None if nothing was recognized."""
        found = hardest([meaning.verdict for meaning in self.meanings])
        return Verdict(found) if found else None

    @property
    def next(self) -> str:
        """Return what to do, in a sentence."""
        return str(NEXT[self.verdict]) if self.verdict else ""

    @property
    def blamed(self) -> dict[str, str]:
        """Return the fields that the reasons are about, in the order of the form, each with its label."""
        named = {name: words for meaning in self.meanings for name, words in meaning.fields}
        return {name: named[name] for name in SECTION_OF if name in named}

    @property
    def has_several(self) -> bool:
        """Return True if more than one reason was recognized."""
        return len(self.meanings) > 1


def of(request: VerificationRequest, seen: Sight = WHOLE) -> Explained | None:
    """Return what Telnyx's reason means while a request waits for our answer, else None. One query."""
    if request.gone_at or request.is_under_way() or request.remote_status not in CORRECTABLE:
        return None
    return text(request.remote_reason, reasons(), seen)


def text(said: str, known: Iterable[RejectionReason], seen: Sight = WHOLE) -> Explained:
    """Return what a text of Telnyx's means."""
    rows = list(known)
    found = matching.find(said, phrases(rows))
    return Explained(
        [_meaning(rows[number], quotes, seen) for number, quotes in sorted(found.explained.items())],
        [seen.words(part) for part in found.unknown],
    )


def reasons() -> list[RejectionReason]:
    """Return the reasons in use, the hardest verdicts first. One query."""
    return in_use(RejectionReason.objects.all())


def in_use(known: Iterable[RejectionReason]) -> list[RejectionReason]:
    """Return those of all reasons that are in use, the hardest first; built-in ones count before they are loaded."""
    rows = list(known)
    loaded = {row.key for row in rows}
    rows += [loading.row(reason) for reason in BUILT_IN if reason.key not in loaded]
    hard = list(reversed(Verdict))
    return sorted((row for row in rows if row.is_active), key=lambda row: hard.index(Verdict(row.verdict)))


def phrases(rows: Iterable[RejectionReason]) -> Mapping[int, list[str]]:
    """Return the phrases of each reason, by its place."""
    return {number: list(row.lines()) for number, row in enumerate(rows)}


def _meaning(row: RejectionReason, quotes: list[str], seen: Sight) -> Meaning:
    return Meaning(
        title=row.said("title"),
        quotes=[seen.words(quote) for quote in quotes],
        meaning=row.said("meaning"),
        fields=[(name, label(name)) for name in SECTION_OF if name in row.blamed_fields],
        verdict=Verdict(row.verdict),
        advice=row.said("advice"),
        source=row.said("source"),
        source_on=row.source_on,
    )
