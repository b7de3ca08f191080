"""A submission can be followed through the log: from the page to its promise, its tries and its webhook."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.test import Client

from config.logs import Handler, JsonFormatter
from messaging import checks
from messaging.mirror import trace
from messaging.mirror.models import AuditEntry, OutboxEntry
from tests.stack import Process, Stack, wait_until
from tests.system.submissions import QUICK, accepted_once, one_draft

UUID = "0198c0de-1234-7abc-8def-0123456789ab"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, str]]]]:
    """What the handler of every process writes with LOG_FORMAT=json."""
    (handler,) = (found for found in logging.getLogger().handlers if isinstance(found, Handler))
    handler.close()
    written, plain = StringIO(), handler.formatter
    before = handler.setStream(written)
    handler.setFormatter(JsonFormatter())
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    handler.close()
    handler.setFormatter(plain)
    handler.setStream(before)


@pytest.mark.parametrize("given", ["a1b2c3d4e5f60718", "0123456789ABCDEF0123456789abcdef", UUID])
def test_the_id_of_a_trusted_proxy_is_kept(db, settings, lines, given):
    settings.TRUSTED_PROXY = True

    answer = Client().get("/nowhere/", headers={"X-Request-ID": given})

    assert answer.headers["X-Request-ID"] == given.lower()
    assert [line["request_id"] for line in lines()] == [given.lower()]


@pytest.mark.parametrize(
    ("is_trusted", "given"),
    [
        (False, UUID),
        (True, ""),
        (True, "+15550100199"),
        (True, "15550100199"),
        (True, "robin@example.com"),
        (True, "a" * 40),
        (True, f"{UUID} \x1b[31m"),
        (True, f"{UUID}, {UUID}"),
    ],
)
def test_any_other_id_is_replaced(db, settings, lines, is_trusted, given):
    settings.TRUSTED_PROXY = is_trusted

    answers = [Client().get("/nowhere/", headers={"X-Request-ID": given}) for _ in range(2)]

    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert len({*ids, given}) == 3
    assert all(len(id) == 32 and id.isalnum() for id in ids)
    assert not given or given not in str(lines())


def test_a_line_names_what_it_is_about_and_a_sum_names_nothing(lines):
    log = logging.getLogger("tests")
    with trace.about(request_id="r", entry=""), trace.about(event=7):
        for _ in range(3):
            log.warning("It is %s.", "late")
    log.info("Two\nlines, “quoted”.")
    logging.getLogger().handlers[0].flush()
    (handler,) = (found for found in logging.getLogger().handlers if isinstance(found, Handler))
    handler.close()

    first, second, summed = lines()

    assert first | {"time": ""} == {
        "time": "",
        "level": "WARNING",
        "logger": "tests",
        "message": "It is late.",
        "request_id": "r",
        "event": "7",
    }
    assert first["time"].endswith("+00:00")
    assert second["message"] == "Two\nlines, “quoted”."
    assert "event" not in second
    assert summed["message"].startswith("2 more like this")
    assert "event" not in summed


def test_a_fault_keeps_its_trace_in_the_same_line(lines):
    try:
        int("Canary asks")
    except ValueError:
        logging.getLogger("tests").exception("It failed")

    (line,) = lines()

    assert "test_a_fault_keeps_its_trace" in line["trace"]
    assert "Canary asks" not in line["trace"].replace('int("Canary asks")', "")


def test_a_format_that_does_not_exist_is_refused(settings):
    settings.LOG_FORMAT = "xml"

    assert [found for found in checks.environment() if found.id == "messaging.E029"]


@pytest.mark.system
def test_a_submission_is_followed_from_the_page_to_its_webhook(stack: Stack):
    draft = one_draft(stack)
    stack.environment["LOG_FORMAT"] = "json"
    stack.start(**QUICK)
    compliance = stack.login("compliance")
    page = f"/admin/tollfree/verificationrequest/{draft}/submit/"
    form = compliance.form(page)

    answer = compliance.post(page, data=form, headers={"X-Request-ID": UUID})

    request_id = answer.headers["X-Request-ID"]
    assert request_id != UUID, "no proxy is trusted here"
    accepted_once(stack)
    ((entry, stored),) = stack.sql("SELECT id::text, request_id FROM mirror_outboxentry")
    assert stored == request_id
    (record,) = stack.sandbox.records()
    stack.sandbox.set_status(record["id"], "Verified")
    wait_until(lambda: "is about entry" in stack.worker.log_text(), 20, "the webhook is processed")
    ((event,),) = stack.sql("SELECT max(id)::text FROM mirror_webhookevent WHERE callback_token <> ''")

    def said(process: Process) -> list[dict[str, str]]:
        found = [json.loads(line) for line in process.log_text().splitlines() if line.startswith('{"')]
        return [line for line in found if line.get("request_id") == request_id]

    (promised,) = said(stack.web)
    sent, accepted, *reported = said(stack.worker)
    assert (promised["message"], promised["entry"]) == (f"Entry {entry} is promised.", entry)
    assert (sent["message"], sent["entry"]) == (f"Entry {entry} is sent, try 1.", entry)
    assert (accepted["message"], accepted["entry"]) == (f"Entry {entry}: accepted.", entry)
    assert (reported[-1]["event"], reported[-1]["entry"]) == (event, entry)
    assert stack.sql("SELECT DISTINCT request_id FROM mirror_auditentry WHERE source = 'page'")
    for value in ("Larkspur", "5550123", "5550142", "Robin", "larkspur"):
        assert value not in stack.logs()


def test_the_audit_and_the_promise_name_the_same_request(login, settings):
    """What the web request changed, and what it promised, are found by one ID."""
    settings.TRUSTED_PROXY = True
    browser = login("admin")

    browser.post("/admin/auth/group/add/", {"name": "Night shift"}, headers={"X-Request-ID": UUID})

    assert AuditEntry.objects.filter(request_id=UUID.replace("-", "")).exists()
    assert OutboxEntry._meta.get_field("request_id").max_length == len(UUID)
