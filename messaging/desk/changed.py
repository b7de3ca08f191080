"""What a form changed, for the history of its record: the labels people know, with old and new values."""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib.auth.models import Permission
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.db.models.query import QuerySet
from django.forms.utils import pretty_name
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from . import acts
from .show import exact

# The values of fields with these in their names are never repeated.
SECRET = ("password", "secret", "token", "key")


def words(form: Any, unsaid: Collection[str]) -> str:
    """Return what changed, as a line and the changes below it, or "" if nothing did.

    The values of `unsaid` fields are left out.
    """
    lines = [line for name in form.changed_data for line in _lines(form, name, unsaid)]
    return "\n".join([_("Changed"), *lines]) if lines else ""


def _lines(form: Any, name: str, unsaid: Collection[str]) -> Iterator[str]:
    field = form.fields.get(name)
    if field is not None and field.widget.is_hidden:
        return
    label = _label(form, name)
    if field is None or _is_unsaid(name, field, unsaid):
        yield _("%(label)s: changed (the history doesn't keep its value)") % {"label": label}
        return
    before, after = form.get_initial_for_field(field, name), form.cleaned_data.get(name)
    if isinstance(field, forms.ModelMultipleChoiceField):
        yield from _members(label, _names(before), _names(after))
        return
    pair = _shown(field, before), _shown(field, after)
    if pair[0] != pair[1]:
        yield acts.changes([(label, *pair)])


def _label(form: Any, name: str) -> str:
    field = form.fields.get(name)
    if field is not None and field.label:
        return str(capfirst(field.label))
    model = getattr(getattr(form, "instance", None) or getattr(form, "user", None), "_meta", None)
    try:
        return str(capfirst(model.get_field(name).verbose_name)) if model else pretty_name(name)
    except FieldDoesNotExist:
        return pretty_name(name)


def _is_unsaid(name: str, field: forms.Field, unsaid: Collection[str]) -> bool:
    is_secret = isinstance(field.widget, forms.PasswordInput) or any(part in name for part in SECRET)
    return is_secret or name in unsaid


def _names(rows: Any) -> set[str]:
    """Return what people call these: a permission by its name alone, without the app and the model it is about."""
    return {row.name if isinstance(row, Permission) else str(row) for row in rows or ()}


def _members(label: str, before: set[str], after: set[str]) -> Iterator[str]:
    if added := ", ".join(sorted(after - before)):
        yield _("%(label)s added: %(names)s") % {"label": label, "names": added}
    if gone := ", ".join(sorted(before - after)):
        yield _("%(label)s removed: %(names)s") % {"label": label, "names": gone}


def _shown(field: forms.Field, value: Any) -> str:
    """Return a value as people read it."""
    if isinstance(field, forms.ModelChoiceField):
        return str(_row(field, value) or "")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value in (None, "", [], ()):
        return ""
    if isinstance(value, datetime):
        return exact(value)
    if isinstance(value, date):
        return date_format(value, "N j, Y")
    if isinstance(value, list | tuple | set):
        return ", ".join(_shown(field, item) for item in value)
    if isinstance(field, forms.ChoiceField):
        return str(_labels(field).get(str(value), value))
    return str(value)


def _labels(field: forms.ChoiceField) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for value, label in field.choices:  # type: ignore[misc, union-attr]
        group = label if isinstance(label, list | tuple) else [(value, label)]
        found |= {str(one): words for one, words in group}
    return found


def _row(field: forms.ModelChoiceField, value: Any) -> Any:
    if value is None or isinstance(value, Model):
        return value
    rows: QuerySet = field.queryset.model._default_manager.all()  # type: ignore[union-attr]
    return rows.filter(**{field.to_field_name or "pk": value}).first() if value else None
