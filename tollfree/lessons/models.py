"""What came of our requests, in rows that can be counted: Telnyx's final answers, and what became of our warnings."""

from django.db import models

from messaging.mirror.models import OutboxEntry


class Answer(models.Model):
    """One time that Telnyx approved or rejected a request. `learn` alone writes these rows, from the history.

    They hold no words of people, so they stay, and keep the figures true, when the retention empties the request.
    """

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(
        "tollfree.VerificationRequest", models.CASCADE, related_name="answers", editable=False
    )
    # The version that was answered; none if it was sent in Telnyx's portal.
    entry = models.ForeignKey(OutboxEntry, models.SET_NULL, null=True, related_name="answers", editable=False)
    at = models.DateTimeField()
    is_approved = models.BooleanField()
    is_first = models.BooleanField()
    is_last = models.BooleanField()
    # When the request was first sent from this desk; none if it was made in Telnyx's portal.
    sent_at = models.DateTimeField(null=True)
    use_case = models.TextField(blank=True)
    # Of a rejection: the codes of the reasons that explain it (RejectionReason.code), UNKNOWN or NONE.
    reasons = models.JSONField(default=list)
    # How many facts the history of the request had, and which reasons were in use: if either differs, it is due.
    facts = models.PositiveIntegerField()
    explained_with = models.CharField(max_length=64)

    UNKNOWN, NONE = "unknown", "none"

    class Meta:
        ordering = ["-at", "-id"]
        default_permissions = ()
        indexes = [models.Index(fields=["-at"], name="answer_newest")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.at}"


class RuleHistory(models.Model):
    """What became of the last versions that we sent although a rule warned about this field; rewritten by `learn`."""

    rule = models.CharField(max_length=80)
    field = models.CharField(max_length=60)
    # Versions with a final answer, and those of them that were rejected for a reason about this field.
    answered = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["rule", "field"], name="rule_history_once")]

    def __str__(self) -> str:
        return f"{self.rule} {self.field}"
