"""The forms of registrations: a brand, an agent, a launch, a test device. A draft may be incomplete."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.wording import Words
from messaging.models import MessagingProfile
from messaging.numbers import normalise_number
from messaging.states import us_code
from messaging.validators import check_public_url

from ..agents.forms import number_input, text_input
from ..models import RcsAgentRegistration, RcsBrand
from ..models.registration import WEB
from .choices import OVER, Interaction, OptIn

MOST_OFFERED = 100
LONGEST = 2000
# A section of a form: its title, words below it, and its fields.
Section = tuple[Words, Words, tuple[str, ...]]

BRAND_SECTIONS: tuple[Section, ...] = (
    (
        gettext_lazy("The business"),
        "",
        (
            *("display_name", "legal_name", "legal_entity_type", "organization_type"),
            *("ein", "stock_symbol", "website_url", "messaging_profile_id"),
        ),
    ),
    (
        gettext_lazy("Its address"),
        "",
        (
            *("address_line_1", "address_line_2", "city", "administrative_area"),
            *("postal_code", "country_code"),
        ),
    ),
    (
        gettext_lazy("Contact"),
        gettext_lazy("Telnyx and its partners may call or write to this person."),
        (
            *("contact_first_name", "contact_last_name", "contact_title"),
            *("contact_email", "contact_phone"),
        ),
    ),
)
AGENT_SECTIONS: tuple[Section, ...] = (
    (
        gettext_lazy("The agent"),
        "",
        ("brand_remote_id", "display_name", "use_case", "messaging_profile_id", "hosting_region"),
    ),
    (
        gettext_lazy("How it looks"),
        gettext_lazy("Carriers and phones open these addresses, so they must be public."),
        ("description", "logo_url", "hero_url", "brand_color"),
    ),
    (gettext_lazy("Its rules"), "", ("privacy_policy_url", "terms_and_conditions_url")),
    (
        gettext_lazy("How people reach the business"),
        gettext_lazy("At least one of these, with the name people see beside it."),
        (
            *("phone_number", "phone_label", "website_url", "website_label"),
            *("email_address", "email_label"),
        ),
    ),
)
ADDRESS = ("administrative_area", "postal_code")
US_ZIP = re.compile(r"[0-9]{5}(?:-[0-9]{4})?")
PROFILE = "messaging_profile_id"
# Telnyx can replace these, but not remove them (docs/telnyx.md, T4.26).
STAY = (PROFILE, "hosting_region")


class RegistrationForm(forms.ModelForm):
    """A registration as typed: what is there must be well-formed, and nothing but the name is needed yet."""

    draft_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.widget.attrs.setdefault("autocomplete", "off")
            if name != "draft_id":
                field.widget.attrs["class"] = "desk-field"
        self.fields[PROFILE] = self._choice(PROFILE, MessagingProfile.at_telnyx().order_by("name"), _("None"))

    def _choice(self, name: str, rows: QuerySet[Any], none: str) -> forms.ChoiceField:
        """Return a choice among rows by Telnyx's id: the first ones by name, and the one that is chosen now."""
        field, chosen = self.fields[name], self.initial.get(name) or ""
        offered = {row.remote_id: str(row) for row in rows.defer("remote_data")[:MOST_OFFERED]}
        if chosen and chosen not in offered:
            offered |= {row.remote_id: str(row) for row in rows.filter(remote_id=chosen)}
            offered.setdefault(chosen, chosen)
        return forms.ChoiceField(
            label=field.label,
            required=False,
            help_text=field.help_text,
            choices=[("", none), *offered.items()],
            widget=forms.Select(attrs={"class": "desk-field"}),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in self.fields:
            if name.endswith("_url") and cleaned.get(name):
                self._check_address(name, cleaned[name])
            if name in STAY and self.instance.remote_id and self.initial.get(name) and not cleaned.get(name):
                words = _("Telnyx can replace this, but not remove it.")
                self.add_error(name, ValidationError(words, "stays"))
        return cleaned

    def _check_address(self, name: str, text: str) -> None:
        try:
            check_public_url(text)
        except ValidationError as error:
            self.add_error(name, error)

    def _number(self, name: str) -> str:
        typed = self.cleaned_data[name]
        return normalise_number(typed) if typed else ""


def widgets(*addresses: str, **others: forms.Widget) -> dict[str, forms.Widget]:
    return {name: text_input(inputmode="url") for name in addresses} | others


class BrandForm(RegistrationForm):
    class Meta:
        model = RcsBrand
        fields = [name for _title, _words, names in BRAND_SECTIONS for name in names]  # noqa: RUF012
        widgets = widgets("website_url", contact_phone=number_input())

    def clean_contact_phone(self) -> str:
        return self._number("contact_phone")

    def clean(self) -> dict[str, Any]:
        """Check a US address. What came from Telnyx and stays as it is was good enough for Telnyx."""
        cleaned = super().clean()
        typed = [name for name in ADDRESS if not (self.instance.remote_id and name not in self.changed_data)]
        if cleaned.get("country_code") != "US" or not typed:
            return cleaned
        state, code = (cleaned.get(name) or "" for name in ADDRESS)
        if state and "administrative_area" in typed:
            cleaned["administrative_area"] = us_code(state) or state
            if not us_code(state):
                words = _("This isn't a US state. Type its two letters, such as IL.")
                self.add_error("administrative_area", ValidationError(words, "state"))
        if code and "postal_code" in typed and not US_ZIP.fullmatch(code):
            words = _("A US ZIP code has five digits, such as 60601, or nine, such as 60601-1234.")
            self.add_error("postal_code", ValidationError(words, "zip"))
        return cleaned


class AgentForm(RegistrationForm):
    class Meta:
        model = RcsAgentRegistration
        fields = [name for _title, _words, names in AGENT_SECTIONS for name in names]  # noqa: RUF012
        widgets = widgets(
            "logo_url",
            "hero_url",
            "privacy_policy_url",
            "terms_and_conditions_url",
            "website_url",
            phone_number=number_input(),
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.remote_id:
            del self.fields["brand_remote_id"]
            return
        there = RcsBrand.objects.filter(remote_id__isnull=False, gone_at=None).exclude(remote_status__in=OVER)
        self.fields["brand_remote_id"] = self._choice(
            "brand_remote_id", there.order_by("display_name", "pk"), _("Choose")
        )

    def clean_phone_number(self) -> str:
        return self._number("phone_number")


def area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"class": "desk-field", "rows": rows, "autocomplete": "off"})


def words_field(label: Any, help_text: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=LONGEST, widget=area()
    )


def address_field(label: Any, help_text: Any, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=LONGEST,
        validators=[WEB, check_public_url],
        widget=text_input(inputmode="url"),
    )


def ticks(label: Any, help_text: Any, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, help_text=help_text, choices=choices, widget=forms.CheckboxSelectMultiple
    )


EXAMPLES = tuple(f"example_{number}" for number in range(1, 6))
LAUNCH_SECTIONS: tuple[Section, ...] = (
    (
        gettext_lazy("What it is for"),
        "",
        ("company_overview", "agent_overview", "interactions", "interaction_other"),
    ),
    (gettext_lazy("Example messages"), gettext_lazy("At least three, as people would get them."), EXAMPLES),
    (
        gettext_lazy("How people agree to messages"),
        "",
        (
            *("opt_in_methods", "opt_in_other", "call_to_action", "call_to_action_url"),
            *("call_to_action_media_url", "double_opt_in", "double_opt_in_message", "opt_in_message"),
            *("help_response", "opt_out_response", "campaign_information"),
        ),
    ),
    (
        gettext_lazy("Proof that it works"),
        gettext_lazy("Carriers watch it before they decide."),
        ("test_url", "message_id", "testing_information"),
    ),
)


class LaunchForm(forms.Form):
    """The campaign and the proof that carriers decide about. `body()` returns both as Telnyx takes them."""

    company_overview = words_field(gettext_lazy("What the business does"), "")
    agent_overview = words_field(gettext_lazy("What the agent does"), "")
    interactions = ticks(gettext_lazy("What people do with it"), "", Interaction.choices)
    interaction_other = words_field(
        gettext_lazy("What else"), gettext_lazy("Only if you ticked “Something else”."), required=False
    )
    example_1 = words_field(gettext_lazy("First example"), "")
    example_2 = words_field(gettext_lazy("Second example"), "")
    example_3 = words_field(gettext_lazy("Third example"), "")
    example_4 = words_field(gettext_lazy("Fourth example"), "", required=False)
    example_5 = words_field(gettext_lazy("Fifth example"), "", required=False)
    opt_in_methods = ticks(gettext_lazy("Where people agree"), "", OptIn.choices)
    opt_in_other = words_field(
        gettext_lazy("Where else"), gettext_lazy("Only if you ticked “Somewhere else”."), required=False
    )
    call_to_action = words_field(
        gettext_lazy("How people are asked to agree"), gettext_lazy("Such as a box at the end of an order.")
    )
    call_to_action_url = address_field(
        gettext_lazy("Address of that page"), gettext_lazy("Needed if people agree on a website.")
    )
    call_to_action_media_url = address_field(
        gettext_lazy("Address of a picture of it"),
        gettext_lazy("Needed if people agree on a website or in an app."),
    )
    double_opt_in = forms.BooleanField(
        label=gettext_lazy("People confirm that they agree before they get messages"), required=False
    )
    double_opt_in_message = words_field(
        gettext_lazy("The message that asks them to confirm"),
        gettext_lazy("Needed if people confirm that they agree."),
        required=False,
    )
    opt_in_message = words_field(gettext_lazy("The message after they agreed"), "")
    help_response = words_field(gettext_lazy("The answer to HELP"), "")
    opt_out_response = words_field(gettext_lazy("The answer to STOP"), "")
    campaign_information = words_field(
        gettext_lazy("Anything else about it"), gettext_lazy("May stay empty."), required=False
    )
    test_url = address_field(
        gettext_lazy("Address of a video or other proof"),
        gettext_lazy("It must open without a password and show START, STOP, HELP and an ordinary message."),
        required=True,
    )
    message_id = forms.CharField(
        label=gettext_lazy("ID of a test message"),
        help_text=gettext_lazy("May stay empty."),
        required=False,
        max_length=255,
        widget=text_input(),
    )
    testing_information = words_field(
        gettext_lazy("What the video shows"), gettext_lazy("May stay empty."), required=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        methods = cleaned.get("opt_in_methods", [])
        needed = {
            "interaction_other": Interaction.OTHER in cleaned.get("interactions", []),
            "opt_in_other": OptIn.OTHER in methods,
            "call_to_action_url": OptIn.WEBSITE in methods,
            "call_to_action_media_url": bool({OptIn.WEBSITE, OptIn.MOBILE_APP}.intersection(methods)),
            "double_opt_in_message": cleaned.get("double_opt_in", False),
        }
        for name, is_needed in needed.items():
            if is_needed and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, ValidationError(_("This is needed for what you ticked."), "needed"))
        return cleaned

    def body(self) -> dict[str, Any]:
        """Return what was typed as Telnyx takes it, without what was left empty."""
        typed = self.cleaned_data
        consent = {
            "opt_in_methods": _described(typed["opt_in_methods"], "method_type", typed["opt_in_other"]),
            "double_opt_in": typed["double_opt_in"],
        } | _filled(
            typed,
            *("call_to_action", "call_to_action_url", "call_to_action_media_url", "double_opt_in_message"),
            *("opt_in_message", "help_response", "opt_out_response"),
        )
        campaign = {
            "interactions": _described(typed["interactions"], "interaction_type", typed["interaction_other"]),
            "message_examples": [typed[name] for name in EXAMPLES if typed[name]],
            "consent_settings": consent,
        } | _filled(typed, "company_overview", "agent_overview", additional="campaign_information")
        testing = _filled(typed, "test_url", "message_id", additional="testing_information")
        return {"campaign": campaign, "testing": testing}


def _filled(typed: dict[str, Any], *names: str, additional: str = "") -> dict[str, Any]:
    found = {name: typed[name] for name in names if typed[name]}
    return found | ({"additional_information": typed[additional]} if additional and typed[additional] else {})


def _described(words: Iterable[str], name: str, other: str) -> list[dict[str, str]]:
    return [{name: word} | ({"description": other} if word == "OTHER" else {}) for word in words]


def launch_initial(body: dict[str, Any]) -> dict[str, Any]:
    """Return what the form starts with: a launch as it was sent, or as Telnyx holds it."""
    campaign, testing = _object(body.get("campaign")), _object(body.get("testing"))
    consent = _object(campaign.get("consent_settings"))
    interactions, methods = _listed(campaign.get("interactions")), _listed(consent.get("opt_in_methods"))
    found = {**consent, **campaign, **testing}
    found |= {
        "campaign_information": campaign.get("additional_information"),
        "testing_information": testing.get("additional_information"),
        "interactions": [one.get("interaction_type") for one in interactions],
        "interaction_other": _other(interactions, "interaction_type"),
        "opt_in_methods": [one.get("method_type") for one in methods],
        "opt_in_other": _other(methods, "method_type"),
    }
    found |= dict(zip(EXAMPLES, campaign.get("message_examples") or [], strict=False))
    return {name: value for name, value in found.items() if name in LaunchForm.base_fields and value}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _other(listed: list[dict[str, Any]], name: str) -> str:
    return next((one.get("description") or "" for one in listed if one.get(name) == "OTHER"), "")


def launch_field(pointer: str) -> str:
    """Return the field of a launch that a pointer of Telnyx names, or ""."""
    parts = pointer.strip("/").split("/")
    if parts[-1] == "additional_information":
        return f"{parts[0]}_information"
    if "message_examples" in parts:
        place = parts[-1] if parts[-1].isdigit() else "0"
        return f"example_{int(place) + 1}"
    return next((part for part in reversed(parts) if part in LaunchForm.base_fields), "")


class DeviceForm(forms.Form):
    phone_number = forms.CharField(label=gettext_lazy("Phone number"), max_length=40, widget=number_input())

    def clean_phone_number(self) -> str:
        return normalise_number(self.cleaned_data["phone_number"])
