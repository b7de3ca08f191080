"""What an auto-response can say, how long it can be, and who answers a text."""

import json
from pathlib import Path

import pytest

from messaging.autoresponses import lint
from messaging.autoresponses.lint import MOST_KEYWORDS, SHORTEST_REPLY, Config
from messaging.autoresponses.simulator import Who, simulate
from messaging.autoresponses.words import RESERVED, Op, read_keywords

CONTRACT = json.loads(
    (Path(__file__).parents[2] / "sandbox/contract/autoresponses.json").read_text(encoding="utf-8")
)
REPLY = "Larkspur Dental: you will get no more texts from us."


def config(op="stop", keywords=("STOP", "PARAR"), country="US", reply=REPLY, key="a") -> Config:
    return Config(op, list(keywords), country, reply, key)


def said(config: Config, *others: Config) -> list[tuple[str, bool]]:
    """Return the field and severity of each problem, except for common words missing from a list."""
    problems = lint.find(config, others)
    left_out = ("common opt-out words", "is opted out")
    return [(p.field, p.is_error) for p in problems if not any(words in p.message for words in left_out)]


def test_the_rules_are_those_of_the_contract():
    assert sorted(Op.values) == sorted(CONTRACT["enums"]["op"]["values"])
    assert {word: str(op) for word, op in RESERVED.items()} == CONTRACT["reserved"]["value"]
    assert CONTRACT["fields"]["keywords"]["max_items"] == MOST_KEYWORDS
    assert CONTRACT["fields"]["resp_text"]["min_length"] == SHORTEST_REPLY


def test_words_are_read_in_capitals_once_and_with_their_spaces():
    typed = " stop,Parar\n stop   all ;PARAR\r\n\tBasta "

    assert read_keywords(typed) == ["STOP", "PARAR", "STOP ALL", "BASTA"]


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({}, []),
        ({"op": "help"}, [("op", True)]),
        ({"op": "info"}, [("keywords", True)]),
        ({"op": "start", "keywords": ["HELP"]}, [("keywords", True)]),
        ({"op": "start", "keywords": ["QUIT"]}, [("keywords", False), ("keywords", False)]),
        ({"op": "info", "keywords": ["HELP", "INFO"]}, []),
        ({"op": "info", "keywords": ["HOURS"]}, [("keywords", False)]),
        ({"op": "start", "keywords": ["HOURS"]}, [("keywords", False)]),
        ({"op": "start", "keywords": ["START", "UNSTOP"]}, []),
        ({"keywords": []}, [("keywords", True)]),
        ({"keywords": [f"W{n}" for n in range(20)]}, []),
        ({"keywords": [f"W{n}" for n in range(21)]}, [("keywords", True)]),
        ({"country": "*"}, []),
        ({"country": "XX"}, [("country_code", True)]),
        ({"country": "us"}, [("country_code", True)]),
        ({"reply": "x" * 19}, [("resp_text", True)]),
        ({"reply": "x" * 20}, []),
        ({"reply": ""}, [("resp_text", False)]),
        ({"reply": "x" * 1530}, []),
        ({"reply": "x" * 1531}, [("resp_text", True)]),
        ({"reply": "ł" * 71}, [("resp_text", False)]),
    ],
)
@pytest.mark.promise("F70")
def test_the_lint_says_what_is_wrong_and_where(changes, problems):
    assert said(config(**changes)) == problems


@pytest.mark.parametrize(
    ("other", "problems"),
    [
        (config("start", ["START", "PARAR"]), [("keywords", True)]),
        (config("start", ["START", "PARAR"], "*"), [("keywords", False)]),
        (config("start", ["START", "PARAR"], "MX"), []),
        (config("stop", ["STOP"], "US"), [("country_code", False)]),
        (config("stop", ["STOP"], "MX"), []),
        (config("info", ["HELP"], "US"), []),
    ],
)
def test_one_word_does_one_thing_in_one_country(other, problems):
    assert said(config(), other) == problems


def test_a_list_of_words_to_stop_is_compared_with_the_common_ones():
    own, problem = sorted(lint.find(config(), []), key=lambda one: "common" in one.message)

    assert own.message.startswith("Anyone who texts PARAR is opted out")

    assert not problem.is_error
    assert "QUIT" in problem.message
    assert "PARAR" not in problem.message


# The simulator.

US = config("stop", ["STOP", "PARAR"], "US", "US reply, twenty or more.", key="us")
ALL = config("stop", ["STOP", "PARAR", "BASTA"], "*", "Reply for everywhere else.", key="all")
START = config("start", ["SI"], "US", "Welcome back to our texts.", key="start")


def who(text, country, *configs, **how):
    return [
        (answer.who, answer.op, answer.config.key if answer.config else "", answer.sure)
        for answer in simulate(text, country, configs, **how).answers
    ]


@pytest.mark.parametrize(
    ("text", "country", "configs", "answers"),
    [
        ("parar", "US", [US, ALL], [(Who.CONFIG, "stop", "us", True)]),
        (" Parar ", "US", [ALL, US], [(Who.CONFIG, "stop", "us", True)]),
        ("parar", "MX", [US, ALL], [(Who.CONFIG, "stop", "all", True)]),
        ("basta", "US", [US, ALL], [(Who.CONFIG, "stop", "all", True)]),
        ("parar", "MX", [US], [(Who.NOBODY, "", "", True)]),
        ("hello", "US", [US, ALL], [(Who.NOBODY, "", "", True)]),
        ("si", "US", [US, START], [(Who.CONFIG, "start", "start", True)]),
        # START works in its own operation, whether it is listed or not.
        ("start", "US", [START], [(Who.CONFIG, "start", "start", True)]),
        ("START", "US", [], [(Who.TELNYX, "start", "", True)]),
        ("stop all", "US", [], [(Who.TELNYX, "stop", "", True)]),
        ("unstop", "MX", [], [(Who.TELNYX, "start", "", True)]),
        ("help", "US", [US], [(Who.TELNYX, "info", "", True)]),
        # A default word next to a custom list: not documented.
        ("quit", "US", [US], [(Who.TELNYX, "stop", "", False)]),
        ("quit", "MX", [US], [(Who.TELNYX, "stop", "", True)]),
    ],
)
@pytest.mark.promise("F71")
def test_the_simulator_says_who_answers(text, country, configs, answers):
    assert who(text, country, *configs) == answers


@pytest.mark.promise("F71")
def test_two_that_fit_are_both_shown_as_uncertain():
    twin = config("stop", ["PARAR"], "US", key="twin")

    assert who("PARAR", "US", US, twin) == [
        (Who.CONFIG, "stop", "us", False),
        (Who.CONFIG, "stop", "twin", False),
    ]


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("STOP", [(Who.CARRIER, "stop", "", True), (Who.CONFIG, "stop", "us", False)]),
        ("UNSTOP", [(Who.CARRIER, "start", "", True)]),
        ("PARAR", [(Who.CONFIG, "stop", "us", True)]),
        ("HELP", [(Who.TELNYX, "info", "", True)]),
    ],
)
@pytest.mark.promise("F71")
def test_on_a_toll_free_number_the_carrier_answers_first(text, answers):
    assert who(text, "US", US, toll_free=True) == answers
