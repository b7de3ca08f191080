"""What a phone may text, and which of it Telnyx answers by itself (docs/telnyx.md, T7.5, T7.6)."""

import re
from collections.abc import Iterable, Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

EVERYWHERE = "*"


class Op(TextChoices):
    """What a keyword does. `info` is Telnyx's word for what people know as HELP."""

    START = "start", _("Opt in (start)")
    STOP = "stop", _("Opt out (stop)")
    INFO = "info", _("Help (info)")


# Reserved for its own operation, and active there even if no list contains it.
RESERVED: Mapping[str, Op] = {"START": Op.START, "STOP": Op.STOP, "HELP": Op.INFO}

# What Telnyx understands when nothing is configured.
DEFAULTS: Mapping[Op, tuple[str, ...]] = {
    Op.START: ("START", "UNSTOP"),
    Op.STOP: ("STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"),
    Op.INFO: ("HELP",),
}

# Toll-free carriers act on these in the network, with texts of their own that no one can change.
TOLL_FREE: Mapping[str, Op] = {"STOP": Op.STOP, "START": Op.START, "UNSTOP": Op.START}

# Words commonly understood to revoke consent; a list of ours should keep them.
REVOKING = ("STOP", "QUIT", "END", "REVOKE", "OPT OUT", "CANCEL", "UNSUBSCRIBE")


def as_keyword(text: str) -> str:
    """Return a word in the form it is compared in: upper case, single spaces."""
    return " ".join(text.split()).upper()


def as_keywords(texts: Iterable[str]) -> list[str]:
    """Return words in the form they are sent in: upper case, each once, in their order."""
    return list(dict.fromkeys(word for word in map(as_keyword, texts) if word))


def read_keywords(text: str) -> list[str]:
    """Return the words in a box that people type into; STOP ALL is one word, so only lines and commas separate them."""
    return as_keywords(re.split(r"[\r\n,;\t]+", text))


def default_op(word: str) -> Op | None:
    """Return the operation Telnyx takes a word for when nothing is configured."""
    return next((op for op, words in DEFAULTS.items() if word in words), None)


def op_label(op: str) -> str:
    """Return the name of an operation for people; an unknown one is returned as it is."""
    return str(Op(op).label) if op in Op.values else op
