from .log import DefaultSearch, LogSearch, MessageQuestion, Reveal
from .messages import LinkClick, Message
from .mirrored import MirroredFields
from .profiles import MessagingProfile

__all__ = [
    "DefaultSearch",
    "LinkClick",
    "LogSearch",
    "Message",
    "MessageQuestion",
    "MessagingProfile",
    "MirroredFields",
    "Reveal",
]
