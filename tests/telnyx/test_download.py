"""A file is fetched from exactly its address, only from the public internet, and without our key."""

import time
from collections.abc import Iterator

import pytest

from messaging.telnyx import network
from messaging.telnyx.client import Answer, Client
from messaging.telnyx.errors import NotFetchable, OutcomeUnknown, RequestNotSent

from . import server
from .server import Server, answer

KEY = "KEY-canary-5f0c"
PUBLIC_BASE = "https://api.telnyx.com/v2"


def download(scripted: Server, *, max_bytes: int = 1000, deadline: float = 5.0, address: str = "") -> Answer:
    with Client(KEY, scripted.url, connect=1.0, read=0.4) as client:
        place = address or f"http://127.0.0.1:{scripted.port}/media/1"
        return client.download(place, max_bytes=max_bytes, deadline=deadline)


@pytest.fixture
def bystander() -> Iterator[Server]:
    """Yield a server inside our network that no download may reach."""
    with Server(answer(200, b"secret")) as found:
        yield found


def test_it_returns_the_bytes_and_sends_no_key() -> None:
    with Server(answer(200, b"\x89PNG", Content_Type="image/png")) as scripted:
        found = download(scripted)

    assert (found.status, found.content, found.headers["content-type"]) == (200, b"\x89PNG", "image/png")
    assert b"GET /media/1 " in scripted.requests[0]
    assert b"uthorization" not in scripted.requests[0]
    assert KEY.encode() not in scripted.requests[0]


@pytest.mark.promise("X93")
def test_a_redirect_is_not_followed(bystander) -> None:
    with Server(answer(302, Location=f"http://127.0.0.1:{bystander.port}/")) as scripted:
        assert download(scripted).status == 302

    assert bystander.requests == []


def test_a_file_over_the_cap_is_never_fetchable() -> None:
    with Server(answer(200, b"x" * 1001)) as scripted, pytest.raises(NotFetchable, match="1000 bytes"):
        download(scripted)
    with Server(server.endless(None)) as scripted, pytest.raises(NotFetchable):
        download(scripted)
    with Server(answer(200, b"x" * 1000)) as scripted:
        assert len(download(scripted).content) == 1000


def test_a_drip_ends_at_the_deadline() -> None:
    started = time.monotonic()
    with Server(server.drip_body) as scripted, pytest.raises(OutcomeUnknown):
        download(scripted, deadline=0.5)

    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "https://127.0.0.1:{port}/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "http://media.telnyx.com/1.png",
        "https://media.telnyx.com:8443/1.png",
        "https://user:word@media.telnyx.com/1.png",
        "ftp://media.telnyx.com/1.png",
        "file:///etc/passwd",
        "//media.telnyx.com/1.png",
        "https://",
        "https://[::1/",
        "not an address",
        "https://media.telnyx.com/\x00",
        "",
    ],
)
@pytest.mark.promise("X93")
def test_an_address_that_is_not_public_https_is_not_called(bystander, address) -> None:
    with Client(KEY, PUBLIC_BASE) as client, pytest.raises(NotFetchable):
        client.download(address.format(port=bystander.port), max_bytes=1000, deadline=2)

    assert bystander.connections == 0


@pytest.mark.promise("X93")
def test_the_exception_is_one_host_and_port_not_the_whole_machine(bystander) -> None:
    with Server(answer(200, b"fine")) as scripted:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(NotFetchable):
                download(scripted, address=f"http://{host}:{bystander.port}/")
        with pytest.raises(NotFetchable):
            download(scripted, address=f"https://127.0.0.1:{bystander.port}/")

    assert bystander.connections == 0


def test_a_name_that_exists_nowhere_may_be_tried_again() -> None:
    with Client(KEY, PUBLIC_BASE) as client, pytest.raises(RequestNotSent):
        client.download("https://media.invalid/1.png", max_bytes=1000, deadline=2)


def test_a_name_that_leads_into_our_network_is_not_called(bystander, monkeypatch) -> None:
    """The first lookup decides which address is called, and there is no second one."""
    answers = iter([["10.0.0.1", "168.63.129.16", "fd00:ec2::254"], ["127.0.0.1"]])

    def look_up(host, port, **_):
        return [(0, 0, 0, "", (address, port)) for address in next(answers)]

    monkeypatch.setattr("messaging.telnyx.network.socket.getaddrinfo", look_up)

    with Client(KEY, PUBLIC_BASE) as client, pytest.raises(NotFetchable, match="public internet"):
        client.download("https://media.example.com/1.png", max_bytes=1000, deadline=2)

    assert next(answers) == ["127.0.0.1"], "asked once"
    assert bystander.connections == 0


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1", "168.63.129.17"]
)
def test_public_addresses(address) -> None:
    assert network.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "255.255.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:53aa:64c:0:0:80ff:fffe",
        "2001:db8::1",
        # Cloud providers' metadata services.
        "168.63.129.16",
        "100.100.100.200",
        "169.254.169.253",
        "192.0.0.192",
        "161.26.0.10",
        "166.9.250.1",
        "199.36.153.8",
        "fd00:ec2::254",
        "fd20:ce::254",
        # Reserved for other purposes over time.
        "192.0.0.9",
        "192.88.99.1",
        "198.18.0.1",
        "198.19.255.255",
        "203.0.113.1",
        "239.255.255.250",
        "255.255.255.254",
        "fec0::1",
        "100::1",
        "3fff::1",
        "5f00::1",
        "2001:1::1",
        "ff0e::1",
        # The same, embedded in IPv6.
        "::ffff:168.63.129.16",
        "::ffff:100.100.100.200",
        "::ffff:0.0.0.0",
        "::168.63.129.16",
        "::ffff:0:10.0.0.1",
        "64:ff9b::a83f:8110",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a83f:8110::1",
        "2002:a9fe:a9fe::",
    ],
)
def test_addresses_that_are_not_public(address) -> None:
    assert not network.is_public(address)
