"""The form for our own promise not to text a number."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.autoresponses.forms import ProfileField

from . import consents

LONGEST_NUMBER = 200


TYPED = {"class": "desk-field", "autocomplete": "off"}


class ForProfile(forms.Form):
    """A form whose profile is optional; none means all of them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        every = _("All profiles")
        self.fields["profile"] = ProfileField(self.data.get("profile"), required=False, nothing=every)


def _moment(day: str, at: time | None) -> datetime:
    """Return the day and the time that were typed; a day with a time in it is taken as it is."""
    return consents.read_time(f"{day} {at:%H:%M}" if at and len(day) <= len("2026-03-31") else day)


class ConsentForm(ForProfile):
    """That somebody agreed to texts."""

    number = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_NUMBER)
    agreed = forms.CharField(
        label=gettext_lazy("Day they agreed"),
        max_length=40,
        widget=forms.DateInput(attrs={**TYPED, "type": "date"}, format="%Y-%m-%d"),
    )
    agreed_time = forms.TimeField(
        label=gettext_lazy("Time, if you know it"),
        required=False,
        widget=forms.TimeInput(attrs={**TYPED, "type": "time"}, format="%H:%M"),
    )
    how = forms.CharField(
        label=gettext_lazy("How they agreed, and where that can be looked up"),
        max_length=300,
        widget=forms.TextInput(attrs=TYPED),
    )

    def clean(self) -> None:
        super().clean()
        given = self.cleaned_data
        if "agreed" not in given or "agreed_time" not in given:
            return
        try:
            given["agreed"] = _moment(given["agreed"].strip(), given["agreed_time"])
        except ValidationError as error:
            self.add_error("agreed", error)


class ConsentTableForm(ForProfile):
    """A table of people who agreed."""

    table = forms.FileField(
        label=gettext_lazy("CSV or XLSX file"),
        widget=forms.FileInput(attrs={"class": "desk-field", "accept": ".csv,.xlsx,text/csv"}),
    )
    how = forms.CharField(
        label=gettext_lazy("How they agreed, for rows that don't say"),
        max_length=300,
        widget=forms.TextInput(attrs=TYPED),
    )


class PromiseForm(ForProfile):
    """Our own promise not to text a number. The profile is optional; none means all of them."""

    number = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_NUMBER)
    note = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "desk-field", "autocomplete": "off"}),
    )
