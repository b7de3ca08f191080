"""The endpoints for machines answer whatever host is named. The pages for people do not."""

import pytest
from django.test import Client

from tests.signing import WEBHOOK, signature_headers

# A pod's address, a proxy that passes on its own name, nonsense, and nothing at all.
HOSTS = ["10.1.2.3", "10.1.2.3:8000", "[fd00::1]:8000", "upstream_web", "evil.example.com", "a b", ""]


@pytest.fixture
def public(settings):
    """A desk behind https with one name."""
    settings.ALLOWED_HOSTS = ["desk.example.com"]
    settings.SECURE_SSL_REDIRECT = True


@pytest.mark.django_db
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.promise("X97")
def test_a_probe_is_answered_under_any_host_and_without_https(public, host):
    client = Client(headers={"host": host})

    assert client.get("/healthz").status_code == 200
    assert client.head("/healthz").status_code == 200
    assert client.get("/readyz").json()["database"] == "ok"
    assert client.get("/admin/login/").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.promise("X97")
def test_a_signed_webhook_is_taken_under_any_host_and_an_unsigned_one_under_none(public, host):
    client, body = Client(headers={"host": host}), b'{"data": {}}'

    signed = client.post(WEBHOOK, body, content_type="application/json", headers=signature_headers(body))
    unsigned = client.post(WEBHOOK, body, content_type="application/json")

    assert (signed.status_code, unsigned.status_code) == (200, 400)


@pytest.mark.django_db
def test_a_process_for_webhooks_alone_serves_nothing_else(client, settings):
    settings.WEBHOOK_ONLY = True
    body = b'{"data": {}}'

    signed = client.post(WEBHOOK, body, content_type="application/json", headers=signature_headers(body))

    assert signed.status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json()["database"] == "ok"
    for path in ("/", "/admin/", "/admin/login/", "/static/desk/desk.css", "/calendar/" + "0" * 48 + ".ics"):
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (404, b""), path
        assert client.post(path, {"username": "admin"}).status_code == 404


@pytest.mark.django_db
def test_a_probe_is_a_question_and_nothing_else(client):
    assert client.post("/healthz").status_code == 405
    assert client.get("/healthz/").status_code == 404
    assert client.get("/healthz%0a").status_code == 404


@pytest.mark.django_db
@pytest.mark.promise("X59")
def test_the_large_body_of_a_stranger_is_refused_unread(client, django_user_model):
    class Unread:
        def read(self, *_):
            raise AssertionError("the body was read")

        readline = read

    large = {"CONTENT_LENGTH": str((1 << 20) + 1), "wsgi.input": Unread()}
    for path in ("/admin/login/", "/admin/", "/nowhere/", WEBHOOK):
        assert client.post(path, **large).status_code == 413, path

    client.force_login(django_user_model.objects.create(username="somebody", is_staff=True))
    answer = client.post("/admin/", b"x" * ((1 << 20) + 1), content_type="multipart/form-data; boundary=b")
    assert answer.status_code != 413
