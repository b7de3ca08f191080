"""The page of a message, its conversation, and what opens them: on record, for a while, and only with permission."""

import json
import re
import uuid
from datetime import timedelta

import httpx
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.log import questions
from messaging.mirror import masking, periodic
from messaging.mirror.inbound import drain
from messaging.models import LinkClick, Message, MessageQuestion, Reveal
from messaging.telnyx.client import Client as Telnyx
from tests.messaging.bodies import OURS, THEIRS, error, message_event, outbound, party
from tests.messaging.log.conftest import LIST, found, page_of
from tests.signing import deliver

TEXT = "Northwind: order 8842 is ready for collection"
EVERYBODY = ["compliance", "approver", "operator", "support", "auditor", "admin", "nobody"]
VIEWERS = set(EVERYBODY) - {"nobody"}
OPENERS = {"compliance", "support", "admin"}
WHOLE_OPENERS = {"compliance", "support", "admin"}
ASKERS = {"compliance", "operator", "support", "admin"}


def html(answer) -> str:
    return answer.content.decode().replace("&#x27;", "'")


def hides(page: str) -> bool:
    """Return True if a page shows neither the text nor the phone's number."""
    return TEXT not in page and "555 0001" not in page and THEIRS not in page


# Masked and revealed.


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.promise("X86")
def test_pages_are_for_people_who_may_view_them_and_show_the_mask(login, told, name):
    message = told(status="delivery_failed", errors=[error(detail=f"{THEIRS} cannot be reached from {OURS}")])
    client = login(name)

    answers = [client.get(url) for url in (LIST, page_of(message), page_of(message, "conversation"))]

    assert {answer.status_code for answer in answers} == {200 if name in VIEWERS else 403}
    if name in VIEWERS:
        for answer in answers:
            assert hides(html(answer))
            assert "+1 312 *** 0001" in html(answer)
        assert "***0001 cannot be reached from +15550100011" in html(answers[1])


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.promise("C5")
def test_a_view_needs_its_permission_and_is_one_row(login, told, name, whole):
    message, other = told(), told(text="Another one")
    client = login(name)
    may = name in (WHOLE_OPENERS if whole else OPENERS)

    answer = client.post(
        page_of(message, "reveal"), {"reason": "Ticket 12", **({"conversation": "1"} if whole else {})}
    )

    assert answer.status_code == (302 if may else 403)
    assert Reveal.objects.count() == may
    if not may:
        return
    look = Reveal.objects.get()
    assert (look.user.username, look.message_id, look.reason, look.is_conversation) == (
        name,
        message.pk,
        "Ticket 12",
        whole,
    )
    page = html(client.get(page_of(message)))
    assert TEXT in page
    assert "+1 312 555 0001" in page
    # Lists stay masked, and so does what was not revealed.
    assert hides(html(client.get(LIST)))
    assert ("Another one" in html(client.get(page_of(other)))) is whole


@pytest.mark.promise("C5")
def test_a_view_without_a_reason_opens_nothing(login, told):
    message = told()
    client = login("support")

    answer = client.post(page_of(message, "reveal"), {"reason": "  "}, follow=True)

    assert "Nothing was opened. Say in a few words why you need to see it." in html(answer)
    assert hides(html(answer))
    assert not Reveal.objects.exists()


@pytest.mark.promise("C5")
def test_a_view_ends_and_belongs_to_one_person(login, told, person):
    message, other = told(), told()
    mine, client = person("support"), Client()
    client.force_login(mine)
    about = {"user": mine, "reason": "Ticket 12"}
    long_ago = timezone.now() - timedelta(minutes=16)
    Reveal.objects.create(**about, message_id=message.pk, remote_id=message.remote_id, at=long_ago)
    Reveal.objects.create(**about, message_id=other.pk, remote_id=other.remote_id)

    assert hides(html(client.get(page_of(message))))
    assert TEXT in html(client.get(page_of(other)))
    assert hides(html(login("compliance").get(page_of(other))))


@pytest.mark.promise("C5")
def test_a_full_number_is_found_without_opening_anything(login, told):
    message = told()

    answer = found(login("operator"), THEIRS)

    assert [row["message"].pk for row in answer.context["rows"]] == [message.pk]
    assert TEXT not in html(answer)
    assert not Reveal.objects.exists()


@pytest.mark.parametrize(
    "change", [lambda: Reveal.objects.update(reason="x"), lambda: Reveal.objects.all().delete()]
)
@pytest.mark.promise("X104")
def test_views_are_only_ever_added(login, told, change):
    message = told()
    login("support").post(page_of(message, "reveal"), {"reason": "Ticket 12"})

    with pytest.raises(IntegrityError), transaction.atomic():
        change()


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.promise("X86")
def test_views_are_read_by_people_who_audit(login, told, name):
    message = told()
    Reveal.objects.create(
        user=_someone(), message_id=message.pk, remote_id=message.remote_id, reason="Ticket 12"
    )

    answer = login(name).get("/admin/messaging/reveal/")

    assert answer.status_code == (200 if name in {"compliance", "auditor", "admin"} else 403)
    if answer.status_code == 200:
        assert "Ticket 12" in html(answer)
        assert str(message) in html(answer)


def _someone():
    from django.contrib.auth.models import User  # noqa: PLC0415

    return User.objects.create(username="someone")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (f"Blocked: {THEIRS} to +44 20 7946 0000", "Blocked: ***0001 to ***0000"),
        (f"{OURS} is not verified", f"{OURS} is not verified"),
        ("Error 40300 in 12 parts", "Error 40300 in 12 parts"),
        ("POST was answered 422 (10015, 10016).", "POST was answered 422 (10015, 10016)."),
    ],
)
def test_numbers_in_telnyxs_words_are_masked_but_for_our_own(words, shown):
    assert masking.without_personal(words, [OURS]) == shown


@pytest.mark.promise("X84", "X86")
def test_actions_are_posts_with_a_token(login, told):
    message = told()
    client = login("admin", enforce_csrf_checks=True)
    urls = [
        page_of(message, "reveal"),
        page_of(message, "ask"),
        f"{LIST}ask/",
        f"{LIST}find/",
        f"{LIST}save/",
    ]

    assert {client.post(url, {"reason": "x"}).status_code for url in urls} == {403}
    assert {client.get(url).status_code for url in urls} == {405}
    assert client.post(page_of(message), {"text": "forged"}).status_code == 403


# The page of a message.


@pytest.mark.promise("F54")
def test_the_trail_names_each_step_with_its_time_and_its_event(login, told):
    id = str(uuid.uuid4())
    told_first = message_event("sent", outbound(id, "sent"), seconds=1)
    deliver(told_first)
    deliver(message_event("finalized", outbound(id, "delivery_failed", errors=[error()]), seconds=5))
    drain.drain()
    message = Message.objects.get()

    page = html(login("compliance").get(page_of(message)))
    plain = html(login("support").get(page_of(message)))

    assert page.index("Received by Telnyx") < page.index("Sent to the carrier") < page.rindex("Not delivered")
    assert "/admin/mirror/webhookevent/" in page
    assert "/admin/mirror/webhookevent/" not in plain
    assert told_first["data"]["id"] in plain
    assert "Not routable" in page
    assert "EXAMPLE WIRELESS" in page


@pytest.mark.promise("C3")
def test_an_unknown_error_and_an_unknown_status_stay_in_telnyxs_words(login, told):
    message = told(
        status="delivery_failed", errors=[error("49999", "Something new", detail="Never heard of.")]
    )
    told(outbound(str(message.remote_id), "teleported"))

    page = html(login("support").get(page_of(message)))

    assert "49999" in page
    assert "Something new" in page
    assert "Never heard of." in page
    assert "“teleported” (new status, meaning not known yet)" in page


def test_clicks_are_shown_without_their_address_until_the_message_is_open(login, told):
    message = told()
    LinkClick.objects.create(
        message_id=message.remote_id,
        url="https://shop.example.com/secret",
        clicked_at=timezone.now(),
        event_id="c",
    )
    client = login("support")

    assert "Clicks on its links" in html(client.get(page_of(message)))
    assert "shop.example.com" not in html(client.get(page_of(message)))
    client.post(page_of(message, "reveal"), {"reason": "Ticket 12"})
    assert "shop.example.com/secret" in html(client.get(page_of(message)))


@pytest.mark.parametrize(
    ("action", "status", "most"),
    # Why a message did not arrive takes one query each for opt-outs, consent, sender, profile, budget and answers.
    [("change", "delivered", 14), ("change", "delivery_failed", 17), ("conversation", "sent", 11)],
)
@pytest.mark.promise("L3")
def test_a_page_costs_few_queries(login, told, action, status, most):
    messages = [told(to=[{"phone_number": THEIRS, "status": status}]) for _ in range(40)]
    client = login("support")
    url = page_of(messages[20], action)
    client.get(url)

    with CaptureQueriesContext(connection) as seen:
        client.get(url)

    assert len(seen) <= most


@pytest.mark.promise("C10")
def test_odd_content_is_shown_safely_and_no_file_is_loaded(login, told):
    media = [
        {"url": f"https://media.example.com/{n}.jpg", "content_type": "image/jpeg", "size": 2048}
        for n in range(10)
    ]
    odd = told(
        text="\N{RIGHT-TO-LEFT OVERRIDE}<script>alert(1)</script> \N{PARTY POPPER}", media=media, type="MMS"
    )
    evil = told(text="", media=[{"url": "javascript:alert(1)", "content_type": "<b>", "size": -3}, "x"])
    client = login("support")
    for message in (odd, evil):
        client.post(page_of(message, "reveal"), {"reason": "Ticket 12"})

    for action in ("change", "conversation"):
        page = html(client.get(page_of(odd, action)))
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; \N{PARTY POPPER}" in page
        assert 'dir="auto"' in page
        assert page.count("image/jpeg, 2.0\xa0KB") == 10
        assert "<img" not in page.split('id="content-main"')[1].split("</section>")[0]
    page = html(client.get(page_of(evil)))
    assert "No text." in page
    assert 'href="javascript:' not in page


# Conversations.


@pytest.mark.promise("F52")
def test_a_conversation_holds_both_sides_and_every_type_with_the_newest_at_the_bottom(login, told):
    at = timezone.now() - timedelta(days=2)
    first = told(text="First words", at=at)
    told(came_in=True, text="An answer", at=at + timedelta(minutes=1))
    told(
        type="WHATSAPP",
        text="Last words",
        status="delivery_failed",
        errors=[error()],
        at=at + timedelta(days=1),
    )
    told(to="+13125550099", text="Somebody else", at=at)
    client = login("compliance")
    client.post(page_of(first, "reveal"), {"reason": "Ticket 12", "conversation": "1"})

    page = html(client.get(page_of(first, "conversation")))

    assert page.index("First words") < page.index("An answer") < page.index("Last words")
    assert "Somebody else" not in page
    assert 'data-direction="inbound"' in page
    assert "<b>Received</b>" in page
    assert "Why it failed" in page
    assert "WhatsApp" in page
    assert page.count('class="log-day"') == 2


@pytest.mark.promise("F52")
def test_older_messages_come_page_by_page_and_none_is_lost(login, told):
    at = timezone.now() - timedelta(days=3)
    made = [told(at=at + timedelta(minutes=n)).pk for n in range(75)]
    client = login("support")
    url, seen = page_of(Message.objects.get(pk=made[-1]), "conversation"), list[int]()

    while url:
        answer = client.get(url)
        seen = [bubble["message"].pk for _day, bubbles in answer.context["days"] for bubble in bubbles] + seen
        url = answer.context["older_url"]

    assert seen == made


@pytest.mark.promise("F52")
def test_a_conversation_opens_around_its_message(login, told):
    at = timezone.now() - timedelta(days=3)
    made = [told(at=at + timedelta(minutes=n)) for n in range(75)]

    answer = login("support").get(page_of(made[30], "conversation"))

    shown = [bubble["message"].pk for _day, bubbles in answer.context["days"] for bubble in bubbles]
    assert shown == [row.pk for row in made[11:41]]
    assert answer.context["newer_url"]
    assert answer.context["older_url"]


@pytest.mark.promise("C9")
def test_days_of_a_conversation_are_the_viewers(login, told):
    message = told(at=timezone.now().replace(hour=23, minute=30) - timedelta(days=2))
    client = login("support")
    day = message.happened_at.date()

    assert [date for date, _ in client.get(page_of(message, "conversation")).context["days"]] == [day]
    client.cookies["desk_zone"] = "Asia%2FKolkata"
    shown = [date for date, _ in client.get(page_of(message, "conversation")).context["days"]]
    assert shown == [day + timedelta(days=1)]


# Questions to Telnyx.


def telnyx(*answers: httpx.Response | Exception) -> Telnyx:
    """Return a client whose transport gives these answers in turn."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.method == "GET"
        asked.append(request.url.path)
        one = left.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    asked.clear()
    return Telnyx("KEY-test", "https://api.example.com/v2", transport=httpx.MockTransport(answer))


asked: list[str] = []


def holding(payload) -> httpx.Response:
    return httpx.Response(200, json={"data": payload})


@pytest.mark.promise("C2")
def test_telnyx_can_be_asked_about_a_message_without_an_end_and_the_page_shows_the_answer(login, told):
    message = told(status="sent", at=timezone.now() - timedelta(hours=4))
    client = login("support")
    page = html(client.get(page_of(message)))
    assert "no outcome has been reported" in page
    assert "Refresh from Telnyx" in page
    assert "no update for hours" in html(client.get(LIST))

    client.post(page_of(message, "ask"))
    client.post(page_of(message, "ask"))
    waiting = html(client.get(page_of(message)))
    questions.answer_due(telnyx(holding(outbound(str(message.remote_id), "delivered"))))
    answered = html(client.get(page_of(message)))

    assert 'id="log-message" data-desk-refresh="2"' in waiting
    assert asked == [f"/v2/messages/{message.remote_id}"]
    assert MessageQuestion.objects.get().state == "answered"
    assert Message.objects.get().status == "delivered"
    assert "What Telnyx says is on this page." in answered
    assert "Answer to our request" in answered
    assert "data-desk-refresh" not in answered.split('id="content-main"')[1]


@pytest.mark.promise("C2")
def test_telnyx_is_not_asked_about_what_it_no_longer_answers_for(login, told):
    message = told(status="sent", at=timezone.now() - timedelta(days=11))
    client = login("support")

    page = html(client.get(page_of(message)))
    forged = client.post(page_of(message, "ask"), follow=True)

    assert "Refresh from Telnyx" not in page
    assert "for 10 days only; this one is older" in page
    assert "Telnyx" in html(forged)
    assert not MessageQuestion.objects.exists()


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.promise("X86")
def test_telnyx_is_asked_only_by_people_who_may(login, told, name):
    message = told(status="sent")
    client = login(name)
    expected = 302 if name in ASKERS else 403

    assert client.post(page_of(message, "ask")).status_code == expected
    assert client.post(f"{LIST}ask/", {"id": str(uuid.uuid4())}).status_code == expected
    assert MessageQuestion.objects.count() == (2 if name in ASKERS else 0)


@pytest.mark.promise("F59")
def test_a_message_we_never_heard_of_is_fetched_by_its_id(login, db):
    client, id = login("support"), str(uuid.uuid4())

    waiting = client.post(f"{LIST}ask/", {"id": f" {id} "}, follow=True)
    periodic.run(telnyx(holding(outbound(id, "delivered", cc=[party("+13125550002", "delivered")]))))
    answered = client.get(waiting.redirect_chain[-1][0])

    assert 'data-desk-refresh="2"' in html(waiting)
    assert "it is in the log now" in html(answered)
    assert Message.objects.filter(remote_id=id).count() == 2
    assert all(page_of(row) in html(answered) for row in Message.objects.all())
    assert hides(html(answered))


NOT_FOUND = {"errors": [{"code": "10005", "title": "Resource not found", "detail": "no"}]}


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (httpx.Response(404, json=NOT_FOUND), "unknown", "no longer has it"),
        (
            httpx.Response(400, json={"errors": [{"code": "10015", "title": "Bad"}]}),
            "failed",
            "Try again later",
        ),
        (httpx.Response(200, json={"data": []}), "failed", "could not be understood"),
        (httpx.Response(200, json={"data": {"id": str(uuid.uuid4())}}), "failed", "could not be understood"),
        (httpx.Response(503), "asked", "Telnyx isn't answering"),
        (httpx.ConnectError("refused"), "asked", "Telnyx isn't answering"),
        (httpx.Response(429, headers={"retry-after": "5"}), "asked", "slow down"),
    ],
)
@pytest.mark.promise("C7")
def test_whatever_telnyx_answers_is_explained_in_words(login, db, answer, state, words):
    client = login("support")
    page = client.post(f"{LIST}ask/", {"id": str(uuid.uuid4())}, follow=True).redirect_chain[-1][0]

    questions.answer_due(telnyx(answer))

    assert MessageQuestion.objects.get().state == state
    assert words in html(client.get(page))
    assert not Message.objects.exists()


def test_a_question_that_gets_no_answer_ends_after_a_few_tries(login, db):
    login("support").post(f"{LIST}ask/", {"id": str(uuid.uuid4())})
    for _ in range(questions.MOST_TRIES):
        assert questions.answer_due(telnyx(httpx.Response(503))) == 1
        assert questions.answer_due(telnyx()) == 0
        MessageQuestion.objects.update(next_at=timezone.now())

    assert MessageQuestion.objects.get().state == "failed"


def test_an_invalid_id_is_not_asked_about(login, db):
    answer = login("support").post(f"{LIST}ask/", {"id": THEIRS}, follow=True)

    assert "Telnyx" in html(answer)
    assert not MessageQuestion.objects.exists()


@pytest.mark.promise("C5")
def test_raw_data_is_for_people_who_opened_the_message(login, told):
    message = told(tags=["orders"])
    client = login("support")
    assert 'id="raw"' not in html(client.get(page_of(message)))

    client.post(page_of(message, "reveal"), {"reason": "Ticket 12"})

    opened = html(client.get(page_of(message))).split('id="raw"')[1]
    assert json.dumps("orders").replace('"', "&quot;") in opened


def test_the_page_of_a_delivered_message_shows_no_markup_as_text(login, told):
    page = login("support").get(page_of(told(status="delivered"))).content.decode()

    assert re.search(r"carrier confirmed it at \w+\.? \d{1,2}, \d{4}, [\d:]{8} UTC", page)
    assert "&lt;" not in page
