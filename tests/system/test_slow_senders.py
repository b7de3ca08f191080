"""Slow senders on a real gunicorn: they wait, and nobody else does."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest

from tests.signing import WEBHOOK, event
from tests.stack import Stack, open_stack

pytestmark = pytest.mark.system

SIGNED = "telnyx-timestamp: 1790000000\r\ntelnyx-signature-ed25519: " + "A" * 86 + "==\r\n"


def post(path: str, more: str = "", length: int = 5000) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{more}Content-Length: {length}\r\n\r\n".encode()


# Sent at once, followed by a byte every 0.2 s.
SLOW = {
    "nothing": b"",
    "a head": b"GET /healthz HTTP/1.1\r\nX-Long: ",
    "an unsigned webhook": post(WEBHOOK),
    "a webhook that looks signed": post(WEBHOOK, SIGNED),
    "a chunked webhook": post(WEBHOOK).replace(b"Content-Length: 5000", b"Transfer-Encoding: chunked"),
    "a form": post("/admin/login/", "Content-Type: application/x-www-form-urlencoded\r\n"),
    "a large form": post("/admin/login/", length=5_000_000),
    "a large webhook": post(WEBHOOK, SIGNED, length=900_000) + b"x" * 100_000,
    "a probe with a body": post("/healthz", length=9_000_000).replace(b"POST", b"GET"),
    "the next request": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /healthz HTTP/1.1\r\nX-Long: ",
    "no end": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
}


@contextmanager
def dripping(stack: Stack, first: bytes, many: int) -> Iterator[list[socket.socket]]:
    """Keep this many connections busy with an occasional byte. Reopen each one that is closed."""
    over = threading.Event()
    links: list[socket.socket] = []

    def fresh() -> socket.socket:
        link = socket.create_connection(("127.0.0.1", stack.port))
        link.sendall(first)
        return link

    def drip() -> None:
        while not over.wait(0.2):
            for number, link in enumerate(links):
                try:
                    link.send(b"x" if first else b"")
                    if link.recv(1000, socket.MSG_DONTWAIT) == b"":
                        raise ConnectionError
                except BlockingIOError:
                    pass
                except OSError:
                    link.close()
                    links[number] = fresh()

    links += [fresh() for _ in range(many)]
    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield links
    finally:
        over.set()
        thread.join()
        for link in links:
            link.close()


@pytest.fixture(scope="module")
def web(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One gunicorn for the whole module: nothing here ends it."""
    with open_stack(request, tmp_path_factory.mktemp("web")) as opened:
        yield opened.start("web")


OFTEN = ("nothing", "an unsigned webhook", "a large form")


@pytest.mark.parametrize("many", [pytest.param(12, marks=pytest.mark.long), 40])
@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[] if kind in OFTEN else [pytest.mark.long]) for kind in SLOW]
)
@pytest.mark.promise("X60")
def test_while_others_drip_a_webhook_and_a_probe_are_answered_at_once(web, kind, many):
    with dripping(web, SLOW[kind], many):
        time.sleep(1)
        for _ in range(5):
            started = time.monotonic()
            assert web.sandbox.send_webhook(event(), url=f"{web.url}{WEBHOOK}")["status"] == 200
            assert httpx.get(f"{web.url}/healthz", timeout=10).status_code == 200
            assert time.monotonic() - started < 4


def talk(web: Stack, *parts: bytes, pause: float = 0.3, shut: bool = False) -> bytes:
    """Send the parts with pauses in between, and return everything received until the end."""
    with closing(socket.create_connection(("127.0.0.1", web.port), 20)) as link:
        for number, part in enumerate(parts):
            time.sleep(pause if number else 0)
            link.sendall(part)
        if shut:
            link.shutdown(socket.SHUT_WR)
        answer = b""
        while part := link.recv(65536):
            answer += part
        return answer


PROBE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
LAST_PROBE = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"


@pytest.mark.promise("X60")
def test_a_sender_that_never_ends_gets_an_answer_within_seconds(web):
    started = time.monotonic()

    assert talk(web, b"GET /healthz HTTP/1.1\r\n").startswith(b"HTTP/1.1 408 ")
    assert talk(web, post(WEBHOOK, SIGNED), b"x").startswith(b"HTTP/1.1 408 ")
    assert talk(web, b"") == b""

    assert 10 < time.monotonic() - started < 30


def test_what_comes_in_pieces_is_answered_as_what_comes_at_once(web):
    body = b"username=somebody&password=wrong"
    head = post("/admin/login/", FORM, len(body))

    pieces = [head[:3], head[3:40], head[40:], body[:5], body[5:]]
    assert talk(web, *pieces).startswith(b"HTTP/1.1 403 "), "no CSRF token, so it was read to its end"
    assert talk(web, *pieces, shut=True).startswith(b"HTTP/1.1 403 ")
    assert talk(web, PROBE[:20], PROBE[20:] + PROBE + LAST_PROBE[:30], LAST_PROBE[30:]).count(b"200 OK") == 3


def test_a_sender_that_asks_before_sending_a_body_is_asked_for_it_once(web):
    asking = post("/admin/login/", "Expect: 100-continue\r\n" + FORM, 3)

    answer = talk(web, asking, b"a=1")

    assert answer.count(b"100 Continue") == 1
    assert b"HTTP/1.1 403 " in answer


def test_what_cannot_be_a_request_of_ours_is_refused(web):
    assert talk(web, SLOW["a chunked webhook"]).startswith(b"HTTP/1.1 411 ")
    assert talk(web, b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000).startswith(b"HTTP/1.1 431 ")
    assert talk(web, post("/admin/login/", FORM, 5_000_000)).startswith(b"HTTP/1.1 413 ")
    assert talk(web, post("/healthz", "Content-Length: 7\r\n", 3)).startswith(b"HTTP/1.1 400 ")


def test_a_slow_large_upload_of_someone_logged_in_arrives_too(web):
    visitor = web.login("compliance")
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    token = visitor.cookies["csrftoken"]
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'.encode(),
        b'--b\r\nContent-Disposition: form-data; name="next"\r\n\r\n/admin/login/?was=read\r\n',
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n',
        *[b"x" * 300_000] * 10,
        b"\r\n--b--\r\n",
    ]
    more = f"Cookie: {cookies}\r\nContent-Type: multipart/form-data; boundary=b\r\nConnection: close\r\n"

    answer = talk(web, post("/admin/desk/zone/", more, sum(map(len, parts))), *parts)

    assert answer.startswith(b"HTTP/1.1 302 ")
    assert b"was=read" in answer


@pytest.mark.promise("X60")
def test_memory_and_connections_for_the_unfinished_are_bounded(web):
    """More connections than one process accepts: the oldest are dropped."""
    with dripping(web, post(WEBHOOK, SIGNED), 0) as links:
        for _ in range(2300):
            link = socket.create_connection(("127.0.0.1", web.port))
            link.sendall(post(WEBHOOK, SIGNED))
            links.append(link)
        assert httpx.get(f"{web.url}/healthz", timeout=10).status_code == 200
