"""The server's half of "nothing typed is lost": back to the page with the form, and what counts as saved."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from hosted.models import HostedOrder

pytestmark = pytest.mark.django_db

ADD = "/admin/hosted/hostedorder/add/"
ID = "0123456789abcdef"


def draft(user) -> HostedOrder:
    return HostedOrder.objects.create(created_by=user)


def url(order: HostedOrder, action: str) -> str:
    return f"/admin/hosted/hostedorder/{order.pk}/{action}/"


def next_of(answer) -> str:
    assert answer.status_code == 302
    parts = urlsplit(answer["Location"])
    assert parts.path == "/admin/login/"
    return parse_qs(parts.query)["next"][0]


def saved(answer) -> set[str]:
    return {
        name
        for name, cookie in answer.cookies.items()
        if name.startswith("desk_saved_") and cookie.value == "1"
    }


@pytest.mark.parametrize(
    ("posted", "referer", "back"),
    [
        ({"desk_page": f"{ADD}?from=x"}, "", f"{ADD}?from=x"),
        ({}, f"http://testserver{ADD}", ADD),
        ({"desk_page": "https://evil.example.com/admin/"}, "", "/admin/"),
        ({"desk_page": "//evil.example.com/admin/"}, "https://evil.example.com/admin/x/", "/admin/"),
        ({"desk_page": "/admin/login/?next=/admin/"}, "", "/admin/"),
        ({"desk_page": "javascript:alert(1)"}, "", "/admin/"),
        ({"desk_page": "/webhooks/telnyx/"}, "", "/admin/"),
        ({}, "", "/admin/"),
    ],
)
def test_a_form_without_a_login_leads_back_to_the_page_that_holds_it(posted, referer, back):
    headers = {"referer": referer} if referer else {}

    answer = Client(headers=headers).post("/admin/messaging/message/save/", posted)

    assert next_of(answer) == back


def test_a_page_without_a_login_is_asked_for_again():
    assert next_of(Client().get(f"{ADD}?x=1")) == f"{ADD}?x=1"


def test_what_was_saved_is_named_and_nothing_else(login):
    operator = login("operator")
    order = draft(None)
    page = {"desk_typed": f"{ID} junk {'f' * 16}", "desk_page": url(order, "change")}

    done = operator.post(url(order, "save-draft"), {"note": "Kept", **page})
    refused = operator.post(url(order, "check"), {"form_token": "t", **page})
    shown = operator.post(ADD, {"text": "", "draft_id": str(order.pk), "_read": "1", **page})

    assert saved(done) == {f"desk_saved_{ID}", f"desk_saved_{'f' * 16}"}
    assert not done.cookies[f"desk_saved_{ID}"]["httponly"]
    assert (refused.status_code, saved(refused)) == (302, set())
    assert refused.cookies[f"desk_saved_{ID}"].value == "0"
    assert (shown.status_code, saved(shown)) == (200, set())
    assert saved(Client().post(url(order, "save-draft"), page)) == set()


def test_a_page_shown_in_answer_to_a_form_says_what_it_carries(login):
    answer = login("operator").post(ADD, {"text": "x", "_read": "1", "desk_typed": ID, "desk_page": ADD})

    assert f'data-posted data-carried="{ID}" data-page="{ADD}"' in answer.content.decode()


def test_a_refused_token_leads_back_to_the_page(login):
    answer = login("operator", enforce_csrf_checks=True).post(ADD, {"desk_page": ADD, "text": "+13125550100"})

    html = answer.content.decode()
    assert answer.status_code == 403
    assert "Nothing was sent or changed." in html
    assert f'href="{ADD}"' in html
    assert "555" not in html


def test_a_file_sent_without_a_login_is_not_called_too_large():
    client = Client(headers={"referer": f"http://testserver{ADD}"})

    answer = client.post(ADD, b"x", content_type="text/plain", CONTENT_LENGTH=str(2 << 20))

    html = answer.content.decode()
    assert answer.status_code == 413
    assert "You have been signed out" in html
    assert f'href="{ADD}"' in html
    assert "too much" not in html


def test_the_banner_says_who_is_signed_in_and_does_not_make_it_last_longer(login):
    operator = login("operator")
    before = Session.objects.values_list("session_data", "expire_date").get()

    answer = operator.get("/admin/desk/banner/")

    assert answer["X-Desk-User"] == operator.session["_auth_user_id"]
    assert answer["X-Desk-Token"]
    assert Session.objects.values_list("session_data", "expire_date").get() == before
    assert Client().get("/admin/desk/banner/")["X-Desk-User"] == ""


def test_a_post_with_the_token_of_the_banner_is_accepted(login):
    operator = login("operator", enforce_csrf_checks=True)
    token = operator.get("/admin/desk/banner/")["X-Desk-Token"]

    answer = operator.post("/admin/desk/zone/", {"csrfmiddlewaretoken": token, "utc": "1"})

    assert answer.status_code == 302


@pytest.mark.parametrize("name", ["operator", None])
def test_an_address_that_takes_only_forms_is_no_blank_page(login, name):
    client = login(name) if name else Client()

    answer = client.get("/admin/messaging/message/save/", follow=True)

    assert answer.status_code == (405 if name else 200)
    assert ("It is only where a button sends its form." in answer.content.decode()) == bool(name)
