"""Every call to Telnyx is in the API log: masked, sealed, bounded, and never in the way of the call."""

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.mirror import account, retention, tasks
from messaging.mirror.models import ApiCall, Attempt, OutboxEntry, Purge
from messaging.telnyx.client import json_bytes
from messaging.telnyx.errors import RequestRefused, TelnyxError
from tests.desk.conftest import make_entry
from tests.desk.lists import MOST_QUERIES, queries, shown
from tests.mirror.conftest import make_request
from tests.stack import wait_until

LIST = "/admin/mirror/apicall/"
Purpose = ApiCall.Purpose
VERIFICATION = "/messaging_tollfree/verification/requests"
NUMBER, EMAIL, CODE = "+13125550177", "robin@larkspur-dental.example", "482913"


@pytest.fixture
def our_account(sandbox, settings, transactional_db) -> Iterator[None]:
    """The account of this desk is one of the sandbox, for tasks and pages alike."""
    settings.TELNYX_BASE_URL, settings.TELNYX_API_KEY = sandbox.base_url, sandbox.api_key
    account.client.cache_clear()
    yield
    account.client().close()
    account.client.cache_clear()


def page_of(browser, call: ApiCall) -> str:
    answer = browser.get(f"{LIST}{call.pk}/change/")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def make_call(**values) -> ApiCall:
    usual = {"method": "GET", "path": "/messaging_profiles", "purpose": Purpose.LISTS, "status": 200}
    return ApiCall.objects.create(**usual | {"answered": 2, "milliseconds": 12} | values)


@pytest.mark.promise("F79")
def test_a_write_is_logged_with_its_entry_and_its_attempt(sandbox, submit, work, login):
    entry = work(submit())

    call = ApiCall.objects.get(method="POST")
    held = sandbox.requests("POST", "verification/requests")[0]
    assert (call.path, call.status, call.answered) == (VERIFICATION, 200, 2)
    assert (call.purpose, call.entry, call.error) == (Purpose.SEND, entry, "")
    assert (call.request_size, call.request_id) == (len(held["body"]), entry.attempts.get().request_id)
    html = page_of(login("admin"), call)
    assert reverse("admin:mirror_outboxentry_change", args=[entry.pk]) in html
    assert str(Attempt.Outcome.ACCEPTED.label) in html
    assert f"{call.milliseconds:,} ms" in html


@pytest.mark.promise("F79")
def test_reads_of_the_worker_are_logged_with_what_they_were_for(sandbox, our_account, submit, quick, login):
    submit()

    def is_polled() -> bool:
        tasks.poll()
        return ApiCall.objects.filter(purpose=Purpose.POLL).exists()

    tasks.sweep()
    wait_until(is_polled, 15, "the record is polled")
    tasks.pull()

    found = set(ApiCall.objects.values_list("method", "purpose"))
    assert {("POST", Purpose.SEND), ("GET", Purpose.POLL), ("GET", Purpose.LISTS)} <= found
    assert ApiCall.objects.count() == len(sandbox.requests())
    assert not ApiCall.objects.filter(source="").exists()


@pytest.mark.promise("F79")
def test_a_call_from_a_page_names_the_person_who_asked(sandbox, our_account, login):
    entry = make_entry(OutboxEntry.State.NEEDS_PERSON)
    entry.attempts.create(outcome=Attempt.Outcome.UNCLEAR, worker="w")
    browser = login("admin")

    browser.post(reverse("admin:mirror_outboxentry_adopt", args=[entry.pk]), {"text": str(uuid4())})

    call = ApiCall.objects.get()
    assert (call.asked_by, call.entry, call.status) == (User.objects.get(), entry, 404)
    assert call.source.startswith("admin:mirror_outboxentry_adopt")
    assert ">admin<" in page_of(browser, call)


@pytest.mark.promise("F79")
def test_a_refused_call_keeps_telnyx_words_without_what_was_sent(sandbox, client, login):
    said = f"The code {CODE} of {NUMBER} is wrong, ask {EMAIL}"
    errors = [{"code": "10015", "title": "Bad code", "detail": said, "source": {"pointer": "/code"}}]
    sandbox.fault("status", method="POST", status=422, json={"errors": errors})
    body = {"verification_codes": [{"phone_number": NUMBER, "code": CODE}]}

    with pytest.raises(RequestRefused):
        client.send("POST", f"/messaging_hosted_number_orders/{uuid4()}/codes", body=json_bytes(body))

    call = ApiCall.objects.get()
    assert (call.status, call.codes, call.error) == (422, "10015", "RequestRefused")
    html = page_of(login("admin"), call)
    assert "Bad code" in html
    assert "is wrong, ask" in html
    assert not [secret for secret in (CODE, NUMBER, EMAIL) if secret in html]
    assert "***0177" in html


@pytest.mark.promise("F79")
def test_a_lost_answer_is_logged_with_what_our_code_made_of_it(sandbox, submit, work, login):
    sandbox.fault("store_then_lose", method="POST")

    entry = work(submit())

    call = ApiCall.objects.get(method="POST", status=None)
    assert (call.answered, call.error, call.entry) == (0, "OutcomeUnknown", entry)
    assert "No answer came" in page_of(login("admin"), call)
    # The checks that found it at Telnyx belong to the entry, too.
    assert ApiCall.objects.filter(entry=entry, purpose=Purpose.CHECK, status=200).exists()
    assert str(call.pk) in shown(login("auditor"), f"{LIST}?q={entry.pk}")


def test_each_try_of_a_read_is_a_call_of_its_own(sandbox, client, login):
    sandbox.fault("status", method="GET", status=503)

    client.get("/messaging_profiles", {"page[size]": 1})

    assert list(ApiCall.objects.values_list("status", flat=True).order_by("id")) == [503, 200]


@pytest.mark.promise("F79")
def test_nothing_personal_is_stored_and_what_is_stored_is_sealed(sandbox, submit, work, client, login):
    work(submit(businessContactPhone=NUMBER))
    for query in ({"filter[phone_number]": NUMBER}, {"filter[name]": "Robin Sample"}, {"x": EMAIL}):
        with suppress(TelnyxError):
            client.get("/messaging_profiles", query)
    with pytest.raises(TelnyxError):
        client.get(f"/messaging_hosted_numbers/%2B{NUMBER[1:]}")
    client.get(VERIFICATION, {"page": 1, "page_size": 1})
    assert ApiCall.objects.first().path == f"{VERIFICATION}?page=1&page_size=1"

    written = [
        str(values) + call.opened("request_body") + call.opened("answer_body")
        for call, values in zip(
            ApiCall.objects.order_by("id"), ApiCall.objects.order_by("id").values(), strict=True
        )
    ]

    secrets = (NUMBER[1:], EMAIL, "Robin", "Larkspur", "12-3456789", "Fictional Way", "KEY-sandbox")
    assert not [(secret, row) for secret in secrets for row in written if secret in row]
    assert any("/messaging_hosted_numbers/***0177" in row for row in written)
    call = ApiCall.objects.filter(method="POST").get()
    assert "useCase" in call.opened("request_body")
    assert b"useCase" not in bytes(call.request_body)
    assert "Appointments" in page_of(login("admin"), call)


def test_a_long_answer_is_cut_and_keeps_only_the_start_of_its_lists(sandbox, client, login):
    rows = [{"id": str(uuid4()), "status": "x" * 70} for _row in range(40)]
    sandbox.fault("status", method="GET", status=200, json={"data": rows})
    client.get("/messaging_profiles")
    many = {f"name_{letter}{digit}": "x" * 50 for letter in map(chr, range(97, 123)) for digit in range(10)}
    sandbox.fault("status", method="GET", status=200, json={"data": [many] * 5})
    client.get("/messaging_profiles")

    short, long = ApiCall.objects.order_by("id")
    html = page_of(login("admin"), short)
    assert (html.count(rows[0]["status"]), "… 35 more" in html) == (5, True)
    assert long.opened("answer_body").endswith("\n…")
    assert len(long.answer_body) < 50_000 < long.answer_size


@pytest.mark.promise("F79")
def test_a_body_with_our_key_is_never_kept_or_shown(sandbox, client, login, settings):
    browser = login("admin")
    sandbox.fault("status", method="GET", status=200, json={"data": {"status": settings.TELNYX_API_KEY}})
    client.get("/messaging_profiles")
    call = ApiCall.objects.get()
    assert not bytes(call.answer_body)
    assert "one of our keys is in it" in page_of(browser, call)

    sandbox.fault("status", method="GET", status=200, json={"data": {"status": "KEY-of-tomorrow"}})
    client.get("/messaging_profiles")
    call = ApiCall.objects.first()
    assert "KEY-of-tomorrow" in page_of(browser, call)
    # The same row, once that is our key.
    settings.TELNYX_API_KEY = "KEY-of-tomorrow"
    html = page_of(browser, call)
    assert "KEY-of-tomorrow" not in html
    assert "one of our keys is in it" in html


@pytest.mark.promise("F80")
def test_the_curl_command_reads_the_key_from_the_shell(sandbox, submit, work, login, settings):
    settings.TELNYX_BASE_URL = "https://api.telnyx.com/v2"
    work(submit())

    html = page_of(login("admin"), ApiCall.objects.get(method="POST"))

    assert f"curl --globoff -X POST https://api.telnyx.com/v2{VERIFICATION} \\\n" in html
    assert '-H "Authorization: Bearer $TELNYX_API_KEY" \\\n' in html
    assert "-H 'Content-Type: application/json' \\\n  --data '{" in html
    assert settings.TELNYX_API_KEY not in html


def test_a_read_can_be_repeated_as_it_was(sandbox, client, login, settings):
    settings.TELNYX_BASE_URL = "https://api.telnyx.com/v2"
    with suppress(TelnyxError):
        client.get(
            "/messaging_profiles", {"page[size]": 2, "filter[created_at][gte]": "2026-01-01T00:00:00Z"}
        )

    html = page_of(login("admin"), ApiCall.objects.get())

    query = "page[size]=2&filter[created_at][gte]=2026-01-01T00:00:00Z"
    assert f"-X GET 'https://api.telnyx.com/v2/messaging_profiles?{query}'" in html


def test_a_body_whose_key_is_gone_says_so(sandbox, submit, work, login, settings):
    work(submit())
    settings.DOCUMENT_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]

    assert "can no longer be read" in page_of(login("admin"), ApiCall.objects.get(method="POST"))


# It is never in the way.


def test_a_log_that_cannot_be_written_stops_no_call(sandbox, client, monkeypatch, caplog):
    monkeypatch.setattr(ApiCall, "save", lambda *_, **__: connection.cursor().execute("SELECT 1/0"))

    with caplog.at_level(logging.WARNING), transaction.atomic():
        answer = client.get("/messaging_profiles")
        # The transaction around it is whole.
        make_request()

    assert answer.status == 200
    assert "could not be logged (DataError)" in caplog.text


def test_a_call_inside_a_broken_transaction_still_answers(sandbox, client):
    with transaction.atomic():
        transaction.set_rollback(True)
        assert client.get("/messaging_profiles").status == 200

    assert not ApiCall.objects.exists()


def test_a_call_costs_one_insert(sandbox, client):
    client.get("/messaging_profiles")
    with CaptureQueriesContext(connection) as seen:
        client.get("/messaging_profiles")

    assert [query["sql"].split()[0] for query in seen.captured_queries] == ["INSERT"]


# The list.


def test_the_list_asks_the_same_however_long_it_is(login):
    browser = login("admin")
    make_call()
    few = len(queries(browser, LIST))
    for number in range(60):
        make_call(asked_by=User.objects.get(), status=None if number % 2 else 404, answered=0)

    asked = queries(browser, LIST)

    assert len(asked) == few <= MOST_QUERIES
    assert not [sql for sql in asked if "COUNT(*)" in sql and "mirror_apicall" in sql]
    assert not [sql for sql in asked if "answer_body" in sql]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("method=GET", "read"),
        ("method=writes", "write slow"),
        ("method=PATCH", "slow"),
        ("answered__exact=4", "write"),
        ("answered__exact=0", "slow"),
        ("slow=2000", "slow"),
        ("slow=10000", ""),
        ("purpose__exact=send", "write slow"),
        ("when=60", "read write"),
        ("q=req-7", "write"),
        ("q=nothing", ""),
    ],
)
def test_filters_and_search_find_calls(login, query, found):
    old = make_call().at - timedelta(hours=2)
    made = {
        "read": ApiCall.objects.get(),
        "write": make_call(method="POST", purpose="send", status=422, answered=4, request_id="req-7"),
        "slow": make_call(method="PATCH", purpose="send", status=None, answered=0, milliseconds=4000, at=old),
    }

    assert shown(login("admin"), f"{LIST}?{query}") == {str(made[name].pk) for name in found.split()}


@pytest.mark.parametrize("role", ["compliance", "approver", "operator", "support", "nobody"])
def test_only_administrators_and_auditors_open_it(login, role):
    call = make_call()
    browser = login(role)

    assert browser.get(LIST).status_code == 403
    assert browser.get(f"{LIST}{call.pk}/change/").status_code == 403


def test_nobody_changes_it(login):
    call = make_call()
    browser = login("admin")

    for page in ("change", "delete"):
        assert browser.post(f"{LIST}{call.pk}/{page}/", {"post": "yes", "path": "/x"}).status_code == 403
    assert ApiCall.objects.get().path == call.path
    assert json.dumps(list(ApiCall.objects.values("path"))) == '[{"path": "/messaging_profiles"}]'


def test_calls_are_deleted_when_their_time_is_up(db, settings):
    settings.RETENTION_API_CALL_DAYS = 14
    now = make_call().at
    make_call(at=now - timedelta(days=13, hours=23))
    make_call(at=now - timedelta(days=14, hours=1))

    retention.run()

    assert ApiCall.objects.count() == 2
    assert Purge.objects.get(rule="api_calls").rows == 1
