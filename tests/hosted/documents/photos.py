"""Photos made in code, in every format a phone or a scanner writes."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()

SECRET = "Taken at home"
MODEL, ORIENTATION, PLACE = 0x0110, 0x0112, 0x8825


def picture(mode: str = "RGB", size: tuple[int, int] = (400, 300)) -> Image.Image:
    """Return a white picture whose top left corner is black."""
    image = Image.new("L", size, 255)
    image.paste(0, (0, 0, size[0] // 4, size[1] // 4))
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def photo(kind: str = "JPEG", turned: int = 1, **how: Any) -> bytes:
    """Return a photo that says where and with which camera it was taken, and how to hold it."""
    exif = Image.Exif()
    exif[MODEL] = SECRET
    exif[ORIENTATION] = turned
    exif.get_ifd(PLACE)[1] = "N"
    return saved(picture(), kind, exif=exif, **how)


def huge(width: int, height: int) -> bytes:
    """Return a small PNG that says it is this large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def scan(pages: int) -> bytes:
    """Return a scan of so many small pages."""
    dot = Image.new("1", (9, 9))
    return saved(dot, "TIFF", save_all=True, append_images=[dot] * (pages - 1))
