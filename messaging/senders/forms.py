"""The form of a new alphanumeric sender."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import AlphanumericSender, MessagingProfile
from messaging.models.senders import WELL_FORMED
from messaging.numbers import normalise_number

US_NUMBER = re.compile(r"\+1[2-9]\d{9}")
MOST_PROFILES = 100


class SenderForm(forms.Form):
    alphanumeric_sender_id = forms.CharField(
        label=gettext_lazy("Sender"),
        # Not as max_length: the browser would cut what is pasted.
        validators=[MaxLengthValidator(11), WELL_FORMED],
        help_text=gettext_lazy(
            "What people see instead of a number: up to 11 letters, digits and spaces, with "
            "at least one letter. Case matters."
        ),
        widget=forms.TextInput(attrs={"class": "desk-field", "autocomplete": "off"}),
    )
    messaging_profile = forms.ModelChoiceField(
        queryset=MessagingProfile.objects.none(),
        to_field_name="remote_id",
        label=gettext_lazy("Messaging profile"),
        empty_label=gettext_lazy("Choose"),
        help_text=gettext_lazy("A sender belongs to one profile, and only that one can use it."),
        widget=forms.Select(attrs={"class": "desk-field"}),
    )
    us_long_code_fallback = forms.CharField(
        label=gettext_lazy("US fallback number"),
        required=False,
        max_length=30,
        help_text=gettext_lazy(
            "Used for the United States, Canada and Puerto Rico, where senders like this "
            "aren't allowed. Without one, nothing can be sent there."
        ),
        widget=forms.TextInput(attrs={"class": "desk-field", "inputmode": "tel", "autocomplete": "off"}),
    )
    draft_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, profile: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        there = MessagingProfile.at_telnyx().order_by("name").defer("remote_data")
        chosen = self.data.get("messaging_profile") or profile
        shown = list(there.values_list("pk", flat=True)[:MOST_PROFILES])
        shown += list(there.filter(remote_id=chosen).values_list("pk", flat=True)) if chosen else []
        self.fields["messaging_profile"].queryset = there.filter(pk__in=shown)  # type: ignore[attr-defined]

    def clean_us_long_code_fallback(self) -> str:
        text = self.cleaned_data["us_long_code_fallback"]
        if not text:
            return ""
        number = normalise_number(text)
        if not US_NUMBER.fullmatch(number):
            raise ValidationError(_("This must be a US number."), "not_us")
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        profile, text = cleaned.get("messaging_profile"), cleaned.get("alphanumeric_sender_id")
        if profile and text:
            mine = AlphanumericSender.objects.filter(pk__in=[cleaned.get("draft_id")])
            same = AlphanumericSender.of(profile).filter(alphanumeric_sender_id=text).exclude(pk__in=mine)
            if same.exists():
                words = _("The profile already has this sender. To change it, delete that one first.")
                self.add_error("alphanumeric_sender_id", ValidationError(words, "repeated"))
        return cleaned
