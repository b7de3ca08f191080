"""What stops an auto-response from being sent, and what a careful person would think about first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import phonenumbers
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging import segments

from .words import DEFAULTS, EVERYWHERE, RESERVED, REVOKING, Op, default_op, op_label

MOST_KEYWORDS = 20
SHORTEST_REPLY = 20
MOST_PARTS = 10


@dataclass(frozen=True)
class Config:
    """One auto-response: what it does, on which words, for phones of which country, with which reply."""

    op: str
    keywords: Sequence[str]
    country_code: str
    resp_text: str = ""
    key: str = ""


@dataclass(frozen=True)
class Problem:
    """`field` is a field of Config; only an error stops sending."""

    field: str
    message: str
    is_error: bool = True


def find(config: Config, others: Iterable[Config]) -> list[Problem]:
    """Return every problem with `config`; `others` are the profile's other auto-responses."""
    others = list(others)
    return [
        *_op(config),
        *_country(config),
        *_keywords(config),
        *_consequences(config),
        *_reply(config),
        *_clashes(config, others),
        *_twice(config, others),
    ]


def errors(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.is_error]


def _op(config: Config) -> Iterator[Problem]:
    if config.op not in Op.values:
        yield Problem("op", _("Choose what the keywords do."))


def _country(config: Config) -> Iterator[Problem]:
    if config.country_code != EVERYWHERE and config.country_code not in phonenumbers.SUPPORTED_REGIONS:
        yield Problem("country_code", _("Type two letters, such as US or MX, or * for every country."))


def _keywords(config: Config) -> Iterator[Problem]:
    if not config.keywords:
        yield Problem("keywords", _("Type at least one keyword."))
    if len(config.keywords) > MOST_KEYWORDS:
        text = _("Telnyx accepts at most %(most)s keywords; you have %(n)s.")
        yield Problem("keywords", text % {"most": MOST_KEYWORDS, "n": len(config.keywords)})
    for word in config.keywords if config.op in Op.values else ():
        own = RESERVED.get(word, config.op)
        if own != config.op:
            text = _("%(word)s is reserved for “%(op)s”. Telnyx refuses it here.")
            yield Problem("keywords", text % {"word": word, "op": op_label(own)})
        elif (usual := default_op(word)) and usual != config.op:
            text = _("By default, Telnyx treats %(word)s as “%(op)s”; people expect the same here.")
            yield Problem("keywords", text % {"word": word, "op": op_label(usual)}, is_error=False)
    missing = [word for word in REVOKING if word not in config.keywords]
    if config.op == Op.STOP and config.keywords and missing:
        text = _(
            "These common opt-out words aren't in the list: %(words)s. STOP works anyway; "
            "add the others to be sure they work too."
        )
        yield Problem("keywords", text % {"words": ", ".join(missing)}, is_error=False)


def _consequences(config: Config) -> Iterator[Problem]:
    """Say what words of one's own do to people, and whom a reply reaches whose word isn't in the list."""
    if config.op not in Op.values or errors(_keywords(config)):
        return
    usual = (*DEFAULTS[Op(config.op)], *(REVOKING if config.op == Op.STOP else ()))
    own = get_text_list([word for word in config.keywords if word not in usual], _("or"))
    if own and config.op == Op.START:
        text = _("Anyone who texts %(words)s is opted in again, even if they had opted out.")
        yield Problem("keywords", text % {"words": own}, is_error=False)
    if own and config.op == Op.STOP:
        text = _("Anyone who texts %(words)s is opted out: no number on this profile can text them anymore.")
        yield Problem("keywords", text % {"words": own}, is_error=False)
    if own and config.op == Op.INFO and "HELP" not in config.keywords:
        text = _("People who text HELP get this reply too: HELP always counts as “%(op)s”, listed or not.")
        yield Problem("keywords", text % {"op": op_label(Op.INFO)}, is_error=False)


def _reply(config: Config) -> Iterator[Problem]:
    size = segments.measure(config.resp_text)
    if not size.characters:
        yield Problem(
            "resp_text",
            _("Without a reply, people may get no answer. Write one to be sure."),
            is_error=False,
        )
    elif size.characters < SHORTEST_REPLY:
        text = _("Telnyx requires at least %(least)s characters; you have %(n)s.")
        yield Problem("resp_text", text % {"least": SHORTEST_REPLY, "n": size.characters})
    if size.parts > MOST_PARTS:
        text = ngettext(
            "The reply would go out in %(n)s part; keep it to %(most)s.",
            "The reply would go out in %(n)s parts; keep it to %(most)s.",
            size.parts,
        )
        yield Problem("resp_text", text % {"n": size.parts, "most": MOST_PARTS})
    if size.foreign and size.parts > 1:
        text = ngettext(
            "Because of %(characters)s, the reply costs %(n)s part.",
            "Because of %(characters)s, the reply costs %(n)s parts.",
            size.parts,
        )
        said = {"characters": " ".join(size.foreign[:8]), "n": size.parts}
        yield Problem("resp_text", text % said, is_error=False)


def _clashes(config: Config, others: Sequence[Config]) -> Iterator[Problem]:
    """A word must not do two things in one country; if one of the two is for all countries, no one says which wins."""
    for other in others:
        shared = [word for word in config.keywords if word in other.keywords]
        if not shared or other.op == config.op:
            continue
        said = {
            "words": ", ".join(shared),
            "op": op_label(other.op),
            "country": country_label(other.country_code),
        }
        if other.country_code == config.country_code:
            yield Problem(
                "keywords",
                _(
                    "%(words)s already means “%(op)s” for %(country)s on this profile. A "
                    "word can mean only one thing."
                )
                % said,
            )
        elif EVERYWHERE in (other.country_code, config.country_code):
            yield Problem(
                "keywords",
                _("%(words)s means “%(op)s” for %(country)s. Take it out of one of the two.") % said,
                is_error=False,
            )


def _twice(config: Config, others: Sequence[Config]) -> Iterator[Problem]:
    if any((other.op, other.country_code) == (config.op, config.country_code) for other in others):
        text = _(
            "This profile already has “%(op)s” for %(country)s. Telnyx may accept both; "
            "either may answer. Change the existing one instead."
        )
        said = {"op": op_label(config.op), "country": country_label(config.country_code)}
        yield Problem("country_code", text % said, is_error=False)


def country_label(country_code: str) -> str:
    return _("every country") if country_code == EVERYWHERE else country_code
