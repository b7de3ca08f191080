"""Changes to many hosted numbers through real processes, one of which dies."""

import pytest

from tests.stack import Stack, wait_until
from tests.system.submissions import QUICK
from tests.visitor import Forms

pytestmark = [pytest.mark.system]

MANY = "/admin/hosted/hostednumber/many/"
NUMBERS = [f"+1312555018{n}" for n in range(6)]


@pytest.mark.parametrize(
    ("failpoint", "results", "unsent"),
    [
        pytest.param("before_claim", {"Done": 6}, 0, marks=pytest.mark.long),
        ("before_send", {"Done": 5, "Outcome not known yet": 1}, 1),
    ],
)
def test_no_number_is_forgotten_or_sent_twice_when_the_worker_dies(
    stack: Stack, failpoint: str, results: dict[str, int], unsent: int
):
    stack.sandbox.seed_hosted_order(NUMBERS, status="successful")
    stack.start("web", "worker", "beat", **QUICK)
    # Nobody imports them: the desk looks for what was made in the portal by itself.
    found = "SELECT count(*) FROM hosted_hostednumber"
    wait_until(lambda: stack.sql(found) == [(len(NUMBERS),)], 30, "the numbers are found")
    stack.worker.kill()
    stack.start("worker", FAILPOINT=f"{failpoint}:kill9", **QUICK)
    visitor = stack.login("operator")

    form = visitor.form(MANY) | {"how_tags": "add", "tags": "vip", "reason": "moved", "_check": "1"}
    confirmed = Forms(visitor.post(MANY, data=form).text).fields | {"_send": "1"}
    progress = visitor.post(MANY, data=confirmed).headers["location"]
    wait_until(lambda: f"failpoint {failpoint}" in stack.worker.log_text(), 30, "the failpoint is reached")
    stack.worker.kill()
    stack.start("worker", **QUICK)

    def finished() -> bool:
        page = visitor.get(progress).text
        return all(f"{title}: {count}" in page for title, count in results.items())

    wait_until(finished, 60, "all that can be done by itself is done")
    # The worker died when one request may have been sent: that one waits for a person, and the page says so.
    sent = [number["tags"] for number in stack.sandbox.hosted_numbers()]
    assert sorted(sent) == [[]] * unsent + [["vip"]] * (len(NUMBERS) - unsent)
    assert len(stack.sandbox.requests("PATCH")) == len(NUMBERS) - unsent
