"""What is on the wire: a request as received, an answer as it will be sent, and Telnyx's error envelope."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

DOCS = "https://developers.telnyx.com/docs/overview/errors/"

# Default code and title for a status (published error list, 2026-07).
COMMON_ERRORS = {
    400: ("10015", "Bad Request"),
    401: ("10009", "Authentication failed"),
    403: ("10010", "Authorization failed"),
    404: ("10005", "Resource not found"),
    405: ("10015", "Method not allowed"),
    408: ("10008", "Request timeout"),
    409: ("10012", "Duplicate resource"),
    413: ("10015", "Request body too large"),
    415: ("10029", "Expected JSON Content-Type"),
    422: ("10027", "Unprocessable Entity"),
    429: ("10011", "Too many requests"),
    500: ("10007", "Unexpected error"),
}


@dataclass(frozen=True)
class Request:
    """One request as the sandbox received it; header names are in lower case."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @classmethod
    def from_environ(cls, environ: dict[str, Any]) -> "Request":
        headers = {
            key.removeprefix("HTTP_").replace("_", "-").lower(): value
            for key, value in environ.items()
            if key.startswith("HTTP_") or (key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value)
        }
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
            query=parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True),
            headers=headers,
            body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
        )

    def form(self) -> dict[str, str]:
        """Return the fields of an HTML form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass
class Answer:
    """One answer. `sending` tells the socket to send it whole or to break it (see server.SENDING)."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    sending: str = "whole"
    pause: float = 0.0
    stream: Iterable[bytes] | None = None
    length: int | None = None

    def __post_init__(self) -> None:
        if self.length is None:
            self.length = len(self.body)

    def chunks(self) -> Iterable[bytes]:
        return [self.body] if self.stream is None else self.stream


def json_answer(data: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(data).encode(), {"Content-Type": "application/json"})


def html_answer(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode("utf-8", "replace"), {"Content-Type": "text/html; charset=utf-8"})


def redirect(location: str, status: int = 303) -> Answer:
    return Answer(status, b"", {"Location": location})


def error(
    code: str, title: str, detail: str, *, pointer: str | None = None, parameter: str | None = None
) -> dict[str, Any]:
    """Return one member of Telnyx's `errors` list."""
    entry: dict[str, Any] = {"code": code, "title": title, "detail": detail, "meta": {"url": DOCS + code}}
    if pointer is not None:
        entry["source"] = {"pointer": pointer}
    if parameter is not None:
        entry["source"] = {"parameter": parameter}
    return entry


class Refusal(Exception):
    """The request is answered with an error envelope and changes nothing. `single` leaves the envelope out."""

    def __init__(
        self,
        status: int,
        errors: list[dict[str, Any]] | None = None,
        detail: str = "",
        *,
        single: bool = False,
    ) -> None:
        super().__init__(f"{status} {detail}")
        self.status = status
        self.single = single
        self.errors = errors or [common_error(status, detail)]

    def answer(self, *, single: bool = False) -> Answer:
        """Return the envelope, or just its first error where the API description says so."""
        return json_answer(self.errors[0] if single or self.single else {"errors": self.errors}, self.status)


def common_error(status: int, detail: str = "") -> dict[str, Any]:
    code, title = COMMON_ERRORS.get(status, COMMON_ERRORS[500 if status >= 500 else 400])
    return error(code, title, detail or title)


def parse_json(body: bytes) -> Any:
    """Return the JSON value of a body.

    Raises Refusal 400 with code 10023 (invalid JSON) or 10028 (not UTF-8).
    """
    try:
        return json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as failure:
        raise Refusal(
            400, [error("10028", "Character encoding error", "The body is not UTF-8.")]
        ) from failure
    except (ValueError, RecursionError) as failure:
        raise Refusal(400, [error("10023", "Invalid JSON", "The body is not valid JSON.")]) from failure


def is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
