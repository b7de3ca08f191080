"""The frame of every page: home, sidebar, login, times, caches, and what it says when something fails."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from config.admin import NAVIGATION, page_of
from messaging.management.commands.demo_users import GROUPS, LOGINS
from messaging.mirror import clock, heartbeat
from messaging.mirror.models import Heartbeat, WebhookEvent
from messaging.mirror.models.inbox import TESTED
from messaging.models import MessagingProfile
from tests.desk.conftest import State, entry_url, make_entry, make_event, make_request
from tests.stack import free_port


@pytest.mark.promise("F92")
def test_my_work_counts_what_is_on_its_way_and_what_needs_a_decision(login):
    for state in (State.QUEUED, State.UNSURE, State.NEEDS_PERSON, State.ACCEPTED):
        make_entry(state)

    cards = {str(card.title): card for card in login("support").get("/admin/").context["cards"]}

    assert cards["Being sent"].count == 2
    assert cards["Needs your decision"].count == 1


@pytest.mark.promise("F92")
def test_every_card_leads_to_a_list_as_long_as_it_says(login):
    client = login("compliance")
    for state in (State.QUEUED, State.QUEUED, State.NEEDS_PERSON, State.REFUSED):
        make_entry(state)

    for card in client.get("/admin/").context["cards"]:
        page = client.get(card.url).context
        rows = page["cl"].result_list if "cl" in page else page["rows"]
        # What is being sent counts as open.
        assert len(rows) >= card.count, card.title


@pytest.mark.parametrize(
    ("name", "seen", "unseen"), [("support", "Outbox", "/auth/user/"), ("nobody", "My work", "Outbox")]
)
def test_the_sidebar_shows_what_a_person_may_open(login, name, seen, unseen):
    html = login(name).get("/admin/").content.decode()
    sidebar = html[html.index('id="nav-sidebar-apps"') : html.index('id="main"')]

    assert seen in sidebar
    assert unseen not in sidebar


# Whose files these are is more than the menu says.
OWN_TITLES = {"messaging.Export": "My exports", "messaging.Evidence": "My evidence files"}


def test_every_page_of_the_menu_is_called_what_the_menu_calls_it(login):
    client = login("admin")
    different = []

    for title, _icon, label in (entry for _group, entries in NAVIGATION for entry in entries):
        page = client.get(reverse(f"admin:{page_of(label)}")).content.decode()
        header = re.search("<h1.*?</h1>", page, re.DOTALL)[0]
        last = re.findall(r">\s*([^<>]*\w[^<>]*?)\s*<", header)[-1]
        tab = re.search("<title>(.*?) \\|", page, re.DOTALL)[1].strip()
        above = re.search('<h2 class="desk-heading">(.*?)</h2>', page)
        own = OWN_TITLES.get(label, str(title))
        wanted = (str(title), own, own if above else "")
        if (last, tab, above[1] if above else "") != wanted:
            different.append((wanted, last, tab, above and above[1]))

    assert different == []


def test_the_header_above_a_record_names_its_list_as_the_menu_does(login):
    profile = MessagingProfile.objects.create(remote_id="p1", name="Main street")
    list_url = reverse("admin:messaging_messagingprofile_changelist")

    page = login("admin").get(f"{list_url}{profile.pk}/change/").content.decode()

    header = re.search("<h1.*?</h1>", page, re.DOTALL)[0]
    assert re.search(rf'href="{list_url}"[^>]*>\s*Profiles\s*<', header)


def test_a_page_that_does_not_show_the_list_of_all_models_does_not_make_it(login, monkeypatch):
    made = []
    make = admin.site._build_app_dict

    def noted(*args):
        made.append(args)
        return make(*args)

    monkeypatch.setattr(admin.site, "_build_app_dict", noted)

    client = login("support")
    assert client.get("/admin/messaging/message/").status_code == 200
    assert not made

    assert "Messages" in client.get("/admin/messaging/").content.decode()
    assert made


def test_a_person_in_no_group_learns_so(login):
    answer = login("nobody").get("/admin/")

    assert answer.context["cards"] == []
    assert "Your login works but" in answer.content.decode()


def test_the_log_in_page_names_the_demo_logins_of_a_private_installation_only(client, db, settings):
    call_command("demo_users", stdout=StringIO())
    private = client.get("/admin/login/").content.decode()
    settings.PRIVATE = False
    public = client.get("/admin/login/").content.decode()

    assert all(f'data-desk-login="{name}"' in private for name in LOGINS)
    assert "data-desk-login" not in public


def test_demo_logins_work_and_land_on_my_work(client, db):
    call_command("demo_users", stdout=StringIO())

    answer = client.post("/admin/login/", {"username": "compliance", "password": "demo"})

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_demo_logins_are_made_once_each_in_its_group(db):
    for _ in range(2):
        call_command("demo_users", stdout=StringIO())

    users = User.objects.filter(username__in=LOGINS)
    assert len(users) == len(LOGINS)
    assert [user.username for user in users if user.is_superuser] == ["admin"]
    assert {name: [g.name for g in users.get(username=name).groups.all()] for name in GROUPS} == {
        name: [name] for name in GROUPS
    }


def test_demo_logins_are_refused_on_a_public_installation(db, settings):
    settings.PRIVATE = False

    with pytest.raises(CommandError, match="PRIVATE"):
        call_command("demo_users")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("cookie", "zone"),
    [("Europe%2FBerlin", ("CET", "CEST")), ("Asia/Tokyo", ("JST",)), ("", ("UTC",))]
    + [
        (bad, ("UTC",))
        for bad in ("../../etc/passwd", "Mars/Base", "x" * 5000, "Europe", "/Europe/Berlin", "a\\0")
    ],
)
@pytest.mark.promise("F98")
def test_times_are_in_the_zone_of_the_browser(login, cookie, zone):
    client = login("support")
    client.cookies["desk_zone"] = cookie

    html = client.get(entry_url(make_entry())).content.decode()

    assert any(f" {name}</time>" in html for name in zone)


@pytest.mark.promise("X98")
def test_what_a_person_saw_is_kept_in_no_cache(login):
    client, entry = login("admin"), make_entry()

    for url in (
        "/admin/",
        entry_url(entry),
        "/admin/mirror/outboxentry/",
        "/admin/desk/banner/",
        "/admin/jsi18n/",
    ):
        assert "no-store" in client.get(url)["Cache-Control"], url


@pytest.mark.promise("X98")
def test_no_page_may_be_framed_or_run_foreign_code(login):
    policy = login("admin").get("/admin/")["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "url", ["/admin/", "/admin/login/", "/nowhere/", "/admin/auth/user/", "/admin/%ED%A0%80/"]
)
def test_no_other_site_loads_an_answer_and_no_page_uses_the_camera(login, url):
    answer = login("support").get(url)

    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "publickey" not in answer["Permissions-Policy"]


def test_no_record_of_the_desk_is_shown_on_another_site(login):
    client = login("support")

    for kind in ContentType.objects.values_list("pk", flat=True):
        assert client.get(f"/admin/r/{kind}/1/").status_code == 404


def test_errors_are_a_sentence_and_a_way_back(login):
    client = login("support")
    missing = client.get("/admin/mirror/outboxentry/00000000-0000-4000-8000-000000000000/change/")
    forbidden = client.get("/admin/auth/user/")
    stale = login("auditor", enforce_csrf_checks=True).post("/admin/logout/")

    assert (missing.status_code, forbidden.status_code, stale.status_code) == (404, 403, 403)
    assert "There is nothing here" in missing.content.decode()
    assert "You don't have permission" in forbidden.content.decode()
    assert "Please send it again" in stale.content.decode()
    for answer in (missing, forbidden, stale):
        assert 'href="/admin/"' in answer.content.decode()


@pytest.fixture
def no_database(transactional_db):
    """A database that does not answer."""
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = free_port()
    yield
    connection.close()
    connection.settings_dict["PORT"] = port


@pytest.mark.promise("X15")
def test_a_lost_database_is_a_calm_503_without_a_traceback(no_database):
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "x" * 32

    for answer in (client.get("/admin/"), client.post("/admin/login/", {"username": "a", "password": "b"})):
        html = answer.content.decode()
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
        assert "Our database isn't answering." in html
        for word in ("Traceback", "OperationalError", "psycopg", str(connection.settings_dict["PORT"])):
            assert word not in html


@pytest.mark.promise("X54")
def test_the_webhook_gets_no_page_while_the_database_is_lost(no_database):
    answer = Client(raise_request_exception=False).post(
        "/webhooks/telnyx/", b"{}", content_type="application/json"
    )

    assert answer.status_code in (400, 503)
    assert b"<" not in answer.content


def test_a_new_desk_leads_its_administrator_through_the_first_steps(login, person, settings):
    settings.PUBLIC_URL = "https://desk.example.com"
    admin = login("admin")

    def steps() -> dict[str, bool]:
        return {step.title: step.is_done for step in admin.get("/admin/").context["first_steps"]}

    page = admin.get("/admin/").content.decode()
    assert list(steps().values()) == [False, False, False, False]
    assert "https://desk.example.com/webhooks/telnyx/" in page
    for name in ("desk_health", "mirror_import_changelist", "messaging_messagingprofile_changelist"):
        assert f'href="{reverse(f"admin:{name}")}"' in page
    assert admin.get(reverse("admin:auth_user_add")).status_code == 200

    heartbeat.beat(Heartbeat.TELNYX_ANSWERED)
    heartbeat.beat(Heartbeat.PULLED)
    # The desk's own test says nothing about Telnyx.
    WebhookEvent.objects.filter(pk=make_event().pk).update(key_fingerprint=TESTED)
    assert list(steps().values()) == [True, True, False, False]

    make_event()
    assert list(steps().values()) == [True, True, True, False]

    person("operator")
    assert steps() == {}


def test_first_steps_are_for_administrators_who_are_new(login):
    assert not login("operator").get("/admin/").context["first_steps"]

    admin = login("admin")
    assert admin.get("/admin/").context["first_steps"]
    User.objects.filter(username="admin").update(date_joined=clock.now() - timedelta(days=31))
    assert not admin.get("/admin/").context["first_steps"]


@pytest.mark.parametrize(
    ("name", "four_eyes", "words"),
    [
        ("compliance", [], "Check before submitting:"),
        ("compliance", ["tollfree"], "Ask for approval."),
        ("operator", [], "Leave it to a colleague who may submit."),
    ],
)
def test_who_may_write_the_first_request_reads_how_it_goes(login, settings, name, four_eyes, words):
    settings.FOUR_EYES = four_eyes
    client = login(name)

    page = client.get("/admin/").content.decode()
    assert "This is how a toll-free number gets verified" in page
    assert words in page

    make_request()
    assert "This is how a toll-free number gets verified" not in client.get("/admin/").content.decode()


def test_who_may_not_write_a_request_does_not_read_how_it_goes(login):
    assert (
        "This is how a toll-free number gets verified" not in login("support").get("/admin/").content.decode()
    )


def test_every_list_of_the_menu_says_in_a_sentence_what_will_be_there(login, db):
    client, seen = login("admin"), 0
    for _group, entries in NAVIGATION:
        for _title, _icon, label in entries:
            answer = client.get(reverse(f"admin:{page_of(label)}"))
            if "cl" not in (answer.context or {}) or answer.context["cl"].result_list:
                continue
            assert len(str(answer.context["cl"].model_admin.empty_words).split()) > 5, label
            seen += 1
    assert seen > 15
