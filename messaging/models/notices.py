"""Who was told what: a notice per person and event, a row for each time it is sent, and how a person wants it."""

import uuid

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models.fields import ClockedField

EMAIL = "email"


class Notice(models.Model):
    """One event that one person is told about, once. Its words are made when it is shown: none are kept here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=30)
    # What happened, the same for everyone who is told of it.
    event = models.CharField(max_length=200)
    resource_type = models.ForeignKey(ContentType, null=True, on_delete=models.CASCADE, related_name="+")
    resource_id = models.CharField(max_length=64, blank=True)
    # The time that it speaks of: when something is due, or since when it is so.
    at = models.DateTimeField(null=True)
    created_at = ClockedField(auto_now_add=True)
    is_in_desk = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True)
    # When it was no longer so, if its person hadn't read it by then: it counts as read from then on.
    over_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    # When it is sent again unless it was acknowledged, and how often that was done.
    repeat_at = models.DateTimeField(null=True)
    repeats = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        default_permissions = ()
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "event"], name="one_notice")]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notice_newest"),
            models.Index(
                fields=["user"], name="notice_unread", condition=Q(read_at__isnull=True, is_in_desk=True)
            ),
            models.Index(fields=["event"], name="notice_event"),
            models.Index(fields=["repeat_at"], name="notice_repeat", condition=Q(repeat_at__isnull=False)),
            models.Index(fields=["created_at"], name="notice_oldest"),
        ]

    def __str__(self) -> str:
        return self.kind


class NoticeSending(models.Model):
    """One notice on its way out of the desk: by email to its person, or once for all into a room of a chat.

    Those that leave together have one `batch`, which is in the Message-ID of their email.
    """

    class State(models.TextChoices):
        """A row is claimed first, and "sending" only from when it is handed over: in between nothing has left."""

        DUE = "due", _("Waiting to be sent")
        CLAIMED = "claimed", _("About to be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent")
        UNKNOWN = "unknown", _("May or may not have been sent")
        SKIPPED = "skipped", _("Not needed anymore")

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="sendings")
    channel = models.CharField(max_length=40)
    # The notice's, so that a room reads of it once, however many people chose that.
    event = models.CharField(max_length=200)
    round = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    due_at = models.DateTimeField()
    batch = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("sending of a notice")
        verbose_name_plural = _("sendings of notices")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel", "round"], name="one_sending"),
            models.UniqueConstraint(
                fields=["channel", "event", "round"],
                name="one_sending_to_a_room",
                condition=~Q(channel=EMAIL),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="sending_due", condition=Q(state="due")),
            models.Index(
                fields=["claimed_at"], name="sending_left", condition=Q(state__in=["claimed", "sending"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class NoticeSettings(models.Model):
    """How one person wants to be told; without a row, as the kinds say."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    zone = models.CharField(max_length=64, blank=True)
    # Hours of the day in that zone.
    quiet_from = models.PositiveSmallIntegerField(null=True)
    quiet_until = models.PositiveSmallIntegerField(null=True)
    digest_at = models.PositiveSmallIntegerField(default=8)
    # By kind: whether in the desk, how by email, and in which rooms.
    choices = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("notification settings")
        verbose_name_plural = _("notification settings")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user_id)
