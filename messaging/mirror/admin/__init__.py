"""The machinery's pages: requests to Telnyx, events, incidents, imports, recoveries, retention, and who saw what."""

from . import finding
from .calls import ApiCallAdmin
from .imports import ImportAdmin
from .inbox import WebhookEventAdmin
from .incidents import IncidentAdmin
from .outbox import AttemptAdmin, OutboxEntryAdmin
from .purges import PurgeAdmin
from .recoveries import RecoveryAdmin
from .reveals import RecordViewAdmin

__all__ = [
    "ApiCallAdmin",
    "AttemptAdmin",
    "ImportAdmin",
    "IncidentAdmin",
    "OutboxEntryAdmin",
    "PurgeAdmin",
    "RecordViewAdmin",
    "RecoveryAdmin",
    "WebhookEventAdmin",
    "finding",
]
