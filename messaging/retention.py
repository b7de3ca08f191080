"""How long the message log keeps what. The same days are stated on its page."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from messaging.mirror import retention

from .models import LinkClick, Message


@retention.rule(
    "message_text",
    _("Text, media and links of messages"),
    lambda: settings.RETENTION_MESSAGE_TEXT_DAYS,
    Message,
    "happened_at",
)
def forget_text(ids: Sequence[int]) -> None:
    """Blank what people wrote; who, when and what became of it stay."""
    remote_ids = Message.objects.filter(pk__in=ids).values_list("remote_id", flat=True)
    LinkClick.objects.filter(message_id__in=list(remote_ids)).delete()
    Message.objects.filter(pk__in=ids).update(text="", subject="", media=[], body={})


@retention.rule("messages", _("Messages"), lambda: settings.RETENTION_MESSAGE_DAYS, Message, "happened_at")
def forget_messages(ids: Sequence[int]) -> None:
    Message.objects.filter(pk__in=ids).delete()
