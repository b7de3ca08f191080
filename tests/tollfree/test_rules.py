"""The rules as data: each finds its own bad example and no other rule does; whole requests of many trades."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from messaging.states import US_STATES
from tests.tollfree import corpus
from tests.tollfree.conftest import complete
from tollfree import zip_codes
from tollfree.checks.rules import BY_ID, RULES
from tollfree.checks.rules.rule import Level
from tollfree.checks.sections import SECTION_OF
from tollfree.models import VerificationRequest


def found(request: VerificationRequest) -> list[tuple[str, str, str]]:
    return [(problem.rule, problem.field, problem.message) for problem in request.problems()]


def rules_of(request: VerificationRequest) -> set[str]:
    return {rule for rule, _field, _message in found(request)}


def of_corpus(name: str, **changes) -> VerificationRequest:
    return VerificationRequest(**(corpus.GOOD[name] | changes))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.promise("F05")
def test_a_rule_alone_finds_its_bad_example_and_lets_its_good_one_pass(db, rule):
    if rule.beside:
        complete(**rule.beside).save()

    assert rules_of(complete(**rule.bad)) == {rule.id}
    assert found(complete(**rule.good)) == []


def test_rules_are_complete_and_have_ids_of_their_own():
    assert len(RULES) >= 40
    assert len(BY_ID) == len(RULES)
    for rule in RULES:
        assert rule.field in SECTION_OF
        assert all(str(words).endswith((".", "”.", "%")) for words in (rule.what, rule.fix, rule.why)), (
            rule.id
        )
        assert str(rule.source.title)


@pytest.mark.parametrize("name", corpus.GOOD)
@pytest.mark.promise("F05")
def test_a_good_request_of_any_trade_is_left_alone(db, name):
    assert found(of_corpus(name)) == []


@pytest.mark.parametrize(("rule", "name", "changes"), corpus.BAD, ids=lambda value: str(value)[:40])
@pytest.mark.promise("F05")
def test_what_is_wrong_in_one_way_is_found_in_that_way(db, rule, name, changes):
    assert rules_of(of_corpus(name, **changes)) == {rule}, found(of_corpus(name, **changes))


def test_the_corpus_is_large_and_tries_every_rule_that_needs_no_other_request():
    tried = {rule for rule, _name, _changes in corpus.BAD}

    assert len(corpus.GOOD) + len(corpus.BAD) >= 60
    assert {rule.id for rule in RULES if not rule.beside} <= tried


def test_a_rule_becomes_stricter_by_its_dates():
    rule = BY_ID["terms_missing"]
    day = rule.since

    assert rule.level(day - timedelta(days=1)) is None
    assert rule.level(day) == Level.WARNING
    assert type(rule)(**{**vars(rule), "error_from": date(2027, 1, 1)}).level(date(2027, 1, 1)) == Level.ERROR


@pytest.mark.parametrize(
    "text",
    [
        "We do not sell beer, wine or tobacco.",
        "No alcohol is served.",
        "An alcohol-free evening.",
        "Bring root beer and good spirits.",
        "Alcohol treatment groups meet on Monday.",
        "Cigarettes are not sold here.",
        "Questions about a home loan? Ask your loan officer.",
        "There is a casino nearby, but gambling is never promoted.",
    ],
)
def test_words_that_are_taken_back_or_mean_something_else_are_no_hit(db, text):
    request = complete(additional_information=text)

    assert "adults_only_unmarked" not in rules_of(request)
    assert "forbidden_content" not in rules_of(request) or "casino" in text


@pytest.mark.parametrize(
    "text",
    ["Not only beer but also wine.", "No minors. We sell cigars.", "No credit check payday loans.", "Vodka!"],
)
def test_words_are_found_behind_a_no_that_means_something_else(db, text):
    assert rules_of(complete(additional_information=text)) & {"adults_only_unmarked", "forbidden_content"}


def test_the_words_that_were_found_are_named(db):
    [(_rule, field, message)] = found(complete(additional_information="We sell hemp and take bitcoin."))

    assert field == "additional_information"
    assert "“hemp”, “bitcoin”" in message


@pytest.mark.parametrize(
    "spelled",
    [
        "Larkspur Dental Group, LLC",
        "LARKSPUR DENTAL GROUP",
        "Larkspur  Dental Group L.L.C.",
        "Larkspur Dental Group Inc",
    ],
)
def test_numbers_count_over_all_requests_of_the_business_however_it_is_spelled(make, spelled):
    make(business_name=spelled, phone_numbers=corpus.SIX[:4], business_registration_number="")
    draft = make(phone_numbers=corpus.SIX[4:], additional_information="None.")

    told = {rule: message for rule, _field, message in found(draft)}

    assert "6 numbers" in told["many_numbers_unexplained"]
    assert ("legal_name_varies" in told) == (spelled != draft.business_name)


def test_a_business_without_a_name_is_like_no_other(make):
    make(business_name="", business_registration_number="", phone_numbers=corpus.SIX)
    make(business_name="Inc.", business_registration_number="-", phone_numbers=corpus.SIX)

    for name in ("", "LLC", "--"):
        request = make(business_name=name, business_registration_number="", additional_information="None.")
        assert not rules_of(request) & {"legal_name_varies", "many_numbers_unexplained"}


def test_rules_survive_whatever_a_draft_holds(db):
    for text in (
        "",
        "%s %(found)s %",
        "[" * 400,
        "a" * 5000,
        "http://[",
        "no " * 800,
        "\u202e٣",
        "stop\n" * 300,
    ):
        VerificationRequest(
            **{
                field: text
                for field in SECTION_OF
                if field not in ("phone_numbers", "opt_in_workflow_image_urls", "age_gated_content")
            },
            opt_in_workflow_image_urls=[text],
        ).problems()


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("00501", "New York"),
        ("10001-0001", "New York"),
        ("06390", "New York"),
        ("06510", "Connecticut"),
        ("05501", "Massachusetts"),
        ("20500", "District of Columbia"),
        ("20190", "Virginia"),
        ("39901", "Georgia"),
        ("42223", "Tennessee"),
        ("83414", "Wyoming"),
        ("88595", "Texas"),
        ("96799", "American Samoa"),
        ("96950", "Northern Mariana Islands"),
        ("00802", "U.S. Virgin Islands"),
        ("99501", "Alaska"),
    ],
)
def test_a_zip_code_fits_its_state(db, code, state):
    assert "zip_of_another_state" not in rules_of(complete(business_zip=code, business_state=state))


@pytest.mark.parametrize(
    ("code", "state"),
    [("00501", "Puerto Rico"), ("10001", "New Jersey"), ("20190", "Maryland"), ("99501", "Alabama")],
)
def test_a_zip_code_of_another_state_is_named_with_it(db, code, state):
    [words] = [
        said for rule, _, said in found(complete(business_zip=code, business_state=state)) if "zip" in rule
    ]

    assert f"not in {state}." in words


@pytest.mark.parametrize("code", ["00000", "09012", "34012", "96201", "21300", "99999"])
def test_nothing_is_said_about_a_prefix_of_no_state(db, code):
    request = complete(business_zip=code, business_state="Maryland" if code == "21300" else "Alaska")

    assert "zip_of_another_state" not in rules_of(request)


def test_every_state_has_a_prefix_and_no_two_ranges_overlap():
    ranges = zip_codes.RANGES

    assert {state for _first, _last, state in ranges} | set(zip_codes.ALSO.values()) == set(US_STATES)
    assert all(last < following for (_, last, _), (following, _, _) in pairwise(ranges))
