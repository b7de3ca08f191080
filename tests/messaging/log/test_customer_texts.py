"""What is read out to customers: in every language, in one breath, in words of sixth grade, naming nothing internal."""

import re

import pytest

from messaging.log import customer
from messaging.log.customer_texts import BEGINNINGS, ENDING, LANGUAGES, TEXTS, WHAT, Say

VALUES = {"what": "text message", "number": "you", "when": "May 3"}
ENGLISH = [(say.name, TEXTS[say]["en"].format(**VALUES)) for say in Say]
SPANISH = [(say.name, TEXTS[say]["es"].format(**VALUES | {"what": "mensaje"})) for say in Say]
CHINESE = [(say.name, TEXTS[say]["zh-hans"].format(**VALUES | {"what": "短信"})) for say in Say]
# What only people of the trade know, in any of the languages.
INTERNAL = re.compile(
    r"telnyx|webhook|\bapi\b|10dlc|campaign|campaña|carrier|\bsms\b|\bmms\b|\brcs\b|profile|perfil|\bcode|código"
    r"|error|\bid\b|gateway|\d{4,}|代码|错误|运营商接口|平台",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"[.!?。！？]+\s*", text) if part]


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


def english_syllables(word: str) -> int:
    word = word.lower()
    found = len(re.findall(r"[aeiouy]+", word))
    if re.search(r"[^aeiouyl]e$|[^aeioutd]ed$|[^aeiousxz]es$", word):
        found -= 1
    return max(1, found)


def spanish_syllables(word: str) -> int:
    strong = re.findall(r"[aeoáéíóú]|[iuüy](?![aeoáéíóúiu])", re.sub(r"qu|gu(?=[ei])|y$", "q", word.lower()))
    return max(1, len(strong))


def flesch_kincaid_grade(text: str) -> float:
    found = words(text)
    syllables = sum(map(english_syllables, found))
    return 0.39 * len(found) / len(sentences(text)) + 11.8 * syllables / len(found) - 15.59


def fernandez_huerta(text: str) -> float:
    """Return how easily a Spanish text is read: 70 and more is easy enough for sixth grade."""
    found = words(text)
    syllables = sum(map(spanish_syllables, found))
    return 206.84 - 60 * syllables / len(found) - 1.02 * len(found) / len(sentences(text))


def test_every_text_is_there_in_every_language():
    assert set(TEXTS) == set(Say)
    for table in (*TEXTS.values(), ENDING, *WHAT.values()):
        assert set(table) == set(LANGUAGES)
    for say, texts in TEXTS.items():
        for text in texts.values():
            assert sorted(re.findall(r"\{(\w+)\}", text)) == sorted(re.findall(r"\{(\w+)\}", texts["en"])), (
                say
            )
            assert bool(re.search(r"\{", text)) == (say in BEGINNINGS), say


def test_a_language_without_a_text_falls_back_to_english(monkeypatch):
    monkeypatch.setitem(TEXTS, Say.LIMIT, {"en": "In English."})

    assert customer.text(Say.LIMIT, "es") == "In English."
    assert customer.language("xx") == "en"


@pytest.mark.parametrize(("name", "text"), [*ENGLISH, *SPANISH, *CHINESE])
def test_no_text_names_anything_internal(name, text):
    assert not INTERNAL.search(text)


@pytest.mark.parametrize(("name", "text"), ENGLISH)
def test_english_is_read_in_one_breath_by_a_sixth_grader(name, text):
    assert flesch_kincaid_grade(text) <= 6
    assert max(len(words(sentence)) for sentence in sentences(text)) <= 18
    assert len(words(text)) <= 30


@pytest.mark.parametrize(("name", "text"), SPANISH)
def test_spanish_is_read_in_one_breath_by_a_sixth_grader(name, text):
    assert fernandez_huerta(text) >= 70
    assert max(len(words(sentence)) for sentence in sentences(text)) <= 20
    assert len(words(text)) <= 35


@pytest.mark.parametrize(("name", "text"), CHINESE)
def test_chinese_is_short_and_simplified(name, text):
    signs = re.findall(r"[一-鿿]", text)

    assert len(signs) <= 50
    assert max(len(re.findall(r"[一-鿿]", part)) for part in re.split("[。，？！、]", text)) <= 22
    # Some of the commonest signs that differ, as they are written in Taiwan and Hong Kong.
    assert not set(text) & set("們這個時發來還沒對說過會電話號碼請給訊")


def test_the_measures_know_hard_texts_from_easy_ones():
    hard = "The aforementioned telecommunications intermediary categorically repudiated our communication."
    duro = "La mencionada intermediaria de telecomunicaciones categóricamente rechazó nuestra comunicación."

    assert flesch_kincaid_grade(hard) > 12
    assert fernandez_huerta(duro) < 50
    assert flesch_kincaid_grade("We sent you a text. It did not get to you.") < 2
