"""How long the message log keeps what. The same days are stated on its page."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from messaging.mirror import retention

from .log import exports
from .media import keep
from .models import Export, LinkClick, MediaFile, Message


@retention.rule(
    "message_text",
    _("Text, files and links of messages"),
    lambda: settings.RETENTION_MESSAGE_TEXT_DAYS,
    Message,
    "happened_at",
)
def forget_text(ids: Sequence[int]) -> None:
    """Blank what people wrote; who, when and what became of it stay."""
    remote_ids = list(Message.objects.filter(pk__in=ids).values_list("remote_id", flat=True))
    LinkClick.objects.filter(message_id__in=remote_ids).delete()
    keep.forget(remote_ids)
    Message.objects.filter(pk__in=ids).update(text="", subject="", media=[], body={})


@retention.rule("messages", _("Messages"), lambda: settings.RETENTION_MESSAGE_DAYS, Message, "happened_at")
def forget_messages(ids: Sequence[int]) -> None:
    remote_ids = list(Message.objects.filter(pk__in=ids).values_list("remote_id", flat=True))
    keep.forget(remote_ids)
    MediaFile.objects.filter(remote_id__in=remote_ids).delete()
    Message.objects.filter(pk__in=ids).delete()


@retention.rule(
    "exports", _("Who exported messages"), lambda: settings.RETENTION_EXPORT_DAYS, Export, "made_at"
)
def forget_exports(ids: Sequence[int]) -> None:
    """Forget who made and took which file. The files themselves are gone for long."""
    rows = Export.objects.filter(pk__in=ids)
    for export in rows:
        exports.remove(export)
    rows.delete()
