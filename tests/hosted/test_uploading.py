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


def test_the_same_file_again_is_pointed_out(upload):
    upload("loa", pdfs.plain())

    assert "This is the same file as version 1." in upload("loa", pdfs.plain())


def test_a_letter_uploaded_as_the_bill_is_pointed_out(upload):
    html = upload("bill", letter.make(upload.order, HOLDER))

    assert "By its words this looks like a letter of authorization, not like a bill." in html
    assert "looks like" not in upload("loa", letter.make(upload.order, HOLDER))


def test_what_readers_read_in_different_ways_is_written_anew():
    """The first of two equal keys runs a script, and qpdf knows only the second."""
    script = b"/OpenAction <</S/J#61vaScript/J#53(app.alert(1))>> /OpenAction null"
    content = pdfs.plain()
    at = content.index(b"/Catalog")
    hidden = content[: at + 8] + script + content[at + 8 :]

    found = preflight.prepare(hidden)

    assert not found.report.ok or b"J#61va" not in found.content
