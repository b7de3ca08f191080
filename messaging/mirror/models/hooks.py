"""Whether webhooks can arrive: tests that the desk sends to its own address, and how many deliveries it turned away."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .fields import ClockedField


class WebhookTest(models.Model):
    """One test event that the desk sent to its own address for webhooks, and how far it came."""

    class Problem(models.TextChoices):
        """Why a test ended early."""

        NO_ADDRESS = "no_address", _("PUBLIC_URL is not set")
        BAD_ADDRESS = "bad_address", _("PUBLIC_URL is not a web address")
        NO_NAME = "no_name", _("The name was not found")
        NO_CONNECTION = "no_connection", _("No connection")
        NO_TLS = "no_tls", _("No secure connection")
        NO_ANSWER = "no_answer", _("No answer")
        REDIRECTED = "redirected", _("Redirected")
        REFUSED = "refused", _("Turned away")
        NOT_FOUND = "not_found", _("Nothing there")
        NO_KEY = "unavailable", _("Not available")
        OTHER = "other", _("Another answer")
        ELSEWHERE = "elsewhere", _("Answered by something else")
        NOT_STORED = "not_stored", _("Not stored")
        INTERRUPTED = "interrupted", _("Interrupted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    requested_at = ClockedField(_("requested"), auto_now_add=True)
    # The only key that may sign this test, and until when. It is emptied by its first use and when the test ends.
    public_key = models.CharField(max_length=44, blank=True)
    key_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    problem = models.CharField(_("problem"), max_length=20, choices=Problem, blank=True)
    status = models.PositiveSmallIntegerField(_("answer"), null=True)
    connect_ms = models.PositiveIntegerField(null=True)
    answer_ms = models.PositiveIntegerField(null=True)
    # When the view found the signature good, had stored the event, and when the worker took it from there.
    signed_at = models.DateTimeField(null=True)
    stored_at = models.DateTimeField(null=True)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("webhook test")
        verbose_name_plural = _("webhook tests")
        ordering = ["-requested_at"]
        default_permissions = ()
        permissions = [("send_webhooktest", _("Can send a test webhook to this desk"))]
        indexes = [
            models.Index(
                fields=["requested_at"], name="webhook_test_open", condition=models.Q(ended_at=None)
            ),
            models.Index(fields=["requested_at"], name="webhook_test_at"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RefusedWebhooks(models.Model):
    """How many deliveries were turned away for one cause within ten minutes. Nothing of a delivery is kept."""

    class Cause(models.TextChoices):
        """Why a delivery was turned away."""

        WRONG_SIGNATURE = "wrong_signature", _("Signed with a key we don't trust, or changed on the way")
        NO_SIGNATURE = "no_signature", _("No signature")
        UNREADABLE = "unreadable", _("A signature that can't be read")
        WRONG_TIME = "wrong_time", _("Signed too long ago, or in the future")
        NO_KEY = "no_key", _("We had no key to check it with")
        NOT_STORED = "not_stored", _("We couldn't store it")
        NO_LENGTH = "no_length", _("No length given")
        TOO_LARGE = "too_large", _("Too large")
        OLD_TEST = "old_test", _("A test of our own that was used before, changed or too old")

    id = models.BigAutoField(primary_key=True)
    slot = models.DateTimeField()
    cause = models.CharField(max_length=20, choices=Cause)
    count = models.PositiveBigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("webhooks turned away")
        verbose_name_plural = _("webhooks turned away")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["slot", "cause"], name="refused_once_a_slot")]

    def __str__(self) -> str:
        return f"{self.cause} {self.count}"
