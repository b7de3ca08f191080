"""A code besides the password: who needs one, how it is set up, and that a session without it opens nothing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from config import asking, sessions
from config.login import CODE, OLD_PASSWORD
from messaging.desk import factors
from messaging.mirror import clock, sealing
from messaging.mirror.models import AuditEntry, RecordView, WebhookEvent
from messaging.mirror.outbound.actions import ACTIONS
from tests.desk.conftest import State, entry_url, event_url, make_entry, make_event

LOGIN = "/admin/login/"
RIGHT = "a right long password"

HOME = "/admin/"
APP, CODE_PAGE, CONFIRM = "/admin/desk/sign-in/app/", "/admin/login/code/", "/admin/desk/sign-in/confirm/"
CODES = "/admin/desk/sign-in/recovery-codes/"


@pytest.fixture
def required(settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_superuser("ada", password=RIGHT)


def code_of(user: User, periods: int = 0) -> str:
    """Return the code that the person's app shows so many periods of 30 seconds from now."""
    secret = sealing.unseal(Authenticator.objects.get(user=user, type="totp").data["secret"].encode())
    period = int(clock.now().timestamp()) // 30 + periods
    return format_hotp_value(hotp_value(secret.decode(), period))


def give_app(user: User) -> User:
    factors.turn_on(user, factors.new_secret(), 0)
    return user


def log_in(client: Client, name: str = "ada", password: str = RIGHT, next: str = HOME):
    return client.post(LOGIN, {"username": name, "password": password, "next": next})


def in_without_code(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        here = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, here)
        else:
            yield here, pattern


def shown_secret(page: str) -> str:
    """Return the key a page shows to people who can't scan it."""
    found = re.search(r">((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})<", page)
    assert found
    return found[1].replace(" ", "")


@pytest.mark.parametrize(
    ("role", "is_asked"),
    [
        ("admin", True),
        ("compliance", True),
        ("approver", True),
        ("operator", True),
        ("support", True),
        ("nobody", False),
    ],
)
def test_who_may_do_more_than_view_needs_a_second_factor(login, required, role, is_asked):
    answer = login(role).get("/admin/mirror/outboxentry/")

    assert (answer.status_code, answer.get("Location", "").startswith(APP)) == (
        302 if is_asked else 403,
        is_asked,
    )


def test_a_person_who_only_views_is_not_asked(db, required, login):
    client = login("nobody")
    group = Group.objects.create(name="viewers")
    group.permissions.set(Group.objects.get(name="auditor").permissions.filter(codename__startswith="view_"))
    User.objects.get(username="nobody").groups.add(group)

    assert client.get("/admin/mirror/outboxentry/").status_code == 200


def test_without_the_requirement_a_password_is_enough(ada):
    client = Client()

    assert log_in(client)["Location"] == HOME
    assert client.get(HOME).status_code == 200


def test_somebody_without_a_second_factor_sets_one_up_and_comes_to_where_they_wanted(ada, required):
    client, wanted = Client(), "/admin/mirror/attempt/?p=1"
    assert log_in(client, next=wanted)["Location"] == wanted
    answer = client.get(wanted, follow=True)
    assert answer.redirect_chain[0][0].startswith(APP)
    page = answer.content.decode()
    assert "Set that up once" in page
    assert "desk-qr" in page

    secret = shown_secret(page)
    wrong = client.post(APP, {"code": "000000", "next": wanted}, follow=True)
    assert "This code isn&#x27;t right" in wrong.content.decode()
    period = int(clock.now().timestamp()) // 30
    right = client.post(
        APP, {"code": format_hotp_value(hotp_value(secret, period)), "next": wanted}, follow=True
    )

    codes = re.findall(r"<li>(\d{4} \d{4})</li>", right.content.decode())
    assert len(codes) == 10
    assert f'href="{wanted}"' in right.content.decode()
    assert client.get(wanted).status_code == 200
    assert LogEntry.objects.get(user=ada).change_message == "Set up sign-in codes"


def test_no_page_opens_and_nothing_is_done_without_the_code(ada, required, login):
    client = in_without_code("ada")

    for url in (
        HOME,
        "/admin/auth/user/",
        "/admin/desk/find/",
        "/admin/password_change/",
        "/admin/nothing-here/",
    ):
        for answer in (client.get(url), client.post(url, {})):
            assert answer["Location"].startswith(APP), url
    assert client.get("/admin/desk/banner/").headers["X-Desk-User"] == ""
    assert client.get("/healthz").status_code == 200
    assert client.post("/admin/logout/").status_code == 200


def test_every_address_of_the_admin_is_closed_without_the_code(ada, required):
    """By the names of the addresses: a page added tomorrow is closed, too."""
    client = in_without_code("ada")
    open_anyway = {"login", "logout", "desk_code", "desk_app", "desk_passkey", "desk_confirm"}
    open_anyway |= {"desk_banner", "desk_company", "desk_company_back"}

    for route, pattern in patterns(get_resolver()):
        if pattern.name in open_anyway or not route.startswith("admin/"):
            continue
        filled = re.sub(r"<uuid:\w+>", "5b0e3b0e-0000-4000-8000-000000000000", route)
        filled = re.sub(r"<\w+:kind>|<kind>", "message", filled)
        filled = re.sub(r"<[^>]+>", "1", filled).replace("\\Z", "")
        if "(" in filled:
            continue
        answer = client.get(f"/{filled}")
        assert answer.status_code == 302, filled
        assert answer["Location"].startswith(APP), filled


def test_the_right_password_alone_signs_nobody_in_who_has_an_app(ada):
    give_app(ada)
    client = Client()

    answer = log_in(client, next="/admin/mirror/attempt/")

    assert answer["Location"] == f"{CODE_PAGE}?next=%2Fadmin%2Fmirror%2Fattempt%2F"
    assert client.get(HOME)["Location"].startswith(LOGIN)
    ada.refresh_from_db()
    assert ada.last_login is None

    right = client.post(CODE_PAGE, {"code": code_of(ada), "next": "/admin/mirror/attempt/"})
    assert right["Location"] == "/admin/mirror/attempt/"
    assert client.get(HOME).status_code == 200
    # Whoever gave the code is who the audit names, though nobody was signed in yet.
    used = AuditEntry.objects.filter(label="mfa.authenticator", action=AuditEntry.Action.UPDATE).latest("pk")
    assert (used.user_id, used.actor) == (ada.pk, "ada")


def test_a_code_works_once_and_an_older_one_never_again(ada):
    give_app(ada)
    first = code_of(ada)
    one, other = Client(), Client()
    for client in (one, other):
        log_in(client)

    assert one.post(CODE_PAGE, {"code": f"{first[:3]} {first[3:]}"}).status_code == 302
    for code in (first, code_of(ada, -1)):
        again = other.post(CODE_PAGE, {"code": code})
        assert again.status_code == 200
        assert "or it was used already" in again.content.decode()
    assert other.post(CODE_PAGE, {"code": code_of(ada, 1)}).status_code == 302


@pytest.mark.parametrize("code", ["", "000000", "１２３４５６", "-1", "x" * 20, "9" * 20, "0" * 8])
def test_a_wrong_code_is_refused_in_words(ada, code):
    give_app(ada)
    client = Client()
    log_in(client)

    answer = client.post(CODE_PAGE, {"code": code})

    assert answer.status_code == 200
    assert "desk-wrong" in answer.content.decode()


def test_a_code_of_another_period_is_refused(ada):
    give_app(ada)

    assert not factors.accept(ada, code_of(ada, 3))
    assert not factors.accept(ada, code_of(ada, -3))


def test_guessing_codes_ends_and_the_owners_own_browser_still_gets_in(ada):
    give_app(ada)
    home, guesser = Client(), Client()
    log_in(home)
    assert home.post(CODE_PAGE, {"code": code_of(ada, -1)}).status_code == 302
    home.post("/admin/logout/")
    guesser.post(LOGIN, {"username": "ada", "password": RIGHT}, REMOTE_ADDR="203.0.113.9")

    answers = [
        guesser.post(CODE_PAGE, {"code": "123456"}, REMOTE_ADDR="203.0.113.9").status_code
        for _ in range(CODE.pair.most + 1)
    ]

    assert answers == [200] * CODE.pair.most + [429]
    assert guesser.post(CODE_PAGE, {"code": code_of(ada)}, REMOTE_ADDR="203.0.113.9").status_code == 429
    log_in(home)
    assert home.post(CODE_PAGE, {"code": code_of(ada)}).status_code == 302


def test_a_recovery_code_works_once_and_the_page_says_how_many_are_left(ada):
    give_app(ada)
    code = factors.recovery_codes(ada)[3]
    client = Client()
    log_in(client)
    answer = client.post(CODE_PAGE, {"code": f" {code[:4]}-{code[4:]} "}, follow=True)
    assert "9 are left" in answer.content.decode()

    other = Client()
    log_in(other)
    assert other.post(CODE_PAGE, {"code": code}).status_code == 200


def test_the_step_before_the_code_lasts_ten_minutes(ada, monkeypatch):
    give_app(ada)
    client = Client()
    log_in(client)
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)

    answer = client.post(CODE_PAGE, {"code": "123456"}, follow=True)

    assert "That took too long. Sign in again." in answer.content.decode()


def test_the_step_before_the_code_ends_with_a_new_password_or_a_disabled_login(ada):
    give_app(ada)
    client = Client()
    for change in ("password", "disable"):
        log_in(client)
        if change == "password":
            ada.set_password(RIGHT)
        else:
            ada.is_active = False
        ada.save()

        assert client.post(CODE_PAGE, {"code": code_of(ada)})["Location"].startswith(LOGIN)


def test_the_session_gets_a_new_key_with_each_factor(ada):
    give_app(ada)
    client = Client()
    log_in(client)
    before = client.cookies["sessionid"].value
    client.post(CODE_PAGE, {"code": code_of(ada)})

    assert client.cookies["sessionid"].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_logging_in_as_someone_else_ends_the_session_before(ada, login, person):
    give_app(ada)
    client = login("operator")

    log_in(client)

    assert client.get(HOME)["Location"].startswith(LOGIN)


def test_an_open_session_shows_a_code_once_the_requirement_is_turned_on(ada, required):
    give_app(ada)
    client = in_without_code("ada")

    answer = client.get("/admin/mirror/attempt/")
    assert answer["Location"] == f"{CONFIRM}?next=%2Fadmin%2Fmirror%2Fattempt%2F"
    # Neither another app nor the codes can be had instead.
    assert client.get(APP)["Location"].startswith(CONFIRM)
    assert client.get(CODES)["Location"].startswith(CONFIRM)

    right = client.post(CONFIRM, {"code": code_of(ada), "next": "/admin/mirror/attempt/"})
    assert right["Location"] == "/admin/mirror/attempt/"
    assert client.get("/admin/mirror/attempt/").status_code == 200


@pytest.mark.parametrize("url", [APP, CODES, "/admin/desk/sign-in/app/remove/"])
def test_an_open_screen_is_not_enough_to_change_the_second_factor(ada, url):
    give_app(ada)
    client = in_without_code("ada")

    for answer in (client.get(url), client.post(url, {"code": "123456"})):
        assert answer["Location"].startswith(CONFIRM)
    assert Authenticator.objects.filter(user=ada).count() == 2


def test_somebody_without_an_app_confirms_by_password(ada):
    client = in_without_code("ada")
    assert client.get(APP)["Location"].startswith(CONFIRM)
    wrong = client.post(CONFIRM, {"password": "wrong", "next": APP})
    assert "This isn&#x27;t your password." in wrong.content.decode()

    assert client.post(CONFIRM, {"password": RIGHT, "next": APP})["Location"] == APP
    assert client.get(APP).status_code == 200


def test_codes_are_turned_off_only_where_they_are_not_required(ada, settings):
    give_app(ada)
    client = Client()
    log_in(client)
    client.post(CODE_PAGE, {"code": code_of(ada)})
    settings.REQUIRE_SECOND_FACTOR = True
    refused = client.post("/admin/desk/sign-in/app/remove/", follow=True)
    assert "Your login needs a second factor." in refused.content.decode()
    assert factors.of(ada)

    settings.REQUIRE_SECOND_FACTOR = False
    client.post("/admin/desk/sign-in/app/remove/")
    assert not Authenticator.objects.exists()
    assert log_in(Client())["Location"] == HOME


def test_new_recovery_codes_replace_the_old_ones(ada):
    give_app(ada)
    client = Client()
    log_in(client)
    client.post(CODE_PAGE, {"code": code_of(ada)})
    before = factors.recovery_codes(ada)

    page = client.post(CODES, follow=True).content.decode()

    assert "The ones before no longer work." in page
    assert not {*before} & {*factors.recovery_codes(ada)}


def test_an_administrator_removes_the_codes_of_somebody_who_lost_everything(ada, person):
    lost = give_app(person("operator"))
    url = reverse("admin:desk_remove_app_of", args=[lost.pk])
    client = Client()
    log_in(client)
    assert url in client.get(f"/admin/auth/user/{lost.pk}/change/").content.decode()

    client.post(url, {"reason": ""})
    assert factors.of(lost)
    client.post(url, {"reason": "Met her in the office"})

    assert not Authenticator.objects.exists()
    entry = LogEntry.objects.filter(object_id=str(lost.pk)).latest("pk")
    assert (entry.user, entry.change_message) == (ada, "Removed the second factor\nMet her in the office")


def test_on_the_server_they_are_removed_for_the_only_administrator_whose_sign_ins_end(ada, login):
    give_app(ada)
    stolen, colleague, said = Client(), login("operator"), StringIO()
    log_in(stolen)
    stolen.post(CODE_PAGE, {"code": code_of(ada)})
    assert stolen.get(HOME).status_code == 200

    call_command("remove_sign_in_codes", "ada", stdout=said)

    assert not Authenticator.objects.exists()
    assert "1 sign-in has ended." in said.getvalue()
    assert stolen.get(HOME).status_code == 302
    assert colleague.get(HOME).status_code == 200
    assert LogEntry.objects.latest("pk").change_message == "The second factor was removed on the server"
    for name in ("ada", "nobody-here"):
        with pytest.raises(CommandError):
            call_command("remove_sign_in_codes", name)


def test_nobody_else_removes_them(login, person, ada):
    give_app(ada)
    client = login("compliance")
    session = client.session
    session[asking.CONFIRMED] = clock.now().timestamp()
    session.save()

    assert client.post(f"/admin/desk/sign-in/of/{ada.pk}/", {"reason": "I want to"}).status_code == 403
    assert factors.of(ada)


def test_what_is_kept_is_sealed_and_shown_on_no_page(ada, settings):
    give_app(ada)
    row = Authenticator.objects.get(type="totp")
    secret = sealing.unseal(row.data["secret"].encode()).decode()
    client = Client()
    log_in(client)
    client.post(CODE_PAGE, {"code": code_of(ada)})

    assert secret not in str(Authenticator.objects.values_list("data"))
    assert client.get("/admin/mfa/authenticator/").status_code == 404
    assert client.get("/admin/account/emailaddress/").status_code == 404
    for page in (f"/admin/auth/user/{ada.pk}/change/", "/admin/desk/sign-in/"):
        assert secret not in client.get(page).content.decode().replace(" ", "")


def test_codes_survive_a_new_document_key(ada, settings, tmp_path):
    settings.DOCUMENTS_ROOT = tmp_path
    give_app(ada)
    old = settings.DOCUMENT_KEYS
    new = "bmV3IGtleSBmb3IgdGhlIHRlc3RzLCAzMiBieXRlcy4="
    settings.DOCUMENT_KEYS = [new, *old]
    call_command("rotate_document_keys", verbosity=0)

    settings.DOCUMENT_KEYS = [new]

    assert factors.accept(ada, code_of(ada)) == "totp"
    assert len(factors.recovery_codes(ada)) == 10


@pytest.mark.parametrize("page", [APP, CODES, "/admin/desk/sign-in/", CONFIRM, CODE_PAGE])
@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_leads_only_to_our_own_pages(ada, page, bad):
    client = Client()
    log_in(client)

    answer = client.get(page, {"next": bad}, follow=True)

    assert f'"{bad}"' not in answer.content.decode()


# Confirming that it's still you.


@pytest.fixture
def asks(settings) -> None:
    settings.CONFIRM_MINUTES = 10


def test_every_address_that_opens_something_or_is_a_file_is_known_and_exists():
    names = {pattern.name or "" for _route, pattern in patterns(get_resolver())}

    assert names >= asking.FILES | asking.ACTS
    assert {name for name in names if name.endswith("_reveal")} <= asking.ACTS
    assert {name for name in names if name.endswith(("_download", "_preview"))} <= asking.FILES
    assert {name for name in names if "replay" in name and not name.endswith("_result")} <= asking.ACTS
    assert {f"mirror_outboxentry_{action.name}" for action in ACTIONS} - asking.ACTS == {
        "mirror_outboxentry_try-now"
    }


def test_opening_a_record_needs_a_confirmation_of_the_last_ten_minutes(ada, asks, monkeypatch):
    client, first, event = Client(), make_event(), make_event()
    log_in(client)
    page = event_url(event)
    assert client.post(event_url(first, "reveal"), {"reason": "Ticket 11"})["Location"] == event_url(first)

    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    typed = {"reason": "Ticket 12", "desk_page": page, "desk_typed": "0123456789abcdef"}
    asked = client.post(event_url(event, "reveal"), typed)

    assert asked["Location"].startswith(CONFIRM)
    assert asked.cookies["desk_saved_0123456789abcdef"].value == "0"
    assert RecordView.objects.count() == 1
    assert "Nothing has been done yet." in client.get(asked["Location"]).content.decode()
    assert client.post(CONFIRM, {"password": RIGHT, "next": page})["Location"] == page
    client.post(event_url(event, "reveal"), typed)
    assert RecordView.objects.filter(key=str(event.pk), reason="Ticket 12").count() == 1


@pytest.mark.parametrize(
    "url",
    [
        "/admin/hosted/hostedorder/5b0e3b0e-0000-4000-8000-000000000000/documents/"
        "5b0e3b0e-0000-4000-8000-000000000000/download/",
        "/admin/hosted/hostedorder/5b0e3b0e-0000-4000-8000-000000000000/documents/"
        "5b0e3b0e-0000-4000-8000-000000000000/",
        "/admin/messaging/export/5b0e3b0e-0000-4000-8000-000000000000/file/",
        "/admin/mirror/auditentry/csv/",
    ],
)
def test_a_file_needs_it_too_and_leads_back_to_the_page_with_the_link(ada, asks, url):
    client = in_without_code("ada")
    page = "http://testserver/admin/hosted/hostedorder/?q=1"

    answer = client.get(url, HTTP_REFERER=page)

    assert answer["Location"] == f"{CONFIRM}?next=%2Fadmin%2Fhosted%2Fhostedorder%2F%3Fq%3D1"


def test_the_frame_of_a_document_says_so_with_a_link_out_of_it(ada, asks):
    client, page = in_without_code("ada"), "/admin/hosted/hostedorder/"
    url = reverse("admin:hosted_document_preview", args=[uuid4(), uuid4()])

    answer = client.get(url, HTTP_REFERER=f"http://testserver{page}", HTTP_SEC_FETCH_DEST="iframe")

    assert (answer.status_code, answer["X-Frame-Options"]) == (403, "SAMEORIGIN")
    assert (
        f'href="{CONFIRM}?next=%2Fadmin%2Fhosted%2Fhostedorder%2F" target="_top"' in answer.content.decode()
    )


def test_processing_many_events_again_needs_it_as_processing_one_does(ada, asks):
    client, event = in_without_code("ada"), make_event(WebhookEvent.State.DEAD)
    listed = {"action": "process_again", "_selected_action": [event.pk], "index": 0}

    for url, sent in (
        (event_url(event, "replay"), {}),
        ("/admin/mirror/webhookevent/", listed),
        ("/admin/desk/replay/", {"reason": "After the outage", "until": event.pk}),
    ):
        assert client.post(url, sent)["Location"].startswith(CONFIRM), url
    event.refresh_from_db()
    assert event.state == WebhookEvent.State.DEAD


def test_a_reply_which_shows_the_number_needs_it_too(ada, asks):
    url = reverse("admin:messaging_message_reply", args=[1])

    assert in_without_code("ada").post(url)["Location"].startswith(CONFIRM)


def test_a_decision_and_a_change_of_people_need_it_too(ada, asks):
    client, entry = in_without_code("ada"), make_entry()

    for url in (entry_url(entry, "cancel"), "/admin/auth/user/add/", f"/admin/auth/user/{ada.pk}/password/"):
        assert client.post(url, {"text": "not wanted"})["Location"].startswith(CONFIRM), url
    assert client.get(entry_url(entry)).status_code == 200
    assert client.get("/admin/auth/user/add/").status_code == 200
    entry.refresh_from_db()
    assert entry.state == State.QUEUED


# The password.


def test_a_new_password_ends_the_sign_ins_elsewhere(ada):
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        log_in(client)
    new = "another very long password"

    changed = here.post(
        "/admin/password_change/", {"old_password": RIGHT, "new_password1": new, "new_password2": new}
    )

    assert changed.status_code == 302
    assert here.get(HOME).status_code == 200
    assert elsewhere.get(HOME)["Location"].startswith(LOGIN)


# Sign-ins.


def ends_in(client: Client) -> timedelta:
    ends = Session.objects.get(session_key=client.cookies["sessionid"].value).expire_date
    return ends - clock.now()


def age(client: Client, minutes: int) -> None:
    """Make it so many minutes ago that the session was used."""
    mine = Session.objects.filter(session_key=client.cookies["sessionid"].value)
    mine.update(expire_date=clock.now() + timedelta(minutes=30 - minutes))


def test_a_sign_in_ends_after_half_an_hour_without_use_and_lasts_while_it_is_used(ada):
    client = Client()
    log_in(client)
    assert timedelta(minutes=29) < ends_in(client) <= timedelta(minutes=30)

    age(client, 29)
    assert client.get(HOME).status_code == 200
    assert ends_in(client) > timedelta(minutes=29)

    age(client, 31)
    assert client.get(HOME)["Location"].startswith(LOGIN)


@pytest.mark.parametrize(
    ("headers", "is_use"),
    [
        ({}, True),
        ({"Sec-Fetch-Mode": "navigate"}, True),
        ({"X-Desk-Refresh": "1", "X-Desk-Active": "1", "Sec-Fetch-Mode": "cors"}, True),
        ({"X-Desk-Refresh": "1", "Sec-Fetch-Mode": "cors"}, False),
        ({"X-Desk-Refresh": "1"}, False),
        ({"Sec-Fetch-Mode": "cors"}, False),
    ],
)
def test_a_page_that_asks_for_news_by_itself_is_no_use(ada, headers, is_use):
    client = Client()
    log_in(client)
    age(client, 20)

    assert client.get("/admin/desk/banner/", headers=headers).headers["X-Desk-User"] == str(ada.pk)

    assert (ends_in(client) > timedelta(minutes=15)) == is_use


def test_a_sign_in_that_is_used_all_the_time_ends_after_twelve_hours(ada):
    client = Client()
    log_in(client)
    session = client.session
    session[sessions.UNTIL] = clock.now().timestamp() + 300
    session.save()

    client.get(HOME)

    assert ends_in(client) <= timedelta(minutes=5)


def test_one_sees_where_one_is_signed_in_and_ends_all_others(ada, login):
    here, elsewhere, colleague = Client(), Client(), login("operator")
    for client, agent in (
        (here, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        (
            elsewhere,
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
        ),
    ):
        client.post(LOGIN, {"username": "ada", "password": RIGHT}, headers={"User-Agent": agent})
    page = here.get("/admin/desk/sign-in/").content.decode()
    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page

    said = here.post("/admin/desk/sign-in/end-others/", follow=True).content.decode()

    assert "1 other sign-in has ended." in said
    assert elsewhere.get(HOME)["Location"].startswith(LOGIN)
    assert here.get(HOME).status_code == 200
    assert colleague.get(HOME).status_code == 200


def test_removing_the_codes_of_somebody_ends_their_sign_ins(ada, login):
    lost = login("operator")
    give_app(User.objects.get(username="operator"))
    client = Client()
    log_in(client)

    url = reverse("admin:desk_remove_app_of", args=[User.objects.get(username="operator").pk])
    client.post(url, {"reason": "Met her in the office"})

    assert lost.get(HOME)["Location"].startswith(LOGIN)
    assert client.get(HOME).status_code == 200


def test_a_login_that_is_turned_off_and_on_again_has_no_sign_ins_that_were_used_meanwhile(ada):
    client = Client()
    log_in(client)

    User.objects.update(is_active=False)
    assert client.get(HOME)["Location"].startswith(LOGIN)
    User.objects.update(is_active=True)

    assert client.get(HOME)["Location"].startswith(LOGIN)
    assert not Session.objects.exists()


def test_an_open_session_is_no_way_to_guess_the_password(ada):
    client = Client()
    log_in(client)
    form = {"old_password": "wrong", "new_password1": "x", "new_password2": "x"}

    pages = [client.post("/admin/password_change/", form) for _ in range(OLD_PASSWORD.most + 1)]

    assert "was not checked" not in pages[-2].content.decode()
    assert "was not checked" in pages[-1].content.decode()


def test_what_needs_to_be_confirmed_has_an_address():
    _prefix, admin = get_resolver().namespace_dict["admin"]

    assert set(admin.reverse_dict) >= asking.ACTS | asking.FILES
