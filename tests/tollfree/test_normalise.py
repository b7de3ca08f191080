"""What people type becomes what Telnyx accepts, and nothing they typed is lost."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from messaging import countries
from messaging.numbers import normalise_number
from messaging.states import CA_PROVINCES, US_STATES, full_name
from messaging.validators import check_public_url, display_number, is_toll_free, is_valid_number, split_lines
from tests.tollfree.conftest import complete
from tollfree.checks.normalize import normalise
from tollfree.models import VerificationRequest


@pytest.mark.parametrize(
    "typed",
    [
        "(877) 355-4398",
        "877.355.4398",
        "1 877 355 4398",
        "+1 (877) 355-4398",
        "  +18773554398 ",
        "\u200e+1 877\u00a0355\u20114398\u202c",
        "tel:+1-877-355-4398",
        "\uff18\uff17\uff17 355 4398",
        "1-877-FLLIEXT",
    ],
)
@pytest.mark.promise("F11", "X99")
def test_a_number_becomes_e164_however_it_is_typed(typed):
    assert normalise_number(typed) == "+18773554398"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "not_a_number"),
        ("call us", "not_a_number"),
        ("1.87736E+10", "damaged"),
        ("1,87736e+10", "damaged"),
        ("877 355", "length"),
        ("555 0142", "local"),
        ("911", "length"),
        ("877 355 4398 / 877 355 4399", "two"),
        ("Robin's desk 877 355 4398", "words"),
        ("877 355 4398 Robin's desk", "words"),
        ("+1 877 355 4398 (Robin)", "words"),
        ("+1 877 355 4398 99", "beside"),
        ("877 355 4398 ext. 5", "extension"),
    ],
)
@pytest.mark.promise("X99")
def test_an_invalid_number_is_refused_with_a_sentence(typed, code):
    with pytest.raises(ValidationError) as refused:
        normalise_number(typed)

    assert refused.value.code == code
    assert refused.value.messages[0].endswith(".")


def test_a_number_of_another_country_needs_its_code():
    assert normalise_number("+44 20 7946 0018") == "+442079460018"
    with pytest.raises(ValidationError):
        normalise_number("020 7946 0018")


@pytest.mark.parametrize("prefix", ["800", "833", "844", "855", "866", "877", "888"])
@pytest.mark.promise("X99")
def test_the_seven_prefixes_are_toll_free(prefix):
    assert is_toll_free(f"+1{prefix}5550123")
    assert is_valid_number(f"+1{prefix}5550123")


@pytest.mark.parametrize(
    "number",
    ["+12175550142", "+18225550123", "+448005550123", "8005550123", "+180055501234", "+18005550123\n"],
)
def test_other_numbers_are_not_toll_free(number):
    assert not is_toll_free(number)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+18773554398", "+1 877 355 4398"),
        ("+442079460018", "+44 20 7946 0018"),
        ("not one", "not one"),
        ("", ""),
    ],
)
def test_a_number_is_shown_in_groups(number, shown):
    assert display_number(number) == shown


def test_a_pasted_list_is_split_once_and_in_order():
    assert split_lines(" a,b;c\r\n\r\nd\te ,a\n") == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    "url",
    [
        "https://larkspur-dental.example",
        "http://sub.larkspur-dental.example:8443/a?b=c#d",
        "https://bücher.example/",
        "https://93.184.216.34/",
    ],
)
def test_public_addresses_pass(url):
    check_public_url(url)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("larkspur-dental.example", "scheme"),
        ("ftp://larkspur-dental.example", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("https://", "host"),
        ("https://intranet", "host"),
        ("https://localhost/x", "host"),
        ("https://printer.local", "host"),
        ("https://127.0.0.1/", "host"),
        ("https://10.1.2.3/", "host"),
        ("https://169.254.169.254/latest", "host"),
        ("https://[::1]/", "host"),
        ("https://2130706433/", "host"),
        ("https://user@larkspur-dental.example", "userinfo"),
        ("https://user:word@larkspur-dental.example", "userinfo"),
        ("https://larkspur dental.example", "characters"),
        ("https://larkspur-dental.example:99999", "not_a_url"),
        ("https://[larkspur", "not_a_url"),
    ],
)
@pytest.mark.promise("X93")
def test_other_addresses_are_refused(url, code):
    with pytest.raises(ValidationError) as refused:
        check_public_url(url)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("TX", "Texas"),
        ("tx", "Texas"),
        ("N.Y.", "New York"),
        ("d.c.", "District of Columbia"),
        ("new   york", "New York"),
        ("on", "Ontario"),
        ("QC", "Quebec"),
        ("Texas", "Texas"),
        ("Greater London", "Greater London"),
        ("Calif.", "California"),
        ("Tex", "Texas"),
        ("W. Va.", "West Virginia"),
        ("Washington, D.C.", "District of Columbia"),
        ("Québec", "Quebec"),
        ("P.E.I.", "Prince Edward Island"),
        ("Ont.", "Ontario"),
        ("CA", "California"),
        ("XX", "XX"),
        ("", ""),
    ],
)
@pytest.mark.promise("F11")
def test_a_state_is_written_in_full(typed, name):
    assert full_name(typed) == name


def test_states_and_provinces_share_no_code_and_no_name():
    assert (len(US_STATES), len(CA_PROVINCES)) == (56, 13)
    assert not set(US_STATES) & set(CA_PROVINCES)
    assert len(set(US_STATES.values()) | set(CA_PROVINCES.values())) == 69


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Canada", "CA"),
        ("CANADA ", "CA"),
        ("CA", "CA"),
        ("ca", "CA"),
        ("Canada (CA)", "CA"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("u.s.", "US"),
        ("United States", "US"),
        ("united states of america", "US"),
        ("UK", "GB"),
        ("Great Britain", "GB"),
        ("México", "MX"),
        ("Curacao", "CW"),
        ("Côte d'Ivoire", "CI"),
        ("Germany", "DE"),
        ("Atlantis", "Atlantis"),
        ("California", "California"),
        ("", ""),
    ],
)
def test_a_country_is_known_by_its_name_its_code_and_its_usual_names(typed, code):
    assert countries.code_of(typed) == code


def test_every_country_is_known_by_its_own_name_and_code():
    for code, name in countries.NAMES.items():
        assert countries.code_of(str(name)) == countries.code_of(code.lower()) == code
    assert set(countries.ALSO.values()) <= set(countries.NAMES)
    assert all(countries.plain(short) == short for short in countries.ALSO)


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("phone_numbers", ["(877) 355-4398", "+18773554398", " 1.8E+10 "], ["+18773554398", "1.8E+10"]),
        ("phone_numbers", ["877 355 4398 Ann, 866-555-0142"], ["+18773554398", "+18665550142"]),
        ("phone_numbers", ["877-355-4398\tAnn\t2019", "355-4398 Bob"], ["+18773554398", "355-4398 Bob"]),
        ("business_contact_phone", "(217) 555-0142 (m)", "+12175550142"),
        ("business_state", "Québec", "Quebec"),
        ("business_registration_country", "Canada", "CA"),
        ("business_registration_country", " United States of America", "US"),
        ("business_registration_country", "U.S.A.", "US"),
        ("business_registration_country", "The Netherlands", "NL"),
        ("business_registration_country", "Atlantis", "Atlantis"),
        (
            "opt_in_workflow_image_urls",
            [" https://a.example/1 ", "", "https://a.example/1"],
            ["https://a.example/1"],
        ),
        ("business_contact_phone", "(217) 555-0142", "+12175550142"),
        ("business_contact_phone", " ask at the desk ", "ask at the desk"),
        ("business_state", " il ", "Illinois"),
        ("business_registration_country", "us", "US"),
        ("opt_in_keywords", " start,Yes ;start\n opt  in", "START, YES, OPT IN"),
        ("business_name", " Larkspur ", "Larkspur"),
        ("use_case_summary", "two\r\nlines\rthree\n", "two\nlines\nthree"),
        ("use_case", "Appointments ", "Appointments"),
    ],
)
def test_a_draft_is_tidied(field, typed, kept):
    request = complete(**{field: typed})

    request.clean()

    assert getattr(request, field) == kept


TEXTS = [
    name for name in VerificationRequest.wire.names if name not in ("phone_numbers", "age_gated_content")
]


@given(st.text(max_size=40), st.sampled_from([name for name in TEXTS if not name.endswith("urls")]))
def test_tidying_twice_changes_nothing_more(text, field):
    request = complete(**{field: text, "phone_numbers": [text]})
    normalise(request)
    once = {name: getattr(request, name) for name in request.wire.names}

    normalise(request)

    assert {name: getattr(request, name) for name in request.wire.names} == once
