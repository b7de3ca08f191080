"""Values as the bytes and paths that go over the wire; the same values always give the same bytes."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

LONGEST_FILE_NAME = 100


@dataclass(frozen=True)
class Part:
    """One field of a multipart body; with a `filename` it is a file."""

    name: str
    content: bytes
    filename: str = ""
    content_type: str = ""


def json_bytes(value: Any) -> bytes:
    """Write JSON as UTF-8 without spaces, keys in the given order; raise ValueError for NaN and infinity."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def path(template: str, **values: object) -> str:
    """Fill the {names} of a path, each value quoted so that it stays one segment; "+" becomes %2B.

    Raises ValueError for an empty value, "." and "..": those would address another record, and servers read
    them that way even when quoted.
    """
    segments = {name: _segment(str(value)) for name, value in values.items()}
    return template.format_map(segments)


def _segment(value: str) -> str:
    if value in ("", ".", ".."):
        raise ValueError("A path needs the id of a record, not an empty one or a relative one.")
    return quote(value, safe="")


def query(params: Mapping[str, Any] | Sequence[tuple[str, Any]]) -> str:
    """Write a query: booleans as in JSON, None left out, a space as %20 and "+" as %2B."""
    pairs = params.items() if isinstance(params, Mapping) else params
    return urlencode([(name, _plain(value)) for name, value in pairs if value is not None], quote_via=quote)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def multipart(parts: Sequence[Part]) -> tuple[str, bytes]:
    """Return the content type and the bytes of a multipart/form-data body.

    The boundary is derived from the content, so the same parts give the same bytes and a body kept for a retry can
    be compared. File names are reduced to letters, digits, ".", "_" and "-", so nothing in one can end a header.
    Raises ValueError for a field name or a content type with any other character.
    """
    boundary = hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
    body = b"".join(
        b"--%b\r\n%b\r\n\r\n%b\r\n" % (boundary.encode(), _headers(part), part.content) for part in parts
    )
    return f"multipart/form-data; boundary={boundary}", body + b"--%b--\r\n" % boundary.encode()


def _headers(part: Part) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_.\[\]-]{1,100}", part.name):
        raise ValueError("A multipart field needs a plain name.")
    lines = f'Content-Disposition: form-data; name="{part.name}"'
    if part.filename:
        lines += f'; filename="{plain_file_name(part.filename)}"'
    if part.content_type:
        if not re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+", part.content_type):
            raise ValueError("A multipart field needs a plain content type.")
        lines += f"\r\nContent-Type: {part.content_type}"
    return lines.encode("ascii")


def plain_file_name(name: str) -> str:
    """Reduce a file name to plain letters, keeping its extension: "März.pdf" gives "M_rz.pdf"."""
    plain = re.sub(r"[^A-Za-z0-9.-]+", "_", name).lstrip("._-") or "file"
    ending = re.search(r"\.[A-Za-z0-9]{1,10}$", plain)
    extension = ending[0] if ending else ""
    return plain.removesuffix(extension)[: LONGEST_FILE_NAME - len(extension)] + extension
