"""Slow readers on a real gunicorn: clients that don't read our answers don't keep others from getting theirs.

No test here looks at the clock. Without the worker's help, eight readers take all eight threads for good, so that what
a test waits for never comes. With it, it comes even on the slowest machine.
"""

import select
import socket
from contextlib import ExitStack

import httpx
import pytest

from tests.stack import Stack, wait_until

pytestmark = pytest.mark.system

LARGEST = "/static/unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2"
READERS = 30  # the web processes have eight threads
PATIENCE = 120


def asking(web: Stack, times: int) -> socket.socket:
    """Ask this many times for the largest public file, and read nothing."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    link.connect(("127.0.0.1", web.port))
    link.sendall(f"GET {LARGEST} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() * times)
    return link


def are_all_answered(links: list[socket.socket]) -> bool:
    return len(select.select(links, [], [], 0)[0]) == len(links)


def read(link: socket.socket, whole: bytes, times: int) -> int:
    """Read answers until this many whole files arrived; return how many arrived before the other side hung up."""
    link.settimeout(PATIENCE)
    got = b""
    while got.count(whole) < times and (part := link.recv(1 << 16)):
        got += part
    return got.count(whole)


@pytest.mark.parametrize("times", [1, 20])
def test_everybody_is_answered_while_more_people_than_there_are_threads_do_not_read(stack: Stack, times):
    web = stack.start("web")
    with ExitStack() as stacked:
        links = [stacked.enter_context(asking(web, times)) for _ in range(READERS)]

        wait_until(lambda: are_all_answered(links), PATIENCE, "the beginning of an answer for every reader")
        # More probes than files per reader: each is answered after another file for every waiting reader.
        probes = [httpx.get(f"{web.url}/healthz", timeout=PATIENCE).status_code for _ in range(25)]
        page = httpx.get(f"{web.url}/admin/login/", timeout=PATIENCE)

    assert {*probes, page.status_code} == {200}


def test_the_next_request_waits_until_the_answer_before_was_taken_and_both_arrive_whole(stack: Stack):
    web = stack.start("web")
    whole = httpx.get(f"{web.url}{LARGEST}", timeout=PATIENCE).content
    with asking(web, 2) as link:
        wait_until(lambda: are_all_answered([link]), PATIENCE, "the beginning of an answer")

        assert read(link, whole, 2) == 2
