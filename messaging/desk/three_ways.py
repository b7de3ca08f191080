"""Two people change one record: what I opened, what is saved now, and what I typed.

The form carries what it was opened with (`OPENED`). A field I left alone follows what is saved now; a field only I
changed is mine; a field we both changed is asked about, beside the form, with a choice.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

OPENED = "opened"
# Before the name of a field; the value is one of these and the stamp of the saved value that was shown beside it.
CHOICE = "choice_"
THEIRS, MINE = "theirs", "mine"
ON = "on"

Values = dict[str, Any]


@dataclass(frozen=True)
class Clash:
    """A field that both changed; each value is in lines."""

    name: str
    label: str
    opened: list[str]
    saved: list[str]
    typed: list[str]
    stamp: str

    @property
    def choice(self) -> str:
        """Return the name of the choice in the form."""
        return CHOICE + self.name


@dataclass(frozen=True)
class Comparison:
    """What the three ways have come to. `opened` goes into the form that is shown next."""

    opened: str
    clashes: Sequence[Clash] = ()
    followed: Sequence[Clash] = ()

    def words(self) -> str:
        """Return what to say above the form while something has to be chosen."""
        return _(
            "After you opened this page, these fields were changed elsewhere too: by a colleague, at Telnyx, or in "
            "another tab. Nothing has been saved yet: choose what to keep, then save again."
        )

    def say(self, request: HttpRequest) -> None:
        """Say which of a colleague's changes were taken over."""
        if words := self.followed_words():
            messages.info(request, words)

    def followed_words(self) -> str:
        """Return which fields follow what is saved now, or "" if none does."""
        if not self.followed:
            return ""
        words = _("%(fields)s changed elsewhere after you opened this page. Those changes stay.")
        return words % {"fields": ", ".join(f"“{one.label}”" for one in self.followed)}


def of(form: forms.BaseForm, saved: Values | None = None) -> Comparison:
    """Compare as `compare` does; while something has to be chosen, the form isn't valid."""
    ways = compare(form, saved)
    if ways.clashes:
        form.add_error(None, ValidationError(ways.words(), "changed"))
    return ways


def compare(form: forms.BaseForm, saved: Values | None = None) -> Comparison:
    """Merge what was typed into a bound form with what is saved now, the form's initial values; change its data.

    `saved` is what is saved now if the form started with something else. A form that doesn't say what it was opened
    with counts as opened now.
    """
    now = _initial(form, saved)
    if not form.is_bound:
        return Comparison(_dump(now))
    before = _load(form.data.get(OPENED, "")) or now
    data = QueryDict(mutable=True)
    data.update(form.data)
    clashes, followed, chosen = [], [], set()
    for name, current in now.items():
        typed, was = _typed(form, name), before.get(name, current)
        if current in (was, typed):
            continue
        clash = _clash(form, name, was, current, typed)
        choice = form.data.get(clash.choice, "")
        if typed == was or choice == f"{THEIRS}-{clash.stamp}":
            followed.append(clash)
            _put(data, form.add_prefix(name), current)
            continue
        clashes.append(clash)
        if choice == f"{MINE}-{clash.stamp}":
            chosen.add(name)
    form.data = data
    if {clash.name for clash in clashes} == chosen:
        return Comparison(_dump(now), (), followed)
    # While a choice is open, the form keeps what it was opened with: then the same fields are asked about again.
    return Comparison(_dump(before), clashes, followed)


def _clash(form: forms.BaseForm, name: str, was: Any, saved: Any, typed: Any) -> Clash:
    stamp = sha256(_dump({name: saved}).encode()).hexdigest()[:8]
    lines = partial(_lines, form, name)
    return Clash(name, str(form[name].label), lines(was), lines(saved), lines(typed), stamp)


def _initial(form: forms.BaseForm, saved: Values | None) -> Values:
    return {
        name: _shown(
            field,
            form.get_initial_for_field(field, name) if saved is None else saved.get(name, field.initial),
        )
        for name, field in form.fields.items()
        if not field.widget.is_hidden and not isinstance(field, forms.FileField)
    }


def _shown(field: forms.Field, value: Any) -> Any:
    """Return a value the way the form would send it."""
    value = field.prepare_value(value)
    if isinstance(field, forms.BooleanField):
        return ON if value else ""
    if isinstance(value, list | tuple | set):
        return sorted(str(getattr(one, "pk", one)) for one in value)
    if isinstance(field, forms.MultipleChoiceField):
        return []
    widget_value = field.widget.format_value(value)
    if isinstance(widget_value, list | tuple):
        widget_value = widget_value[0] if widget_value else ""
    return _plain("" if widget_value is None else str(widget_value))


def _typed(form: forms.BaseForm, name: str) -> Any:
    field, key = form.fields[name], form.add_prefix(name)
    if isinstance(field, forms.BooleanField):
        return ON if field.widget.value_from_datadict(form.data, {}, key) else ""
    if isinstance(field, forms.MultipleChoiceField):
        return sorted(form.data.getlist(key))  # type: ignore[attr-defined]
    value = field.widget.value_from_datadict(form.data, {}, key)
    return _plain("" if value is None else str(value))


def _plain(text: str) -> str:
    """Return a text in the one form in which it is compared: JSON is written in many ways."""
    if text.lstrip().startswith("{"):
        with suppress(ValueError, RecursionError):
            return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text.replace("\r\n", "\n").strip()


def _put(data: QueryDict, key: str, value: Any) -> None:
    data.setlist(key, value if isinstance(value, list) else [value])


def _lines(form: forms.BaseForm, name: str, value: Any) -> list[str]:
    """Return a value in the words of the page; a field can have words of its own."""
    field = form.fields[name]
    if in_words := getattr(field, "in_words", None):
        return [in_words(value)]
    if isinstance(field, forms.BooleanField):
        return [_("Yes") if value else _("No")]
    if isinstance(field, forms.ModelChoiceField):
        found = field.queryset.filter(pk=value).first() if value and field.queryset is not None else None
        return [str(found)] if found else []
    if isinstance(field, forms.ChoiceField):
        words = _flat(field.choices)  # type: ignore[arg-type]
        chosen = value if isinstance(value, list) else [value] if value else []
        return [str(words.get(one, one)) for one in chosen]
    return str(value).splitlines()


def _flat(choices: Iterable[Any]) -> Mapping[str, Any]:
    flat: dict[str, Any] = {}
    for value, label in choices:
        flat |= _flat(label) if isinstance(label, list | tuple) else {str(value): label}
    return flat


def _dump(values: Values) -> str:
    return json.dumps(values, ensure_ascii=False)


def _load(text: str) -> Values:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
