"""The catalog of the desk's texts in pure Python, since a fresh machine has no GNU gettext."""

import io
import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from django.conf import settings
from django.utils.translation.template import templatize

from messaging.management.commands.makemessages import IGNORED

ROOT = Path(settings.BASE_DIR)
NAMES = ["_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"]
NAMES += ["pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"]
KEYWORDS: dict[str, Any] = dict.fromkeys(NAMES)
# A text as a catalog knows it: its context, its singular and its plural.
Key = tuple[str, str, str]


def is_ignored(name: str) -> bool:
    return name.startswith(".") or any(fnmatch(name, pattern) for pattern in IGNORED)


def files(ending: str) -> list[Path]:
    """Return the files of the product with this ending: those that makemessages reads."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if not is_ignored(name))
        found += [Path(folder, name) for name in names if name.endswith(ending) and not is_ignored(name)]
    return sorted(found)


def scripts() -> list[Path]:
    """Return our own scripts, which makemessages leaves out. What `./run` collects in var/static is not ours."""
    return sorted(path for app in ROOT.glob("*/apps.py") for path in (app.parent / "static").rglob("*.js"))


def texts_of_template(source: str, name: str = "") -> Iterator[Key]:
    """Yield the texts of a template, which Django turns into calls among words that mean nothing."""
    # In brackets no line is indented wrongly.
    yield from texts_of_python(f"(\n{templatize(source, name)}\n)")


def texts_of_python(source: str) -> Iterator[Key]:
    """Yield the texts that a module gives to gettext and its kind."""
    found = extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {"encoding": "utf-8"})
    for _line, name, given, _comments in found:
        function = str(name)
        parts: list[str] = list(given) if isinstance(given, tuple) else [str(given)]
        context = parts.pop(0) if "pgettext" in function else ""
        plural = parts[1] if function.startswith(("ngettext", "npgettext")) else ""
        if parts[0]:
            yield context, parts[0], plural


def texts() -> set[Key]:
    """Return every text of the product."""
    found: set[Key] = set()
    for path in files(".py"):
        found.update(texts_of_python(path.read_text(encoding="utf-8")))
    for path in files(".html"):
        found.update(texts_of_template(path.read_text(encoding="utf-8"), str(path)))
    return found


def keys(catalog: Catalog) -> set[Key]:
    """Return the texts of a catalog that was read from a file."""
    found: set[Key] = set()
    for message in catalog:
        if message.id:
            parts = [message.id] if isinstance(message.id, str) else [*message.id]
            found.add((message.context or "", parts[0], "".join(parts[1:])))
    return found
