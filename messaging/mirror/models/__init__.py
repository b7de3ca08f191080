from .api_call import ApiCall
from .audit import AuditEntry, AuditSeal
from .compared import ComparedResource, KnownCopy, PortalChange
from .followed import FollowedSettings, SettingNoticed
from .heartbeat import ClockReading, DrainRound, Gate, Heartbeat, Pace, Tally
from .hooks import RefusedWebhooks, WebhookTest
from .imports import Import, ImportPart
from .inbox import WebhookEvent
from .incident import Incident
from .mirrored import MirroredFields
from .outbox import Attempt, OutboxEntry
from .outbox_acts import OutboxAct, OutboxActRow
from .recovery import Purge, Recovery
from .replays import Replay
from .resource import UNDER_WAY, Fact, Source, StatusChange, SyncState, TelnyxResource
from .view import RecordView
from .whole_list import ListRead, WholeList

__all__ = [
    "UNDER_WAY",
    "ApiCall",
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
    "Incident",
    "KnownCopy",
    "ListRead",
    "MirroredFields",
    "OutboxAct",
    "OutboxActRow",
    "OutboxEntry",
    "Pace",
    "PortalChange",
    "Purge",
    "RecordView",
    "Recovery",
    "RefusedWebhooks",
    "Replay",
    "SettingNoticed",
    "Source",
    "StatusChange",
    "SyncState",
    "Tally",
    "TelnyxResource",
    "WebhookEvent",
    "WebhookTest",
    "WholeList",
]
