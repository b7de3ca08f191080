"""Put together what people read out to a customer, in the customer's language."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.formats import date_format

from .customer_texts import ENDING, ENGLISH, LANGUAGES, TEXTS, WHAT, Say


def language(asked: str | None) -> str:
    """Return a language that there are texts in: the one that was asked for, or English."""
    return asked if asked and asked in LANGUAGES else ENGLISH


def choices(chosen: str) -> list[tuple[str, str, bool]]:
    """Return each language with its own name, and whether it is the chosen one."""
    return [(code, known.name, code == chosen) for code, known in LANGUAGES.items()]


def text(say: Say, language: str = ENGLISH, **values: str) -> str:
    """Return what to say, in English if nobody has written it in this language yet."""
    texts = TEXTS[say]
    return (texts.get(language) or texts[ENGLISH]).format(**values)


def join(parts: list[str], language: str) -> str:
    """Return sentences in a row; Chinese puts no space between them."""
    return ("" if language.startswith("zh") else " ").join(filter(None, parts))


def ending(digits: str, language: str) -> str:
    """Return how a number is named by its last digits."""
    return (ENDING.get(language) or ENDING[ENGLISH]).format(digits=digits)


def what(type: str, language: str) -> str:
    """Return what a message of this type is called."""
    words = WHAT.get(type, WHAT["SMS"])
    return words.get(language) or words[ENGLISH]


def when(at: datetime, zone: ZoneInfo | None, language: str) -> str:
    """Return a time in the customer's zone, or the viewer's, with UTC beside it."""
    local, utc = timezone.localtime(at, zone), timezone.localtime(at, UTC)
    known = LANGUAGES.get(language, LANGUAGES[ENGLISH])
    with translation.override(language):
        said = date_format(local, known.date)
        if not local.utcoffset():
            return said
        return f"{said} ({date_format(utc, 'H:i T' if utc.date() == local.date() else known.short)})"
