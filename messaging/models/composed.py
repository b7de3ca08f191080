"""Messages that people compose here. What happened to them at Telnyx is in the message log."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.log.choices import Status
from messaging.mirror import clock
from messaging.mirror.models import Fact
from messaging.mirror.records.wire import Wire
from messaging.mirror.wording import when
from messaging.sending import operations
from messaging.sending.choices import (
    LAST_CANCEL,
    LONGEST_SUBJECT,
    WAYS,
    Content,
    Encoding,
    Kind,
)
from messaging.sending.events import Events
from messaging.telnyx.client import Client, path
from messaging.telnyx.errors import NotFound
from messaging.validators import mask_number

from .saved_texts import SavedText
from .sent import OTHERS, SentMessage, not_listed


class ComposedMessage(SentMessage):
    """One message as a person wrote it, with the promise to send it; there are no drafts."""

    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    sender = models.CharField(_("sender"), max_length=40, blank=True)
    recipients = models.JSONField(_("recipients"), default=list)
    text = models.TextField(_("text"), blank=True)
    subject = models.CharField(_("subject"), max_length=LONGEST_SUBJECT, blank=True)
    media_urls = models.JSONField(_("media"), default=list, blank=True)
    as_mms = models.BooleanField(_("sent as MMS without a picture"), default=False)
    send_at = models.DateTimeField(_("send at"), null=True, blank=True)
    encoding = models.CharField(_("encoding"), max_length=4, choices=Encoding, default=Encoding.AUTO)
    auto_detect = models.BooleanField(_("refuse a text with too many parts"), default=False)
    events = models.CharField(
        _("Telnyx reports to"), max_length=10, choices=Events, default=Events.DESK, blank=True
    )
    # Telnyx's `whatsapp_message`, as it is sent.
    whatsapp: Any = models.JSONField(_("WhatsApp message"), default=dict, blank=True)
    # The text is exactly this saved one, filled in.
    saved_text = models.ForeignKey(
        SavedText,
        verbose_name=_("saved text"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    # What its placeholders are filled in with, until the message is promised; not stored.
    values: dict[str, str] | None = None

    wire = Wire(
        operations.BASE,
        pages=not_listed,
        status="",  # each recipient has its own
        sender="from",
        recipients="to",
        messaging_profile="messaging_profile_id",
        text="text",
        subject="subject",
        media_urls="media_urls",
        send_at="send_at",
        encoding="encoding",
        auto_detect="auto_detect",
        whatsapp="whatsapp_message",
    )
    operations = operations.OF_MESSAGE

    class Meta(SentMessage.Meta):
        verbose_name = _("message sent from here")
        verbose_name_plural = _("messages sent from here")
        ordering = ["-created_at"]
        default_permissions = ("view",)
        permissions = [
            ("send_composedmessage", _("Can send messages")),
            ("send_test_composedmessage", _("Can send test messages")),
            ("cancel_composedmessage", _("Can cancel a scheduled message")),
            ("write_free_text", _("Can write messages freely, not only from saved texts")),
        ]
        indexes = [
            *SentMessage.Meta.indexes,
            models.Index(fields=["-created_at"], name="composed_newest"),
            models.Index(
                fields=["-created_at"], name="composed_whatsapp", condition=models.Q(kind=Kind.WHATSAPP)
            ),
            models.Index(
                fields=["send_at"], name="composed_scheduled", condition=models.Q(send_at__isnull=False)
            ),
            models.Index(
                fields=["saved_text", "-created_at"],
                name="composed_saved_text",
                condition=models.Q(saved_text__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({when(self.created_at)})"

    @classmethod
    def to_number(cls, number: str) -> models.Q:
        return models.Q(recipients__contains=[number])

    @classmethod
    def to_ending(cls, ending: str) -> models.Q:
        return models.Q(recipients__icontains=f'{ending}"')

    def to_masked(self) -> str:
        first, *others = self.recipients or [""]
        number = mask_number(first)
        return (
            gettext("%(number)s and %(n)s more") % {"number": number, "n": len(others)} if others else number
        )

    def is_forgotten(self) -> bool:
        return not (self.text or self.media_urls or self.whatsapp or self.subject)

    @property
    def content(self) -> str:
        """Return whether a WhatsApp message is an approved template or anything else; "" for other kinds."""
        if self.kind != Kind.WHATSAPP:
            return ""
        return Content.TEMPLATE if self.whatsapp.get("type") == Content.TEMPLATE else Content.TEXT

    def how_many(self) -> int:
        return len(self.recipients)

    def create_operation(self) -> str:
        return WAYS[self.kind].operation

    def fetch(self, client: Client) -> tuple[dict[str, Any], Sequence[Fact] | None]:
        record, facts = super().fetch(client)
        if self.kind == Kind.GROUP and isinstance(record, dict):
            with suppress(NotFound):  # Telnyx may know the message but not its group yet
                record = record | {OTHERS: client.get(path(operations.GROUP, id=self.remote_id)).body}
        return record, facts

    def schedule_poll(self) -> None:
        super().schedule_poll()
        if self.next_poll_at and self.send_at and self.send_at > clock.now():
            self.next_poll_at = max(self.next_poll_at, self.send_at + timedelta(minutes=1))

    def is_scheduled(self) -> bool:
        """Return True if, as far as we know, Telnyx is holding it until its time comes."""
        waits = bool(self.remote_id and self.send_at and self.send_at > clock.now())
        return waits and all(row.status in ("", Status.SCHEDULED) for row in self.log())

    def can_cancel(self) -> bool:
        """Return True if Telnyx would still cancel it: it is scheduled, with more than a minute left."""
        return self.is_scheduled() and bool(self.send_at and self.send_at - clock.now() > LAST_CANCEL)
