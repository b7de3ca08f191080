"""Every address of the admin site, as every role, with GET and POST: it opens exactly for those in doors.py.

Whoever is refused changes nothing. A view, an action or a field nobody listed fails here.
"""

from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import Group, User
from django.core.checks import run_checks
from django.db import connection, transaction
from django.db.models import CharField, TextField
from django.http import HttpResponse
from django.template import Template
from django.test import Client, RequestFactory
from django.urls import path, reverse

from config import roles
from config.admin import DeskSite
from config.asking import CONFIRMED
from hosted.models import Document, HostedOrder
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry
from tests.desk import full_desk
from tests.desk.conftest import make_request
from tests.desk.doors import ACTIONS, DOORS, NOBODY
from tollfree.models import VerificationRequest

PEOPLE = {role.letter: role.group for role in roles.ROLES} | {"A": "admin", "N": "nobody", "X": ""}
REFUSALS = {403, 404, 405}
# Django's own addresses without a name: the old address of a record, and whatever else is typed.
WITHOUT_NAME = ("<path:object_id>/", "(?P<url>.*)$")
LOGIN_PAGE = "/admin/login/"
# Somewhere in a search or a filter; whatever the database is asked with it could be guessed.
GUESS = "zqxjkvb"


@pytest.fixture(scope="module")
def walk(django_db_setup, django_db_blocker) -> Iterator[dict[str, str]]:
    """Fill a desk once for all roles; return an address of every page, by its name."""
    whole = transaction.atomic()
    # So a view may demand, as usual, that what it writes is committed at once.
    whole._from_testcase = True  # type: ignore[attr-defined]
    with django_db_blocker.unblock(), whole:
        full_desk.fill(User.objects.create(username="author", is_staff=True))
        draft = make_request()
        for letter, name in PEOPLE.items():
            if name:
                user = User.objects.create(username=name, is_staff=True, is_superuser=letter == "A")
                user.groups.set(Group.objects.filter(name=name))
        yield addresses(draft)
        transaction.set_rollback(True)


def addresses(draft: VerificationRequest) -> dict[str, str]:
    entries = OutboxEntry.objects.filter(resource_type__model="verificationrequest", state="queued")
    entry = entries.values_list("pk", flat=True)[0]
    found = {
        "desk_found": reverse("admin:desk_found", args=[uuid4()]),
        "logout": reverse("admin:logout"),
        "view_on_site": reverse("admin:view_on_site", args=[1, 1]),
        "app_list": "/admin/messaging/",
        "tollfree_verificationrequest_delete": reverse(
            "admin:tollfree_verificationrequest_delete", args=[draft.pk]
        ),
    }
    for name, route in full_desk.pages():
        if name.startswith("mirror_outboxentry_") and "<" in route:
            found[name] = reverse(f"admin:{name}", args=[entry])
        elif name not in found:
            found[name] = next(full_desk.addresses_of(name, route))
    return found


@pytest.fixture
def visit(walk, monkeypatch) -> Callable[..., tuple[Any, list[str]]]:
    """Return what visits an address as somebody: the answer, and what was written. Nothing of it stays.

    Pages are drawn only for administrators; test_hidden_data.py draws them for everyone.
    """
    draw = Template._render  # type: ignore[attr-defined]
    clients: dict[str, Client] = {}
    cookies: dict[str, str] = {}

    def client_of(letter: str) -> Client:
        if letter not in clients:
            clients[letter] = client = Client(raise_request_exception=False)
            if name := PEOPLE[letter]:
                client.force_login(User.objects.get(username=name))
                session = client.session
                session[CONFIRMED] = clock.now().timestamp()
                session.save()
                cookies[letter] = session.session_key or ""
        return clients[letter]

    def visited(letter: str, method: str, url: str, data: Any = None) -> tuple[Any, list[str]]:
        client, written = client_of(letter), []
        client.cookies = SimpleCookie()
        if key := cookies.get(letter):
            client.cookies[settings.SESSION_COOKIE_NAME] = key
        monkeypatch.setattr(Template, "_render", draw if letter == "A" else lambda self, context: "")

        def noted(execute: Any, sql: str, *args: Any) -> Any:
            if sql.split(" ", 1)[0] in ("INSERT", "UPDATE", "DELETE") and "django_session" not in sql:
                written.append(sql)
            return execute(sql, *args)

        before = transaction.savepoint()
        with connection.execute_wrapper(noted):
            answer = getattr(client, method)(url, data)
        transaction.savepoint_rollback(before)
        return answer, written

    return visited


def is_refused(answer: Any) -> bool:
    return answer.status_code in REFUSALS or answer.headers.get("Location", "").startswith(LOGIN_PAGE)


@pytest.mark.parametrize("letter", PEOPLE, ids=lambda letter: PEOPLE[letter] or "stranger")
@pytest.mark.promise("X86")
def test_every_address_opens_for_those_who_may_and_is_refused_to_all_others(walk, visit, letter):
    wrong = []
    for name, url in walk.items():
        for method, who in zip(("get", "post"), DOORS.get(name, (NOBODY, NOBODY)), strict=True):
            answer, written = visit(letter, method, url)
            status = answer.status_code
            if letter in who:
                # A record may be in a state in which there is nothing to do.
                is_right = status < 500 and (status == 404 or not is_refused(answer))
            else:
                is_right = is_refused(answer) and not written
            if not is_right:
                wrong.append((method, name, status, answer.headers.get("Location", ""), written))

    assert wrong == []


def unlisted() -> set[str]:
    """Return the names of the views, or the routes of those without one, that doors.py doesn't know."""
    found = full_desk.patterns(SimpleNamespace(url_patterns=admin.site.get_urls()))  # type: ignore[arg-type]
    named = {pattern.name or route for route, pattern in found}
    return {name for name in named - set(DOORS) if not name.endswith(WITHOUT_NAME)}


def test_every_view_is_listed():
    assert unlisted() == set()
    assert set(DOORS) == {name for name, _route in full_desk.pages()}


def test_a_view_nobody_listed_is_named(monkeypatch):
    known = DeskSite.extra_urls
    new = [
        path("desk/open-door/", HttpResponse, name="desk_open_door"),
        path("desk/side-door/", HttpResponse),
    ]
    monkeypatch.setattr(DeskSite, "extra_urls", lambda site: [*known(site), *new])

    assert unlisted() == {"desk_open_door", "desk/side-door/"}


@pytest.mark.parametrize("letter", [*PEOPLE], ids=lambda letter: PEOPLE[letter] or "stranger")
@pytest.mark.promise("X85")
def test_a_document_of_another_order_opens_for_nobody(walk, visit, letter):
    other = HostedOrder.objects.create()
    document = Document.objects.get()

    for page in ("hosted_document_preview", "hosted_document_download"):
        answer, _written = visit(letter, "get", reverse(f"admin:{page}", args=[other.pk, document.pk]))
        assert is_refused(answer), page


@pytest.mark.parametrize("letter", PEOPLE, ids=lambda letter: PEOPLE[letter] or "stranger")
@pytest.mark.promise("X86")
def test_an_action_of_a_list_is_done_only_by_those_who_may(walk, visit, letter):
    request = RequestFactory().get("/")
    for model, model_admin in admin.site._registry.items():
        request.user = User.objects.get(username=PEOPLE[letter] or "nobody")
        offered = set(model_admin.get_actions(request))
        listed = {
            name for (label, name), who in ACTIONS.items() if label == model._meta.label and letter in who
        }
        assert offered == listed, model._meta.label
        row = model._default_manager.values_list("pk", flat=True).first()
        url = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
        for name in {name for _label, name in ACTIONS} - offered:
            answer, written = visit(
                letter, "post", url, {"action": name, "_selected_action": [row], "post": "yes", "index": 0}
            )
            assert (answer.status_code < 500, written) == (True, []), (model._meta.label, name)


def guessable(model: Any) -> Iterator[str]:
    """Yield the fields of a model, and the texts in those it leads to."""
    for field in model._meta.get_fields():
        yield field.name
        for inner in field.related_model._meta.concrete_fields if field.related_model else ():
            if isinstance(inner, CharField | TextField):
                yield f"{field.name}__{inner.name}"


@pytest.mark.parametrize("letter", "SU", ids=lambda letter: PEOPLE[letter])
@pytest.mark.promise("X87")
def test_no_field_of_any_list_can_be_guessed_through_its_address(walk, visit, letter):
    tried = 0
    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
        for name in guessable(model):
            asked: list[bool] = []

            def noted(execute: Any, sql: str, params: Any, *args: Any, asked: Any = asked) -> Any:
                asked.append(GUESS in f"{sql} {params}")
                return execute(sql, params, *args)

            with connection.execute_wrapper(noted):
                visit(letter, "get", url, {f"{name}__startswith": GUESS})
            tried += 1
            assert not any(asked), f"{url}?{name}__startswith="
    assert tried > 300


@pytest.mark.promise("X86")
def test_names_are_completed_only_for_people_who_may_see_them(walk, visit):
    for model in admin.site._registry:
        for field in model._meta.get_fields():
            target = admin.site._registry.get(field.related_model)
            if target is None or not field.concrete:
                continue
            asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
            asked |= {"field_name": field.name, "term": "a"}
            for letter, name in PEOPLE.items():
                answer, _written = visit(letter, "get", reverse("admin:autocomplete"), asked)
                request = RequestFactory().get("/")
                request.user = User.objects.get(username=name or "nobody")
                may = bool(name) and target.has_view_permission(request)
                assert may or is_refused(answer), (model, field.name, letter)


@pytest.mark.promise("X88")
def test_an_action_that_names_no_permission_is_an_error(monkeypatch):
    def everything(model_admin: ModelAdmin, request: Any, rows: Any) -> None:
        """Do it for anybody."""

    model_admin = admin.site._registry[OutboxEntry]
    assert not [found for found in run_checks() if found.id == "messaging.E027"]

    monkeypatch.setattr(type(model_admin), "actions", (everything,))

    found = [found for found in run_checks() if found.id == "messaging.E027"]
    assert [error.obj for error in found] == [model_admin]
    assert "everything" in found[0].msg
