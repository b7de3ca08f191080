from .inbox import WebhookEvent
from .outbox import Attempt, OutboxEntry
from .pulse import Gate, Heartbeat, Pace
from .resource import Fact, Source, StatusChange, SyncState, TelnyxResource
from .wholelist import WholeList

__all__ = [
    "Attempt",
    "Fact",
    "Gate",
    "Heartbeat",
    "OutboxEntry",
    "Pace",
    "Source",
    "StatusChange",
    "SyncState",
    "TelnyxResource",
    "WebhookEvent",
    "WholeList",
]
