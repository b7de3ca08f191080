"""The log of our calls to Telnyx, for engineers."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock, sealing

# From here on a call counts as slow, in milliseconds.
SLOW = 2000


class ApiCall(models.Model):
    """One exchange with Telnyx that has ended, with everything personal masked before it was stored.

    No constraint ties it to its entry or its person: checking one could wait for a lock, and no call waits for its log.
    """

    class Purpose(models.TextChoices):
        """What a call was for."""

        SEND = "send", _("Send a request")
        CHECK = "check", _("Check a request")
        POLL = "poll", _("Follow a record")
        LISTS = "lists", _("Read lists")
        IMPORT = "import", _("Import from Telnyx")
        WEBHOOKS = "webhooks", _("Look for lost webhooks")
        PROBE = "probe", _("Test the API key")
        PERSON = "person", _("Somebody asked")
        OTHER = "other", _("Other work of the desk")

    class Answered(models.IntegerChoices):
        """The class of the HTTP status."""

        NOTHING = 0, _("No answer")
        DONE = 2, _("2xx: done")
        ELSEWHERE = 3, _("3xx: sent elsewhere")
        REFUSED = 4, _("4xx: refused")
        FAILED = 5, _("5xx: failed at Telnyx")

    at = models.DateTimeField(_("when"), default=clock.now)
    method = models.CharField(_("method"), max_length=10)
    # With the query; personal values are masked.
    path = models.CharField(_("path"), max_length=1000)
    content_type = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    entry = models.ForeignKey(
        "mirror.OutboxEntry",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    # The task, page or command that made it.
    source = models.CharField(_("made by"), max_length=120, blank=True)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    answered = models.PositiveSmallIntegerField(_("answer"), choices=Answered)
    milliseconds = models.PositiveIntegerField(_("ms"))
    request_id = models.CharField(_("Telnyx request ID"), max_length=100, blank=True)
    codes = models.CharField(_("codes"), max_length=100, blank=True)
    error = models.CharField(_("error"), max_length=60, blank=True)
    # How long the bodies were, and what is left of them: masked, cut short, sealed.
    request_size = models.PositiveIntegerField(default=0)
    answer_size = models.PositiveIntegerField(default=0)
    request_body = models.BinaryField(default=b"")
    answer_body = models.BinaryField(default=b"")
    # One of our keys was in a body, so neither was kept.
    held_key = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("API call")
        verbose_name_plural = _("API calls")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["at"], name="apicall_at"),
            models.Index(fields=["purpose", "-id"], name="apicall_purpose"),
            models.Index(fields=["answered", "-id"], name="apicall_answered"),
            models.Index(fields=["method", "-id"], name="apicall_method"),
            models.Index(fields=["-id"], name="apicall_slow", condition=models.Q(milliseconds__gte=SLOW)),
            models.Index(
                fields=["entry", "-id"], name="apicall_entry", condition=models.Q(entry__isnull=False)
            ),
            models.Index(fields=["request_id"], name="apicall_request", condition=~models.Q(request_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def opened(self, name: str) -> str:
        """Return what is left of a body, "request_body" or "answer_body". Raises sealing.Unreadable."""
        sealed: Any = getattr(self, name)
        return sealing.unseal(bytes(sealed)).decode() if sealed else ""
