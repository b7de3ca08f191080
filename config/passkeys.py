"""The forms of passkeys: one takes what a browser shows in place of a code, the other what it made."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import passkeys
from messaging.mirror.throttle import TooOften

from .login import CODE, attempt, wait_words


class PasskeyForm(forms.Form):
    """Takes a browser's answer in place of a code, and counts how often, as the form for codes does."""

    passkey = forms.CharField(max_length=passkeys.LONGEST, widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest, user: User, *args: Any) -> None:
        super().__init__(*args)
        self.request, self.user, self.kind, self.is_too_often = request, user, "", False

    def clean_passkey(self) -> str:
        try:
            with attempt(self.request, self.user.get_username(), CODE):
                try:
                    passkeys.accept(self.request, self.user, self.cleaned_data["passkey"])
                except passkeys.NoPasskey:
                    raise ValidationError(
                        _("The passkey wasn't accepted. Try again, or use another way below.")
                    ) from None
        except TooOften as too_often:
            self.is_too_often = True
            raise ValidationError(wait_words(too_often.minutes)) from None
        self.kind = str(passkeys.KIND)
        return ""


class NewPasskeyForm(forms.Form):
    """Takes the passkey that a browser made, and what its owner calls it."""

    name = forms.CharField(
        label=gettext_lazy("What do you want to call it?"),
        help_text=gettext_lazy("To tell it apart from others, for example: work laptop."),
        max_length=50,
        widget=forms.TextInput(attrs={"class": "desk-field", "autocomplete": "off"}),
    )
    passkey = forms.CharField(max_length=passkeys.LONGEST, widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest, user: User, *args: Any) -> None:
        super().__init__(*args)
        self.request, self.user = request, user

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            passkeys.add(self.request, self.user, cleaned["name"], cleaned["passkey"])
        except passkeys.NoPasskey:
            self.add_error(
                None, _("The passkey wasn't added. Try again; each device or key can be added only once.")
            )
        return cleaned
