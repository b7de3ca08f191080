from .numbers import HostedNumberAdmin
from .orders import DEEDS, HostedOrderAdmin

__all__ = ["DEEDS", "HostedNumberAdmin", "HostedOrderAdmin"]
