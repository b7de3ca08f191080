"""/metrics: who may read it, what it says of the rows and of all processes together, and what is made of it."""

import json
import re
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from django.conf import settings as given
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from messaging.mirror import account, checkup, metrics, tallies
from messaging.mirror.inbound import refused
from messaging.mirror.models import Attempt, ClockReading, Gate, Heartbeat, OutboxEntry, Pace, WebhookEvent
from messaging.mirror.outbound import outbox
from messaging.mirror.outbound.sweep import sweep
from messaging.telnyx.client import Client as Telnyx
from messaging.telnyx.errors import RequestNotSent, RequestRefused
from messaging.telnyx.shapes import shape
from tests.sandbox.control import sample_request
from tests.signing import OTHER_KEY, WEBHOOK, deliver, event, signature_headers
from tests.stack import Stack, wait_until
from tests.system.submissions import QUICK, accepted_once, one_draft, submit
from tollfree.models import VerificationRequest

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "the-tests-read-the-metrics-with-it"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
NAME = re.compile(r"\btelnyx_desk_\w+")
CONTRIB = ["contrib/grafana/telnyx-desk.json", "contrib/prometheus/telnyx-desk.rules.yml"]


@pytest.fixture
def watched(settings, transactional_db):
    settings.METRICS_TOKEN = TOKEN
    tallies._counted.clear()
    yield
    tallies._counted.clear()


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Return every value by its name and the values of its labels, in the order of the labels' names."""
    return {
        (
            sample.name.removeprefix("telnyx_desk_"),
            *(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read() -> dict[tuple[str, ...], float]:
    answer = Client().get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    return samples(answer.content.decode())


def submitted() -> OutboxEntry:
    request = VerificationRequest.objects.create(**VerificationRequest.wire.load(sample_request()))
    return outbox.add(request, "create", requested_by=None)


@pytest.mark.django_db
def test_without_a_token_in_the_settings_there_is_no_such_page_and_nothing_is_counted():
    assert deliver(event()) == 200

    assert not given.METRICS_TOKEN
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    assert not tallies._counted


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {TOKEN}é"},
        {"Authorization": BEARER["Authorization"].replace("Bearer", "Basic")},
        {"X-Token": BEARER["Authorization"]},
    ],
)
def test_only_the_token_in_its_header_opens_the_page(watched, headers):
    in_the_address = f"/metrics?token={TOKEN}&METRICS_TOKEN={TOKEN}&access_token={TOKEN}"

    answer = Client().get(in_the_address, headers=headers)

    assert (answer.status_code, answer.content) == (401, b"")
    assert Client().post("/metrics", headers=BEARER).status_code == 405
    assert Client(headers={"host": "10.1.2.3"}).get("/metrics", headers=BEARER).status_code == 200


def test_the_numbers_are_those_of_the_rows(watched, sandbox):
    entry = submitted()
    OutboxEntry.objects.filter(pk=entry.pk).update(not_before=Now() - timedelta(seconds=50))
    deliver(event())
    WebhookEvent.objects.update(not_before=Now() - timedelta(seconds=70))
    Gate.objects.create(name=Gate.ACCOUNT, closed_at=Now())
    Heartbeat.objects.create(name=Heartbeat.BEAT, seen_at=Now() - timedelta(seconds=90))
    ClockReading.objects.create(name="worker desk-7", ahead=-3.5, read_at=Now() - timedelta(seconds=20))
    Pace.objects.create(endpoint="POST a.b", next_at=Now(), paused_until=Now() + timedelta(seconds=40))
    Pace.objects.create(endpoint="POST c.d", next_at=Now(), paused_until=Now() - timedelta(seconds=40))

    found = read()

    assert found["outbox_entries", "queued"] == 1
    assert found["outbox_entries", "needs_person"] == 0
    assert 50 <= found["outbox_oldest_due_seconds",] < 60
    assert found["inbox_events", "pending"] == 1
    assert 70 <= found["inbox_lag_seconds",] < 80
    assert found["breaker_closed",] == 1
    assert 90 <= found["sign_of_life_age_seconds", "beat"] < 100
    assert ("sign_of_life_age_seconds", "worker") not in found
    assert 20 <= found["process_seen_age_seconds", "worker desk-7"] < 30
    assert found["clock_ahead_seconds", "worker desk-7"] == -3.5
    assert 30 < found["pace_paused_seconds", "POST a.b"] <= 40
    assert ("pace_paused_seconds", "POST c.d") not in found
    assert found["documents_free_bytes",] > 0
    assert found["part_state", "database"] == 0
    assert found["part_state", "beat"] == found["part_state", "keys"] == found["part_state", "inbox"] == 2
    assert found["database_up",] == 1


def test_what_is_due_later_is_not_late(watched):
    deliver(event())
    WebhookEvent.objects.update(not_before=Now() + timedelta(hours=1))

    assert read()["inbox_lag_seconds",] == 0


def test_deliveries_are_counted_by_what_became_of_them(watched, settings, monkeypatch):
    monkeypatch.setattr(refused, "_waiting", refused._Waiting())
    assert deliver(event()) == deliver(event()) == 200
    assert deliver(event(), key=OTHER_KEY) == 403
    assert deliver(event(), headers={}) == 400
    assert deliver(event(), at=time.time() - 900) == 400
    assert deliver(b"x" * ((1 << 20) + 1)) == 413
    settings.TELNYX_PUBLIC_KEYS = []
    assert deliver(event()) == 503

    found = read()

    assert found["webhooks_total",] == 2
    assert {cause: found["webhooks_refused_total", cause] for cause in metrics.CAUSES} == {
        "wrong_signature": 1,
        "no_signature": 1,
        "unreadable": 0,
        "wrong_time": 1,
        "no_length": 0,
        "too_large": 1,
        "no_key": 1,
        "not_stored": 0,
        "old_test": 0,
    }
    # Health counts the same deliveries in rows of its own, each once.
    refused.flush()
    assert {line.cause.value: line.week for line in refused.lines()} == {
        cause: count for cause in metrics.CAUSES if (count := found["webhooks_refused_total", cause])
    }


def test_a_delivery_costs_one_statement_with_counting_too(watched, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert deliver(event()) == 200


def test_calls_are_timed_by_the_shape_of_their_path_and_their_status(watched, sandbox, quick):
    entry = submitted()
    with Telnyx(sandbox.api_key, sandbox.base_url, called=account.ended) as telnyx:
        sweep(telnyx)
        with pytest.raises(RequestRefused):
            telnyx.get("/messages/%2B15550100001", {"phone": "+15550100001"})
    nobody = Telnyx(sandbox.api_key, "http://127.0.0.1:9/v2", called=account.ended)
    with pytest.raises(RequestNotSent):
        nobody.get("/messages/%2B15550100001", attempts=1)

    entry.refresh_from_db()
    found = read()

    assert entry.state == OutboxEntry.State.ACCEPTED
    assert found["attempts_total", Attempt.Outcome.ACCEPTED] == 1
    assert found["call_duration_seconds_count", "POST /messaging_tollfree/verification/requests", "2xx"] == 1
    assert found["call_duration_seconds_count", "GET /messages/{id}", "4xx"] == 1
    assert found["call_duration_seconds_count", "GET /messages/{id}", "none"] == 1
    assert not [key for key in found if "1555" in str(key)]


def test_the_histogram_adds_up(watched):
    for seconds in (0.05, 0.3, 0.3, 99):
        tallies.called("GET /messages/{id}", 200, seconds)
    tallies.called("GET /messages/{id}", 503, 1)
    tallies.called("GET /messages/{id}", 0, 1)

    found = read()

    def buckets(status: str) -> list[float]:
        names = [*map(str, tallies.BUCKETS), "+Inf"]
        return [found["call_duration_seconds_bucket", "GET /messages/{id}", name, status] for name in names]

    assert buckets("2xx") == [1, 1, 3, 3, 3, 3, 3, 3, 4]
    assert found["call_duration_seconds_count", "GET /messages/{id}", "2xx"] == 4
    assert found["call_duration_seconds_sum", "GET /messages/{id}", "2xx"] == pytest.approx(99.65)
    assert buckets("5xx")[-1] == buckets("none")[-1] == 1


def test_no_path_keeps_an_id_or_a_number():
    facts = json.loads((ROOT / "tests" / "contract" / "contract-facts.json").read_text())

    for path in facts["paths"]:
        filled = re.sub(r"\{\w+\}", "%2B15550100001", path)
        assert shape(f"{filled}?page[size]=1") == re.sub(r"\{\w+\}", "{id}", path)
    assert shape("/messages/rcs/deeplinks/my_agent?phone=%2B1555") == "/messages/rcs/deeplinks/{id}"
    assert shape("/group/robin@example.com") == "/group/{id}"


def test_wrong_passwords_are_counted(watched):
    for _ in range(2):
        Client().post("/admin/login/", {"username": "canary", "password": "canary too"})
    for _ in range(15):
        Client().post("/admin/login/", {"username": "other", "password": "canary too"})

    text = Client().get("/metrics", headers=BEARER).content.decode()

    found = samples(text)
    assert found["failed_logins_total", "password"] >= 10
    assert found["failed_logins_total", "password"] + found["failed_logins_total", "too_often"] == 17
    assert "canary" not in text


def test_a_page_that_cannot_ask_the_database_says_so(watched):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE mirror_heartbeat RENAME TO mirror_away")
    try:
        found = read()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE mirror_away RENAME TO mirror_heartbeat")

    assert found["database_up",] == 0
    assert found["documents_free_bytes",] > 0


def test_a_scrape_reads_no_more_when_there_is_more(watched, django_assert_max_num_queries):
    for number in range(30):
        ClockReading.objects.create(name=f"worker {number}", ahead=0, read_at=Now())
        tallies.called(f"GET /{number}", 200, 1)
    read()

    with django_assert_max_num_queries(12):
        read()


@pytest.mark.parametrize("state", [*metrics.ENTRIES, *metrics.EVENTS])
def test_states_are_counted_by_an_index(db, state):
    """The planner takes a table of a few rows whole, so it is told not to."""
    table = "mirror_outboxentry" if state in metrics.ENTRIES else "mirror_webhookevent"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT " + metrics.COUNT.format(table, state.value, metrics.MOST))
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert re.search(r"Index (Only )?Scan|Bitmap Index Scan", plan), plan


def printed(text: str) -> dict[str, str]:
    """Return the help of every name that a dashboard may use."""
    found: dict[str, str] = {}
    for family in text_string_to_metric_families(text):
        names = {sample.name for sample in family.samples}
        if family.type == "histogram":
            names |= {f"{family.name}_{end}" for end in ("bucket", "sum", "count")}
        if family.type == "counter":
            names |= {f"{family.name}_total"}
        found |= dict.fromkeys(names or {family.name}, family.documentation)
    return found


def test_every_metric_has_a_help_text_and_is_on_the_page_about_watching(watched):
    names = printed(Client().get("/metrics", headers=BEARER).content.decode())
    page = (
        (ROOT / "docs" / "operations.md").read_text().partition("\n## Watching it\n")[2].partition("\n## ")[0]
    )

    assert len(names) > 15
    assert all(len(text) > 20 and text.endswith(".") for text in names.values())
    ends = re.compile(r"_(bucket|sum|count)$")
    assert {ends.sub("", name) for name in names} == set(NAME.findall(page))


@pytest.mark.parametrize("file", CONTRIB)
def test_dashboard_and_alerts_name_only_what_is_printed(watched, file):
    names = printed(Client().get("/metrics", headers=BEARER).content.decode())
    text = (ROOT / file).read_text()

    used = set(NAME.findall(text))

    assert len(used) > 10
    assert used <= set(names)


def test_the_dashboard_shows_every_metric_and_can_be_imported(watched):
    dashboard = json.loads((ROOT / CONTRIB[0]).read_text())
    names = printed(Client().get("/metrics", headers=BEARER).content.decode())

    shown = set(NAME.findall(json.dumps(dashboard)))

    assert shown == set(names)
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    assert all(target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", []))


def test_labels_that_alerts_ask_for_exist(watched):
    """An alert on a state that was renamed would never ring."""
    groups = yaml.safe_load((ROOT / CONTRIB[1]).read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    known = {
        "state": {*map(str, metrics.ENTRIES), *map(str, metrics.EVENTS)},
        "cause": {*metrics.CAUSES, *metrics.LOGIN_CAUSES},
        "process": set(map(str, metrics.SIGNS)),
        "part": set(checkup.TITLES),
        "status": {"2xx", "3xx", "4xx", "5xx", "none"},
        "job": {"telnyx-desk"},
    }

    for rule in rules:
        assert rule["annotations"]["summary"]
        for label, values in re.findall(r'(\w+)=~?"([^"]*)"', rule["expr"]):
            assert set(values.split("|")) <= known[label], rule["alert"]
    assert len({rule["alert"] for rule in rules}) == len(rules) > 10


@pytest.mark.system
def test_several_web_processes_and_a_worker_add_up(stack: Stack):
    """Two web processes count deliveries, two processes of a worker count calls; each answer has the sum."""
    stack.environment["METRICS_TOKEN"] = TOKEN
    stack.environment["TELNYX_PUBLIC_KEYS"] += f",{given.TELNYX_PUBLIC_KEYS[0]}"
    draft = one_draft(stack)
    stack.start(**QUICK)

    def scraped() -> dict[tuple[str, ...], float]:
        with httpx.Client() as fresh:  # a connection of its own, so any of the processes answers
            return samples(fresh.get(f"{stack.url}/metrics", headers=BEARER).text)

    for _ in range(40):
        body = json.dumps(event()).encode()
        sent = {"Content-Type": "application/json", **signature_headers(body)}
        assert httpx.post(f"{stack.url}{WEBHOOK}", content=body, headers=sent).status_code == 200
    for _ in range(7):
        assert httpx.post(f"{stack.url}{WEBHOOK}", content=b"{}").status_code == 400
    submit(stack.login("compliance"), draft)
    accepted_once(stack)
    create = "POST /messaging_tollfree/verification/requests"
    wait_until(
        lambda: scraped().get(("call_duration_seconds_count", create, "2xx")),
        20,
        "the worker's call is written",
    )
    # The sandbox may have delivered events of its own, so the rows say how many there were.
    wait_until(
        lambda: (
            scraped()["webhooks_total",]
            == stack.sql(
                "SELECT sum(deliveries) FROM mirror_webhookevent WHERE key_fingerprint <> 'fetched'"
            )[0][0]
        ),
        20,
        "all deliveries are written",
    )

    found = [scraped() for _ in range(8)]

    assert {each["webhooks_refused_total", "no_signature"] for each in found} == {7}
    assert {each["call_duration_seconds_count", create, "2xx"] for each in found} == {1}
    assert {each["attempts_total", "accepted"] for each in found} == {1}
    assert all(each["webhooks_total",] >= 40 for each in found)
    assert all(each["sign_of_life_age_seconds", "worker"] < 60 for each in found)
    refused = stack.sql("SELECT value FROM mirror_tally WHERE name = 'webhooks_refused'")
    assert refused == [(7.0,)]


@pytest.mark.system
def test_a_process_that_is_stopped_writes_what_it_counted(stack: Stack):
    stack.start("web", METRICS_TOKEN=TOKEN)
    assert httpx.post(f"{stack.url}{WEBHOOK}", content=b"{}").status_code == 400

    stack.web.stop()

    assert stack.sql("SELECT labels, value FROM mirror_tally") == [('["no_signature"]', 1.0)]
