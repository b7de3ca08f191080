"""The form for our own promise not to text a number."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.autoresponses.forms import ProfileField

LONGEST_NUMBER = 200


class PromiseForm(forms.Form):
    """Our own promise not to text a number. The profile is optional; none means all of them."""

    number = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_NUMBER)
    note = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "desk-field", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        every = _("All profiles")
        self.fields["profile"] = ProfileField(self.data.get("profile"), required=False, nothing=every)
