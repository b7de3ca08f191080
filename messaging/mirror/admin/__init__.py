from .base import DeskModelAdmin, ReadOnlyAdmin, ShownAdmin
from .inbox import WebhookEventAdmin
from .outbox import AttemptAdmin, OutboxEntryAdmin
from .purges import PurgeAdmin
from .recoveries import RecoveryAdmin

__all__ = [
    "AttemptAdmin",
    "DeskModelAdmin",
    "OutboxEntryAdmin",
    "PurgeAdmin",
    "ReadOnlyAdmin",
    "RecoveryAdmin",
    "ShownAdmin",
    "WebhookEventAdmin",
]
