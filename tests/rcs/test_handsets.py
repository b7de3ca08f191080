"""What phones can receive: asked for in lists of a hundred, kept with its age, said in plain words."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rcs.handsets import capability_jobs
from rcs.models import Capability, CapabilityCheck, RcsAgent
from tests.rcs.conftest import HANDSETS, fields, text
from tests.sandbox.rcs_control import AGENT_ID, DISABLED_AGENT

NEW = f"{HANDSETS}check/"


def check(desk, agent, numbers, **how):
    form = fields(desk, NEW) | {"agent": str(agent.pk), "numbers": numbers} | how
    return desk.post(NEW, form)


def newest_page(desk):
    return text(desk.get(f"{NEW}{CapabilityCheck.objects.latest('created_at').pk}/"))


def bulk(sandbox):
    return [
        json.loads(one["body"])["phone_numbers"] for one in sandbox.requests("POST", "bulk_capabilities$")
    ]


@pytest.mark.promise("F68")
def test_one_number_is_checked_alone(desk, agent, sandbox, chore):
    check(desk, agent, "(312) 555-0105")
    chore()

    [asked] = sandbox.requests("GET", "capabilities/")
    assert asked["path"].endswith(f"/{AGENT_ID}/+13125550105")
    assert "Texts" in newest_page(desk)
    assert bulk(sandbox) == []


@pytest.mark.promise("F68")
def test_a_pasted_list_is_checked_a_hundred_at_a_time_with_partial_results(desk, agent, sandbox, client):
    check(desk, agent, "\n".join(f"+1312555{n:04}" for n in range(250)))
    capability_jobs._ask(capability_jobs._take(), client)

    partly = newest_page(desk)
    capability_jobs.ask_due(client)

    assert "100 of 250 answered" in partly
    assert "data-desk-refresh" in partly
    assert "250 of 250 answered" in newest_page(desk)
    assert [len(numbers) for numbers in bulk(sandbox)] == [100, 100, 50]
    assert sorted(sum(bulk(sandbox), [])) == [f"+1312555{n:04}" for n in range(250)]


def test_features_are_said_in_plain_words_and_unknown_ones_as_they_came(desk, agent, sandbox, chore):
    sandbox.set_features("+13125550100", ["RICHCARD_STANDALONE", "HOLOGRAM"])
    sandbox.set_features("+13125550102", None)
    check(desk, agent, "+13125550100, +13125550102")
    chore()

    shown = newest_page(desk)

    assert "Cards with pictures and buttons" in shown
    assert "HOLOGRAM (not recognized)" in shown
    assert "Nothing by RCS: send a text instead." in shown
    assert text(desk.get(f"{HANDSETS}?rcs=no")).count("No RCS</span>") == 1


def test_what_is_known_is_asked_again_only_when_it_is_old_or_wanted(desk, agent, sandbox, chore, settings):
    check(desk, agent, "+13125550100\n+13125550102")
    chore()
    check(desk, agent, "+13125550100\n+13125550104\n+13125550106")
    chore()
    Capability.objects.filter(phone_number="+13125550102").update(as_of=timezone.now() - timedelta(hours=25))
    check(desk, agent, "+13125550100\n+13125550102\n+13125550104")
    chore()
    check(desk, agent, "+13125550100\n+13125550102", again="on")
    chore()

    assert bulk(sandbox) == [
        ["+13125550100", "+13125550102"],
        ["+13125550104", "+13125550106"],
        ["+13125550102"],
        ["+13125550100", "+13125550102"],
    ]


def test_a_second_click_is_the_same_check(desk, agent):
    form = fields(desk, NEW) | {"agent": str(agent.pk), "numbers": "+13125550100"}

    first, second = desk.post(NEW, form), desk.post(NEW, form)

    assert first.url == second.url
    assert CapabilityCheck.objects.count() == 1


def test_a_list_without_an_answer_is_asked_for_again(desk, agent, sandbox, chore):
    sandbox.fault("store_then_lose", method="POST")
    check(desk, agent, "+13125550100\n+13125550102")
    chore()
    assert "0 of 2 answered" in newest_page(desk)

    Capability.objects.update(wanted_at=timezone.now())  # a minute later
    chore()

    assert "2 of 2 answered" in newest_page(desk)
    assert len(bulk(sandbox)) == 2


def test_one_bad_number_does_not_spoil_the_others(desk, agent, sandbox, chore):
    refused = {"errors": [{"code": "10016", "title": "Bad number", "detail": "Not this one."}]}
    sandbox.fault("status", status=400, method="POST", json=refused)
    sandbox.fault("status", status=400, method="GET", path="capabilities", json=refused)
    check(desk, agent, "+13125550100\n+13125550102\n+13125550104")
    chore()

    shown = newest_page(desk)

    assert "3 of 3 answered" in shown
    assert "Not this one." in shown
    assert Capability.objects.filter(error="", as_of__isnull=False).count() == 2


def test_when_telnyx_asks_for_patience_nobody_asks(desk, agent, sandbox, chore):
    sandbox.fault("retry_after", method="POST")
    check(desk, agent, "+13125550100\n+13125550102")
    chore()
    Capability.objects.update(wanted_at=timezone.now())
    chore()

    assert len(bulk(sandbox)) == 1


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ("hello", "Line 1, “hello”: This isn't a phone number."),
        (" , ", "Type at least one number."),
        ("\n".join(f"x{n}" for n in range(24)), "and 4 more lines"),
        ("\n".join(f"+1312{n:07}" for n in range(2000000, 2010001)), "more than 10,000"),
    ],
)
def test_what_cannot_be_asked_is_said_and_stays(desk, agent, numbers, words):
    answer = text(check(desk, agent, numbers))

    assert words in answer
    assert numbers.strip()[:200] in answer
    assert not CapabilityCheck.objects.exists()


def test_a_line_that_cannot_be_read_stays_named_for_who_typed_it_and_the_others_are_checked(
    desk, viewer, agent, chore
):
    typed = "7739015505 Joe\n555-0101 Bob\n312 555 0150 (m)\n880-001-2300\n(312) 555-0141, 312-555-0142"

    check(desk, agent, typed)
    chore()
    url = f"{NEW}{CapabilityCheck.objects.get().pk}/"
    answer = text(desk.get(url))

    assert "Line 2" not in text(viewer.get(url))
    assert "Line 2, “555-0101 Bob”: This phone number has too few digits." in answer
    assert "Line 4, “880-001-2300”: The three digits after the area code can't start with 0 or 1." in answer
    assert "2 lines held more than the number; only the numbers were checked." in answer
    asked = Capability.objects.values_list("phone_number", flat=True)
    assert set(asked) == {"+17739015505", "+13125550150", "+13125550141", "+13125550142"}


def test_a_disabled_agent_is_not_offered(desk, agent):
    disabled = RcsAgent.objects.get(remote_id=DISABLED_AGENT)

    assert str(disabled.pk) not in text(desk.get(NEW))
    check(desk, disabled, "+13125550100")
    assert not CapabilityCheck.objects.exists()


def test_the_list_finds_a_number_in_any_shape_and_masks_it_for_others(desk, viewer, agent, chore):
    check(desk, agent, "+13125550100\n+13125550104")
    chore()

    found = text(desk.get(HANDSETS, {"q": "(312) 555-0104"}))

    assert "+1 312 555 0104" in found
    assert "+1 312 555 0100" not in found
    assert "+1 312 *** 0104" in text(viewer.get(HANDSETS))
    assert "*** 0104" not in text(viewer.get(HANDSETS, {"q": "+13125550104"}))


def test_the_list_and_a_check_are_as_cheap_with_ten_thousand_handsets(desk, operator, agent):
    capability_jobs.begin(uuid4(), agent, ["+13125550100"], by=operator)

    def price(path):
        with CaptureQueriesContext(connection) as found:
            assert desk.get(path).status_code == 200
        return [one["sql"] for one in found.captured_queries]

    price(HANDSETS)
    few = price(HANDSETS)
    big = capability_jobs.begin(
        uuid4(), agent, [f"+1312{n:07}" for n in range(2000000, 2010000)], by=operator
    )
    many = price(HANDSETS)

    assert len(many) == len(few)
    assert not [sql for sql in many if "COUNT(*)" in sql]
    assert big.numbers.count() == 10000
    assert len(price(f"{NEW}{big.pk}/")) < 20
    shown = text(desk.get(f"{HANDSETS}?check={big.pk}"))
    assert shown.count("+1 312") == 50
