"""Requests to Telnyx that somebody had tried again or canceled, many at once."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .many import ManyAsked


class OutboxAct(ManyAsked):
    """One time that somebody had many requests to Telnyx tried again or canceled, and why."""

    class Act(models.TextChoices):
        """What can be done with many at once. What needs proof for each request isn't here."""

        RETRY = "retry", _("Try now")
        CANCEL = "cancel", _("Cancel requests")

    form_token = models.CharField(max_length=64, unique=True)
    act = models.CharField(max_length=10, choices=Act)

    class Meta(ManyAsked.Meta):
        verbose_name = _("act on many requests")
        verbose_name_plural = _("acts on many requests")


class OutboxActRow(models.Model):
    """One request of such an act: what became of it, in words; nothing as long as it waits for its turn."""

    class Result(models.TextChoices):
        """What became of one request, or why it was left out."""

        DONE = "done", _("Done")
        DENIED = "denied", _("The person who asked may not request this at Telnyx.")
        ENDED = "ended", _("It had already ended.")
        SENDING = "sending", _("It was being sent at that moment.")
        BLOCKED = "blocked", _("Telnyx refuses our key. It is sent by itself once the key works again.")
        JUST_ASKED = "just_asked", _("It was just submitted, and can still be taken back.")
        UNCLEAR = "unclear", _("Telnyx may have it already, so someone decides about it on its own page.")
        FAILED = "failed", _("Something went wrong in this desk, so nothing was changed.")

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(OutboxAct, on_delete=models.CASCADE, related_name="rows")
    # No relation, as in Replay: it says what was done, whatever becomes of the request.
    entry_id = models.UUIDField()
    result = models.CharField(max_length=10, choices=Result, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("request of an act")
        verbose_name_plural = _("requests of an act")
        ordering = ["id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["of", "entry_id"], name="outboxact_entry_once"),
            models.CheckConstraint(
                condition=Q(result="", done_at=None) | Q(~Q(result=""), done_at__isnull=False),
                name="outboxact_done_has_a_time",
            ),
        ]
        indexes = [models.Index(fields=["id"], name="outboxact_waiting", condition=Q(result=""))]

    def __str__(self) -> str:
        return f"{self.of_id} {self.entry_id}"
