from .base import DeskModelAdmin, ReadOnlyAdmin
from .inbox import WebhookEventAdmin
from .outbox import AttemptAdmin, OutboxEntryAdmin

__all__ = ["AttemptAdmin", "DeskModelAdmin", "OutboxEntryAdmin", "ReadOnlyAdmin", "WebhookEventAdmin"]
