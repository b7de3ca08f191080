"""Auto-responses at the desk: compare before sending, settle differences, and refuse people without permission."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.autoresponses.admin import PAGES
from messaging.autoresponses.page import differences
from messaging.mirror.models import OutboxEntry
from messaging.mirror.records import sync
from messaging.models import AutoResponse
from messaging.profiles.page import number_reading
from tests.choices import choose
from tests.messaging.autoresponses.conftest import REPLY
from tests.visitor import Forms

pytestmark = pytest.mark.django_db

LIST = "/admin/messaging/autoresponse/"
EDITED = "Larkspur Dental: that was the last text from us."


def url(config: AutoResponse, action: str = "change") -> str:
    return f"{LIST}{config.pk}/{action}/"


def typed(profile, **changes) -> dict[str, str]:
    values = {
        "profile": str(profile.pk),
        "op": "stop",
        "country_code": "us",
        "keywords": "stop, Parar\nSTOP",
        "resp_text": REPLY,
    }
    return values | changes


def checked(client, address: str, form: dict[str, str]) -> tuple[str, dict]:
    """Press “Check and compare” and return the page with its fields."""
    fields = Forms(client.get(address).content.decode()).fields
    html = client.post(address, fields | form | {"_check": "1"}).content.decode()
    return html, Forms(html).fields


@pytest.mark.promise("F70")
def test_a_new_auto_response_is_sent_once_as_it_was_shown(login, profile, sandbox, work):
    compliance = login("compliance")

    html, fields = checked(compliance, f"{LIST}add/", typed(profile))
    assert "STOP, PARAR" in html
    assert not OutboxEntry.objects.exists()
    for _ in range(2):
        answer = compliance.post(f"{LIST}add/", fields | {"_send": "1"})
    config = AutoResponse.objects.get()
    assert answer["Location"] == url(config)
    work(OutboxEntry.objects.get())

    [held] = sandbox.autoresponses()
    assert (held["op"], held["country_code"], held["keywords"]) == ("stop", "US", ["STOP", "PARAR"])
    assert held["resp_text"] == REPLY


@pytest.mark.promise("F70")
def test_a_change_made_after_the_comparison_is_compared_again(login, profile):
    compliance = login("compliance")
    _, fields = checked(compliance, f"{LIST}add/", typed(profile))

    html = compliance.post(f"{LIST}add/", fields | {"resp_text": EDITED, "_send": "1"}).content.decode()

    assert not OutboxEntry.objects.exists()
    assert EDITED in html
    assert "Nothing was sent: something was changed after the check." in html


def test_a_word_of_ones_own_says_what_it_does_to_people(login, profile):
    compliance = login("compliance")

    html = compliance.get(f"{LIST}add/").content.decode()
    assert '<option value="" selected>Choose</option>' in html
    unchosen, _ = checked(compliance, f"{LIST}add/", typed(profile, op=""))
    start, _ = checked(compliance, f"{LIST}add/", typed(profile, op="start", keywords="hours"))
    help_, _ = checked(compliance, f"{LIST}add/", typed(profile, op="info", keywords="hours"))

    assert "Choose what the keywords do." in unchosen
    assert "Anyone who texts HOURS is opted in again, even if they had opted out." in start
    assert "People who text HELP get this reply too" in help_


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"keywords": "STOP, HELP"}, "HELP is reserved"),
        ({"keywords": ",".join(f"W{n}" for n in range(21))}, "at most 20"),
        ({"keywords": " , "}, "Type at least one keyword"),
        ({"resp_text": "Too short."}, "at least 20 characters; you have 10"),
        ({"country_code": "XX"}, "two letters"),
    ],
)
@pytest.mark.promise("F70")
def test_an_error_stops_sending_and_loses_nothing_typed(login, profile, changes, words):
    compliance = login("compliance")

    html, fields = checked(compliance, f"{LIST}add/", typed(profile, **changes))
    forced = compliance.post(f"{LIST}add/", fields | {"_send": "1"}).content.decode()

    for page in (html, forced):
        assert words in page
        assert 'name="_send"' not in page
    name, value = next(iter(changes.items()))
    assert str(fields[name]).strip() == value.strip()
    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("F70")
def test_one_keyword_under_two_operations_of_a_country_is_blocked(login, profile, make):
    make(op="start", keywords=["START", "PARAR"], sync_state="accepted", remote_id=str(uuid4()))

    html, _ = checked(login("compliance"), f"{LIST}add/", typed(profile))

    assert "PARAR already means" in html
    assert 'name="_send"' not in html


@pytest.mark.promise("F70")
def test_the_same_operation_and_country_twice_is_a_warning(login, profile, make):
    make(keywords=["STOP"], sync_state="accepted", remote_id=str(uuid4()))

    html, _ = checked(login("compliance"), f"{LIST}add/", typed(profile))

    assert "already has" in html
    assert 'name="_send"' in html


@pytest.mark.promise("F70")
def test_toll_free_numbers_of_the_profile_are_named(login, profile, make):
    config = make()
    compliance = login("compliance")
    assert "toll-free number:" not in compliance.get(url(config)).content.decode()
    reading = number_reading(profile)
    reading.data, reading.as_of = (
        [{"phone_number": "+18005550123"}, {"phone_number": "+13125550001"}],
        timezone.now(),
    )
    reading.save()

    pages = [
        compliance.get(url(config)).content.decode(),
        checked(compliance, f"{LIST}add/", typed(profile))[0],
    ]

    assert all("This profile has a toll-free number: +1 800 555 0123." in page for page in pages)


def test_a_draft_may_be_wrong_and_is_kept_once(login, profile):
    compliance = login("compliance")
    fields = Forms(compliance.get(f"{LIST}add/").content.decode()).fields

    for _ in range(2):
        compliance.post(f"{LIST}add/", fields | typed(profile, resp_text="Short") | {"_save": "1"})

    config = AutoResponse.objects.get()
    assert (config.sync_state, config.resp_text) == ("draft", "Short")
    assert not OutboxEntry.objects.exists()


def test_a_change_shows_before_and_after_and_replaces_the_whole(login, accepted, sandbox, work):
    compliance = login("compliance")

    html, fields = checked(compliance, url(accepted, "edit"), {"resp_text": EDITED, "keywords": "STOP"})
    assert "replaces the whole" in html
    assert all(text in html for text in (REPLY, EDITED, "STOP, PARAR"))
    compliance.post(url(accepted, "edit"), fields | {"_send": "1"})
    work(OutboxEntry.objects.get(operation="replace"))

    [held] = sandbox.autoresponses()
    assert (held["keywords"], held["resp_text"]) == (["STOP"], EDITED)


def test_a_change_typed_while_telnyx_changed_is_not_sent(login, accepted, sandbox, client):
    compliance = login("compliance")
    _, fields = checked(compliance, url(accepted, "edit"), {"resp_text": EDITED})
    sandbox.edit_autoresponse(accepted.remote_id, resp_text="Edited by a person in the portal.")
    sync.pull(AutoResponse, client)

    html = compliance.post(url(accepted, "edit"), fields | {"_send": "1"}).content.decode()

    assert "It changed while you were typing" in html
    assert EDITED in html
    assert not OutboxEntry.objects.filter(operation="replace").exists()


def test_what_telnyx_refuses_is_said_and_what_it_holds_stays(login, accepted, sandbox, work):
    compliance = login("compliance")
    _, fields = checked(compliance, url(accepted, "edit"), {"resp_text": EDITED})
    error = {
        "code": "10015",
        "title": "Bad Request",
        "detail": "Not this text.",
        "source": {"pointer": "/resp_text"},
    }
    sandbox.fault("status", method="PUT", status=400, json={"errors": [error]})

    compliance.post(url(accepted, "edit"), fields | {"_send": "1"})
    work(OutboxEntry.objects.get(operation="replace"))
    html = compliance.get(url(accepted)).content.decode()

    assert "Not this text." in html
    assert REPLY in html
    assert "Drop ours, keep Telnyx's" in html


# Differences.


@pytest.fixture
def drifted(accepted, sandbox, client) -> AutoResponse:
    sandbox.edit_autoresponse(
        accepted.remote_id, keywords=["STOP"], resp_text="Edited by a person in the portal."
    )
    sync.pull(AutoResponse, client)
    accepted.refresh_from_db()
    return accepted


@pytest.mark.promise("F72")
def test_an_edit_in_the_portal_is_shown_field_by_field(login, drifted):
    compliance = login("compliance")

    html = compliance.get(url(drifted)).content.decode()
    home = compliance.get("/admin/").content.decode()

    assert all(
        text in html
        for text in (REPLY, "Edited by a person in the portal.", "Use Telnyx's copy", "Send our copy")
    )
    assert "Differs at Telnyx" in compliance.get(LIST).content.decode()
    assert "Differences to decide" in home


@pytest.mark.promise("F72")
def test_accepting_telnyxs_version_sends_nothing(login, drifted):
    compliance = login("compliance")
    form = {"was": Forms(compliance.get(url(drifted)).content.decode()).fields["was"]}
    was = form["was"][0] if isinstance(form["was"], list) else form["was"]

    compliance.post(url(drifted, "take-theirs"), {"was": was})

    drifted.refresh_from_db()
    assert (drifted.keywords, drifted.resp_text) == (["STOP"], "Edited by a person in the portal.")
    assert (differences(drifted), drifted.differs) == ([], False)
    assert not OutboxEntry.objects.filter(operation="replace").exists()


@pytest.mark.promise("F72")
def test_our_version_can_be_pushed_back(login, drifted, sandbox, work):
    compliance = login("compliance")
    fields = Forms(compliance.get(url(drifted)).content.decode()).fields
    form = {"was": fields["was"][0], "form_token": fields["form_token"]}

    for _ in range(2):
        compliance.post(url(drifted, "push-ours"), form)
    work(OutboxEntry.objects.get(operation="replace"))

    [held] = sandbox.autoresponses()
    drifted.refresh_from_db()
    assert (held["keywords"], held["resp_text"]) == (["STOP", "PARAR"], REPLY)
    assert drifted.differs is False


@pytest.mark.parametrize("action", ["take-theirs", "push-ours"])
@pytest.mark.promise("F72")
def test_a_change_since_the_page_was_read_is_compared_again(login, drifted, sandbox, client, action):
    compliance = login("compliance")
    fields = Forms(compliance.get(url(drifted)).content.decode()).fields
    sandbox.edit_autoresponse(drifted.remote_id, resp_text="Edited in the portal once more.")
    sync.pull(AutoResponse, client)

    compliance.post(url(drifted, action), {"was": fields["was"][0], "form_token": uuid4().hex})

    drifted.refresh_from_db()
    assert drifted.resp_text == REPLY
    assert not OutboxEntry.objects.filter(operation="replace").exists()


@pytest.mark.promise("F70")
def test_deleting_asks_first_and_what_is_gone_can_be_started_again(login, accepted, sandbox, work):
    compliance = login("compliance")
    assert "deletes" in compliance.get(url(accepted, "delete-remote")).content.decode()

    compliance.post(url(accepted, "delete-remote"), {"form_token": uuid4().hex})
    work(OutboxEntry.objects.get(operation="delete"))
    html = compliance.get(url(accepted)).content.decode()
    answer = compliance.post(url(accepted, "copy"), {"new_id": str(uuid4())})

    assert sandbox.autoresponses() == []
    assert "No longer at Telnyx" in html
    assert answer["Location"].endswith("/edit/")
    assert AutoResponse.objects.get(remote_id=None).keywords == ["STOP", "PARAR"]


# The simulator.


@pytest.mark.promise("F71")
def test_the_simulator_answers_from_what_telnyx_holds_not_from_our_copy(login, drifted, profile):
    question = f"{LIST}simulator/?text=stop&country=us&profile={profile.pk}"

    html = login("support").get(question).content.decode()
    toll_free = login("auditor").get(f"{question}&toll_free=on").content.decode()
    nobody = (
        login("operator").get(f"{LIST}simulator/?text=parar&country=US&profile={profile.pk}").content.decode()
    )

    assert "Edited by a person in the portal." in html
    assert REPLY not in html
    assert "The toll-free carrier answers" in toll_free
    assert "No one answers." in nobody


# Permissions.


@pytest.mark.parametrize("name", ["operator", "support", "auditor", "approver"])
@pytest.mark.promise("X86")
def test_others_only_view_and_every_action_is_refused_even_when_forged(login, make, profile, name):
    config, other = make(), login(name)

    assert other.get(LIST).status_code == 200
    assert REPLY in other.get(url(config)).content.decode()
    for action, _view in PAGES:
        form = {"form_token": "t", "new_id": str(uuid4()), "was": "w"}
        assert other.post(url(config, action), form).status_code == 403, action
    assert other.post(f"{LIST}add/", typed(profile) | {"_send": "1"}).status_code == 403
    assert other.post(url(config)).status_code == 403
    assert not OutboxEntry.objects.exists()


def test_nobody_without_a_group_sees_any(login, make):
    config, nobody = make(), login("nobody")

    assert {nobody.get(path).status_code for path in (LIST, url(config), f"{LIST}simulator/")} == {403}


@pytest.mark.promise("X84")
def test_an_action_is_a_post_with_a_csrf_token(login, make):
    config = make()
    strict = login("compliance", enforce_csrf_checks=True)

    for action, _view in PAGES:
        assert strict.post(url(config, action), {"form_token": "t"}).status_code == 403, action
    assert strict.get(url(config, "push-ours")).status_code == 405


def test_to_write_is_not_to_send(login, profile, person):
    writer = person("nobody")
    writer.user_permissions.set(
        Permission.objects.filter(codename__in=["add_autoresponse", "view_autoresponse"])
    )
    client = login("compliance")
    client.force_login(writer)

    html, fields = checked(client, f"{LIST}add/", typed(profile))

    assert 'name="_send"' not in html
    assert client.post(f"{LIST}add/", fields | {"_send": "1"}).status_code == 403
    assert not OutboxEntry.objects.exists()


LOOK = {"messaging.view_autoresponse", "messaging.view_optout"}
MAY = {
    "compliance": LOOK
    | {
        f"messaging.{action}_autoresponse"
        for action in ("add", "change", "delete", "submit", "delete_remote")
    }
    | {"messaging.add_optout", "messaging.withdraw_optout"},
    "approver": LOOK,
    "operator": LOOK,
    "support": LOOK | {"messaging.add_optout"},
    "auditor": LOOK,
}


@pytest.mark.parametrize("name", MAY)
@pytest.mark.promise("X86")
def test_a_group_has_exactly_these_permissions(name):
    user = User.objects.create(username=name)
    user.groups.add(Group.objects.get(name=name))

    held = {held for held in user.get_all_permissions() if held.endswith(("autoresponse", "optout"))}

    assert held == MAY[name]


@pytest.mark.promise("L3")
def test_the_list_costs_the_same_for_many(login, make):
    client = login("compliance")
    costs = []
    make()
    client.get(LIST)

    for more in (3, 30):
        for _ in range(more):
            make(differs=True, remote_id=str(uuid4()))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        costs.append([query["sql"] for query in queries.captured_queries])

    assert len(costs[0]) == len(costs[1]) <= 12
    assert not any("COUNT(*)" in sql for sql in costs[1] if "autoresponse" in sql)


def test_a_draft_that_two_people_change_is_compared(login, profile, make):
    compliance = login("compliance")
    draft = make()
    edit = url(draft, "edit")
    mine = Forms(compliance.get(edit).content.decode()).fields | {"resp_text": EDITED, "_save": "1"}
    draft.resp_text = "Theirs: you will hear from us no more."
    draft.keywords = ["STOP", "ALTO"]
    draft.save()

    asked = compliance.post(edit, mine)

    draft.refresh_from_db()
    assert draft.resp_text.startswith("Theirs")
    assert "Changed in two places" in asked.content.decode()
    compliance.post(edit, Forms(asked.content.decode()).fields | choose(asked, "mine") | {"_save": "1"})
    draft.refresh_from_db()
    assert (draft.resp_text, draft.keywords) == (EDITED, ["STOP", "ALTO"])


def test_the_history_names_the_portal_and_who_took_its_copy(login, drifted, client):
    compliance = login("compliance")
    sync.pull(AutoResponse, client)
    fields = Forms(compliance.get(url(drifted)).content.decode()).fields
    compliance.post(url(drifted, "take-theirs"), {"was": fields["was"][0]})

    page = " ".join(compliance.get(url(drifted, "history")).content.decode().split())

    assert page.count("Changed in Telnyx&#x27;s portal: Keywords, Reply") == 1
    assert "Reply: " + REPLY in page
    assert "Telnyx&#x27;s copy: Keywords, Reply" in page
