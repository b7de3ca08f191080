from .mirrored import MirroredFields
from .profiles import MessagingProfile

__all__ = ["MessagingProfile", "MirroredFields"]
