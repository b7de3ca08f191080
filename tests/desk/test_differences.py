"""Where Telnyx's copy differs from ours: one page for every kind of record, and only what is still to be decided."""

import pytest
from django.contrib.auth.models import Permission

from hosted.models import HostedNumber
from messaging.mirror.models import KnownCopy
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
NOTHING = "Nothing to decide. Every difference the desk found has been settled."
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
    assert "Changed at Telnyx, taken over" in page
    assert "now https://theirs.example/in" in page
    assert "Yes, now No" in page
    assert listed(browser) == []
    assert len(listed(browser, f"{TAKEN}&kind=rcsagent")) == 1


def test_a_profile_changed_from_here_is_not_called_changed_at_telnyx(login, sandbox, telnyx_client, work):
    sync.pull(MessagingProfile, telnyx_client)
    profile = MessagingProfile.objects.get(remote_id=PROFILE_ID)
    browser = login("operator")
    edit = f"/admin/messaging/messagingprofile/{profile.pk}/edit/"
    browser.post(edit, fields(browser, edit) | {"webhook_url": "https://ours.example/in"})
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
