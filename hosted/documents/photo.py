"""Make a PDF of a photo or scan: `python -m hosted.documents.photo < FILE`, as preflight.py does.

It runs in a separate process with limited rights, as inspect.py does. It prints JSON: {"pdf": BASE64, "problems": []}.
Each picture becomes a page that fits on Letter paper, upright and no larger than Telnyx takes. The PDF holds what the
picture shows and nothing else: no place, no time, no camera.
"""

import zlib
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pillow_heif
from pikepdf import Dictionary, Name, Pdf
from PIL import Image

from messaging import rights

CPU_SECONDS = 30
# A photo of 50 megapixels takes 200 MB with transparency, and its decoder as much again.
MEMORY = 1024 * 1024 * 1024
MOST_PIXELS = 60_000_000
MOST_PIXELS_IN_ALL = 500_000_000
MOST_PAGES = 100
MOST_BYTES = 4_800_000
FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "HEIF")

# Letter paper in points, and dots per inch with the quality of the JPEG; the first with which all pages fit is taken.
PAPER = (612, 792)
LONGEST = 7200
SIZES = ((200, 85), (200, 60), (150, 60), (110, 50), (75, 45))
ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Refused(Exception):
    """The picture is not made into a PDF; the argument is the code of the reason."""


def make(content: bytes) -> dict[str, Any]:
    """Return the PDF, or the problem."""
    try:
        # Both limits are checked when the size is known, before anything is unpacked.
        count_pixels(content)
        for dpi, quality in SIZES:
            pdf = pdf_of(content, dpi, quality)
            if pdf is not None:
                return {"pdf": b64encode(pdf).decode(), "problems": []}
        return {"problems": ["too_long"]}
    except Refused as refused:
        return {"problems": list(refused.args)}
    except (MemoryError, Image.DecompressionBombError):
        return {"problems": ["pixels"]}
    except Exception:
        return {"problems": ["photo"]}


def frames(content: bytes) -> Iterator[Image.Image]:
    """Yield the picture, or each page of a TIFF; what else a file holds, such as a preview or a film, is no page."""
    with Image.open(BytesIO(content), formats=FORMATS) as image:
        pages = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
        if pages > MOST_PAGES:
            raise Refused("pages")
        for page in range(pages):
            if page:
                image.seek(page)
            yield image


def count_pixels(content: bytes) -> None:
    """Raise Refused if there are too many pixels to unpack."""
    counts = [image.width * image.height for image in frames(content)]
    if max(counts) > MOST_PIXELS or sum(counts) > MOST_PIXELS_IN_ALL:
        raise Refused("pixels")


def pdf_of(content: bytes, dpi: int, quality: int) -> bytes | None:
    """Return the PDF with its pictures at most this fine, or None if it is too large."""
    file = BytesIO()
    with Pdf.new() as pdf:
        size = 0
        for image in frames(content):
            size += add_page(pdf, image, dpi, quality)
            if size > MOST_BYTES:
                return None
        pdf.save(file, deterministic_id=True)
    return file.getvalue() if file.tell() <= MOST_BYTES else None


def add_page(pdf: Pdf, image: Image.Image, dpi: int, quality: int) -> int:
    """Add a picture as a page, and return its size in bytes."""
    picture = plain(image, dpi)
    # Only now: some formats are turned upright when they are unpacked, and say so.
    turn = UPRIGHT.get(image.getexif().get(ORIENTATION, 1))
    if turn is not None:
        picture = picture.transpose(turn)
    wide, high = paper(picture)
    scale = min(wide / picture.width, high / picture.height)
    width, height = picture.width * scale, picture.height * scale
    if picture.mode == "1":
        # Zero is black in both.
        data, how, bits, color = zlib.compress(picture.tobytes(), 9), Name.FlateDecode, 1, Name.DeviceGray
    else:
        out = BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True)
        color = Name.DeviceGray if picture.mode == "L" else Name.DeviceRGB
        data, how, bits = out.getvalue(), Name.DCTDecode, 8
    shown = pdf.make_stream(
        data,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=picture.width,
        Height=picture.height,
        ColorSpace=color,
        BitsPerComponent=bits,
        Filter=how,
    )
    page = pdf.add_blank_page(page_size=(wide, high))
    page.obj.Resources = Dictionary(XObject=Dictionary(Picture=shown))
    place = (
        f"q {width:.2f} 0 0 {height:.2f} {(wide - width) / 2:.2f} {(high - height) / 2:.2f} cm /Picture Do Q"
    )
    page.obj.Contents = pdf.make_stream(place.encode())
    return len(data)


def plain(image: Image.Image, dpi: int) -> Image.Image:
    """Return the picture in black and white, gray or color without transparency, no finer than this on paper."""
    wide, high = paper(image)
    shrink = min(wide * dpi / 72 / image.width, high * dpi / 72 / image.height, 1)
    size = (max(1, round(image.width * shrink)), max(1, round(image.height * shrink)))
    # A JPEG is unpacked at the size that is needed, which takes less memory.
    image.draft(None, size)
    image.load()
    if image.mode == "1" and size == image.size:
        return bare(image)
    if image.mode.startswith(("I", "F")):
        # 16 bits per pixel
        image = image.convert("F").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode in ("P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    image = image.resize(
        size, Image.Resampling.BOX if shrink < 0.5 else Image.Resampling.LANCZOS, reducing_gap=2
    )
    if image.mode in ("RGBA", "LA", "La", "RGBa"):
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    return bare(image if image.mode in ("L", "RGB") else image.convert("RGB"))


def bare(image: Image.Image) -> Image.Image:
    """Return a picture without what its file said about it, such as comments."""
    copy = image.copy()
    copy.info.clear()
    return copy


def paper(image: Image.Image) -> tuple[int, int]:
    """Return the size of the paper, upright or across. A long screenshot gets a long page, to stay readable."""
    short, long = sorted(image.size)
    longest = PAPER[1] if long <= 2 * short else min(PAPER[0] * long // short, LONGEST)
    return (PAPER[0], longest) if image.height >= image.width else (longest, PAPER[0])


def get_ready() -> None:
    """Load all that the libraries load on first use, before nothing can be opened anymore."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.options.THUMBNAILS = False
    pillow_heif.register_heif_opener()
    Image.init()
    for kind in ("JPEG", "PNG", "TIFF", "WEBP"):
        file = BytesIO()
        Image.new("RGB", (9, 9)).save(file, kind)
        make(file.getvalue())


if __name__ == "__main__":
    rights.answer(make, CPU_SECONDS, MEMORY, get_ready=get_ready)
