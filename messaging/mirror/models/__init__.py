from .audit import AuditEntry, AuditSeal
from .compared import ComparedResource, KnownCopy, PortalChange
from .followed import FollowedSettings, SettingNoticed
from .heartbeat import ClockReading, DrainRound, Gate, Heartbeat, Pace, Tally
from .imports import Import, ImportPart
from .inbox import WebhookEvent
from .outbox import Attempt, OutboxEntry
from .recovery import Purge, Recovery
from .replays import Replay
from .resource import UNDER_WAY, Fact, Source, StatusChange, SyncState, TelnyxResource
from .view import RecordView
from .whole_list import ListRead, WholeList

__all__ = [
    "UNDER_WAY",
    "Attempt",
    "AuditEntry",
    "AuditSeal",
    "ClockReading",
    "ComparedResource",
    "DrainRound",
    "Fact",
    "FollowedSettings",
    "Gate",
    "Heartbeat",
    "Import",
    "ImportPart",
    "KnownCopy",
    "ListRead",
    "OutboxEntry",
    "Pace",
    "PortalChange",
    "Purge",
    "RecordView",
    "Recovery",
    "Replay",
    "SettingNoticed",
    "Source",
    "StatusChange",
    "SyncState",
    "Tally",
    "TelnyxResource",
    "WebhookEvent",
    "WholeList",
]
