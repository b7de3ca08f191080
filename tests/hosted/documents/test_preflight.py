"""Which files are accepted, and that no file can harm the process that checks it."""

import resource
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf

from config.local.places import ROOT
from hosted.documents import inspect, preflight
from hosted.documents.preflight import MOST_BYTES, WORDS, Finding, check
from messaging import rights

from . import pdfs

CASES = Path(__file__).parent / "cases"
SCRIPT = pdfs.action("/JavaScript", JS="app.alert(1)")
JUMP = Dictionary({"/S": Name("/GoTo"), "/D": "start"})
TOP = Array([0, Name("/Fit")])
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
        (pdfs.at_a_page("/AA", Dictionary({"/O": SCRIPT})), "action"),
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
    return pdfs.in_a_link(Dictionary({"/S": Name(kind), **named(entries)}))


def named(entries: dict[str, Any]) -> dict[str, Any]:
    return {f"/{key}": value for key, value in entries.items()}


def file(**entries: Any) -> Dictionary:
    return Dictionary({"/Type": Name("/Filespec"), **named(entries)})


def stream(**entries: Any) -> pdfs.Change:
    """Return a function that puts a stream with these entries on a page."""
    return lambda pdf: setattr(pdf.pages[0].obj, "Contents", pdf.make_stream(b"q Q", named(entries)))


def annotation(kind: str, **entries: Any) -> pdfs.Change:
    found = Dictionary({"/Type": Name("/Annot"), "/Subtype": Name(kind), **named(entries)})
    return lambda pdf: setattr(pdf.pages[0].obj, "Annots", Array([pdfs.fresh(found)]))


def base(address: str) -> pdfs.Change:
    return lambda pdf: setattr(pdf.Root, "URI", Dictionary(named({"Base": address})))


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
        stream(FFilter=Array()),
        stream(Subtype=Name("/Form"), Ref=Dictionary(named({"F": "x.pdf"}))),
        stream(OPI=Dictionary(named({"2.0": Dictionary()}))),
        annotation("/Link", PA=Dictionary({"/S": Name("/URI"), **named({"URI": SHARE})})),
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
        link("/Thread", D=0),
        base("https://provider.example/"),
        annotation("/Link", F=4),
        annotation("/Widget", F=4, Subject="F"),
        stream(F=None),
    ],
)
def test_a_file_that_opens_at_a_page_or_links_to_the_web_is_taken(change):
    assert codes(pdfs.changed(change)) == []


@pytest.mark.parametrize("key", ["/JavaScript", "/EmbeddedFiles"])
@pytest.mark.parametrize(
    "tree",
    [
        Dictionary(),
        Dictionary(Names=Array()),
        Dictionary(Kids=Array()),
        Dictionary(Kids=Array([Dictionary(Names=Array())])),
    ],
)
@pytest.mark.parametrize("indirect", [False, True])
def test_an_empty_list_of_scripts_or_attachments_holds_none(key, tree, indirect):
    def change(pdf: Pdf) -> None:
        found = pdfs.fresh(tree)
        pdf.Root.Names = Dictionary({key: pdf.make_indirect(found) if indirect else found})

    # In plain text, only the usual way to write it is told from a list with something in it.
    packed = pdfs.changed(change, object_stream_mode=ObjectStreamMode.generate)
    assert codes(packed) == []
    if indirect or "/Kids" not in tree:
        assert codes(pdfs.changed(change)) == []


@pytest.mark.parametrize("change", [pdfs.at_opening(Dictionary()), pdfs.at_a_page("/AA", Dictionary())])
def test_an_empty_action_does_nothing(change):
    assert codes(pdfs.changed(change)) == []


@pytest.mark.promise("X74")
def test_a_script_packed_with_other_objects_is_found():
    packed = pdfs.changed(pdfs.named_script, object_stream_mode=ObjectStreamMode.generate)

    assert b"/JavaScript" not in packed
    assert codes(packed) == ["script"]


@pytest.mark.promise("X74")
def test_a_script_in_an_older_version_of_the_document_is_found():
    """Another reader may rebuild the table of objects and find the older one."""
    content = pdfs.changed(pdfs.named_script)

    assert codes(content + pdfs.plain()) == ["script"]


def prepared(name: str) -> preflight.Prepared:
    return preflight.prepare((CASES / name).read_bytes())


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("lead_bom.pdf", True),
        ("trail_nul_5000.pdf", True),
        ("dup_key.pdf", True),  # its table of objects is wrong
        ("page_without_type.pdf", True),
        ("names_js_empty.pdf", False),
    ],
)
def test_what_common_readers_open_is_taken(name, cleaned):
    found = prepared(name)

    assert (found.report.findings, found.report.pages, found.cleaned) == ((), 2, cleaned)
    assert (found.content != (CASES / name).read_bytes()) is cleaned
    # What is kept needs no cleaning.
    again = preflight.prepare(found.content)
    assert (again.report.ok, again.cleaned, again.content) == (True, False, found.content)


PRINTER = b"\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=PDF\r\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\n", b""),
        (b"\xef\xbb\xbf\r\n", b""),
        (b"\0" * 1000, b""),
        (PRINTER, b"\x1b%-12345X"),
        (b"Content-Type: application/pdf\r\n\r\n", b""),
        (b"", b"\n" * 20),
        (b"", b" " * 2000),
        (b"", b"\0" * 50_000),
        (b"", b"\n<html><body>Warning: could not close the file</body></html>"),
        (b"\xef\xbb\xbf", b"\0\0"),
    ],
)
def test_bytes_around_a_pdf_are_cut_away(before, after):
    found = preflight.prepare(before + pdfs.plain().rstrip() + after)

    assert (found.report.findings, found.cleaned) == ((), True)
    assert found.content.rstrip() == pdfs.plain().rstrip()
    assert found.report.size == len(found.content)


@pytest.mark.parametrize("end", [b"", b"%%EOF", b"%%EOF\r\n", b"%%EOF\n\n"])
def test_a_blank_line_at_the_end_is_left_as_it_is(end):
    content = pdfs.plain().rstrip().removesuffix(b"%%EOF") + end
    found = preflight.prepare(content)

    assert (found.report.ok, found.cleaned) == (True, not end)
    assert end == b"" or found.content == content


@pytest.mark.parametrize(
    "how",
    [
        {"linearize": True},
        {"object_stream_mode": ObjectStreamMode.generate},
        {"linearize": True, "object_stream_mode": ObjectStreamMode.generate},
        {"force_version": "1.3"},
        {"qdf": True},
    ],
)
def test_a_pdf_is_taken_however_it_was_written(how):
    content = pdfs.changed(lambda pdf: None, **how)
    found = preflight.prepare(content)

    assert (found.report.findings, found.report.pages, found.content) == ((), 2, content)


def test_a_website_printed_by_a_browser_is_taken():
    """Each word is an object; 45,000 of them cost the former reader more time than it had."""
    found = preflight.prepare(pdfs.printed(97, 460))

    assert (found.report.findings, found.report.pages, found.cleaned) == ((), 97, False)


def test_a_script_among_more_objects_than_can_be_unpacked_is_not_overlooked():
    """The reader takes for missing what another one would run."""
    catalog = b"<</Type/Catalog/Pages 2 0 R>>"
    page = b"<</Type/Page/Parent 2 0 R/AA<</O<</S/JavaScript/JS(x)>>>>" + b" " * 21_000_000 + b">>"

    assert codes(pdfs.in_object_stream(zlib.compress(pdfs.packed_objects(catalog, page)))) == ["bomb"]


def test_more_objects_than_a_document_needs_are_refused_by_their_count(monkeypatch):
    assert inspect.inspect(pdfs.printed(3, 10))["problems"] == []

    monkeypatch.setattr(inspect, "MOST_OBJECTS", 30)

    assert inspect.inspect(pdfs.printed(3, 10))["problems"] == ["bomb"]


@pytest.mark.parametrize("password", ["secret", ""])
@pytest.mark.promise("B7", "X75")
def test_an_encrypted_file_is_refused_even_when_it_opens_without_a_password(password):
    assert codes(pdfs.encrypted(password)) == ["encrypted"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a text document", "not_pdf"),
        (b"MZ\x90\x00" + pdfs.plain(), "not_pdf"),
        (b"<html><script>alert(1)</script>" + pdfs.plain(), "not_pdf"),
        ("<html>".encode("utf-16") + pdfs.plain(), "not_pdf"),
        (b"\xef\xbb\xbf <!DOCTYPE html>" + pdfs.plain(), "not_pdf"),
        (b" " * 1025 + pdfs.plain(), "not_pdf"),
        (b"%PDF-1.7\n", "truncated"),
        (pdfs.plain()[:300], "truncated"),
        (pdfs.plain(40)[:-2000], "truncated"),
        (b"%PDF-1.7\n%%EOF", "damaged"),
        (b"%PDF-1.7\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF", "damaged"),
        (pdfs.plain() + b"\n12 0 obj\n<</Type/Page", "truncated"),
        (pdfs.plain(40)[:-2000] + b"\n%%EOF", "damaged"),
        (pdfs.changed(lambda pdf: pdf.pages.__delitem__(0), pages=1), "damaged"),
        (pdfs.plain(101), "pages"),
        (pdfs.plain(size=MOST_BYTES + 1), "size"),
        (JPG + b"x" * 40_000_000, "size_photo"),
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
    start = f"from messaging import rights\nrights.give_up(5)\n{code}"
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

    assert codes(pdfs.plain()) == ["late"]


@pytest.mark.promise("X76")
def test_a_check_that_takes_too_much_processor_time_is_not_called_a_bomb(tmp_path, settings):
    package = tmp_path / "hosted" / "documents"
    package.mkdir(parents=True)
    (tmp_path / "messaging").mkdir()
    (tmp_path / "messaging" / "rights.py").write_text(Path(rights.__file__).read_text())
    (package / "inspect.py").write_text("from messaging.rights import give_up; give_up(1)\nwhile True: pass")
    settings.BASE_DIR = tmp_path

    assert [str(one) for one in check(pdfs.plain()).findings] == [str(Finding("late"))]


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

    assert set(preflight.run("hosted.documents.inspect", b"")["problems"]) <= {
        "PATH",
        "LD_LIBRARY_PATH",
        "LC_CTYPE",
    }
