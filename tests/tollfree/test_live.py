"""The panel of the form follows what is typed: a post of the fields is answered with the panel, and saves nothing."""

import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.tollfree.pages import ADD, at_telnyx, change, fields, text
from tollfree.models import VerificationRequest

pytestmark = pytest.mark.django_db

NEW = reverse("admin:tollfree_verificationrequest_readiness_new")
ROLES = ["compliance", "operator", "approver", "support", "auditor"]
WITHOUT_STOP = "Larkspur Dental: see you on Tuesday at 10:00."
WITH_STOP = f"{WITHOUT_STOP} Reply STOP to opt out."


def live(request: VerificationRequest) -> str:
    return reverse("admin:tollfree_verificationrequest_readiness", args=[request.pk])


def states(answer) -> list[str]:
    assert answer.status_code == 200
    return [part.split('"')[0] for part in answer.content.decode().split('data-ready="')[1:]]


def row(request: VerificationRequest) -> Any:
    return VerificationRequest.objects.filter(pk=request.pk).values().get()


@pytest.mark.promise("F03")
def test_what_is_typed_is_judged_and_not_saved(login, make):
    request = make(production_message_content=WITHOUT_STOP)
    before = row(request)
    client = login("compliance")
    typed = fields(client, change(request))

    before_typing = client.post(live(request), typed)
    after_typing = client.post(live(request), {**typed, "production_message_content": WITH_STOP})

    assert "STOP" in text(before_typing)
    assert states(before_typing)[3] in ("wrong", "warning")
    assert states(after_typing) == ["done"] * 6
    assert row(request) == before


@pytest.mark.promise("F03")
def test_the_panel_says_what_the_saved_form_would_say(login, make):
    client = login("compliance")
    request = make()
    typed = {**fields(client, change(request)), "business_state": "", "phone_numbers": "(800) 555-01"}

    as_typed = client.post(live(request), typed)
    client.post(change(request), typed)

    saved = client.get(change(request)).content.decode()
    assert states(as_typed) == [part.split('"')[0] for part in saved.split('data-ready="')[1:]]


@pytest.mark.promise("F03", "F11")
def test_what_saving_tidies_is_judged_as_it_will_be_saved(login, make):
    client = login("compliance")
    request = make()
    untidy = {
        "business_state": "IL",
        "corporate_website": " larkspur-dental.example/home ",
        "privacy_policy_url": "larkspur-dental.example:8443?page=privacy",
        "opt_in_workflow_image_urls": "larkspur-dental.example/a.png\nhttps://larkspur-dental.example/a.png",
        "opt_in_keywords": "start; yes",
    }
    typed = fields(client, change(request)) | untidy

    as_typed = client.post(live(request), typed)
    client.post(change(request), typed)

    assert states(as_typed) == ["done"] * 6
    request.refresh_from_db()
    assert request.business_state == "Illinois"
    assert request.corporate_website == "https://larkspur-dental.example/home"
    assert request.privacy_policy_url == "https://larkspur-dental.example:8443?page=privacy"
    assert request.opt_in_workflow_image_urls == ["https://larkspur-dental.example/a.png"]


@pytest.mark.promise("F03")
def test_the_count_of_what_stops_it_matches_what_the_panel_lists(login, make):
    client = login("compliance")
    # One sentence about two of the registration's fields, one about the state, and a warning.
    request = make(
        business_state="Elsewhere",
        business_registration_number="",
        business_registration_type="",
        business_registration_country="US",
        production_message_content=WITHOUT_STOP,
    )
    typed = fields(client, change(request))

    answer = client.post(change(request), typed | {"_submit": "1"}, follow=True)

    panel = answer.content.decode().split('id="readiness"')[1].split("</section>")[0]
    assert (panel.count('data-level="error"'), panel.count('data-level="warning"')) == (2, 1)
    assert "Nothing was sent: 2 things to fix first. There is also 1 warning." in text(answer)


def test_a_new_form_is_judged_before_its_first_save(login):
    client = login("compliance")
    typed = fields(client, ADD)

    assert states(client.post(NEW, typed)) == ["missing"] * 6
    assert states(client.post(NEW, {**typed, "phone_numbers": "(800) 555-0123"}))[0] == "done"
    assert not VerificationRequest.objects.exists()


def test_the_draft_that_a_form_has_made_is_not_another_request(login, make):
    request = make()
    client = login("compliance")
    typed = {**fields(client, change(request)), "draft_id": str(request.pk)}

    assert states(client.post(NEW, typed)) == ["done"] * 6


@pytest.mark.parametrize(
    "junk",
    [
        {},
        {"phone_numbers": "x\n" * 5000},
        {"use_case": "none of these", "version": "a", "draft_id": "b", "desk_opened": "{"},
        {
            "business_name": "a\0b",
            "opt_in_workflow_image_urls": "http://[",
            "corporate_website": "https://[::1",
        },
        {"use_case_summary": "x" * 100_000, "business_registration_country": "Nowhere"},
        # Each of these once cost a pattern a step for every pair of characters: minutes.
        {"production_message_content": "[" * 100_000, "opt_in_workflow": "a." * 50_000},
    ],
)
def test_anything_can_be_typed(login, make, junk):
    client = login("compliance")

    for url in (NEW, live(make())):
        assert len(states(client.post(url, junk))) == 6


@pytest.mark.parametrize("role", [*ROLES, "admin"])
@pytest.mark.promise("X86")
def test_those_who_may_use_the_form_may_ask(login, make, role):
    request = make()
    client = login(role)

    for page, url in ((ADD, NEW), (change(request), live(request))):
        may = "data-live=" in client.get(page).content.decode()
        assert client.post(url, {}).status_code == (200 if may else 403)
        assert may == (role in ("compliance", "operator", "admin"))


@pytest.mark.promise("X84")
def test_it_takes_a_post_with_a_token_and_a_sign_in(login, make, client):
    request = make()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = login("compliance").cookies

    for url in (NEW, live(request)):
        assert strict.get(url).status_code == 405
        assert strict.post(url, {}).status_code == 403
        assert Client().post(url, {}).status_code == 302


def test_a_request_that_cannot_be_edited_has_no_live_panel(login, make):
    request = at_telnyx(make, "In Progress")
    client = login("compliance")

    assert client.post(live(request), {}).status_code == 204
    assert "data-live" not in client.get(change(request)).content.decode()
    assert client.post(live(VerificationRequest()), {}).status_code == 404


@pytest.mark.promise("X96")
def test_nothing_typed_is_logged(login, make, caplog):
    caplog.set_level(logging.DEBUG)

    login("compliance").post(live(make()), {"business_contact_email": "robin.typed@larkspur.example"})

    assert "robin.typed" not in caplog.text


def test_it_costs_few_queries_whatever_is_typed(login, make):
    for n in range(5):
        make(phone_numbers=[f"+1800555{n:04}"])
    request = make()
    client = login("compliance")
    typed = fields(client, change(request))
    numbers = "\n".join(f"(800) 555-{n:04}" for n in range(6))

    for url in (NEW, live(request)):
        with CaptureQueriesContext(connection) as queries:
            client.post(url, {**typed, "phone_numbers": numbers})
        # Who asks: the session, the user, and the permissions of the user and of the groups.
        assert len(queries) - 4 <= 4, [query["sql"][:150] for query in queries]


def test_the_panel_of_a_request_at_telnyx_never_calls_it_a_draft(login, make):
    client = login("compliance")
    request = at_telnyx(make, "Rejected")
    links = reverse("admin:tollfree_verificationrequest_links", args=[request.pk])

    panels = [client.post(live(request), fields(client, change(request))), client.get(links)]

    for panel in panels:
        assert "nothing is sent until you submit" in text(panel)
        assert "You can save a draft" not in text(panel)
