"""Where Telnyx's copy differs from ours: one page for every kind of record, and only what is still to be decided."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from hosted.models import HostedNumber
from messaging.mirror.models import KnownCopy, OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from messaging.models import AutoResponse, MessagingProfile, ProfileChange
from rcs.models import RcsAgent
from tests.desk.conftest import make_request
from tests.desk.lists import MOST_QUERIES, queries
from tests.sandbox.hosted_control import PROFILE_ID
from tests.sandbox.rcs_control import AGENT_ID
from tests.tollfree.pages import fields, text
from tollfree.models import VerificationRequest

DIFFERENCES = "/admin/desk/differences/"
TAKEN = f"{DIFFERENCES}?show=taken"
NOTHING = "Nothing to decide. A record appears here when its copy at Telnyx differs from ours."
PORTAL_SITE = "https://portal.example"


def compare(request: VerificationRequest) -> str:
    return f"/admin/tollfree/verificationrequest/{request.pk}/differences/"


def listed(browser, address: str = DIFFERENCES) -> list[str]:
    answer = browser.get(address)
    assert answer.status_code == 200
    return [each["row"].title for each in answer.context["rows"]]


@pytest.fixture
def request_sent(work) -> VerificationRequest:
    request = make_request()
    work(outbox.add(request, "create", requested_by=None))
    request.refresh_from_db()
    return request


@pytest.fixture
def changed(request_sent, sandbox, telnyx_client) -> VerificationRequest:
    """Return a request whose website someone changed in Telnyx's portal."""
    sandbox.edit(request_sent.remote_id, corporateWebsite=PORTAL_SITE)
    sync.refresh(request_sent, telnyx_client)
    return request_sent


@pytest.fixture
def answer_changed(work, sandbox, telnyx_client) -> AutoResponse:
    """Return an auto-response whose reply someone changed in Telnyx's portal."""
    sync.pull(MessagingProfile, telnyx_client)
    config = AutoResponse.objects.create(
        op="stop",
        country_code="US",
        keywords=["STOP"],
        resp_text="Larkspur Dental: you will get no more texts from us.",
        profile=MessagingProfile.objects.get(remote_id=PROFILE_ID),
    )
    work(config.promise("create", requested_by=None))
    config.refresh_from_db()
    sandbox.edit_autoresponse(config.remote_id, resp_text="Edited by a person in the portal.")
    sync.pull(AutoResponse, telnyx_client)
    return config


@pytest.mark.django_db
def test_an_empty_page_says_so_and_the_home_page_says_nothing(login):
    browser = login("compliance")

    assert NOTHING in text(browser.get(DIFFERENCES))
    assert "No difference of this kind." in text(browser.get(f"{DIFFERENCES}?kind=tollfree"))
    assert "People who may change them decide which side is right." in text(login("auditor").get(DIFFERENCES))
    assert "Nothing was changed at Telnyx in the last 30 days." in text(browser.get(TAKEN))
    assert "Differences to decide" not in text(browser.get("/admin/"))


def test_a_request_changed_in_the_portal_is_listed_until_someone_decides(login, changed):
    browser = login("compliance")
    [each] = browser.get(DIFFERENCES).context["rows"]

    assert (each["row"].fields, each["row"].url) == (["Website"], compare(changed))
    page = text(browser.get(DIFFERENCES))
    assert "Action needed" in page
    assert "Nobody has it" in page
    assert "Differences to decide" in text(browser.get("/admin/"))
    browser.post(compare(changed), fields(browser, compare(changed)) | {"decide_corporate_website": "ours"})

    assert NOTHING in text(browser.get(DIFFERENCES))
    assert "No difference of this kind." in text(browser.get(f"{DIFFERENCES}?kind=tollfree"))
    assert "People who may change them decide which side is right." in text(login("auditor").get(DIFFERENCES))
    assert "Differences to decide" not in text(browser.get("/admin/"))


def test_what_was_decided_is_listed_again_when_telnyxs_copy_changes_again(
    login, changed, sandbox, telnyx_client
):
    browser = login("compliance")
    browser.post(compare(changed), fields(browser, compare(changed)) | {"decide_corporate_website": "theirs"})
    assert listed(browser) == []

    sandbox.edit(changed.remote_id, corporateWebsite="https://again.example")
    sync.refresh(changed, telnyx_client)

    assert listed(browser) == [str(changed)]


def test_an_edit_that_makes_both_copies_the_same_leaves_nothing_to_decide(login, changed):
    browser = login("compliance")
    row = VerificationRequest.objects.get(pk=changed.pk)
    row.corporate_website = PORTAL_SITE
    row.save()
    assert listed(browser) == []
    assert "Differences to decide" not in text(browser.get("/admin/"))

    row.corporate_website = "https://ours.example"
    row.save()

    assert listed(browser) == [str(changed)]


def test_while_a_request_is_on_its_way_the_page_says_to_decide_later(login, changed):
    outbox.add(changed, "delete", requested_by=None)

    page = text(login("compliance").get(DIFFERENCES))

    assert "A request about it is on its way to Telnyx. Decide once that is settled." in page


def test_what_is_gone_from_telnyx_is_not_listed(login, changed, sandbox, telnyx_client):
    sandbox.delete(changed.remote_id)
    sync.refresh(changed, telnyx_client)

    assert listed(login("compliance")) == []
    assert not KnownCopy.objects.filter(open_since__isnull=False).exists()


def test_kinds_are_filtered_and_what_waits_longest_comes_first(login, changed, answer_changed):
    browser = login("compliance")
    answer = f"{answer_changed} on {answer_changed.profile}"

    assert listed(browser) == [str(changed), answer]
    assert listed(browser, f"{DIFFERENCES}?kind=tollfree") == [str(changed)]
    assert listed(browser, f"{DIFFERENCES}?kind=autoresponse") == [answer]
    [row] = browser.get(f"{DIFFERENCES}?kind=autoresponse").context["rows"]
    assert row["row"].fields == ["Reply"]
    assert row["row"].url == f"/admin/messaging/autoresponse/{answer_changed.pk}/change/"


def test_settings_that_follow_telnyx_are_listed_as_taken_over(login, sandbox, telnyx_client):
    for model in (MessagingProfile, RcsAgent):
        sync.pull(model, telnyx_client)
    sandbox.edit_profile(PROFILE_ID, webhook_url="https://theirs.example/in", enabled=False)
    sandbox.edit_agent(AGENT_ID, enabled=False)
    for model in (MessagingProfile, RcsAgent):
        sync.pull(model, telnyx_client)
    browser = login("operator")

    rows = browser.get(TAKEN).context["rows"]
    page = text(browser.get(TAKEN))

    assert {(each["kind"].name, *each["row"].fields) for each in rows} == {
        ("profile", "Events go to"),
        ("profile", "Enabled"),
        ("rcsagent", "Enabled"),
    }
    assert "Changed at Telnyx, updated here" in page
    assert "now https://theirs.example/in" in page
    assert "Yes, now No" in page
    assert listed(browser) == []
    assert len(listed(browser, f"{TAKEN}&kind=rcsagent")) == 1


def test_a_profile_changed_from_here_is_not_called_changed_at_telnyx(login, sandbox, telnyx_client, work):
    sync.pull(MessagingProfile, telnyx_client)
    profile = MessagingProfile.objects.get(remote_id=PROFILE_ID)
    browser = login("operator")
    edit = f"/admin/messaging/messagingprofile/{profile.pk}/edit/"
    form = fields(browser, edit) | {"webhook_url": "https://ours.example/in"}
    checked = browser.post(edit, form).context["checked"]
    browser.post(edit, form | {"checked": checked, "_send": "1"})
    work(outbox.entries(profile).get())

    assert ProfileChange.objects.get(profile=profile).source == "api"
    assert listed(browser, TAKEN) == []


def test_a_hosted_number_changed_in_the_portal_is_taken_over(login, sandbox, telnyx_client):
    row = HostedNumber.objects.create(
        remote_id="n-1", phone_number="+13125550188", sync_state="accepted", remote_data={}
    )
    record = {"id": "n-1", "phone_number": "+13125550188", "tags": []}
    row.apply(record, source="sync", as_of=row.created_at)
    row.apply({**record, "tags": ["portal"]}, source="sync", as_of=row.updated_at)

    page = text(login("operator").get(TAKEN))

    assert "Tags: no tags, now portal" in page


ACCEPT = f"{DIFFERENCES}accept/"


def looked_at(browser) -> dict[str, list[str]]:
    """Look at what Telnyx's copy of everything on the page would replace; return what the button posts."""
    look = browser.get(browser.get(DIFFERENCES).context["accept_all_url"])
    assert "2 differences on 2 records: Telnyx's values replace ours. Nothing is sent." in text(look)
    assert PORTAL_SITE in text(look)
    assert "Edited by a person in the portal." in text(look)
    return {"row": [mark for mark, _look in look.context["looks"]]}


def test_telnyxs_copy_is_taken_over_for_all_of_a_page_after_a_look(login, changed, answer_changed):
    browser = login("compliance")
    sent = OutboxEntry.objects.count()
    data = looked_at(browser)
    changed.refresh_from_db()
    assert changed.corporate_website != PORTAL_SITE

    done = text(browser.post(ACCEPT, data))

    assert "2 of 2 records were updated to Telnyx's copy. Nothing was sent." in done
    changed.refresh_from_db()
    answer_changed.refresh_from_db()
    assert changed.corporate_website == PORTAL_SITE
    assert answer_changed.resp_text == "Edited by a person in the portal."
    assert listed(browser) == []
    assert OutboxEntry.objects.count() == sent
    said = dict(LogEntry.objects.values_list("object_id", "change_message"))
    assert "Telnyx's copy: Website" in said[str(changed.pk)]
    assert "Telnyx's copy: Reply" in said[str(answer_changed.pk)]
    again = text(browser.post(ACCEPT, data))
    assert "0 of 2 records were updated" in again


def test_an_edit_made_meanwhile_is_left_out_and_named(login, changed, answer_changed):
    browser = login("compliance")
    data = looked_at(browser)
    VerificationRequest.objects.filter(pk=changed.pk).update(corporate_website="https://ours.example")

    done = browser.post(ACCEPT, data)

    assert "1 of 2 records were updated" in text(done)
    assert "It changed in the meantime, so nothing was decided. Compare again." in text(done)
    assert [(look.title, bool(why)) for look, _group, _words, why in done.context["results"]] == [
        (str(changed), True),
        (f"{answer_changed} on {answer_changed.profile}", False),
    ]
    changed.refresh_from_db()
    assert changed.corporate_website == "https://ours.example"
    assert listed(browser) == [str(changed)]


def test_only_what_a_person_decides_about_is_taken_over(login, changed, answer_changed):
    data = looked_at(login("compliance"))
    theirs, others = ([mark for mark in data["row"] if mark.startswith(name)] for name in ("toll", "auto"))
    operator, support = login("operator"), login("support")
    [requests, answers] = operator.get(DIFFERENCES).context["rows"]

    assert (requests["mark"], answers["mark"]) == (f"tollfree:{changed.pk}", "")
    assert support.get(DIFFERENCES).context["accept_url"] == ""
    for browser, rows in ((operator, others), (operator, data["row"]), (support, theirs)):
        assert browser.get(ACCEPT, {"row": rows}).status_code == 403
        assert browser.post(ACCEPT, {"row": rows}).status_code == 403
    assert login("admin", enforce_csrf_checks=True).post(ACCEPT, data).status_code == 403
    assert len(listed(operator)) == 2
    assert operator.post(ACCEPT, {"row": theirs}).status_code == 200
    assert len(listed(operator)) == 1


def test_what_is_under_way_or_odd_is_never_taken_over(login, changed):
    browser = login("compliance")
    outbox.add(changed, "delete", requested_by=None)
    mark = f"tollfree:{changed.pk}"

    look = text(browser.get(ACCEPT, {"row": [mark, mark]}))
    done = text(browser.post(ACCEPT, {"row": f"{mark}:x"}))

    assert "There is nothing left to replace." in look
    assert look.count("A request about it is on its way to Telnyx.") == 1
    assert "Nothing was decided: a request for it is on its way to Telnyx." in done
    for row in ([], ["tollfree:x"], ["x"]):
        for answer in (browser.get(ACCEPT, {"row": row}), browser.post(ACCEPT, {"row": row})):
            assert (answer.status_code, answer["Location"]) == (302, DIFFERENCES)


@pytest.mark.django_db
def test_people_see_the_kinds_they_may_view_and_nobody_else_opens_the_page(login, person):
    user = person("nobody")
    user.user_permissions.add(Permission.objects.get(codename="view_rcsagent"))
    browser = login("support")
    browser.force_login(user)

    page = text(browser.get(TAKEN))
    assert "Filter by kind" not in browser.get(TAKEN).content.decode()
    assert "Nothing was changed at Telnyx" in page
    user.user_permissions.clear()
    assert browser.get(DIFFERENCES).status_code == 403


@pytest.mark.django_db
def test_a_page_of_many_takes_as_many_queries_as_a_page_of_few(login):
    browser = login("compliance")

    def differing(n: int) -> None:
        request = make_request(businessName=f"Business {n}")
        VerificationRequest.objects.filter(pk=request.pk).update(remote_id=f"r-{n}", sync_state="accepted")
        request.refresh_from_db()
        record = {**request.wire.dump(request), "id": f"r-{n}"}
        request.apply(record, source="sync", as_of=request.created_at)
        request.apply({**record, "corporateWebsite": PORTAL_SITE}, source="sync", as_of=request.updated_at)

    for n in range(2):
        differing(n)
    browser.get(DIFFERENCES)
    few = queries(browser, DIFFERENCES)
    for n in range(2, 55):
        differing(n)

    many = queries(browser, DIFFERENCES)

    assert len(listed(browser)) == 50
    assert len(listed(browser, f"{DIFFERENCES}?page=2")) == 5
    assert len(many) == len(few) <= MOST_QUERIES
