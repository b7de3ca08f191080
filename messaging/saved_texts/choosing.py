"""The part of the form for a message that starts from a saved text: choose one, and a field for each placeholder."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk.pages import uuid_or_none
from messaging.models import ComposedMessage, SavedText

from . import placeholders, rules

FIELDS = ("saved_search", "saved_text")
# What a message holds besides its text that is somebody's own, too.
OWN_TOO = ("media_urls", "subject")
# The buttons beside them: show the fields of what was chosen, search, and go on with text of one's own.
USE, FIND, OWN = "_use", "_find", "_own"
# So many are offered at once; with the one that is chosen and the line for none, it is 100.
MOST = 98
LONGEST_SEARCH = 100


class SavedTextChoice(forms.ModelChoiceField):
    """One of the saved texts in use."""

    default_error_messages = {
        "required": gettext_lazy("Choose a saved text."),
        "invalid_choice": gettext_lazy("This saved text is no longer in use. Choose another one."),
    }


class Value(forms.CharField):
    """What goes in place of one placeholder."""

    def __init__(self, name: str, user: User) -> None:
        # The widget doesn't cut off what is too long; who typed it reads by how much.
        super().__init__(
            label=name[:1].upper() + name[1:],
            widget=forms.TextInput(attrs={"autocomplete": "off", "data-placeholder": name.casefold()}),
            error_messages={"required": rules.fill_in(name)},
        )
        self.user = user

    def validate(self, value: Any) -> None:
        """Check it with the rules that every promise to send asks, too."""
        super().validate(value)
        if value:
            rules.check_value(value, self.user)


class SavedTextForm(forms.Form):
    """A form with a text, which may be a saved one. Whoever may not write text of their own has nothing else."""

    saved_search = forms.CharField(
        label=gettext_lazy("Find a saved text"),
        required=False,
        max_length=LONGEST_SEARCH,
        help_text=gettext_lazy(
            "There are more than the list below can show. Search by name or by words of the text."
        ),
    )
    saved_text = SavedTextChoice(
        SavedText.objects.none(),
        label=gettext_lazy("Start from a saved text"),
        required=False,
        empty_label=gettext_lazy("No saved text"),
    )

    may_write = True
    # The one that is chosen, and the names of the fields for what goes into it.
    saved: SavedText | None = None
    value_names: tuple[str, ...] = ()

    def offer_saved_texts(self, user: User) -> None:
        """Fill in the choice, and add the fields of the saved text that is chosen."""
        in_use = SavedText.objects.filter(is_in_use=True).order_by("name", "pk")
        has_more = len(in_use.values_list("pk", flat=True)[: MOST + 1]) > MOST
        term = self._given("saved_search").strip() if has_more else ""
        found = in_use.filter(Q(name__icontains=term) | Q(text__icontains=term)) if term else in_use
        shown = list(found.values_list("pk", flat=True)[:MOST])
        chosen = uuid_or_none(self._given("saved_text"))
        field = cast(forms.ModelChoiceField, self.fields["saved_text"])
        field.queryset = in_use.filter(pk__in=[*shown, *([chosen] if chosen else [])])
        self.saved = field.queryset.filter(pk=chosen).first() if chosen else None
        if not has_more:
            del self.fields["saved_search"]
        names = placeholders.names(self.saved.text) if self.saved else []
        self.value_names = tuple(map(placeholders.key, names))
        self.fields |= {placeholders.key(name): Value(name, user) for name in names}
        self._limit(field, is_empty=not shown and not term)
        if term and not shown:
            field.help_text = _("No saved text has these words in it.")

    def _given(self, name: str) -> str:
        """Return what was typed, or what the form starts with; a field that was asked would keep its label."""
        given = self.data if self.is_bound else self.initial
        return str(given.get(name) or "")

    def _limit(self, field: forms.ModelChoiceField, *, is_empty: bool) -> None:
        """Let people write only what they may, and say what they can do."""
        if not self.may_write:
            for name in ("text", *OWN_TOO):
                self.fields.pop(name, None)
            field.required, field.label, field.empty_label = True, _("Saved text"), _("Choose")
            field.help_text = _("Your messages are made from saved texts.")
            if is_empty:
                field.help_text = _(
                    "There are no saved texts yet, so you can't send one. Ask whoever writes them."
                )
        elif self.saved:
            # What was typed before stays, for whoever goes back to it.
            self.fields["text"].widget = forms.HiddenInput()
        elif is_empty and not self.data.get("saved_text"):
            del self.fields["saved_text"]

    def whole_text(self) -> str:
        """Return the text of the message: the saved one with what was typed, otherwise somebody's own."""
        given = self.cleaned_data
        return placeholders.fill(self.saved.text, given) if self.saved else str(given.get("text", ""))

    def typed(self, pressed: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was typed, for the page that follows one of the buttons beside the saved texts."""
        kept = {name: self[name].value() for name in self.fields}
        if OWN in pressed and self.saved and self.may_write:
            values = {name: str(kept[name] or "") for name in self.value_names}
            kept |= {"text": placeholders.fill(self.saved.text, values), "saved_text": None}
        return kept

    def start_at(self, pressed: Mapping[str, Any]) -> None:
        """Put the cursor where somebody goes on who pressed one of those buttons."""
        name = self.value_names[0] if self.value_names else "text" if OWN in pressed else "saved_text"
        if name in self.fields:
            self.fields[name].widget.attrs["data-start"] = True


def started(saved_text: SavedText | None) -> dict[str, Any]:
    """Return what a form starts with that starts from a saved text."""
    return {"saved_text": saved_text.pk} if saved_text and saved_text.is_in_use else {}


def again(message: ComposedMessage) -> dict[str, Any]:
    """Return the same for a message that was made from one, with its values, while it still says the same."""
    saved = message.saved_text
    values = placeholders.read(saved.text, message.text) if saved and saved.is_in_use else None
    return {**started(saved), **values, "text": ""} if values is not None else {}
