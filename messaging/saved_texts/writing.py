"""The form in which people write a saved text, and how it is kept."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging import segments
from messaging.models import SavedText
from messaging.models.saved_texts import LONGEST_LANGUAGE, LONGEST_NAME

from . import placeholders

FIELD = {"class": "desk-field"}


class NameTaken(Exception):
    """Another saved text has this name."""


class WriteForm(forms.Form):
    """A saved text: its name, its words with placeholders, and whether people can choose it."""

    draft_id = forms.UUIDField(widget=forms.HiddenInput, label=gettext_lazy("Draft"), initial=uuid4)
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=LONGEST_NAME,
        help_text=gettext_lazy("What your colleagues look for, such as “Order ready”."),
        widget=forms.TextInput(attrs=FIELD),
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        help_text=gettext_lazy(
            "Write {order number} or {first name} where something different goes each time. Whoever sends it gets a "
            "field for each, and can't send it before all are filled in."
        ),
        widget=forms.Textarea(attrs=FIELD | {"rows": 5}),
    )
    language = forms.CharField(
        label=gettext_lazy("Language"),
        required=False,
        max_length=LONGEST_LANGUAGE,
        help_text=gettext_lazy("Such as Spanish, if your texts are in several languages."),
        widget=forms.TextInput(attrs=FIELD),
    )
    is_in_use = forms.BooleanField(
        label=gettext_lazy("In use: people can choose it for a message"), required=False, initial=True
    )

    def clean_name(self) -> str:
        """Return the name with single spaces. Raise ValidationError if another text has it."""
        name = " ".join(self.cleaned_data["name"].split())
        if SavedText.objects.filter(name__iexact=name).exclude(pk=self.initial["draft_id"]).exists():
            raise ValidationError(taken(), "unique")
        return name

    def clean_text(self) -> str:
        """Return the text as it is sent. Raise ValidationError for wrong placeholders, and if it is too long."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        wrong = list(placeholders.problems(text))
        if words := segments.too_long(segments.measure(text)):
            wrong.append(words)
        if wrong:
            raise ValidationError(cast(Any, wrong))
        return text


def taken() -> str:
    return _("A saved text with this name exists. Choose another name.")


def initial(saved: SavedText) -> dict[str, Any]:
    """Return the values with which the form of this text opens."""
    names = ("name", "text", "language", "is_in_use")
    return {"draft_id": saved.pk} | {name: getattr(saved, name) for name in names}


def keep(typed: Mapping[str, Any], saved: SavedText | None, by: User) -> tuple[SavedText, bool]:
    """Save what a valid form holds, and return it and whether it is new. Raise NameTaken.

    The id of a new one comes with its form, so a second click finds what the first one created.
    """
    values = {name: typed[name] for name in ("name", "text", "language", "is_in_use")}
    try:
        with transaction.atomic():
            if saved is None:
                return SavedText.objects.get_or_create(
                    pk=typed["draft_id"], defaults=values | {"created_by": by, "changed_by": by}
                )
            for name, value in values.items():
                setattr(saved, name, value)
            saved.changed_by = by
            saved.save()
    except IntegrityError:
        raise NameTaken from None
    return saved, False
