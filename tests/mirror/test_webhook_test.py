"""The desk tests its own address for webhooks; the key made for a test opens nothing else."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from messaging.mirror import tasks
from messaging.mirror.checkup import Checkup
from messaging.mirror.inbound import drain, own_test
from messaging.mirror.models import RefusedWebhooks, WebhookEvent, WebhookTest
from messaging.telnyx.signature import OneTimeKey
from tests.signing import OTHER_KEY, deliver, event, signature_headers
from tests.stack import wait_until

HEALTH, SEND = "/admin/desk/health/", "/admin/desk/health/test/"
STAGES = ["Address reached", "The desk answered", "Signature checked", "Stored", "Processed"]
Problem = WebhookTest.Problem


def shown(client: Client) -> tuple[dict[str, str], str]:
    """Return the chip of each of the five stages, and the words of the whole card."""
    html = client.get(HEALTH).content.decode()
    card = re.search(r'<section class="desk-card" id="own-test".*?</section>', html, re.S)[0]
    found = re.findall(r'<h3 class="desk-title">([^<]+?) <span[^>]*data-group="(\w+)"', card)
    return {unescape(title): group for title, group in found}, " ".join(
        unescape(re.sub(r"<[^>]+>", " ", card)).split()
    )


def made(key: OneTimeKey, **changes: object) -> WebhookTest:
    """Return a test as it is while its worker waits for the answer."""
    now = timezone.now()
    values = {"started_at": now, "key_until": now + timedelta(minutes=2), "public_key": key.public}
    return WebhookTest.objects.create(**(values | changes))


def post(test: WebhookTest, key: OneTimeKey, body: bytes | None = None, **how: str) -> int:
    body = own_test.body_of(test.pk) if body is None else body
    return deliver(body, headers=key.headers(body, int(time.time())), **how)


@pytest.mark.django_db(transaction=True)
def test_a_test_goes_through_the_real_view_and_is_followed_to_its_end(live_server, login, settings):
    settings.PUBLIC_URL = live_server.url
    admin = login("admin")

    assert admin.post(SEND).headers["Location"] == f"{HEALTH}#own-test"
    assert set(shown(admin)[0].values()) == {"under_way", "draft"}
    assert 'data-desk-refresh="2"' in admin.get(HEALTH).content.decode()
    tasks.test_webhooks()
    found, _words = shown(admin)
    assert (found["Stored"], found["Processed"]) == ("done", "under_way")
    drain.drain()

    found, words = shown(login("auditor"))
    assert list(found) == STAGES
    assert set(found.values()) == {"done"}
    assert "admin sent this test on" in words
    assert re.search(r"with a yes \(200\) after \d+ ms", words)
    test = WebhookTest.objects.get()
    assert (test.requested_by.username, test.public_key, test.status) == ("admin", "", 200)
    assert WebhookEvent.objects.get().state == WebhookEvent.State.DONE
    assert not RefusedWebhooks.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_test_is_not_called_a_webhook_of_telnyx(live_server, login, settings):
    settings.PUBLIC_URL = live_server.url
    client = login("admin")
    client.post(SEND)
    tasks.test_webhooks()
    drain.drain()
    row = WebhookEvent.objects.get()

    assert Checkup().last_webhook is None
    assert "None of the newest events was delivered by Telnyx." in client.get(HEALTH).content.decode()
    page = client.get(f"/admin/mirror/webhookevent/{row.pk}/change/").content.decode()
    assert "A test that this desk sent to its own address" in page
    assert "Genuine" not in page


def test_the_key_of_a_test_signs_no_other_event(db):
    key = OneTimeKey()
    test, other = made(key), made(OneTimeKey())
    own = json.loads(own_test.body_of(test.pk))
    forged = [
        event("message.received", text="STOP"),
        event(own_test.EVENT_TYPE),
        {"data": {**own["data"], "event_type": "message.received"}},
        {"data": {**own["data"], "payload": {"id": "1"}}},
        {"data": {**own["data"], "id": f"desk-test-{uuid4().hex}"}},
        {**own, "meta": {}},
        json.loads(own_test.body_of(other.pk)),
    ]

    assert {post(test, key, json.dumps(each).encode()) for each in forged} == {403}

    assert not WebhookEvent.objects.exists()
    assert post(test, key) == 200


def test_another_key_does_not_sign_a_test(db):
    test = made(OneTimeKey())
    body = own_test.body_of(test.pk)

    assert deliver(body, headers=signature_headers(body, key=OTHER_KEY)) == 403
    assert post(test, OneTimeKey()) == 403

    assert not WebhookEvent.objects.exists()
    assert RefusedWebhooks.objects.get().cause == "old_test"


def test_a_test_counts_once(db):
    key = OneTimeKey()
    test = made(key)

    assert [post(test, key), post(test, key)] == [200, 403]

    stored = WebhookEvent.objects.get()
    assert (stored.deliveries, stored.key_fingerprint) == (1, "test")


def test_a_test_may_not_come_too_late(db):
    key, now = OneTimeKey(), timezone.now()
    expired = made(key, key_until=now - timedelta(seconds=1))
    ended = made(key, ended_at=now)
    unsent = WebhookTest.objects.create()

    assert {post(test, key) for test in (expired, ended, unsent)} == {403}

    assert not WebhookEvent.objects.exists()


def test_a_test_is_none_of_the_answers_to_our_requests(db):
    key = OneTimeKey()

    assert post(made(key), key, path=f"/webhooks/telnyx/{'a' * 32}/") == 403


def test_a_guess_of_a_stranger_is_not_looked_up(db, django_assert_num_queries):
    key = OneTimeKey()
    test = made(key)
    guess = own_test.body_of(test.pk)
    nonce = json.loads(guess)["data"]["nonce"]
    guess = guess.replace(nonce.encode(), b"A" * len(nonce))

    with django_assert_num_queries(1) as asked:
        assert post(test, key, guess) == 403

    assert "refusedwebhooks" in asked[0]["sql"]


def test_an_event_that_telnyx_signed_is_taken_for_no_test(db):
    test = made(OneTimeKey(), stored_at=timezone.now())

    assert deliver(own_test.body_of(test.pk)) == 200
    drain.drain()

    test.refresh_from_db()
    assert test.processed_at is None
    assert WebhookEvent.objects.get().state == WebhookEvent.State.KEPT


def test_processing_it_again_changes_nothing(db):
    key = OneTimeKey()
    test = made(key)
    post(test, key)
    drain.drain()
    at = WebhookTest.objects.get().processed_at
    assert at

    assert drain.release(WebhookEvent.objects.all()) == 1
    drain.drain()

    assert WebhookTest.objects.get().processed_at == at


@contextmanager
def server(status: int, headers: dict[str, str] | None = None) -> Iterator[str]:
    """Run something that isn't the desk and answers every post so."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    running = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def result(address: str, settings) -> WebhookTest:
    settings.PUBLIC_URL = address
    WebhookTest.objects.create()
    tasks.test_webhooks()
    return WebhookTest.objects.latest("requested_at")


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (200, Problem.ELSEWHERE),
        (301, Problem.REDIRECTED),
        (400, Problem.REFUSED),
        (403, Problem.REFUSED),
        (404, Problem.NOT_FOUND),
        (502, Problem.NO_ANSWER),
        (503, Problem.NO_KEY),
        (500, Problem.OTHER),
    ],
)
def test_what_something_else_answers_is_said_in_words(login, settings, status, problem):
    with server(status, {"Location": "https://elsewhere.invalid/"}) as address:
        test = result(address, settings)

    assert (test.problem, test.status) == (problem, status)
    found, words = shown(login("operator"))
    assert [found[name] for name in STAGES] == ["done", "failing", "draft", "draft", "draft"]
    assert re.search(rf"\b{status}\)? after \d+ ms", words)
    assert "What is wrong:" in words
    assert "What an administrator does:" in words


@pytest.mark.parametrize(
    ("address", "problem", "words"),
    [
        ("", Problem.NO_ADDRESS, "PUBLIC_URL is not set"),
        ("desk.example.com", Problem.BAD_ADDRESS, "It must look like https://desk.example.com."),
        ("http://desk.invalid", Problem.NO_NAME, "Check the spelling of PUBLIC_URL"),
        ("http://127.0.0.1:9", Problem.NO_CONNECTION, "nothing accepts connections there"),
    ],
)
def test_an_address_that_cannot_be_reached_is_said_in_words(login, settings, address, problem, words):
    assert result(address, settings).problem == problem

    found, said = shown(login("operator"))
    assert found["Address reached"] == "failing"
    assert words in said


def test_a_certificate_that_is_missing_is_named(login, settings):
    with server(200) as address:
        assert result(address.replace("http:", "https:"), settings).problem == Problem.NO_TLS

    found, words = shown(login("operator"))
    assert found["Address reached"] == "failing"
    assert "Give the proxy a valid certificate" in words


def test_an_answer_that_never_comes_is_not_waited_for(db, settings, monkeypatch):
    monkeypatch.setattr(own_test, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        test = result(f"http://127.0.0.1:{silent.getsockname()[1]}", settings)

    assert (test.problem, test.status) == (Problem.NO_ANSWER, None)
    assert test.connect_ms is not None


def test_a_test_whose_worker_was_stopped_ends(db):
    key = OneTimeKey()
    test = made(key)

    tasks.test_webhooks()

    test.refresh_from_db()
    assert test.problem == Problem.INTERRUPTED
    assert post(test, key) == 403


def test_a_test_that_nobody_sends_is_said_after_a_while(login, settings):
    test = WebhookTest.objects.create()
    WebhookTest.objects.filter(pk=test.pk).update(requested_at=timezone.now() - timedelta(minutes=1))

    client = login("operator")

    assert "The worker hasn't sent it yet." in shown(client)[1]
    assert 'data-desk-refresh="25"' in client.get(HEALTH).content.decode()


@pytest.mark.parametrize(
    "role", ["compliance", "approver", "operator", "support", "auditor", "nobody", "admin"]
)
def test_only_administrators_send_one(login, role):
    client = login(role)
    html = client.get(HEALTH).content.decode()

    assert client.post(SEND).status_code == (302 if role == "admin" else 403)
    assert client.get(SEND).status_code in (403, 405)
    assert (f'action="{SEND}"' in html) == (role == "admin")
    assert WebhookTest.objects.exists() == (role == "admin")


def test_a_form_from_elsewhere_sends_none(person):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person("admin"))

    assert strict.post(SEND).status_code == 403

    assert not WebhookTest.objects.exists()


def test_one_runs_at_a_time_and_not_too_many(login):
    client = login("admin")

    assert [client.post(SEND).status_code for _ in range(11)] == [302] * 10 + [429]

    assert WebhookTest.objects.count() == 1


def test_without_an_address_the_page_says_what_to_set(login, settings):
    settings.PUBLIC_URL = ""
    html = login("admin").get(HEALTH).content.decode()

    assert f'action="{SEND}"' not in html
    assert "there is no address to test." in html


@pytest.mark.system
def test_real_processes_receive_their_own_test(stack):
    stack.start()
    visitor = stack.login("admin")
    assert visitor.post(SEND).status_code == 302

    wait_until(
        lambda: stack.sql("SELECT 1 FROM mirror_webhooktest WHERE processed_at IS NOT NULL"),
        30,
        "the test is processed",
    )

    [(problem, status, key)] = stack.sql("SELECT problem, status, public_key FROM mirror_webhooktest")
    assert (problem, status, key) == ("", 200, "")
    assert stack.sql("SELECT event_type, state, key_fingerprint FROM mirror_webhookevent") == [
        ("telnyx_desk.test", "done", "test")
    ]
    assert stack.sql("SELECT count(*) FROM mirror_refusedwebhooks") == [(0,)]
