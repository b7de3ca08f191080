"""One box and a few filters find any message, at the same small cost, and the URL gives nothing away."""

import uuid
from datetime import timedelta

import psycopg
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.models import DefaultSearch, LogSearch, Message, MessagingProfile
from tests.messaging.bodies import OURS, PROFILE, THEIRS, error
from tests.messaging.log.conftest import LIST, found, page_of, shown
from tests.visitor import Forms

OTHER = "+13125550002"
# Every page needs six: session, person, two for permissions, two for the banner. Who was in copy of a number takes one.
MOST_QUERIES = 10


def queries(client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in seen.captured_queries]


@pytest.mark.parametrize(
    "typed",
    [
        "(312) 555-0001",
        "312-555-0001",
        "+1 312 555 0001",
        "13125550001",
        " \u200e+13125550001 ",
        "tel:+13125550001",
        "'+13125550001",
        "<+13125550001>",
        '"312.555.0001"',
    ],
)
@pytest.mark.promise("F51")
def test_a_number_is_found_in_any_shape(login, told, typed):
    mine, _other = told(), told(to=OTHER)

    assert shown(found(login("support"), typed)) == [mine.pk]


@pytest.mark.promise("F51")
def test_a_number_is_found_on_our_side_too(login, told):
    sent, came = told(), told(came_in=True)

    answer = found(login("support"), OURS)

    assert set(shown(answer)) == {sent.pk, came.pk}
    assert "is one of our own numbers" in answer.content.decode()


@pytest.mark.parametrize("typed", ["0001", " 0001 "])
@pytest.mark.promise("F51")
def test_the_last_four_digits_are_enough_on_either_side(login, told, typed):
    mine, _other = told(), told(to=OTHER)

    assert shown(found(login("support"), typed)) == [mine.pk]
    assert len(shown(found(login("auditor"), OURS[-4:]))) == 2


def test_numbers_that_look_alike_when_masked_are_told_apart_on_the_page(login, told):
    one, two, away = "+13125550701", "+13127770701", "+18725550701"
    for number in (one, two, away, two):
        told(to=number)
    support = login("support")
    expected = ["+1 312 *** 0701 (1)", "+1 872 *** 0701", "+1 312 *** 0701 (1)", "+1 312 *** 0701 (2)"]

    answer = found(support, "0701")
    page = answer.content.decode()

    assert [row["their_number"] for row in answer.context["rows"]] == expected
    assert [row["their_number"] for row in answer.context["conversations"]] == [*expected[:2], expected[3]]
    assert "are marked (1), (2) and so on." in page
    assert "5550701" not in page
    assert "7770701" not in page
    searched = support.post("/admin/desk/find/", {"q": "0701"}, follow=True).content.decode()
    assert searched.count("+1 312 *** 0701 (1)") == 2
    assert searched.count("+1 312 *** 0701 (2)") == 1
    assert "are marked (1), (2) and so on." in searched
    assert "(1)" not in found(support, away).content.decode().split('id="content-main"')[-1]


@pytest.mark.promise("F51")
def test_a_sender_without_digits_and_a_short_code_are_found(login, told):
    named = told(**{"from": {"phone_number": "NORTHWIND"}})
    short = told(**{"from": {"phone_number": "55512"}})

    assert shown(found(login("support"), "NORTHWIND")) == [named.pk]
    assert shown(found(login("auditor"), "55512")) == [short.pk]


@pytest.mark.parametrize("typed", ["SUPPORT", "support", " Support "])
@pytest.mark.promise("F51")
def test_a_name_that_texted_us_is_found_and_words_are_one_click_away(login, told, typed):
    message = told(came_in=True, sender="SUPPORT")
    words = told(text="Call support")

    support = login("support")
    answer = found(support, typed)

    assert shown(answer) == [message.pk]
    assert "in texts instead" in answer.content.decode()
    assert shown(found(support, typed, as_words="1")) == [words.pk]
    assert shown(found(login("operator"), typed)) == [message.pk]


@pytest.mark.promise("F51")
def test_a_message_is_found_by_telnyxs_id(login, told):
    message = told()
    told()

    assert shown(found(login("support"), str(message.remote_id).upper())) == [message.pk]


@pytest.mark.promise("F51")
def test_words_are_found_by_people_who_may_open_texts(login, told):
    message = told(text="Your parcel waits at the Marigold bakery")
    told(text="Something else")

    support, operator = login("support"), login("operator")
    assert shown(found(support, "bakery marigold")) == [message.pk]
    refused = found(operator, "bakery marigold")
    assert "Only people who may open texts can search for words" in refused.content.decode()
    assert "Something else" not in refused.content.decode()
    assert page_of(message) not in refused.content.decode()
    assert 'value="bakery marigold"' in refused.content.decode()
    assert "or words" in support.get(LIST).content.decode()
    assert "or words" not in operator.get(LIST).content.decode()


@pytest.mark.promise("X87")
def test_a_shared_link_to_a_text_search_reveals_nothing_to_others(login, told):
    told(text="bakery")
    answer = found(login("support"), "bakery")

    assert login("auditor").get(answer.redirect_chain[-1][0]).status_code == 403


def test_four_digits_can_be_looked_up_as_a_word_instead(login, told):
    message = told(text="Your code is 8842", to=OTHER)
    client = login("support")

    assert "Search for “8842” in texts instead" in found(client, "8842").content.decode()
    assert shown(found(client, "8842", as_words="1")) == [message.pk]


@pytest.mark.parametrize("typed", ["88421", "884217", "8842176", "88421765"])
def test_a_longer_order_number_is_offered_as_a_word_too(login, told, typed):
    message, short = told(text=f"Order {typed} is ready"), told(**{"from": {"phone_number": typed}})
    client = login("support")

    answer = found(client, typed)

    assert f"Search for “{typed}” in texts instead" in answer.content.decode()
    assert shown(found(client, typed, as_words="1")) == [message.pk]
    if len(typed) < 7:
        assert shown(answer) == [short.pk]


@pytest.mark.parametrize(
    "typed",
    [
        "001 312 555 0001",
        "0013125550001",
        "011 1 312 555 0001",
        "00 1 (312) 555-0001",
        "312-555-0001 ext. 4",
        "312 555 0001 x4",
        "(312) 555-0001 #4",
        "Jane Doe 312 555 0001",
        "312.555.0001 (mobile)",
        "Tel.: 312 555 0001 / Dr. Patel",
        "call 1-312-555-0001 back",
        "312-555-0001, 415-555-0199",
    ],
)
@pytest.mark.promise("F51")
def test_prefixes_extensions_and_words_beside_a_number_are_read(login, told, typed):
    mine, _other = told(), told(to=OTHER)

    assert shown(found(login("support"), typed)) == [mine.pk]


def test_a_foreign_number_is_found_with_00(login, told):
    mine = told(to="+493012345678")

    assert shown(found(login("support"), "0049 30 12345678")) == [mine.pk]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("Jose", "José is at the door"),
        ("José", "Jose is at the door"),
        ("JOSÉ", "josé is at the door"),
        ("Jose\u0301", "José is at the door"),
        ("Nunez", "Zoë Núñez, Friday"),
        ("zoe nunez", "Zoë Núñez, Friday"),
        ("creme brulee", "Crème brûlée today"),
        ("nunez", "Zoe\u0308 Nu\u0301n\u0303ez, in marks of their own"),
        ("Łodz", "A parcel for Łódź"),
        ("lodz", "A parcel for ŁÓDŹ"),
        ("Nguyễn", "Nguyen is here"),
        ("nguyen", "Nguyễn is here"),
        ("Extremely complicated", "extrêmely còmplícàtéd"),
        ("ガイド", "Our ガイド is here"),
        ("한국어", "We speak 한국어 too"),
        ("bakery!", "The bakery is open"),
        ("O'Brien", "Ask for O'Brien"),
        ("back\\slash", "a back\\slash here"),
        ("a & b | !c", "a b c"),
        ("8842-3", "Order 8842-3 is ready"),
    ],
)
def test_words_are_found_whatever_their_accents(login, told, typed, text):
    message = told(text=text)
    told(text="Something else")

    assert shown(found(login("support"), typed, as_words="1")) == [message.pk]


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("\N{BIRTHDAY CAKE}", "Emoji and symbols can't be searched for."),
        ("party \N{BIRTHDAY CAKE}", "Left out: \N{BIRTHDAY CAKE}."),
    ],
)
def test_emoji_are_said_to_be_unsearchable(login, told, typed, right):
    told(text=f"Our {typed} is here")

    page = found(login("support"), typed).content.decode().replace("&#x27;", "'")

    assert right in page


FILTERS = {
    "status=failed": "failed",
    "status=delivery_failed": "failed",
    "status=open": "open",
    "status=arrived": "delivered",
    "status=came_in": "inbound",
    "code=40001": "failed",
    "direction=inbound": "inbound",
    "type=MMS": "mms",
    "profile=11111111-2222-3333-4444-555555555555": "profiled",
    "since=2026-01-01&until=2026-01-02": "old",
}


@pytest.mark.parametrize("query", FILTERS)
@pytest.mark.promise("F51")
def test_a_filter_shows_what_it_says(login, told, query):
    long_ago = timezone.now().replace(year=2026, month=1, day=1, hour=12)
    made = {
        "failed": told(status="delivery_failed", errors=[error()]),
        "open": told(status="queued"),
        "delivered": told(status="delivered"),
        "inbound": told(came_in=True),
        "mms": told(status="delivered", type="MMS"),
        "profiled": told(status="delivered", messaging_profile_id="11111111-2222-3333-4444-555555555555"),
        "old": told(status="delivered", at=long_ago),
    }
    expected = {made[FILTERS[query]].pk}
    if query == "status=arrived":
        expected |= {made[name].pk for name in ("mms", "profiled", "old")}

    assert set(shown(login("support").get(f"{LIST}?{query}"))) == expected


def test_who_waits_for_our_answer_is_one_press_away(login, told):
    now = timezone.now()
    phones = [f"+1312555{n:04}" for n in range(5)]
    told(came_in=True, sender=phones[0], at=now - timedelta(days=3))
    waits = told(came_in=True, sender=phones[0], at=now - timedelta(days=2))
    told(came_in=True, sender=phones[1], at=now - timedelta(days=2))
    told(to=phones[1], status="delivered", at=now - timedelta(days=1))
    told(came_in=True, sender=phones[2], autoresponse_type="STOP")
    helped = told(came_in=True, sender=phones[3], autoresponse_type="HELP")
    told(came_in=True, sender=phones[4], at=now - timedelta(days=20))
    support = login("support")

    listed = support.get(LIST, {"answer": "waiting", "when": "week"})
    page = listed.content.decode()

    assert shown(listed) == [helped.pk, waits.pk]
    assert '?answer=waiting&amp;when=week" aria-current="page"' in page
    assert shown(found(support, phones[0], answer="waiting")) == [waits.pk]
    assert shown(found(support, phones[1], answer="waiting")) == []


def test_a_word_of_telnyxs_that_nobody_knows_can_be_chosen(login, told):
    told()
    Message.objects.update(status="paused_by_carrier")

    answer = login("support").get(f"{LIST}?status=paused_by_carrier")

    assert len(shown(answer)) == 1
    assert "paused_by_carrier" in answer.content.decode()


@pytest.mark.promise("F62")
def test_an_address_holds_filters_and_no_number(login, told):
    message = told()
    client = login("support")

    plain = client.post(f"{LIST}find/", {"status": "failed", "code": "40001"})
    secret = client.post(f"{LIST}find/", {"q": THEIRS, "sender": OURS, "status": "open"})

    assert plain.headers["Location"] == f"{LIST}?status=failed&code=40001"
    assert "555" not in secret.headers["Location"].replace(str(LogSearch.objects.get().pk), "")
    # A colleague opens the same list and does not see the number.
    answer = login("auditor").get(secret.headers["Location"])
    assert shown(answer) == [message.pk]
    assert "555 0001" not in answer.content.decode()
    assert "+1 312 *** 0001" in answer.content.decode()


def test_a_colleague_can_filter_a_search_whose_number_stays_hidden(login, told):
    told(status="delivered")
    failed = told(status="delivery_failed")
    address = login("support").post(f"{LIST}find/", {"q": THEIRS}).headers["Location"]

    answer = found(login("auditor"), "", keep=address.split("=")[1], status="failed")

    assert shown(answer) == [failed.pk]


def test_pages_go_by_place_both_ways_and_lose_nobody(login, told):
    at = timezone.now() - timedelta(days=1)
    made = [told(at=at + timedelta(seconds=n // 3)).pk for n in range(120)]
    client = login("support")

    pages = [client.get(LIST)]
    while url := pages[-1].context["older_url"]:
        pages.append(client.get(url))
    back = [pages[-1]]
    while url := back[-1].context["newer_url"]:
        back.append(client.get(url))

    assert [pk for page in pages for pk in shown(page)] == made[::-1]
    assert [pk for page in back[::-1] for pk in shown(page)][-120:] == made[::-1]
    assert "page=" not in pages[0].content.decode()


def test_an_invalid_place_is_the_first_page(login, told):
    told()
    client = login("support")

    for place in ("x", "%00", "AAAA", "é", "Zi5m" * 40):
        assert len(shown(client.get(f"{LIST}?all=1&before={place}"))) == 1


@pytest.mark.parametrize("query", ["", "status=failed", "code=40001", "direction=outbound", "type=MMS"])
@pytest.mark.promise("L3")
def test_a_page_costs_the_same_few_queries_for_any_number_of_rows(login, told, query):
    client = login("support")
    for _ in range(3):
        told(status="delivery_failed", errors=[error()], type="MMS")
    few = queries(client, f"{LIST}?{query or 'all=1'}")
    for _ in range(60):
        told(status="delivery_failed", errors=[error()], type="MMS")
    many = queries(client, f"{LIST}?{query or 'all=1'}")

    assert len(many) <= len(few)
    assert len(many) <= MOST_QUERIES
    assert not [sql for sql in few + many if "OFFSET" in sql or "COUNT(*)" in sql]


@pytest.mark.parametrize("typed", [THEIRS, "0001", "collection"])
@pytest.mark.promise("L3")
def test_a_search_costs_the_same_few_queries(login, told, typed):
    client = login("support")
    for _ in range(60):
        told()
    address = client.post(f"{LIST}find/", {"q": typed}).headers["Location"]

    assert len(queries(client, address)) <= MOST_QUERIES


def test_no_menu_has_more_than_a_hundred_choices(login, told, django_assert_max_num_queries):
    from messaging.models import MessagingProfile  # noqa: PLC0415

    told()
    MessagingProfile.objects.bulk_create(
        [MessagingProfile(remote_id=f"{n:08}-0000-0000-0000-000000000000", name=f"P{n}") for n in range(120)]
    )

    html = login("support").get(LIST).content.decode()

    assert max(part.split("</select>")[0].count("<option") for part in html.split("<select")[1:]) <= 100


# The empty pages.


def empty(answer) -> str:
    return answer.context["empty"]


@pytest.mark.promise("F102")
def test_an_empty_log_has_its_own_page(login):
    answer = login("support").get(LIST)

    assert empty(answer) == "nothing"
    assert "Messages appear here automatically as soon as Telnyx reports them" in answer.content.decode()


@pytest.mark.promise("C1")
def test_finding_nothing_says_how_long_messages_are_kept_and_offers_to_ask_telnyx(login, told, settings):
    settings.RETENTION_MESSAGE_DAYS = 90
    told()

    answer = found(login("support"), OTHER)

    assert empty(answer) == "no_match"
    html = answer.content.decode()
    assert "No messages for this number" in html
    assert "kept for 90 days" in html
    assert "Ask Telnyx by message ID" in html


@pytest.mark.promise("C1")
def test_filters_that_hide_results_say_how_many(login, told):
    for _ in range(12):
        told(status="delivered")
    client = login("support")

    answer = found(client, THEIRS, status="failed")

    assert empty(answer) == "filtered"
    assert "The filters hide 12 messages" in answer.content.decode()
    keep = answer.redirect_chain[-1][0].split("=")[1]
    assert len(shown(found(client, "", keep=keep, drop="all"))) == 12


@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("C1")
def test_an_unreadable_log_says_so_calmly(login):
    client = login("support")
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    database = connection.settings_dict
    with psycopg.connect(
        host=database["HOST"],
        port=database["PORT"] or 5432,
        user=database["USER"],
        password=database["PASSWORD"],
        dbname=database["NAME"],
    ) as other:
        other.execute("LOCK TABLE messaging_message IN ACCESS EXCLUSIVE MODE")
        answer = client.get(f"{LIST}?status=failed")

    assert (answer.status_code, empty(answer)) == (503, "failed")
    html = answer.content.decode()
    assert "be read right now" in html
    assert f'href="{LIST}?status=failed"' in html
    connection.close()


@pytest.mark.promise("C11")
def test_a_deep_link_reveals_nothing_to_people_who_may_not_view(login, told):
    message = told()
    client = login("nobody")

    for url in (
        LIST,
        page_of(message),
        page_of(message, "conversation"),
        f"{LIST}999999/change/",
        f"{LIST}?view={PROFILE}",
    ):
        answer = client.get(url)
        assert answer.status_code == 403
        assert (
            "“Can view message”, and your login doesn't have it. Ask an administrator to give it"
            in answer.content.decode()
        )


# Saved searches.


@pytest.mark.promise("F61")
def test_a_search_is_saved_shared_opened_first_and_forgotten(login, told):
    failed, _fine = told(status="delivery_failed"), told(status="delivered")
    mine, other = login("support"), login("auditor")

    saved = mine.post(
        f"{LIST}save/",
        {"status": "failed", "when": "week", "name": "Monday check", "shared": "1", "default": "1"},
        follow=True,
    )

    assert "Saved for everyone as “Monday check”." in saved.content.decode()
    row = LogSearch.objects.get(name="Monday check")
    assert shown(mine.get(LIST, follow=True)) == [failed.pk]
    assert "Monday check" in other.get(LIST).content.decode()
    assert shown(other.get(f"{LIST}?view={row.pk}")) == [failed.pk]
    assert other.post(f"{LIST}searches/{row.pk}/forget/").status_code == 403
    other.post(f"{LIST}searches/{row.pk}/default/", {"on": "1"})
    assert DefaultSearch.objects.count() == 2
    mine.post(f"{LIST}searches/{row.pk}/forget/")
    assert not LogSearch.objects.exists()
    assert len(shown(other.get(LIST, follow=True))) == 2


@pytest.mark.promise("F61")
def test_a_search_that_is_not_shared_is_offered_only_to_its_owner(login, told):
    told()
    mine, other = login("support"), login("auditor")
    mine.post(f"{LIST}save/", {"status": "failed", "name": "Just mine"})
    row = LogSearch.objects.get()

    assert "Just mine" in mine.get(LIST).content.decode()
    assert "Just mine" not in other.get(LIST).content.decode()
    assert other.post(f"{LIST}searches/{row.pk}/default/", {"on": "1"}).status_code == 403


def rows_of(user: User, n: int, **fields) -> list[LogSearch]:
    """Return searches that were saved before there was a limit."""
    filters = {"status": "failed"}
    return LogSearch.objects.bulk_create(
        LogSearch(owner=user, name=f"Search {i:03}", filters=filters, **fields) for i in range(n)
    )


def test_hundreds_of_saved_searches_of_one_person_stop_no_other_search(login, told, person):
    message = told()
    rows_of(person("operator"), 130, is_shared=True)
    client = login("support")
    client.post(f"{LIST}save/", {"status": "failed", "name": "Mine", "default": "1"})

    assert shown(found(client, THEIRS)) == [message.pk]
    answer = found(client, OURS, status="delivered")
    address = answer.redirect_chain[-1][0]
    assert client.get(address).context["term"].text == OURS
    assert client.get(f"{LIST}searches/{address.split('=')[1]}/elsewhere/").status_code == 200
    assert client.get(LIST).headers["Location"].endswith(str(LogSearch.objects.get(name="Mine").pk))
    offered = client.get(f"{LIST}?all=1").context["saved"]
    assert "Mine" in [search.name for search in offered]
    assert len(offered) == 101
    assert len(client.get(f"{LIST}?all=1").context["profiles"]) == MessagingProfile.objects.count()


def test_profiles_by_the_hundred_hide_no_search(login, told):
    message = told()
    MessagingProfile.objects.bulk_create(
        MessagingProfile(remote_id=str(uuid.uuid4()), name=f"Profile {n}") for n in range(150)
    )

    assert shown(found(login("support"), THEIRS)) == [message.pk]


def test_a_person_saves_20_searches_and_the_next_is_refused_with_what_was_typed(login, told):
    told(status="delivery_failed")
    client = login("support")
    for n in range(20):
        client.post(f"{LIST}save/", {"status": "failed", "name": f"Search {n}"})

    answer = client.post(f"{LIST}save/", {"status": "failed", "name": "One more", "default": "1"})

    assert (answer.status_code, LogSearch.objects.count()) == (200, 20)
    html = answer.content.decode()
    assert "You have saved 20 searches, which is as many as you can." in html
    form = Forms(html).fields
    assert (form["name"], form["default"], "shared" in form) == ("One more", "1", False)
    assert form["status"] == ["failed", "failed"], "of the filters, and of the search to save"
    client.post(f"{LIST}searches/{LogSearch.objects.first().pk}/forget/")
    client.post(f"{LIST}save/", {"status": "failed", "name": "One more"})
    assert LogSearch.objects.filter(name="One more").exists()


def test_a_person_shares_5_searches_and_the_next_may_be_their_own(login, told):
    client = login("support")
    for n in range(6):
        answer = client.post(f"{LIST}save/", {"status": "failed", "name": f"Search {n}", "shared": "1"})

    assert "You share 5 searches, which is as many as you can." in answer.content.decode()
    assert "shared" in Forms(answer.content.decode()).fields
    client.post(f"{LIST}save/", {"status": "failed", "name": "Search 5"})
    assert LogSearch.objects.filter(is_shared=True).count() == 5
    assert LogSearch.objects.count() == 6


def test_a_search_for_a_number_that_is_not_saved_stays_on_the_page(login, told):
    message = told()
    client = login("support")
    kept = found(client, THEIRS).redirect_chain[-1][0].split("=")[1]

    answer = client.post(f"{LIST}save/", {"keep": kept, "name": "  "})

    assert "Give the search a name." in answer.content.decode()
    assert shown(answer) == [message.pk]
    assert Forms(answer.content.decode()).fields["keep"] == kept


def test_all_shared_searches_are_on_a_page_and_an_administrator_removes_one(login, person):
    owner = person("operator")
    row = rows_of(owner, 60, is_shared=True)[0]
    rows_of(owner, 1)
    LogSearch.objects.filter(pk=row.pk).update(name="Of the team", used_at=timezone.now() + timedelta(days=1))
    admin, other = login("admin"), login("support")

    first = other.get(f"{LIST}searches/").content.decode()
    assert first.count("data-search=") == 50
    assert "Of the team" in first
    assert "operator" in first
    assert "Remove search" not in first
    assert other.get(f"{LIST}searches/?page=2").content.decode().count("data-search=") == 10
    assert other.post(f"{LIST}searches/{row.pk}/remove/").status_code == 403
    assert login("nobody").get(f"{LIST}searches/").status_code == 403

    assert "Remove search" in admin.get(f"{LIST}searches/").content.decode()
    assert admin.get(f"{LIST}searches/{row.pk}/remove/").status_code == 405
    answer = admin.post(f"{LIST}searches/{row.pk}/remove/", follow=True)
    assert "“Of the team” is removed for everyone." in answer.content.decode()
    assert not LogSearch.objects.filter(pk=row.pk).exists()
    [log] = LogEntry.objects.all()
    assert (log.user.username, log.change_message) == ("admin", "Removed a shared search of operator.")
    assert "Of the team" not in log.object_repr


def test_nobody_removes_a_search_that_its_owner_keeps_alone(login, person):
    [row] = rows_of(person("operator"), 1)

    assert login("admin").post(f"{LIST}searches/{row.pk}/remove/").status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "9999"])
def test_an_invalid_page_of_shared_searches_is_answered(login, page):
    assert login("support").get(f"{LIST}searches/", {"page": page}).status_code == 200


def test_the_use_of_a_saved_search_is_noted_once_an_hour(login, person, told):
    [row] = rows_of(person("operator"), 1, is_shared=True)
    long_ago = timezone.now() - timedelta(days=9)
    LogSearch.objects.update(used_at=long_ago)
    client = login("support")

    client.get(f"{LIST}?view={row.pk}")
    row.refresh_from_db()
    noted = row.used_at
    client.get(f"{LIST}?view={row.pk}")
    row.refresh_from_db()

    assert noted > long_ago
    assert row.used_at == noted


def test_what_nobody_named_is_forgotten_after_a_while(login, told):
    client = login("support")
    found(client, THEIRS)
    LogSearch.objects.update(made_at=timezone.now() - timedelta(days=40))

    found(client, OTHER)

    assert [row.term for row in LogSearch.objects.all()] == [OTHER]


@pytest.mark.promise("X86")
def test_what_else_is_known_of_a_number_is_shown_to_people_who_may_view_it(login, told):
    from tests.desk.conftest import make_request  # noqa: PLC0415

    make_request(phoneNumbers=[{"phoneNumber": "+18005550147"}], businessName="Marigold LLC")
    address = login("support").post(f"{LIST}find/", {"q": "800 555 0147"}).headers["Location"]
    fragment = f"{LIST}searches/{address.split('=')[1]}/elsewhere/"

    assert "Marigold LLC" in login("auditor").get(fragment).content.decode()
    assert (
        "Marigold LLC"
        in login("operator").get(f"{LIST}searches/{LogSearch.objects.get().pk}/elsewhere/").content.decode()
    )


def test_the_home_page_has_the_box_and_counts_what_failed(login, told):
    told(status="delivery_failed")
    told(status="delivery_failed", at=timezone.now() - timedelta(hours=3))
    told(status="delivery_failed", at=timezone.now() - timedelta(days=3))

    answer = login("support").get("/admin/")

    [card] = [card for card in answer.context["cards"] if "not delivered" in str(card.title)]
    assert (card.count, str(card.hint)) == (1, "2 in 24 hours")
    assert 'action="/admin/desk/find/"' in answer.content.decode()


@pytest.mark.promise("C9")
def test_a_day_is_the_viewers_day_and_utc_is_a_button_away(login, told):
    at = timezone.now().replace(hour=23, minute=30) - timedelta(days=2)
    told(at=at)
    client = login("support")
    client.cookies["desk_zone"] = "Asia%2FKolkata"
    day, next_day = at.date(), at.date() + timedelta(days=1)

    assert len(shown(client.get(f"{LIST}?since={next_day}&until={next_day}"))) == 1
    assert shown(client.get(f"{LIST}?since={day}&until={day}")) == []
    assert "05:00" in client.get(LIST).content.decode()

    answer = client.post("/admin/desk/zone/", {"utc": "1", "next": f"{LIST}?all=1"}, follow=True)
    assert answer.redirect_chain[-1][0] == f"{LIST}?all=1"
    assert len(shown(client.get(f"{LIST}?since={day}&until={day}"))) == 1
    assert "23:30" in answer.content.decode()
    assert "05:00" in client.post("/admin/desk/zone/", {"next": LIST}, follow=True).content.decode()


@pytest.mark.promise("X92")
def test_the_zone_button_leads_only_to_our_own_pages(login):
    answer = login("support").post("/admin/desk/zone/", {"utc": "1", "next": "https://elsewhere.example/"})

    assert answer.headers["Location"] == "/admin/"
