"""The list of problems: what stops a request, what people should reconsider, and what needs no comment."""

import pytest
from django.utils import timezone

from messaging.mirror.models import SyncState
from tests.tollfree.conftest import complete
from tollfree.checks import problems, validation
from tollfree.checks.problems import Level
from tollfree.checks.rules import BY_ID
from tollfree.checks.sections import SECTION_OF, SENT_SECTIONS
from tollfree.choices import Status
from tollfree.models import VerificationRequest

SIX = [f"+1800555010{digit}" for digit in range(6)]

BROKEN = [
    ("required", {"business_zip": ""}, ["business_zip"]),
    ("required", {"phone_numbers": [], "entity_type": ""}, ["phone_numbers", "entity_type"]),
    (
        "required",
        {"opt_in_workflow_image_urls": [], "additional_information": ""},
        ["opt_in_workflow_image_urls", "additional_information"],
    ),
    ("too_long", {"use_case_summary": "x" * 501}, ["use_case_summary"]),
    ("too_long", {"production_message_content": "Larkspur STOP" + "x" * 988}, ["production_message_content"]),
    (
        "too_long",
        {"opt_in_workflow_image_urls": ["https://a.example/" + "x" * 2066]},
        ["opt_in_workflow_image_urls"],
    ),
    ("unknown_choice", {"use_case": "appointments"}, ["use_case"]),
    ("unknown_choice", {"message_volume": "50,000"}, ["message_volume"]),
    ("unknown_choice", {"entity_type": "LLC"}, ["entity_type"]),
    ("number_not_toll_free", {"phone_numbers": ["+12175550142"]}, ["phone_numbers"]),
    (
        "number_not_toll_free",
        {"phone_numbers": ["1.8E+10", "+442079460018"]},
        ["phone_numbers", "phone_numbers"],
    ),
    ("number_not_toll_free", {"phone_numbers": ["(800) 555-0123"]}, ["phone_numbers"]),
    ("number_repeated", {"phone_numbers": ["+18005550123", "+18005550123"]}, ["phone_numbers"]),
    (
        "many_numbers_unexplained",
        {"phone_numbers": SIX, "additional_information": "We need six."},
        ["additional_information"],
    ),
    ("state_not_in_full", {"business_state": "XX"}, ["business_state"]),
    (
        "state_not_in_full",
        {"business_state": "NSW", "business_registration_country": "AU", "business_registration_type": "ABN"},
        ["business_state"],
    ),
    ("registration_incomplete", {"business_registration_number": ""}, ["business_registration_number"]),
    ("registration_incomplete", dict.fromkeys(validation.REGISTRATION, ""), list(validation.REGISTRATION)),
    (
        "registration_incomplete",
        dict.fromkeys(validation.REGISTRATION, "")
        | {"entity_type": "SOLE_PROPRIETOR", "business_state": "Ontario"},
        list(validation.REGISTRATION),
    ),
    (
        "registration_incomplete",
        {"business_registration_type": "", "entity_type": "SOLE_PROPRIETOR"},
        ["business_registration_type"],
    ),
    ("country_not_two_letters", {"business_registration_country": "us"}, ["business_registration_country"]),
    ("country_not_two_letters", {"business_registration_country": "U1"}, ["business_registration_country"]),
    ("ein_not_nine_digits", {"business_registration_number": "12-345678"}, ["business_registration_number"]),
    ("token_missing", {"use_case": "Political"}, ["campaign_verify_authorization_token"]),
    ("url_not_public", {"corporate_website": "larkspur-dental.example"}, ["corporate_website"]),
    (
        "url_not_public",
        {"opt_in_workflow_image_urls": ["https://a.example", "https://10.0.0.1/x"]},
        ["opt_in_workflow_image_urls"],
    ),
    ("email_invalid", {"business_contact_email": "robin@"}, ["business_contact_email"]),
    ("phone_invalid", {"business_contact_phone": "12"}, ["business_contact_phone"]),
    ("phone_invalid", {"business_contact_phone": "(217) 555-0142"}, ["business_contact_phone"]),
    ("names_identical", {"business_contact_first_name": "sample"}, ["business_contact_last_name"]),
]

FINE = [
    {},
    {
        "corporate_website": "https://shop.larkspur-dental.example",
        "business_contact_email": "a@larkspur-dental.example",
    },
    {"phone_numbers": SIX, "additional_information": "One number for each of our six practices in Illinois."},
    {
        "entity_type": "SOLE_PROPRIETOR",
        "business_name": "Larkspur Dental",
        **dict.fromkeys(validation.REGISTRATION, ""),
    },
    {"business_registration_number": "123456789"},
    {
        "business_state": "Ontario",
        "business_zip": "K1A 0B1",
        "business_registration_country": "CA",
        "business_registration_type": "CBN",
    },
    {
        "business_state": "Greater London",
        "business_registration_country": "GB",
        "business_registration_type": "VAT",
    },
    {"use_case": "Political", "campaign_verify_authorization_token": "token"},
    {"use_case_summary": "x" * 500},
    {
        "use_case_summary": "News of our wine shop, for customers over 21 who asked for it.",
        "age_gated_content": True,
    },
    {
        "doing_business_as": "Bright Smile",
        "production_message_content": "Bright Smile: see you. STOP to opt out.",
    },
]


def found(request: VerificationRequest, level: Level) -> list[tuple[str, str]]:
    return [(problem.rule, problem.field) for problem in request.problems() if problem.level == level]


@pytest.mark.parametrize("changes", FINE)
def test_a_good_request_has_no_problem(db, changes):
    assert complete(**changes).problems() == []


@pytest.mark.parametrize(("rule", "changes", "fields"), BROKEN)
@pytest.mark.promise("F05")
def test_an_error_names_its_rule_and_field(db, rule, changes, fields):
    request = complete(**changes)

    assert found(request, Level.ERROR) == [(rule, field) for field in fields]
    assert problems.errors(request.problems())


@pytest.mark.promise("F05")
def test_every_error_has_an_example_here():
    tested = {rule for rule, _changes, _fields in BROKEN} | {"number_taken", "number_verified"}

    assert tested - set(BY_ID) == set(validation.ERRORS)


def test_an_empty_draft_lists_what_is_missing_once_and_can_be_saved(db):
    request = VerificationRequest()
    request.full_clean()
    request.save()

    missing = [problem for problem in request.problems() if problem.level == Level.ERROR]

    assert [problem.field for problem in missing] == [
        field for field in SECTION_OF if field in (*validation.REQUIRED, *validation.REGISTRATION)
    ]


def test_an_overlong_draft_is_saved_whole(make):
    request = make(use_case_summary="x" * 5000, business_registration_country="United States")

    request.refresh_from_db()

    assert len(request.use_case_summary) == 5000
    assert request.business_registration_country == "United States"


def test_errors_come_first_and_then_the_order_of_the_form(db):
    request = complete(business_name="", opt_in_keywords="", additional_information="", phone_numbers=[])

    assert [(problem.level, problem.section) for problem in request.problems()] == [
        (Level.ERROR, "numbers"),
        (Level.ERROR, "business"),
        (Level.ERROR, "extra"),
        (Level.WARNING, "consent"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"sync_state": SyncState.QUEUED},
        {"sync_state": SyncState.UNSURE},
        {"remote_id": "r1", "remote_status": Status.WAITING_FOR_CUSTOMER, "sync_state": SyncState.ACCEPTED},
        {"remote_id": "r1", "remote_status": "Paused By Carrier", "sync_state": SyncState.ACCEPTED},
        {"remote_id": "r1", "remote_status": Status.REJECTED, "sync_state": SyncState.SENDING},
    ],
)
@pytest.mark.promise("A14", "F14")
def test_a_number_with_another_living_request_stops_and_names_it(make, other):
    taken = make(phone_numbers=["+18005550123", "+18335550124"], **other)
    request = make(phone_numbers=["+18885550125", "+18335550124"])

    [problem] = request.problems()

    assert (problem.rule, problem.level, problem.field) == ("number_taken", Level.ERROR, "phone_numbers")
    assert "+1 833 555 0124" in problem.message
    assert f"({taken.short_id()})" in problem.message
    assert "+1 800" not in problem.message


@pytest.mark.parametrize(
    "other",
    [
        {"sync_state": SyncState.DRAFT},
        {"sync_state": SyncState.REFUSED},
        {"remote_id": "r1", "remote_status": Status.VERIFIED, "gone_at": timezone.now()},
    ],
)
def test_a_number_of_a_draft_or_of_a_deleted_request_is_free(make, other):
    make(**other)

    assert make().problems() == []


def test_a_rejected_request_of_the_number_is_pointed_out(make):
    make(remote_id="r1", remote_status=Status.REJECTED, sync_state=SyncState.ACCEPTED)

    assert found(make(), Level.WARNING) == [("number_rejected_elsewhere", "phone_numbers")]


def test_a_correction_does_not_conflict_with_itself(make):
    request = make(remote_id="r1", remote_status=Status.REJECTED, sync_state=SyncState.ACCEPTED)

    assert request.problems() == []


def test_no_message_repeats_what_is_sensitive(make):
    request = make(
        business_registration_number="078-05-1120", campaign_verify_authorization_token="cv-secret" * 60
    )

    told = " ".join(problem.message for problem in request.problems()) + str(request) + repr(request)

    assert "078-05" not in told
    assert "cv-secret" not in told


@pytest.mark.promise("F03")
def test_each_sent_field_is_in_exactly_one_section():
    fields = [field for section in SENT_SECTIONS for field in section.fields]

    assert len(SENT_SECTIONS) == 6
    assert len(fields) == len(set(fields))
    assert set(fields) == set(VerificationRequest.wire.names)


def test_every_problem_has_a_section(db):
    assert all(problem.section for problem in problems.find(VerificationRequest()))
