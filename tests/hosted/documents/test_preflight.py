"""Which files are accepted, and that no file can harm the process that checks it."""

import resource
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NullObject,
    NumberObject,
    TextStringObject,
)

from config.local.places import ROOT
from hosted.documents import preflight
from hosted.documents.preflight import MOST_BYTES, WORDS, Finding, check

from . import pdfs

CASES = Path(__file__).parent / "cases"
Name = NameObject
SCRIPT = pdfs.action("/JavaScript", JS="app.alert(1)")
JUMP = DictionaryObject({Name("/S"): Name("/GoTo"), Name("/D"): TextStringObject("start")})
TOP = ArrayObject([NumberObject(0), Name("/Fit")])
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF"


def codes(content: bytes) -> list[str]:
    return [finding.code for finding in check(content).findings]


@pytest.mark.promise("F40")
def test_an_honest_file_passes_with_what_is_known_about_it():
    report = check(pdfs.plain(2, size=340_000))

    assert (report.ok, report.pages, report.size) == (True, 2, 340_000)
    assert report.ticks == ["PDF", "2 pages", "332.0 KB", "not encrypted", "no scripts or attachments"]


@pytest.mark.promise("X75")
def test_an_encrypted_file_the_reader_cannot_parse_is_refused_too():
    """Its key starts like a UTF-16 text, and by then the limited process could no longer load that codec."""
    assert codes((CASES / "encrypted_stumbling.pdf").read_bytes()) == ["encrypted"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (pdfs.at_opening(SCRIPT), "script"),
        (pdfs.at_opening(pdfs.action("/URI", URI="https://tracker.example")), "action"),
        (pdfs.at_opening(pdfs.action("/Launch", F="cmd.exe")), "action"),
        (pdfs.named_script, "script"),
        (pdfs.at_a_page("/AA", DictionaryObject({Name("/O"): SCRIPT})), "action"),
        (pdfs.in_a_link(pdfs.action("/Launch", F="cmd.exe")), "action"),
        (pdfs.in_a_link(pdfs.action("/SubmitForm", F="https://tracker.example")), "action"),
        (pdfs.in_a_link(pdfs.action("/GoToE", T="payload.pdf")), "attachment"),
        (pdfs.indirect_launch, "action"),
        (pdfs.attached, "attachment"),
        (pdfs.xfa, "xfa"),
    ],
)
@pytest.mark.promise("X74")
def test_a_file_that_runs_or_hides_something_is_refused(change, code):
    assert code in codes(pdfs.changed(change))


def link(kind: str = "/URI", **entries: Any) -> pdfs.Change:
    return pdfs.in_a_link(DictionaryObject({Name("/S"): Name(kind), **named(entries)}))


def named(entries: dict[str, Any]) -> dict[NameObject, Any]:
    return {
        Name(f"/{key}"): TextStringObject(value) if type(value) is str else value
        for key, value in entries.items()
    }


def file(**entries: Any) -> DictionaryObject:
    return DictionaryObject({Name("/Type"): Name("/Filespec"), **named(entries)})


def stream(**entries: Any) -> pdfs.Change:
    """Return a function that puts a stream with these entries on a page."""
    found = DecodedStreamObject()
    found.set_data(b"q Q")
    found.update(named(entries))
    return lambda writer: writer.pages[0].__setitem__(Name("/Contents"), writer._add_object(found))


def annotation(kind: str, **entries: Any) -> pdfs.Change:
    found = DictionaryObject({Name("/Type"): Name("/Annot"), Name("/Subtype"): Name(kind), **named(entries)})
    return lambda writer: writer.pages[0].__setitem__(Name("/Annots"), ArrayObject([found]))


def base(address: str) -> pdfs.Change:
    found = DictionaryObject(named({"Base": address}))
    return lambda writer: writer.root_object.__setitem__(Name("/URI"), found)


SHARE = "\\\\evil.example\\share\\x.pdf"


@pytest.mark.parametrize(
    "change",
    [
        link("/GoToR", F=SHARE),
        link("/GoToR", F=file(UF="x.pdf")),
        link("/Thread", F="other.pdf"),
        link("/Thread", F=file(FS=Name("/URL"), F="https://evil.example/x.pdf")),
        link(URI="file://evil.example/share/x.pdf"),
        link(URI="FILE:///etc/passwd"),
        link(URI=" fi\tle:///etc/passwd"),
        link(URI="smb://evil.example/share"),
        link(URI=SHARE),
        link(URI="//evil.example/share"),
        link(URI="C:\\Windows\\x.exe"),
        link(URI="javascript:alert(1)"),
        link(URI="ms-search:query=x"),
        base("file://evil.example/share/"),
        stream(F="https://169.254.169.254/"),
        stream(F=file(F="/etc/passwd")),
        stream(FFilter=ArrayObject()),
        stream(Subtype=Name("/Form"), Ref=DictionaryObject(named({"F": "x.pdf"}))),
        stream(OPI=DictionaryObject(named({"2.0": DictionaryObject()}))),
        annotation("/Link", PA=DictionaryObject({Name("/S"): Name("/URI"), **named({"URI": SHARE})})),
    ],
)
@pytest.mark.promise("X74")
def test_a_file_that_refers_to_other_files_is_refused(change):
    assert "outside" in codes(pdfs.changed(change))


@pytest.mark.parametrize("name", ["gotor.pdf", "extstream.pdf"])
def test_a_small_file_that_reaches_for_another_one_is_refused(name):
    assert codes((CASES / name).read_bytes()) == ["outside"]


def test_packed_objects_that_lie_in_another_file_are_refused():
    content = pdfs.in_object_stream(pdfs.packed_objects(), b"[]/F(https://evil.example/objects)")

    assert codes(content) == ["outside"]


@pytest.mark.parametrize("kind", ["/Screen", "/Movie", "/Sound", "/RichMedia", "/3D"])
@pytest.mark.promise("X74")
def test_a_file_that_plays_something_is_refused(kind):
    assert codes(pdfs.changed(annotation(kind))) == ["media"]


@pytest.mark.promise("X74")
def test_packed_content_is_found_too():
    catalog = b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"

    assert codes(pdfs.in_object_stream(zlib.compress(pdfs.packed_objects(catalog)))) == ["action", "script"]


@pytest.mark.promise("X74")
def test_a_name_written_another_way_is_found_too():
    content = pdfs.changed(pdfs.in_a_link(pdfs.action("/Launch", F="cmd.exe")))

    assert codes(content.replace(b"/Launch", b"/L#61unc#68")) != []


@pytest.mark.parametrize(
    "change",
    [
        pdfs.at_opening(TOP),
        pdfs.at_opening(JUMP),
        link(URI="https://provider.example/pay"),
        link(URI="HTTP://provider.example"),
        link(URI="www.provider.example:443/pay"),
        link(URI="mailto:billing@provider.example"),
        link(URI="tel:+12175550101"),
        link("/Thread", D=NumberObject(0)),
        base("https://provider.example/"),
        annotation("/Link", F=NumberObject(4)),
        annotation("/Widget", F=NumberObject(4), Subject="F"),
        stream(F=NullObject()),
    ],
)
def test_a_file_that_opens_at_a_page_or_links_to_the_web_is_taken(change):
    assert codes(pdfs.changed(change)) == []


@pytest.mark.parametrize("password", ["secret", ""])
@pytest.mark.promise("B7", "X75")
def test_an_encrypted_file_is_refused_even_when_it_opens_without_a_password(password):
    assert codes(pdfs.encrypted(password)) == ["encrypted"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (JPG, "not_pdf"),
        (b"MZ\x90\x00" + pdfs.plain(), "not_pdf"),
        (b"<html><script>alert(1)</script>" + pdfs.plain(), "not_pdf"),
        (b"\n" + pdfs.plain(), "not_pdf"),
        (b"%PDF-1.7\n", "truncated"),
        (pdfs.plain()[:300], "truncated"),
        (pdfs.plain(40)[:-2000], "truncated"),
        (b"%PDF-1.7\n%%EOF", "damaged"),
        (b"%PDF-1.7\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF", "damaged"),
        (pdfs.plain() + b" " * 2000, "truncated"),
        (pdfs.changed(lambda writer: writer.remove_page(0), pages=1), "damaged"),
        (pdfs.plain(101), "pages"),
        (pdfs.plain(size=MOST_BYTES + 1), "size"),
        (JPG + b"x" * 40_000_000, "not_pdf"),
    ],
)
@pytest.mark.promise("B7", "X77")
def test_a_file_that_is_not_a_whole_pdf_of_a_fitting_size_is_refused(content, code):
    assert codes(content) == [code]


@pytest.mark.parametrize("content", [pdfs.plain(1), pdfs.plain(100), pdfs.plain(size=MOST_BYTES)])
def test_the_limits_themselves_are_within(content):
    assert codes(content) == []


@pytest.mark.promise("X76")
def test_a_blank_scanned_page_is_not_taken_for_a_bomb():
    assert codes(pdfs.with_content(pdfs.repetition(100), "/FlateDecode")) == []


@pytest.mark.parametrize("code", WORDS)
@pytest.mark.promise("B7")
def test_each_refusal_says_what_is_wrong_and_what_to_do(code):
    finding = Finding(code)

    assert finding.what.endswith(".")
    assert finding.todo.endswith(".")
    assert str(finding) == f"{finding.what} {finding.todo}"


BOMBS = {
    "a page of a gigabyte": lambda: pdfs.with_content(pdfs.repetition(1000), "/FlateDecode"),
    "a page packed twice": lambda: pdfs.with_content(
        zlib.compress(pdfs.repetition(1000), 9), "/FlateDecode", "/FlateDecode"
    ),
    "objects of half a gigabyte": lambda: pdfs.in_object_stream(
        pdfs.repetition(500, start=pdfs.packed_objects())
    ),
    "objects packed twice": lambda: pdfs.in_object_stream(
        zlib.compress(pdfs.repetition(500, start=pdfs.packed_objects()), 9), b"[/FlateDecode/FlateDecode]"
    ),
    "arrays within arrays": lambda: pdfs.in_object_stream(
        zlib.compress(pdfs.packed_objects(b"<</Type/Catalog/Pages 2 0 R/X" + b"[" * 3_000_000))
    ),
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.promise("X76")
def test_a_bomb_is_refused_and_costs_this_process_nothing(name):
    content = BOMBS[name]()
    # The largest this process has ever been, in kB. A bomb that went off here would show.
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()

    found = codes(content)

    assert found in (["bomb"], ["damaged"])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
    assert time.monotonic() - started < preflight.WALL_SECONDS + 2


def limited(code: str) -> subprocess.CompletedProcess[bytes]:
    """Run code in a process that gave up its rights the way the check does."""
    start = f"from hosted.documents import rights\nrights.give_up(5)\n{code}"
    return subprocess.run([sys.executable, "-c", start], cwd=ROOT, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("bytearray(600_000_000)", b"MemoryError"),
        ("import socket; socket.socket()", b"Too many open files"),
        ("open('/etc/hostname')", b"Too many open files"),
        ("while True: pass", b""),
    ],
)
@pytest.mark.promise("X76")
def test_the_check_cannot_use_more_than_its_limits(code, error):
    done = limited(code)

    assert done.returncode != 0
    assert error in done.stderr


@pytest.mark.promise("X76")
def test_a_check_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(preflight, "WALL_SECONDS", 0.01)

    assert codes(pdfs.plain()) == ["bomb"]


def test_a_check_that_cannot_run_takes_no_file(settings, tmp_path):
    settings.BASE_DIR = tmp_path

    assert codes(pdfs.plain()) == ["unchecked"]


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_a_check_that_was_killed_from_outside_says_to_try_again(name, tmp_path, settings):
    package = tmp_path / "hosted" / "documents"
    package.mkdir(parents=True)
    (package / "inspect.py").write_text(f"import os, signal; os.kill(os.getpid(), signal.{name})")

    product, settings.BASE_DIR = settings.BASE_DIR, tmp_path
    killed = preflight.check(pdfs.plain())
    settings.BASE_DIR = product

    assert [(one.what, one.todo[:9]) for one in killed.findings] == [
        ("The file could not be checked right now.", "Try again")
    ]
    assert preflight.check(pdfs.plain()).ok


@pytest.mark.promise("X94")
def test_the_check_receives_no_secret(monkeypatch, tmp_path, settings):
    package = tmp_path / "hosted" / "documents"
    package.mkdir(parents=True)
    spy = "import json, os; print(json.dumps({'pages': len(os.environ), 'problems': sorted(os.environ)}))"
    (package / "inspect.py").write_text(spy)
    settings.BASE_DIR = tmp_path

    assert set(preflight.inside(b"")["problems"]) <= {"PATH", "LD_LIBRARY_PATH", "LC_CTYPE"}
