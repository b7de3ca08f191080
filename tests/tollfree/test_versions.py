"""Every sent version of a request is kept, dated, answered for, and compared with any other; masked as everywhere."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.mirror import retention
from messaging.mirror.models import OutboxEntry, Source
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.records import sync
from tests.tollfree.pages import LIST, change, fields, text
from tollfree.models import VerificationRequest


def address(request: VerificationRequest, page: str) -> str:
    return f"{LIST}{request.pk}/{page}/"


@pytest.fixture
def versioned(login, make, sandbox, client) -> VerificationRequest:
    """Return a request sent twice, rejected after each, and edited since."""
    request, compliance = make(), login("admin")
    for city in ("Chicago", "Peoria"):
        compliance.post(address(request, "submit"), fields(compliance, address(request, "submit")))
        relay.relay(outbox.entries(request)[0].pk, client)
        request.refresh_from_db()
        sandbox.set_status(request.remote_id, "Rejected", f"Not {city} enough")
        sync.ask_soon(request, Source.PERSON)
        sync.poll_due(client)
        edited = {"business_city": city, "business_registration_number": f"12-34567{len(city)}9"}
        compliance.post(change(request), fields(compliance, change(request)) | edited)
    return request


def test_every_version_is_listed_with_who_sent_it_and_what_telnyx_said(login, versioned):
    page = text(login("compliance").get(address(versioned, "versions")))

    second, first = page.split("Version 2: Correction")[1].split("Version 1: New request")
    assert "admin" in second
    assert "Telnyx: Rejected" in second
    assert "Not Peoria enough" in second
    assert "Not Chicago enough" in first
    assert "Not Peoria enough" not in first
    assert "City Chicago" in second
    assert "City Springfield" in first
    assert "Compare with the version before" not in first


def test_any_version_is_compared_with_the_one_before_and_with_now(login, versioned):
    client, url = login("compliance"), address(versioned, "versions")

    def compared(query: str) -> str:
        return text(client.get(f"{url}?{query}")).split("What differs")[1].split("Version 2:")[0]

    assert "City Springfield Chicago" in compared("version=2&with=before")
    assert "City Chicago Peoria" in compared("version=2&with=now")
    assert "City Springfield Peoria" in compared("version=1&with=now")


@pytest.mark.parametrize(
    "query",
    ["version=1&with=before", "version=0&with=now", "version=99&with=now", "version=x&with=now", "version=1",
     "version=2&with=all", "version=-1&with=now", "version=9999999&with=now", "version=²&with=now", "with=now"],
)  # fmt: skip
def test_an_odd_pair_compares_nothing(login, versioned, query):
    answer = login("compliance").get(f"{address(versioned, 'versions')}?{query}")

    assert answer.status_code == 200
    assert "What differs" not in text(answer)


def test_versions_are_masked_as_everywhere(login, versioned):
    answer = login("support").get(f"{address(versioned, 'versions')}?version=2&with=now")

    page = text(answer)
    assert "Legal business name Larkspur Dental Group LLC" in page
    for hidden in ("Springfield", "Chicago", "Peoria", "Robin", "200 Fictional", "12-34567"):
        assert hidden not in page
    assert login("nobody").get(address(versioned, "versions")).status_code == 403


def test_a_version_that_is_no_longer_kept_says_so(login, versioned):
    OutboxEntry.objects.filter(operation="create").update(resolved_at=timezone.now() - timedelta(days=9999))
    retention.run(seconds=60)

    answer = login("compliance").get(f"{address(versioned, 'versions')}?version=1&with=now")

    assert "What was sent then is no longer kept." in text(answer)
    assert "What differs" not in text(answer)


def test_a_sent_version_never_changes(login, versioned):
    entry = outbox.entries(versioned).last()

    assert json.loads(bytes(entry.body))["businessCity"] == "Springfield"
    assert login("compliance").post(address(versioned, "versions")).status_code == 405
