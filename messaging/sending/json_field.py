"""The form field for rich content. The builder writes its JSON; engineers, and people without JavaScript, type it."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .shape import Placed

LONGEST_JSON = 200_000


class JsonContent(forms.CharField):
    """A message as JSON; `help_text` says what Telnyx calls it."""

    def __init__(self, help_text: Any, **options: Any) -> None:
        super().__init__(
            label=gettext_lazy("The message"),
            required=False,
            strip=False,
            max_length=LONGEST_JSON,
            help_text=help_text,
            widget=forms.Textarea(attrs={"class": "desk-field", "rows": 14, "spellcheck": "false"}),
            **options,
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}  # a text that is too long must not be cut off while someone is typing

    def to_python(self, value: Any) -> Any:
        typed = super().to_python(value)
        if not typed or not typed.strip():
            return {}
        try:
            content = json.loads(typed, parse_constant=_no_number)
        except json.JSONDecodeError as error:
            words = _("This isn't JSON: check line %(line)s, column %(column)s. Nothing is lost.")
            raise ValidationError(words % {"line": error.lineno, "column": error.colno}, "json") from None
        except (ValueError, RecursionError):
            raise ValidationError(
                _("This isn't JSON that Telnyx accepts. Nothing is lost."), "json"
            ) from None
        if not isinstance(content, dict):
            raise ValidationError(
                _("A message is a JSON object: it starts with { and ends with }."), "object"
            )
        return content

    def validate(self, value: Any) -> None:
        pass  # the message's own rules say what is missing

    def run_validators(self, value: Any) -> None:
        if len(json.dumps(value)) > LONGEST_JSON:
            raise ValidationError(_("This is too long to be a message."), "max_length")

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, dict) else value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not valid JSON")


def refuse(problems: Sequence[Placed]) -> None:
    """Raise ValidationError if something is wrong inside the message."""
    if problems:
        raise ValidationError([f"{one.where}: {one.words}" for one in problems], "content")


def errors_beside(form: forms.Form, problems: Sequence[Placed]) -> list[tuple[str, str, str]]:
    """Return the errors for the list above the form: the field's id, its label, the message.

    What is wrong inside the message has a list of its own.
    """
    if not form.is_bound:
        return []
    return [
        (form[name].id_for_label, str(form[name].label), str(error))
        for name, errors in form.errors.items()
        if name in form.fields and not (name == "content" and problems)
        for error in errors
    ]
