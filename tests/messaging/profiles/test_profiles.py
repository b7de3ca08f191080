"""Profiles at the desk: created, changed and deleted once, whatever happens to an answer."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from messaging.mirror import clock, heartbeat
from messaging.mirror.models import OutboxEntry
from messaging.mirror.records import sync
from messaging.mirror.records.operations import Absent, Found, Unclear
from messaging.models import AlphanumericSender, AutoResponse, MessagingProfile
from messaging.profiles import page
from messaging.profiles.operations import find_changed, find_created
from messaging.telnyx.client import Answer
from tests.choices import choose
from tests.messaging.profiles.conftest import PROFILES, fields, newest, taken_back, text, url
from tests.sandbox.hosted_control import PROFILE_ID
from tests.visitor import Forms

State, Resolution = OutboxEntry.State, OutboxEntry.Resolution
ADD = f"{PROFILES}add/"
OURS = "http://127.0.0.1:9/webhooks/telnyx/"
EVERYTHING = {
    "name": "Larkspur reminders",
    "enabled": "on",
    "destinations": "chosen",
    "countries": ["US", "CA"],
    "webhook_api_version": "2",
    "daily_spend_limit_enabled": "on",
    "daily_spend_limit": "12.50",
    "pool_on": "on",
    "toll_free_weight": "10",
    "long_code_weight": "0.5",
    "skip_unhealthy": "on",
    "geomatch": "on",
    "alpha_sender": "Larkspur",
    "mms_transcoding": "on",
}


def posts(sandbox):
    return sandbox.requests("POST", "messaging_profiles$")


def create(desk, **changes):
    form = fields(desk, ADD) | EVERYTHING | changes
    desk.post(ADD, form)
    return form


def test_a_profile_is_made_with_everything_that_was_typed(desk, sandbox, work):
    create(desk)

    entry = work(newest("create"))

    made = MessagingProfile.objects.get(name="Larkspur reminders")
    held = sandbox.profile(made.remote_id)
    assert entry.state == State.ACCEPTED
    assert held["whitelisted_destinations"] == ["CA", "US"]
    assert held["daily_spend_limit"] == "12.50"
    assert held["number_pool_settings"] == {
        "toll_free_weight": 10,
        "long_code_weight": 0.5,
        "skip_unhealthy": True,
        "sticky_sender": False,
        "geomatch": True,
    }
    assert (held["webhook_url"], held["webhook_api_version"]) == (OURS, "2")
    assert (made.mms_transcoding, made.url_shortener_settings) == (True, None)


@pytest.mark.promise("F107")
def test_a_second_click_is_the_same_profile(desk, sandbox, work):
    form = create(desk)
    desk.post(ADD, form)

    work(newest("create"))

    assert MessagingProfile.objects.filter(name="Larkspur reminders").count() == 1
    assert len(posts(sandbox)) == 1


def test_a_create_whose_answer_was_lost_is_found_by_its_name(desk, sandbox, work):
    sandbox.fault("store_then_lose", method="POST")
    create(desk)

    entry = work(newest("create"))

    assert (entry.state, entry.resolution) == (State.ACCEPTED, Resolution.ADOPTED)
    assert [held["name"] for held in sandbox.profiles()].count("Larkspur reminders") == 1
    assert len(posts(sandbox)) == 1


def test_a_create_is_found_though_the_clocks_were_set_right_after_it_was_sent(desk, sandbox, work):
    """Telnyx dated it an hour before we sent it. When it is looked up, both clocks agree."""

    def telnyx_says(at):
        heartbeat._written.clear()
        heartbeat.heard(Answer(200, {}, None, b"", 0.1, date=at))

    an_hour_ago = clock.ask() - timedelta(hours=1)
    sandbox.fault("store_then_lose", method="POST")
    create(desk)
    telnyx_says(an_hour_ago)
    entry = work(newest("create"), State.UNSURE)
    [made] = [held for held in sandbox.profiles() if held["name"] == "Larkspur reminders"]
    sandbox.edit_profile(made["id"], created_at=an_hour_ago.isoformat())
    telnyx_says(clock.ask())

    entry = work(entry)

    assert (entry.state, entry.resolution, entry.sends) == (State.ACCEPTED, Resolution.ADOPTED, 1)
    assert len(posts(sandbox)) == 1


def test_a_create_that_never_arrived_is_sent_again_once(desk, sandbox, work):
    sandbox.fault("status", status=503, method="POST")
    create(desk)

    entry = work(newest("create"), seconds=25)

    assert (entry.state, entry.sends) == (State.ACCEPTED, 2)
    assert len(sandbox.profiles()) == 4


@pytest.mark.parametrize(
    ("before", "since", "finding"),
    [(0, 0, Absent), (1, 0, Absent), (0, 1, Found), (1, 1, Found), (0, 2, Unclear)],
)
def test_only_an_unknown_profile_of_this_name_made_since_is_ours(
    desk, sandbox, client, before, since, finding
):
    for _ in range(before):
        old = sandbox.seed_profile("Larkspur reminders")
        sandbox.edit_profile(old["id"], created_at="2026-01-05T09:00:00Z")
    sandbox.seed_profile("Larkspur reminders and more")
    create(desk)
    entry = newest("create")
    for _ in range(since):
        sandbox.seed_profile("Larkspur reminders")

    assert isinstance(find_created(entry, entry.resource, client), finding)


def test_a_refused_profile_keeps_what_was_typed_and_can_be_sent_again(desk, sandbox, work):
    wrong = {
        "code": "10015",
        "title": "Bad Request",
        "detail": "Not this one.",
        "source": {"pointer": "/name"},
    }
    sandbox.fault("status", status=400, method="POST", json={"errors": [wrong]})
    create(desk)
    work(newest("create"))
    made = MessagingProfile.objects.get(name="Larkspur reminders")

    again = fields(desk, url(made, "edit"))
    shown = text(desk.get(url(made, "edit")))
    desk.post(url(made, "edit"), again | {"name": "Larkspur"})
    work(newest("create"))

    assert "Not this one." in shown.split('data-field="name"')[1].split("data-field")[0]
    assert again["countries"] == ["CA", "US"]
    assert [held["name"] for held in sandbox.profiles()][3:] == ["Larkspur"]


def test_a_refused_profile_can_be_given_up(desk, sandbox, work):
    sandbox.fault("status", status=400, method="POST", json={"errors": [{"code": "10015", "title": "No"}]})
    create(desk)
    work(newest("create"))
    made = MessagingProfile.objects.get(name="Larkspur reminders")

    desk.post(url(made, "discard"))

    assert "Larkspur reminders" not in text(desk.get(PROFILES))
    assert "Larkspur reminders" in text(desk.get(f"{PROFILES}?there=gone"))


# Changes.


def change(desk, profile, **changes):
    form = fields(desk, url(profile, "edit")) | changes
    form = {name: value for name, value in form.items() if value is not None}
    return confirmed(desk, profile, form)


def confirmed(desk, profile, form):
    """Show what changes, and send it if it can be sent."""
    answer = desk.post(url(profile, "edit"), form)
    if "checked" not in (answer.context or {}):
        return answer
    return desk.post(url(profile, "edit"), form | {"checked": answer.context["checked"], "_send": "1"})


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ({"name": "Renamed"}, {"name": "Renamed"}),
        ({"enabled": None}, {"enabled": False}),
        ({"destinations": "all"}, {"whitelisted_destinations": ["*"]}),
        ({"countries": ["US", "DE", "FR"]}, {"whitelisted_destinations": ["DE", "FR", "US"]}),
        (
            {"daily_spend_limit_enabled": "on", "daily_spend_limit": "7"},
            {"daily_spend_limit_enabled": True, "daily_spend_limit": "7"},
        ),
        (
            {"pool_on": "on", "toll_free_weight": "1", "long_code_weight": "0"},
            {
                "number_pool_settings": {
                    "toll_free_weight": 1,
                    "long_code_weight": 0,
                    "skip_unhealthy": True,
                    "sticky_sender": False,
                    "geomatch": False,
                }
            },
        ),
        ({"alpha_sender": "Larkspur"}, {"alpha_sender": "Larkspur"}),
        ({"ai_opt_out_detection": "on"}, {"features": {"ai_opt_out_detection_enabled": True}}),
        (
            {"webhook_failover_url": "https://larkspur.example/b"},
            {"webhook_failover_url": "https://larkspur.example/b"},
        ),
    ],
)
def test_only_what_differs_is_sent(desk, profile, sandbox, work, typed, sent):
    change(desk, profile, **typed)

    entry = work(newest("update"))

    [patch] = sandbox.requests("PATCH")
    assert entry.state == State.ACCEPTED
    assert json.loads(patch["body"]) == sent
    for name, value in sent.items():
        assert sandbox.profile(PROFILE_ID)[name] == value


def test_what_is_switched_off_is_null_at_telnyx(desk, profile, sandbox, client, work):
    pool = {"toll_free_weight": 1, "long_code_weight": 1, "skip_unhealthy": False}
    shortener = {"domain": "acct.fyi"}
    sandbox.edit_profile(
        PROFILE_ID,
        number_pool_settings=pool,
        url_shortener_settings=shortener,
        webhook_url=OURS,
        alpha_sender="Lark",
    )
    sync.refresh(profile, client)

    change(desk, profile, pool_on=None, shortener_on=None, webhook_url="", alpha_sender="")
    work(newest("update"))

    names = ("number_pool_settings", "url_shortener_settings", "webhook_url", "alpha_sender")
    assert {name: sandbox.profile(PROFILE_ID)[name] for name in names} == dict.fromkeys(names)


def test_nothing_is_sent_when_nothing_differs(desk, profile):
    change(desk, profile)

    assert not OutboxEntry.objects.exists()


def test_the_domains_for_short_links_are_those_telnyx_offers(desk, profile, sandbox, work, chore):
    desk.get(url(profile, "edit"))
    chore()

    assert '<option value="acct.fyi">acct.fyi (marketing)</option>' in text(desk.get(url(profile, "edit")))
    change(desk, profile, shortener_on="on", domain="acct.fyi", prefix="lk")
    work(newest("update"))
    assert sandbox.profile(PROFILE_ID)["url_shortener_settings"]["prefix"] == "lk"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "A profile needs a name."),
        ({"countries": []}, "Select at least one country, or allow every country"),
        ({"daily_spend_limit_enabled": "on"}, "A limit needs an amount."),
        ({"daily_spend_limit": "$ 5"}, "Type dollars with a decimal point and no sign, such as 25 or 12.50"),
        ({"pool_on": "on", "long_code_weight": ""}, "The pool needs both weights"),
        ({"pool_on": "on", "toll_free_weight": "-1", "long_code_weight": "1"}, "greater than or equal to 0"),
        ({"shortener_on": "on"}, "Choose one of the domains"),
        ({"alpha_sender": "12345"}, "at least one letter"),
        ({"webhook_url": "http://10.0.0.1/x"}, "lead to a public website"),
    ],
)
def test_what_telnyx_would_refuse_is_said_and_nothing_is_sent(desk, profile, typed, words):
    answer = change(desk, profile, **typed | {"name": typed.get("name", "Kept words")})

    assert words in text(answer)
    assert "name" in typed or "Kept words" in text(answer)
    assert not OutboxEntry.objects.exists()


def test_a_change_at_telnyx_meanwhile_is_not_overwritten(desk, profile, sandbox, client):
    form = fields(desk, url(profile, "edit")) | {"name": "Mine"}
    sandbox.edit_profile(PROFILE_ID, daily_spend_limit="5")
    sync.refresh(profile, client)

    answer = confirmed(desk, profile, form)

    assert answer.status_code == 302
    assert newest("update").promised() == {"name": "Mine"}
    assert "Those changes stay." in text(desk.get(answer["Location"]))


def test_a_field_that_telnyx_changed_too_is_asked_about(desk, profile, sandbox, client):
    form = fields(desk, url(profile, "edit")) | {"name": "Mine"}
    sandbox.edit_profile(PROFILE_ID, name="Theirs")
    sync.refresh(profile, client)

    answer = desk.post(url(profile, "edit"), form)

    assert "Changed in two places" in text(answer)
    assert not OutboxEntry.objects.exists()
    confirmed(desk, profile, form | choose(answer, "mine"))
    assert newest("update").promised() == {"name": "Mine"}


def test_a_change_whose_answer_was_lost_is_found_by_reading_the_profile(desk, profile, sandbox, work):
    sandbox.fault("store_then_lose", method="PATCH")
    change(desk, profile, name="Renamed")

    entry = work(newest("update"))

    profile.refresh_from_db()
    assert (entry.state, entry.resolution, profile.name) == (State.ACCEPTED, Resolution.ADOPTED, "Renamed")
    assert len(sandbox.requests("PATCH")) == 1


def test_a_change_that_never_arrived_is_distinguished_from_one_that_did(desk, profile, sandbox, client):
    change(desk, profile, daily_spend_limit="10", daily_spend_limit_enabled="on")
    entry = newest("update")

    assert isinstance(find_changed(entry, profile, client), Absent)
    sandbox.edit_profile(PROFILE_ID, daily_spend_limit="10.00", daily_spend_limit_enabled=True)
    assert isinstance(find_changed(entry, profile, client), Found)
    sandbox.delete_profile(PROFILE_ID)
    assert isinstance(find_changed(entry, profile, client), Unclear)


@pytest.mark.promise("F15")
def test_a_refused_change_is_in_the_form_again_beside_what_telnyx_said(desk, profile, sandbox, work):
    wrong = {
        "code": "10015",
        "title": "Bad",
        "detail": "Too light.",
        "source": {"pointer": "/number_pool_settings/long_code_weight"},
    }
    sandbox.fault("status", status=400, method="PATCH", json={"errors": [wrong]})
    change(desk, profile, pool_on="on", toll_free_weight="3", long_code_weight="2")
    work(newest("update"))

    page = url(profile, "edit")

    assert fields(desk, page)["toll_free_weight"] == "3"
    assert (
        "Too light." in text(desk.get(page)).split('data-field="long_code_weight"')[1].split("data-field")[0]
    )


def test_a_change_is_shown_with_what_it_breaks_before_it_is_sent_and_then_in_the_history(
    desk, profile, sandbox, client, work
):
    sandbox.edit_profile(PROFILE_ID, webhook_url=OURS)
    sync.refresh(profile, client)
    form = fields(desk, url(profile, "edit")) | {
        "webhook_url": "https://crm.example/in",
        "countries": ["DE", "US"],
    }

    looked = desk.post(url(profile, "edit"), form)
    page = text(looked)

    assert not OutboxEntry.objects.exists()
    assert "After this, the desk isn't notified of what happens under this profile." in page
    assert "Its events go to https://crm.example/in, not to this desk." in page
    assert [label for label, _before, _after in looked.context["changes"]] == [
        "Allowed countries",
        "Events go to",
    ]
    hidden = Forms(looked.content.decode()).fields
    back = desk.post(url(profile, "edit"), hidden | {"_back": "1"})
    assert 'value="https://crm.example/in"' in text(back)
    stale = desk.post(url(profile, "edit"), hidden | {"name": "Other", "_send": "1"})
    assert "Nothing was sent: something changed meanwhile." in text(stale)
    assert not OutboxEntry.objects.exists()
    desk.post(url(profile, "edit"), hidden | {"_send": "1"})
    work(newest("update"))

    assert sandbox.profile(PROFILE_ID)["webhook_url"] == "https://crm.example/in"
    for shown in (text(desk.get(url(profile))), text(desk.get(url(profile, "history")))):
        assert f"{OURS} → https://crm.example/in" in shown
        assert "United States → Germany, United States" in shown


def test_nobody_changes_what_is_under_way(desk, profile):
    change(desk, profile, name="Renamed")

    answer = desk.get(url(profile, "edit"))

    assert answer.status_code == 302
    assert "Change settings" not in text(desk.get(url(profile)))


# Where events go.


@pytest.mark.parametrize("address", [OURS, OURS[:-1], f"{OURS}0123456789abcdef0123456789abcdef/"])
def test_our_own_address_is_known_with_and_without_a_token(desk, profile, sandbox, client, address):
    sandbox.edit_profile(PROFILE_ID, webhook_url=address)
    sync.refresh(profile, client)

    assert "notified of what happens under this profile" not in text(desk.get(url(profile)))


@pytest.mark.parametrize(
    ("held", "sent"),
    [
        ({"webhook_url": "https://crm.example/hook"}, {"webhook_url": OURS}),
        ({"webhook_url": f"{OURS}elsewhere/"}, {"webhook_url": OURS}),
        (
            {"webhook_url": None, "webhook_api_version": "1"},
            {"webhook_url": OURS, "webhook_api_version": "2"},
        ),
        ({"webhook_url": OURS, "webhook_api_version": "2010-04-01"}, {"webhook_api_version": "2"}),
    ],
)
def test_a_button_brings_the_events_to_this_desk(desk, profile, sandbox, client, work, held, sent):
    sandbox.edit_profile(PROFILE_ID, **held)
    sync.refresh(profile, client)
    page = text(desk.get(url(profile)))
    assert "This desk isn't notified of what happens under this profile." in page
    assert "Not to this desk" in text(desk.get(PROFILES))

    desk.post(url(profile, "fix-webhook"), {"form_token": "once"})
    work(newest("update"))

    [patch] = sandbox.requests("PATCH")
    assert json.loads(patch["body"]) == sent
    assert "notified of what happens under this profile" not in text(desk.get(url(profile)))


def test_without_an_address_of_ours_the_desk_says_so(desk, profile, settings):
    settings.PUBLIC_URL = ""

    page = text(desk.get(url(profile)))

    assert "set PUBLIC_URL" in page
    assert "fix-webhook" not in page


# Deletion.


def test_deleting_needs_the_name_and_says_what_goes(desk, profile, sandbox, client, work, chore):
    sandbox.seed_sender("Larkspur", PROFILE_ID)
    sync.pull(AlphanumericSender, client)
    desk.get(url(profile))
    chore()

    page = text(desk.get(url(profile, "remove")))
    wrong = text(desk.post(url(profile, "remove"), {"typed": "something", "form_token": "a"}))
    assert 'value="something"' in wrong
    assert "That is not the name. Nothing was deleted." in wrong
    assert not OutboxEntry.objects.exists()
    desk.post(url(profile, "remove"), {"typed": f" {profile.name.upper()}", "form_token": "b"})
    entry = work(newest("delete"))

    profile.refresh_from_db()
    assert "It has 3 numbers" in page
    assert "Larkspur" in page
    assert (entry.state, profile.gone_at is not None) == (State.ACCEPTED, True)
    assert "As last read before it disappeared from Telnyx." in text(desk.get(url(profile)))
    assert PROFILE_ID not in [held["id"] for held in sandbox.profiles()]


def test_a_deleted_profile_takes_its_auto_responses_along_at_once(desk, profile, sandbox, work):
    responses = [
        AutoResponse.objects.create(profile=profile, op="stop", keywords=["BYE"], remote_id=str(uuid4())),
        AutoResponse.objects.create(profile=profile, op="info", keywords=["HOURS"]),
    ]
    other = MessagingProfile.objects.exclude(pk=profile.pk).first()
    responses.append(AutoResponse.objects.create(profile=other, op="stop", remote_id=str(uuid4())))

    desk.post(url(profile, "remove"), {"typed": profile.name, "form_token": "a"})
    work(newest("delete"))

    profile.refresh_from_db()
    for response in responses:
        response.refresh_from_db()
    # A draft was never at Telnyx, and what was typed stays.
    assert [response.gone_at for response in responses] == [profile.gone_at, None, None]


def test_a_deletion_can_be_taken_back_until_it_is_sent(desk, profile, sandbox, settings):
    settings.UNDO_SECONDS = 20.0
    desk.post(url(profile, "remove"), {"typed": profile.name, "form_token": "a"})

    taken_back(desk, profile)

    assert sandbox.requests("DELETE") == []
    again = desk.post(url(profile, "remove"), {"typed": profile.name, "form_token": "a"}, follow=True)
    assert "Nothing was sent: this request was withdrawn." in text(again)


def test_a_lost_answer_to_a_deletion_deletes_once(desk, profile, sandbox, work):
    sandbox.fault("store_then_lose", method="DELETE")

    desk.post(url(profile, "remove"), {"typed": profile.name, "form_token": "a"})
    entry = work(newest("delete"))

    profile.refresh_from_db()
    assert (entry.state, profile.gone_at is not None) == (State.ACCEPTED, True)
    assert len(sandbox.profiles()) == 2


def test_a_profile_deleted_in_the_portal_is_gone_here_after_the_next_pull(profile, sandbox, client):
    sandbox.delete_profile(PROFILE_ID)

    sync.pull_whole(client)
    sync.poll_due(client)

    profile.refresh_from_db()
    assert profile.gone_at is not None


# Numbers.


def test_numbers_and_short_codes_are_shown_with_their_age(desk, profile, sandbox, chore):
    before = text(desk.get(url(profile)))
    chore()
    after = text(desk.get(url(profile)))

    assert "Waiting for Telnyx's answer." in before
    assert "+1 800 555 0170" in after
    for seen in (
        ", United States</small>",
        ">SMS: within the country, from abroad, to abroad; MMS: within the country, from abroad</td>",
        ">A2P<",
    ):
        assert seen in after
    assert "Waiting for Telnyx's answer." not in after
    asked = len(sandbox.requests("GET", "phone_numbers"))
    chore()
    assert len(sandbox.requests("GET", "phone_numbers")) == asked == 1


def test_short_codes_are_shown_too(desk, profile, chore):
    other = MessagingProfile.objects.get(name="Customer care")
    desk.get(url(other))
    chore()

    page = text(desk.get(url(other)))
    for seen in ("24680</span></td>", ">United States</td>", ">campaign, spring</td>"):
        assert seen in page


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (None, "-"),
        ({"sms": {"domestic_two_way": True}, "mms": None}, "SMS: within the country; MMS: no"),
        ({"sms": [], "fax": {}}, "SMS: no"),
    ],
)
def test_what_a_number_can_do_is_said_as_far_as_telnyx_says_it(features, words):
    assert page.can(features) == words


def test_numbers_that_cannot_be_read_say_why_and_keep_the_last(desk, profile, sandbox, chore):
    desk.get(url(profile))
    chore()
    sandbox.fault("status", status=500, path="phone_numbers", count=None)
    desk.post(url(profile, "ask"))
    chore()

    shown = text(desk.get(url(profile)))

    assert "Couldn't read it:" in shown
    assert "+1 800 555 0170" in shown


# Viewing and changing.


@pytest.mark.promise("L3")
def test_lists_and_pages_ask_as_much_for_many_as_for_few(desk, profile, chore):
    desk.get(PROFILES)
    counts = []
    for more in (0, 30):
        for n in range(more):
            MessagingProfile.objects.create(name=f"More {n}", remote_id=f"more-{n}", sync_state="accepted")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert desk.get(PROFILES).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 12
    desk.get(url(profile))
    chore()
    with CaptureQueriesContext(connection) as queries:
        desk.get(url(profile))
    assert len(queries) <= 22


ACTIONS = ("edit", "remove", "secret", "reveal", "fix-webhook", "discard")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.promise("X86")
def test_every_action_is_refused_to_people_who_only_view(viewer, profile, action):
    form = {"form_token": "x", "typed": profile.name, "name": "Forged", "entry": str(uuid4())}

    assert viewer.post(url(profile, action), form).status_code == 403
    assert not OutboxEntry.objects.exists()


@pytest.mark.promise("F87")
def test_people_who_only_view_see_everything_and_no_button(viewer, profile):
    pages = [PROFILES, url(profile), url(profile, "figures"), f"{PROFILES}figures/", url(profile, "progress")]

    answers = [viewer.get(page) for page in pages]

    assert {answer.status_code for answer in answers} == {200}
    assert not any(word in text(answers[1]) for word in ("Change settings", "New secret", 'remove/"'))
    assert viewer.get(ADD).status_code == viewer.post(ADD, EVERYTHING).status_code == 403
    assert viewer.post(url(profile), {"name": "Forged"}).status_code == 403
    assert viewer.post(url(profile, "delete"), {"post": "yes"}).status_code == 403
    assert viewer.post(url(profile, "ask")).status_code == 403


@pytest.mark.promise("X84")
def test_no_action_is_done_by_a_link_or_without_the_token_of_a_form(desk, operator, profile):
    forger = Browser(enforce_csrf_checks=True)
    forger.force_login(operator)

    linked = {
        desk.get(url(profile, action)).status_code for action in ("reveal", "fix-webhook", "ask", "discard")
    }

    assert linked == {405}
    assert {forger.post(url(profile, action)).status_code for action in ACTIONS} == {403}


def test_a_stranger_sees_nothing(client, profile, db):
    assert Browser().get(url(profile)).status_code == 302
