"""Splits a multipart/form-data body into its parts, byte for byte (RFC 7578)."""

from dataclasses import dataclass
from email.message import Message

from ..wire import Refusal


@dataclass(frozen=True)
class Part:
    name: str
    file_name: str | None
    content_type: str
    data: bytes


def parts(content_type: str, body: bytes) -> list[Part]:
    """Return the parts in order; raises Refusal 400 if the body is not what its type says."""
    boundary = parameter("content-type", content_type, "boundary")
    if not boundary:
        raise Refusal(400, detail="The Content-Type names no boundary.")
    fence = b"--" + boundary.encode()
    pieces = (b"\r\n" + body).split(b"\r\n" + fence)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise Refusal(400, detail="The body does not end with its boundary.")
    return [part(piece) for piece in pieces[1:-1]]


def part(piece: bytes) -> Part:
    head, blank, data = piece.partition(b"\r\n\r\n")
    lines = [line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n")]
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    disposition = headers.get("content-disposition", "")
    name = parameter("content-disposition", disposition, "name")
    if not blank or name is None:
        raise Refusal(400, detail="A part of the body has no name.")
    return Part(
        name,
        parameter("content-disposition", disposition, "filename"),
        headers.get("content-type", "text/plain").split(";")[0].strip().lower(),
        data,
    )


def parameter(header: str, value: str, name: str) -> str | None:
    """Return a parameter of a header, without its quotes."""
    message = Message()
    message[header] = value
    found = message.get_param(name, header=header)
    return found if isinstance(found, str) else None
