"""Guessing is held up, by account and by address, and nobody is locked out by somebody else's guesses."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from redis import Redis

from config import login as signing_in
from hosted.models import Document, DocumentLook, HostedOrder
from messaging.mirror import throttle
from messaging.mirror.models import RecordView, WebhookEvent
from messaging.mirror.throttle import Limit, TooOften
from tests.desk.conftest import event_url, make_event

LOGIN = "/admin/login/"
RIGHT = "a right long password"
WAIT = "so what you typed was not checked"


class Counting(MD5PasswordHasher):
    """A hasher that counts how often a password was looked at."""

    algorithm = "counting"
    looked: list[str] = []  # noqa: RUF012

    def verify(self, password: str, encoded: str) -> bool:
        self.looked.append(password)
        return super().verify(password, encoded)


@pytest.fixture(autouse=True)
def hashers(settings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    Counting.looked.clear()


@pytest.fixture
def owner(db) -> User:
    return User.objects.create_user("owner", password=RIGHT, is_staff=True)


def try_once(client: Client, password: str, name: str = "owner", address: str = "127.0.0.1", **more: Any):
    return client.post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address, **more)


@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("X91")
def test_of_a_thousand_guesses_over_eight_connections_at_most_twenty_reach_the_hasher(owner):
    home = Client()
    assert try_once(home, RIGHT, address="203.0.113.9").status_code == 302
    Counting.looked.clear()

    def guess(number: int) -> list[int]:
        client = Client()
        try:
            # From the owner's own office, and from everywhere else.
            return [
                try_once(client, f"guess {number} {n}", address=f"203.0.113.{9 + number}").status_code
                for n in range(125)
            ]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = [status for found in pool.map(guess, range(8)) for status in found]

    assert len(answers) == 1000
    assert set(answers) == {200, 429}
    assert answers.count(200) == len(Counting.looked)
    assert len(Counting.looked) <= 20
    # The owner's browser has tries of its own, from wherever it is now.
    del home.cookies[settings.SESSION_COOKIE_NAME]
    assert try_once(home, RIGHT, address="198.51.100.7").status_code == 302


def test_a_count_lets_no_attempt_at_the_same_moment_through():
    limit = Limit("test", 20)

    def spend(_number: int) -> bool:
        try:
            throttle.spend(limit, "owner")
        except TooOften:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        allowed = sum(pool.map(spend, range(1000)))

    assert allowed == 20


def test_too_many_tries_are_said_clearly_and_alike_for_anybody_and_nobody(owner):
    said = {}
    for name, address in (("owner", "203.0.113.1"), ("nobody-here", "203.0.113.2")):
        answers = [
            try_once(Client(), "wrong", name, address) for _ in range(signing_in.PASSWORD.pair.most + 1)
        ]
        assert [one.status_code for one in answers] == [200] * signing_in.PASSWORD.pair.most + [429]
        page = answers[-1].content.decode()
        assert WAIT in page
        assert "Wait 15 minutes" in page
        said[name] = str(answers[-1].context["form"].non_field_errors())

    assert said["owner"] == said["nobody-here"]


def test_the_right_password_is_not_looked_at_either_while_one_waits(owner):
    for _ in range(signing_in.PASSWORD.pair.most):
        try_once(Client(), "wrong")

    assert try_once(Client(), RIGHT).status_code == 429
    assert RIGHT not in Counting.looked


def test_capitals_and_spaces_make_no_other_account(owner):
    names = ["owner", "Owner", " OWNER ", "ownEr"]
    answers = [try_once(Client(), "wrong", names[n % 4]) for n in range(signing_in.PASSWORD.pair.most + 1)]

    assert answers[-1].status_code == 429


def test_one_address_cannot_try_many_accounts(owner):
    for number in range(signing_in.PASSWORD.address.most):
        assert try_once(Client(), "Spring2026!", f"name{number}").status_code == 200

    assert try_once(Client(), "Spring2026!", "one more").status_code == 429
    assert try_once(Client(), RIGHT, address="203.0.113.5").status_code == 302


def test_an_address_the_owner_signed_in_from_is_not_held_up_by_guesses_from_elsewhere(owner):
    assert try_once(Client(), RIGHT, address="203.0.113.5").status_code == 302
    for number in range(signing_in.PASSWORD.account.most + 1):
        last = try_once(Client(), "wrong", address=f"198.51.100.{number}")
    assert last.status_code == 429

    assert try_once(Client(), RIGHT, address="203.0.113.5").status_code == 302
    assert try_once(Client(), RIGHT, address="198.51.100.200").status_code == 429


def test_signing_in_rightly_uses_up_nothing(owner):
    for _ in range(signing_in.PASSWORD.address.most + 5):
        assert try_once(Client(), RIGHT).status_code == 302


def test_a_cookie_of_another_account_or_an_invented_one_opens_no_tries(owner):
    User.objects.create_user("guesser", password=RIGHT, is_staff=True)
    guesser = Client()
    try_once(guesser, RIGHT, "guesser")
    invented = Client()
    invented.cookies[signing_in.BROWSER_COOKIE] = "invented"
    for _ in range(signing_in.PASSWORD.pair.most):
        try_once(guesser, "wrong")

    assert try_once(guesser, RIGHT).status_code == 429
    assert try_once(invented, RIGHT).status_code == 429


@pytest.mark.parametrize(
    ("trusted", "count", "forwarded", "address"),
    [
        (False, 1, "198.51.100.1", "203.0.113.9"),
        (True, 1, "198.51.100.1", "198.51.100.1"),
        (True, 1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (True, 2, "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (True, 2, "198.51.100.1", ""),
        (True, 1, "", ""),
        (True, 1, "unknown", ""),
        (True, 1, "198.51.100.1:4711", "198.51.100.1"),
        (True, 1, "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        (True, 1, "2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
        (True, 1, "::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_an_address_is_believed_only_from_a_trusted_proxy(rf, settings, trusted, count, forwarded, address):
    settings.TRUSTED_PROXY, settings.TRUSTED_PROXY_COUNT = trusted, count
    request = rf.get("/", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR=forwarded)

    assert signing_in.address_of(request) == address


def test_an_invented_address_gives_no_more_tries(owner):
    answers = [
        try_once(Client(), "wrong", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}")
        for n in range(signing_in.PASSWORD.pair.most + 1)
    ]

    assert answers[-1].status_code == 429


def test_without_redis_one_can_still_sign_in_and_guessing_still_ends(owner, settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert try_once(Client(), RIGHT).status_code == 302

    answers = [try_once(Client(), "wrong") for _ in range(signing_in.PASSWORD.pair.most)]

    assert [one.status_code for one in answers] == [200] * 4 + [429] * 4
    assert WAIT in answers[-1].content.decode()
    assert "Redis is away" in caplog.text
    assert "owner" not in caplog.text


def test_without_redis_counts_do_not_fill_the_memory(settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    limit = Limit("test", 4)
    with (
        mock.patch.object(throttle, "MOST_COUNTS", 5),
        mock.patch.object(throttle, "_here", throttle._Here()),
    ):
        for number in range(5):
            throttle.spend(limit, number)

        with pytest.raises(TooOften):
            throttle.spend(limit, "one more")
        throttle.spend(limit, 1)


def test_redis_holds_no_name_and_no_address_and_forgets_everything(owner, settings):
    try_once(Client(), "wrong", address="203.0.113.77")
    try_once(Client(), RIGHT, address="203.0.113.77")

    redis = Redis.from_url(settings.REDIS_URL)
    keys = list(redis.scan_iter(f"{throttle.PREFIX}*"))
    assert keys
    assert not any(b"owner" in key or b"203.0" in key for key in keys)
    assert all(0 < redis.ttl(key) <= signing_in.ADDRESS_SECONDS for key in keys)


def test_the_database_going_away_uses_up_no_try(owner):
    with mock.patch.object(signing_in.Backend, "authenticate", side_effect=RuntimeError):
        for _ in range(signing_in.PASSWORD.pair.most + 1):
            with pytest.raises(RuntimeError):
                try_once(Client(), RIGHT)

    assert try_once(Client(), RIGHT).status_code == 302


# What one person opens.


def open_one(client: Client, event: WebhookEvent):
    return client.post(event_url(event, "reveal"), {"reason": "Ticket 12"})


def test_somebody_who_opens_very_much_must_wait_and_a_colleague_need_not(login, monkeypatch):
    monkeypatch.setattr(throttle, "REVEALS", Limit("reveal", 3))
    busy, colleague = login("admin"), login("compliance")
    event = make_event()

    answers = [open_one(busy, event) for _ in range(4)]

    assert [one.status_code for one in answers] == [302, 302, 302, 429]
    assert "You can go on in 15 minutes." in answers[-1].content.decode()
    assert 0 < int(answers[-1]["Retry-After"]) <= 900
    assert RecordView.objects.count() == 3
    assert open_one(colleague, event).status_code == 302


@pytest.mark.parametrize(
    ("way", "address", "field"),
    [
        ("post", "/admin/desk/find/", "q"),
        ("post", "/admin/desk/quick/", "q"),
        ("post", "/admin/messaging/message/find/", "q"),
        ("post", "/admin/mirror/auditentry/find/", "number"),
        ("post", "/admin/messaging/optout/look-up/", "number"),
        ("get", "/admin/messaging/composedmessage/", "q"),
        ("get", "/admin/messaging/reveal/", "q"),
    ],
)
def test_nobody_learns_a_masked_number_by_trying_all_of_them(login, monkeypatch, way, address, field):
    monkeypatch.setattr(throttle, "NUMBERS", Limit("number", 2))
    client = login("admin")

    tried = [getattr(client, way)(address, {field: f"+1217555010{last}"}) for last in range(3)]
    other = getattr(client, way)(address, {field: "Larkspur"})

    assert [answer.status_code < 400 for answer in tried] == [True, True, False]
    assert (tried[-1].status_code, other.status_code < 400) == (429, True)


def test_documents_are_counted_for_each_person(login, person, monkeypatch, settings, tmp_path):
    settings.DOCUMENTS_ROOT = tmp_path
    monkeypatch.setattr(throttle, "FILES", Limit("file", 1))
    order = HostedOrder.objects.create(created_by=person("nobody"))
    document = Document.objects.create(order=order, kind="loa", size=5, sha256="0" * 64)
    url = f"/admin/hosted/hostedorder/{order.pk}/documents/{document.pk}/download/"
    client = login("admin")

    assert [client.get(url).status_code for _ in range(2)] == [409, 429]
    assert DocumentLook.objects.count() == 1
