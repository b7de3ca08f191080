"""The forms for a draft: numbers in any format, and the profile to assign them to."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from messaging.models import MessagingProfile
from messaging.numbers import LONGEST_NAME, rows

from ..entry import parse
from ..entry.found import Found
from ..entry.parse import Reading
from ..entry.spreadsheet import MOST_BYTES, read_file, refusal
from ..models import HostedOrder, OrderNumber

LONGEST_PASTE = 200_000
MOST_LINES = 5_000


class NumbersForm(forms.Form):
    """A box to paste into, and a file. The file's numbers go into the box, where every line can be corrected."""

    text = forms.CharField(
        label=_("Numbers"),
        required=False,
        strip=False,
        max_length=LONGEST_PASTE,
        help_text=_("In any format, one per line, with a name next to each if you like. At most 200."),
        widget=forms.Textarea(attrs={"rows": 10, "class": "desk-field", "autocomplete": "off"}),
    )
    file = forms.FileField(
        label=_("Or a CSV or XLSX file"),
        help_text=_("Its numbers and names are read into the box. You can choose another column afterwards."),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx", "class": "desk-field"}),
    )
    draft_id = forms.UUIDField(widget=forms.HiddenInput)

    # What was found in the last file, and kept by the page.
    found: Found | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        upload, text = cleaned.get("file"), cleaned.get("text", "")
        posted = cast("QueryDict", self.data)
        self.found = Found.kept(posted.get("found", ""))
        try:
            if upload:
                text = self._with_file(text, upload)
            elif self.found and "text" in cleaned:
                wanted = self.found.with_columns(posted.getlist("column"), posted.get("named"))
                text, self.found = self._fitting(self.found.swapped(text, wanted)), wanted
        except ValidationError as error:
            self.add_error("file", error)
            return cleaned
        if text != cleaned.get("text", ""):
            cleaned["text"] = text
            self.data = posted = posted.copy()
            posted["text"] = text
        if not text.strip() and "text" in cleaned:
            raise ValidationError(_("Paste numbers, or choose a file."))
        return cleaned

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        if len(rows(text)) > MOST_LINES:
            raise ValidationError(_("This is more than 5,000 lines. Keep only the lines with numbers."))
        return text

    def _with_file(self, text: str, upload: UploadedFile) -> str:
        """Return the text of the box with the file's numbers below it. Raise ValidationError."""
        # For a file that is far too large, only the size was kept.
        if (upload.size or 0) > MOST_BYTES:
            raise refusal("size")
        found = read_file(upload.read(), upload.name or "")
        text = self._fitting("\n".join(filter(None, [text.rstrip(), *found.lines()])))
        self.found = found
        return text

    def _fitting(self, text: str) -> str:
        """Return the text if the box can submit it. Raise ValidationError."""
        if len(text) > LONGEST_PASTE or len(rows(text)) > MOST_LINES:
            raise ValidationError(
                _(
                    "The file and the box together are more than the box can hold. Keep only the column "
                    "of numbers."
                )
            )
        return text

    def reading(self) -> Reading:
        """Return the result for each line. Call it only after is_valid()."""
        text = self.cleaned_data["text"]
        return parse.read_text(text, self.found.rows_of(text) if self.found else None)


class LinesForm(NumbersForm):
    """The same box on a draft's page; lines that could not be read stay in it until they are corrected.

    `opened_with` are the lines that were in the box at first: a box that was left alone follows what a colleague did.
    """

    opened_with = forms.CharField(
        required=False, strip=False, widget=forms.HiddenInput(attrs={"data-desk-opened": ""})
    )

    def __init__(self, order: HostedOrder, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["draft_id"]
        self.initial.update(text=order.left_out, opened_with=order.left_out)
        self.has_lines = bool(order.left_out)
        self.fields["text"].widget.attrs["rows"] = 4

    def has_typed(self) -> bool:
        """Return True if there is a file, or something else in the box than the lines that were left out."""
        typed = self.data.get("text", self.initial["text"]).split()
        is_untouched = typed in (self.initial["text"].split(), self._opened_with().split())
        return bool(self.files) or "found" in self.data or not is_untouched

    def opened_lines(self) -> list[str]:
        """Return the lines that were in the box when it was opened."""
        return self._opened_with().splitlines()

    def _opened_with(self) -> str:
        return self.data.get("opened_with", self.initial["text"])

    def clean(self) -> dict[str, Any]:
        """Accept an emptied box too: then the lines left out are discarded."""
        is_emptied = self.has_lines and not self.files and "found" not in self.data
        return self.cleaned_data if is_emptied else super().clean()

    def needs_a_look(self) -> bool:
        """Return True if this file was read just now, and a person must see what was read before it is added."""
        return bool(self.files) and self.found is not None and self.found.needs_a_look()


class CancelForm(forms.Form):
    """The word to type before an order is canceled, and the reason."""

    WORD = "cancel"

    typed = forms.CharField(
        label=_("Type “cancel”"),
        required=False,
        widget=forms.TextInput(attrs={"class": "desk-field", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        help_text=_("For this order's history; not sent to Telnyx"),
        widget=forms.TextInput(attrs={"class": "desk-field", "autocomplete": "off"}),
    )

    def clean_typed(self) -> str:
        typed = str(self.cleaned_data["typed"])
        if typed.strip().lower() != self.WORD:
            raise ValidationError(_("Type “cancel” to confirm. Nothing was canceled."))
        return typed


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
        fields = ("customer", "messaging_profile", "note")
        widgets = {
            "customer": forms.TextInput(attrs={"class": "desk-field", "autocomplete": "off"}),
            "note": forms.Textarea(attrs={"rows": 2, "class": "desk-field"}),
        }


def draft_values(order: HostedOrder) -> dict[str, str]:
    """Return what a draft's form holds, in words for the history."""
    return {name: str(getattr(order, name) or "") for name in DraftForm.Meta.fields}


class NamesForm(forms.Form):
    """The name of each number of an order, one field per number."""

    def __init__(self, numbers: Sequence[OrderNumber], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in numbers:
            self.fields[str(number.pk)] = forms.CharField(
                label=str(number),
                initial=number.name,
                required=False,
                max_length=LONGEST_NAME,
                widget=forms.TextInput(attrs={"class": "desk-field", "autocomplete": "off"}),
            )
