"""Words that every list and every page shares."""

import re
from uuid import uuid4

import pytest

from messaging.mirror.models import Purge
from messaging.mirror.wording import kept_for
from tests.tollfree.pages import text

LISTS = [
    "/admin/tollfree/verificationrequest/",
    "/admin/hosted/hostedorder/",
    "/admin/messaging/optout/",
    "/admin/messaging/messagingprofile/",
    "/admin/mirror/webhookevent/",
]


@pytest.mark.parametrize("url", LISTS)
def test_the_title_of_a_filter_is_no_sentence_cut_short(login, url):
    page = text(login("admin").get(url))

    assert not re.search(r"\bBy (?:blocked|at Telnyx|stage|state|status|due)", page, re.IGNORECASE)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1826, "5 years"),
        (1825, "5 years"),
        (365, "1 year"),
        (730, "2 years"),
        (400, "400 days"),
        (90, "90 days"),
        (1, "1 day"),
    ],
)
def test_years_are_said_as_years(days, words):
    assert kept_for(days) == words


def test_the_page_of_retention_says_five_years(login, settings):
    settings.RETENTION_RECORD_DAYS = settings.RETENTION_AUDIT_DAYS = 1826
    Purge.objects.create(rule="purges", days=1826, rows=3, before="2026-01-01T00:00Z")

    page = text(login("admin").get("/admin/mirror/purge/"))

    assert "kept for 5 years" in page
    assert "1826" not in page


def test_a_record_that_is_not_here_is_said_in_a_sentence(login):
    page = text(login("admin").get(f"{LISTS[0]}{uuid4()}/change/", follow=True))

    assert "Toll-free verification not found. It may have been deleted, or the address is wrong." in page


def test_no_list_or_page_has_a_date_of_machines(login):
    client = login("admin")
    for url in (*LISTS, "/admin/", "/admin/mirror/purge/", "/admin/mirror/outboxentry/"):
        shown = re.sub(r'datetime="[^"]*"|data-now="[^"]*"', "", client.get(url).content.decode())
        assert not re.search(r"\b20\d\d-\d\d-\d\d\b", shown), url
