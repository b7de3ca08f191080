"""What kind of file it is: by its first bytes, a picture that a browser may show, or something only to be saved."""

from django.utils.translation import gettext as _

# The first bytes decide, never the type that someone declared. No SVG and no HTML: they can run scripts.
PICTURES = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
)
ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "audio/amr": "amr",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "video/quicktime": "mov",
    "application/pdf": "pdf",
    "text/plain": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/calendar": "ics",
}
DATA = "application/octet-stream"


def picture(content: bytes) -> str:
    """Return the type of a picture that may be shown, or ""."""
    for start, offset, kind in PICTURES:
        if content[offset : offset + len(start)] == start and (offset == 0 or content[:4] == b"RIFF"):
            return kind
    return ""


def is_picture(content_type: str) -> bool:
    return content_type in {kind for _start, _offset, kind in PICTURES}


def found(content: bytes, told: str) -> str:
    """Return the type of a file: what its bytes are, else what was declared, unless that is a picture it is not."""
    kind = plain(told)
    return picture(content) or (DATA if is_picture(kind) else kind)


def plain(content_type: str) -> str:
    """Return a declared type without its parameters."""
    return content_type.split(";")[0].strip().lower()[:100]


def ending(content_type: str) -> str:
    return ENDINGS.get(plain(content_type), "bin")


def words(content_type: str) -> str:
    """Return a kind for people to read, with Telnyx's word for it."""
    kind = plain(content_type)
    families = {"image": _("Picture"), "audio": _("Audio"), "video": _("Video")}
    family = families.get(kind.split("/")[0]) or (_("Contact") if "vcard" in kind else "")
    if not kind:
        return _("file of unknown type")
    return f"{family} ({kind})" if family else kind
