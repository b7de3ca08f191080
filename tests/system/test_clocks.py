"""Each process of the product with its clock minutes off: nothing is sent twice, nothing waits, nothing is missed."""

import os

import pytest

from tests.faults import clocks
from tests.stack import Stack, wait_until
from tests.system.submissions import QUICK, accepted_once, one_draft, posts, submit

pytestmark = [pytest.mark.system]


@pytest.fixture(autouse=True)
def needs_libfaketime():
    if not clocks.library():
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs libfaketime for the tests with clocks that differ.")
        pytest.skip("libfaketime is not on this machine (Debian: apt-get install libfaketime)")


CASES = [("web", 420), ("worker", -420), ("web", -420), ("worker", 420), ("beat", 420), ("beat", -420)]


# One ahead and one behind; all of them take minutes.
@pytest.mark.parametrize(
    ("name", "seconds"), [*CASES[:2], *(pytest.param(*case, marks=pytest.mark.long) for case in CASES[2:])]
)
@pytest.mark.promise("X42")
def test_a_process_whose_clock_is_off_does_its_part(stack: Stack, name: str, seconds: int):
    """A submission whose answer is lost is looked up and kept once. A webhook about it is accepted and takes effect."""
    stack.sandbox.fault("store_then_lose", method="POST")
    clocks.shift(getattr(stack, name), seconds)
    stack.start(**QUICK)

    answer = submit(stack.login("compliance"), one_draft(stack))

    assert answer.status_code == 302
    accepted_once(stack)
    assert posts(stack) == 1
    [held] = stack.sandbox.records()
    stack.sandbox.set_status(held["id"], "Rejected", reason="Website not reachable")
    statuses = "SELECT remote_status FROM tollfree_verificationrequest"
    wait_until(lambda: stack.sql(statuses) == [("Rejected",)], 20, "the webhook has its effect")
    events = "SELECT DISTINCT state FROM mirror_webhookevent"
    wait_until(lambda: stack.sql(events) == [("done",)], 20, "the webhook is processed")
    body = stack.visitor().get("/readyz").json()
    assert (body["clock"], body["inbox"], body["outbox"]) == ("failing", "ok", "ok")
    assert any(f"clock of {name}" in said for said in body["why"])
