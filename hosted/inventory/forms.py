"""The form for a number's settings. Settings left as they are never go to Telnyx."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import MessagingProfile
from messaging.validators import without_repeats

from ..models import HostedNumber
from . import wording

KEEP, TAKE_AWAY = "", "none"
# Profiles to choose from without typing, so that the select stays below a hundred options.
LISTED = 90
MOST_NAMED = 5

FIELDS: Mapping[str, str] = {
    "messaging_profile_id": "profile",
    "messaging_product": "product",
    "tags": "tags",
}


class SettingsForm(forms.Form):
    """Profile, product and tags of one number; `changes()` returns what differs from what Telnyx has."""

    profile = forms.ChoiceField(
        label=gettext_lazy("Messaging profile"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("This profile is no longer at Telnyx. Choose another.")
        },
        help_text=gettext_lazy("Decides where Telnyx reports texts this number receives, and how it sends."),
    )
    other_profile = forms.CharField(
        label=gettext_lazy("Or a profile not in the list"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Its name or Telnyx ID"),
    )
    product = forms.ChoiceField(
        label=gettext_lazy("Messaging product"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy(
                "Telnyx doesn't offer this product for this number. Choose another."
            )
        },
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One per line. Remove a line to remove the tag."),
    )

    reason = forms.CharField(
        label=gettext_lazy("Reason (optional)"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("For this number's history; not sent to Telnyx"),
    )

    def __init__(
        self, number: HostedNumber, *args: Any, asked: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """`asked` are changes requested earlier, to start with in place of what Telnyx has."""
        self.number = number
        there = MessagingProfile.objects.filter(gone_at=None, remote_id__isnull=False)
        listed = there.order_by("name", "remote_id")[: LISTED + 1]
        self.names = {id or "": name for id, name in listed.values_list("remote_id", "name")}
        self.current = profile_name(number.messaging_profile_id, self.names)
        self.refusals: dict[str, list[str]] = {}
        super().__init__(*args, **kwargs)
        self.initial = self.starting_with(asked or {})
        self.fields["profile"].choices = self._profiles()  # type: ignore[attr-defined]
        self.fields["product"].choices = self._products()  # type: ignore[attr-defined]
        self.fields["product"].help_text = self._about_products()
        if len(self.names) <= LISTED:
            del self.fields["other_profile"]
        for field in self.fields.values():
            field.widget.attrs |= {"class": "desk-field", "autocomplete": "off"}

    def starting_with(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold: what Telnyx has, with the changes that were asked for."""
        wanted = asked.get("messaging_profile_id")
        is_listed = not wanted or wanted in list(self.names)[:LISTED]
        return {
            "profile": TAKE_AWAY
            if wanted == ""
            else (wanted if wanted and is_listed else self.number.messaging_profile_id),
            "other_profile": "" if is_listed else wanted,
            "product": asked.get("messaging_product", self.number.messaging_product),
            "tags": "\n".join(asked.get("tags", self.number.tags)),
        }

    def _profiles(self) -> list[tuple[str, str]]:
        current = self.number.messaging_profile_id
        found = [(current, _("No change: %(name)s") % {"name": self.current})]
        if current:
            found.append((TAKE_AWAY, _("Remove the profile")))
        listed = [(id, title or id) for id, title in self.names.items() if id != current]
        return found + listed[:LISTED]

    def _products(self) -> list[tuple[str, str]]:
        current = self.number.messaging_product
        found = [(current, _("No change: %(name)s") % {"name": wording.product(current)})]
        others = [name for name in self.number.eligible_messaging_products if name != current]
        return found + [(name, str(wording.product(name))) for name in others[:LISTED]]

    def _about_products(self) -> str:
        if len(self.fields["product"].choices) == 1:  # type: ignore[attr-defined]
            return _("Telnyx offers no other product for this number.")
        return _("Only what Telnyx offers for this number. A change can affect fees and what is allowed.")

    def clean_other_profile(self) -> str:
        typed = self.cleaned_data["other_profile"].strip()
        return self._find_profile(typed) if typed else ""

    def _find_profile(self, typed: str) -> str:
        there = MessagingProfile.objects.filter(gone_at=None, remote_id__isnull=False)
        for fits in (Q(remote_id=typed) | Q(name__iexact=typed), Q(name__icontains=typed)):
            found = list(there.filter(fits).order_by("name")[: MOST_NAMED + 1])
            if len(found) == 1:
                return found[0].remote_id or ""
            if found:
                named = ", ".join(f"{profile.name} ({profile.remote_id})" for profile in found[:MOST_NAMED])
                raise ValidationError(
                    _("Several profiles match. Type the ID of one of them: %(named)s.") % {"named": named}
                )
        raise ValidationError(_("There is no messaging profile with this name or ID."))

    def clean_tags(self) -> list[str]:
        return without_repeats(line.strip() for line in self.cleaned_data["tags"].splitlines())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("profile") and cleaned.get("other_profile"):
            self.add_error("other_profile", _("Choose a profile from the list or type one, not both."))
        if not self.errors and not self.changes():
            raise ValidationError(_("Telnyx already has these settings, so there is nothing to send."))
        return cleaned

    def changes(self) -> dict[str, Any]:
        """Return what to send: only what differs, and "" for a profile to remove."""
        number, cleaned = self.number, self.cleaned_data
        found: dict[str, Any] = {}
        profile = cleaned.get("other_profile") or cleaned["profile"]
        if profile == TAKE_AWAY:
            profile = ""
            if number.messaging_profile_id:
                found["messaging_profile_id"] = ""
        elif profile not in (KEEP, number.messaging_profile_id):
            found["messaging_profile_id"] = profile
        if cleaned["product"] not in (KEEP, number.messaging_product):
            found["messaging_product"] = cleaned["product"]
        if cleaned["tags"] != without_repeats(tag.strip() for tag in number.tags):
            found["tags"] = cleaned["tags"]
        return found

    def lock(self) -> None:
        """Make the form read-only."""
        for field in self.fields.values():
            field.disabled = True

    def rows(self) -> list[tuple[forms.BoundField, list[str], str]]:
        """Return each field with Telnyx's objections to it, and what Telnyx holds if the field shows something else."""
        return [(field, self.refusals.get(field.name, []), self._held(field)) for field in self]

    def _held(self, field: forms.BoundField) -> str:
        shown = str(field.value() or "").strip()
        if field.name == "tags":
            held = "\n".join(self.number.tags)
            is_same = [line.strip() for line in shown.splitlines() if line.strip()] == self.number.tags
            return "" if is_same else ", ".join(held.splitlines()) or _("no tags")
        if field.name == "profile":
            return self.current if shown else ""
        if field.name == "product":
            return str(wording.product(self.number.messaging_product)) if shown else ""
        return ""

    def refuse(self, errors: list[dict[str, str]]) -> list[str]:
        """Put Telnyx's objections beside the fields they name; return those that name none."""
        general = []
        for error in errors:
            field = FIELDS.get(self.number.wire.field_for(error.get("pointer", "")) or "")
            said = ": ".join(filter(None, (error.get("title"), error.get("detail"))))
            if field:
                self.refusals.setdefault(field, []).append(said)
            else:
                general.append(said)
        return general


def profile_name(remote_id: str, names: Mapping[str, str]) -> str:
    """Return a profile's name, its id if we don't know the name, or words for no profile."""
    if not remote_id:
        return _("no profile")
    if remote_id in names:
        return names[remote_id] or remote_id
    name = MessagingProfile.objects.filter(remote_id=remote_id).values_list("name", flat=True).first()
    return name or remote_id
