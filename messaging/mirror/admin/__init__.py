from .base import DeskModelAdmin, ReadOnlyAdmin
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
    "WebhookEventAdmin",
]
