"""What the desk knows about the reasons for which requests are rejected."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models.fields import ClockedField

from .phrases import BY_KEY
from .verdicts import Verdict


class RejectionReason(models.Model):
    """One reason: the phrases by which it is recognized, what it means, and what to do.

    A row with a key is built in: `loading` keeps it up to date until the team edits it. Other rows are the team's.
    """

    key = models.SlugField(null=True, unique=True, editable=False)
    title = models.CharField(
        _("Reason in a few words"),
        max_length=120,
        help_text=_("What people see first, such as “Registration number missing or wrong”."),
    )
    phrases = models.TextField(
        _("Phrases"),
        help_text=_(
            "One per line. A phrase is found if all its words are in one sentence of Telnyx's reason, in any order. "
            "Capitals, punctuation, plurals and small typing errors don't matter, so leave out words like “the”. "
            "Shorter phrases find more."
        ),
    )
    meaning = models.TextField(
        _("What it means"), help_text=_("In plain words, for someone who has never seen this rejection.")
    )
    blamed_fields = models.JSONField(
        _("Fields it is about"),
        default=list,
        blank=True,
        help_text=_("They are marked in the form, with a link to each. None, if no field can fix it."),
    )
    verdict = models.CharField(_("What to do"), max_length=10, choices=Verdict)
    advice = models.TextField(
        _("Advice"), help_text=_("Exactly what to change, or what to write to Telnyx, step by step.")
    )
    source = models.CharField(
        _("Where this is from"),
        max_length=300,
        blank=True,
        help_text=_("A page of Telnyx, an email from its support, or your own experience."),
    )
    source_on = models.DateField(_("As of"), null=True, blank=True)
    is_active = models.BooleanField(
        _("In use"), default=True, help_text=_("Turn off a reason that explains the wrong rejections.")
    )
    is_edited = models.BooleanField(default=False, editable=False)
    changed_at = ClockedField(_("changed"), auto_now=True)

    class Meta:
        app_label = "tollfree"
        verbose_name = _("rejection reason")
        verbose_name_plural = _("rejection reasons")
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.said("title")

    @property
    def code(self) -> str:
        """Return what names this reason where none of its words are kept."""
        return self.key or f"own-{self.pk}"

    def said(self, name: str) -> str:
        """Return a text of this reason; one that came with the desk is in the reader's language."""
        built_in = None if self.is_edited else BY_KEY.get(self.key or "")
        return str(getattr(built_in or self, name))

    def lines(self) -> Sequence[str]:
        """Return the phrases."""
        return [line.strip() for line in self.phrases.splitlines() if line.strip()]
