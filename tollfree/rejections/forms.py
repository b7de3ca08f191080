"""The form in which the team explains a reason."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultiple, UnfoldAdminRadioSelectWidget

from ..checks.sections import SENT_SECTIONS
from ..summary import label
from . import matching
from .models import RejectionReason
from .verdicts import Verdict

MOST_PHRASES = 60
LONGEST_PHRASE = 200
# The height of each text, in lines.
ROWS = {"phrases": 6, "meaning": 3, "advice": 4}


class ReasonForm(forms.ModelForm):
    class Meta:
        model = RejectionReason
        fields = (
            "title",
            "phrases",
            "meaning",
            "verdict",
            "blamed_fields",
            "advice",
            "source",
            "source_on",
            "is_active",
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, rows in ROWS.items():
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = rows
        if "blamed_fields" in self.fields:
            about = self.fields["blamed_fields"]
            self.fields["blamed_fields"] = forms.MultipleChoiceField(
                label=about.label,
                help_text=about.help_text,
                choices=[
                    (str(section.title), [(name, label(name)) for name in section.fields])
                    for section in SENT_SECTIONS
                ],
                required=False,
                widget=UnfoldAdminCheckboxSelectMultiple,
            )
        if "verdict" in self.fields:
            self.fields["verdict"] = forms.ChoiceField(
                label=self.fields["verdict"].label,
                choices=Verdict.choices,
                widget=UnfoldAdminRadioSelectWidget,
            )

    def clean_phrases(self) -> str:
        """Return one phrase per line, each with at least one word that tells something."""
        lines = [" ".join(line.split()) for line in self.cleaned_data["phrases"].splitlines() if line.strip()]
        if len(lines) > MOST_PHRASES:
            raise forms.ValidationError(
                _("These are %(n)s phrases; at most %(most)s fit.") % {"n": len(lines), "most": MOST_PHRASES}
            )
        for line in lines:
            if len(line) > LONGEST_PHRASE:
                raise forms.ValidationError(
                    _("“%(start)s…” is too long to be found again. Keep the few words that tell it apart.")
                    % {"start": line[:60]}
                )
            if not tells_something(line):
                raise forms.ValidationError(
                    _("“%(phrase)s” would be found in almost every reason. Add the words that tell it apart.")
                    % {"phrase": line}
                )
        return "\n".join(dict.fromkeys(lines))


# Words that are in almost every rejection.
EVERYWHERE = frozenset(
    matching.phrase(
        "business optin sms number website url missing invalid request rejected require not information"
    )
)


def tells_something(line: str) -> bool:
    """Return True unless a phrase has no word, or only one that is in almost every reason."""
    words = matching.phrase(line)
    return len(words) > 1 or bool(words - EVERYWHERE)
