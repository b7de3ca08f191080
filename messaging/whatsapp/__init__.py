"""The content of a WhatsApp message, as the JSON Telnyx calls `whatsapp_message`: its limits, checks and wording."""

from .check import problems
from .summary import summary

__all__ = ["problems", "summary"]
