"""The admin pages of hosted numbers; Django looks for them here. Each feature keeps its own."""

from .inventory.admin import HostedNumberAdmin
from .orders.admin import HostedOrderAdmin

__all__ = ["HostedNumberAdmin", "HostedOrderAdmin"]
