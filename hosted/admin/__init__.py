from .orders import DEEDS, HostedOrderAdmin

__all__ = ["DEEDS", "HostedOrderAdmin"]
