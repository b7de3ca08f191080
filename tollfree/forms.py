"""The form for a request. It accepts whatever people type: a draft may be incomplete, too long or wrong."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from messaging import countries, numbers
from messaging.desk import three_ways
from messaging.desk.show import clock
from messaging.validators import at_most, display_number

from . import summary
from .checks import normalize
from .checks.sections import SECTION_OF
from .checks.validation import CHOSEN
from .models import VerificationRequest

# The initial height of each long text, in lines.
ROWS = {
    "phone_numbers": 3,
    "use_case_summary": 4,
    "production_message_content": 4,
    "opt_in_workflow": 4,
    "opt_in_workflow_image_urls": 3,
    "opt_in_confirmation_response": 3,
    "help_message_response": 3,
    "additional_information": 4,
}
KEYBOARDS = {
    "corporate_website": "url",
    "privacy_policy_url": "url",
    "terms_and_condition_url": "url",
    "business_contact_email": "email",
    "business_contact_phone": "tel",
}


class Lines(forms.CharField):
    """A list, typed with one entry per line."""

    def __init__(
        self, split: Callable[[str], list[str]], tidy: Callable[[list[str]], list[str]], **options: Any
    ) -> None:
        self.split = split
        self.tidy = tidy
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(display_number, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        if isinstance(value, list):
            return value
        return self.tidy(at_most(self.split(super().to_python(value) or "")))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data or "") != (initial or [])
        except ValidationError:
            return True


class Phone(forms.CharField):
    """A phone number, stored as E.164 if it can be read, and shown the way people write it."""

    def prepare_value(self, value: Any) -> Any:
        return display_number(value) if value else value

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return normalize.number(text) if text else text


class Country(forms.CharField):
    """A country, stored as its code and shown by its name; anything else is kept as it was typed."""

    def prepare_value(self, value: Any) -> Any:
        return countries.name(value) if value else value

    def to_python(self, value: Any) -> str:
        return countries.code_of(super().to_python(value) or "")


KINDS: dict[str, type[forms.CharField]] = {
    "business_contact_phone": Phone,
    "business_registration_country": Country,
}
# Offered while people type: the ids of lists in templates/admin/tollfree/verificationrequest/offered.html.
OFFERED = {"business_registration_country": "countries", "business_state": "states"}

LISTS: dict[str, tuple[Callable[[str], list[str]], Callable[[list[str]], list[str]]]] = {
    "phone_numbers": (numbers.lines, normalize.numbers),
    "opt_in_workflow_image_urls": (str.splitlines, normalize.addresses),
}


def draft_field(field: models.Field, **options: Any) -> forms.Field:
    """Return a form field that refuses nothing people can type; the limit is only for the counter."""
    common: dict[str, Any] = {"label": field.verbose_name, "help_text": field.help_text, "required": False}
    if isinstance(field, models.BooleanField):
        return forms.BooleanField(widget=UnfoldBooleanWidget(), **common)
    if field.choices:
        blank = [("", gettext_lazy("Choose"))]
        choices = [*blank, *field.flatchoices]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget(), **common)
    widget = _widget(field)
    if field.name in LISTS:
        return Lines(*LISTS[field.name], widget=widget, **common)
    return KINDS.get(field.name, forms.CharField)(widget=widget, **common)


def _widget(field: models.Field) -> forms.Widget:
    has_limit = field.max_length and field.name not in CHOSEN
    attributes: dict[str, Any] = {"data-limit": field.max_length} if has_limit else {}
    if field.name == "campaign_verify_authorization_token":
        attributes["data-desk-secret"] = ""
    if field.name in ROWS:
        return UnfoldAdminTextareaWidget(attributes | {"rows": ROWS[field.name]})
    attributes |= {"autocomplete": "off", "inputmode": KEYBOARDS.get(field.name, "text")}
    if field.name in OFFERED:
        attributes["list"] = OFFERED[field.name]
    return UnfoldAdminTextInputWidget(attributes)


def offer_unknown(field: forms.ChoiceField, value: Any) -> None:
    """Offer a value from Telnyx that is not in our lists, so that saving does not drop it."""
    if value and value not in dict(field.choices):  # type: ignore[arg-type]
        unknown = _("%(value)s (not in Telnyx's list)") % {"value": value}
        field.choices = [*field.choices, (value, unknown)]  # type: ignore[misc]


PHONES = ("phone_numbers", "business_contact_phone")
TOO_LATE = gettext_lazy(
    "This request was submitted in the meantime, so your changes weren't saved. They are still in the fields below: "
    "copy what you need, then open the request as it is now."
)
TOO_LATE_SAME = gettext_lazy(
    "This request was submitted in the meantime, exactly as it is here. There is nothing more to save or submit."
)


class VerificationForm(forms.ModelForm):
    """All fields of a request. It remembers which version was opened, so that no one's work is overwritten."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    draft_id = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)

    class Meta:
        model = VerificationRequest
        fields = tuple(SECTION_OF)
        formfield_callback = draft_field

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.differences: list[summary.Change] = []
        # Sent by someone while this form was open: saving and submitting it can only fail.
        self.is_too_late = False
        self.initial["version"] = self.instance.version
        for name, field in self.fields.items():
            if isinstance(field, forms.ChoiceField):
                offer_unknown(field, getattr(self.instance, name))
        # The same version means that nobody else has saved it; going back and saving again changes one's own.
        is_same = self.is_bound and self.data.get("version") == str(self.instance.version)
        self.ways = (
            three_ways.Comparison(self.data.get(three_ways.OPENED, ""))
            if is_same
            else three_ways.compare(self)
        )

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() | {  # type: ignore[misc]
            name for name, field in self.fields.items() if isinstance(field, forms.ChoiceField)
        }

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.instance._state.adding:
            self.instance.pk = self.cleaned_data.get("draft_id") or self.instance.pk
            return
        self._refuse_stale(self.instance.lock())

    def _refuse_stale(self, saved: VerificationRequest) -> None:
        """Refuse to overwrite what someone saved after this form was opened. Needs a transaction."""
        differences = summary.changes(self.instance, saved)
        self.instance.version = saved.version
        if not saved.is_editable():
            self.differences = differences
            self.is_too_late = True
            self.add_error(None, str(TOO_LATE if differences else TOO_LATE_SAME))
            return
        if self.ways.clashes:
            self.add_error(None, self._who_was_first(saved))
            return
        # What came in while this was compared, and forms that don't say what they were opened with.
        known = (
            self.initial["version"] if three_ways.OPENED in self.data else self.cleaned_data.get("version")
        )
        if not differences or known == saved.version:
            return
        self.differences = differences
        self.add_error(None, self._who_was_first(saved))
        # The page now shows the comparison, so saving again is a deliberate decision.
        self.data = {**self.data.dict(), self.add_prefix("version"): str(saved.version)}  # type: ignore[attr-defined]

    def _who_was_first(self, saved: VerificationRequest) -> str:
        log = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(saved), object_id=str(saved.pk)
        )
        newest = log.select_related("user").first()
        words = _(
            "%(who)s saved this request at %(time)s, after you opened it. Your changes "
            "aren't saved yet: compare below, choose what to keep, and save again."
        )
        who = str(newest.user) if newest else _("Someone")
        return words % {"who": who, "time": clock(newest.action_time if newest else saved.updated_at)}

    def left_out(self) -> list[str]:
        """Return what stood beside the numbers, which a request has no place for."""
        typed = [str(self.data.get(self.add_prefix(name), "")) for name in PHONES]
        pieces = [piece for text in typed for line in numbers.lines(text) for piece in numbers.read_row(line)]
        return numbers.what_was_changed(pieces)

    def save_draft(self) -> VerificationRequest:
        """Write the typed fields, and none of the fields that Telnyx's answers write."""
        if self.instance.waits_for_approval() and not SECTION_OF.keys() & self.changed_data:
            return self.instance  # saving without an edit takes no question back
        self.instance.version += 1
        self.instance.save(update_fields=[*SECTION_OF, "version", "updated_at"])
        return self.instance
