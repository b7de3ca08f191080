"""Every text of the desk is in the catalog that translators get, however it is quoted."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import pofile
from django.template.base import Lexer, TokenType
from django.utils.translation import trim_whitespace

from tests.translation import catalog

# One tag, read by other rules than Django's own collector: what stands between the outermost quotes.
TRANSLATE = re.compile(r"""^trans(?:late)?\s+(?P<quote>["'])(?P<text>.*?)(?P=quote)(?=\s|\||$)""", re.S)
CONTEXT = re.compile(r"""\bcontext\s+(["'])(.*?)\1""")
CONSTANT = re.compile(r"""(?<!\w)_\(\s*(["'])(.*?)\1\s*\)""", re.S)


def unescaped(text: str) -> str:
    return text.replace('\\"', '"').replace("\\'", "'")


def scanned(source: str) -> set[catalog.Key]:
    """Return the texts of a template, found without Django's collector."""
    found: set[catalog.Key] = set()
    block: dict | None = None
    for token in Lexer(source).tokenize():
        tag = token.contents.strip()
        if block is not None and token.token_type == TokenType.BLOCK:
            if tag == "plural":
                block["parts"].append("")
                continue
            trim = trim_whitespace if block["trimmed"] else str
            singular, plural = [*map(trim, block["parts"]), ""][:2]
            found.add((block["context"], singular, plural))
            block = None
        elif block is not None:
            is_variable = token.token_type == TokenType.VAR
            block["parts"][-1] += f"%({tag})s" if is_variable else token.contents.replace("%", "%%")
        elif token.token_type == TokenType.BLOCK and tag.startswith("blocktrans"):
            context = CONTEXT.search(tag)
            block = {"trimmed": " trimmed" in tag, "context": context[2] if context else "", "parts": [""]}
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR):
            context = CONTEXT.search(tag) if tag.startswith("trans") else None
            if written := TRANSLATE.match(tag):
                text = unescaped(written["text"]).replace("%", "%%")
                found.add((context[2] if context else "", text, ""))
            found |= {("", unescaped(text), "") for _quote, text in CONSTANT.findall(tag)}
    return found


@pytest.mark.parametrize(
    ("template", "key"),
    [
        ("{% translate 'Send it' %}", ("", "Send it", "")),
        ('{% translate "Don\'t send" as words %}', ("", "Don't send", "")),
        ('{% include "x.html" with title=_("Two words") %}', ("", "Two words", "")),
        ("{{ rows|default:_('None yet') }}", ("", "None yet", "")),
        ('{% translate "May" context "month" %}', ("month", "May", "")),
        (
            "{% blocktranslate trimmed %}\n  One\n  line {{ n }}\n{% endblocktranslate %}",
            ("", "One line %(n)s", ""),
        ),
        (
            "{% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}",
            ("", "%(n)s row", "%(n)s rows"),
        ),
    ],
)
def test_a_text_of_a_template_is_found_however_it_is_quoted(template, key):
    assert set(catalog.texts_of_template(template)) == {key}
    assert scanned(template) == {key}


def test_every_text_of_the_templates_is_in_the_catalog():
    missing, collected = [], 0
    for path in catalog.files(".html"):
        source = path.read_text(encoding="utf-8")
        expected, found = scanned(source), set(catalog.texts_of_template(source, str(path)))
        collected += len(expected)
        missing += [f"{path.relative_to(catalog.ROOT)}: {key}" for key in expected ^ found]

    assert missing == []
    assert collected > 500


def calls(source: str) -> set[catalog.Key]:
    """Return the texts that a module gives to gettext and its kind, found by Python's own parser."""
    found: set[catalog.Key] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in catalog.KEYWORDS:
            given = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            plural = given[1:2] if "ngettext" in ast.unparse(node.func) else []
            if given and isinstance(given[0], str):
                found.add(("", given[0], "".join(map(str, plural))))
    return found


def test_every_text_of_the_modules_is_in_the_catalog():
    # Neither Babel nor xgettext looks into an f-string.
    missing = []
    for path in catalog.files(".py"):
        source = path.read_text(encoding="utf-8")
        lost = calls(source) - set(catalog.texts_of_python(source))
        missing += [f"{path.relative_to(catalog.ROOT)}: {key}" for key in lost]

    assert missing == []


# What was marked with gettext_noop where it was written, and is kept by a row of the database.
MARKED_ELSEWHERE = {"messaging/media/keep.py: file.reason"}


def test_gettext_is_given_texts_and_not_what_is_put_together_first():
    # A text that is put together before it is looked up is in no catalog.
    found = set()
    for path in catalog.files(".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", "")
            if name in catalog.KEYWORDS:
                given = node.args[:2] if "ngettext" in name else node.args[:1]
                found |= {
                    f"{path.relative_to(catalog.ROOT)}: {ast.unparse(text)}"
                    for text in given
                    if not isinstance(text, ast.Constant)
                }
    for path in catalog.files(".html"):
        for tag in re.findall(r"{%\s*(trans(?:late)?\s[^\"'].*?)%}", path.read_text(encoding="utf-8")):
            found.add(f"{path.relative_to(catalog.ROOT)}: {tag}")

    assert found == MARKED_ELSEWHERE


def at_import(source: str) -> Iterator[ast.Call]:
    """Yield the calls of gettext that run while a module is imported, before anybody's language is known."""
    tree = ast.parse(source)
    eager = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.name in ("gettext", "ngettext", "pgettext", "npgettext")
    }
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in eager:
            yield node
        waiting += ast.iter_child_nodes(node)


def test_no_text_is_looked_up_before_the_language_of_the_reader_is_known():
    found = [
        f"{path.relative_to(catalog.ROOT)}:{call.lineno}"
        for path in catalog.files(".py")
        for call in at_import(path.read_text(encoding="utf-8"))
    ]

    assert found == []


@pytest.mark.skipif(not shutil.which("xgettext"), reason="GNU gettext is not installed")
def test_makemessages_writes_the_same_catalog(tmp_path):
    # In a copy: it writes beside the templates while it works.
    for path in [*catalog.files(".py"), *catalog.files(".html"), catalog.ROOT / "pyproject.toml"]:
        copy = tmp_path / path.relative_to(catalog.ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    command = [sys.executable, "manage.py", "makemessages", "-l", "en", "--verbosity", "0"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    written = Path(tmp_path, "locale", "en", "LC_MESSAGES", "django.po")
    with written.open("rb") as file:
        assert catalog.keys(pofile.read_po(file)) == catalog.texts()
