"""Approvals and rejections: the figures of the page, the requests behind them, and what is said beside a warning."""

from datetime import timedelta
from functools import cache

import pytest

from messaging.mirror import clock, retention
from messaging.mirror.models import Fact, OutboxEntry, Source
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.records import sync
from tests.desk.lists import MOST_QUERIES, queries
from tests.tollfree.pages import LIST, change, fields, found, numbered, text
from tollfree.lessons import figures
from tollfree.lessons.learn import learn
from tollfree.models import Answer, RejectionReason, RuleHistory, VerificationRequest

PAGE = f"{LIST}lessons/"
REGISTRATION = "Business registration number is invalid."
WEBSITE = "Website is not accessible."
NOBODY_KNOWS = "The moon was in the wrong house."


@pytest.fixture
def login(login):
    """Return the way to sign in, which keeps each person's browser."""
    return cache(login)


@pytest.fixture
def desk(login, sandbox, client):
    """Return a way to send a request from its confirm page, and one to have Telnyx answer it."""

    class Desk:
        def send(self, request: VerificationRequest, **typed: str) -> None:
            url = f"{LIST}{request.pk}/submit/"
            admin = login("admin")
            form = fields(admin, url) | typed
            form |= {name: "" for name in form if name == "reason"} | typed
            answer = admin.post(url, form)
            assert answer.status_code == 302, text(answer)
            relay.relay(outbox.entries(request)[0].pk, client)
            request.refresh_from_db()

        def correct(self, request: VerificationRequest, **typed: str) -> None:
            admin = login("admin")
            admin.post(change(request), fields(admin, change(request)) | typed)
            request.refresh_from_db()

        def answer(self, request: VerificationRequest, status: str, reason: str = "") -> None:
            sandbox.set_status(request.remote_id, status, reason)
            sync.ask_soon(request, Source.PERSON)
            sync.poll_due(client)
            request.refresh_from_db()

    return Desk()


def page(login, query: str = "") -> str:
    learn()
    return text(login("support").get(f"{PAGE}?days=0&{query}"))


def told(request: VerificationRequest, *facts: tuple[str, str], ago: int = 10) -> VerificationRequest:
    """Have Telnyx say these words of a request, one a day, the first some days ago."""
    start = clock.now() - timedelta(days=ago)
    dated = [Fact(status, start + timedelta(days=day), reason) for day, (status, reason) in enumerate(facts)]
    request.apply({}, source=Source.WEBHOOK, as_of=clock.now(), facts=dated)
    return request


def sent(request: VerificationRequest, ago: int = 20, operation: str = "create") -> OutboxEntry:
    """Have a request as it is sent from here, some days ago."""
    at = clock.now() - timedelta(days=ago)
    entry = OutboxEntry.objects.create(
        resource=request,
        operation=operation,
        method="POST",
        path="/x",
        body=b"{}",
        created_at=at,
        not_before=at,
        send_started_at=at,
        state="accepted",
        resolved_at=at,
        remote_id=request.remote_id if operation == "create" else None,
    )
    OutboxEntry.objects.filter(pk=entry.pk).update(created_at=at)
    entry.refresh_from_db()
    return entry


def remote(make, n: int, **changes) -> VerificationRequest:
    return numbered(make, n, remote_id=f"r-{n}", sync_state="accepted", **changes)


def test_a_first_time_approval_and_one_after_a_correction(login, make, desk):
    at_once, corrected = (
        numbered(make, 1),
        numbered(make, 2, business_name="Second Try Inc", business_registration_number="98-7654320"),
    )
    desk.send(at_once)
    desk.answer(at_once, "Verified")
    desk.send(corrected)
    desk.answer(corrected, "Rejected", "Email domain mismatch.")
    desk.correct(corrected, business_contact_email="sam@larkspur-dental.example")
    desk.send(corrected)
    desk.answer(corrected, "Verified")

    words = page(login)

    assert "Approved by the first answer 1 of 2" in words
    assert "(1 of 2)" not in words
    assert "1 rejection · 1 request" in words
    assert "Less than half a day" in words
    assert "Second Try Inc 1 1 0 of 1" in words
    assert list(Answer.objects.filter(is_last=True).values_list("is_approved", flat=True)) == [True, True]


def test_nothing_answered_yet_is_said_in_words(login, make):
    told(remote(make, 1), ("In Progress", ""), ("Waiting For Customer", REGISTRATION))

    words = page(login)

    assert "there is nothing to count yet" in words
    assert not Answer.objects.exists()


def test_a_request_rejected_twice_counts_twice_as_rejections_and_once_as_a_request(login, make):
    request = remote(make, 1)
    sent(request)
    told(request, ("Rejected", REGISTRATION), ("In Progress", ""), ("Rejected", f"{REGISTRATION} {WEBSITE}"))

    words = page(login)

    assert "2 rejections · 1 request" in words
    keys = {line.key: (line.rejections, line.requests) for line in figures.by_reason(0)}
    assert sorted(keys.values()) == [(1, 1), (2, 1)]
    assert "Approved by the first answer 0 of 1" in words


def test_the_same_rejection_said_again_is_one_rejection(make):
    request = remote(make, 1)
    sent(request)
    told(request, ("Rejected", ""), ("Rejected", REGISTRATION), ("Rejected", REGISTRATION))
    learn()

    assert [answer.reasons != [Answer.NONE] for answer in Answer.objects.all()] == [True]


def test_a_rejection_of_a_corrected_version_is_another_one_though_telnyx_says_nothing_in_between(make):
    request = remote(make, 1)
    sent(request, ago=20)
    told(request, ("Rejected", REGISTRATION))
    second = sent(request, ago=5, operation="update")
    told(request, ("Rejected", REGISTRATION), ago=2)
    learn()

    assert [answer.entry for answer in Answer.objects.all()] == [second, outbox.entries(request)[1]]


def test_a_request_made_in_telnyx_s_portal_is_no_first_answer_that_we_know(login, make):
    told(remote(make, 1), ("Verified", ""))
    told(remote(make, 2, business_name="Portal Ltd"), ("Rejected", WEBSITE))

    words = page(login)

    assert "No request sent from here got its first approval or rejection" in words
    assert "2 requests made in Telnyx's portal not counted here" in words
    assert "1 rejection · 1 request" in words
    assert "Portal Ltd 1 1 -" in words


def test_a_rejected_request_that_is_deleted_at_telnyx_still_counts(login, make):
    request = remote(make, 1)
    sent(request)
    told(request, ("Rejected", REGISTRATION)).gone(clock.now())

    words = page(login)

    assert "Approved by the first answer 0 of 1" in words
    assert "1 rejection · 1 request" in words


def test_what_the_retention_empties_still_counts_with_its_reason_and_use_case(login, make):
    request = remote(make, 1, business_name="Gone Ltd")
    sent(request)
    told(request, ("Rejected", REGISTRATION)).gone(clock.now() - timedelta(days=4000))
    before = page(login)
    retention.run(seconds=60)
    # A reason that is new here, so that everything is explained again.
    RejectionReason.objects.create(
        title="New", phrases="moon cheese", meaning="x", verdict="write", advice="x"
    )

    after = page(login)

    assert "Gone Ltd" in before
    assert "Gone Ltd" not in after
    assert "1 more rejection was of a request without a business name" in after
    assert "Appointments 1 1 0 of 1" in after
    by_reason = [line.key for line in figures.by_reason(0)]
    assert Answer.NONE not in by_reason
    assert Answer.UNKNOWN not in by_reason


def test_a_fact_that_comes_later_and_is_older_changes_what_came_first(login, make):
    request = remote(make, 1)
    sent(request)
    told(request, ("Verified", ""), ago=3)
    assert "Approved by the first answer 1 of 1" in page(login)

    told(request, ("Rejected", REGISTRATION), ("In Progress", ""), ago=8)

    assert "Approved by the first answer 0 of 1" in page(login)


def test_unknown_wording_has_its_own_line_until_somebody_explains_it(login, make):
    told(remote(make, 1), ("Rejected", NOBODY_KNOWS))
    words = page(login)
    assert "Wording that is not explained yet" in words
    assert "Reasons not explained yet" in words

    RejectionReason.objects.create(
        title="Astrology", phrases="moon wrong house", meaning="x", verdict="write", advice="x"
    )

    words = page(login)
    assert "Astrology 1 1" in words
    assert "Wording that is not explained yet" not in words


def test_a_rejection_without_words_says_so(login, make):
    told(remote(make, 1), ("Rejected", ""))

    assert "No reason on record: Telnyx gave none, or it is no longer kept" in page(login)


def test_a_percentage_is_said_from_five_on_and_never_rounded_up(login, make):
    for n in range(6):
        request = remote(make, n)
        sent(request)
        told(request, ("Rejected", WEBSITE) if n == 0 else ("Verified", ""))

    assert "83% (5 of 6)" in page(login)


def test_the_median_days_count_from_the_first_sending_to_the_latest_answer(login, make):
    for n, ago in enumerate((20, 16, 12)):
        request = remote(make, n)
        sent(request, ago=ago)
        told(request, ("Rejected", WEBSITE), ("In Progress", ""), ("Verified", ""))

    words = page(login)

    assert "About 8 days" in words
    assert "The median of 3 requests" in words


def test_a_period_leaves_out_what_was_answered_before_it(login, make):
    for n, ago in enumerate((200, 60, 10)):
        request = remote(make, n)
        sent(request, ago=ago + 1)
        told(request, ("Rejected", WEBSITE), ago=ago)
    learn()
    support = login("support")

    counted = [
        found(r"(\d+) rejections?", text(support.get(f"{PAGE}?days={days}"))) for days in (30, 90, 365, 0)
    ]

    assert counted == ["1", "2", "3", "3"]
    assert "2 rejections" in text(support.get(f"{PAGE}?days=ninety"))


def test_every_figure_leads_to_the_requests_behind_it(login, make):
    names = {}
    for n, facts in enumerate((("Verified", ""), ("Rejected", WEBSITE), ("Rejected", NOBODY_KNOWS))):
        request = remote(make, n, business_name=f"Business {n} LLC")
        sent(request)
        names[n] = told(request, facts)
    learn()
    support = login("support")
    html = support.get(f"{PAGE}?days=0").content.decode()

    def behind(words: str) -> set[int]:
        url = found(rf'href="([^"]*behind[^"]*)">\s*{words}', html).replace("&amp;", "&")
        shown = text(support.get(url))
        assert "Only the requests behind a figure" in shown
        return {n for n in names if f"Business {n} LLC" in shown}

    assert behind("1 of 3") == {0}
    assert behind("Show all of them") == {0, 1, 2}
    assert behind("2 rejections") == {1, 2}
    assert behind("Wording that is not explained yet") == {2}
    assert behind("Appointments") == {1, 2}
    assert behind("Business 1 LLC") == {1}
    assert "Business" not in "".join(url for url in html.split('"') if "behind=" in url)


@pytest.mark.parametrize(
    "value", ["x", "reason", "reason.7.x", "business.0.x", "business.0.999999999", ".0."]
)
def test_a_list_behind_a_figure_that_is_no_more_is_empty(login, make, value):
    told(remote(make, 1, business_name="Shown LLC"), ("Rejected", WEBSITE))
    learn()

    answer = login("support").get(f"{LIST}?behind={value}")

    assert answer.status_code == 200
    assert "Shown LLC" not in text(answer)


def test_the_page_takes_as_many_queries_for_many_requests_as_for_one(login, make):
    support = login("support")

    def count() -> int:
        learn()
        return len(queries(support, f"{PAGE}?days=0"))

    told(remote(make, 0), ("Rejected", WEBSITE))
    one = count()
    for n in range(1, 12):
        told(remote(make, n, business_name=f"Business {n}"), ("Rejected", WEBSITE))

    assert count() == one <= MOST_QUERIES


def test_the_page_says_how_far_the_counting_is(login, make):
    support = login("support")
    told(remote(make, 1), ("Rejected", WEBSITE))
    told(remote(make, 2), ("Verified", ""))
    told(remote(make, 3), ("In Progress", ""))

    fresh = text(support.get(PAGE))
    learn()
    read = text(support.get(PAGE))
    told(remote(make, 4), ("Rejected", WEBSITE))
    one_left = text(support.get(PAGE))

    assert "Counting: 0 of 2 requests with a final answer are read." in fresh
    assert "there is nothing to count yet" not in fresh
    assert "Counting" not in read
    assert "Counting: 2 of 3 requests with a final answer are read." in one_left


def test_explaining_more_reasons_counts_again_and_says_so(login, make):
    told(remote(make, 1), ("Rejected", NOBODY_KNOWS))
    learn()
    RejectionReason.objects.create(
        title="Moon", phrases=NOBODY_KNOWS, meaning="x", verdict="write", advice="x"
    )

    page = text(login("support").get(PAGE))

    assert "Counting: 0 of 1 request with a final answer is read." in page


def test_a_round_reads_only_what_is_due(make):
    told(remote(make, 1), ("Rejected", WEBSITE))
    learn()
    before = list(Answer.objects.values_list("id", flat=True))

    learn()

    assert list(Answer.objects.values_list("id", flat=True)) == before


# What is said beside a warning.

WARNED = {"business_contact_email": "larkspur@gmail.com"}


def test_a_warning_says_what_became_of_the_last_versions_sent_with_it(login, make, desk):
    email = "Email domain mismatch."
    for n in range(3):
        request = numbered(make, n, business_name=f"Business{n} LLC", **WARNED)
        desk.send(request, reason="The owner has no other address")
        desk.answer(request, *(("Verified", "") if n == 0 else ("Rejected", email)))
    learn()
    draft = numbered(make, 9, business_name="Next LLC", **WARNED)

    sentence = "Our history: of the last 3 answered versions sent with this warning, Telnyx rejected 2"
    admin = login("admin")
    assert sentence in text(admin.get(f"{change(draft)}?check"))
    assert sentence in text(admin.get(f"{LIST}{draft.pk}/submit/"))


def test_a_rejection_for_something_else_says_nothing_about_a_warning(login, make, desk):
    request = numbered(make, 1, **WARNED)
    desk.send(request, reason="The owner has no other address")
    desk.answer(request, "Rejected", NOBODY_KNOWS)
    learn()
    draft = numbered(make, 9, business_name="Next LLC", **WARNED)

    assert "Our history" not in text(login("admin").get(f"{LIST}{draft.pk}/submit/"))
    assert RuleHistory.objects.filter(answered=1, rejected=0).exists()


def test_a_version_without_an_answer_is_not_counted(make, desk):
    desk.send(numbered(make, 1, **WARNED), reason="The owner has no other address")
    learn()

    assert not RuleHistory.objects.exists()
