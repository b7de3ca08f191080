from .assignments import NumberAssignment
from .autoresponses import AutoResponse
from .cached_reads import Reading
from .calendar import CalendarLink
from .composed import ComposedMessage
from .consents import Consent
from .evidence import Evidence, EvidenceDownload
from .exports import Export, ExportDownload
from .limits import SpendLimitReached
from .log import DefaultSearch, LogSearch, MessageQuestion, Reveal
from .looks import Look
from .media import MediaFile
from .messages import LinkClick, Message
from .notices import Notice, NoticeSending, NoticeSettings
from .optouts import OptOut, OptOutReading
from .profiles import MessagingProfile, ProfileChange
from .saved_texts import SavedText
from .secrets import NewSecret
from .sender_alerts import SenderAlert
from .senders import AlphanumericSender
from .sent import SentMessage
from .team import WAITS_FOR_APPROVAL, Approval, Assigned, Editing, Mention, Note

__all__ = [
    "AlphanumericSender",
    "Approval",
    "Assigned",
    "AutoResponse",
    "CalendarLink",
    "ComposedMessage",
    "Consent",
    "DefaultSearch",
    "Editing",
    "Evidence",
    "EvidenceDownload",
    "Export",
    "ExportDownload",
    "LinkClick",
    "LogSearch",
    "Mention",
    "MediaFile",
    "Look",
    "Message",
    "MessageQuestion",
    "MessagingProfile",
    "NewSecret",
    "Note",
    "Notice",
    "NoticeSending",
    "NoticeSettings",
    "NumberAssignment",
    "OptOut",
    "OptOutReading",
    "ProfileChange",
    "Reading",
    "Reveal",
    "SavedText",
    "SenderAlert",
    "SenderAlert",
    "SentMessage",
    "SpendLimitReached",
    "WAITS_FOR_APPROVAL",
]
