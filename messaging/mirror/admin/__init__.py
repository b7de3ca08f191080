"""The machinery's pages: requests to Telnyx, webhook events, imports, recoveries, retention, and who saw what."""

from . import finding
from .calls import ApiCallAdmin
from .imports import ImportAdmin
from .inbox import WebhookEventAdmin
from .outbox import AttemptAdmin, OutboxEntryAdmin
from .purges import PurgeAdmin
from .recoveries import RecoveryAdmin
from .reveals import RecordViewAdmin

__all__ = [
    "ApiCallAdmin",
    "AttemptAdmin",
    "ImportAdmin",
    "OutboxEntryAdmin",
    "PurgeAdmin",
    "RecordViewAdmin",
    "RecoveryAdmin",
    "WebhookEventAdmin",
    "finding",
]
