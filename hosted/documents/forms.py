"""The forms for documents: the contents of the letter, the upload with its date, and the checklist."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror import clock
from messaging.numbers import normalise_number

from ..choices import DocumentKind
from ..models import Document
from . import checklist, letter, preflight
from .letter import Holder

MOST_NAMED = 20
ACCEPTED = ",".join(
    [
        *(
            "application/pdf",
            "image/jpeg",
            "image/png",
            "image/heic",
            "image/heif",
            "image/webp",
            "image/tiff",
        ),
        *(".pdf", ".jpg", ".jpeg", ".png", ".heic", ".heif", ".webp", ".tif", ".tiff"),
    ]
)


class LetterForm(forms.Form):
    """What the letter says in addition to the order's numbers."""

    account_holder = forms.CharField(
        label=gettext_lazy("Account holder"),
        max_length=120,
        help_text=gettext_lazy("Exactly as on the bill"),
    )
    signer = forms.CharField(
        label=gettext_lazy("Signer"),
        max_length=120,
        help_text=gettext_lazy("The account holder, or someone authorized to sign for them"),
    )
    signer_title = forms.CharField(label=gettext_lazy("Signer's title"), max_length=120, required=False)
    street = forms.CharField(
        label=gettext_lazy("Street address"), max_length=120, help_text=gettext_lazy("As on the bill")
    )
    city = forms.CharField(label=gettext_lazy("City"), max_length=80)
    state = forms.CharField(label=gettext_lazy("State"), max_length=40)
    zip_code = forms.CharField(label=gettext_lazy("ZIP code"), max_length=12)
    provider = forms.CharField(
        label=gettext_lazy("Current provider"),
        max_length=120,
        help_text=gettext_lazy("The company on the bill"),
    )
    account_number = forms.CharField(label=gettext_lazy("Account number"), max_length=60, required=False)
    billing_number = forms.CharField(
        label=gettext_lazy("Billing telephone number"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("The account's main number, if the bill shows one"),
    )

    def clean_billing_number(self) -> str:
        text = str(self.cleaned_data["billing_number"])
        return normalise_number(text) if text else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, value in list(cleaned.items()):
            # A letter and its accent may arrive as two characters; the font has them as one.
            cleaned[name] = unicodedata.normalize("NFC", value)
            lost = letter.unprintable(cleaned[name])
            signs = "".join(sign for sign in lost if not letter.is_control(sign))
            if len(value.splitlines()) > 1:
                self.add_error(name, _("Write this on one line."))
            elif signs:
                words = _("The letter can't show “%(signs)s”. Type it as on the bill, in Latin letters.")
                self.add_error(name, words % {"signs": Truncator(signs).chars(MOST_NAMED)})
            elif lost:
                self.add_error(
                    name, _("This holds a tab or a hidden character. Delete it and type it again.")
                )
        return cleaned

    def holder(self) -> Holder:
        """Return what to print. Call it only after is_valid()."""
        return Holder(**self.cleaned_data)


class DateForm(forms.Form):
    """The date on a document."""

    day = forms.DateField(
        widget=forms.DateInput(attrs={"type": "date", "class": "desk-field"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Type the date on the document.")},
    )

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["day"].label = _("Signature date") if kind == DocumentKind.LOA else _("Bill date")

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day > clock.today():
            raise ValidationError(_("This date is in the future."))
        return day


class UploadForm(DateForm):
    """One file and the date on it, in the form for both documents. store.check reads the content."""

    field_order = ("file", "day")
    file = forms.FileField(
        label=gettext_lazy("PDF or photo"),
        allow_empty_file=True,  # our checks explain it better
        widget=forms.FileInput(attrs={"accept": ACCEPTED, "class": "desk-field"}),
        help_text=gettext_lazy(
            "A PDF of at most 5 MB and 100 pages, not encrypted; or a photo of at most 20 MB, which becomes a PDF"
        ),
        error_messages={"required": gettext_lazy("Choose the file that has this date.")},
    )

    def __init__(self, kind: str, *args: Any) -> None:
        super().__init__(kind, *args, prefix=kind, empty_permitted=True, use_required_attribute=False)
        self.fields["file"].widget.attrs |= {
            "data-most": preflight.MOST_BYTES,
            "data-most-photo": preflight.MOST_PHOTO_BYTES,
            "data-photo": str(preflight.Finding("size_photo")),
            "data-empty": str(preflight.Finding("empty")),
            "data-size": str(preflight.Finding("size")),
            "data-pdf": str(preflight.Finding("not_pdf")),
        }

    def dates(self) -> dict[str, Any]:
        """Return the date under the name store.check expects. Call it only after is_valid()."""
        name = "signed_on" if self.kind == DocumentKind.LOA else "bill_date"
        return {name: self.cleaned_data["day"]}


class ChecklistForm(forms.Form):
    """The checkboxes of one document's checklist."""

    ticked = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, document: Document, *args: Any, **kwargs: Any) -> None:
        found = checklist.ticks(document)
        kwargs.setdefault("initial", {"ticked": [tick.item.code for tick in found if tick.done]})
        super().__init__(*args, **kwargs)
        field = self.fields["ticked"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.label = document.get_kind_display()
        field.choices = [(tick.item.code, tick.item.words) for tick in found]
