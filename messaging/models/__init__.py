from .mirrored import MirroredFields
from .profiles import MessagingProfile
from .readings import Reading
from .secrets import NewSecret
from .senders import AlphanumericSender

__all__ = ["AlphanumericSender", "MessagingProfile", "MirroredFields", "NewSecret", "Reading"]
