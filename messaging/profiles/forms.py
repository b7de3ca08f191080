"""The form of a profile: every setting Telnyx has, in sections, each with a sentence about what it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging import countries
from messaging.mirror.wording import Words
from messaging.models import MessagingProfile, Reading
from messaging.models.senders import WELL_FORMED
from messaging.validators import check_public_url

from . import webhook_check
from .values import POOL, SHORTENER

MONEY = RegexValidator(
    r"^[0-9]+(\.[0-9]+)?\Z",
    gettext_lazy("Type dollars with a decimal point and no sign, such as 25 or 12.50."),
)
MOST_DOMAINS = 100
ALL, CHOSEN = "all", "chosen"

# Where several fields make up one value at Telnyx: its name there, and the field that represents the whole.
WHOLE = {
    "whitelisted_destinations": "destinations",
    "number_pool_settings": "pool_on",
    "url_shortener_settings": "shortener_on",
    "features": "ai_opt_out_detection",
}


@dataclass(frozen=True)
class Section:
    slug: str
    title: Words
    words: Words
    fields: tuple[str, ...]


SECTIONS = (
    Section("basics", gettext_lazy("Profile"), "", ("name", "enabled")),
    Section(
        "destinations",
        gettext_lazy("Where it can send"),
        gettext_lazy(
            "Telnyx refuses messages to any other country. Allow only what you need: it stops misuse abroad."
        ),
        ("destinations", "countries"),
    ),
    Section(
        "events",
        gettext_lazy("Where its events go"),
        gettext_lazy("Telnyx reports every message and every hosted number on the profile to this address."),
        ("webhook_url", "webhook_failover_url", "webhook_api_version"),
    ),
    Section(
        "spending",
        gettext_lazy("Spending"),
        gettext_lazy("Once the limit is reached, Telnyx refuses to send until midnight UTC."),
        ("daily_spend_limit_enabled", "daily_spend_limit"),
    ),
    Section(
        "pool",
        gettext_lazy("Number pool"),
        gettext_lazy("Lets Telnyx choose the sending number for each message from those on the profile."),
        ("pool_on", "toll_free_weight", "long_code_weight", "skip_unhealthy", "sticky_sender", "geomatch"),
    ),
    Section(
        "shortener",
        gettext_lazy("Short links"),
        gettext_lazy("Replaces public short links, which carriers block, with Telnyx links."),
        ("shortener_on", "domain", "prefix", "replace_blacklist_only", "send_webhooks"),
    ),
    Section(
        "texts",
        gettext_lazy("Texts and pictures"),
        "",
        ("alpha_sender", "smart_encoding", "mms_fall_back_to_sms", "mms_transcoding", "mobile_only"),
    ),
    Section(
        "rest",
        gettext_lazy("Rarely needed"),
        "",
        ("ai_assistant_id", "ai_opt_out_detection", "resource_group_id", "health_webhook_url"),
    ),
)


def line(label: Any, help_text: Any = "", **options: Any) -> forms.CharField:
    attributes = {"class": "desk-field", "autocomplete": "off", **options.pop("attrs", {})}
    widget = forms.TextInput(attrs=attributes)
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget, **options)


def tick(label: Any, help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=help_text, required=False)


def weight(label: Any) -> forms.DecimalField:
    words = gettext_lazy("0 leaves this kind out of the pool; 10 is chosen ten times as often as 1.")
    widget = forms.TextInput(attrs={"class": "desk-field", "inputmode": "decimal", "autocomplete": "off"})
    return forms.DecimalField(
        label=label,
        help_text=words,
        required=False,
        min_value=0,
        max_digits=9,
        decimal_places=3,
        widget=widget,
    )


class ProfileForm(forms.Form):
    """All settings. `settings()` returns them the way Telnyx has them."""

    name = line(gettext_lazy("Name"), gettext_lazy("Choose one that is easy to tell apart"), max_length=200)
    enabled = tick(gettext_lazy("Enabled"), gettext_lazy("When off, nothing is sent or received on it."))
    destinations = forms.ChoiceField(
        label=gettext_lazy("Countries"),
        choices=[
            (CHOSEN, gettext_lazy("Only the countries selected below")),
            (ALL, gettext_lazy("Every country (Telnyx writes this as *)")),
        ],
        widget=forms.RadioSelect,
    )
    countries = forms.MultipleChoiceField(
        label=gettext_lazy("Allowed countries"),
        choices=[(region, list(names.items())) for region, names in countries.REGIONS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    webhook_url = line(
        gettext_lazy("Address"),
        gettext_lazy("If empty, Telnyx notifies no one, and this desk learns nothing automatically."),
        max_length=2000,
    )
    webhook_failover_url = line(
        gettext_lazy("Backup address"), gettext_lazy("Used when the first doesn't answer."), max_length=2000
    )
    webhook_api_version = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=MessagingProfile.WebhookFormat.choices,
        help_text=gettext_lazy("This desk reads API v2 only."),
        widget=forms.Select(attrs={"class": "desk-field"}),
    )
    daily_spend_limit_enabled = tick(gettext_lazy("Limit what the profile may spend per day"))
    daily_spend_limit = line(
        gettext_lazy("US dollars per day"),
        gettext_lazy("Such as 25 or 12.50"),
        max_length=20,
        validators=[MONEY],
        attrs={"inputmode": "decimal"},
    )
    pool_on = tick(
        gettext_lazy("Use a number pool"), gettext_lazy("When off, Telnyx drops the settings of the pool.")
    )
    toll_free_weight = weight(gettext_lazy("Weight of toll-free numbers"))
    long_code_weight = weight(gettext_lazy("Weight of local numbers"))
    skip_unhealthy = tick(
        gettext_lazy("Leave out unhealthy numbers"),
        gettext_lazy("Those with under 25% delivered or over 75% marked as spam"),
    )
    sticky_sender = tick(gettext_lazy("Use the same number for the same recipient"))
    geomatch = tick(
        gettext_lazy("Prefer a number with the recipient's area code"), gettext_lazy("North America only")
    )
    shortener_on = tick(
        gettext_lazy("Shorten links"), gettext_lazy("When off, Telnyx drops the settings of short links.")
    )
    domain = forms.ChoiceField(
        label=gettext_lazy("Domain of the links"),
        required=False,
        widget=forms.Select(attrs={"class": "desk-field"}),
    )
    prefix = line(  # type: ignore[assignment] # a form takes its fields out of its own attributes
        gettext_lazy("Prefix"), gettext_lazy("Follows the domain, to show your brand"), max_length=50
    )
    replace_blacklist_only = tick(gettext_lazy("Only links on Telnyx's block list"))
    send_webhooks = tick(gettext_lazy("Tell us when a link is clicked"))
    alpha_sender = line(
        gettext_lazy("Alphanumeric sender"),
        gettext_lazy(
            "Used for countries that need one: up to 11 letters, digits and spaces, with at least one letter."
        ),
        # Not as max_length: the browser would cut what is pasted.
        validators=[MaxLengthValidator(11), WELL_FORMED],
    )
    smart_encoding = tick(
        gettext_lazy("Smart encoding"),
        gettext_lazy(
            "Replaces characters that would make a text longer and costlier; events still show the original."
        ),
    )
    mms_fall_back_to_sms = tick(gettext_lazy("Send a text when a picture message cannot be delivered"))
    mms_transcoding = tick(gettext_lazy("Make pictures smaller when they are too large"))
    mobile_only = tick(gettext_lazy("Send to mobile numbers only"))
    ai_assistant_id = line(
        gettext_lazy("AI assistant"), gettext_lazy("The ID of an assistant that answers"), max_length=64
    )
    ai_opt_out_detection = tick(
        gettext_lazy("Let AI find opt-outs in free text"),
        gettext_lazy("“Please leave me alone” then counts as STOP."),
    )
    resource_group_id = line(
        gettext_lazy("Resource group"), gettext_lazy("Can be set only now, not later."), max_length=64
    )
    health_webhook_url = line(
        gettext_lazy("Address for health events"),
        gettext_lazy("Can be set only now, not later."),
        max_length=2000,
    )
    draft_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    # What Telnyx holds, whatever was typed and refused since.
    held_limit = ""

    def __init__(
        self, *args: Any, is_new: bool, domains: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        if not is_new:
            del self.fields["resource_group_id"], self.fields["health_webhook_url"]
        others = [(code, code) for code in self.initial.get("countries") or [] if code not in countries.NAMES]
        if others:
            self.fields["countries"].choices += [(gettext_lazy("Other"), others)]  # type: ignore[attr-defined]
        present = self.initial.get("domain")
        offered = dict([*(domains or {}).items()][:MOST_DOMAINS])
        if present:
            offered.setdefault(present, present)
        self.fields["domain"].choices = [("", gettext_lazy("Choose")), *offered.items()]  # type: ignore[attr-defined]
        version = self.initial.get("webhook_api_version")
        if version and version not in MessagingProfile.WebhookFormat.values:
            self.fields["webhook_api_version"].choices += [(version, version)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("name"):
            self._missing("name", _("A profile needs a name."))
        if cleaned.get("destinations") == CHOSEN and not cleaned.get("countries"):
            self._missing("countries", _("Select at least one country, or allow every country."))
        if cleaned.get("daily_spend_limit_enabled") and not cleaned.get("daily_spend_limit"):
            self._missing("daily_spend_limit", _("A limit needs an amount."))
        elif self.held_limit and not cleaned.get("daily_spend_limit"):
            self._missing(
                "daily_spend_limit", _("Telnyx can't clear an amount. Leave it and turn the limit off.")
            )
        if cleaned.get("pool_on"):
            for name in ("toll_free_weight", "long_code_weight"):
                if cleaned.get(name) is None:
                    self._missing(name, _("The pool needs both weights; 0 is allowed."))
        if cleaned.get("shortener_on") and not cleaned.get("domain"):
            self._missing("domain", _("Choose one of the domains that Telnyx offers."))
        for name in ("webhook_url", "webhook_failover_url", "health_webhook_url"):
            self._check_url(name, cleaned.get(name, ""))
        return cleaned

    def _missing(self, field: str, words: str) -> None:
        if field not in self.errors:
            self.add_error(field, ValidationError(words, "required"))

    def _check_url(self, field: str, text: str) -> None:
        # What is already there may be an address that only a private desk has.
        if not text or text == self.initial.get(field) or webhook_check.is_ours(text):
            return
        try:
            check_public_url(text)
        except ValidationError as error:
            self.add_error(field, error)

    def settings(self) -> dict[str, Any]:
        """Return what was typed under the names of Telnyx's JSON; call it only after is_valid()."""
        typed = self.cleaned_data
        simple = {name: typed[name] for name in SIMPLE if name in typed}
        nothing = {name: typed[name] or None for name in MAY_BE_NULL if name in typed}
        return {
            **simple,
            **nothing,
            "whitelisted_destinations": [countries.EVERYWHERE]
            if typed["destinations"] == ALL
            else sorted(typed["countries"]),
            "number_pool_settings": self._group(("skip_unhealthy", *POOL), WEIGHTS)
            if typed["pool_on"]
            else None,
            "url_shortener_settings": self._group(("domain", *SHORTENER)) if typed["shortener_on"] else None,
            "features": {"ai_opt_out_detection_enabled": typed["ai_opt_out_detection"]},
        }

    def _group(self, names: Sequence[str], numbers: Sequence[str] = ()) -> dict[str, Any]:
        weights = {name: as_number(self.cleaned_data[name]) for name in numbers}
        return weights | {name: self.cleaned_data[name] for name in names}

    def place(self, pointer: str) -> str:
        """Return the innermost field that one of Telnyx's pointers names, or "" if there is none."""
        parts = [WHOLE.get(part, part) for part in pointer.strip("/").split("/")]
        return next((part for part in reversed(parts) if part in self.fields), "")


WEIGHTS = ("toll_free_weight", "long_code_weight")
SIMPLE = (
    "name",
    "enabled",
    "webhook_api_version",
    "daily_spend_limit_enabled",
    "daily_spend_limit",
    "smart_encoding",
    "mms_fall_back_to_sms",
    "mms_transcoding",
    "mobile_only",
)
# Empty fields that are sent to Telnyx as null.
MAY_BE_NULL = (
    "webhook_url",
    "webhook_failover_url",
    "alpha_sender",
    "ai_assistant_id",
    "resource_group_id",
    "health_webhook_url",
)


def as_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def initial(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form's values for settings as Telnyx has them."""
    places = settings.get("whitelisted_destinations") or []
    pool, shortener = settings.get("number_pool_settings"), settings.get("url_shortener_settings")
    values = {name: settings.get(name) for name in (*SIMPLE, *MAY_BE_NULL)}
    return {
        **values,
        "destinations": ALL if countries.EVERYWHERE in places else CHOSEN,
        "countries": [code for code in places if code != countries.EVERYWHERE],
        "pool_on": pool is not None,
        **(pool or {"skip_unhealthy": True}),
        "shortener_on": shortener is not None,
        **(shortener or {}),
        "ai_opt_out_detection": (settings.get("features") or {}).get("ai_opt_out_detection_enabled", False),
    }


def domains(reading: Reading) -> dict[str, str]:
    """Return the domains Telnyx offers for short links, as far as they are known, each with its use case."""
    found = {}
    for record in reading.records():
        name, use_case = record.get("url_domain"), record.get("use_case")
        if isinstance(name, str):
            found[name] = f"{name} ({use_case})" if isinstance(use_case, str) and use_case else name
    return found
