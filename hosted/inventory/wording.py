"""What Telnyx says about a hosted number, in words: type, product, features, and how well its texts arrive.

Any other word or figure from Telnyx is shown as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk.show import thousands
from messaging.desk.turns import Group
from messaging.mirror.wording import Words

from ..models import HostedNumber

PRODUCTS: Mapping[str, Words] = {
    "A2P": gettext_lazy("A2P: software texts people"),
    "P2P": gettext_lazy("P2P: people text people"),
}
TYPES: Mapping[str, Words] = {
    "longcode": gettext_lazy("Local number"),
    "tollfree": gettext_lazy("Toll-free number"),
    "shortcode": gettext_lazy("Short code"),
}
FEATURES: Mapping[str, Words] = {
    "domestic_two_way": gettext_lazy("to and from its own country"),
    "international_inbound": gettext_lazy("from other countries"),
    "international_outbound": gettext_lazy("to other countries"),
}
MEDIA: Mapping[str, Words] = {"sms": gettext_lazy("Texts (SMS)"), "mms": gettext_lazy("Pictures (MMS)")}

# Beyond these values, Telnyx leaves a number out of a number pool (docs/telnyx.md, T8.10).
LEAST_DELIVERED, MOST_SPAM = 0.25, 0.75


def product(name: str) -> Words:
    return PRODUCTS.get(name, name) or _("none")


def kind(number: HostedNumber) -> str:
    """Return a number's type and country."""
    plain = number.type.replace("-", "")  # the API description lists both long-code and longcode
    return ", ".join(str(word) for word in (TYPES.get(plain, number.type), number.country_code) if word)


@dataclass(frozen=True)
class Feature:
    """What one medium can and cannot do."""

    medium: Words
    can: list[Words]
    cannot: list[Words]


def features(number: HostedNumber) -> list[Feature]:
    """Return what texts and pictures can do; a medium Telnyx says nothing about can do nothing."""
    told = number.remote_data.get("features")
    found = []
    for medium, label in MEDIA.items():
        told_of = told.get(medium) if isinstance(told, dict) else None
        able = told_of if isinstance(told_of, dict) else {}
        can = [words for name, words in FEATURES.items() if able.get(name) is True]
        found.append(Feature(label, can, [words for words in FEATURES.values() if words not in can]))
    return found


@dataclass(frozen=True)
class Figure:
    label: Words
    value: str
    explanation: Words


@dataclass(frozen=True)
class Health:
    """Telnyx's figures on a number's traffic; None for what it does not report."""

    messages: int | None
    answered: float | None
    delivered: float | None
    spam: float | None

    @property
    def is_poor(self) -> bool:
        return (self.delivered is not None and self.delivered < LEAST_DELIVERED) or (
            self.spam is not None and self.spam > MOST_SPAM
        )

    @property
    def is_told(self) -> bool:
        return bool(self.messages) and (self.delivered is not None or self.spam is not None)

    @property
    def group(self) -> str:
        """Return the pill's group; without traffic there is nothing to judge."""
        if not self.is_told:
            return Group.CLOSED
        return Group.NEEDS_US if self.is_poor else Group.DONE

    @property
    def parts(self) -> list[str]:
        """Return what is said of it in a few words, the most important first."""
        if not self.is_told:
            return [_("No traffic yet") if self.messages == 0 else _("Not reported")]
        said = []
        if self.delivered is not None:
            said.append(_("%(share)s delivered") % {"share": share(self.delivered)})
        if self.spam is not None:
            said.append(_("%(share)s spam") % {"share": share(self.spam)})
        return said

    @property
    def words(self) -> str:
        return ", ".join(self.parts)

    @property
    def figures(self) -> list[Figure]:
        return [
            Figure(
                _("Delivered"),
                share(self.delivered),
                _("Of the texts this number tried to send, the share that arrived"),
            ),
            Figure(
                _("Blocked as spam"),
                share(self.spam),
                _("Of the texts this number tried to send, the share blocked as spam"),
            ),
            Figure(
                _("Replies"),
                "-" if self.answered is None else _("%(n)s per text sent") % {"n": f"{self.answered:g}"},
                _(
                    "Texts received for each text sent. To carriers, very few replies look like "
                    "bulk messaging."
                ),
            ),
            Figure(
                _("Texts counted"),
                "-" if self.messages is None else thousands(self.messages),
                _("How many texts the figures above are based on"),
            ),
        ]


def health(number: HostedNumber) -> Health:
    told = number.health()
    return Health(
        messages=_whole(told.get("message_count")),
        answered=_ratio(told.get("inbound_outbound_ratio")),
        delivered=_ratio(told.get("success_ratio")),
        spam=_ratio(told.get("spam_ratio")),
    )


def share(ratio: float | None) -> str:
    """Return a ratio as a percentage; a value that is not between 0 and 1 is shown as it is."""
    if ratio is None:
        return "-"
    return f"{ratio * 100:.0f}%" if 0 <= ratio <= 1 else f"{ratio:g}"


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _ratio(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
