"""The company's own sign-in, against a small OpenID provider over a real socket."""

import re
import time
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as now_set
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import NoReverseMatch, reverse

from config import company, company_pages
from messaging import checks
from messaging.desk import factors
from tests.accessibility import PHONE, faults
from tests.desk.company import CLIENT, SECRET, Company, new_key

LOGIN, START, BACK = "/admin/login/", "/admin/login/company/", "/admin/login/company/back/"
CONFIRM = "/admin/desk/sign-in/confirm/"
RIGHT = "a right long password"
UNTRUSTED = "could not be trusted, so nobody was signed in"


@pytest.fixture(scope="module")
def running():
    provider = Company()
    yield provider
    provider.stop()


@pytest.fixture
def provider(running, settings, db) -> Company:
    running.reset()
    settings.OIDC_ISSUER = running.issuer
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    settings.OIDC_NAME = "Northwind"
    settings.OIDC_GROUPS = ["desk-operators=operator", "desk-auditors=auditor", "cn=x=support"]
    settings.LOCAL_ACCOUNTS = ["breakglass"]
    return running


def way(client: Client, next: str = "/admin/", **more: str) -> str:
    """Press the button, and return where the page leads."""
    answer = client.post(START, {"next": next, **more})
    assert answer.status_code == 200
    page = answer.content.decode()
    address = unescape(re.search(r'content="0; url=([^"]+)"', page)[1])
    assert address in unescape(page.partition("<body")[2])
    return address


def way_back(address: str) -> str:
    """Sign in at the provider, and return the address a browser comes back to, without our host."""
    answer = httpx.get(address, trust_env=False)
    assert answer.status_code == 302
    parts = urlsplit(answer.headers["Location"])
    assert parts.path == BACK
    return f"{parts.path}?{parts.query}"


def sign_in(client: Client | None = None, next: str = "/admin/", **more: str) -> tuple[Client, Any]:
    client = client or Client()
    return client, client.get(way_back(way(client, next, **more)))


def said(client: Client, answer: Any) -> str:
    """Return what the page says to which an answer leads."""
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert page.status_code == 200
    return unescape(page.content.decode())


def refused(client: Client, answer: Any, *words: str) -> None:
    """Assert that nobody is signed in, and that the log-in page says so in these words."""
    assert answer["Location"].startswith(LOGIN)
    page = said(client, answer)
    for one in words:
        assert one in page
    assert 'id="login-form"' in page
    assert "_auth_user_id" not in client.session


# Off.


def test_without_settings_nothing_of_it_is_there(db):
    assert {Client().post(START).status_code, Client().get(START).status_code} == {404}
    assert Client().get(BACK).status_code == 404
    page = Client().get(LOGIN).content.decode()
    assert START not in page
    assert "Sign in with" not in page


@pytest.mark.parametrize(
    "name", ["account_login", "account_signup", "socialaccount_signup", "socialaccount_connections"]
)
def test_the_librarys_own_pages_are_not_reachable(provider, name):
    with pytest.raises(NoReverseMatch):
        reverse(name)
    for path in ("/accounts/login/", "/oidc/company/login/", "/accounts/social/signup/"):
        assert Client().get(path).status_code == 404


# The way there.


def test_the_button_leads_to_the_provider_with_state_nonce_and_pkce(provider):
    client = Client()
    page = client.get(f"{LOGIN}?next=/admin/mirror/attempt/").content.decode()
    assert "Sign in with Northwind" in page
    assert '<input type="hidden" name="next" value="/admin/mirror/attempt/">' in page

    asked = {name: values[0] for name, values in parse_qs(urlsplit(way(client)).query).items()}

    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert {len(asked["state"]), len(asked["nonce"])} == {32}
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert asked["redirect_uri"] == f"http://testserver{BACK}"
    assert "prompt" not in asked


def test_the_button_needs_its_form(provider):
    assert Client(enforce_csrf_checks=True).post(START).status_code == 403
    answer = Client().get(START)
    assert answer.status_code == 405
    assert b"<h1" in answer.content


@pytest.mark.parametrize("foreign", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_it_leads_nowhere_else(provider, foreign):
    _client, answer = sign_in(next=foreign)

    assert answer["Location"] == "/admin/"


def test_starts_are_limited_by_address(provider, monkeypatch):
    monkeypatch.setattr(company_pages, "STARTS", company_pages.STARTS.__class__("company", 2))
    client = Client()
    way(client)
    way(client)

    assert client.post(START).status_code == 429
    assert Client().post(START, REMOTE_ADDR="203.0.113.5").status_code == 200


# Signing in.


def test_a_new_person_gets_a_login_with_the_groups_of_their_claim(provider):
    client, answer = sign_in(next="/admin/mirror/attempt/?p=1")

    assert answer["Location"] == "/admin/mirror/attempt/?p=1"
    user = User.objects.get(username="amy")
    assert (user.email, user.first_name, user.last_name) == ("amy@example.com", "Amy", "Adams")
    assert (user.is_staff, user.is_superuser, user.has_usable_password()) == (True, False, False)
    assert list(user.groups.values_list("name", flat=True)) == ["operator"]
    assert client.get("/admin/").status_code == 200
    row = SocialAccount.objects.get()
    assert (row.provider, row.uid, row.extra_data) == (provider.issuer, "subject-of-amy", {})
    assert LogEntry.objects.filter(object_id=str(user.pk), user=user).exists()
    assert "Operator".lower() in LogEntry.objects.latest("pk").change_message


def test_the_same_person_comes_back_to_the_same_login_under_another_name_and_address(provider):
    sign_in()
    provider.person |= {
        "email": "amy.new@example.com",
        "preferred_username": "amy.new",
        "groups": ["desk-auditors"],
    }
    sign_in()

    user = User.objects.get()
    assert (user.username, user.email) == ("amy", "amy.new@example.com")
    assert list(user.groups.values_list("name", flat=True)) == ["auditor"]


def test_what_only_userinfo_says_counts_for_the_same_person(provider):
    provider.only_in_userinfo = ("email", "email_verified", "groups")
    _client, answer = sign_in()
    assert answer["Location"] == "/admin/"
    assert "/userinfo" in provider.paths

    provider.userinfo = {"sub": "somebody-else"}
    client, answer = sign_in()
    refused(client, answer, UNTRUSTED)


def test_userinfo_does_not_overrule_what_is_signed(provider):
    provider.person["email_verified"] = None
    provider.person["groups"] = ["desk-auditors"]
    provider.userinfo = {"email_verified": True, "groups": ["desk-operators"]}
    sign_in()

    assert list(User.objects.get().groups.values_list("name", flat=True)) == ["auditor"]


def test_logging_out_ends_the_sign_in_at_the_desk(provider):
    client, _answer = sign_in()
    client.post("/admin/logout/")

    assert client.get("/admin/")["Location"].startswith(LOGIN)


# Groups.


@pytest.mark.parametrize(
    "groups",
    [None, [], "", "other", ["other"], ["DESK-OPERATORS"], {"desk-operators": 1}, 1, ["admin", "superuser"]],
)
def test_without_a_mapped_group_nobody_gets_in_and_no_login_is_made(provider, groups):
    provider.person["groups"] = groups
    client, answer = sign_in()

    refused(client, answer, "Northwind knows you, but none of your groups there may use this desk")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("groups", "ours"),
    [
        ("desk-operators", ["operator"]),
        (["desk-auditors", "desk-operators", "other"], ["auditor", "operator"]),
        (["cn=x"], ["support"]),
        ([1, None, "desk-auditors"], ["auditor"]),
    ],
)
def test_groups_are_read_in_the_shapes_providers_send(provider, groups, ours):
    provider.person["groups"] = groups
    sign_in()

    assert sorted(User.objects.get().groups.values_list("name", flat=True)) == ours


def test_whoever_loses_the_groups_loses_everything_here_and_all_sign_ins(provider):
    client, _answer = sign_in()
    user = User.objects.get()
    user.groups.add(Group.objects.get(name="compliance"))
    provider.person["groups"] = ["other"]
    other, answer = sign_in()

    refused(other, answer, "none of your groups")
    user.refresh_from_db()
    assert (user.is_staff, user.groups.count()) == (False, 0)
    assert client.get("/admin/")["Location"].startswith(LOGIN)
    assert "compliance, operator" in LogEntry.objects.latest("pk").change_message

    provider.person["groups"] = ["desk-operators"]
    _client, answer = sign_in()
    assert answer["Location"] == "/admin/"
    user.refresh_from_db()
    assert user.is_staff


def test_no_claim_makes_anybody_a_superuser(provider, settings):
    settings.OIDC_GROUPS = ["desk-operators=operator", "all=superuser", "all=admin"]
    provider.person |= {"groups": ["all", "desk-operators"], "is_superuser": True}
    sign_in()

    assert not User.objects.filter(is_superuser=True).exists()


# Whose login.


def make(name: str, email: str = "amy@example.com", **more: Any) -> User:
    return User.objects.create_user(name, email, RIGHT, **more)


@pytest.mark.parametrize("email", ["amy@example.com", "Amy@Example.COM"])
def test_a_login_with_the_verified_address_is_linked_once_and_its_password_ends(provider, email):
    user = make("amelia", email, is_staff=True)
    sign_in()

    assert SocialAccount.objects.get().user == user
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"is_superuser": True}, "only with its own password"),
        ({"is_active": False}, "is turned off"),
    ],
)
def test_an_address_opens_no_login_of_an_administrator_and_none_that_is_off(provider, more, words):
    user = make("owner", **more)
    client, answer = sign_in()

    refused(client, answer, words)
    user.refresh_from_db()
    assert user.check_password(RIGHT)
    assert not SocialAccount.objects.exists()


def test_the_desks_own_login_is_not_linked(provider):
    make("breakglass", is_staff=True)
    client, answer = sign_in()

    refused(client, answer, "only with its own password")


def test_a_linked_person_who_became_an_administrator_does_not_get_in_by_a_claim(provider):
    sign_in()
    User.objects.update(is_superuser=True)
    provider.person["groups"] = []
    client, answer = sign_in()

    refused(client, answer, "only with its own password")
    assert User.objects.get().is_staff


def test_two_logins_with_one_address_are_nobodys(provider):
    make("one")
    make("two", "AMY@example.com", is_active=False)
    client, answer = sign_in()

    refused(client, answer, "More than one login at this desk has your email address")
    assert not SocialAccount.objects.exists()


def test_an_address_that_another_person_had_does_not_open_their_login(provider):
    sign_in()
    provider.person["sub"] = "somebody-else"
    client, answer = sign_in()

    refused(client, answer, "belongs to a different account at Northwind")
    assert SocialAccount.objects.get().uid == "subject-of-amy"


def test_taking_over_the_address_of_a_colleague_gives_neither_their_login_nor_their_address(provider):
    sign_in()
    boss = make("boss", "boss@example.com", is_staff=True)
    provider.person["email"] = "Boss@example.com"
    client, answer = sign_in()

    assert answer["Location"] == "/admin/"
    assert client.session["_auth_user_id"] == str(User.objects.get(username="amy").pk)
    assert User.objects.get(username="amy").email == "amy@example.com"
    assert not SocialAccount.objects.filter(user=boss).exists()


@pytest.mark.parametrize("stored", ["amy@ex\u017fample.com", "\u212aim@example.com"])
def test_letters_that_only_look_alike_open_nothing(provider, stored):
    """PostgreSQL's capitals of long s and of the Kelvin sign may be those of s and k."""
    make("victim", stored)
    provider.person["email"] = stored.replace("\u017f", "s").replace("\u212a", "k")
    sign_in()

    assert SocialAccount.objects.get().user.username != "victim"
    provider.person |= {"sub": "other", "email": stored}
    client, answer = sign_in()
    refused(client, answer, "doesn't say that your email address is verified")


@pytest.mark.parametrize(
    "change",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "false"},
        {"email_verified": 0},
        {"email_verified": False, "xms_edov": True},
        {"email": None},
        {"email": ""},
        {"email": "not an address"},
        {"email": ["amy@example.com"]},
        {"email": "a@" + "x." * 200 + "com"},
    ],
)
def test_only_a_verified_address_counts(provider, change):
    make("amelia", is_staff=True)
    provider.person |= change
    client, answer = sign_in()

    refused(client, answer, "doesn't say that your email address is verified")
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1


@pytest.mark.parametrize("change", [{"email_verified": "true"}, {"email_verified": None, "xms_edov": "1"}])
def test_a_verified_address_in_the_words_of_other_providers(provider, change):
    provider.person |= change
    _client, answer = sign_in()

    assert answer["Location"] == "/admin/"


def test_another_issuer_knows_nobody_of_the_first(provider, settings):
    SocialAccount.objects.create(
        user=make("owner", "x@example.com"), provider="https://other", uid="subject-of-amy"
    )
    sign_in()

    assert SocialAccount.objects.get(provider=provider.issuer).user.username == "amy"


def test_a_login_that_was_turned_off_stays_off(provider):
    sign_in()
    User.objects.update(is_active=False)
    client, answer = sign_in()

    refused(client, answer, "is turned off")


@pytest.mark.parametrize(
    ("named", "becomes"),
    [
        ("amy@corp.example", "amy"),
        ("taken", "taken2"),
        ("TAKEN", "TAKEN2"),
        ("admin", "admin2"),
        ("BreakGlass", "BreakGlass2"),
        ("", "amy"),
        (None, "amy"),
        (7, "amy"),
        ("@", "amy"),
        ("---", "person"),
        ("a b/c", "abc"),
        ("nul\x00l", "null"),
    ],
)
def test_a_new_login_takes_nobodys_name(provider, named, becomes):
    make("taken", "taken@example.com")
    provider.person["preferred_username"] = named
    sign_in()

    assert SocialAccount.objects.get().user.username == becomes


@pytest.mark.parametrize("subject", ["x" * 192, "nul\x00"])
def test_a_subject_that_cannot_be_kept_is_refused_in_words(provider, subject):
    provider.person["sub"] = subject
    client, answer = sign_in()

    refused(client, answer, "can't use the account that Northwind named")


def test_a_word_about_another_address_verifies_nothing(provider):
    make("amelia", is_staff=True)
    provider.person["email_verified"] = None
    provider.userinfo = {"email": "mine@example.com", "email_verified": True}
    client, answer = sign_in()

    refused(client, answer, "doesn't say that your email address is verified")


def test_an_administrator_separates_a_login_whose_account_was_replaced(provider, login):
    sign_in()
    user = User.objects.get()
    admin, page = login("admin"), f"/admin/desk/sign-in/of/{user.pk}/company/"
    session = admin.session
    session["desk_confirmed"] = time.time()
    session.save()
    assert page in admin.get(f"/admin/auth/user/{user.pk}/change/").content.decode()
    assert "was replaced by a new one" in admin.get(page).content.decode()
    admin.post(page)
    assert SocialAccount.objects.exists()
    admin.post(page, {"reason": "Called them"})
    assert not SocialAccount.objects.exists()

    provider.person["sub"] = "a new account"
    client, answer = sign_in()
    assert answer["Location"] == "/admin/"
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.post(page, {"reason": "x"}).status_code == 403
    assert SocialAccount.objects.exists()


# Passwords.


def test_only_the_desks_own_logins_have_a_password(provider):
    make("breakglass", "b@example.com", is_staff=True)
    make("other", is_staff=True)

    page = Client().post(LOGIN, {"username": "other", "password": RIGHT})
    assert page.status_code == 200
    assert Client().post(LOGIN, {"username": "breakglass", "password": RIGHT}).status_code == 302
    assert Client().post(LOGIN, {"username": "breakglass", "password": "wrong"}).status_code == 200


# What can go wrong.


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"callback": {"error": "access_denied"}}, "didn't let you in, or you canceled there"),
        ({"callback": {"error": "temporarily_unavailable"}}, "can't be reached right now"),
        ({"callback": {"error": "invalid_request", "error_description": "x"}}, UNTRUSTED),
        ({"callback": {"iss": "https://other.example"}}, UNTRUSTED),
        ({"callback": {"code": "invented"}}, UNTRUSTED),
        ({"callback": {"code": ""}}, UNTRUSTED),
        ({"fails": {"/token": 500}}, UNTRUSTED),
        ({"fails": {"/jwks": 503}}, "can't be reached right now"),
        ({"fails": {"/jwks": 200}}, UNTRUSTED),
        ({"token_claims": {"iss": "https://other.example"}}, UNTRUSTED),
        ({"token_claims": {"aud": "another"}}, UNTRUSTED),
        ({"token_claims": {"aud": None}}, UNTRUSTED),
        ({"token_claims": {"aud": [CLIENT, "another"], "azp": "another"}}, UNTRUSTED),
        ({"token_claims": {"nonce": "another"}}, UNTRUSTED),
        ({"token_claims": {"nonce": None}}, UNTRUSTED),
        ({"token_claims": {"sub": None}}, UNTRUSTED),
        ({"token_claims": {"sub": ""}}, UNTRUSTED),
        ({"token_claims": {"exp": "soon"}}, UNTRUSTED),
        ({"token_claims": {"exp": None}}, UNTRUSTED),
        ({"token_claims": {"exp": 1_000_000_000}}, "The clocks of this desk and of Northwind differ"),
        ({"token_claims": {"iat": 32_000_000_000}}, "The clocks of this desk and of Northwind differ"),
        ({"token_claims": {"nbf": 32_000_000_000}}, "The clocks of this desk and of Northwind differ"),
        ({"token_claims": {"exp": float("nan")}}, "The clocks of this desk and of Northwind differ"),
        ({"signing_key": new_key()}, UNTRUSTED),
        ({"kid": "another"}, UNTRUSTED),
        ({"signing_key": "a secret that everybody knows, long enough", "algorithm": "HS256"}, UNTRUSTED),
        ({"signing_key": None, "algorithm": "none"}, UNTRUSTED),
    ],
)
def test_a_failure_is_a_sentence_on_the_log_in_page(provider, wrong, words, caplog):
    for name, value in wrong.items():
        setattr(provider, name, value)
    client, answer = sign_in(next="/admin/mirror/attempt/")

    refused(client, answer, words)
    assert answer["Location"] == f"{LOGIN}?next=/admin/mirror/attempt/"
    assert not User.objects.exists()
    assert "amy" not in caplog.text

    provider.reset()
    _client, answer = sign_in(client, next="/admin/mirror/attempt/")
    assert answer["Location"] == "/admin/mirror/attempt/"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"fails": {"/.well-known/openid-configuration": 503}}, "can't be reached right now"),
        ({"fails": {"/.well-known/openid-configuration": 200}}, UNTRUSTED),
        ({"said_issuer": "https://other.example"}, UNTRUSTED),
        ({"config": {"token_endpoint": "http://other.example/token"}}, UNTRUSTED),
        ({"config": {"authorization_endpoint": "javascript:alert(1)"}}, UNTRUSTED),
    ],
)
def test_a_provider_that_cannot_be_used_is_said_at_the_start(provider, wrong, words):
    for name, value in wrong.items():
        setattr(provider, name, value)
    client = Client()

    refused(client, client.post(START, {"next": "/admin/"}), words)


def test_a_provider_that_is_away_is_said(provider, settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    client = Client()

    refused(client, client.post(START, {"next": "/admin/"}), "can't be reached right now")


def test_a_clock_that_is_a_little_off_does_not_matter(provider):
    provider.token_claims = {"iat": int(time.time()) + 60, "exp": int(time.time()) - 60}
    _client, answer = sign_in()

    assert answer["Location"] == "/admin/"


def test_a_token_without_a_key_id_is_checked_with_every_key(provider):
    provider.kid = None
    _client, answer = sign_in()

    assert answer["Location"] == "/admin/"


def test_a_slash_at_the_end_of_the_issuer_makes_no_difference(provider, settings):
    settings.OIDC_ISSUER = f"{provider.issuer}/"
    _client, answer = sign_in()

    assert answer["Location"] == "/admin/"


def test_an_attempt_counts_once_and_in_its_own_browser(provider):
    client = Client()
    address = way_back(way(client))

    other = Client()
    refused(other, other.get(address), "it started in another browser")
    assert client.get(address)["Location"] == "/admin/"
    # They went back, or loaded the address again.
    assert client.get(address)["Location"] == "/admin/"
    client.post("/admin/logout/")
    refused(client, client.get(address), "it started in another browser")


@pytest.mark.parametrize("query", ["", "?state=x", "?code=x&state=", "?error=access_denied"])
def test_an_invented_address_signs_nobody_in(provider, query):
    client = Client()

    refused(client, client.get(BACK + query), "That took too long, or it started in another browser")


# The second factor, and confirming.


@pytest.fixture
def strict(settings):
    settings.REQUIRE_SECOND_FACTOR, settings.CONFIRM_MINUTES = True, 10
    return settings


def test_the_desk_asks_for_no_code_since_the_company_does(provider, strict):
    client, _answer = sign_in()

    assert client.get("/admin/").status_code == 200


def test_with_the_setting_the_desk_asks_for_its_own_code(provider, strict):
    strict.OIDC_SECOND_FACTOR = True
    client, answer = sign_in()
    assert client.get("/admin/")["Location"].startswith("/admin/desk/sign-in/app/")

    age(client)
    assert client.get("/admin/desk/sign-in/app/")["Location"].startswith(CONFIRM)
    assert "Confirm with Northwind" in client.get(CONFIRM).content.decode()
    sign_in(client, confirm="1")
    assert client.get("/admin/desk/sign-in/app/").status_code == 200
    assert client.get("/admin/")["Location"].startswith("/admin/desk/sign-in/app/")

    factors.turn_on(User.objects.get(), factors.new_secret(), 0)
    client, answer = sign_in(next="/admin/mirror/attempt/")
    assert answer["Location"] == "/admin/login/code/?next=%2Fadmin%2Fmirror%2Fattempt%2F"
    assert "_auth_user_id" not in client.session


def age(client: Client) -> None:
    """Let the last confirmation be an hour ago."""
    session = client.session
    session["desk_confirmed"] -= 3600
    session.save()


def test_confirming_is_signing_in_again_at_the_company(provider, strict):
    client, _answer = sign_in()
    age(client)
    page = client.get(f"{CONFIRM}?next=/admin/mirror/attempt/").content.decode()
    assert "Confirm with Northwind" in page
    assert "Type your password again" not in page

    _client, answer = sign_in(client, "/admin/mirror/attempt/", confirm="1")

    assert answer["Location"] == "/admin/mirror/attempt/"
    assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0")
    assert time.time() - client.session["desk_confirmed"] < 60


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"auth_time": 1_000_000_000}, "let you through without asking who you are"),
        ({"sub": "bob", "email": "bob@example.com"}, "You are signed in at Northwind as someone else"),
        ({"error": "access_denied"}, "or you canceled there"),
    ],
)
def test_what_confirms_nothing_leaves_them_signed_in(provider, strict, change, words):
    client, _answer = sign_in()
    age(client)
    before = client.session["desk_confirmed"]
    provider.callback = {"error": change["error"]} if "error" in change else {}
    provider.person |= change
    _client, answer = sign_in(client, "/admin/mirror/attempt/", confirm="1")

    assert answer["Location"] == f"{CONFIRM}?next=%2Fadmin%2Fmirror%2Fattempt%2F"
    assert words in said(client, answer)
    assert client.session["desk_confirmed"] == before


def test_whoever_lost_the_groups_meanwhile_is_signed_out_by_confirming(provider, strict):
    client, _answer = sign_in()
    provider.person["groups"] = []
    _client, answer = sign_in(client, "/admin/mirror/attempt/", confirm="1")

    refused(client, answer, "none of your groups")
    assert not any("_auth_user_id" in session.get_decoded() for session in Session.objects.all())


def test_the_page_about_ones_sign_in_speaks_of_the_company(provider):
    client, _answer = sign_in()
    page = client.get("/admin/desk/sign-in/").content.decode()

    assert "You sign in with Northwind" in page
    assert "Set up sign-in codes" not in page
    assert "Change password" not in page


# Settings.


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("OIDC_ISSUER", "", "OIDC_ISSUER is missing"),
        ("OIDC_CLIENT_ID", "", "not OIDC_CLIENT_ID"),
        ("OIDC_CLIENT_SECRET", "", "not OIDC_CLIENT_SECRET"),
        ("OIDC_NAME", "", "not OIDC_NAME"),
        ("OIDC_GROUPS", [], "not OIDC_GROUPS"),
        ("OIDC_GROUPS", ["operator"], "not a pair"),
        ("OIDC_GROUPS", ["a=b", "a="], "not a pair"),
        ("OIDC_GROUPS_CLAIM", "", "OIDC_GROUPS_CLAIM is empty"),
        ("OIDC_ISSUER", "http://login.example.com", "not an https address"),
        ("OIDC_ISSUER", "login.example.com", "not an https address"),
        ("OIDC_ISSUER", "https://login.example.com/.well-known/openid-configuration", "not an https address"),
        ("OIDC_ISSUER", "https://login.example.com/" + "x" * 200, "longer than"),
        ("LOCAL_ACCOUNTS", [], "LOCAL_ACCOUNTS names nobody"),
    ],
)
def test_a_wrong_setting_is_named_at_the_start(provider, settings, name, value, words):
    assert list(checks.company_sign_in()) == []
    setattr(settings, name, value)

    (error,) = checks.company_sign_in()
    assert words in error.msg
    assert SECRET not in f"{error.msg} {error.hint}"


@pytest.mark.parametrize(
    ("pairs", "wrong"),
    [
        (["desk-ops=operators"], ["“desk-ops” the group “operators”"]),
        (["cn=a = Operator", "b=operator"], ["“cn=a” the group “Operator”"]),
        (["a=admin", "b=support", "c=x"], ["“a” the group “admin”", "“c” the group “x”"]),
        (["a=compliance", "b=approver", "c = operator", "d=support", "e=auditor"], []),
    ],
)
def test_a_mapped_group_that_is_no_role_stops_the_start_and_the_right_names_are_given(
    provider, settings, pairs, wrong
):
    settings.OIDC_GROUPS = pairs

    found = [message for message in checks.environment() if message.id == "messaging.E031"]

    assert len(found) == len(wrong)
    for error, words in zip(found, wrong, strict=True):
        assert words in error.msg
        assert error.is_serious()
        assert "compliance, approver, operator, support, auditor." in str(error.hint)


def test_without_the_companys_sign_in_its_groups_are_not_looked_at(settings):
    settings.OIDC_ISSUER, settings.OIDC_GROUPS = "", ["a=b"]

    assert "messaging.E031" not in [message.id for message in checks.environment()]


def test_mapped_groups_that_do_not_exist_give_nothing(provider, settings):
    settings.OIDC_GROUPS = ["desk-operators=no such group"]
    client, answer = sign_in()

    refused(client, answer, "none of your groups")
    assert company.groups_of({now_set.OIDC_GROUPS_CLAIM: ["desk-operators"]}) == []


# In a browser.


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_goes_there_and_comes_back_to_the_page_it_wanted(page, live_server, provider, scheme):
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/admin/mirror/attempt/")
    page.get_by_role("button", name="Sign in with Northwind").wait_for()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("button", name="Sign in with Northwind").click()
    page.wait_for_url("**/admin/mirror/attempt/")

    assert complaints == []
