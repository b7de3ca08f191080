"""Judge what an address led to: codes for words.py, and a thumbnail of an image.

Files and pages of strangers are read in processes apart (picture.py, text.py).
"""

from base64 import b64decode
from typing import Any

from messaging import apart
from messaging.media import kinds
from messaging.telnyx.client import Answer, Client

from . import named
from .visit import host_of, visit

PAGE_BYTES = 2_000_000
IMAGE_BYTES = 10_000_000
WALL_SECONDS = 15.0
STATUSES = {401: "password", 407: "password", 403: "forbidden", 404: "missing", 410: "missing", 429: "busy"}
# Fewer characters than this are no page for people to read.
FEW = 150
# A page with a field for a password and less text than this is a sign-in.
SIGN_IN = 1500
# A screenshot smaller than this in both directions can't be read.
TINY = 200

Finding = dict[str, Any]


def judge(client: Client, field: str, address: str) -> tuple[list[Finding], bytes | None]:
    """Open an address and return what was found, and the thumbnail if it is an image."""
    is_image = field == named.IMAGES
    found = visit(client, address, IMAGE_BYTES if is_image else PAGE_BYTES)
    if found.answer is None:
        return [*_way(address, found.place), {"code": found.trouble}], None
    if found.answer.status != 200:
        return [*_way(address, found.place), _status(found.answer.status)], None
    try:
        content, thumbnail = _image(found.answer) if is_image else (_page(found.answer, field), None)
    except (apart.TooMuch, apart.TooLate):
        content, thumbnail = [{"code": "pixels" if is_image else "garbled"}], None
    except apart.NotRead:
        content, thumbnail = [{"code": "not_now"}], None
    return [
        *_way(address, found.place, is_https=found.place.lower().startswith("https:")),
        *content,
    ], thumbnail


def _way(address: str, place: str, *, is_https: bool = True) -> list[Finding]:
    """Return what is wrong with where the address led."""
    domain, there = (host_of(url).removeprefix("www.") for url in (address, place))
    is_same = domain == there or domain.endswith(f".{there}") or there.endswith(f".{domain}")
    moved = [] if is_same or not there else [{"code": "moved", "domain": there[:255]}]
    return [*moved, *([] if is_https else [{"code": "plain"}])]


def _status(status: int) -> Finding:
    code = STATUSES.get(status) or ("broken" if status >= 500 else "odd")
    return {"code": code, "status": status}


def _image(answer: Answer) -> tuple[list[Finding], bytes | None]:
    if b"<html" in answer.content[:2000].lower():
        return [{"code": "web_page"}], None
    if answer.content.startswith(b"%PDF"):
        return [{"code": "pdf"}], None
    found = apart.read("tollfree.links.picture", answer.content, seconds=WALL_SECONDS)
    if "problem" in found:
        return [{"code": found["problem"]}], None
    size = {"width": found["width"], "height": found["height"]}
    is_tiny = max(size.values()) < TINY
    return [{"code": "tiny" if is_tiny else "image", **size}], b64decode(found["thumbnail"])


def _page(answer: Answer, field: str) -> list[Finding]:
    kind = kinds.plain(answer.headers.get("content-type", ""))
    if kind not in ("", "text/html", "application/xhtml+xml", "text/plain"):
        return [{"code": "no_page", "kind": kind}]
    found = apart.read("tollfree.links.text", answer.content, seconds=WALL_SECONDS)
    if found["unfinished"]:
        return [{"code": "unfinished", "found": found["unfinished"]}]
    if found["password"] and found["characters"] < SIGN_IN:
        return [{"code": "password"}]
    if found["characters"] < FEW:
        return [{"code": "needs_scripts" if found["runs"] else "thin"}]
    if field == named.PRIVACY and not found["sharing"]:
        return [{"code": "no_sharing"}]
    return [{"code": "page"}]
