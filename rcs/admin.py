"""The admin pages of RCS; Django looks for them here. Each feature keeps its own."""

from .agents import admin as agents
from .messages import admin as messages

__all__ = ["agents", "messages"]
