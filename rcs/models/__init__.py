from .agents import AgentChange, RcsAgent
from .capabilities import Capability, CapabilityCheck
from .deeplinks import Deeplink
from .invites import TestInvite
from .sent import RcsMessage
from .templates import RcsTemplate

__all__ = [
    "AgentChange",
    "Capability",
    "CapabilityCheck",
    "Deeplink",
    "RcsAgent",
    "RcsMessage",
    "RcsTemplate",
    "TestInvite",
]
