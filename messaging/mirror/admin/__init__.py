from .base import DeskModelAdmin, ReadOnlyAdmin, ShownAdmin
from .inbox import WebhookEventAdmin
from .outbox import AttemptAdmin, OutboxEntryAdmin
from .purges import PurgeAdmin
from .recoveries import RecoveryAdmin
from .reveals import RecordViewAdmin, RevealingAdmin

__all__ = [
    "AttemptAdmin",
    "DeskModelAdmin",
    "OutboxEntryAdmin",
    "PurgeAdmin",
    "ReadOnlyAdmin",
    "RecordViewAdmin",
    "RecoveryAdmin",
    "RevealingAdmin",
    "ShownAdmin",
    "WebhookEventAdmin",
]
