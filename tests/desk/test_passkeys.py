"""Passkeys, in a real browser with a virtual one: added, used, copied, taken elsewhere, removed."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode as text
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from config.asking import CONFIRMED, FACTOR
from messaging.desk import factors, passkeys
from messaging.mirror import clock
from tests.accessibility import faults

RIGHT = "a right long password"
ADD, SECURITY, CODE = "/admin/desk/sign-in/passkey/", "/admin/desk/sign-in/", "/admin/login/code/"

pytestmark = pytest.mark.browser


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_superuser("ada", password=RIGHT)


@pytest.fixture
def at(page, live_server) -> str:
    """Give the browser a passkey device of its own; return the desk's address, at a name as passkeys need it."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    page.devices, page.device = devices, device
    return live_server.url.replace("127.0.0.1", "localhost")


def log_in(page: Any, at: str) -> None:
    page.goto(f"{at}/admin/login/")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill(RIGHT)
    page.get_by_role("button", name="Log in").click()


def add(page: Any, at: str, name: str = "Work laptop") -> None:
    page.goto(at + ADD)
    page.get_by_label("What do you want to call it?").fill(name)
    page.get_by_role("button", name="Add a passkey").click()


def log_out(page: Any) -> None:
    page.context.clear_cookies()


def test_a_passkey_signs_in_after_the_password(page, at, ada, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    log_in(page, at)
    page.get_by_role("link", name="Use a passkey instead").click()
    page.wait_for_url(f"**{ADD}**")
    assert faults(page) == []
    page.get_by_role("button", name="Add a passkey").click()
    assert not Authenticator.objects.exists()
    page.get_by_label("What do you want to call it?").fill("Work laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("From now on this passkey signs you in after your password.").wait_for()
    assert page.locator(".desk-codes li").count() == 10
    page.get_by_role("link", name="I have kept them: continue").click()
    page.wait_for_url("**/admin/")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(at + SECURITY)
    page.get_by_text("Work laptop").wait_for()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    log_out(page)
    log_in(page, at)
    page.wait_for_url(f"**{CODE}**")
    assert faults(page) == []
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url("**/admin/")
    row = Authenticator.objects.get(type=factors.PASSKEY)
    assert row.last_used_at
    assert row.data["count"] > 1
    assert "private" not in json.dumps(row.data).lower()
    assert [said.change_message for said in LogEntry.objects.all()] != []
    assert complaints == []


def test_an_answer_works_once_and_only_for_the_question_it_was_given_to(page, at, ada):
    log_in(page, at)
    add(page, at)
    page.get_by_role("link", name="I have kept them: continue").wait_for()
    log_out(page)
    log_in(page, at)
    page.wait_for_url(f"**{CODE}**")
    with page.expect_request(lambda request: request.method == "POST" and CODE in request.url) as sent:
        page.get_by_role("button", name="Use a passkey").click()
    answer = sent.value.post_data_json["passkey"]
    page.wait_for_url("**/admin/")

    for _way in range(2):
        client = Client(HTTP_HOST=at.removeprefix("http://"))
        client.post("/admin/login/", {"username": "ada", "password": RIGHT, "next": "/admin/"})
        client.get(CODE)
        again = client.post(CODE, {"passkey": answer, "next": "/admin/"})
        assert "The passkey wasn’t accepted" in again.content.decode().replace("&#x27;", "’")
        assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "1", "x", '{"id": "AA", "response": {}}', "[" * 9000]
)
def test_what_is_no_answer_is_refused_in_words(client, ada, answer):
    ada_passkey(ada)
    client.post("/admin/login/", {"username": "ada", "password": RIGHT, "next": "/admin/"})
    client.get(CODE)

    refused = client.post(CODE, {"passkey": answer, "next": "/admin/"})

    assert refused.status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_copy_of_a_passkey_is_refused(page, at, ada):
    log_in(page, at)
    add(page, at)
    page.get_by_role("link", name="I have kept them: continue").wait_for()
    row = Authenticator.objects.get(type=factors.PASSKEY)
    row.data["count"] += 100
    row.save()
    log_out(page)
    log_in(page, at)
    page.wait_for_url(f"**{CODE}**")

    page.get_by_role("button", name="Use a passkey").click()

    page.get_by_text("The passkey wasn't accepted.").wait_for()


def test_a_passkey_of_somebody_else_is_refused_and_a_recovery_code_still_works(page, at, ada):
    log_in(page, at)
    add(page, at)
    page.get_by_role("link", name="I have kept them: continue").wait_for()
    other = User.objects.create_superuser("ben", password=RIGHT)
    Authenticator.objects.filter(type=factors.PASSKEY).update(user=other)
    Authenticator.objects.create(user=ada, type=factors.PASSKEY, data=made_elsewhere())
    log_out(page)
    log_in(page, at)
    page.wait_for_url(f"**{CODE}**")

    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("No passkey was shown.").wait_for()
    page.get_by_label("Code").fill(factors.recovery_codes(ada)[0])
    page.get_by_role("button", name="Log in").click()

    page.get_by_text("You used a recovery code.").wait_for()


def test_the_last_factor_stays_where_one_is_needed_and_the_recovery_codes_go_with_it(client, ada, settings):
    row = ada_passkey(ada)
    client.force_login(ada)
    confirm(client)
    settings.REQUIRE_SECOND_FACTOR = True
    url = f"{ADD}{row.pk}/remove/"

    kept = client.post(url, follow=True)
    assert "Your login needs a second factor." in kept.content.decode()
    assert passkeys.of(ada)

    settings.REQUIRE_SECOND_FACTOR = False
    assert "no longer signs you in" in client.get(url).content.decode()
    client.post(url)
    assert not Authenticator.objects.filter(user=ada).exists()


def test_nobody_removes_a_colleagues_passkey_by_its_number(client, ada):
    row = ada_passkey(ada)
    client.force_login(User.objects.create_superuser("ben", password=RIGHT))
    confirm(client)

    assert client.post(f"{ADD}{row.pk}/remove/").status_code == 404
    assert passkeys.of(ada)


def test_an_app_beside_a_passkey_is_removed_alone(client, ada):
    factors.turn_on(ada, factors.new_secret(), 0)
    ada_passkey(ada)
    client.force_login(ada)
    confirm(client)

    client.post("/admin/desk/sign-in/app/remove/")

    assert factors.of(ada) is None
    assert passkeys.of(ada)
    assert factors.recovery_codes(ada)


def confirm(client: Client) -> None:
    session = client.session
    session[CONFIRMED], session[FACTOR] = clock.now().timestamp(), "webauthn"
    session.save()


def ada_passkey(user: User) -> Authenticator:
    row = Authenticator.objects.create(user=user, type=factors.PASSKEY, data=made_elsewhere())
    factors.give_recovery_codes(user)
    return row


def made_elsewhere() -> dict:
    """Return what is kept of a passkey that some other device made."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    credential = AttestedCredentialData.create(b"\0" * 16, b"of another device", key)
    data = AuthenticatorData.create(b"\0" * 32, AuthenticatorData.FLAG.AT, 0, credential)
    said = CollectedClientData.create("webauthn.create", b"challenge", "https://desk.example.com")
    response = {
        "clientDataJSON": text(said),
        "attestationObject": text(AttestationObject.create("none", data, {})),
    }
    name = text(credential.credential_id)
    made = {"id": name, "rawId": name, "type": "public-key", "response": response}
    return {"name": "Other device", "credential": made, "count": 0}


def test_an_address_without_a_name_is_no_place_for_passkeys_and_the_page_says_so(page, ada, at):
    nameless = at.replace("localhost", "127.0.0.1")
    log_in(page, nameless)
    add(page, nameless)

    page.get_by_text("This browser can't make passkeys at this address.").wait_for()
    assert not Authenticator.objects.exists()
