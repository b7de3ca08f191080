"""The only way to Telnyx: one request, one answer or one error that says what to do.

We use httpx's transport without its Client on purpose. The transport is the pool; the Client on top would follow
the environment (such as its proxies), keep cookies and write every URL, including phone numbers in queries, to the
log at INFO (httpx 0.28).
"""

import json
import logging
import os
import re
import secrets
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit

import httpcore
import httpx

from . import errors, network, values
from .answer import Answer, http_date
from .call import Call
from .encode import Part, json_bytes, multipart, path, query
from .errors import Trouble

__all__ = ["Answer", "Client", "Part", "Reached", "Visit", "json_bytes", "knock", "multipart", "path"]

# At DEBUG httpcore logs the headers of every answer, and a Location can contain a phone number (httpcore 1.0).
logging.getLogger("httpcore").setLevel(logging.WARNING)

WRITE_TIMEOUT = 10.0
LONGEST_PAUSE = 5.0  # all waits of one get() together
FIRST_PAUSE = 0.5

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
STANDARD_PORTS = {"https": 443, "http": 80}
GATEWAY_TROUBLE = frozenset({408, 500, 502, 503, 504})


class _TooLong(Exception):
    """The answer is longer than the limit."""


class _Unreadable(Exception):
    """The answer is compressed in a way we didn't offer, or badly."""


class _Transport(httpx.HTTPTransport):
    """httpx's connection pool on our network; httpx has no public way to pass one in."""

    def __init__(self, backend: network.Network) -> None:
        ssl_context = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=ssl_context, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            retries=0,
            network_backend=backend,
        )


class Client:
    """Talk to one Telnyx account, from as many threads as you like.

    `base_url` is the prefix of every path. `deadline`, `connect` and `read` are seconds; the deadline is for a whole
    call, from the search for a connection to the last byte. `max_bytes` limits an answer, also when decompressed.
    `heard` is called with every answer from Telnyx, before it is judged, and must not raise. Neither must `called`,
    which gets every exchange with Telnyx that has ended, each try of a read by itself. Raises ValueError for a key or
    a base URL that can't work.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        deadline: float = 30.0,
        connect: float = 5.0,
        read: float = 20.0,
        max_bytes: int = 1 << 20,
        user_agent: str = "telnyx-desk",
        heard: Callable[[Answer], None] = lambda answer: None,
        called: Callable[[Call], None] = lambda call: None,
    ) -> None:
        self._base_url = _checked_base(base_url)
        self._user_agent = user_agent
        self._heard = heard
        self._called = called
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Authorization": f"Bearer {_checked_key(api_key)}",
            "User-Agent": user_agent,
        }
        self._timeout = {"connect": connect, "read": read, "write": WRITE_TIMEOUT, "pool": connect}
        self._deadline = deadline
        self._max_bytes = max_bytes
        self._given = transport
        self._own: _Transport | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Client of {self._base_url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the pooled connections; the next call opens new ones."""
        with self._lock:
            own, self._own = self._own, None
        if own is not None:
            own.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        content_type: str = "application/json",
        idempotency_key: str = "",
    ) -> Answer:
        """Send exactly one request, never again and never elsewhere, and return what Telnyx did.

        `path` starts with "/" and is already quoted. Raises the tree drawn in `errors`; anything that may have been
        done without our knowing is OutcomeUnknown.
        """
        headers = dict(self._headers)
        if body:
            headers["Content-Type"] = content_type
        if idempotency_key:
            headers["Idempotency-Key"] = _checked_idempotency_key(idempotency_key)
        with network.deadline(self._deadline):
            return self._judged(method, path, headers, body)

    def get(
        self, path: str, params: Mapping[str, Any] | Sequence[tuple[str, Any]] = (), *, attempts: int = 3
    ) -> Answer:
        """Read from Telnyx, in up to `attempts` tries, all of them within one deadline.

        Between two tries it pauses as long as Telnyx asks, otherwise for a random time that grows; if all pauses
        together would exceed 5 s, it raises the last error instead. Raises the tree drawn in `errors`.
        """
        target = f"{path}?{query(params)}" if params else path
        attempt, paused = 1, 0.0
        with network.deadline(self._deadline):
            while True:
                try:
                    return self._judged("GET", target, self._headers, b"")
                except errors.TelnyxError as error:
                    pause = _pause_after(error, attempt)
                    if attempt >= attempts or paused + pause > min(LONGEST_PAUSE, network.seconds_left()):
                        raise
                time.sleep(pause)
                attempt, paused = attempt + 1, paused + pause

    def download(self, url: str, *, max_bytes: int, deadline: float) -> Answer:
        """Fetch a file from the host in its address and from nowhere else, without our key.

        It follows no redirects, speaks only https on the standard port, and calls only addresses on the public
        internet, since whoever wrote the address may have meant a machine of ours. The one exception is the host and
        port of a base URL on this machine itself, like the sandbox's. Returns whatever was answered, with the content
        only of a 200. Raises NotFetchable if trying again is useless, RequestNotSent or OutcomeUnknown if it may help.
        """
        return self._from_outside(url, ("https",), max_bytes, deadline)

    def visit(self, url: str, *, max_bytes: int, deadline: float) -> Answer:
        """Open a web page that someone typed the address of, as `download` fetches a file, or also with plain http.

        What it raises has a `kind` that says what went wrong (errors.Trouble).
        """
        return self._from_outside(url, ("https", "http"), max_bytes, deadline)

    def _from_outside(self, url: str, schemes: Sequence[str], max_bytes: int, deadline: float) -> Answer:
        started = time.monotonic()
        came: httpx.Response | None = None
        content = b""
        neighbour = _loopback(self._base_url)
        transport = self._given or _Transport(network.Public(neighbour))
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": self._user_agent}
        with network.deadline(deadline):
            try:
                place = _checked_place(url, schemes, self._base_url if neighbour else "")
                request = httpx.Request("GET", place, headers=headers, extensions={"timeout": self._timeout})
                came = transport.handle_request(request)
                if came.status_code == 200:
                    content = self._read(came, max_bytes)
            except network.NotPublic:
                raise errors.NotFetchable(
                    "Its host is not on the public internet.", kind=Trouble.INTERNAL
                ) from None
            except (_TooLong, httpx.InvalidURL):
                what = f"It is longer than {max_bytes} bytes." if came else "Its address cannot be read."
                raise errors.NotFetchable(what, kind=Trouble.LARGE if came else Trouble.ADDRESS) from None
            except (httpx.HTTPError, _Unreadable) as error:
                trouble = self._trouble("GET", error, came, started)
                trouble.kind = _kind(error)
                raise trouble from None
            finally:
                if came is not None:
                    came.close()
                if transport is not self._given:
                    transport.close()
        return _answer(came, content, started, parse=False)

    def _judged(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        started = time.monotonic()
        answer, error = None, ""
        try:
            answer = self._exchange(method, target, headers, body)
            self._heard(answer)
            failure = errors.failure(answer, method=method, keyed="Idempotency-Key" in headers)
            if failure is not None:
                raise failure
        except Exception as raised:
            error = type(raised).__name__
            answer = answer or getattr(raised, "answer", None)
            raise
        finally:
            seconds = time.monotonic() - started
            kind = headers.get("Content-Type", "")
            self._called(Call(method, target, kind, body, answer, error, seconds))
        return answer

    def _exchange(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if not target.startswith("/"):
            raise ValueError("A path at Telnyx starts with a slash.")
        started = time.monotonic()
        came: httpx.Response | None = None
        try:
            request = httpx.Request(
                method,
                self._base_url + target,
                headers=headers,
                content=body,
                extensions={"timeout": self._timeout},
            )
            came = self._open().handle_request(request)
            content = self._read(came, self._max_bytes)
        except (httpx.HTTPError, httpx.InvalidURL, _TooLong, _Unreadable) as error:
            # "from None": the chain would carry the request, its URL and its key into tracebacks and error trackers.
            raise self._trouble(method, error, came, started) from None
        finally:
            if came is not None:
                came.close()
        return _answer(came, content, started)

    def _open(self) -> httpx.BaseTransport:
        if self._given is not None:
            return self._given
        with self._lock:
            # A process forked after the first call to Telnyx must not share its sockets: answers would get mixed up.
            if self._own is None or self._owner != os.getpid():
                self._own, self._owner = _Transport(network.Network()), os.getpid()
            return self._own

    def _read(self, came: httpx.Response, most: int) -> bytes:
        raw = bytearray()
        # Not iter_raw(): it refuses the answers of httpx.MockTransport, which count as already read.
        for chunk in came.stream:  # type: ignore[union-attr]
            raw += chunk
            if len(raw) > most:
                raise _TooLong
            if network.seconds_left() <= 0:
                raise httpx.ReadTimeout("the deadline of the call has passed")
        return _unpacked(bytes(raw), came.headers.get("content-encoding", ""), most)

    def _trouble(
        self, method: str, error: Exception, came: httpx.Response | None, started: float
    ) -> errors.TelnyxError:
        if isinstance(error, NOT_SENT):
            return errors.RequestNotSent(f"{method} was not sent: {type(error).__name__}: {error}.")
        answer = _answer(came, b"", started) if came is not None else None
        what = f"the {self._deadline:g} s deadline" if network.seconds_left() <= 0 else type(error).__name__
        if isinstance(error, _TooLong):
            what = f"an answer over {self._max_bytes} bytes"
        if isinstance(error, _Unreadable):
            what = "an answer whose compression cannot be read"
        after = f" after status {answer.status}" if answer is not None else ""
        unknown = errors.REASONS[errors.OutcomeUnknown]
        return errors.OutcomeUnknown(f"{method} ended in {what}{after}. {unknown}", answer=answer)


def _unpacked(raw: bytes, encoding: str, most: int) -> bytes:
    if not raw or encoding.lower() in ("", "identity"):
        return raw
    if encoding.lower() != "gzip":
        raise _Unreadable
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(raw, most + 1)
    except zlib.error:
        raise _Unreadable from None
    if len(content) > most:
        raise _TooLong
    if not unpacker.eof:
        raise _Unreadable
    return content


def _answer(came: httpx.Response, content: bytes, started: float, *, parse: bool = True) -> Answer:
    return Answer(
        status=came.status_code,
        headers=came.headers,
        data=_json(content) if parse else None,
        content=content,
        elapsed=time.monotonic() - started,
        date=http_date(came.headers.get("date", "")),
        request_id=came.headers.get("x-request-id", "")[:100],
    )


def _json(content: bytes) -> Any:
    """Parse strict JSON whatever the content type says; None if there is none."""
    if not content:
        return None
    try:
        return json.loads(
            content, parse_constant=_no_constant, parse_float=values.finite, parse_int=values.whole
        )
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _pause_after(error: errors.TelnyxError, attempt: int) -> float:
    """Return the seconds to wait before repeating a GET, infinite if repeating it can't help."""
    again = isinstance(error, errors.RequestNotSent | errors.SlowDown) or (
        isinstance(error, errors.OutcomeUnknown) and (error.status is None or error.status in GATEWAY_TROUBLE)
    )
    if not again:
        return float("inf")
    answer = error.answer
    # Every answer has x-ratelimit-reset; only on a 429 does it ask for anything.
    if answer is not None and (answer.status == 429 or "retry-after" in answer.headers):
        asked = answer.retry_after
        if asked is not None:
            return asked
    return FIRST_PAUSE * float(2 ** (attempt - 1)) * (0.5 + secrets.randbelow(501) / 1000)


def _checked_key(api_key: str) -> str:
    if not re.fullmatch(r"[!-~]+", api_key):
        raise ValueError("The Telnyx API key is empty or has characters that no key has.")
    return api_key


def _checked_base(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("The Telnyx base URL must be http(s)://host/path, without a user name.")
    if parts.query or parts.fragment:
        raise ValueError("The Telnyx base URL must not have a query or a fragment.")
    try:
        parts.hostname.encode("idna")
    except UnicodeError:
        raise ValueError("The Telnyx base URL has a host name that cannot be looked up.") from None
    return base_url.rstrip("/")


def _loopback(base_url: str) -> tuple[str, int] | None:
    """Return the host and port of a base URL on this machine, or None."""
    base = httpx.URL(base_url)
    return (base.host, _port(base)) if base.host in ("127.0.0.1", "::1", "localhost") else None


def _checked_place(url: str, schemes: Sequence[str], neighbour: str) -> httpx.URL:
    """Return the address of a file. Raise NotFetchable for one we must not call, or httpx.InvalidURL."""
    place = httpx.URL(url)
    if neighbour:
        base = httpx.URL(neighbour)
        if (place.scheme, place.host, _port(place)) == (base.scheme, base.host, _port(base)):
            return place
    if (
        place.scheme not in schemes
        or not place.host
        or place.userinfo
        or _port(place) != STANDARD_PORTS[place.scheme]
    ):
        raise errors.NotFetchable("Its address is not a plain https address.", kind=Trouble.ADDRESS)
    return place


def _port(url: httpx.URL) -> int:
    return url.port or STANDARD_PORTS.get(url.scheme, 80)


def _kind(error: Exception) -> Trouble:
    """Return what went wrong on the way to a host, or while it answered."""
    causes: list[BaseException] = [error]
    while causes[-1].__cause__:
        causes.append(causes[-1].__cause__)
    if any(isinstance(cause, network.NoSuchName) for cause in causes):
        return Trouble.NAME
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Trouble.CERTIFICATE
    if isinstance(error, httpx.TimeoutException):
        return Trouble.LATE
    return Trouble.CONNECTION if isinstance(error, NOT_SENT) else Trouble.GARBLED


def _checked_idempotency_key(key: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_:-]{1,255}", key):
        raise ValueError("An idempotency key is 1 to 255 letters, digits, '_', '-' or ':'.")
    return key


class Reached(StrEnum):
    """How far a call to an address came."""

    NOTHING = "nothing"
    NAME = "name"
    CONNECTION = "connection"
    ENCRYPTED = "encrypted"
    ANSWERED = "answered"


@dataclass
class Visit:
    """How far one call came, and in how many milliseconds: `status` is the answer's, 0 without an answer."""

    reached: Reached = Reached.NOTHING
    status: int = 0
    connect_ms: int = 0
    answer_ms: int = 0


def knock(url: str, body: bytes, headers: Mapping[str, str], *, deadline: float) -> Visit:
    """Post `body` as JSON to an address of our own over the network, following nothing, and return how far it came.

    Raise ValueError if it isn't the address of a web server.
    """
    visit, started = Visit(), time.monotonic()

    def ms() -> int:
        return round((time.monotonic() - started) * 1000)

    def note(step: str, _info: Mapping[str, Any]) -> None:
        if step == "connection.connect_tcp.complete":
            visit.reached, visit.connect_ms = Reached.CONNECTION, ms()
        elif step == "connection.start_tls.complete":
            visit.reached, visit.connect_ms = Reached.ENCRYPTED, ms()

    try:
        place = urlsplit(url)
        host, port = place.hostname or "", place.port or STANDARD_PORTS[place.scheme]
        request = httpx.Request(
            "POST",
            url,
            content=body,
            headers={"Content-Type": "application/json", "User-Agent": "telnyx-desk", **headers},
            extensions={
                "timeout": dict.fromkeys(("connect", "read", "write", "pool"), deadline),
                "trace": note,
            },
        )
    except (KeyError, httpx.InvalidURL):
        raise ValueError("not the address of a web server") from None
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return visit
    visit.reached = Reached.NAME
    transport = _Transport(network.Network())
    try:
        with network.deadline(deadline):
            answer = transport.handle_request(request)
            visit.reached, visit.status, visit.answer_ms = Reached.ANSWERED, answer.status_code, ms()
            answer.close()
    except httpx.HTTPError:
        pass
    finally:
        transport.close()
    return visit
