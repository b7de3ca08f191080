"""The machinery's pages: requests to Telnyx, events, incidents, imports, recoveries and retention."""

from . import finding
from .calls import ApiCallAdmin
from .imports import ImportAdmin
from .inbox import WebhookEventAdmin
from .incidents import IncidentAdmin
from .outbox import AttemptAdmin, OutboxEntryAdmin
from .purges import PurgeAdmin
from .recoveries import RecoveryAdmin

__all__ = [
    "ApiCallAdmin",
    "AttemptAdmin",
    "ImportAdmin",
    "IncidentAdmin",
    "OutboxEntryAdmin",
    "PurgeAdmin",
    "RecoveryAdmin",
    "WebhookEventAdmin",
    "finding",
]
