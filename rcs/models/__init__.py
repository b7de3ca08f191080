from .agents import AgentChange, RcsAgent
from .capabilities import Capability, CapabilityCheck
from .deeplinks import Deeplink
from .invites import TestInvite
from .registration import RcsAgentRegistration, RcsBrand
from .sent import RcsMessage
from .templates import RcsTemplate

__all__ = [
    "AgentChange",
    "Capability",
    "CapabilityCheck",
    "Deeplink",
    "RcsAgent",
    "RcsAgentRegistration",
    "RcsBrand",
    "RcsMessage",
    "RcsTemplate",
    "TestInvite",
]
