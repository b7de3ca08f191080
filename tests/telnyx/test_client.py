"""The client against a real socket that misbehaves in every way we know of."""

import gzip
import logging
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx
import pytest

from messaging.telnyx import network
from messaging.telnyx.client import Answer, Client, Part, json_bytes, multipart, path
from messaging.telnyx.errors import (
    NotFound,
    OutcomeUnknown,
    RequestNotSent,
    RequestRefused,
    SlowDown,
    TelnyxError,
)

from . import server
from .server import Server, Step, answer

KEY = "KEY-canary-5f0c"
NUMBER = "+18005550123"
CREATED = b'{"data": {"id": "0d5a"}}'


def client_of(scripted: Server, **changes: Any) -> Client:
    return Client(KEY, scripted.url, **{"deadline": 5.0, "connect": 1.0, "read": 0.4, **changes})


def post(client: Client, body: bytes = b'{"a":1}', **changes: Any) -> Answer:
    return client.send("POST", "/things", body=body, **changes)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def peak_memory() -> int:
    """Return the most resident bytes since `forget_peak`."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


# One request, one answer


def test_it_sends_the_bytes_it_was_given_with_the_key_and_returns_the_answer() -> None:
    step = answer(200, CREATED, Date="Wed, 21 Oct 2026 07:28:00 GMT", X_Request_Id="r-1")

    with Server(step) as scripted, client_of(scripted) as client:
        came = post(client, b'{"b":2,"a":1}', idempotency_key="k-1")

    request = scripted.requests[0]
    assert request.startswith(b"POST /v2/things HTTP/1.1\r\n")
    assert request.endswith(b'\r\n\r\n{"b":2,"a":1}')
    assert f"Authorization: Bearer {KEY}\r\n".encode() in request
    assert b"Idempotency-Key: k-1\r\n" in request
    assert b"Content-Type: application/json\r\n" in request
    assert (came.status, came.body, came.request_id) == (200, {"id": "0d5a"}, "r-1")
    assert came.date is not None
    assert came.date.isoformat() == "2026-10-21T07:28:00+00:00"
    assert 0 < came.elapsed < 5


def test_it_keeps_one_connection_for_several_calls() -> None:
    with Server(answer(200, CREATED)) as scripted, client_of(scripted) as client:
        for _ in range(5):
            post(client)

    assert (len(scripted.requests), scripted.connections) == (5, 1)


def test_threads_share_a_client_and_each_gets_its_own_answer() -> None:
    with Server(server.echo) as scripted, client_of(scripted) as client, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: post(client, str(number).encode()).data, range(80)))

    assert answers == list(range(80))


def test_a_forked_process_opens_its_own_connection() -> None:
    with Server(answer(200, CREATED)) as scripted, client_of(scripted) as client:
        post(client)
        child = os.fork()
        if child == 0:
            os._exit(0 if post(client).status == 200 else 1)
        _, status = os.waitpid(child, 0)
        post(client)

    assert status == 0
    assert (len(scripted.requests), scripted.connections) == (3, 2)


def test_it_ignores_a_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("NO_PROXY", "")

    with Server(answer(200, CREATED)) as scripted, client_of(scripted) as client:
        assert post(client).status == 200


def test_it_keeps_no_cookies() -> None:
    with Server(answer(200, CREATED, Set_Cookie="a=1")) as scripted, client_of(scripted) as client:
        post(client)
        post(client)

    assert b"cookie" not in scripted.requests[1].lower()


def test_it_reads_a_packed_answer() -> None:
    packed = answer(200, gzip.compress(CREATED), Content_Encoding="gzip")

    with Server(packed) as scripted, client_of(scripted) as client:
        assert post(client).body == {"id": "0d5a"}


@pytest.mark.parametrize("content", [b"", b"  "])
def test_a_delete_may_be_answered_without_a_body_but_not_with_an_unreadable_one(content: bytes) -> None:
    with Server(answer(200, content)) as scripted, client_of(scripted) as client:
        if content:
            with pytest.raises(OutcomeUnknown):
                client.send("DELETE", "/things/1")
        else:
            assert client.send("DELETE", "/things/1").data is None


def test_a_given_transport_is_used_instead_of_the_network() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"data": str(request.url)}))

    client = Client(KEY, "http://sandbox.test/v2/", transport=transport)

    assert client.get("/x", {"a b": "c+d"}).body == "http://sandbox.test/v2/x?a%20b=c%2Bd"


# Faults on the way


@pytest.mark.promise("X22")
def test_a_refused_connection_proves_that_nothing_was_sent() -> None:
    with pytest.raises(RequestNotSent) as caught:
        post(Client(KEY, f"http://127.0.0.1:{free_port()}/v2"))

    assert "refused" in caught.value.reason
    assert (caught.value.status, caught.value.answer) == (None, None)


@pytest.mark.promise("X22")
def test_an_unknown_host_proves_that_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)

    with pytest.raises(RequestNotSent, match="Name or service not known"):
        post(Client(KEY, "https://telnyx.invalid/v2"))


@pytest.mark.promise("X22")
def test_a_server_that_does_not_speak_tls_proves_that_nothing_was_sent() -> None:
    with Server(answer(200, CREATED)) as scripted, pytest.raises(RequestNotSent):
        post(Client(KEY, scripted.url.replace("http://", "https://"), connect=1.0))

    assert scripted.requests == []


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl command to make a certificate with")
@pytest.mark.promise("X22")
def test_a_self_signed_certificate_proves_that_nothing_was_sent(tmp_path: Path) -> None:
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1"
    make += " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    subprocess.run(make.split(), cwd=tmp_path, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")

    with (
        Server(answer(200, CREATED), tls=tls) as scripted,
        pytest.raises(RequestNotSent, match="self-signed"),
    ):
        post(client_of(scripted))

    assert scripted.requests == []


@pytest.mark.promise("X22")
def test_a_full_backlog_ends_at_the_connect_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(8)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        started = time.monotonic()
        with pytest.raises(RequestNotSent):
            post(Client(KEY, f"http://127.0.0.1:{port}/v2", connect=0.3))
        for one in waiting:
            one.close()

    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (httpx.ConnectError, RequestNotSent),
        (httpx.ConnectTimeout, RequestNotSent),
        (httpx.PoolTimeout, RequestNotSent),
        (httpx.UnsupportedProtocol, RequestNotSent),
        (httpx.ReadTimeout, OutcomeUnknown),
        (httpx.ReadError, OutcomeUnknown),
        (httpx.WriteTimeout, OutcomeUnknown),
        (httpx.WriteError, OutcomeUnknown),
        (httpx.RemoteProtocolError, OutcomeUnknown),
        (httpx.LocalProtocolError, OutcomeUnknown),
        (httpx.ProxyError, OutcomeUnknown),
    ],
)
@pytest.mark.promise("X22")
def test_only_what_ended_before_the_first_byte_counts_as_not_sent(
    raised: type[httpx.TransportError], kind: type[TelnyxError]
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise raised("scripted")

    with pytest.raises(TelnyxError) as caught:
        post(Client(KEY, "http://telnyx.test/v2", transport=httpx.MockTransport(fail)))

    assert type(caught.value) is kind


@pytest.mark.promise("X23")
def test_silence_after_the_request_is_unknown_at_the_read_timeout() -> None:
    with Server(server.silence) as scripted, client_of(scripted) as client:
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
            post(client)

    assert 0.3 < time.monotonic() - started < 2
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("drip", [server.drip_head, server.drip_body])
@pytest.mark.promise("X24")
def test_a_byte_drip_is_ended_by_the_deadline(drip: Step) -> None:
    with Server(drip) as scripted, client_of(scripted, deadline=0.6) as client:
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown, match="0.6 s deadline"):
            post(client)

    assert 0.5 < time.monotonic() - started < 1.5
    assert len(scripted.requests) == 1


@pytest.mark.promise("X24")
def test_the_deadline_cuts_a_longer_read_timeout_short() -> None:
    with Server(server.silence) as scripted, client_of(scripted, deadline=0.5, read=20.0) as client:
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            post(client)

    assert time.monotonic() - started < 2


@pytest.mark.promise("X24")
def test_an_upload_drained_drop_by_drop_is_ended_by_the_deadline() -> None:
    ended = threading.Event()

    def drain(connection: socket.socket) -> None:
        while not ended.wait(0.002) and connection.recv(32768):
            pass

    with Server(on_accept=drain) as scripted, client_of(scripted, deadline=0.6) as client:
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            post(client, b"x" * 60_000_000)
        ended.set()

    assert time.monotonic() - started < 2


@pytest.mark.promise("X24")
def test_the_next_call_is_not_held_to_the_last_deadline() -> None:
    with (
        Server(server.drip_body, answer(200, CREATED)) as scripted,
        client_of(scripted, deadline=0.3) as client,
    ):
        with pytest.raises(OutcomeUnknown):
            post(client)

        assert post(client).status == 200


def test_a_deadline_ends_with_its_block() -> None:
    with network.deadline(50):
        with network.deadline(5):
            assert 4 < network.seconds_left() <= 5
        assert 49 < network.seconds_left() <= 50

    assert network.seconds_left() == float("inf")


@pytest.mark.parametrize("length", [300 * server.MEGABYTE, None])
@pytest.mark.promise("X25")
def test_a_300_mb_answer_is_cut_at_the_cap_and_costs_no_memory(length: int | None) -> None:
    with Server(server.endless(length)) as scripted, client_of(scripted) as client:
        forget_peak()
        before = peak_memory()
        with pytest.raises(OutcomeUnknown, match="over 1048576 bytes") as caught:
            post(client)

    assert peak_memory() - before < 20 * server.MEGABYTE
    assert caught.value.status == 200
    assert len(scripted.requests) == 1


@pytest.mark.promise("X25")
def test_a_small_answer_that_unpacks_to_300_mb_is_cut_at_the_cap() -> None:
    bomb = gzip.compress(b" " * 300 * server.MEGABYTE, 9)
    assert len(bomb) < server.MEGABYTE

    with Server(answer(200, bomb, Content_Encoding="gzip")) as scripted, client_of(scripted) as client:
        forget_peak()
        before = peak_memory()
        with pytest.raises(OutcomeUnknown, match="over 1048576 bytes"):
            post(client)

    assert peak_memory() - before < 20 * server.MEGABYTE


@pytest.mark.promise("X25")
def test_an_answer_as_long_as_the_cap_is_read() -> None:
    body = b'"' + b"x" * (server.MEGABYTE - 2) + b'"'

    with Server(answer(200, body)) as scripted, client_of(scripted) as client:
        assert len(post(client).content) == server.MEGABYTE


@pytest.mark.parametrize(
    "scripted",
    [
        Server(server.reset_after_request),
        Server(server.reset_in_body),
        Server(lambda exchange: exchange.connection.close()),
    ],
    ids=["after the request", "in the body", "closed without an answer"],
)
@pytest.mark.promise("X26")
def test_a_lost_connection_is_unknown_and_nothing_is_sent_again(scripted: Server) -> None:
    with scripted, client_of(scripted) as client, pytest.raises(OutcomeUnknown):
        post(client)

    assert scripted.connections == 1


@pytest.mark.promise("X26")
def test_a_connection_lost_at_accept_is_tried_once() -> None:
    # A reset before our first write proves that nothing was sent. A later one proves nothing.
    with (
        Server(on_accept=server.reset) as scripted,
        client_of(scripted) as client,
        pytest.raises((OutcomeUnknown, RequestNotSent)),
    ):
        post(client)

    assert scripted.connections == 1


@pytest.mark.parametrize(
    "step",
    [
        server.truncated,
        answer(200, b'{"data": {"id": "0d'),
        answer(200, b"<html>Welcome to the hotel</html>", Content_Type="text/html"),
        answer(200, b""),
        answer(204, b""),
        answer(200, b'{"data": NaN}'),
        answer(200, b"[" * 100_000),
        answer(200, b"9" * 5000),
        answer(200, b"\xff\xfe\xff"),
        answer(200, b"not gzip", Content_Encoding="gzip"),
        answer(200, gzip.compress(CREATED)[:-9], Content_Encoding="gzip"),
        answer(200, CREATED, Content_Encoding="br"),
    ],
)
@pytest.mark.promise("X27")
def test_an_unreadable_success_is_unknown(step: Step) -> None:
    with Server(step) as scripted, client_of(scripted) as client, pytest.raises(OutcomeUnknown) as caught:
        post(client)

    assert caught.value.answer is not None
    assert caught.value.status in (200, 204)
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("content_type", ["text/html", "application/octet-stream", ""])
@pytest.mark.promise("X27")
def test_valid_json_counts_whatever_its_content_type(content_type: str) -> None:
    with Server(answer(201, CREATED, Content_Type=content_type)) as scripted, client_of(scripted) as client:
        assert post(client).body == {"id": "0d5a"}


@pytest.mark.parametrize("call", [post, lambda client: client.get("/things")])
@pytest.mark.promise("X28")
def test_a_redirect_is_not_followed(call: Callable[[Client], Answer]) -> None:
    with Server(answer(200, CREATED)) as elsewhere:
        away = answer(302, b"", Location=f"{elsewhere.url}/latest/meta-data")
        with Server(away) as scripted, client_of(scripted) as client, pytest.raises(OutcomeUnknown) as caught:
            call(client)

    assert caught.value.status == 302
    assert (len(scripted.requests), elsewhere.connections) == (1, 0)


@pytest.mark.promise("X28")
def test_a_redirect_to_the_metadata_address_is_not_followed() -> None:
    away = answer(302, b"", Location="http://169.254.169.254/latest/meta-data")

    with Server(away) as scripted, client_of(scripted) as client, pytest.raises(OutcomeUnknown) as caught:
        post(client)

    assert caught.value.status == 302


@pytest.mark.promise("X29")
def test_a_429_is_definite_and_not_sent_again() -> None:
    with (
        Server(answer(429, b"", Retry_After="7")) as scripted,
        client_of(scripted) as client,
        pytest.raises(SlowDown) as caught,
    ):
        post(client)

    assert caught.value.retry_after == 7
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("step", [answer(500, b'{"errors":[{"code":"10007"}]}'), answer(503, b"<html>")])
@pytest.mark.promise("X30")
def test_a_post_answered_5xx_is_unknown_and_sent_once(step: Step) -> None:
    with Server(step) as scripted, client_of(scripted) as client, pytest.raises(OutcomeUnknown):
        post(client)

    assert len(scripted.requests) == 1


# Reads, which may be repeated


@pytest.mark.parametrize(
    "trouble",
    [answer(503, b"<html>"), answer(429, b"", Retry_After="0"), server.reset_after_request, server.silence],
)
def test_a_read_is_tried_again_after_passing_trouble(trouble: Step) -> None:
    with Server(trouble, answer(200, CREATED)) as scripted, client_of(scripted) as client:
        assert client.get("/things").body == {"id": "0d5a"}

    assert len(scripted.requests) == 2


def test_a_read_waits_as_long_as_telnyx_asks() -> None:
    with (
        Server(answer(429, b"", Retry_After="1"), answer(200, CREATED)) as scripted,
        client_of(scripted) as client,
    ):
        started = time.monotonic()
        client.get("/things")

    assert 1 <= time.monotonic() - started < 2


def test_a_rate_limit_header_on_a_gateway_error_does_not_stop_a_read() -> None:
    with (
        Server(answer(502, b"", X_Ratelimit_Reset="30"), answer(200, CREATED)) as scripted,
        client_of(scripted) as client,
    ):
        assert client.get("/things").status == 200


@pytest.mark.promise("X29")
def test_a_read_asked_to_wait_longer_than_it_may_gives_up_at_once() -> None:
    with Server(answer(429, b"", Retry_After="6")) as scripted, client_of(scripted) as client:
        started = time.monotonic()
        with pytest.raises(SlowDown) as caught:
            client.get("/things")

    assert time.monotonic() - started < 1
    assert caught.value.retry_after == 6
    assert len(scripted.requests) == 1


def test_a_read_gives_up_after_its_attempts() -> None:
    with (
        Server(answer(429, b"", Retry_After="0")) as scripted,
        client_of(scripted) as client,
        pytest.raises(SlowDown),
    ):
        client.get("/things", attempts=4)

    assert len(scripted.requests) == 4


def test_all_attempts_of_a_read_share_one_deadline() -> None:
    with Server(server.silence) as scripted, client_of(scripted, deadline=1.0, read=0.6) as client:
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            client.get("/things", attempts=50)

    assert time.monotonic() - started < 1.6


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (answer(404, b'{"errors":[{"code":"10005","title":"Resource not found"}]}'), NotFound),
        (answer(400, b'{"errors":[{"code":"10015","title":"Bad Request"}]}'), RequestRefused),
        (answer(200, b"<html>"), OutcomeUnknown),
        (answer(404, b"<html>"), OutcomeUnknown),
    ],
)
def test_a_read_is_not_repeated_when_that_cannot_help(step: Step, error: type[TelnyxError]) -> None:
    with Server(step) as scripted, client_of(scripted) as client, pytest.raises(error):
        client.get("/things")

    assert len(scripted.requests) == 1


def test_a_query_is_quoted_as_telnyx_reads_it() -> None:
    params = [("page[number]", 1), ("phone_number", NUMBER), ("status", "Waiting For Customer"), ("a", True)]

    with Server(answer(200, CREATED)) as scripted, client_of(scripted) as client:
        client.get("/things", [*params, ("absent", None)])

    line = scripted.requests[0].split(b"\r\n")[0].decode()
    assert line == (
        "GET /v2/things?page%5Bnumber%5D=1&phone_number=%2B18005550123"
        "&status=Waiting%20For%20Customer&a=true HTTP/1.1"
    )


# Secrets


@pytest.mark.parametrize(
    "step",
    [
        server.silence,
        server.reset_after_request,
        server.truncated,
        answer(302, b"", Location=f"http://{NUMBER}/"),
        answer(200, f"<html>{NUMBER}</html>".encode()),
        answer(401, f'{{"errors":[{{"code":"{NUMBER}","detail":"{KEY} {NUMBER}"}}]}}'.encode()),
        answer(422, f'{{"errors":[{{"code":"10002","title":"{NUMBER}"}}]}}'.encode()),
        answer(500, f"{NUMBER}".encode()),
        lambda exchange: exchange.write(f"{NUMBER} is no status line\r\n\r\n".encode()),
    ],
)
@pytest.mark.promise("X94", "X96")
def test_no_error_and_no_log_line_shows_the_key_or_a_phone_number(
    step: Step, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    with Server(step) as scripted, client_of(scripted) as client:
        with pytest.raises(TelnyxError) as caught:
            client.send("POST", path("/numbers/{number}", number=NUMBER), body=NUMBER.encode())
        with pytest.raises(TelnyxError) as read:
            client.get("/numbers", {"phone_number": NUMBER}, attempts=1)

    shown = [repr(client), caplog.text]
    for error in (caught.value, read.value):
        shown += [str(error), repr(error), repr(error.answer), *traceback.format_exception(error)]
    for secret in (KEY, NUMBER, NUMBER[1:]):
        assert secret not in "".join(shown)


def test_an_answer_does_not_show_its_content() -> None:
    with Server(answer(200, f'{{"v1_secret":"{KEY}"}}'.encode())) as scripted, client_of(scripted) as client:
        assert KEY not in repr(post(client))


# What it refuses to try


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "kéy"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        Client(key, "https://api.telnyx.test/v2")

    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["", "api.telnyx.test", "ftp://a/", "http:///v2", "https://me@a/v2", "https://a/v2?x=1", "https://a..b"],
)
def test_a_base_url_that_cannot_work_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        Client(KEY, url)


@pytest.mark.parametrize("target", ["things", "https://elsewhere.test/", "@elsewhere.test/", ""])
def test_a_path_cannot_lead_to_another_host(target: str) -> None:
    with pytest.raises(ValueError, match="starts with a slash"):
        Client(KEY, "http://127.0.0.1:1").send("POST", target)


@pytest.mark.parametrize("key", ["with space", "a\r\nX-Injected: 1", "x" * 256])
def test_a_malformed_idempotency_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="idempotency key"):
        post(Client(KEY, "http://127.0.0.1:1"), idempotency_key=key)


# Bodies and paths


@pytest.mark.promise("X38")
def test_json_is_written_the_same_way_every_time() -> None:
    assert json_bytes({"b": [1, None, True], "a": "Zürich"}) == '{"b":[1,null,true],"a":"Zürich"}'.encode()
    with pytest.raises(ValueError):
        json_bytes(float("nan"))


def test_a_value_stays_one_segment_of_a_path() -> None:
    assert path("/numbers/{id}/x", id="+1 8/00?#ü") == "/numbers/%2B1%208%2F00%3F%23%C3%BC/x"
    assert path("/a/{one}/{two}", one="..a", two=7) == "/a/..a/7"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_path_refuses_a_value_that_would_address_another_record(value: str) -> None:
    with pytest.raises(ValueError, match="id of a record"):
        path("/requests/{id}", id=value)


def test_a_multipart_body_is_read_by_others_and_the_same_every_time() -> None:
    parts = [
        Part("loa", b"%PDF-1.7\r\n--", "loa.pdf", "application/pdf"),
        Part("note", "für".encode()),
    ]

    content_type, body = multipart(parts)

    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    _, loa, note = message.walk()
    assert loa.get_payload(decode=True) == b"%PDF-1.7\r\n--"
    assert (loa.get_filename(), loa.get_content_type()) == ("loa.pdf", "application/pdf")
    assert note.get_payload(decode=True) == "für".encode()
    assert multipart(list(parts)) == (content_type, body)
    assert multipart([*parts, Part("more", b"")])[0] != content_type


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("bill.pdf", "bill.pdf"),
        ('a"; name="loa.pdf', "a_name_loa.pdf"),
        ("a.pdf\r\nSet-Cookie: x", "a.pdf_Set-Cookie_x"),
        ("../../etc/x.pdf", "etc_x.pdf"),
        ("März 2026.pdf", "M_rz_2026.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("\x00", "file"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
        ("a." + "x" * 300, "a." + "x" * 98),
        (".pdf", "pdf"),
    ],
)
def test_a_file_name_cannot_end_its_header(name: str, plain: str) -> None:
    _, body = multipart([Part("loa", b"%PDF", name, "application/pdf")])

    assert (
        body.split(b"\r\n")[1] == f'Content-Disposition: form-data; name="loa"; filename="{plain}"'.encode()
    )


@pytest.mark.parametrize(
    "part", [Part('a"b', b""), Part("a\r\nb", b""), Part("a", b"", "", "text/html\r\nX: 1")]
)
def test_a_multipart_part_refuses_names_that_could_inject_a_header(part: Part) -> None:
    with pytest.raises(ValueError, match="plain"):
        multipart([part])
