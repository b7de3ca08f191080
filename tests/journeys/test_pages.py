"""Journey A page by page, with the worker's rounds in this process and a real sandbox on the other end."""

import json
import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from tests.tollfree.conftest import COMPLETE
from tests.tollfree.pages import ADD, LIST, beside, change, fields, text
from tollfree.models import VerificationRequest

State = OutboxEntry.State


@pytest.fixture
def compliance(transactional_db: None) -> Client:
    """A person in the group compliance."""
    user = User.objects.create(username="compliance", is_staff=True)
    user.groups.add(Group.objects.get(name="compliance"))
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def write(compliance: Client) -> Callable[..., VerificationRequest]:
    """Fill in the form and save the draft."""

    def written(**changes: str) -> VerificationRequest:
        typed = {name: "\n".join(v) if isinstance(v, list) else v for name, v in COMPLETE.items()}
        answer = compliance.post(ADD, fields(compliance, ADD) | typed | changes | {"_save": "1"})
        return VerificationRequest.objects.get(pk=answer.headers["Location"].split("/")[-3])

    return written


@pytest.fixture
def press_submit(compliance: Client) -> Callable[[VerificationRequest], OutboxEntry]:
    """Go through the page that shows what will be sent."""

    def pressed(draft: VerificationRequest) -> OutboxEntry:
        page = f"{LIST}{draft.pk}/submit/"
        assert compliance.post(page, fields(compliance, page)).headers["Location"] == change(draft)
        return outbox.entries(draft)[0]

    return pressed


def creations(sandbox) -> list[dict]:
    return sandbox.requests("POST", "verification/requests$")


@pytest.mark.promise("A1")
def test_a_refusal_keeps_every_word_and_the_next_version_is_accepted(
    compliance, write, press_submit, work, sandbox
):
    draft = write(business_name="Marigold FAKE-422 Bakery LLC")
    refused = work(press_submit(draft))

    answer = compliance.get(change(draft))

    assert refused.state == State.REFUSED
    assert "Telnyx refused 1 field. Nothing was registered." in text(answer)
    assert "not a registered legal entity" in beside(answer, "business_name")
    assert fields(compliance, change(draft))["use_case_summary"] == COMPLETE["use_case_summary"]
    assert (len(creations(sandbox)), sandbox.records()) == (1, [])

    correction = fields(compliance, change(draft)) | {"business_name": "Marigold Bakery LLC", "_save": "1"}
    compliance.post(change(draft), correction)
    assert work(press_submit(draft)).state == State.ACCEPTED
    versions = text(compliance.get(change(draft))).split("Submitted versions")[1]
    assert re.search(
        "2. New request Received by Telnyx.*1. New request Refused by Telnyx.*registered", versions
    )


@pytest.mark.promise("A1")
def test_an_error_without_a_field_is_shown_at_the_top(compliance, write, press_submit, work, sandbox):
    errors = {"errors": [{"code": "10007", "title": "Not today", "detail": "Come back tomorrow."}]}
    sandbox.fault("status", method="POST", status=422, json=errors)
    draft = write()
    work(press_submit(draft))

    page = text(compliance.get(change(draft)))

    assert (
        "Telnyx refused the request. Correct what it names and submit again. Nothing was registered." in page
    )
    assert "Not today: Come back tomorrow." in page


@pytest.mark.promise("A2")
def test_a_correction_is_one_patch_with_the_whole_body(
    compliance, write, press_submit, work, sandbox, client
):
    draft = write()
    work(press_submit(draft))
    (held,) = sandbox.records()
    sandbox.set_status(held["id"], "Waiting For Customer", "Show the brand.", webhook=False)
    draft.refresh_from_db()
    sync.refresh(draft, client)
    assert "Show the brand." in text(compliance.get(change(draft)))
    compliance.post(change(draft), fields(compliance, change(draft)) | {"business_city": "Chicago"})

    entry = work(press_submit(draft))

    (patch,) = sandbox.requests("PATCH")
    assert entry.state == State.ACCEPTED
    assert json.loads(patch["body"])["businessCity"] == "Chicago"
    assert set(json.loads(patch["body"])) == set(json.loads(creations(sandbox)[0]["body"]))
    assert "Telnyx is checking the request." in text(compliance.get(change(draft)))


@pytest.mark.promise("A6")
def test_the_same_form_sent_five_times_reaches_telnyx_once(compliance, write, work, sandbox):
    draft = write()
    page = f"{LIST}{draft.pk}/submit/"
    form = fields(compliance, page)

    answers = [compliance.post(page, form).headers["Location"] for _ in range(5)]
    work(OutboxEntry.objects.get())
    late = compliance.post(page, form, follow=True)

    assert set(answers) == {change(draft)}
    assert "Already submitted" in text(late)
    assert len(creations(sandbox)) == len(sandbox.records()) == 1


@pytest.mark.promise("A12")
def test_asking_now_finds_what_no_webhook_reported(compliance, write, press_submit, work, sandbox, client):
    draft = write()
    work(press_submit(draft))
    (held,) = sandbox.records()
    sandbox.set_status(held["id"], "Verified", webhook=False)
    VerificationRequest.objects.update(next_poll_at=None)
    sync.poll_due(client)
    assert "Telnyx is checking the request." in text(compliance.get(change(draft)))

    compliance.post(f"{LIST}{draft.pk}/ask/")
    sync.poll_due(client)

    page = text(compliance.get(change(draft)))
    assert "Do not submit it again" in page
    assert "found when a person asked Telnyx" in page


@pytest.mark.promise("A19")
def test_an_unknown_status_is_shown_raw_and_keeps_its_group(
    compliance, write, press_submit, work, sandbox, client
):
    draft = write()
    work(press_submit(draft))
    (held,) = sandbox.records()
    for status in ("Waiting For Vendor", "Paused By Carrier"):
        sandbox.set_status(held["id"], status, webhook=False)
        draft.refresh_from_db()
        sync.refresh(draft, client)

    page = text(compliance.get(change(draft)))
    row = text(compliance.get(f"{LIST}?group=carriers"))

    assert "Paused By Carrier (new status, meaning not known yet)" in page
    assert "In review (carriers)" in row
    assert "Paused By Carrier" in row


def test_deleting_at_telnyx_closes_the_request_and_keeps_it_readable(
    compliance, write, press_submit, work, sandbox, client
):
    draft = write()
    work(press_submit(draft))
    (held,) = sandbox.records()
    sandbox.set_status(held["id"], "Rejected", "No.", webhook=False)
    draft.refresh_from_db()
    sync.refresh(draft, client)
    page = f"{LIST}{draft.pk}/delete-at-telnyx/"

    compliance.post(page, fields(compliance, page))
    work(outbox.entries(draft)[0])

    assert sandbox.records() == []
    closed = text(compliance.get(change(draft)))
    assert "No longer at Telnyx since" in closed
    assert "Larkspur Dental Group LLC" in closed
    assert "Copy into a new draft" in closed
