"""What people look for, in lists and in the one box on the home page (`contribute` in an app's desk/plugin.py)."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category

from django.contrib.auth.models import User
from django.db.models import BooleanField, Case, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast
from django.db.models.lookups import IContains

from messaging.mirror.wording import Words

LONGEST = 200
MOST_WORDS = 8
SHORTEST_FRAGMENT = 4
PART_OF_ID = re.compile(r"[0-9A-Za-z_.:-]{4,100}", re.ASCII)
# Of a web address, what remains is found however the address was typed.
AROUND_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?(?=[^.\s/]+\.)|/+$", re.IGNORECASE)
PEOPLE = ("username", "first_name", "last_name")


def words_of(term: str) -> list[str]:
    """Return the words that are looked for."""
    return [AROUND_ADDRESS.sub("", typed) or typed for typed in term.split()[:MOST_WORDS]]


def words_in(term: str, *fields: str, also: Callable[[str], Q] | None = None) -> Q:
    """Return the filter for rows that hold every word of `term`, each in any of the fields, or as `also` says."""
    found = Q()
    for word in words_of(term):
        anywhere = also(word) if also else Q()
        for field in fields:
            anywhere |= Q(**{f"{field}__icontains": word})
        found &= anywhere
    return found if term.split() else Q(pk__in=[])


def has_all(term: str, text: str) -> bool:
    """Return True if every word of `term` is in a text: for what is found only as it's shown."""
    return all(word.casefold() in text.casefold() for word in words_of(term))


def by(field: str) -> list[str]:
    """Return the names of a person in `field`, for `words_in`."""
    return [f"{field}__{name}" for name in PEOPLE]


def people_called(term: str) -> "QuerySet[User]":
    """Return the people of whose names and user name each word is a part."""
    return User.objects.filter(words_in(term, *PEOPLE))


def part_of_id(term: str, *fields: str) -> Q:
    """Return the filter for rows of which a part of an id was typed: our own, or one in `fields`."""
    if not PART_OF_ID.fullmatch(term):
        return Q(pk__in=[])
    found = Q(IContains(Cast(F("pk"), TextField()), term))
    for field in fields:
        found |= Q(**{f"{field}__icontains": term})
    return found


def digits_in(term: str) -> str:
    """Return the digits of what looks like a number or a part of one, or ""."""
    digits = re.sub(r"[^0-9]", "", term)
    is_number = len(digits) >= SHORTEST_FRAGMENT and not re.search(r"[^\W\d_]", term)
    return digits if is_number else ""


def in_order(rows: QuerySet, named: Q) -> QuerySet:
    """Return the rows that are named so, looked for in the order of the list until its page is full.

    PostgreSQL expects few rows of so many conditions, so it would look at all of them and then sort. It expects half
    of them of a CASE.
    """
    is_named = Case(When(named, then=Value(True)), default=Value(False), output_field=BooleanField())
    return rows.alias(is_named=is_named).filter(is_named=True)


# The one box.


@dataclass(frozen=True)
class Hit:
    """Something that was found: what it is, and its page. `group` is one of messaging.desk.turns.Group."""

    title: str
    words: Words
    url: str
    group: str = ""
    status: Words = ""


@dataclass(frozen=True)
class Found:
    """What one app found, at most MOST; `list_url` is where all of its records are, and `note` explains the hits."""

    title: Words
    hits: Sequence[Hit]
    has_more: bool
    list_url: str
    note: Words = ""


MOST = 6

Contribution = Callable[[User, str], Found | None]

_contributions: list[Contribution] = []


def contribute(function: Contribution) -> Contribution:
    """Let `function` search what the user may see: a fixed number of queries, no counts, None if they may see none."""
    _contributions.append(function)
    return function


def first(rows: Iterable[Any]) -> tuple[list[Any], bool]:
    """Return the first MOST of some rows, and whether there are more. Give it one row more than MOST."""
    found = list(rows)
    return found[:MOST], len(found) > MOST


def tidy(text: str) -> str:
    """Return what was typed without the invisible marks that come along with a copy."""
    return " ".join("".join(sign for sign in text if category(sign) != "Cf").split())[:LONGEST]


def everywhere(user: User, term: str) -> list[Found]:
    """Return what every app found; an app that found nothing is left out."""
    found = (function(user, term) for function in _contributions)
    return [each for each in found if each and each.hits]
