"""The forms of a draft: numbers in any shape, and which profile they go under."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from messaging.models import MessagingProfile

from . import numbers
from .models import HostedOrder
from .numberfile import read_file
from .numbers import Reading

LONGEST_PASTE = 50_000


class NumbersForm(forms.Form):
    """A box to paste into and a file. What the file holds goes into the box, where every line can be corrected."""

    text = forms.CharField(
        label=_("Numbers"),
        required=False,
        strip=False,
        max_length=LONGEST_PASTE,
        widget=forms.Textarea(attrs={"rows": 10, "class": "desk-field", "autocomplete": "off"}),
    )
    file = forms.FileField(
        label=_("Or a CSV or XLSX file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx", "class": "desk-field"}),
    )
    draft_id = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        upload, text = cleaned.get("file"), cleaned.get("text", "")
        if upload:
            try:
                found = read_file(upload.read())
            except ValidationError as error:
                self.add_error("file", error)
                return cleaned
            text = "\n".join(filter(None, [text.rstrip(), *(line.typed for line in found.lines)]))
            cleaned["text"] = text
        if not text.strip():
            raise ValidationError(_("Paste numbers, or choose a file."))
        return cleaned

    def reading(self) -> Reading:
        """Return what became of each line; only after is_valid()."""
        return numbers.read_text(self.cleaned_data["text"])


class DraftForm(forms.ModelForm):
    messaging_profile = forms.ModelChoiceField(
        queryset=MessagingProfile.at_telnyx().order_by("name"),
        required=False,
        empty_label=_("Choose"),
        label=_("Messaging profile"),
        widget=forms.Select(attrs={"class": "desk-field"}),
    )

    class Meta:
        model = HostedOrder
        fields = ("messaging_profile", "note")
        widgets = {"note": forms.Textarea(attrs={"rows": 2, "class": "desk-field"})}
