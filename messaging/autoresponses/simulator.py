"""Who answers a text, worked out from the configurations alone: no model, no network, and no guarantee.

Telnyx documents the words and the reply, but not every case; where it is silent, the answer says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _

from .lint import Config
from .words import EVERYWHERE, RESERVED, TOLL_FREE, as_keyword, default_op


class Who(StrEnum):
    CARRIER = "carrier"
    CONFIG = "config"
    TELNYX = "telnyx"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Answer:
    """One party that answers: with which reply, as which operation. `sure` is False where nothing is documented."""

    who: Who
    op: str = ""
    text: str = ""
    config: Config | None = None
    sure: bool = True
    notes: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Outcome:
    """Everything that happens in response to one text."""

    word: str
    country_code: str
    answers: Sequence[Answer]

    def ops(self) -> set[str]:
        return {answer.op for answer in self.answers if answer.op}


def simulate(text: str, country_code: str, configs: Iterable[Config], *, toll_free: bool = False) -> Outcome:
    """Return who answers when a phone in `country_code` texts `text` to a number of this profile."""
    word = as_keyword(text)
    found = _by_telnyx(word, country_code, list(configs))
    if toll_free and word in TOLL_FREE:
        found = [_by_carrier(word), *(_doubtful(answer) for answer in found if answer.who == Who.CONFIG)]
    return Outcome(word, country_code, found or [Answer(Who.NOBODY)])


def _by_telnyx(word: str, country_code: str, configs: Sequence[Config]) -> list[Answer]:
    """Try the country's own configurations first, then those for all countries, then Telnyx's default words."""
    for country in (country_code, EVERYWHERE):
        here = [config for config in configs if config.country_code == country and word in _words(config)]
        if here:
            return [_by_config(config, here) for config in here]
    op = default_op(word)
    if op is None:
        return []
    replaced = any(
        config.op == op and config.country_code in (country_code, EVERYWHERE) for config in configs
    )
    notes = (
        (
            _(
                "One of the profile's auto-responses has its own list without this word. "
                "Add this word to the list if it should count."
            ),
        )
        if replaced
        else ()
    )
    return [Answer(Who.TELNYX, op, sure=not replaced, notes=notes)]


def _words(config: Config) -> set[str]:
    """Return the active words: a reserved word is active in its operation, listed or not."""
    return {as_keyword(word) for word in config.keywords} | {
        word for word, op in RESERVED.items() if op == config.op
    }


def _by_config(config: Config, rivals: Sequence[Config]) -> Answer:
    notes = []
    if len(rivals) > 1:
        notes.append(
            _("More than one auto-response matches, and either may answer. Take the word out of one of them.")
        )
    if not config.resp_text:
        notes.append(_("It has no reply of its own. Write one to be sure of the answer."))
    return Answer(Who.CONFIG, config.op, config.resp_text, config, sure=not notes, notes=tuple(notes))


def _by_carrier(word: str) -> Answer:
    return Answer(
        Who.CARRIER,
        TOLL_FREE[word],
        notes=(
            _("The toll-free network answers with its own text, for this number only. No one can change it."),
        ),
    )


def _doubtful(answer: Answer) -> Answer:
    note = _(
        "On a toll-free number: one Telnyx page says this reply is sent in addition, another "
        "that custom rules don't apply there. Expect either."
    )
    return Answer(answer.who, answer.op, answer.text, answer.config, sure=False, notes=(*answer.notes, note))
