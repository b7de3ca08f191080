"""Look at a picture and make it small: `python -m tollfree.links.picture < FILE`, in a process apart (apart.py).

It prints JSON: {"width": 1200, "height": 900, "thumbnail": BASE64} or {"problem": CODE}. The thumbnail holds what the
picture shows and nothing else: no place, no time, no camera.
"""

from base64 import b64encode
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps

from messaging import rights

CPU_SECONDS = 15
# What takes more does not get it; a screenshot takes 20 MB.
MEMORY = 1024 * 1024 * 1024
MOST_PIXELS = 60_000_000
# What every browser shows. No SVG: it can run scripts.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
SIZE = (320, 320)


def look(content: bytes) -> dict[str, Any]:
    """Return the size and the thumbnail, or the problem."""
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            width, height = image.size
            # Known before anything is unpacked.
            if width * height > MOST_PIXELS:
                return {"problem": "pixels"}
            return {"width": width, "height": height, "thumbnail": b64encode(thumbnail(image)).decode()}
    except (MemoryError, Image.DecompressionBombError):
        return {"problem": "pixels"}
    except Exception:
        return {"problem": "no_image"}


def thumbnail(image: Image.Image) -> bytes:
    """Return the picture upright, small, on white."""
    image.draft("RGB", SIZE)
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    upright.thumbnail(SIZE)
    small = Image.new("RGB", upright.size, "white")
    small.paste(upright, mask=upright.getchannel("A"))
    out = BytesIO()
    small.save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


def get_ready() -> None:
    """Load all that the library loads on first use, before nothing can be opened anymore."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    Image.init()
    for kind in FORMATS:
        file = BytesIO()
        Image.new("RGB", (9, 9)).save(file, kind)
        look(file.getvalue())


if __name__ == "__main__":
    rights.answer(look, CPU_SECONDS, MEMORY, get_ready=get_ready)
