from .autoresponses import AutoResponse
from .composed import ComposedMessage
from .limits import SpendLimitReached
from .messages import LinkClick, Message
from .mirrored import MirroredFields
from .optouts import OptOut, OptOutReading
from .profiles import MessagingProfile
from .readings import Reading
from .secrets import NewSecret
from .senders import AlphanumericSender

__all__ = [
    "AlphanumericSender",
    "AutoResponse",
    "ComposedMessage",
    "LinkClick",
    "Message",
    "MessagingProfile",
    "MirroredFields",
    "NewSecret",
    "OptOut",
    "OptOutReading",
    "Reading",
    "SpendLimitReached",
]
