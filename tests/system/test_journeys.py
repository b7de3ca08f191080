"""Journey A when one of our processes is down, as compliance sees it: calm words, nothing lost, nothing sent twice."""

import pytest

from tests.stack import Stack, wait_until
from tests.system.submissions import QUICK, accepted_once, one_draft, posts, states, submit
from tests.visitor import Visitor

pytestmark = [pytest.mark.system]

PAUSED = "Sending has been paused since"


def page(visitor: Visitor, draft: str) -> str:
    answer = visitor.get(f"/admin/tollfree/verificationrequest/{draft}/change/")
    assert answer.status_code == 200
    return answer.text.replace("&#x27;", "'")


def let_a_minute_pass(stack: Stack) -> None:
    """Make what is waiting look older: the banner only appears after a minute."""
    stack.sql("UPDATE mirror_outboxentry SET not_before = not_before - interval '61 seconds'")
    stack.sql("UPDATE mirror_heartbeat SET seen_at = seen_at - interval '61 seconds'")


@pytest.mark.long
@pytest.mark.promise("A7")
def test_without_a_worker_everything_waits_calmly_and_goes_out_once(stack):
    drafts = [one_draft(stack, phoneNumbers=[{"phoneNumber": f"+1800555020{n}"}]) for n in range(3)]
    stack.start("web")
    compliance = stack.login("compliance")
    for draft in drafts:
        assert submit(compliance, draft).status_code == 302
    assert PAUSED not in page(compliance, drafts[0])
    let_a_minute_pass(stack)

    shown = page(compliance, drafts[0])

    assert PAUSED in shown
    assert "3 " in shown.split(PAUSED)[1][:200]
    assert "Nothing is lost" in shown
    assert stack.visitor().get("/readyz").json()["worker"] == "failing"
    stack.start("worker", "beat", **QUICK)
    wait_until(lambda: set(states(stack)) == {"accepted"}, 30, "all three are accepted")
    assert posts(stack) == len(stack.sandbox.records()) == 3
    assert PAUSED not in page(compliance, drafts[0])


@pytest.mark.long
@pytest.mark.promise("A8")
def test_with_redis_away_at_the_click_the_same_words_are_shown(private_valkey, stack):
    draft = one_draft(stack)
    stack.start("web")
    compliance = stack.login("compliance")
    private_valkey.kill()

    assert submit(compliance, draft).status_code == 302
    let_a_minute_pass(stack)
    assert PAUSED in page(compliance, draft)

    private_valkey.start()
    stack.start("worker", "beat", **QUICK)
    accepted_once(stack)


@pytest.mark.long
@pytest.mark.promise("A9")
def test_with_telnyx_away_the_next_try_is_shown_and_sending_continues_by_itself(stack):
    draft = one_draft(stack)
    stack.start("web", "worker", "beat", **QUICK)
    compliance = stack.login("compliance")
    stack.sandbox.stop()

    assert submit(compliance, draft).status_code == 302
    reasons = "SELECT reason FROM mirror_outboxentry WHERE state = 'queued' AND attempts_made > 0"
    wait_until(lambda: stack.sql(reasons), 15, "a first try failed")

    shown = page(compliance, draft)
    assert "Telnyx isn't answering" in shown
    assert "ext try" in shown
    stack.sandbox.start()
    accepted_once(stack)


@pytest.mark.long
@pytest.mark.promise("A9")
def test_a_429_is_shown_as_a_wish_to_slow_down(stack):
    draft = one_draft(stack)
    stack.sandbox.fault("retry_after", method="POST", value="4")
    stack.start("web", "worker", "beat", **QUICK)
    compliance = stack.login("compliance")

    submit(compliance, draft)
    wait_until(lambda: stack.sql("SELECT 1 FROM mirror_attempt WHERE outcome = 'slowed'"), 15, "the 429")

    assert "slow down" in page(compliance, draft)
    accepted_once(stack)
    assert posts(stack) == 2


@pytest.mark.parametrize("stored", [True, False], ids=["stored", "not stored"])
@pytest.mark.long
@pytest.mark.promise("A10")
def test_a_lost_answer_is_checked_and_ends_in_one_request(stack, stored):
    draft = one_draft(stack)
    kind = {"kind": "store_then_lose"} if stored else {"kind": "reset", "when": "before"}
    stack.sandbox.fault(method="POST", **kind)
    stack.start("web", "worker", "beat", **QUICK)
    compliance = stack.login("compliance")

    submit(compliance, draft)
    wait_until(lambda: "unsure" in states(stack), 15, "unsure")
    assert "checking whether Telnyx received it" in page(compliance, draft)

    accepted_once(stack)
    assert posts(stack) == (1 if stored else 2)


@pytest.mark.long
@pytest.mark.promise("A11")
def test_a_wrong_key_pauses_without_blame_and_the_right_one_resumes(stack):
    draft = one_draft(stack)
    stack.sandbox.set_key("KEY-of-tomorrow")
    stack.start("web", "worker", "beat", **QUICK)
    compliance, engineer = stack.login("compliance"), stack.login("admin")

    submit(compliance, draft)
    wait_until(lambda: states(stack) == ["blocked"], 15, "blocked")

    assert PAUSED in page(compliance, draft)
    assert "Telnyx refused it" not in page(compliance, draft)
    assert "key" in page(engineer, draft).split(PAUSED)[1][:1500]
    assert stack.visitor().get("/readyz").json()["keys"] == "failing"
    stack.worker.kill()
    stack.worker.environment["TELNYX_API_KEY"] = "KEY-of-tomorrow"
    stack.sql("UPDATE mirror_gate SET probe_at = now()")
    stack.start("worker", **QUICK)
    accepted_once(stack)
    assert posts(stack) == 2
    assert "KEY-" not in stack.logs()


def accepted(stack: Stack) -> tuple[str, str]:
    """Return a draft that was submitted and accepted, and its id at Telnyx."""
    draft = one_draft(stack)
    stack.start(TELNYX_POLL_SECONDS="2", **QUICK)
    submit(stack.login("compliance"), draft)
    accepted_once(stack)
    return draft, stack.sandbox.records()[0]["id"]


def status(stack: Stack) -> str:
    return stack.sql("SELECT remote_status FROM tollfree_verificationrequest")[0][0]


def sources(stack: Stack, word: str) -> list[str]:
    return [s for (s,) in stack.sql("SELECT source FROM mirror_statuschange WHERE status = %s", word)]


@pytest.mark.long
@pytest.mark.promise("A12")
def test_a_lost_webhook_is_found_by_polling(stack):
    draft, remote_id = accepted(stack)
    stack.sandbox.next_webhook("lose")

    stack.sandbox.set_status(remote_id, "Verified")

    wait_until(lambda: status(stack) == "Verified", 20, "polling finds it")
    assert sources(stack, "Verified") == ["sync"]
    assert "Found by polling".lower() in page(stack.login("compliance"), draft).lower()


@pytest.mark.long
@pytest.mark.promise("A13")
def test_a_duplicate_and_a_late_webhook_leave_one_line_each_and_move_nothing_back(stack):
    draft, remote_id = accepted(stack)
    stack.sandbox.next_webhook("hold")
    stack.sandbox.set_status(remote_id, "Waiting For Vendor")
    stack.sandbox.next_webhook("repeat")
    stack.sandbox.set_status(remote_id, "Verified")
    wait_until(lambda: status(stack) == "Verified", 20, "verified")
    stack.sandbox.release_webhooks()
    wait_until(
        lambda: stack.sql("SELECT count(*) FROM mirror_webhookevent WHERE state = 'done'")[0][0] == 2,
        20,
        "both",
    )

    assert status(stack) == "Verified"
    assert sorted(stack.sql("SELECT deliveries FROM mirror_webhookevent")) == [(1,), (2,)]
    assert len(sources(stack, "Verified")) == len(sources(stack, "Waiting For Vendor")) == 1


@pytest.mark.parametrize(("action", "rows"), [("missign", []), ("stale", [("quarantined",)])])
@pytest.mark.long
@pytest.mark.promise("A13")
def test_a_forged_or_stale_webhook_changes_nothing(stack, action, rows):
    _, remote_id = accepted(stack)
    stack.beat.kill()
    stack.sandbox.next_webhook(action)
    stack.sandbox.set_status(remote_id, "Verified")
    tried = wait_until(
        lambda: [d for d in stack.sandbox.deliveries() if d["outcome"] == "failed"], 20, "given up"
    )

    assert tried
    assert stack.sql("SELECT state FROM mirror_webhookevent") == rows
    assert status(stack) != "Verified"
