from .messages import LinkClick, Message
from .mirrored import MirroredFields
from .profiles import MessagingProfile

__all__ = ["LinkClick", "Message", "MessagingProfile", "MirroredFields"]
