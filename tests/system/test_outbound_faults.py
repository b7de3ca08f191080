"""Submissions through real processes that are killed, frozen and starved: each reaches Telnyx once."""

import base64
import json
import os
import pickle
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import redis

from tests.drafts import make_drafts
from tests.stack import Process, Stack, wait_until
from tests.system.submissions import QUICK, accepted_once, one_draft, posts, states, submit

pytestmark = [pytest.mark.system]


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., int], tuple[Path, str]]:
        return Path.write_text, (self.path, "unpickled")


@pytest.mark.long
@pytest.mark.promise("X01")
def test_a_kill_before_the_commit_leaves_nothing_and_the_form_can_be_sent_again(stack):
    draft = one_draft(stack)
    stack.start("web", FAILPOINT="promise_before_commit:kill9")
    visitor = stack.login("compliance")
    page = f"/admin/tollfree/verificationrequest/{draft}/submit/"
    form = visitor.form(page)

    with pytest.raises(httpx.TransportError):
        visitor.post(page, data=form)

    assert states(stack) == []
    stack.web.kill()
    stack.start("web")
    assert visitor.post(page, data=form).status_code == 302
    assert states(stack) == ["queued"]
    assert posts(stack) == 0


@pytest.mark.promise("X02")
def test_a_kill_after_the_commit_is_healed_by_the_sweep(stack):
    draft = one_draft(stack)
    stack.start("worker", "beat", **QUICK)
    stack.start("web", FAILPOINT="promise_committed:kill9")
    visitor = stack.login("compliance")

    with pytest.raises(httpx.TransportError):
        submit(visitor, draft)

    accepted_once(stack, 15)
    assert posts(stack) == 1


def test_a_worker_killed_while_it_can_be_undone_loses_nothing(stack):
    draft = one_draft(stack)
    stack.start("web", "worker", "beat", **QUICK, UNDO_SECONDS="8")
    submit(stack.login("compliance"), draft)

    stack.worker.kill()
    stack.start("worker", **QUICK)

    accepted_once(stack)
    assert posts(stack) == 1
    waited = "SELECT extract(epoch FROM send_started_at - created_at) FROM mirror_outboxentry"
    assert stack.sql(waited)[0][0] >= 8


def killed_worker(stack: Stack, failpoint: str) -> None:
    """Submit while the worker dies at a failpoint, then start a healthy one."""
    draft = one_draft(stack)
    stack.start("web")
    stack.start("worker", FAILPOINT=f"{failpoint}:kill9", **QUICK)
    assert submit(stack.login("compliance"), draft).status_code == 302
    wait_until(lambda: f"failpoint {failpoint}" in stack.worker.log_text(), 30, "the failpoint is reached")
    stack.worker.kill()
    stack.start("worker", "beat", **QUICK)


@pytest.mark.long
@pytest.mark.promise("X03")
def test_a_kill_before_the_claim_is_committed_leads_to_one_send_at_once(stack):
    killed_worker(stack, "before_claim")

    accepted_once(stack, 15)
    assert posts(stack) == 1


@pytest.mark.long
@pytest.mark.promise("X04")
def test_a_kill_before_the_bytes_left_is_looked_up_then_sent(stack):
    killed_worker(stack, "before_send")
    wait_until(lambda: states(stack) == ["unsure"], 15, "unsure")
    assert posts(stack) == 0

    accepted_once(stack)

    assert posts(stack) == 1
    outcomes = [o for (o,) in stack.sql("SELECT outcome FROM mirror_attempt ORDER BY id")]
    assert outcomes[0] == "worker_lost"
    assert outcomes.count("absent") >= 2
    assert outcomes[-1] == "accepted"


@pytest.mark.promise("X05")
def test_a_kill_while_the_answer_is_awaited_adopts_what_telnyx_made(stack):
    draft = one_draft(stack)
    stack.sandbox.fault("delay", method="POST", seconds=5, when="after")
    stack.start("web")
    stack.start("worker", **QUICK)
    submit(stack.login("compliance"), draft)
    wait_until(stack.sandbox.records, 20, "Telnyx has it")
    stack.worker.kill()

    stack.start("worker", "beat", **QUICK)

    accepted_once(stack)
    assert posts(stack) == 1


@pytest.mark.parametrize(
    ("failpoint", "resolution"),
    [
        pytest.param("after_answer", "adopted", id="x06_answer_read_not_recorded"),
        pytest.param("after_record", "answered", id="x07_recorded"),
    ],
)
@pytest.mark.long
@pytest.mark.promise("X06", "X07")
def test_a_kill_after_the_answer_ends_in_one_record(stack, failpoint, resolution):
    killed_worker(stack, failpoint)

    accepted_once(stack)

    assert posts(stack) == 1
    assert stack.sql("SELECT resolution FROM mirror_outboxentry") == [(resolution,)]
    locks = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database AND datname = current_database()"
    wait_until(
        lambda: stack.sql(f"{locks} WHERE locktype = 'advisory' AND classid = 77") == [(0,)],
        10,
        "no lock left",
    )


@pytest.mark.long
@pytest.mark.promise("X08")
def test_a_frozen_worker_keeps_its_entry_and_sends_at_most_once_when_it_wakes(stack):
    draft = one_draft(stack)
    stack.start("web")
    stack.start("worker", "beat", FAILPOINT="before_send:sleep=5", **QUICK)
    submit(stack.login("compliance"), draft)
    wait_until(lambda: "failpoint before_send" in stack.worker.log_text(), 30, "the failpoint is reached")
    stack.worker.freeze()
    frozen = stack.worker.tree()
    second = Process(
        "second", stack.worker.arguments, stack.worker.environment, stack.worker.log.with_name("second")
    )
    stack.processes.append(second.start(**QUICK))

    held = stack.sql("SELECT state, lease_token FROM mirror_outboxentry")
    swept = stack.sql("SELECT seen_at FROM mirror_heartbeat WHERE name = 'worker'")
    wait_until(
        lambda: stack.sql("SELECT seen_at FROM mirror_heartbeat WHERE name = 'worker'") != swept,
        30,
        "a sweep",
    )
    wait_until(lambda: "ready." in second.log_text(), 30, "the second worker")
    assert stack.sql("SELECT state, lease_token FROM mirror_outboxentry") == held
    assert posts(stack) == 0

    for pid in frozen:
        os.kill(pid, signal.SIGCONT)
    outcomes = "SELECT outcome FROM mirror_attempt ORDER BY id"
    wait_until(lambda: ("not_sent",) in stack.sql(outcomes), 30, "the woken worker does not send")
    stack.worker.kill()  # it would be held up each time it tries

    accepted_once(stack)
    assert posts(stack) == 1


SLOW = QUICK | {"TELNYX_READ_TIMEOUT": "20", "TELNYX_DEADLINE": "30", "TELNYX_SETTLE_SECONDS": "30"}


@pytest.mark.long
@pytest.mark.promise("X39")
def test_a_deploy_lets_the_request_on_its_way_finish(stack):
    draft = one_draft(stack)
    stack.sandbox.fault("delay", method="POST", seconds=6, when="after")
    stack.start("web")
    stack.start("worker", **SLOW)
    submit(stack.login("compliance"), draft)
    wait_until(stack.sandbox.records, 30, "Telnyx has it")

    stack.worker.stop()

    assert states(stack) == ["accepted"]
    assert stack.sql("SELECT resolution FROM mirror_outboxentry") == [("answered",)]
    assert posts(stack) == 1


@pytest.mark.long
@pytest.mark.promise("X101")
def test_a_pickled_message_in_redis_runs_nothing_and_the_worker_goes_on(private_valkey, stack, tmp_path):
    ran = tmp_path / "ran"
    message = {
        "body": base64.b64encode(pickle.dumps(Trap(ran))).decode(),
        "content-type": "application/x-python-serialize",
        "content-encoding": "binary",
        "headers": {"task": "messaging.mirror.tasks.sweep", "id": "trap", "lang": "py"},
        "properties": {
            "delivery_tag": "trap",
            "delivery_info": {"exchange": "", "routing_key": "celery"},
            "body_encoding": "base64",
        },
    }
    draft = one_draft(stack)
    valkey = redis.from_url(private_valkey.url())
    valkey.lpush("celery", json.dumps(message))
    stack.start("web", "worker", "beat", **QUICK)
    wait_until(lambda: valkey.llen("celery") == 0, 30, "the message is taken")

    submit(stack.login("compliance"), draft)

    accepted_once(stack)
    assert stack.worker.alive()
    assert "ContentDisallowed" in stack.worker.log_text()
    assert not ran.exists()


@pytest.mark.long
@pytest.mark.promise("X10")
def test_without_redis_a_submission_is_kept_and_is_sent_once(private_valkey, stack):
    draft = one_draft(stack)
    stack.start("web")
    visitor = stack.login("compliance")
    page = f"/admin/tollfree/verificationrequest/{draft}/submit/"
    form = visitor.form(page)
    private_valkey.kill()

    started = time.monotonic()
    assert visitor.post(page, data=form).status_code == 302
    assert time.monotonic() - started < 1.5

    assert states(stack) == ["queued"]
    private_valkey.start()
    stack.start("worker", "beat", **QUICK)
    accepted_once(stack, 15)


@pytest.mark.long
@pytest.mark.promise("X11")
def test_a_frozen_redis_does_not_hold_up_the_page(private_valkey, stack):
    draft = one_draft(stack)
    stack.start("web")
    visitor = stack.login("compliance")
    page = f"/admin/tollfree/verificationrequest/{draft}/submit/"
    form = visitor.form(page)
    private_valkey.freeze()

    started = time.monotonic()
    assert visitor.post(page, data=form).status_code == 302
    assert time.monotonic() - started < 1.5

    private_valkey.thaw()
    stack.start("worker", "beat", **QUICK)
    accepted_once(stack, 15)


@pytest.mark.long
@pytest.mark.promise("X12")
def test_a_wiped_redis_loses_none_of_a_hundred(private_valkey, stack):
    drafts = make_drafts(stack.environment, 100)
    stack.start("web")
    visitor = stack.login("compliance")
    for draft in drafts:
        assert submit(visitor, draft).status_code == 302
    redis.from_url(private_valkey.url()).flushall()

    stack.start("worker", "beat", **QUICK)

    wait_until(lambda: set(states(stack)) == {"accepted"}, 60, "a hundred are accepted")
    numbers = [record["fields"]["phoneNumbers"][0]["phoneNumber"] for record in stack.sandbox.records()]
    assert len(numbers) == len(set(numbers)) == 100


@pytest.mark.long
@pytest.mark.promise("X14")
def test_a_full_redis_loses_nothing_and_health_says_so(private_valkey, stack):
    draft = one_draft(stack)
    stack.start("web")
    valkey = redis.from_url(private_valkey.url())
    visitor = stack.login("operator")
    valkey.config_set("maxmemory-policy", "noeviction")
    valkey.config_set("maxmemory", 1)

    assert submit(stack.login("compliance"), draft).status_code == 302

    assert states(stack) == ["queued"]
    assert "Redis answers but stores nothing" in visitor.get("/admin/desk/health/").text
    valkey.config_set("maxmemory", 0)
    stack.start("worker", "beat", **QUICK)
    accepted_once(stack, 15)
    assert posts(stack) == 1
    assert "Redis answers but stores nothing" not in visitor.get("/admin/desk/health/").text


@pytest.mark.long
@pytest.mark.promise("X17")
def test_after_postgresql_stood_still_everything_goes_on_by_itself(private_postgres, stack):
    drafts = [one_draft(stack), one_draft(stack, phoneNumbers=[{"phoneNumber": "+18005550199"}])]
    stack.start("web", "worker", "beat", **QUICK)
    visitor = stack.login("compliance")
    page = f"/admin/tollfree/verificationrequest/{drafts[1]}/submit/"
    form = visitor.form(page)
    submit(visitor, drafts[0])
    private_postgres.freeze()
    try:
        with suppress(httpx.TransportError):  # the person waits, or has had enough
            visitor.post(page, data=form)
        time.sleep(10)
    finally:
        private_postgres.thaw()

    wait_until(lambda: visitor.get("/readyz").status_code == 200, 30, "the desk is ready again")
    visitor.post(page, data=form)  # whether or not it was stored the first time, it is stored once
    wait_until(lambda: states(stack) == ["accepted"] * 2, 30, "both are accepted")
    assert posts(stack) == 2


@pytest.mark.long
@pytest.mark.promise("X15")
def test_without_postgresql_nothing_is_called_submitted(private_postgres, stack):
    draft = one_draft(stack)
    stack.start("web")
    visitor = stack.login("compliance")
    page = f"/admin/tollfree/verificationrequest/{draft}/submit/"
    form = visitor.form(page)
    private_postgres.stop()

    answer = visitor.post(page, data=form)
    assert answer.status_code == 503
    assert "Traceback" not in answer.text
    assert "psycopg" not in answer.text

    private_postgres.start()
    assert len(states(stack)) <= 1
    visitor.post(page, data=form)
    assert states(stack) == ["queued"]


@pytest.mark.long
@pytest.mark.promise("X21")
def test_forty_forms_of_two_people_at_once_are_one_submission(stack):
    draft = one_draft(stack)
    stack.start("web")
    page = f"/admin/tollfree/verificationrequest/{draft}/submit/"
    people = [stack.login("compliance"), stack.login("approver")]
    forms = [(visitor, visitor.form(page)) for visitor in people for _ in range(20)]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda one: one[0].post(page, data=one[1]).status_code, forms))

    assert set(answers) == {302}
    assert states(stack) == ["queued"]


@pytest.mark.long
@pytest.mark.promise("X21")
def test_two_drafts_with_one_number_at_once_are_one_submission(stack):
    drafts = [one_draft(stack), one_draft(stack)]
    stack.start("web")
    people = [stack.login("compliance"), stack.login("approver")]
    pages = [f"/admin/tollfree/verificationrequest/{draft}/submit/" for draft in drafts]
    posts_of = [(visitor, page, visitor.form(page)) for visitor, page in zip(people, pages, strict=True)]

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda one: one[0].post(one[1], data=one[2]), posts_of))

    assert states(stack) == ["queued"]
