"""A network for httpcore in which a whole call ends at its deadline.

httpcore's timeouts are for one read or one write, so a peer that sends a byte every second holds a call for as long
as it likes: a byte every 0.3 s lasted 12.8 s against a timeout of 1 s (measured 2026-11, httpx 0.28, httpcore 1.0).
Here each timeout shrinks to what is left of the call. Looking up a host name is the one step nobody can interrupt;
the resolver's own limits end it.

What a stranger's address names is fetched through `Public`, which calls nothing inside our own network.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from math import inf
from typing import Any

import httpcore

# A peer that drains an upload drop by drop hits the deadline between two slices.
WRITE_AT_ONCE = 64 * 1024

# Two prefixes whose last four bytes are an IPv4 address that gets called instead (RFC 4291, RFC 6052).
WRAPPED = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))

# All of IPv6 that is allocated to the internet; the rest is local, multicast or unused.
GLOBAL_UNICAST = IPv6Network("2000::/3")

# Python's own list of special addresses grows with its versions (3.11.7 lacks some). The last ones are on no such list:
# at those, cloud providers give their customers' machines what is meant for them alone.
INTERNAL = [
    ip_network(address)
    for address in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
        *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
        # Azure, IBM, Google
        *("168.63.129.16/32", "161.26.0.0/16", "166.8.0.0/14", "199.36.153.4/30", "199.36.153.8/30"),
    )
]

# A synchronous call runs in one thread, so its deadline belongs to the thread.
_call = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End all network activity of this thread after that many seconds."""
    outer: float = getattr(_call, "ends_at", inf)
    _call.ends_at = time.monotonic() + seconds
    try:
        yield
    finally:
        _call.ends_at = outer


def seconds_left() -> float:
    """Return the time left for this thread's call: infinite outside `deadline`, negative once it has passed."""
    ends_at: float = getattr(_call, "ends_at", inf)
    return ends_at - time.monotonic()


def _within(timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float | None:
    left = seconds_left()
    if left <= 0:
        raise too_late("the deadline of the call has passed")
    if timeout is None:
        return None if left == inf else left
    return min(timeout, left)


class Stream(httpcore.NetworkStream):
    """Hold every read and write of a connection to the deadline of the calling thread."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _within(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITE_AT_ONCE):
            part = buffer[start : start + WRITE_AT_ONCE]
            self._stream.write(part, _within(timeout, httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        within = _within(timeout, httpcore.ConnectTimeout)
        return Stream(self._stream.start_tls(ssl_context, server_hostname, within))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Network(httpcore.NetworkBackend):
    """Connect as httpcore does, and hold every connection to the deadline of the thread that uses it."""

    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        within = _within(timeout, httpcore.ConnectTimeout)
        return Stream(self._sockets.connect_tcp(host, port, within, local_address, socket_options))


class NoSuchName(httpcore.ConnectError):
    """The name of the host cannot be looked up."""


class NotPublic(Exception):
    """The host has no address on the public internet."""


class Public(Network):
    """Connect to public addresses only, and to the very address that was checked: a second lookup of the name could
    give another one. `but` is one host and port that pass unchecked."""

    def __init__(self, but: tuple[str, int] | None = None) -> None:
        super().__init__()
        self._but = but

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        if (host, port) == self._but:
            return super().connect_tcp(host, port, timeout, local_address, socket_options)
        failed: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in _addresses(host, port):
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or NotPublic


def _addresses(host: str, port: int) -> list[str]:
    """Return the public addresses of a host, each once."""
    with suppress(ValueError):
        return [host] if is_public(host) else []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoSuchName("the name of the host cannot be looked up") from None
    addresses = dict.fromkeys(str(place[0]) for *_rest, place in found)
    return [address for address in addresses if is_public(address)]


def is_public(address: str) -> bool:
    """Return True if an IP address is on the public internet, including any address wrapped in it.

    Raise ValueError if the text isn't an IP address. Python and INTERNAL say what is not public.
    """
    found: IPv4Address | IPv6Address = ip_address(address)
    if any(found in network for network in WRAPPED):
        found = IPv4Address(int(found) & 0xFFFFFFFF)
    if isinstance(found, IPv6Address) and found not in GLOBAL_UNICAST:
        return False
    return found.is_global and not any(found in network for network in INTERNAL)
