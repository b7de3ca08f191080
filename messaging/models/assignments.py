"""Numbers of the account that were put on a profile from here, and what Telnyx said about each."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models import OutboxEntry


def texts(value: Any) -> list[str]:
    """Return the strings in a list; everything else is left out."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


class NumberAssignment(models.Model):
    """One request to put numbers on a profile: where each was before, and Telnyx's result for each."""

    class Result(models.TextChoices):
        """The lists of Telnyx's answer."""

        SUCCESS = "success", _("On this profile")
        PENDING = "pending", _("Telnyx is still working on it")
        FAILED = "failed", _("Telnyx could not do it")

    entry = models.OneToOneField(OutboxEntry, primary_key=True, on_delete=models.CASCADE, related_name="+")
    profile = models.ForeignKey(
        "messaging.MessagingProfile", on_delete=models.CASCADE, related_name="assignments"
    )
    # Each phone number with the Telnyx id of the profile that listed it before, "" for none that we know.
    numbers = models.JSONField(_("numbers"), default=dict)
    order_id = models.CharField(max_length=100, blank=True)
    results = models.JSONField(_("results"), default=dict)
    results_as_of = models.DateTimeField(_("as of"), null=True)

    class Meta:
        verbose_name = _("assignment of numbers")
        verbose_name_plural = _("assignments of numbers")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)

    def take(self, answer: Any, as_of: datetime) -> None:
        """Keep what Telnyx says about each of our numbers, unless something newer is known."""
        if not isinstance(answer, dict) or (self.results_as_of and as_of < self.results_as_of):
            return
        if isinstance(answer.get("order_id"), str):
            self.order_id = answer["order_id"][:100]
        self.results = {
            number: str(result)
            for result in self.Result
            for number in texts(answer.get(str(result)))
            if number in self.numbers
        }
        self.results_as_of = as_of
        self.save(update_fields=["order_id", "results", "results_as_of"])
