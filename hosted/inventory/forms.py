"""The form for a number's settings. Settings left as they are never go to Telnyx."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk.pages import LONGEST_REASON
from messaging.models import MessagingProfile
from messaging.validators import without_repeats

from ..models import BulkChange, HostedNumber
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


class ProfileForm(forms.Form):
    """What every form about settings starts with: a profile, chosen from a list or typed."""

    # The choice that changes nothing.
    kept = KEEP

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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        there = MessagingProfile.objects.filter(gone_at=None, remote_id__isnull=False)
        listed = there.order_by("name", "remote_id")[: LISTED + 1]
        self.names = {id or "": name for id, name in listed.values_list("remote_id", "name")}
        super().__init__(*args, **kwargs)

    def _dress(self) -> None:
        """Call it last in `__init__`: hide what has no use, and give every field our look."""
        if len(self.names) <= LISTED:
            del self.fields["other_profile"]
        for field in self.fields.values():
            field.widget.attrs |= {"class": "desk-field", "autocomplete": "off"}

    def _profile_initial(self, wanted: str | None) -> dict[str, str]:
        """Return how the form shows that this profile is wanted: "" for none, None for no change."""
        is_listed = not wanted or wanted in list(self.names)[:LISTED]
        return {
            "profile": TAKE_AWAY if wanted == "" else (wanted if wanted and is_listed else KEEP),
            "other_profile": "" if is_listed else str(wanted),
        }

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
        if cleaned.get("profile", self.kept) != self.kept and cleaned.get("other_profile"):
            self.add_error("other_profile", _("Choose a profile from the list or type one, not both."))
        return cleaned

    def wanted_profile(self) -> str | None:
        """Return the chosen profile's id, "" for none, or None for no change."""
        chosen = self.cleaned_data.get("other_profile") or self.cleaned_data["profile"]
        return {KEEP: None, TAKE_AWAY: ""}.get(chosen, chosen)


class SettingsForm(ProfileForm):
    """Profile, product and tags of one number; `changes()` returns what differs from what Telnyx has."""

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
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("For this number's history; not sent to Telnyx"),
    )

    def __init__(
        self, number: HostedNumber, *args: Any, asked: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """`asked` are changes requested earlier, to start with in place of what Telnyx has."""
        self.number, self.kept = number, number.messaging_profile_id
        self.refusals: dict[str, list[str]] = {}
        super().__init__(*args, **kwargs)
        self.current = profile_name(number.messaging_profile_id, self.names)
        self.initial = self.starting_with(asked or {})
        self.fields["profile"].choices = self._profiles()  # type: ignore[attr-defined]
        self.fields["product"].choices = self._products()  # type: ignore[attr-defined]
        self.fields["product"].help_text = self._about_products()
        self._dress()

    def starting_with(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold: what Telnyx has, with the changes that were asked for."""
        profile = self._profile_initial(asked.get("messaging_profile_id"))
        if profile["profile"] == KEEP and not profile["other_profile"]:
            profile["profile"] = self.kept
        return {
            **profile,
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

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.changes():
            raise ValidationError(_("Telnyx already has these settings, so there is nothing to send."))
        return cleaned

    def changes(self) -> dict[str, Any]:
        """Return what to send: only what differs, and "" for a profile to remove."""
        number, cleaned = self.number, self.cleaned_data
        found: dict[str, Any] = {}
        profile = self.wanted_profile()
        if profile not in (None, number.messaging_profile_id):
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
            return "" if shown in (KEEP, self.kept) else self.current
        if field.name == "product":
            held = self.number.messaging_product
            return "" if shown in (KEEP, held) else str(wording.product(held))
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


class BulkForm(ProfileForm):
    """What to change on many numbers. What is left alone here is left alone on all of them."""

    product = forms.ChoiceField(
        label=gettext_lazy("Messaging product"),
        required=False,
        help_text=gettext_lazy(
            "A number that Telnyx doesn't offer this product for is left out, and the next page says which. "
            "A change can affect fees and what is allowed."
        ),
    )
    how_tags = forms.ChoiceField(label=gettext_lazy("Tags"), required=False)
    tags = forms.CharField(
        label=gettext_lazy("Which tags"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One per line"),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why (optional)"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("Goes into the history of each number. Not sent to Telnyx."),
    )

    def __init__(self, numbers: Iterable[HostedNumber], *args: Any, asked: Any = None, **kwargs: Any) -> None:
        """`asked` is what an earlier change asked for, to start with."""
        super().__init__(*args, **kwargs)
        if asked:
            product = asked["settings"].get("messaging_product", KEEP)
            self.initial = {
                **self._profile_initial(asked["settings"].get("messaging_profile_id")),
                "product": product,
                "how_tags": asked["how_tags"],
                "tags": "\n".join(asked["tags"]),
            }
        offered = without_repeats(name for number in numbers for name in number.eligible_messaging_products)
        listed = [(id, title or id) for id, title in self.names.items()]
        self.fields["profile"].help_text = _(
            "Decides where Telnyx reports texts these numbers receive, and how they send."
        )
        keep = (KEEP, _("No change"))
        self.fields["profile"].choices = [keep, (TAKE_AWAY, _("Remove the profile")), *listed[:LISTED]]  # type: ignore[attr-defined]
        self.fields["product"].choices = [keep, *((name, wording.product(name)) for name in offered[:LISTED])]  # type: ignore[attr-defined]
        self.fields["how_tags"].choices = [keep, *BulkChange.Tags.choices]  # type: ignore[attr-defined]
        self._dress()

    def clean_reason(self) -> str:
        return " ".join(self.cleaned_data["reason"].split())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        how, tags = cleaned.get("how_tags"), cleaned.get("tags")
        if tags and not how and "how_tags" not in self.errors:
            self.add_error("how_tags", _("Say what to do with the tags below."))
        if how in (BulkChange.Tags.ADD, BulkChange.Tags.REMOVE) and not tags and "tags" not in self.errors:
            self.add_error("tags", _("Type the tags, one per line."))
        if not self.errors and not self.asks()["settings"] and not how:
            raise ValidationError(
                _("You haven't chosen anything to change yet. Choose a profile, a product or tags.")
            )
        return cleaned

    def asks(self) -> dict[str, Any]:
        """Return what to change: settings that are the same for all numbers, and what happens to tags."""
        profile, product = self.wanted_profile(), self.cleaned_data["product"]
        settings = {} if profile is None else {"messaging_profile_id": profile}
        if product:
            settings["messaging_product"] = product
        return {
            "settings": settings,
            "how_tags": self.cleaned_data["how_tags"],
            "tags": self.cleaned_data["tags"],
        }


def profile_name(remote_id: str, names: Mapping[str, str]) -> str:
    """Return a profile's name, its id if we don't know the name, or words for no profile."""
    if not remote_id:
        return _("no profile")
    if remote_id in names:
        return names[remote_id] or remote_id
    name = MessagingProfile.objects.filter(remote_id=remote_id).values_list("name", flat=True).first()
    return name or remote_id
