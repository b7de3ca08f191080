"""The machinery's pages: requests to Telnyx, webhook events, recoveries, retention, and who saw what."""

from .inbox import WebhookEventAdmin
from .outbox import AttemptAdmin, OutboxEntryAdmin
from .purges import PurgeAdmin
from .recoveries import RecoveryAdmin
from .reveals import RecordViewAdmin

__all__ = [
    "AttemptAdmin",
    "OutboxEntryAdmin",
    "PurgeAdmin",
    "RecordViewAdmin",
    "RecoveryAdmin",
    "WebhookEventAdmin",
]
