"""Every place that code, comments and pages refer to exists: facts about Telnyx by number, and pages in docs/."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TELNYX = ROOT / "docs/telnyx.md"
SUFFIXES = {".py", ".html", ".js", ".css", ".md", ".toml", ".example", ".yml", ".yaml", ".in", ""}
NOT_OURS, HIDDEN_AND_OURS = {"var", "static"}, {".ci", ".github", ".env.example", ".pre-commit-config.yaml"}

FACT = re.compile(r"\bT[1-9]\d?(?:\.\d+)?\b(?![-:])")
CHECK = re.compile(r"docs/telnyx\.md, check (\d+)")
PAGE = re.compile(r"\bdocs/[\w./-]*\w\.md\b")
LINK = re.compile(r"\]\(([^)#:\s]+\.md)(#[\w-]+)?\)")
# Sections of pages that are not in anyone's checkout.
ELSEWHERE = re.compile(
    r"\b(?:contract|reliability|features|performance)\b[ ,.(]+(?:\(|section )?(?:[A-Z]?\d|trap \d)",
    re.IGNORECASE,
)


@lru_cache
def texts() -> list[tuple[Path, str]]:
    """Return every file of ours that may refer to something, except this one."""
    tops = [path for path in ROOT.iterdir() if path.name not in NOT_OURS]
    tops = [path for path in tops if path.name[0] != "." or path.name in HIDDEN_AND_OURS]
    files = [path for top in tops for path in (top.rglob("*") if top.is_dir() else [top])]
    return [
        (path.relative_to(ROOT), path.read_text(errors="replace"))
        for path in sorted(files)
        if path.suffix in SUFFIXES and path.is_file() and path != Path(__file__)
    ]


def facts() -> list[str]:
    return re.findall(r"^\| (T\d+\.\d+) \|", TELNYX.read_text(), re.MULTILINE)


def found(pattern: re.Pattern[str], *, suffixes: set[str] = SUFFIXES) -> Iterator[tuple[str, str]]:
    """Yield each match of a pattern, as "file:line" with the match."""
    for path, text in texts():
        if path.suffix in suffixes:
            for match in pattern.finditer(text):
                yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}", match[match.lastindex or 0]


def test_every_fact_has_one_number():
    numbers = facts()

    assert len(numbers) > 100
    assert [number for number, times in Counter(numbers).items() if times > 1] == []


def test_the_facts_of_a_section_are_numbered_in_order():
    sections = re.split(r"^## (T\d+)\. .*$", TELNYX.read_text(), flags=re.MULTILINE)[1:]

    for section, text in zip(sections[::2], sections[1::2], strict=True):
        numbers = re.findall(r"^\| (T\d+\.\d+) \|", text, re.MULTILINE)
        assert numbers == [f"{section}.{number}" for number in range(1, len(numbers) + 1)]


def test_every_fact_has_a_source():
    rows = re.findall(r"^\| (T\d+\.\d+) \| (.+?) \| (.*?) \| ?(.*?) ?\|$", TELNYX.read_text(), re.MULTILINE)

    assert [number for number, *_ in rows] == facts()
    assert [number for number, _fact, source, _doubt in rows if not source.strip()] == []


@pytest.mark.parametrize("suffix", [".py", ".html", ".md"])
def test_every_fact_that_is_cited_is_there(suffix):
    there = {*facts(), *(number.split(".")[0] for number in facts())}
    cited = [(place, number) for place, number in found(FACT, suffixes={suffix}) if number not in there]

    assert cited == []


def test_facts_are_cited():
    assert len({number for _place, number in found(FACT, suffixes={".py"})}) > 50


def test_every_check_that_is_cited_is_there():
    checks = set(re.findall(r"^\| (\d+) \|", TELNYX.read_text(), re.MULTILINE))
    inside = re.findall(r"\bchecks? (\d+)(?: and (\d+))?", TELNYX.read_text())
    cited = {number for _place, number in found(CHECK)}

    assert cited
    assert cited | {number for pair in inside for number in pair if number} <= checks


def test_every_page_that_is_named_is_there():
    named = {name: place for place, name in found(PAGE)}

    assert "docs/telnyx.md" in named
    assert {name: place for name, place in named.items() if not (ROOT / name).is_file()} == {}


def test_every_link_between_pages_leads_somewhere():
    wrong = []
    for path, text in texts():
        for name, anchor in LINK.findall(text) if path.suffix == ".md" else ():
            page = ROOT / path.parent / name
            if not page.is_file() or (anchor and anchor[1:] not in anchors(page)):
                wrong.append(f"{path}: {name}{anchor}")

    assert wrong == []


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as used in links."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_nothing_cites_a_page_that_is_not_in_the_repository():
    assert [place for place, _ in found(ELSEWHERE)] == []
