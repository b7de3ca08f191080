"""Photos become PDFs: every page upright, small enough, and with nothing in it but what it shows."""

from io import BytesIO

import pytest
from pikepdf import Page, Pdf, PdfImage, Stream
from PIL import Image

from hosted.documents import photo, preflight
from hosted.documents.preflight import MOST_BYTES, MOST_PHOTO_BYTES, Prepared, prepare

from . import pdfs, photos

KINDS = ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"]


def codes(content: bytes) -> list[str]:
    return [finding.code for finding in prepare(content).report.findings]


def pages(found: Prepared) -> list[Image.Image]:
    """Return the picture on each page of the PDF that is kept."""
    assert found.report.findings == ()
    with Pdf.open(BytesIO(found.content)) as pdf:
        return [picture_of(page).as_pil_image().convert("L") for page in pdf.pages]


def picture_of(page: Page) -> PdfImage:
    stream = page.Resources.XObject.Picture
    assert isinstance(stream, Stream)
    return PdfImage(stream)


def shade(page: Image.Image, place: tuple[int, int]) -> int:
    """Return how bright a picture in gray is there, from 0 to 255."""
    return page.tobytes()[place[1] * page.width + place[0]]


def corners(image: Image.Image) -> str:
    """Return which corner is black: top left, top right, bottom left or bottom right."""
    right, bottom = image.width - 9, image.height - 9
    places = {"top left": (8, 8), "top right": (right, 8), "bottom left": (8, bottom)}
    return next((name for name, place in places.items() if shade(image, place) < 128), "bottom right")


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_becomes_a_pdf_of_one_page(kind):
    content = photos.photo(kind)
    found = prepare(content)

    assert (found.made_from_photo, found.cleaned, found.report.pages) == (True, False, 1)
    assert found.content.startswith(b"%PDF-")
    assert found.report.size == len(found.content)
    (page,) = pages(found)
    assert (page.size, corners(page)) == ((400, 300), "top left")
    assert preflight.is_photo(content[:16])
    assert prepare(content).content == found.content


@pytest.mark.parametrize("kind", KINDS)
def test_place_and_camera_do_not_get_into_the_pdf(kind):
    found = prepare(photos.photo(kind, comment=photos.SECRET))

    assert photos.SECRET.encode() in photos.photo(kind)
    assert photos.SECRET.encode() not in found.content
    assert b"Exif" not in found.content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(
    ("turned", "size", "corner"),
    [
        (2, (400, 300), "top right"),
        (3, (400, 300), "bottom right"),
        (6, (300, 400), "top right"),
        (8, (300, 400), "bottom left"),
    ],
)
def test_a_photo_is_turned_upright(kind, turned, size, corner):
    (page,) = pages(prepare(photos.photo(kind, turned)))

    assert (page.size, corners(page)) == (size, corner)


@pytest.mark.parametrize(
    ("mode", "kind", "how"),
    [
        ("CMYK", "JPEG", {}),
        ("L", "JPEG", {"progressive": True}),
        ("I;16", "PNG", {}),
        ("RGBA", "PNG", {}),
        ("LA", "PNG", {}),
        ("P", "PNG", {}),
        ("P", "PNG", {"transparency": 3}),
        ("1", "PNG", {}),
        ("1", "TIFF", {"compression": "group4"}),
        ("CMYK", "TIFF", {}),
        ("RGB", "TIFF", {"compression": "jpeg"}),
        ("RGB", "TIFF", {"compression": "tiff_lzw"}),
        ("RGBA", "WEBP", {}),
        ("RGBA", "HEIF", {}),
    ],
)
def test_every_kind_of_color_is_taken(mode, kind, how):
    if mode == "I;16":
        image = Image.new(mode, (400, 300), 65535)
        image.paste(0, (0, 0, 100, 75))
    else:
        image = photos.picture(mode)
    (page,) = pages(prepare(photos.saved(image, kind, **how)))

    assert (page.size, corners(page)) == ((400, 300), "top left")
    assert shade(page, (390, 290)) > 240


def test_what_is_transparent_becomes_white():
    image = Image.new("RGBA", (400, 300), (0, 0, 0, 0))

    (page,) = pages(prepare(photos.saved(image, "PNG")))

    assert page.getextrema() == (255, 255)


def test_a_scan_of_several_pages_becomes_as_many():
    scan = photos.saved(
        photos.picture("1", (1700, 2200)),
        "TIFF",
        save_all=True,
        append_images=[photos.picture("RGB", (300, 400)), photos.picture("L", (400, 300))],
    )

    assert [page.size for page in pages(prepare(scan))] == [(1700, 2200), (300, 400), (400, 300)]


def test_other_pictures_in_a_photo_are_no_pages():
    film = [photos.picture(size=(400, 300)), photos.picture(size=(400, 300))]

    assert len(pages(prepare(photos.saved(photos.picture(), "WEBP", save_all=True, append_images=film)))) == 1
    assert len(pages(prepare(photos.saved(photos.picture(), "MPO", save_all=True, append_images=film)))) == 1


@pytest.mark.parametrize("kind", ["JPEG", "HEIF", "PNG"])
def test_a_photo_of_50_megapixels_is_made_smaller(kind):
    mode = "RGBA" if kind == "PNG" else "RGB"
    (page,) = pages(prepare(photos.saved(Image.new(mode, (8160, 6120), "white"), kind)))

    assert max(page.size) <= 2200


def test_a_noisy_scan_is_made_coarser_until_it_fits():
    noise = Image.effect_noise((1700, 2200), 60).convert("L")
    scan = photos.saved(noise, "TIFF", save_all=True, append_images=[noise] * 3, compression="jpeg")

    found = prepare(scan)

    assert len(scan) > MOST_BYTES
    assert len(pages(found)) == 4
    assert found.report.size <= MOST_BYTES


def test_a_long_screenshot_stays_readable():
    (page,) = pages(prepare(photos.saved(photos.picture(size=(1170, 5000)), "PNG")))

    assert page.size == (1170, 5000)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (photos.huge(60_001, 1000), "pixels"),
        (photos.huge(1_000_000, 1_000_000), "pixels"),
        (photos.saved(Image.new("1", (20_000, 20_000)), "PNG"), "pixels"),
        (photos.scan(101), "pages"),
        (photos.huge(10, 10), "photo"),
        (photos.photo()[:700], "photo"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "photo"),
        (b"\x89PNG\r\n\x1a\n", "photo"),
        (b"II*\0\x08\0\0\0", "photo"),
        (b"\0\0\0\x18ftypheic", "photo"),
        (b"RIFF\0\0\0\0WEBP", "photo"),
        (b"\xff\xd8\xff" + b"x" * MOST_PHOTO_BYTES, "size_photo"),
        (b"GIF89a", "not_pdf"),
        (b"\0\0\0\x18ftypmp42", "not_pdf"),
        (b"RIFF\0\0\0\0WAVE", "not_pdf"),
    ],
)
def test_a_photo_that_cannot_be_read_is_refused_for_its_true_reason(content, code):
    found = prepare(content)

    assert [finding.code for finding in found.report.findings] == [code]


def test_too_many_pixels_are_refused_before_they_are_unpacked(monkeypatch):
    monkeypatch.setattr(photo, "MOST_PIXELS_IN_ALL", 400 * 300 * 2)
    monkeypatch.setattr(photo, "pdf_of", lambda *_all: b"unpacked")
    image = photos.picture()

    def scan(pages: int) -> bytes:
        return photos.saved(image, "TIFF", save_all=True, append_images=[image] * (pages - 1))

    assert photo.make(scan(2))["problems"] == []
    assert photo.make(scan(3)) == {"problems": ["pixels"]}


def test_a_photo_that_hides_a_pdf_or_a_web_page_shows_only_the_picture():
    found = prepare(photos.photo() + b"<script>alert(1)</script>" + pdfs.changed(pdfs.named_script))

    assert found.report.ok
    assert b"<script>" not in found.content
    assert b"/JavaScript" not in found.content


def test_a_file_of_another_kind_may_be_as_large_as_telnyx_takes():
    assert preflight.most_bytes(pdfs.plain()) == MOST_BYTES
    assert preflight.most_bytes(photos.photo()[:16]) == MOST_PHOTO_BYTES
