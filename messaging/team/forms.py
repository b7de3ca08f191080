"""The form that names a colleague."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk.pages import LONGEST_REASON

from .people import MOST_MEANT, MOST_OFFERED, meant, name, who_may

COLLEAGUES = "colleagues"


class ColleagueForm(forms.Form):
    """Names a colleague among those who may have the work: by user name, by full name, or by a part of either."""

    to = forms.CharField(
        label=gettext_lazy("Colleague"),
        max_length=300,
        help_text=gettext_lazy("Type a name or a part of it. Only people who may change it can have it."),
        widget=forms.TextInput(attrs={"class": "desk-field", "list": COLLEAGUES, "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason (optional)"),
        max_length=LONGEST_REASON,
        required=False,
        help_text=gettext_lazy("Shown in the history."),
        widget=forms.TextInput(attrs={"class": "desk-field", "autocomplete": "off"}),
    )

    def __init__(self, among: "QuerySet[User]", *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.among = among

    def suggested(self) -> "QuerySet[User]":
        """Return the people whose names are offered; the others can be typed."""
        return self.among

    def offered(self) -> list[tuple[str, str]]:
        """Return user names and names for the list that opens while somebody types."""
        return [(user.get_username(), name(user)) for user in self.suggested()[:MOST_OFFERED]]

    def clean_to(self) -> User:
        typed = self.cleaned_data["to"]
        found = meant(typed, self.among)
        if not found:
            words = _("No active colleague called “%(typed)s” may have this. Check the name.")
            raise ValidationError(words % {"typed": typed[:80]})
        if len(found) > 1:
            names = ", ".join(user.get_username() for user in found[:MOST_MEANT])
            if len(found) > MOST_MEANT:
                words = _("More than %(n)s colleagues match “%(typed)s”. Type more of the name.")
                raise ValidationError(words % {"n": MOST_MEANT, "typed": typed[:80]})
            words = _("Several colleagues match “%(typed)s”: %(names)s. Type the one you mean.")
            raise ValidationError(words % {"typed": typed[:80], "names": names})
        return found[0]


class GiveForm(ColleagueForm):
    """Names the colleague who is to have one record, with what they should do.

    Not offered is who has it already; `can` narrows the offer to people with this permission.
    """

    def __init__(self, among: "QuerySet[User]", record: Any, can: str, *args: Any, **options: Any) -> None:
        super().__init__(among, *args, **options)
        self.holder, self.can = record.assigned_to_id, can
        self.fields["to"].help_text = _(
            "Type a name or a part of it. People who may change, submit or approve it can have it."
        )
        self.fields["reason"].label = _("What should they do? (optional)")
        self.fields["reason"].help_text = _(
            "They see it as a note and on the home page. It stays in the history."
        )

    def suggested(self) -> "QuerySet[User]":
        found = self.among.exclude(pk=self.holder) if self.holder else self.among
        return found.filter(pk__in=who_may(self.can).values("pk")) if self.can else found
