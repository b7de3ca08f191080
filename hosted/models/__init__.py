from .document import Document, DocumentLook
from .inventory import HostedNumber
from .number import OrderNumber
from .order import HostedOrder
from .transfer import TransferAlert

__all__ = ["Document", "DocumentLook", "HostedNumber", "HostedOrder", "OrderNumber", "TransferAlert"]
