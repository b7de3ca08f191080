"""What the form page of a profile shows: its fields in sections, with what is wrong next to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from messaging.desk.pages import mark_field
from messaging.mirror.models import OutboxEntry

from .forms import SECTIONS, ProfileForm, Section

# Shown only while the box that turns them on is checked, or the choice is made.
SHOWN_WITH = {
    **dict.fromkeys(
        ("toll_free_weight", "long_code_weight", "skip_unhealthy", "sticky_sender", "geomatch"), "pool_on"
    ),
    **dict.fromkeys(("domain", "prefix", "replace_blacklist_only", "send_webhooks"), "shortener_on"),
    "daily_spend_limit": "daily_spend_limit_enabled",
    "countries": "destinations",
}


@dataclass(frozen=True)
class Row:
    """One field with what Telnyx found wrong with it."""

    field: BoundField
    refused: list[str]
    kind: str
    shown_with: str
    regions: list["Region"]


@dataclass(frozen=True)
class Region:
    name: Any
    countries: list[tuple[str, Any, bool]]
    ticked: int


@dataclass(frozen=True)
class Part:
    section: Section
    rows: list[Row]


def context(form: ProfileForm, refused: OutboxEntry | None = None) -> dict[str, Any]:
    """Return the sections with their rows, and the problems that belong to no field."""
    said: dict[str, list[str]] = {}
    for error in refused.errors if refused and not form.is_bound else []:
        words = error.get("detail") or error.get("title") or error.get("code") or ""
        said.setdefault(form.place(error.get("pointer", "")), []).append(words)
    parts = [
        Part(
            section, [_row(form, name, said.get(name, [])) for name in section.fields if name in form.fields]
        )
        for section in SECTIONS
    ]
    return {"form": form, "parts": parts, "elsewhere": said.get("", [])}


def _row(form: ProfileForm, name: str, refused: Sequence[str]) -> Row:
    field = form[name]
    mark_field(field, refused)
    return Row(field, list(refused), _kind(field.field), SHOWN_WITH.get(name, ""), _regions(field))


def _kind(field: forms.Field) -> str:
    if isinstance(field, forms.BooleanField):
        return "tick"
    if isinstance(field, forms.MultipleChoiceField):
        return "countries"
    return "radio" if isinstance(field.widget, forms.RadioSelect) else "line"


def _regions(field: BoundField) -> list[Region]:
    if not isinstance(field.field, forms.MultipleChoiceField):
        return []
    ticked = set(field.value() or [])
    found = []
    regions: Any = field.field.choices
    for name, options in regions:
        rows = [(code, words, code in ticked) for code, words in options]
        found.append(Region(name, rows, sum(row[2] for row in rows)))
    return found
