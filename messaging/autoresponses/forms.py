"""The forms of the editor and the simulator."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from messaging.models import AutoResponse, MessagingProfile
from messaging.models.autoresponses import EDITED

from .words import EVERYWHERE, Op, as_keywords, read_keywords

# A select with more choices than this is no help; a profile beyond them comes with the page's URL.
MOST_PROFILES = 100
LONGEST_REPLY = 5000
FIELD = {"class": "desk-field", "autocomplete": "off"}


def profile_choices(chosen: Any = None) -> list[tuple[str, str]]:
    """Return the profiles to choose from, by name, including the one already chosen."""
    here = MessagingProfile.objects.filter(remote_id__isnull=False, gone_at=None).order_by("name")
    rows = list(here[:MOST_PROFILES])
    if chosen and str(chosen) not in {str(row.pk) for row in rows}:
        rows += list(here.filter(pk=chosen)) if is_uuid(chosen) else []
    return [(str(row.pk), str(row)) for row in rows]


def is_uuid(text: Any) -> bool:
    try:
        forms.UUIDField().clean(str(text))
    except ValidationError:
        return False
    return True


class ProfileField(forms.ChoiceField):
    """A profile by its key; `nothing` is the label of the empty choice."""

    def __init__(self, chosen: Any, nothing: Any = "", **options: Any) -> None:
        choices = [("", nothing or _("Choose")), *profile_choices(chosen)]
        super().__init__(
            label=_("Messaging profile"), choices=choices, widget=forms.Select(attrs=FIELD), **options
        )


class AutoResponseForm(forms.Form):
    """What is typed is kept as typed; the rules run when it is checked, not when it is read."""

    op = forms.ChoiceField(
        choices=[("", _("Choose")), *Op.choices],
        widget=forms.Select(attrs=FIELD),
        error_messages={"required": _("Choose what the keywords do.")},
    )
    country_code = forms.CharField(
        max_length=10, required=False, widget=forms.TextInput(attrs=FIELD | {"maxlength": 2})
    )
    keywords = forms.CharField(
        required=False, max_length=5000, widget=forms.Textarea(attrs=FIELD | {"rows": 4})
    )
    resp_text = forms.CharField(
        required=False, max_length=LONGEST_REPLY, widget=forms.Textarea(attrs=FIELD | {"rows": 5})
    )

    def __init__(
        self, *args: Any, config: AutoResponse | None = None, profile: Any = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        for name in EDITED:
            field = AutoResponse._meta.get_field(name)
            self.fields[name].label = str(getattr(field, "verbose_name", name)).capitalize()
            self.fields[name].help_text = str(getattr(field, "help_text", ""))
        if config is None or config.remote_id is None:
            self.fields["profile"] = ProfileField(self.data.get("profile") or profile)
            self.order_fields(["profile", *EDITED])

    def clean_country_code(self) -> str:
        return self.cleaned_data["country_code"].strip().upper() or EVERYWHERE

    def clean_keywords(self) -> list[str]:
        return read_keywords(self.cleaned_data["keywords"])

    def clean_resp_text(self) -> str:
        return self.cleaned_data["resp_text"].replace("\r\n", "\n").strip()

    def values(self) -> dict[str, Any]:
        """Return the values of our fields; call it only after is_valid()."""
        return {name: self.cleaned_data[name] for name in EDITED}

    def chosen_profile(self) -> MessagingProfile | None:
        pk = self.cleaned_data.get("profile")
        return MessagingProfile.objects.filter(pk=pk).first() if pk else None


def initial(config: AutoResponse) -> dict[str, Any]:
    """Return what the form shows for an auto-response."""
    values: dict[str, Any] = {name: getattr(config, name) for name in EDITED}
    return values | {
        "keywords": ", ".join(as_keywords(config.keywords)),
        "profile": str(config.profile_id or ""),
    }


class SimulatorForm(forms.Form):
    text = forms.CharField(
        label=_("Text from the phone"),
        max_length=60,
        widget=forms.TextInput(attrs=FIELD | {"placeholder": "PARAR"}),
    )
    country = forms.CharField(
        label=_("Country of the phone"),
        max_length=2,
        initial="US",
        help_text=_("Two letters"),
        widget=forms.TextInput(attrs=FIELD),
    )
    toll_free = forms.BooleanField(label=_("Sent to a toll-free number"), required=False)

    def __init__(self, *args: Any, profile: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["profile"] = ProfileField(self.data.get("profile") or profile, initial=profile)
        self.order_fields(["text", "country", "profile", "toll_free"])

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].strip().upper()
        if len(country) != 2 or not country.isascii() or not country.isalpha():
            raise ValidationError(_("Type two letters, such as US or MX."))
        return country
