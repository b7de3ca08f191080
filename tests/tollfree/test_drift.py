"""Someone changes a request in Telnyx's portal: nobody's edit is lost, and nothing is replaced before it is decided."""

import pytest

from messaging.desk import acts
from messaging.mirror.inbound import drain
from messaging.mirror.models import OutboxEntry, PortalChange
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.records import sync
from tests.signing import STATUS_UPDATE, deliver, event
from tests.tollfree.pages import LIST, change, fields, text
from tollfree.models import VerificationRequest

State = OutboxEntry.State

CHANGED = "Someone changed this request in Telnyx's portal."
STOP = "Decide this before you submit."
WHY = "The new site opens next week."
SITE, PORTAL_SITE = "https://www.larkspur-dental.example", "https://portal.example"


def submit(request: VerificationRequest) -> str:
    return f"{LIST}{request.pk}/submit/"


def compare(request: VerificationRequest) -> str:
    return f"{LIST}{request.pk}/differences/"


@pytest.fixture
def rejected(make, work, sandbox, client) -> VerificationRequest:
    """Return a request that was sent from here, and that Telnyx has rejected."""
    request = make()
    work(outbox.add(request, "create", requested_by=None))
    request.refresh_from_db()
    sandbox.set_status(request.remote_id, "Rejected", "No brand.", webhook=False)
    sync.refresh(request, client)
    return request


@pytest.fixture
def in_portal(rejected, sandbox, client):
    """Return what changes the request in the portal, by Telnyx's names, and has it read again."""

    def edited(**changes) -> VerificationRequest:
        sandbox.edit(rejected.remote_id, **changes)
        sync.refresh(rejected, client)
        return rejected

    return edited


def decide(browser, request, *, was: dict | None = None, submit: bool = False, **choices):
    form = was or fields(browser, compare(request))
    typed = {f"decide_{name}": choice for name, choice in choices.items()}
    return browser.post(compare(request), form | typed | ({"submit": "1"} if submit else {}), follow=True)


def save(browser, request, **changes):
    return browser.post(change(request), fields(browser, change(request)) | changes | {"_save": "1"})


# What is a difference.


def test_a_change_in_the_portal_is_shown_with_three_values(login, in_portal):
    request = in_portal(corporateWebsite=PORTAL_SITE, businessContactEmail="new@larkspur-dental.example")
    browser = login("compliance")
    save(browser, request, corporate_website="https://ours.example")

    page = text(browser.get(compare(request)))

    assert f"Website At Telnyx {PORTAL_SITE}" in page
    assert "Ours https://ours.example" in page
    assert f"Last sent {SITE}" in page
    assert "Email At Telnyx new@larkspur-dental.example" in page
    assert CHANGED in text(browser.get(change(request)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("useCase", "APPOINTMENTS"),
        ("entityType", "private_profit"),
        ("businessRegistrationCountry", "us"),
        ("messageVolume", " 10,000 "),
        ("businessName", "  Larkspur Dental Group LLC\r\n"),
        ("businessState", "IL"),
        ("phoneNumbers", [{"phoneNumber": "+1 (800) 555-0123"}]),
        ("businessContactPhone", "(217) 555-0142"),
        ("optInKeywords", "yes,start"),
        ("isvReseller", ""),
        ("doingBusinessAs", "   "),
        ("ageGatedContent", False),
        ("additionalInformation", None),  # left out of Telnyx's answer
        ("campaignVerifyAuthorizationToken", "cv-1"),  # goes with political messages only
        ("somethingNew", "which we don't know"),
    ],
)
def test_what_means_the_same_is_no_difference(login, in_portal, name, value):
    request = in_portal(**{name: value})

    assert request.undecided() == []
    assert CHANGED not in text(login("compliance").get(change(request)))
    assert not PortalChange.objects.exists()


def test_null_is_the_same_as_nothing_and_not_the_same_as_something(rejected, in_portal, client):
    record = {**rejected.remote_data, "isvReseller": None, "corporateWebsite": None}
    rejected.apply(record, source="sync", as_of=rejected.remote_as_of)

    assert rejected.undecided() == ["corporate_website"]


def test_the_order_of_numbers_and_pictures_means_nothing(make, rejected):
    VerificationRequest.objects.filter(pk=rejected.pk).update(
        phone_numbers=["+18005550123", "+18335550124"],
        opt_in_workflow_image_urls=["https://a.example/1.png", "https://a.example/2.png"],
    )
    rejected.refresh_from_db()
    record = {
        **rejected.remote_data,
        "phoneNumbers": [{"phoneNumber": "+18335550124"}, {"phoneNumber": "+18005550123"}],
        "optInWorkflowImageURLs": [{"url": "https://a.example/2.png"}, {"url": "https://a.example/1.png"}],
    }
    rejected.apply(record, source="sync", as_of=rejected.remote_as_of)

    assert rejected.apart() == []


@pytest.mark.parametrize("value", [123, {"odd": "shape"}, ["a list"], True])
def test_a_value_of_a_strange_shape_is_shown_and_can_be_taken(login, in_portal, value):
    request = in_portal(corporateWebsite=value)
    browser = login("compliance")

    page = decide(browser, request, corporate_website="theirs")

    assert page.status_code == 200
    request.refresh_from_db()
    assert request.undecided() == []


def test_an_edit_of_ours_alone_is_no_difference(login, rejected, client):
    browser = login("compliance")
    save(browser, rejected, business_city="Chicago")
    sync.refresh(rejected, client)

    assert rejected.undecided() == []
    assert "Changed since the last version" in text(browser.get(change(rejected)))
    assert STOP not in text(browser.get(submit(rejected)))


def test_the_same_edit_on_both_sides_needs_no_decision(login, rejected, in_portal):
    save(login("compliance"), rejected, business_city="Peoria")

    assert in_portal(businessCity="Peoria").undecided() == []


def test_a_request_imported_and_then_edited_on_both_sides_asks_for_telnyxs_change_alone(
    login, sandbox, make, client
):
    draft = make()
    record = sandbox.seed(draft.wire.dump(draft), status="Rejected", reason="No brand.")
    VerificationRequest.objects.all().delete()
    sync.pull(VerificationRequest, client)
    request = VerificationRequest.objects.get(remote_id=record["id"])
    browser = login("compliance")
    save(browser, request, business_city="Chicago")
    sandbox.edit(record["id"], corporateWebsite=PORTAL_SITE)
    sync.refresh(request, client)

    assert request.undecided() == ["corporate_website"]
    assert "Last sent not known" in text(browser.get(compare(request)))


# Deciding.


def test_telnyxs_copy_is_taken_ours_is_kept_and_both_are_on_record(login, in_portal, sandbox):
    request = in_portal(
        corporateWebsite=PORTAL_SITE, businessCity="Peoria", businessContactEmail="new@secret.example"
    )
    sandbox.clear_requests()
    browser = login("compliance")

    decide(
        browser, request, corporate_website="theirs", business_city="ours", business_contact_email="theirs"
    )

    request.refresh_from_db()
    assert (request.corporate_website, request.business_city) == (PORTAL_SITE, "Springfield")
    assert request.undecided() == []
    [act] = list(acts.steps(request))
    assert act.text == "Telnyx's copy: Website, Email\nOurs kept: City"
    assert act.who == "compliance"
    assert "new@secret.example" not in f"{act.title} {act.text}"
    assert sandbox.requests("PATCH") == []
    assert "Decided where Telnyx's copy differs" in text(browser.get(change(request)))


def test_part_may_be_decided_and_the_rest_stays(login, in_portal):
    request = in_portal(corporateWebsite=PORTAL_SITE, businessCity="Peoria")
    browser = login("compliance")

    page = text(decide(browser, request, corporate_website="ours"))

    assert "Decided; 1 field is left." in page
    assert request.undecided() == ["business_city"]


@pytest.mark.parametrize(("choice", "site"), [("theirs", PORTAL_SITE), ("ours", SITE)])
def test_all_at_once(login, in_portal, choice, site):
    request = in_portal(corporateWebsite=PORTAL_SITE, businessCity="Peoria")

    decide(login("compliance"), request, all=choice)

    request.refresh_from_db()
    assert request.corporate_website == site
    assert request.undecided() == []


@pytest.mark.parametrize("choices", [{}, {"corporate_website": "mine"}, {"business_city": "ours"}])
def test_a_form_without_a_choice_decides_nothing_and_says_so(login, in_portal, choices):
    request = in_portal(corporateWebsite=PORTAL_SITE)

    page = text(decide(login("compliance"), request, **choices))

    assert "Nothing was decided" in page
    assert request.undecided() == ["corporate_website"]


def test_ours_stays_decided_until_telnyxs_value_changes_again(login, in_portal, client):
    request = in_portal(corporateWebsite=PORTAL_SITE)
    decide(login("compliance"), request, corporate_website="ours")
    sync.refresh(request, client)
    assert in_portal(businessCity="Peoria").undecided() == ["business_city"]

    assert in_portal(corporateWebsite="https://other.example").undecided() == [
        "corporate_website",
        "business_city",
    ]


def test_a_decision_on_a_value_that_moved_meanwhile_is_asked_again(login, in_portal):
    request = in_portal(corporateWebsite=PORTAL_SITE)
    browser = login("compliance")
    was = fields(browser, compare(request))
    in_portal(corporateWebsite="https://other.example")

    for choice in ("theirs", "ours"):
        page = text(decide(browser, request, was=was, corporate_website=choice))
        assert "It changed in the meantime, so nothing was decided." in page
        assert "https://other.example" in page
    request.refresh_from_db()
    assert request.corporate_website == SITE
    assert request.undecided() == ["corporate_website"]


def test_a_decision_made_on_an_older_version_is_asked_again(login, in_portal):
    request = in_portal(corporateWebsite=PORTAL_SITE)
    browser = login("compliance")
    was = fields(browser, compare(request))
    save(browser, request, corporate_website="https://ours.example")

    page = text(decide(browser, request, was=was, corporate_website="theirs"))

    assert "It changed in the meantime" in page
    request.refresh_from_db()
    assert request.corporate_website == "https://ours.example"


def test_a_second_press_and_a_second_tab_decide_nothing_more(login, in_portal):
    request = in_portal(corporateWebsite=PORTAL_SITE)
    browser = login("compliance")
    was = fields(browser, compare(request))
    decide(browser, request, was=was, corporate_website="ours")

    page = text(decide(browser, request, was=was, corporate_website="theirs"))

    assert "Nothing is left to decide" in page
    request.refresh_from_db()
    assert request.corporate_website == SITE
    assert len(list(acts.steps(request))) == 1


@pytest.mark.parametrize("who", ["support", "approver", "auditor"])
def test_only_those_who_may_change_it_decide(login, in_portal, who):
    request = in_portal(corporateWebsite=PORTAL_SITE)
    was = fields(login("compliance"), compare(request))
    browser = login(who)

    answer = browser.post(compare(request), was | {"decide_corporate_website": "theirs"})

    assert answer.status_code == 403
    assert request.undecided() == ["corporate_website"]
    page = browser.get(compare(request)).content.decode()
    assert 'type="radio"' not in page
    assert PORTAL_SITE in page


def test_contacts_and_secrets_are_masked_there_too(login, in_portal):
    request = in_portal(
        businessContactEmail="new@secret.example",
        businessAddr1="9 Hidden Road",
        businessRegistrationNumber="98-7654321",
    )
    page = text(login("compliance").get(compare(request)))
    assert "new@secret.example" in page

    support = login("support")
    for url in (compare(request), change(request), f"{LIST}{request.pk}/history/"):
        page = support.get(url).content.decode()
        for hidden in ("new@secret.example", "9 Hidden Road", "98-7654321", "robin@", "12-3456789"):
            assert hidden not in page, (url, hidden)


# Nothing is sent before.


def test_the_page_that_submits_stops_until_all_is_decided(login, in_portal, sandbox, work):
    request = in_portal(corporateWebsite=PORTAL_SITE, businessCity="Peoria")
    sandbox.clear_requests()
    browser = login("compliance")
    page = browser.get(submit(request))
    assert STOP in text(page)
    assert 'name="confirm"' not in page.content.decode()

    page = text(decide(browser, request, submit=True, corporate_website="theirs"))
    assert STOP in page
    page = decide(browser, request, submit=True, business_city="ours")
    assert 'name="confirm"' in page.content.decode()
    assert "City Peoria Springfield" in text(page).split("What changes at Telnyx")[1]
    browser.post(submit(request), fields(browser, submit(request)) | {"reason": WHY})
    work(OutboxEntry.objects.get(operation="update"))

    held = sandbox.record(request.remote_id)["fields"]
    assert (held["corporateWebsite"], held["businessCity"]) == (PORTAL_SITE, "Springfield")
    request.refresh_from_db()
    assert request.apart() == []


def test_a_confirmation_opened_before_the_change_sends_nothing(login, rejected, in_portal):
    browser = login("compliance")
    old = fields(browser, submit(rejected))
    in_portal(corporateWebsite=PORTAL_SITE)

    page = text(browser.post(submit(rejected), old | {"confirm": "1"}, follow=True))

    assert "Nothing was sent: someone changed the request in Telnyx's portal." in page
    assert STOP in page
    assert not OutboxEntry.objects.filter(operation="update").exists()


def test_a_change_nobody_has_read_yet_stops_what_is_already_queued(login, rejected, sandbox, work):
    browser = login("compliance")
    save(browser, rejected, business_city="Chicago")
    browser.post(submit(rejected), fields(browser, submit(rejected)) | {"reason": WHY})
    sandbox.edit(rejected.remote_id, corporateWebsite=PORTAL_SITE)
    sandbox.clear_requests()

    entry = work(OutboxEntry.objects.get(operation="update"))

    assert entry.state == State.CANCELLED
    assert sandbox.requests("PATCH") == []
    rejected.refresh_from_db()
    assert rejected.business_city == "Chicago"
    page = text(browser.get(change(rejected)))
    assert CHANGED in page
    assert (
        "Nothing was sent: someone changed the request in Telnyx's portal after it was submitted here."
        in page
    )


def test_what_was_verified_meanwhile_is_not_corrected(login, rejected, sandbox, work):
    browser = login("compliance")
    save(browser, rejected, business_city="Chicago")
    browser.post(submit(rejected), fields(browser, submit(rejected)) | {"reason": WHY})
    sandbox.set_status(rejected.remote_id, "Verified", webhook=False)

    entry = work(OutboxEntry.objects.get(operation="update"))

    assert (entry.state, sandbox.requests("PATCH")) == (State.CANCELLED, [])
    assert sandbox.record(rejected.remote_id)["status"] == "Verified"


def test_while_telnyx_cannot_be_read_a_correction_waits(login, rejected, sandbox, client, work):
    browser = login("compliance")
    browser.post(submit(rejected), fields(browser, submit(rejected)) | {"reason": WHY})
    entry = OutboxEntry.objects.get(operation="update")
    sandbox.fault("status", status=500, method="GET", count=None)

    relay.relay(entry.pk, client)

    entry.refresh_from_db()
    assert (entry.state, sandbox.requests("PATCH")) == (State.QUEUED, [])
    sandbox.clear_faults()
    outbox.retry_now(entry)
    assert work(entry).state == State.ACCEPTED


# The history.


@pytest.mark.parametrize("by_hint", [True, False])
def test_the_history_names_the_portal_once(login, rejected, sandbox, client, chore, by_hint):
    sandbox.edit(
        rejected.remote_id,
        corporateWebsite=PORTAL_SITE,
        businessContactEmail="new@secret.example",
    )
    for _ in range(3):
        if by_hint:
            assert deliver(event(STATUS_UPDATE, id=rejected.remote_id, status="rejected")) == 200
            drain.drain()
            sync.poll_due(client)
        else:
            sync.refresh(rejected, client)
            sync.pull(VerificationRequest, client)

    browser = login("compliance")
    page = text(browser.get(change(rejected)))
    assert page.count("Changed in Telnyx's portal: Website, Email") == 1
    assert f"Website: {SITE} → {PORTAL_SITE}" in page
    shown = page.split("Changed in Telnyx's portal: Website, Email")[1].split("History")[0]
    assert "new@secret.example" not in shown
    assert "https://www" not in str(rejected.portal_changes()[0].changes.get("business_contact_email"))
    sandbox.edit(rejected.remote_id, corporateWebsite=SITE)
    sync.refresh(rejected, client)
    assert f"Website: {PORTAL_SITE} → {SITE}" in text(browser.get(change(rejected)))


def test_what_we_send_is_not_called_a_change_in_the_portal(login, rejected, work, client):
    browser = login("compliance")
    save(browser, rejected, business_city="Chicago", isv_reseller="Agency Ltd", age_gated_content="on")
    browser.post(submit(rejected), fields(browser, submit(rejected)) | {"reason": WHY})
    work(OutboxEntry.objects.get(operation="update"))
    sync.refresh(rejected, client)

    assert not PortalChange.objects.exists()
    assert rejected.undecided() == []


@pytest.mark.parametrize("fault", [{"kind": "store_then_lose"}, {"kind": "reset", "when": "before"}])
def test_a_lost_answer_and_a_change_in_the_portal_lose_nothing(login, rejected, sandbox, work, client, fault):
    browser = login("compliance")
    save(browser, rejected, business_city="Chicago")
    sandbox.fault(**fault, method="PATCH")
    browser.post(submit(rejected), fields(browser, submit(rejected)) | {"reason": WHY})
    entry = work(OutboxEntry.objects.get(operation="update"), State.UNSURE)
    sandbox.edit(rejected.remote_id, corporateWebsite=PORTAL_SITE)

    work(entry)
    sync.refresh(rejected, client)

    assert sandbox.record(rejected.remote_id)["fields"]["corporateWebsite"] == PORTAL_SITE
    assert rejected.business_city == "Chicago"
    assert rejected.undecided() == ["corporate_website"]
    assert [list(change.changes) for change in PortalChange.objects.all()] == [["corporate_website"]]


def test_everything_telnyx_holds_is_there_folded(login, in_portal):
    request = in_portal(corporateWebsite=PORTAL_SITE)

    html = login("compliance").get(change(request)).content.decode()

    folded = html.split('id="holding"')[1].split("</details>")[0]
    for words in (request.remote_id, "Created at Telnyx", "Last changed at Telnyx", PORTAL_SITE):
        assert words in folded
    assert "not known yet" not in folded
    assert 'id="holding" open' not in html
