"""There is one table of Telnyx's codes for everything that shows one."""

import pytest

from messaging.log import codes

# These mean that a program sent a wrong request. The people who use the desk cannot fix that.
OF_PROGRAMS = (10006, 10018, 10020, 10022, 10023, 10024, 10026, 10028, 10029, 10030, 10031, 10034)


@pytest.mark.parametrize("code", OF_PROGRAMS)
def test_a_fault_of_the_program_is_shown_to_an_engineer(code):
    assert codes.advice(str(code)).endswith("Show this to an engineer.")


@pytest.mark.parametrize("code", ["49999", ""])
def test_a_code_that_is_not_explained_has_no_advice(code):
    assert codes.advice(code) == ""
