"""What a rule is: what it looks for, why, since when, and one example of each kind."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as kept
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from messaging.mirror.wording import Words

if TYPE_CHECKING:
    from ...models import VerificationRequest

# Where something was found, and what fills the placeholders of the rule's words.
Hits = Iterator[tuple[str, Mapping[str, Any]]]
Check = Callable[["VerificationRequest"], Hits]
Fields = Mapping[str, Any]


class Level(TextChoices):
    ERROR = "error", _("Error")
    WARNING = "warning", _("Warning")


@dataclass(frozen=True)
class Source:
    """Where a rule comes from, in words by which a reader finds it, and the date of that text."""

    title: Words
    dated: date


# Telnyx's own help center, as docs/telnyx.md sums it up under the number beside each.
REVIEWERS = Source(_("Telnyx help center, reasons for toll-free rejections"), date(2026, 8, 1))  # T2.24
REGISTRATION = Source(_("Telnyx help center, business registration"), date(2026, 2, 17))  # T2.15
NUMBERS = Source(_("Telnyx help center, more than five numbers"), date(2026, 8, 1))  # T2.17
PRINCIPLES = Source(_("CTIA, Messaging Principles and Best Practices"), date(2023, 5, 1))
ELSEWHERE = Source(
    _("AWS End User Messaging, toll-free registration: required there since September 15, 2026"),
    date(2026, 9, 15),
)
FORMAT = Source(_("The country's own business register"), date(2026, 11, 1))  # T2.25
POSTAL = Source(
    _("US Postal Service, list of three-digit ZIP code prefixes (L002), as known on this date"),
    date(2026, 11, 29),
)
OURS = Source(_("Our own experience; Telnyx publishes nothing about it"), date(2026, 11, 1))  # T2.25


@dataclass(frozen=True)
class Rule:
    """One thing that Telnyx's reviewers object to.

    From `since` on it is a warning, and from `error_from` on an error: moving a date changes what people meet, and
    nothing else. `what` may have placeholders that the check fills. An example names the fields in which a complete
    request differs; with `beside`, the bad one needs another request of ours that differs in those fields.
    """

    id: str
    field: str
    check: Check
    what: Words
    fix: Words
    why: Words
    source: Source
    bad: Fields
    good: Fields
    since: date = date(2026, 1, 1)
    error_from: date | None = None
    beside: Fields = kept(default_factory=dict)

    def level(self, today: date) -> Level | None:
        """Return how strict the rule is today, or None if it doesn't hold yet."""
        if self.error_from and self.error_from <= today:
            return Level.ERROR
        return Level.WARNING if self.since <= today else None

    def find(self, request: "VerificationRequest") -> Iterator[tuple[str, str]]:
        """Yield each field with something to fix, and the sentences that say so."""
        for name, details in self.check(request):
            yield name, f"{str(self.what) % details} {self.fix}"
