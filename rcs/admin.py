"""The admin pages of RCS; Django looks for them here. Each feature keeps its own."""

from .agents import admin as agents
from .messages import admin as messages
from .registration import admin as registration

__all__ = ["agents", "messages", "registration"]
