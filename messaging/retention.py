"""How long messages, what was sent from here, and what people did with them are kept. The pages state the same days."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging.desk import acts
from messaging.mirror import retention
from messaging.mirror.models import UNDER_WAY, StatusChange
from messaging.mirror.retention import Kept, Rule
from messaging.mirror.wording import Words

from .evidence import life
from .exports import build
from .media import keep
from .models import (
    AlphanumericSender,
    AutoResponse,
    CalendarLink,
    ComposedMessage,
    Consent,
    DefaultSearch,
    Editing,
    Evidence,
    EvidenceDownload,
    Export,
    ExportDownload,
    LinkClick,
    LogSearch,
    Look,
    MediaFile,
    Message,
    MessageQuestion,
    MessagingProfile,
    NewSecret,
    Notice,
    NoticeSending,
    NoticeSettings,
    NumberAssignment,
    OptOut,
    OptOutReading,
    ProfileChange,
    Reading,
    Reveal,
    SavedText,
    SenderAlert,
    SentMessage,
    SpendLimitReached,
)
from .models.messages import CONTENT

# A message that may still be sent keeps its words.
NOT_UNDER_WAY = retention.NOTHING_OPEN & ~Q(sync_state__in=UNDER_WAY)


SETTINGS = _("Messaging profiles, auto-responses, alphanumeric senders and RCS agents")
SETTINGS_BECAUSE = _("They are settings of the account at Telnyx and show how messages were sent.")


def text_days() -> int:
    return settings.RETENTION_MESSAGE_TEXT_DAYS


def message_days() -> int:
    return settings.RETENTION_MESSAGE_DAYS


def _remote_ids(ids: Sequence[int]) -> list[UUID]:
    return list(Message.objects.filter(pk__in=ids).values_list("remote_id", flat=True))


def _forget_content(ids: Sequence[int]) -> None:
    remote_ids = _remote_ids(ids)
    LinkClick.objects.filter(message_id__in=remote_ids).delete()
    keep.forget(remote_ids)
    # Telnyx's text for an error can repeat the message; its code doesn't.
    failed = list(Message.objects.filter(pk__in=ids).exclude(errors=[]).only("errors"))
    for message in failed:
        message.errors = [{"code": error.get("code")} for error in message.errors if isinstance(error, dict)]
    Message.objects.bulk_update(failed, ["errors"])


def _forget_files(ids: Sequence[int]) -> None:
    remote_ids = _remote_ids(ids)
    keep.forget(remote_ids)
    MediaFile.objects.filter(remote_id__in=remote_ids).delete()


def _remove_exports(ids: Sequence[int]) -> None:
    """Remove what is left of their files; most are long gone."""
    for export in Export.objects.filter(pk__in=ids):
        build.remove(export)


def _remove_evidence(ids: Sequence[int]) -> None:
    """Remove what is left of their files; most are long gone."""
    for row in Evidence.objects.filter(pk__in=ids):
        life.expire(row)
    EvidenceDownload.objects.filter(evidence__in=ids).delete()


def sent_from_here(
    model: type[SentMessage],
    name: str,
    labels: tuple[Words, Words],
    content: tuple[str, ...],
    where: Q | None = None,
) -> tuple[Rule, Rule]:
    """Return rules that keep messages people sent, and their words, as long as those in the log."""
    is_over = NOT_UNDER_WAY & where if where else NOT_UNDER_WAY

    def unlink(ids: Sequence[UUID]) -> None:
        model._base_manager.filter(again_of__in=ids).update(again_of=None)
        retention.forget_reasons(model, ids)

    def forget_acts(ids: Sequence[UUID]) -> None:
        acts.forget(model, ids)

    return (
        Rule(
            f"{name}_text",
            labels[0],
            text_days,
            model,
            "created_at",
            where=is_over,
            empties=(*content, "remote_data", "remote_reason"),
            also=forget_acts,
        ),
        Rule(
            name,
            labels[1],
            message_days,
            model,
            "created_at",
            where=is_over,
            also=unlink,
            others={StatusChange: ("reason",)},
        ),
    )


RULES = (
    Rule(
        "message_text",
        _("Text, files and links of messages"),
        text_days,
        Message,
        "happened_at",
        empties=CONTENT,
        also=_forget_content,
        others={LinkClick: (), MediaFile: ("url", "sha256")},
    ),
    Rule("link_clicks", _("Clicks on links in messages"), text_days, LinkClick, "clicked_at"),
    Rule(
        "messages",
        _("Messages"),
        message_days,
        Message,
        "happened_at",
        also=_forget_files,
        others={MediaFile: ()},
    ),
    Rule("spend_limits", _("Spend limits that were reached"), message_days, SpendLimitReached, "reached_at"),
    Rule("questions", _("Questions to Telnyx about one message"), message_days, MessageQuestion, "asked_at"),
    Rule(
        "exports",
        _("Message export records"),
        lambda: settings.RETENTION_EXPORT_DAYS,
        Export,
        "made_at",
        also=_remove_exports,
        others={ExportDownload: ()},
    ),
    Rule(
        "evidence",
        _("What evidence files were about, why they were made and who downloaded them"),
        lambda: settings.RETENTION_EXPORT_DAYS,
        Evidence,
        "made_at",
        empties=("subject", "about", "reason", "trouble"),
        also=_remove_evidence,
        others={EvidenceDownload: ()},
    ),
    Rule(
        "searches",
        _("Unnamed searches in the log"),
        message_days,
        LogSearch,
        "made_at",
        where=Q(name=""),
    ),
    Rule(
        "notices",
        _("Notices, read or not"),
        lambda: settings.RETENTION_NOTICE_DAYS,
        Notice,
        "created_at",
        others={NoticeSending: ()},
    ),
    Rule(
        "sender_alerts",
        _("When messages of a sender failed more often than usual, after it has recovered"),
        lambda: settings.RETENTION_NOTICE_DAYS,
        SenderAlert,
        "recovered_at",
    ),
    Rule("reveals", _("Who viewed a masked message, and why"), retention.audit_days, Reveal, "at"),
    Rule(
        "optouts",
        _("Opt-outs, after they have ended"),
        lambda: settings.RETENTION_OPTOUT_DAYS,
        OptOut,
        "lifted_at",
    ),
    Rule(
        "readings",
        _("Figures and lists read from Telnyx"),
        text_days,
        Reading,
        "as_of",
        where=Q(due_at=None) | Q(due_at__lt=Now()),
    ),
    *sent_from_here(
        ComposedMessage,
        "composed",
        (_("Text and files of messages sent from here"), _("Messages sent from here")),
        ("text", "subject", "media_urls", "whatsapp"),
        where=Q(send_at=None) | Q(send_at__lt=Now()),
    ),
)
KEPT = (
    *(
        Kept(SETTINGS, SETTINGS_BECAUSE, model)
        for model in (
            MessagingProfile,
            ProfileChange,
            NumberAssignment,
            AutoResponse,
            AlphanumericSender,
            OptOutReading,
        )
    ),
    *(
        Kept(_("Searches in the log that have a name"), _("Their owner deletes them."), model)
        for model in (LogSearch, DefaultSearch)
    ),
    Kept(
        _("Saved texts"),
        _(
            "They show what messages were made from; those no longer used are marked “Not in use”. Keep "
            "names and numbers of people out of them."
        ),
        SavedText,
    ),
    Kept(
        _("When and how people agreed to texts"),
        _("It proves that we may text them, for as long as we do."),
        Consent,
    ),
    Kept(
        _("The digests of evidence files"),
        _("They make it possible to check a file that is years old. They hold no texts or phone numbers."),
        Evidence,
        ("kind", "zone", "opened", "needs", "sha256", "manifest_sha256"),
    ),
    Kept(
        _("When we last looked for new records at Telnyx"),
        _("One row for each kind of record, without texts or phone numbers."),
        Look,
    ),
    Kept(
        _("Who has a form open"),
        _(
            "It holds no texts or phone numbers. Rows older than an hour are deleted the next time "
            "someone edits."
        ),
        Editing,
    ),
    Kept(
        _("Links to calendars of due dates"),
        _(
            "Deleted when the person turns the link off, and with their login. A digest of the secret is kept, "
            "and which dates the calendar showed last, without names or texts."
        ),
        CalendarLink,
    ),
    Kept(
        _("Which notices people get, when and how"),
        _("One row for each person who chose something. It is deleted with the account."),
        NoticeSettings,
    ),
    Kept(
        _("New secrets of profiles"),
        _(
            "A secret is deleted as soon as it was read, after ten minutes at most. "
            "A fingerprint of the old one is kept."
        ),
        NewSecret,
    ),
)
