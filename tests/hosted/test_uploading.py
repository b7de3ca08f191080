"""Uploading a letter and a bill through the page: photos, the wrong file, and what goes on record."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from hosted.documents import letter, preflight, store
from tests.hosted.conftest import THREE, url
from tests.hosted.documents import pdfs, photos
from tests.hosted.documents.conftest import HOLDER


@pytest.fixture
def upload(desk, ordered):
    order = ordered(THREE)

    def uploaded(kind: str, content: bytes, name: str = "file.pdf") -> str:
        form = {"kind": kind, "file": SimpleUploadedFile(name, content), "day": str(timezone.localdate())}
        return desk.post(url(order, "upload"), form, follow=True).content.decode()

    uploaded.order = order  # type: ignore[attr-defined]
    return uploaded


def test_a_photo_becomes_a_pdf_and_the_page_asks_to_check_it(upload):
    html = upload("bill", photos.photo(), "IMG_0001.jpg")

    assert "We made a PDF of the photo. Check that it can be read." in html
    kept = upload.order.documents.get(kind="bill")
    assert store.read(kept).startswith(b"%PDF-")
    assert photos.SECRET.encode() not in store.read(kept)


def test_the_same_file_as_letter_and_as_bill_is_pointed_out(upload):
    upload("loa", pdfs.plain())

    assert "This is the same file as the other document." in upload("bill", pdfs.plain())


LETTER = pdfs.plain(1, "Letter of authorization: I authorize")
BILL = pdfs.plain(1, "Billing period, total due")


@pytest.mark.parametrize(
    ("content", "kinds", "words"),
    [
        (
            LETTER,
            ("bill", "loa"),
            "By its words it is the letter, so it belongs here. Upload the right bill.",
        ),
        (LETTER, ("loa", "bill"), "by its words it is the letter. Upload the bill here instead."),
        (BILL, ("loa", "bill"), "By its words it is the bill, so it belongs here. Upload the right letter."),
        (BILL, ("bill", "loa"), "by its words it is the bill. Upload the letter here instead."),
    ],
)
def test_of_the_same_file_in_both_places_the_words_on_it_say_which_is_wrong(upload, content, kinds, words):
    first, second = kinds
    upload(first, content)

    html = upload(second, content)

    assert words in html
    assert "By its words this looks like" not in html


def test_a_wrong_bill_that_was_replaced_leaves_no_doubt_about_the_letter(upload):
    upload("bill", LETTER)
    upload("bill", BILL)

    assert "This is the same file" not in upload("loa", LETTER)


def test_the_same_file_again_is_pointed_out(upload):
    upload("loa", pdfs.plain())

    assert "This is the same file as version 1." in upload("loa", pdfs.plain())


def test_a_letter_uploaded_as_the_bill_is_pointed_out(upload):
    html = upload("bill", letter.make(upload.order, HOLDER))

    assert "By its words this looks like a letter of authorization, not like a bill." in html
    assert "looks like" not in upload("loa", letter.make(upload.order, HOLDER))


def test_an_upload_and_its_checklist_are_in_the_history_of_the_order(desk, upload):
    upload("loa", pdfs.plain())
    paper = upload.order.documents.get()

    html = desk.post(
        url(upload.order, "tick"), {"document": paper.pk, "ticked": []}, follow=True
    ).content.decode()

    assert "Letter of authorization uploaded, version 1" in html
    assert "Checklist of Letter of authorization, version 1, saved" in html


def test_what_readers_read_in_different_ways_is_written_anew():
    """The first of two equal keys runs a script, and qpdf knows only the second."""
    script = b"/OpenAction <</S/J#61vaScript/J#53(app.alert(1))>> /OpenAction null"
    content = pdfs.plain()
    at = content.index(b"/Catalog")
    hidden = content[: at + 8] + script + content[at + 8 :]

    found = preflight.prepare(hidden)

    assert not found.report.ok or b"J#61va" not in found.content
