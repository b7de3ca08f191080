"""The form for our own promise not to text a number."""

from datetime import datetime
from typing import Any

from django import forms
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


class ConsentForm(ForProfile):
    """That somebody agreed to texts."""

    number = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_NUMBER)
    agreed = forms.CharField(
        label=gettext_lazy("When they agreed, as 2026-03-31 or 2026-03-31 14:05"),
        max_length=40,
        widget=forms.TextInput(attrs=TYPED),
    )
    how = forms.CharField(
        label=gettext_lazy("How they agreed, and where that can be looked up"),
        max_length=300,
        widget=forms.TextInput(attrs=TYPED),
    )

    def clean_agreed(self) -> datetime:
        return consents.read_time(str(self.cleaned_data["agreed"]).strip())


class ConsentTableForm(ForProfile):
    """A table of people who agreed."""

    table = forms.FileField(
        label=gettext_lazy("CSV file"),
        widget=forms.FileInput(attrs={"class": "desk-field", "accept": ".csv,text/csv"}),
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
