"""The form field for rich content. The builder writes its JSON; engineers, and people without JavaScript, type it."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
