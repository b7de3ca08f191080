"""Text that PostgreSQL cannot store never reaches a view, on any page. The pages are found by walking the URLs."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from config.middleware import StorableText
from hosted.models import HostedOrder
from messaging.mirror.models import Heartbeat
from tests.desk.conftest import make_entry, make_event, make_request

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"""(?:POST|data|GET)(?:\.get|\.getlist)?[(\[]["']([a-z_]+)["']""")
MACHINES = ("healthz", "readyz", "webhooks")


def routes(patterns, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the route and the name of every page."""
    for found in patterns:
        route = before + str(found.pattern).replace("^", "").replace("$", "")
        if isinstance(found, URLResolver):
            yield from routes(found.url_patterns, route)
        elif isinstance(found, URLPattern):
            yield route, found.name or ""


def pages() -> dict[str, str]:
    return {
        route: name
        for route, name in routes(get_resolver().url_patterns)
        if route.startswith("admin") and "(?P" not in route and name != "view_on_site"
    }


def address(route: str, name: str) -> str:
    """Fill a route with the key of an existing record, or with something that leads nowhere."""
    model = next(
        (
            model
            for model in apps.get_models()
            if name.startswith(f"{model._meta.label_lower.replace('.', '_')}_")
        ),
        None,
    )
    first = model._default_manager.first() if model else None
    key = str(first.pk) if first else "1"
    filled = re.sub(r"<(?:path|str|slug):[a-z_]+>|<[a-z_]+>", key, route)
    filled = re.sub(r"<uuid:[a-z_]+>", key if "-" in key else "0" * 8 + "-0000-4000-8000-" + "0" * 12, filled)
    return "/" + re.sub(r"<int:[a-z_]+>", key if key.isdigit() else "1", filled)


def names_that_are_read() -> set[str]:
    """Return the names of everything the code reads from a form or an address."""
    found = {
        name
        for app in ("config", "messaging", "hosted", "rcs", "tollfree")
        for file in (ROOT / app).rglob("*.py")
        for name in READ.findall(file.read_text())
    }
    kinds: list[type] = [forms.BaseForm]
    for kind in kinds:
        kinds += kind.__subclasses__()
        found |= set(getattr(kind, "base_fields", {}))
    return found


@pytest.fixture
def somebody(login) -> Client:
    """An admin at a desk that has a record of each main kind."""
    client = login("admin")
    entry = make_entry(of=make_request())
    entry.attempts.create(outcome="unclear", worker="test")
    make_event()
    HostedOrder.objects.create()
    Heartbeat.objects.create(name="worker", seen_at="2026-01-01T00:00:00Z")
    return client


def test_the_walk_finds_the_pages():
    assert len(pages()) > 100
    assert {"reason", "password", "username"} <= names_that_are_read()


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.promise("X100")
def test_a_parameter_with_nul_is_ignored_on_every_page(somebody):
    for route, name in pages().items():
        url = address(route, name)
        plain = somebody.get(url).status_code
        for query in ("?status=%00", "?%00=1", "?q=a%00b"):
            assert somebody.get(f"{url}{query}").status_code == plain, url + query


@pytest.mark.django_db
@pytest.mark.promise("X100")
def test_nul_in_a_filter_of_a_list_is_ignored(somebody):
    request = RequestFactory().get("/")
    request.user = User.objects.get(username="admin")
    tried = 0
    for model, pages_of in admin.site._registry.items():
        url = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        plain = somebody.get(url).status_code
        for chosen in (*pages_of.get_list_filter(request), "q", "e", "p", "before", "after"):
            name = getattr(chosen, "parameter_name", None) or (
                chosen if isinstance(chosen, str) else chosen[0]
            )
            assert somebody.get(url, {name: "\0"}).status_code == plain, (url, name)
            tried += 1
    assert tried > 100


def test_only_the_parameter_with_nul_goes():
    request = RequestFactory().get("/", {"a": ["\0", "1"], "b": "2\0", "c\0": "3", "d": ""})
    StorableText(lambda request: None)(request)

    assert dict(request.GET.lists()) == {"a": ["1"], "d": [""]}
    assert request.get_full_path() == "/?a=1&d="


@pytest.mark.django_db
@pytest.mark.promise("X100")
def test_no_page_has_nul_in_its_address(client, somebody):
    for path in ("/admin/\0/", "/admin/mirror/outboxentry/\0/change/", "/\0", "/nowhere\0"):
        assert somebody.get(path).status_code == 404
        assert client.get(path).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
@pytest.mark.parametrize("logged_in", [True, False])
@pytest.mark.promise("X100")
def test_nul_in_any_form_is_left_out_and_breaks_nothing(somebody, kind, logged_in):
    fields = dict.fromkeys(sorted(names_that_are_read() - {"action"}), "\x00a\x00") | {
        "\0": "x",
        "text\0": "y",
    }
    visitor = somebody if logged_in else Client()
    for route, name in pages().items():
        if "logout" in route or "password_change" in route:
            continue
        url = address(route, name)
        if kind == "multipart":
            answer = visitor.post(url, fields)
        else:
            form = QueryDict(mutable=True)
            form.update(fields)
            answer = visitor.post(url, form.urlencode(), content_type="application/x-www-form-urlencoded")
        assert answer.status_code < 500, url


@pytest.mark.django_db
def test_what_was_typed_around_a_nul_stays(somebody):
    entry = make_entry("needs_person")

    somebody.post(
        f"/admin/mirror/outboxentry/{entry.pk}/cancel/", {"note": "not\0 wanted", "reason": "not\0 wanted"}
    )
    answer = Client().post("/admin/login/", {"username": "ad\0min", "password": "wrong"})

    assert answer.status_code == 200
    assert b'value="admin"' in answer.content


def received(**request) -> QueryDict:
    """Return the form that a view sees for a request with this body and content type."""
    made = RequestFactory().generic("POST", "/", **request)
    StorableText(lambda request: None).process_view(made, None, (), {})
    return made.POST


@pytest.mark.parametrize("charset", ["utf-8", "unicode_escape", "utf-16", "utf-7"])
@pytest.mark.promise("X100")
def test_half_a_surrogate_pair_is_left_out_whatever_the_form_calls_its_charset(charset):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\na\\ud800\xed\xa0\x80+2AA-b\r\n--x--\r\n'
    )
    fields = received(data=body, content_type=f"multipart/form-data; boundary=x; charset={charset}")

    fields.urlencode()


def test_what_can_be_stored_arrives_as_it_came():
    fields = received(
        data=b"a=1&a=%F0%9F%98%80&b=%0D%0A+x&empty=", content_type="application/x-www-form-urlencoded"
    )

    assert dict(fields.lists()) == {"a": ["1", "\U0001f600"], "b": ["\r\n x"], "empty": [""]}


@pytest.mark.django_db
def test_contents_of_a_file_are_not_touched():
    seen = {}

    def view(request):
        seen["file"] = request.FILES["file"].read()
        seen["text"] = request.POST["text"]

    made = RequestFactory().post("/", {"file": SimpleUploadedFile("a.bin", b"\0\xff\0"), "text": "a\0"})
    middleware = StorableText(view)
    middleware.process_view(made, view, (), {})
    middleware(made)

    assert seen == {"file": b"\0\xff\0", "text": "a"}


@pytest.mark.django_db
@pytest.mark.promise("X100")
def test_a_cookie_with_nul_is_ignored(client):
    for name in ("sessionid", "csrftoken", "desk_zone", "desk_utc", "messages", "django_language"):
        # A quoted cookie can name bytes by number. This is NUL, in characters that every server lets through.
        client.cookies.load(f'{name}="\\000aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"')

    assert client.get("/admin/login/").status_code == 200
    assert client.get("/admin/").status_code == 302
