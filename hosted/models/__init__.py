from .bulk import BulkChange, BulkLine
from .document import Document, DocumentLook
from .inventory import HostedNumber, SettingChange
from .letter import LetterDetails
from .number import OrderNumber
from .order import HostedOrder
from .transfer import TransferAlert

__all__ = [
    "BulkChange",
    "BulkLine",
    "Document",
    "DocumentLook",
    "HostedNumber",
    "HostedOrder",
    "LetterDetails",
    "OrderNumber",
    "SettingChange",
    "TransferAlert",
]
