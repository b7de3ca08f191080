"""After a rejection: the explanation on the request's pages, what has to be confirmed, the email, and the versions."""

import re
from html import unescape

import pytest
from django.utils import timezone
from django.utils.html import escape

from messaging.mirror.inbound import drain
from messaging.mirror.models import OutboxEntry, Source
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.records import sync
from tests.desk.conftest import make_entry
from tests.signing import STATUS_UPDATE, deliver, event
from tests.tollfree.pages import LIST, at_telnyx, beside, change, fields, found, text
from tollfree.models import VerificationRequest

State = OutboxEntry.State

WRITE = "Business registration number is missing or invalid"
SITE = "Website is not accessible"
NEVER = "SHAFT content"
FIX = "Entity misclassification"
MOON = "The moon is made of cheese"


def address(request: VerificationRequest, page: str) -> str:
    return f"{LIST}{request.pk}/{page}/"


def rejected(make, reason: str, status: str = "Rejected", **changes) -> VerificationRequest:
    """Return a request that was sent from here, and that Telnyx rejected."""
    request = make()
    make_entry(State.ACCEPTED, of=request)
    record = {
        **request.wire.dump(request),
        "id": str(request.pk),
        "verificationStatus": status,
        "reason": reason,
        "updatedAt": timezone.now().isoformat(),
    }
    request.apply(record, source=Source.SYNC, as_of=timezone.now())
    VerificationRequest.objects.filter(pk=request.pk).update(**changes)
    request.refresh_from_db()
    assert request.remote_reason == reason
    return request


def sent(request: VerificationRequest) -> int:
    return outbox.entries(request).count()


def ticks(client, request) -> dict[str, str]:
    """Return every confirmation on the page, ticked."""
    html = client.get(address(request, "submit")).content.decode()
    return dict(re.findall(r'name="(confirm_\w+)" value="([^"]+)"', html))


def test_a_rejection_from_telnyx_is_explained_and_its_fields_are_marked(make, login, sandbox, client):
    draft = make()
    compliance = login("compliance")
    compliance.post(address(draft, "submit"), fields(compliance, address(draft, "submit")))
    relay.relay(outbox.entries(draft)[0].pk, client)
    draft.refresh_from_db()
    sandbox.set_status(draft.remote_id, "Rejected", f"{FIX}; {MOON}")
    deliver(event(STATUS_UPDATE, id=draft.remote_id, status="rejected"))
    drain.drain()
    sync.poll_due(client)

    answer = compliance.get(change(draft))

    page = text(answer)
    for words in (
        f"{FIX}; {MOON}",
        "Correct and resubmit Correct the marked fields, then submit again.",
        "Wrong business type",
        "Choose the business type exactly as registered.",
        "We don't have an explanation for this wording yet",
        f"“{MOON}”",
    ):
        assert words in page
    assert "Telnyx's reason is about this field: Wrong business type." in unescape(
        beside(answer, "entity_type")
    )
    assert 'href="#id_entity_type"' in answer.content.decode()
    assert "Telnyx's reason" not in unescape(beside(answer, "business_city"))


@pytest.mark.parametrize(
    ("reason", "verdict", "says"),
    [
        (FIX, "Correct and resubmit", "Correct the marked fields, then submit again."),
        (SITE, "Fix the website first", "Have the website changed before you submit again."),
        (WRITE, "Write to Telnyx", "Don't submit again yet."),
        (NEVER, "Cannot be approved", "don't allow this on toll-free numbers"),
    ],
)
@pytest.mark.parametrize("status", ["Rejected", "Waiting For Customer"])
@pytest.mark.parametrize("who", ["compliance", "approver", "support"])
def test_every_verdict_says_what_to_do_next_and_nothing_against_it(
    login, make, reason, verdict, says, status, who
):
    page = text(login(who).get(change(rejected(make, reason, status))))

    assert f"{reason}" in page
    assert f"{verdict} {says}" in page or (verdict in page and says in page)
    assert "Correct the fields below and submit again." not in page


@pytest.mark.parametrize("status", ["Verified", "In Progress", "Waiting For Vendor"])
def test_a_request_that_waits_for_nobody_here_shows_no_verdict(login, make, status):
    request = at_telnyx(make, status, remote_reason=NEVER)

    compliance = login("compliance")

    assert "Cannot be approved" not in text(compliance.get(change(request)))
    assert compliance.get(address(request, "write")).status_code == 302
    compliance.post(address(request, "wrote"))
    assert "Wrote to Telnyx" not in text(compliance.get(address(request, "history")))


def test_a_rejection_without_a_reason_says_so_and_offers_to_write(login, make):
    request = at_telnyx(make, "Rejected")

    answer = login("compliance").get(change(request))

    assert "Telnyx gave no reason." in text(answer)
    assert "We don't have an explanation" not in text(answer)
    assert address(request, "write") in answer.content.decode()


def test_what_telnyx_wrote_is_shown_whole_and_does_nothing(login, make):
    reason = "<script>alert(1)</script> <b>Opt-in</b> missing & “x” " + "long " * 59 + "end"
    request, compliance = rejected(make, reason), login("compliance")

    for page in ("change", "submit", "write"):
        html = compliance.get(address(request, page)).content.decode()
        assert "<script>alert(1)" not in html
        assert escape(reason) in html


@pytest.mark.parametrize(("reason", "boxes"), [(FIX, 0), (SITE, 1), (WRITE, 1), (NEVER, 1), (MOON, 0)])
def test_submitting_against_the_verdict_asks_again(login, make, reason, boxes):
    request, compliance = rejected(make, reason, entity_type="PUBLIC_PROFIT"), login("compliance")
    VerificationRequest.objects.update(corporate_website="https://new.example", version=2)
    VerificationRequest.objects.update(
        business_registration_number="98-7654321", business_contact_email="robin@new.example"
    )
    page = address(request, "submit")
    before = sent(request)

    why = {"reason": "The new site opens next week."}
    answer = compliance.post(page, fields(compliance, page) | why, follow=True)

    assert len(ticks(compliance, request) if boxes else {}) == boxes
    assert sent(request) == before + (0 if boxes else 1)
    assert ("tick what you confirm" in text(answer)) == bool(boxes)
    if boxes:
        compliance.post(page, fields(compliance, page) | why | ticks(compliance, request))
        assert sent(request) == before + 1


def test_what_was_confirmed_is_on_record_with_the_reason(login, make):
    request, compliance = rejected(make, WRITE), login("compliance")
    page = address(request, "submit")

    compliance.post(page, fields(compliance, page) | ticks(compliance, request))

    history = text(compliance.get(address(request, "history")))
    assert (
        "Submitted again against the advice to write to Telnyx first. Registration number missing or wrong"
        in history
    )
    assert "Submitted again although no field that Telnyx's reason is about had changed." in history


@pytest.mark.parametrize(
    "forged", [{}, {"confirm_verdict": "1"}, {"confirm_verdict": "on", "confirm_unchanged": "on"}]
)
def test_a_forged_confirmation_sends_nothing(login, make, forged):
    request, approver = rejected(make, WRITE), login("approver")
    page = address(request, "submit")
    before = sent(request)

    approver.post(page, fields(approver, page) | forged)

    assert sent(request) == before


def test_a_confirmation_does_not_count_for_a_reason_that_came_later(login, make):
    request, compliance = rejected(make, WRITE), login("compliance")
    page = address(request, "submit")
    form = fields(compliance, page) | ticks(compliance, request)
    VerificationRequest.objects.update(remote_reason=NEVER)
    before = sent(request)

    answer = compliance.post(page, form)

    assert sent(request) == before
    assert "Cannot be approved" in text(answer)


def test_one_tick_of_two_is_not_enough_and_stays_ticked(login, make):
    request, compliance = rejected(make, WRITE), login("compliance")
    page = address(request, "submit")
    both = ticks(compliance, request)
    assert set(both) == {"confirm_verdict", "confirm_unchanged"}
    before = sent(request)

    answer = compliance.post(page, fields(compliance, page) | {"confirm_verdict": both["confirm_verdict"]})

    assert sent(request) == before
    boxes = re.findall(
        r'<input type="checkbox" name="(confirm_\w+)"[^>]*?(checked)?>', answer.content.decode()
    )
    assert dict(boxes) == {"confirm_verdict": "checked", "confirm_unchanged": ""}


def test_no_blamed_field_changed_is_said_and_has_to_be_confirmed(login, make):
    request, compliance = rejected(make, FIX), login("compliance")
    compliance.post(change(request), fields(compliance, change(request)) | {"business_city": "Chicago"})
    page = address(request, "submit")

    form = text(compliance.get(change(request)))
    assert "Changed since the last version Field Last sent Now City Springfield Chicago" in form
    assert "None of these fields has changed since the last version that Telnyx has." in form
    before = sent(request)
    answer = compliance.post(page, fields(compliance, page))
    assert sent(request) == before
    assert "None of the fields that Telnyx's reason is about has changed" in text(answer)

    compliance.post(change(request), fields(compliance, change(request)) | {"entity_type": "NON_PROFIT"})
    answer = compliance.get(change(request))
    assert "Changed since Telnyx's reason: Wrong business type." in unescape(beside(answer, "entity_type"))
    assert "None of these fields has changed" not in text(answer)
    compliance.post(page, fields(compliance, page))
    assert sent(request) == before + 1


def test_a_correction_and_back_again_is_no_correction(login, make):
    request, compliance = rejected(make, FIX), login("compliance")
    for kind in ("NON_PROFIT", "PRIVATE_PROFIT"):
        compliance.post(change(request), fields(compliance, change(request)) | {"entity_type": kind})

    assert "confirm_unchanged" in ticks(compliance, request)


def test_the_reason_is_beside_what_changes_on_the_page_that_confirms(login, make):
    request = rejected(make, FIX, entity_type="NON_PROFIT", version=2)

    page = text(login("approver").get(address(request, "submit")))

    assert FIX in page
    assert "Choose the business type exactly as registered." in page
    assert "Business type Private company Nonprofit organization" in page


def test_an_imported_request_is_explained_without_a_false_word_about_changes(login, make):
    request = at_telnyx(make, "Rejected", remote_reason=FIX)

    page = text(login("compliance").get(change(request)))

    assert "Wrong business type" in page
    assert "has changed since the last version" not in page


def test_nothing_is_asked_of_a_new_request(login, make):
    draft, compliance = make(), login("compliance")
    page = address(draft, "submit")

    compliance.post(page, fields(compliance, page))

    assert sent(draft) == 1


# The email.


def test_the_email_holds_every_id_and_the_whole_reason(login, make):
    request = rejected(make, f"{WRITE} & “<b>bold</b>”")

    answer = login("compliance").get(address(request, "write"))

    page = unescape(text(answer))
    for words in (
        request.remote_id,
        "+1 800 555 0123",
        "Larkspur Dental Group LLC",
        WRITE,
        "tfverification@telnyx.com",
    ):
        assert words in page
    link = unescape(found(r'href="(mailto:[^"]+)"', answer.content.decode()))
    assert request.remote_id in link
    assert "%3Cb%3Ebold" in link
    assert "\n" not in link


@pytest.mark.parametrize("reason", [FIX, SITE, WRITE, NEVER, MOON, ""])
def test_there_is_an_email_for_every_rejection(login, make, reason):
    assert login("approver").get(address(rejected(make, reason), "write")).status_code == 200


@pytest.mark.parametrize("who", ["support", "auditor", "nobody"])
def test_who_sees_no_contacts_writes_to_nobody(login, make, who):
    request = rejected(make, WRITE)
    client = login(who)

    assert client.get(address(request, "write")).status_code == 403
    assert client.post(address(request, "wrote")).status_code == 403
    if who != "nobody":
        assert address(request, "write") not in client.get(change(request)).content.decode()


def test_that_somebody_wrote_is_in_the_history(login, make):
    request, compliance = rejected(make, WRITE), login("compliance")
    assert compliance.get(address(request, "wrote")).status_code == 405

    compliance.post(address(request, "wrote"))

    assert "Wrote to Telnyx about the rejection." in text(compliance.get(address(request, "history")))
