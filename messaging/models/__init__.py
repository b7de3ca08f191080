from .messages import LinkClick, Message
from .mirrored import MirroredFields
from .profiles import MessagingProfile
from .readings import Reading
from .secrets import NewSecret
from .senders import AlphanumericSender

__all__ = [
    "AlphanumericSender",
    "LinkClick",
    "Message",
    "MessagingProfile",
    "MirroredFields",
    "NewSecret",
    "Reading",
]
