"""Messages that people composed here. What became of them at Telnyx stands in the message log."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.log import reading, store
from messaging.log.choices import FINAL_RANK, RANKS, Status
from messaging.mirror.models import Fact, TelnyxResource
from messaging.mirror.wire import Wire, storable
from messaging.sending import operations
from messaging.sending.choices import (
    LAST_CANCEL,
    LONGEST_SUBJECT,
    READABLE,
    WAYS,
    Content,
    Encoding,
    Kind,
    Purpose,
)
from messaging.telnyx.client import Client, path
from messaging.telnyx.errors import NotFound
from messaging.validators import display_number

from .messages import Message
from .profiles import MessagingProfile

# Under this name the other messages of a group stand in what `fetch` returns.
OTHERS = "group_messages"


def not_listed(client: Client, path: str, params: Any = ()) -> Any:
    """Yield nothing: Telnyx lists no messages (contract 1.5)."""
    return iter(())


class ComposedMessage(TelnyxResource):
    """One message as a person wrote it, with the promise to send it; there are no drafts."""

    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    messaging_profile = models.ForeignKey(
        MessagingProfile,
        verbose_name=_("messaging profile"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    sender = models.CharField(_("sender"), max_length=40, blank=True)
    recipients = models.JSONField(_("recipients"), default=list)
    recipient_count = models.PositiveSmallIntegerField(default=1, editable=False)
    text = models.TextField(_("text"), blank=True)
    subject = models.CharField(_("subject"), max_length=LONGEST_SUBJECT, blank=True)
    media_urls = models.JSONField(_("media"), default=list, blank=True)
    send_at = models.DateTimeField(_("send at"), null=True, blank=True)
    encoding = models.CharField(_("encoding"), max_length=4, choices=Encoding, default=Encoding.AUTO)
    auto_detect = models.BooleanField(_("refuse a text of too many parts"), default=False)
    content = models.CharField(_("content"), max_length=10, choices=Content, blank=True)
    template = models.CharField(_("template"), max_length=512, blank=True)
    template_language = models.CharField(_("language of the template"), max_length=20, blank=True)
    template_values = models.JSONField(_("values for the template"), default=list, blank=True)
    again_of = models.ForeignKey(
        "self",
        verbose_name=_("sent again for"),
        null=True,
        on_delete=models.PROTECT,
        related_name="sent_again",
    )

    wire = Wire(
        operations.BASE,
        pages=not_listed,
        status="",  # it lives with each recipient
        sender="from",
        recipients="to",
        messaging_profile="messaging_profile_id",
        text="text",
        subject="subject",
        media_urls="media_urls",
        send_at="send_at",
        encoding="encoding",
        auto_detect="auto_detect",
        content="whatsapp_message",
    )
    operations = operations.OF_MESSAGE
    is_listed = False
    known_statuses = Status.values
    final_statuses = tuple(status for status, rank in RANKS.items() if rank >= FINAL_RANK)

    class Meta(TelnyxResource.Meta):
        verbose_name = _("message sent from here")
        verbose_name_plural = _("messages sent from here")
        ordering = ["-created_at"]
        default_permissions = ("view",)
        permissions = [
            ("send_composedmessage", _("Can send messages")),
            ("send_test_composedmessage", _("Can send test messages")),
            ("cancel_composedmessage", _("Can cancel a scheduled message")),
            # In no group: what others sent is opened in the log, with a reason and on record.
            ("read_composedmessage", _("Can read messages that others sent from here")),
        ]
        indexes = [
            *TelnyxResource.Meta.indexes,
            models.Index(fields=["-created_at"], name="composed_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.created_at:%Y-%m-%d %H:%M})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.recipient_count = len(self.recipients)
        super().save(*args, **kwargs)

    def create_operation(self) -> str:
        return WAYS[self.kind].operation

    def apply(
        self, record: Mapping[str, Any], *, source: str, as_of: datetime, facts: Sequence[Fact] | None = None
    ) -> None:
        """Write what Telnyx says, into the log too."""
        others = [told for told in record.get(OTHERS) or [] if isinstance(told, Mapping)]
        told = [one for one in (record, *others) if one.get("to")]
        with transaction.atomic():
            store.merge([row for one in told for row in reading.rows(storable(one), at=as_of, source=source)])
            # The answer to a cancellation holds only some members; the others still hold.
            super().apply({**self.remote_data, **record}, source=source, as_of=as_of, facts=facts)

    def facts_in(self, record: Mapping[str, Any], as_of: datetime) -> list[Fact]:
        """Return the status of the recipient who is least far, when that is news."""
        told = sorted(operations.statuses(record), key=lambda status: RANKS.get(status, 0))
        return [Fact(told[0], as_of)] if told and told[0] != self.remote_status else []

    def fetch(self, client: Client) -> tuple[dict[str, Any], Sequence[Fact] | None]:
        record, facts = super().fetch(client)
        if self.kind == Kind.GROUP and isinstance(record, dict):
            with suppress(NotFound):  # Telnyx may know the message and not yet its group
                record = record | {OTHERS: client.get(path(operations.GROUP, id=self.remote_id)).body}
        return record, facts

    def gone(self, at: datetime) -> None:
        """Stop asking: Telnyx shows a message for ten days only, so that it is not shown says nothing."""
        type(self)._base_manager.filter(pk=self.pk).update(next_poll_at=None)

    def schedule_poll(self) -> None:
        super().schedule_poll()
        if self.next_poll_at and timezone.now() - self.created_at > READABLE:
            self.next_poll_at = None
        elif self.next_poll_at and self.send_at and self.send_at > timezone.now():
            self.next_poll_at = max(self.next_poll_at, self.send_at + timedelta(minutes=1))

    def log(self) -> list[Message]:
        """Return what the message log holds of it, a row for each recipient."""
        id = reading.uuid(self.remote_id)
        return list(Message.objects.filter(remote_id=id).order_by("their_address")) if id else []

    def is_final(self) -> bool:
        rows = self.log()
        return super().is_final() or bool(rows and all(row.is_final() for row in rows))

    def is_scheduled(self) -> bool:
        """Say whether, for all we know, it waits at Telnyx for its time."""
        waits = bool(self.remote_id and self.send_at and self.send_at > timezone.now())
        return waits and all(row.status in ("", Status.SCHEDULED) for row in self.log())

    def can_cancel(self) -> bool:
        """Say whether Telnyx would still take it back: scheduled, and more than a minute left."""
        return self.is_scheduled() and bool(self.send_at and self.send_at - timezone.now() > LAST_CANCEL)

    def recipients_shown(self) -> str:
        return ", ".join(display_number(number) for number in self.recipients)
