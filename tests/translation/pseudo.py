"""A language nobody speaks: accented English, 40 % longer, between ⟦ and ⟧, to see what no translator would get.

No letter of ASCII is left in a text that went through gettext, so a plain English word on a page is either data or
was never given to gettext.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import django
import unfold
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog

from tests.translation import catalog

PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ACCENTED = "áƀçđéƒĝĥíĵķļɱñóþǫŕšţúṽŵẋýžÁƁÇĐÉƑĜĤÍĴĶĻṀÑÓÞǪŔŠŢÚṼŴẊÝŽ"
TABLE = str.maketrans(PLAIN, ACCENTED)
VOWELS = str.maketrans({letter: letter * 2 for letter in "aeiouAEIOU"})
LONGER = 1.4
# What must come through as it is: placeholders of Python and of our scripts, tags, entities.
KEPT = re.compile(r"(%\(\w+\)[a-z]|%%|%[a-z]\b|\{[^{}]*\}|<[^<>]+>|&#?\w+;)")


def pseudo(text: str) -> str:
    """Return a text as it would be in a longer language."""
    parts = KEPT.split(text)
    words = [part if number % 2 else part.translate(VOWELS) for number, part in enumerate(parts)]
    missing = int(LONGER * sum(map(len, parts[::2]))) - sum(map(len, words[::2]))
    words[-1] += "·" * max(0, missing)
    return "⟦" + "".join(w if n % 2 else w.translate(TABLE) for n, w in enumerate(words)) + "⟧"


def foreign_texts() -> Iterator[catalog.Key]:
    """Yield the texts of Django and of the admin's look."""
    for path in sorted(Path(django.__file__).parent.glob("**/locale/en/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            yield from catalog.keys(pofile.read_po(file))
    root = Path(unfold.__file__).parent
    for path in sorted(root.rglob("*.html")):
        yield from catalog.texts_of_template(path.read_text(encoding="utf-8"), str(path))
    for path in sorted(root.rglob("*.py")):
        yield from catalog.texts_of_python(path.read_text(encoding="utf-8"))


def write(folder: Path) -> None:
    """Write the catalog of this language over that of English, for LOCALE_PATHS."""
    made = Catalog(locale="en")
    for context, singular, plural in {*catalog.texts(), *foreign_texts()}:
        key = (singular, plural) if plural else singular
        said = tuple(map(pseudo, key)) if isinstance(key, tuple) else pseudo(key)
        made.add(key, said, context=context or None)
    place = folder / "en" / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "django.mo").open("wb") as file:
        mofile.write_mo(file, made)
