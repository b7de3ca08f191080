"""What to do after a rejection: four verdicts, from the mildest to the hardest."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror.wording import Words


class Verdict(models.TextChoices):
    RESUBMIT = "resubmit", _("Correct and resubmit")
    WEBSITE = "website", _("Fix the website first")
    WRITE = "write", _("Write to Telnyx")
    CANNOT = "cannot", _("Cannot be approved")


# Of several reasons, the hardest verdict counts.
ORDER = list(Verdict)

# What a verdict means for the person who reads it.
NEXT: dict[str, Words] = {
    Verdict.RESUBMIT: _("Correct the marked fields, then submit again."),
    Verdict.WEBSITE: _(
        "Have the website changed before you submit again. Reviewers open it, and reject the request again if it "
        "still shows what they objected to."
    ),
    Verdict.WRITE: _(
        "Don't submit again yet. Write to Telnyx, send what it needs, and wait for the answer: submitting again "
        "unchanged is rejected again."
    ),
    Verdict.CANNOT: _(
        "Telnyx and the carriers don't allow this on toll-free numbers. Correcting the request doesn't help unless "
        "the business stops what they objected to."
    ),
}

# What a person confirms who submits anyway, and how it is kept in the history.
CONFIRM: dict[str, Words] = {
    Verdict.WEBSITE: _(
        "The advice is to fix the website first. I have checked that what Telnyx objected to is fixed there."
    ),
    Verdict.WRITE: _("The advice is to write to Telnyx first. Submit it anyway."),
    Verdict.CANNOT: _("The advice is that this cannot be approved. Submit it anyway."),
}
ON_RECORD: dict[str, Words] = {
    Verdict.WEBSITE: _(
        "Confirmed that what Telnyx objected to is fixed on the website, before submitting again."
    ),
    Verdict.WRITE: _("Submitted again against the advice to write to Telnyx first."),
    Verdict.CANNOT: _("Submitted again against the advice that this cannot be approved."),
}


def hardest(verdicts: list[str]) -> str:
    """Return the verdict that counts, or "" if there is none."""
    return max(verdicts, key=ORDER.index, default="")  # type: ignore[arg-type]
