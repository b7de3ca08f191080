"""The field that asks whether a message is a test: nothing becomes one because nobody chose."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .choices import Purpose


class PurposeField(forms.ChoiceField):
    """Offers what a person may send. Of several, none is chosen for them."""

    default_error_messages = {
        "required": gettext_lazy("Choose whether this is a test or goes to a customer."),
    }

    def __init__(self, **options: object) -> None:
        super().__init__(label=gettext_lazy("Purpose"), **options)  # type: ignore[arg-type]

    def offer(self, allowed: Sequence[str]) -> None:
        """Offer what is allowed, and say so if that is only one."""
        found = [choice for choice in Purpose.choices if choice[0] in allowed]
        self.choices = found if len(found) == 1 else [("", _("Choose")), *found]
        self.help_text = only_tests(allowed) or _(
            "A test is marked in every list here; the recipient sees no difference."
        )


def only_tests(allowed: Sequence[str]) -> str:
    """Return what to tell somebody who may send tests and nothing else; "" for everybody else."""
    if list(allowed) != [Purpose.TEST]:
        return ""
    return _("You can only send tests. Ask an operator to write to customers.")
