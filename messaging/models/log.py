"""What people do with the message log: saved searches, views of masked content, questions to Telnyx."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock
from messaging.mirror.models.fields import ClockedField
from messaging.mirror.wording import when

from ..log.choices import TermKind


class LogSearch(models.Model):
    """What someone searches for in the log. Its random id goes into the URL, so that no number or word has to.

    With a name it is kept for its owner, or for everyone if shared; without one it is deleted after a while.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("created by"), on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    is_shared = models.BooleanField(_("for everyone"), default=False)
    term = models.CharField(_("search term"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=TermKind, blank=True)
    # What the term means: addresses or an id; empty for words.
    meant = models.JSONField(default=list)
    filters = models.JSONField(_("filters"), default=dict)
    made_at = ClockedField(_("created"), auto_now_add=True)
    # Accurate to the hour.
    used_at = models.DateTimeField(_("last used"), db_default=Now())

    class Meta:
        verbose_name = _("log search")
        verbose_name_plural = _("log searches")
        ordering = ["name", "made_at"]
        default_permissions = ("add",)
        permissions = [("remove_logsearch", _("Can remove shared searches of others"))]
        indexes = [
            models.Index(fields=["owner", "-made_at"], name="logsearch_owner"),
            models.Index(fields=["owner", "name"], name="logsearch_named", condition=~models.Q(name="")),
            models.Index(
                fields=["-used_at", "id"], name="logsearch_shared", condition=models.Q(is_shared=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)


class DefaultSearch(models.Model):
    """The search that a person's log opens with."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    search = models.ForeignKey(LogSearch, on_delete=models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.search_id)


class Reveal(models.Model):
    """Someone opened a masked message, and why. Rows are only added, and outlive the message.

    Only retention deletes them, years later.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+"
    )
    message_id = models.BigIntegerField(_("message"))
    remote_id = models.UUIDField(_("Telnyx ID"))
    is_conversation = models.BooleanField(_("the whole conversation"), default=False)
    # Which of its files was viewed while the message was open; such a view opens nothing by itself.
    file = models.PositiveSmallIntegerField(_("file"), null=True)
    # Empty where nobody was asked: for a file, and for the number alone, which a reply shows.
    reason = models.CharField(_("why"), max_length=300, blank=True)
    at = models.DateTimeField(_("when"), default=clock.now)

    class Meta:
        verbose_name = _("message view")
        verbose_name_plural = _("message views")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["user", "-at"], name="reveal_user"),
            models.Index(fields=["at"], name="reveal_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {when(self.at)}"

    def is_of_number(self) -> bool:
        """Return True if only the number was shown, to somebody who replied."""
        return self.file is None and not self.reason and not self.is_conversation


class MessageQuestion(models.Model):
    """Someone asked what Telnyx says about one message. A worker asks, and the answer goes into the log."""

    class State(models.TextChoices):
        ASKED = "asked", _("Checking")
        ANSWERED = "answered", _("Answered")
        UNKNOWN = "unknown", _("Telnyx has no such message")
        FAILED = "failed", _("No answer")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    remote_id = models.UUIDField(_("Telnyx ID"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    asked_at = ClockedField(_("requested"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = ClockedField(auto_now_add=True)
    ended_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name = _("question about a message")
        verbose_name_plural = _("questions about messages")
        ordering = ["-asked_at"]
        default_permissions = ("add",)
        constraints = [
            models.UniqueConstraint(
                fields=["remote_id"], name="one_open_question", condition=models.Q(state="asked")
            )
        ]
        indexes = [
            models.Index(fields=["next_at"], name="question_due", condition=models.Q(state="asked")),
            models.Index(fields=["remote_id", "-asked_at"], name="question_about"),
        ]

    def __str__(self) -> str:
        return str(self.remote_id)

    def is_open(self) -> bool:
        return self.state == self.State.ASKED
