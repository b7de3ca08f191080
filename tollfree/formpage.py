"""What the form page shows: the fields in their sections, what is wrong beside each, and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.utils.translation import gettext

from messaging import countries
from messaging.desk import sight
from messaging.desk.pages import user_of
from messaging.states import CA_PROVINCES, US_STATES

from . import page, summary
from .businesses import page as businesses
from .checks.rules import RULES
from .checks.rules.rule import Fields, Rule, Source
from .checks.sections import SENT_SECTIONS, Section
from .forms import VerificationForm
from .links import page as links
from .models import BusinessProfile, VerificationRequest
from .page import Note
from .rejections import after

# Short fields that share a line with the next one if there is room.
HALF = (
    "business_addr1",
    "business_addr2",
    "business_city",
    "business_state",
    "business_zip",
    "entity_type",
    "business_registration_number",
    "business_registration_type",
    "business_contact_first_name",
    "business_contact_last_name",
    "business_contact_email",
    "business_contact_phone",
)


@dataclass(frozen=True)
class Row:
    """One field with the notes about it."""

    field: BoundField
    notes: list[Note]
    limit: int | None
    is_text: bool
    is_checkbox: bool
    is_half: bool
    # What the field has to do with the request's business profile.
    mark: str
    advice: list["Advice"]


@dataclass(frozen=True)
class Advice:
    """What a rule says about a field before anything is wrong: the examples in lines, without what isn't shown."""

    why: str
    good: list[str]
    bad: list[str]
    source: Source


@dataclass(frozen=True)
class Part:
    section: Section
    rows: list[Row]


def context(
    form: VerificationForm, record: VerificationRequest | None, request: HttpRequest
) -> dict[str, Any]:
    """Return what the form page shows beyond Django's own context; `record` is None for a form not saved yet."""
    user = user_of(request)
    may_submit = user.has_perm(page.SUBMIT)
    marks = businesses.marks(record)
    if record is None or form.errors:
        typed = VerificationRequest() if record is None else record
        ready = page.ready(typed, None, user)
        return {
            **offered(),
            "has_businesses": record is None and BusinessProfile.objects.exists(),
            "parts": parts(form, {}, marks=marks),
            "readiness": [] if form.is_too_late else ready,
            "live": page.live_url(None if typed._state.adding else typed),
            "can_submit_here": may_submit and not form.is_too_late,
            "is_too_late": form.is_too_late,
        }
    entries = page.promises(record)
    refused = page.refusal(record, entries[0] if entries else None, sight.WHOLE)
    rejection = after.of(record, entries)
    notes = page.notes(record, refused, user, check="check" in request.GET)
    for field, said in after.notes(rejection).items():
        notes.setdefault(field, []).extend(said)
    return {
        **offered(),
        "parts": parts(form, notes, marks=marks),
        "linked": businesses.links(record, user),
        "can_submit_here": may_submit and not record.waits_for_approval(),
        "hand_over_url": "" if may_submit else page.give_url(record, page.SUBMIT),
        "readiness": page.ready(record, refused, user),
        "live": page.live_url(record),
        "apart": summary.apart(record, entries, secrets=True, contacts=True),
        "holding": summary.holding(record, secrets=True, contacts=True),
        "refusal": refused,
        "rejection": rejection,
        **after.links(record, rejection, user),
        "new_id": uuid4(),
        "first_refused": next(iter(refused.by_field), "") if refused else "",
        **page.progress(record, entries, user),
        **links.context(record, user),
    }


def offered() -> dict[str, Any]:
    """Return what offered.html offers while people type."""
    return {
        "countries": sorted(map(str, countries.NAMES.values()), key=countries.plain),
        "states": [(countries.name("US"), US_STATES.values()), (countries.name("CA"), CA_PROVINCES.values())],
    }


def parts(
    form: BaseForm,
    notes: Mapping[str, list[Note]],
    sections: Sequence[Section] = SENT_SECTIONS,
    marks: Mapping[str, str] = MappingProxyType({}),
) -> list[Part]:
    """Return the sections with their rows; the first field that needs attention gets the focus."""
    wrong = [field for field, said in notes.items() if any(note.level == "error" for note in said)]
    focus = next((name for name in form.fields if name in wrong or name in form.errors), None)
    form.fields[focus or next(iter(form.fields))].widget.attrs["autofocus"] = True
    return [
        Part(section, [row(form, name, notes.get(name, []), marks.get(name, "")) for name in section.fields])
        for section in sections
    ]


def row(form: BaseForm, name: str, notes: list[Note], mark: str = "") -> Row:
    field = form[name]
    attributes = field.field.widget.attrs
    described = [f"{field.auto_id}_helptext"]
    if field.errors:
        described.append(f"{field.auto_id}_error")
    if notes:
        described.append(f"{field.auto_id}_notes")
    if any(note.level == "error" for note in notes):
        attributes["aria-invalid"] = "true"
    if "data-limit" in attributes:
        described.append(f"{field.auto_id}_count")
    attributes["aria-describedby"] = " ".join(described)
    return Row(
        field,
        notes,
        limit=attributes.get("data-limit"),
        is_text="rows" in attributes,
        is_checkbox=getattr(field.field.widget, "input_type", "") == "checkbox",
        is_half=name in HALF,
        mark=mark,
        advice=[_advice(rule) for rule in RULES if rule.field == name],
    )


def _advice(rule: Rule) -> Advice:
    return Advice(str(rule.why), _example(rule.good, rule), _example(rule.bad, rule), rule.source)


def _example(changes: Fields, rule: Rule) -> list[str]:
    """Return an example as people would type it; what stands in another field has that field's label."""
    draft = VerificationRequest(**changes)
    own = summary.lines(draft, rule.field) if rule.field in changes else []
    if changes.get(rule.field) == "":
        own = [gettext("(empty)")]
    others = [
        f"{summary.label(name)}: {', '.join(summary.lines(draft, name))}"
        for name in changes
        if name != rule.field
    ]
    return [*own, *others]
