"""Telnyx's reasons in plain words: how they are recognized, extended by the team, and kept up to date."""

import html
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.mirror.models import Fact, Source
from tests.desk.lists import MOST_QUERIES, queries
from tests.tollfree.pages import at_telnyx, change, fields, text
from tests.tollfree.worded import NOT_KNOWN, WORDED
from tollfree.models import RejectionReason
from tollfree.rejections import explain, loading, matching
from tollfree.rejections.phrases import BUILT_IN, BY_KEY
from tollfree.rejections.verdicts import Verdict
from tollfree.summary import label

PHRASES = {reason.key: reason.phrases for reason in BUILT_IN}
LIST = "/admin/tollfree/rejectionreason/"
ADD, UNEXPLAINED = f"{LIST}add/", f"{LIST}unexplained/"
NEW = {
    "title": "Moon cheese",
    "phrases": "moon cheese",
    "meaning": "The reviewer saw the moon.",
    "verdict": "write",
    "blamed_fields": ["use_case_summary"],
    "advice": "Send a telescope.",
    "source": "Ticket 12",
    "source_on": "",
    "is_active": "on",
    "_save": "1",
}


def keys(said: str) -> list[str]:
    return list(matching.find(said, PHRASES).explained)


@pytest.mark.parametrize(("key", "said"), WORDED, ids=[said for _key, said in WORDED])
def test_a_worded_reason_is_explained_by_the_reason_it_names(key, said):
    found = matching.find(said, PHRASES)

    assert (list(found.explained), found.unknown) == ([key], [])


def test_every_built_in_reason_is_worded_somewhere_in_these_tests():
    assert {key for key, _said in WORDED} == set(PHRASES)
    assert len(WORDED) >= 150


@pytest.mark.parametrize("said", NOT_KNOWN)
def test_a_wording_nobody_knows_is_not_guessed_at(said):
    found = matching.find(said, PHRASES)

    assert (found.explained, found.unknown) == ({}, [said])


@pytest.mark.parametrize("reason", BUILT_IN, ids=PHRASES)
def test_every_phrase_finds_its_own_reason_and_no_other(reason):
    assert {phrase: keys(phrase) for phrase in reason.phrases} == dict.fromkeys(reason.phrases, [reason.key])


@pytest.mark.parametrize("reason", BUILT_IN, ids=PHRASES)
def test_every_reason_says_what_it_means_what_to_do_and_where_it_is_from(reason):
    texts = [reason.title, reason.meaning, reason.advice, reason.source]

    assert all(str(words).strip() for words in texts)
    assert reason.source_on.year >= 2026
    assert all(label(name) for name in reason.fields)
    assert reason.fields or reason.verdict in (Verdict.WRITE, Verdict.CANNOT)


SEVERAL = (
    "Opt-in URL not accessible{}Privacy policy shares data with third parties{}Message volume inconsistent"
)


@pytest.mark.parametrize(
    "between", ["; ", ";", "\n", "\r\n", " | ", "\n- ", "\n• ", " • ", "<br>", "</li><li>", ". "]
)
def test_several_reasons_in_one_text_are_all_found(between):
    assert keys(SEVERAL.format(between, between)) == ["optin_url", "sharing", "volume"]


@pytest.mark.parametrize("number", ["{}. ", "{}) ", "({}) "])
def test_numbered_reasons_are_all_found(number):
    said = " ".join(number.format(n) + part for n, part in enumerate(SEVERAL.split("{}"), 1))

    assert keys(said) == ["optin_url", "sharing", "volume"]


def test_a_known_part_does_not_hide_an_unknown_one():
    found = matching.find("Entity misclassification; the moon is made of cheese; please resubmit.", PHRASES)

    assert list(found.explained) == ["entity"]
    assert found.unknown == ["the moon is made of cheese"]


@pytest.mark.parametrize(
    "said", ["", "   ", ".", "Please correct and resubmit.", "Rejected.", "<br>", ";;\n;"]
)
def test_what_says_nothing_needs_no_explanation(said):
    assert matching.find(said, PHRASES) == matching.Found()


@pytest.mark.parametrize(
    "said",
    [
        "<b>Opt-in</b> is <i>missing</i>",
        "&lt;b&gt;Opt-in&lt;/b&gt; missing",
        "<p>Opt-in missing</p>",
        "OPT&#45;IN MISSING",
        "<script>alert('Opt-in missing')</script>",
        "Opt\u2011in missing",
        "Ｏｐｔ-ｉｎ ｍｉｓｓｉｎｇ",
        "“Opt-in” missing!!!",
        "Opt-in\tmissing",
    ],
)
def test_tags_entities_and_odd_letters_do_not_hide_a_reason(said):
    assert keys(said) == ["no_optin"]


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("Registraton number missing", "registration"),
        ("Registration nubmer is invlid", "registration"),
        ("Entity misclasification", "entity"),
        ("Web site is not acessible", "website_down"),
        ("Phising", "fraud"),
        ("Privacy polcy missing", "privacy_missing"),
        ("Use case doesnt match opt-in", "optin_use_case"),
        ("Opt in screenshot is not legable", "optin_image"),
    ],
)
def test_a_typing_error_does_not_hide_a_reason(said, key):
    assert keys(said) == [key]


@pytest.mark.parametrize("word", ["content", "contract", "quality", "contents"])
def test_a_real_word_is_no_typing_error(word):
    assert keys(f"{word} missing") == []


@settings(max_examples=300, deadline=2000)
@given(st.text(max_size=500))
def test_no_text_breaks_it(said):
    found = matching.find(said, PHRASES)

    assert all(part.strip() and words_in(part) <= words_in(said) for part in found.unknown)


@pytest.mark.parametrize(
    "said", ["<" * 4000, "opt-" * 2000, "not " * 1500, "1. " * 1500, "&" * 4000, "a;" * 2000]
)
def test_a_hostile_text_takes_no_time(said):
    started = timezone.now()

    matching.find(said, PHRASES)

    assert (timezone.now() - started).total_seconds() < 5


def words_in(said: str) -> set[str]:
    return set(re.findall(r"\w+", html.unescape(re.sub("<[^<>]*>", " ", said))))


# In the database, where the team changes them.


def test_an_upgrade_brings_new_reasons_updates_ours_and_keeps_the_teams(db, login):
    loading.load()
    assert RejectionReason.objects.count() == len(BUILT_IN)
    RejectionReason.objects.filter(key="shaft").delete()
    RejectionReason.objects.filter(key="volume").update(advice="an older text of ours")
    edited = RejectionReason.objects.get(key="entity")
    compliance = login("compliance")
    url = f"{LIST}{edited.pk}/change/"
    compliance.post(url, fields(compliance, url) | {"advice": "Ask Kim first.", "_save": "1"})
    own = f"{LIST}{RejectionReason.objects.get(key='address').pk}/change/"
    off = fields(compliance, own)
    off.pop("is_active")
    compliance.post(own, off | {"_save": "1"})

    loading.load()
    loading.load()

    assert RejectionReason.objects.count() == len(BUILT_IN)
    assert RejectionReason.objects.get(key="shaft").is_active
    assert RejectionReason.objects.get(key="volume").advice == str(BY_KEY["volume"].advice)
    edited.refresh_from_db()
    assert (edited.advice, edited.is_edited, edited.said("advice")) == (
        "Ask Kim first.",
        True,
        "Ask Kim first.",
    )
    address = RejectionReason.objects.get(key="address")
    assert (address.is_active, address.is_edited) == (False, False)
    assert "Ask Kim first." in LogEntry.objects.filter(object_id=str(edited.pk)).latest("pk").change_message


def test_a_reason_that_is_turned_off_explains_nothing(db):
    loading.load()
    RejectionReason.objects.filter(key="entity").update(is_active=False)

    assert explain.text("Entity misclassification", explain.reasons()).unknown == ["Entity misclassification"]


def test_built_in_reasons_explain_even_before_they_are_loaded(db):
    assert explain.text("Entity misclassification", explain.reasons()).verdict == Verdict.RESUBMIT


def test_the_hardest_verdict_counts(db):
    explained = explain.text("Entity misclassification; SHAFT; URL shortener", explain.reasons())

    assert explained.verdict == Verdict.CANNOT
    assert [meaning.title for meaning in explained.meanings][0] == "Sex, hate, firearms or tobacco"


def test_compliance_teaches_a_reason_and_the_request_is_explained(login, make):
    request = at_telnyx(make, "Rejected", remote_reason="Your MOONS are made from cheeses!")
    compliance = login("compliance")
    assert "We don't have an explanation for this wording yet" in text(compliance.get(change(request)))

    answer = compliance.post(ADD, NEW)

    assert answer.status_code == 302
    reason = RejectionReason.objects.get()
    assert (reason.key, reason.blamed_fields, reason.verdict) == (None, ["use_case_summary"], "write")
    page = text(compliance.get(change(request)))
    assert "We don't have an explanation" not in page
    for words in ("Moon cheese", "The reviewer saw the moon.", "Send a telescope.", "Source: Ticket 12"):
        assert words in page


@pytest.mark.parametrize(
    ("phrases", "said"),
    [
        ("", "This field is required"),
        ("the of and", "would be found in almost every reason"),
        ("opt-in", "would be found in almost every reason"),
        ("missing\nmoon", "would be found in almost every reason"),
        ("moon " * 60, "is too long to be found again"),
        ("\n".join(f"moon {n}" for n in range(61)), "These are 61 phrases; at most 60 fit."),
    ],
)
def test_a_phrase_that_finds_everything_or_nothing_is_refused_in_words(login, phrases, said):
    answer = login("compliance").post(ADD, NEW | {"phrases": phrases})

    assert said in text(answer)
    assert not RejectionReason.objects.exists()


def test_phrases_are_no_patterns(login, make):
    at_telnyx(make, "Rejected")
    login("compliance").post(ADD, NEW | {"phrases": "(a+)+$ [moon"})

    assert explain.text("a moon", explain.reasons()).meanings[0].title == "Moon cheese"
    assert explain.text("aaaaaaaaaaaaaaaaaaaaaaaaaaa!", explain.reasons()).meanings == []


@pytest.mark.parametrize("who", ["approver", "operator", "support", "auditor"])
def test_others_read_the_reasons_and_change_nothing(login, who):
    loading.load()
    url = f"{LIST}{RejectionReason.objects.get(key='entity').pk}/change/"
    client = login(who)

    page = text(client.get(url))
    assert "Business type" in page
    assert "entity_type" not in page
    assert client.get(ADD).status_code == client.post(ADD, NEW).status_code == 403
    assert client.post(url, NEW).status_code == 403
    assert client.post(url.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert not RejectionReason.objects.filter(is_edited=True).exists()


def test_a_stranger_sees_no_reason(login):
    client = login("nobody")

    assert [client.get(url).status_code for url in (LIST, ADD, UNEXPLAINED)] == [403] * 3


def test_a_built_in_reason_is_turned_off_and_not_deleted(login):
    loading.load()
    url = f"{LIST}{RejectionReason.objects.get(key='entity').pk}/delete/"

    assert login("compliance").post(url, {"post": "yes"}).status_code == 403
    assert RejectionReason.objects.filter(key="entity").exists()


def test_the_list_costs_the_same_for_many_reasons(login):
    loading.load()
    client = login("compliance")
    queries(client, LIST)
    few = queries(client, LIST)
    RejectionReason.objects.bulk_create(
        RejectionReason(title=f"r{n}", phrases="x y", meaning="m", verdict="write", advice="a")
        for n in range(40)
    )

    assert len(queries(client, LIST)) == len(few) <= MOST_QUERIES
    assert "Our own" in text(client.get(f"{LIST}?q=r1"))


# What nobody has explained yet.


def told(make, reason: str, *, n: int = 1, status: str = "Rejected", **changes):
    request = make(remote_id=f"t-{reason[:20]}-{n}", sync_state="accepted", **changes)
    facts = [Fact(status, timezone.now(), reason)]
    request.apply({}, source=Source.SYNC, as_of=timezone.now(), facts=facts)
    return request


def test_unknown_wordings_are_collected_counted_and_lead_to_the_newest_request(login, make):
    told(make, "The moon is made of cheese.", n=1)
    told(make, "the MOON is made of cheese", n=2)
    newest = told(make, "The moon is made of cheese.", n=3, business_name="Newest Ltd")
    told(make, "Entity misclassification", n=4)
    told(make, "", n=5)
    told(make, "Green ink everywhere", n=6, status="Waiting For Customer")
    client = login("compliance")

    answer = client.get(UNEXPLAINED)

    page = text(answer).split("Once a phrase matches")[1]
    assert "Entity misclassification" not in page
    assert page.lower().count("the moon is made of cheese") == 2  # and again for screen readers
    assert "3 requests · newest: Newest Ltd" in page
    assert f'href="{change(newest)}"' in answer.content.decode()
    assert "Green ink everywhere 1 request" in re.sub(r"\s+", " ", page)
    assert len(queries(client, UNEXPLAINED)) <= MOST_QUERIES


def test_explain_this_opens_the_form_with_the_wording(login, make):
    told(make, "Entity misclassification; the moon is made of cheese")
    client = login("compliance")
    shown = client.get(UNEXPLAINED).content.decode()
    url = re.search(rf'href="({ADD}\?from=\d+)"', shown)[1]

    form = fields(client, url)
    assert form["phrases"] == "the moon is made of cheese"
    assert "Entity misclassification; the moon is made of cheese" in text(client.get(url))
    assert "cheese" not in url
    client.post(url, form | NEW | {"phrases": form["phrases"]})

    assert "Everything Telnyx has written so far is explained." in text(client.get(UNEXPLAINED))


def test_the_page_of_a_request_leads_to_the_same_form(login, make):
    request = told(make, "The moon is made of cheese")
    client = login("compliance")

    shown = client.get(change(request)).content.decode()

    assert (
        fields(client, re.search(rf'href="({ADD}\?from=\d+)"', shown)[1])["phrases"]
        == "The moon is made of cheese"
    )
    assert f"{ADD}?from=" not in login("approver").get(change(request)).content.decode()


def test_a_phrase_that_misses_its_own_reason_is_pointed_out(login, make):
    told(make, "The moon is made of cheese")
    client = login("compliance")
    url = re.search(rf'href="({ADD}\?from=\d+)"', client.get(UNEXPLAINED).content.decode())[1]

    answer = client.post(url, NEW | {"phrases": "sun butter"}, follow=True)

    assert "none of these phrases is found in the reason you came from" in text(answer)


@pytest.mark.parametrize("pk", ["0", "99999999", "x", "-1", "9" * 30, "١"])
def test_an_odd_address_opens_an_empty_form(login, pk):
    assert fields(login("compliance"), f"{ADD}?from={pk}&phrases=secret")["phrases"] == ""


def test_a_wording_is_masked_for_those_who_see_no_contacts(login, make):
    told(make, "Robin Sample of 200 Fictional Way answers nothing", n=1)

    page = text(login("support").get(UNEXPLAINED))

    assert "answers nothing" in page
    assert "Fictional" not in page
    assert "Fictional" in text(login("compliance").get(UNEXPLAINED))
