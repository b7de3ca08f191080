"""The form for a business profile. Like a draft it accepts what people type; only its name must be free."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..checks.sections import COMPANY
from ..forms import draft_field, offer_unknown
from ..models import BusinessProfile


class BusinessForm(forms.ModelForm):
    """A company and what the desk calls it."""

    draft_id = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)

    class Meta:
        model = BusinessProfile
        fields = ("name", *COMPANY)
        formfield_callback = draft_field

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name, field in self.fields.items():
            if isinstance(field, forms.ChoiceField):
                offer_unknown(field, self.get_initial_for_field(field, name))

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() | {"entity_type"}  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        called = cleaned.get("name") or cleaned.get("doing_business_as") or cleaned.get("business_name") or ""
        cleaned["name"] = " ".join(called.split())
        if not cleaned["name"]:
            raise ValidationError({"name": _("Type a name, or the legal name of the business.")})
        cleaned["name"] = cleaned["name"][: BusinessProfile.LONGEST_NAME]
        return cleaned
