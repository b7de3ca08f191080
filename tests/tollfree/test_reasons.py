"""Submitting despite warnings: only with a reason, which is kept with what was submitted and offered again."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from messaging.mirror.models import OutboxEntry
from tests.tollfree.pages import LIST, change, fields, text
from tollfree.management.commands import seed_demo
from tollfree.models import VerificationRequest, WarningReason

REASON = "The owner has no other address; agreed with Telnyx support."
FREE = {"business_contact_email": "larkspur@gmail.com"}


def submit(request: VerificationRequest) -> str:
    return f"{LIST}{request.pk}/submit/"


@pytest.mark.promise("F05")
@pytest.mark.parametrize("reason", ["", " ", ".", "ok", "n/a", "......", "xxxxxxxx", "\u200b\u200b"])
def test_a_warning_needs_a_reason_that_says_something(login, make, reason):
    compliance, draft = login("compliance"), make(**FREE)

    answer = compliance.post(submit(draft), fields(compliance, submit(draft)) | {"reason": reason})

    assert answer.status_code == 200
    assert "Nothing was sent" in text(answer)
    assert not OutboxEntry.objects.exists()
    assert not WarningReason.objects.exists()


@pytest.mark.promise("F05")
def test_the_reason_is_kept_with_what_was_submitted_and_shown(login, make):
    compliance, draft = login("compliance"), make(**FREE)

    compliance.post(submit(draft), fields(compliance, submit(draft)) | {"reason": REASON})

    kept = WarningReason.objects.get()
    assert kept.entry == OutboxEntry.objects.get()
    assert (kept.request, str(kept.by), kept.reason) == (draft, "compliance", REASON)
    assert [(one["rule"], one["field"]) for one in kept.findings] == [
        ("email_free", "business_contact_email")
    ]
    shown = text(compliance.get(change(draft)))
    assert "Submitted despite warnings: Email" in shown
    assert shown.count(REASON) == 2  # in the history, and with the version


def test_a_reason_is_written_once(make):
    kept = WarningReason.objects.create(request=make(), reason=REASON)
    kept.reason = "Another."

    with pytest.raises((IntegrityError, ValidationError)):
        kept.save()


def test_without_warnings_no_reason_is_asked_for(login, make):
    compliance, draft = login("compliance"), make()
    form = fields(compliance, submit(draft))

    assert "reason" not in form
    compliance.post(submit(draft), form)
    assert OutboxEntry.objects.count() == 1
    assert not WarningReason.objects.exists()


@pytest.mark.promise("F05")
def test_the_same_reason_is_offered_until_what_it_was_about_changes(login, make):
    compliance, draft = login("compliance"), make(**FREE)
    compliance.post(submit(draft), fields(compliance, submit(draft)) | {"reason": REASON})
    OutboxEntry.objects.update(
        state="cancelled", resolved_at="2026-01-01T00:00Z", not_before="2026-01-01T00:00Z"
    )
    VerificationRequest.objects.update(sync_state="draft", business_city="Chicago")

    assert fields(compliance, submit(draft))["reason"] == REASON
    assert "nothing it was about has changed" in text(compliance.get(submit(draft)))

    VerificationRequest.objects.update(opt_in_keywords="")
    assert fields(compliance, submit(draft))["reason"] == ""
    shown = text(compliance.get(submit(draft)))
    assert REASON in shown
    assert shown.count("(new)") == 1

    VerificationRequest.objects.update(opt_in_keywords="YES", business_contact_email="larkspur@yahoo.com")
    assert fields(compliance, submit(draft))["reason"] == ""
    assert (
        REASON
        not in text(compliance.get(submit(draft)).content and compliance.get(submit(draft))).split(
            "Why submit"
        )[1]
    )


def test_what_was_typed_is_there_again_after_a_colleague_saved(login, make):
    draft = make(**FREE)
    compliance, operator = login("compliance"), login("operator")
    form = fields(compliance, submit(draft)) | {"reason": REASON}
    operator.post(change(draft), fields(operator, change(draft)) | {"business_city": "Chicago"})

    answer = compliance.post(submit(draft), form)

    assert not OutboxEntry.objects.exists()
    assert "Someone changed it while you were reading" in text(answer)
    assert f'value="{REASON}"' in answer.content.decode()
    assert "Chicago" in text(answer)


@pytest.mark.promise("F05")
def test_a_reason_counts_only_for_the_warnings_that_were_read(login, make):
    compliance, draft = login("compliance"), make(**FREE)
    form = fields(compliance, submit(draft)) | {"reason": REASON}
    make(
        business_name="Larkspur Dental Group, LLC", phone_numbers=["+18335550124"]
    )  # another request, saved meanwhile

    answer = compliance.post(submit(draft), form)

    assert not OutboxEntry.objects.exists()
    assert "the warnings have changed" in text(answer)
    assert f'value="{REASON}"' in answer.content.decode()
    compliance.post(submit(draft), form | {"warned": "forged"})
    assert not OutboxEntry.objects.exists()
    assert not LogEntry.objects.filter(change_message__contains=REASON).exists()


def test_what_reviewers_look_for_is_folded_in_beside_the_field(login, make):
    answer = login("compliance").get(change(make())).content.decode()

    advice = answer.split('id="advice-production_message_content"')[1].split("</details>")[0]
    assert "Every first message must say how to stop" in advice
    assert "Larkspur Dental: see you on Tuesday at 10:00. Reply STOP to opt out." in advice
    assert " open" not in answer.split('id="advice-production_message_content"')[1].split(">")[0]


@pytest.mark.parametrize(
    "case", [case for case in seed_demo.CASES if case.submit], ids=lambda case: case.business
)
def test_the_requests_of_the_demo_have_no_problem(db, case):
    assert VerificationRequest(**seed_demo.fields(case, 100)).problems() == []
