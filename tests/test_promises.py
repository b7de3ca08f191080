"""Every guarantee has its sentence, its tests and its place in docs/guarantees.md."""

import re

from tests import promises


def test_every_id_a_test_carries_has_its_sentence():
    assert [proof for proof in promises.proofs() if proof.promise not in promises.PROMISES] == []


def test_every_guarantee_is_proved_by_a_test_or_says_why_not():
    proved = {proof.promise for proof in promises.proofs()}

    assert set(promises.PROMISES) - proved == set(promises.UNTESTED)


def test_every_guarantee_is_listed_once():
    assert len(promises.PROMISES) == sum(len(section) for section in promises.SECTIONS.values())


def test_a_guarantee_is_a_whole_sentence():
    for promise in promises.PROMISES.values():
        assert re.fullmatch(r"[A-Z\"].*\.", promise.text), promise.text


def test_no_test_is_named_after_an_id():
    named = re.compile("|".join(f"test_{key}_" for key in promises.PROMISES if key[1:]), re.IGNORECASE)

    assert [test.name for _, test in promises.tests() if named.match(test.name)] == []


def test_the_page_of_guarantees_is_up_to_date():
    assert promises.PAGE.read_text() == promises.page(), "run python -m tests.promises"
