from .agents import AgentChange, RcsAgent
from .capabilities import Capability, CapabilityCheck
from .deeplinks import Deeplink
from .invites import TestInvite
from .sent import RcsMessage

__all__ = ["AgentChange", "Capability", "CapabilityCheck", "Deeplink", "RcsAgent", "RcsMessage", "TestInvite"]
