"""What all messages sent from here have in common, whatever their kind: promised once, and followed by their id."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from messaging.log import parsing, store
from messaging.log.choices import FINAL_RANK, RANKS, Status
from messaging.mirror import clock
from messaging.mirror.models import Fact, TelnyxResource
from messaging.mirror.records.wire import storable
from messaging.sending import operations
from messaging.sending.choices import READABLE, Purpose
from messaging.telnyx.client import Client

from .messages import Message
from .profiles import MessagingProfile

# The name under which `fetch` returns the other messages of a group.
OTHERS = "group_messages"


def not_listed(client: Client, path: str, params: Any = ()) -> Any:
    """Yield nothing: Telnyx lists no messages (docs/telnyx.md, T5.3)."""
    return iter(())


class SentMessage(TelnyxResource):
    """One message as a person wrote it, with the promise to send it; there are no drafts.

    All kinds count toward the same daily limits, and a webhook to the callback URL of one settles its promise.
    """

    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    messaging_profile = models.ForeignKey(
        MessagingProfile,
        verbose_name=_("messaging profile"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    recipient_count = models.PositiveSmallIntegerField(default=1, editable=False)
    again_of = models.ForeignKey(
        "self",
        verbose_name=_("resend of"),
        null=True,
        on_delete=models.PROTECT,
        related_name="sent_again",
    )

    is_listed = False
    known_statuses = Status.values
    final_statuses = tuple(status for status, rank in RANKS.items() if rank >= FINAL_RANK)

    class Meta(TelnyxResource.Meta):
        abstract = True

    @classmethod
    def kinds(cls) -> list[type["SentMessage"]]:
        """Return the models of all kinds of messages that are sent from here."""
        return [model for model in apps.get_models() if issubclass(model, cls)]

    @classmethod
    def to_number(cls, number: str) -> models.Q:
        """Return the messages to one number."""
        raise NotImplementedError

    @classmethod
    def to_ending(cls, ending: str) -> models.Q:
        """Return the messages to numbers with these last digits. No index knows them."""
        raise NotImplementedError

    def to_masked(self) -> str:
        """Return whom it goes to, for lists."""
        raise NotImplementedError

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.recipient_count = self.how_many()
        super().save(*args, **kwargs)

    def is_forgotten(self) -> bool:
        """Return True if retention deleted its content: no message is sent without any."""
        raise NotImplementedError

    def how_many(self) -> int:
        """Return how many people it goes to."""
        return 1

    def create_operation(self) -> str:
        return "create"

    def apply(
        self, record: Mapping[str, Any], *, source: str, as_of: datetime, facts: Sequence[Fact] | None = None
    ) -> None:
        """Write what Telnyx says, to the log too."""
        others = [told for told in record.get(OTHERS) or [] if isinstance(told, Mapping)]
        told = [one for one in (record, *others) if one.get("to")]
        with transaction.atomic(savepoint=False):
            store.merge([row for one in told for row in parsing.rows(storable(one), at=as_of, source=source)])
            # The answer to a cancellation contains only some members; our values for the others still hold.
            super().apply({**self.remote_data, **record}, source=source, as_of=as_of, facts=facts)

    def facts_in(self, record: Mapping[str, Any], as_of: datetime) -> list[Fact]:
        """Return the status of the recipient that is furthest behind, if it is new."""
        told = sorted(operations.statuses(record), key=lambda status: RANKS.get(status, 0))
        return [Fact(told[0], as_of)] if told and told[0] != self.remote_status else []

    def gone(self, at: datetime) -> None:
        """Stop asking: Telnyx shows a message for only ten days, so not seeing it proves nothing."""
        type(self)._base_manager.filter(pk=self.pk).update(next_poll_at=None)

    def schedule_poll(self) -> None:
        super().schedule_poll()
        if self.next_poll_at and clock.now() - self.created_at > READABLE:
            self.next_poll_at = None

    def log(self) -> list[Message]:
        """Return what the message log holds of it: a row for each recipient."""
        id = parsing.uuid(self.remote_id)
        return list(Message.objects.filter(remote_id=id).order_by("their_address")) if id else []

    def is_final(self) -> bool:
        rows = self.log()
        return super().is_final() or bool(rows and all(row.is_final() for row in rows))
