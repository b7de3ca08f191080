"""The forms of RCS: an agent's settings, numbers to check, a test handset to invite, a link."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.models import MessagingProfile
from messaging.numbers import normalise_number, read_row, rows
from messaging.validators import at_most, check_public_url, without_repeats

from ..models import RcsAgent
from ..models.deeplinks import MOST_TEXT
from . import webhook_check

MOST_OFFERED = 100
MOST_NUMBERS = 10_000
MOST_SAID = 20
LONGEST_SAID = 60


def text_input(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "desk-field", "autocomplete": "off", **attrs})


def number_input() -> forms.TextInput:
    return text_input(inputmode="tel")


class AgentForm(forms.Form):
    """What Telnyx lets us change about an agent. `settings()` returns it as Telnyx has it."""

    profile_id = forms.ChoiceField(
        label=gettext_lazy("Messaging profile"),
        required=False,
        help_text=gettext_lazy("Messages sent as this agent count under this profile."),
        widget=forms.Select(attrs={"class": "desk-field"}),
    )
    webhook_url = forms.CharField(
        label=gettext_lazy("Events go to"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy(
            "What people write to the agent goes here. If empty, no one is notified and this "
            "desk learns nothing automatically."
        ),
        widget=text_input(),
    )
    webhook_failover_url = forms.CharField(
        label=gettext_lazy("Backup address"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Used when the first doesn't answer."),
        widget=text_input(),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        present = self.initial.get("profile_id") or ""
        there = MessagingProfile.at_telnyx().order_by("name")
        offered = dict(there.values_list("remote_id", "name")[:MOST_OFFERED])
        if present and present not in offered:
            offered |= dict(
                MessagingProfile.objects.filter(remote_id=present).values_list("remote_id", "name")
            )
            offered.setdefault(present, present)
        choices = [(remote_id, name or remote_id) for remote_id, name in offered.items()]
        self.fields["profile_id"].choices = [("", gettext_lazy("None")), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("webhook_url", "webhook_failover_url"):
            self._check_url(name, cleaned.get(name, ""))
        return cleaned

    def _check_url(self, field: str, text: str) -> None:
        # The current value may be an address that only works for a private desk.
        if not text or text == self.initial.get(field) or webhook_check.is_ours(text):
            return
        try:
            check_public_url(text)
        except ValidationError as error:
            self.add_error(field, error)

    def settings(self) -> dict[str, Any]:
        names = ("profile_id", "webhook_url", "webhook_failover_url")
        return {name: self.cleaned_data[name] or None for name in names}


class AgentChoice(forms.ModelChoiceField):
    """One of the agents enabled at Telnyx: the first ones by name, and the requested one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            RcsAgent.objects.none(),
            label=gettext_lazy("RCS agent"),
            empty_label=gettext_lazy("Choose"),
            widget=forms.Select(attrs={"class": "desk-field"}),
            **options,
        )

    def offer(self, chosen: Any) -> None:
        there = RcsAgent.senders().order_by("agent_name", "pk")
        shown = list(there.values_list("pk", flat=True)[:MOST_OFFERED])
        self.queryset = RcsAgent.senders().filter(pk__in=[*shown, *([chosen] if chosen else [])])
        if len(shown) == 1:
            self.initial = shown[0]


class CheckForm(forms.Form):
    agent = AgentChoice(help_text=gettext_lazy("What a phone can receive depends on the sender."))
    numbers = forms.CharField(
        label=gettext_lazy("Numbers"),
        help_text=gettext_lazy(
            "One number, or up to 10,000 pasted from a spreadsheet or letter: any format, "
            "one per line or separated by commas. Numbers without a country code are read as "
            "US numbers."
        ),
        widget=forms.Textarea(attrs={"class": "desk-field", "rows": 8, "autocomplete": "off"}),
    )
    again = forms.BooleanField(
        label=gettext_lazy("Check recently checked numbers again"),
        required=False,
        widget=forms.CheckboxInput(),
    )
    draft_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, chosen: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["agent"].offer(chosen)  # type: ignore[attr-defined]
        self.unread: list[str] = []
        self.left_out = 0

    def clean_numbers(self) -> list[str]:
        """Return the numbers to check. Lines that can't be read stop only themselves; `unread` names them."""
        lines = at_most(rows(self.cleaned_data["numbers"]), MOST_NUMBERS)
        pieces = [(position, piece) for position, line in lines for piece in read_row(line)]
        numbers = without_repeats(piece.number for _position, piece in pieces)
        at_most(numbers, MOST_NUMBERS)
        wrong = [(position, piece) for position, piece in pieces if not piece.number]
        self.unread = [
            _("Line %(n)s, “%(line)s”: %(why)s")
            % {"n": position, "line": Truncator(piece.typed).chars(LONGEST_SAID), "why": piece.problem}
            for position, piece in wrong[:MOST_SAID]
        ]
        if len(wrong) > MOST_SAID:
            words = ngettext("and %(n)s more line", "and %(n)s more lines", len(wrong) - MOST_SAID)
            self.unread.append(words % {"n": len(wrong) - MOST_SAID})
        if not numbers:
            raise ValidationError(self.unread or [_("Type at least one number.")])
        self.left_out = sum(bool(piece.name or piece.notes) for _position, piece in pieces if piece.number)
        return numbers

    def said(self) -> list[str]:
        """Return what to say beside the check of the other numbers: what was not checked, what was left out."""
        found = []
        if self.unread:
            found.append(" ".join([_("These lines were not checked:"), *self.unread]))
        if self.left_out:
            words = ngettext(
                "%(n)s line held more than the number; only the number was checked.",
                "%(n)s lines held more than the number; only the numbers were checked.",
                self.left_out,
            )
            found.append(words % {"n": self.left_out})
        return found


class InviteForm(forms.Form):
    phone_number = forms.CharField(
        label=gettext_lazy("Test handset number"), max_length=40, widget=number_input()
    )

    def clean_phone_number(self) -> str:
        return normalise_number(self.cleaned_data["phone_number"])


class LinkForm(forms.Form):
    phone_number = forms.CharField(
        label=gettext_lazy("Number for phones without RCS"),
        required=False,
        max_length=40,
        help_text=gettext_lazy(
            "One of your numbers that can receive texts: phones without RCS text it by SMS instead."
        ),
        widget=number_input(),
    )
    body = forms.CharField(
        label=gettext_lazy("Prefilled text"),
        required=False,
        max_length=MOST_TEXT,
        help_text=gettext_lazy(
            "Shown in the message box when the conversation opens; the person can change it before sending."
        ),
        widget=forms.Textarea(attrs={"class": "desk-field", "rows": 3}),
    )
    draft_id = forms.UUIDField(widget=forms.HiddenInput)

    def clean_phone_number(self) -> str:
        typed = self.cleaned_data["phone_number"]
        return normalise_number(typed) if typed else ""

    def clean_body(self) -> str:
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")


def refusals(errors: list[dict[str, str]], form: forms.Form) -> Mapping[str, list[str]]:
    """Return what Telnyx said by the field it names; "" holds what names no field."""
    said: dict[str, list[str]] = {}
    for error in errors:
        named = [part for part in error.get("pointer", "").strip("/").split("/") if part in form.fields]
        words = error.get("detail") or error.get("title") or error.get("code") or ""
        said.setdefault(named[-1] if named else "", []).append(words)
    return said
