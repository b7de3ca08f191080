from .composed import ComposedMessage
from .messages import LinkClick, Message
from .mirrored import MirroredFields
from .profiles import MessagingProfile

__all__ = ["ComposedMessage", "LinkClick", "Message", "MessagingProfile", "MirroredFields"]
