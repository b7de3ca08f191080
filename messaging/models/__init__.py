from .autoresponses import AutoResponse
from .mirrored import MirroredFields
from .optouts import OptOut, OptOutReading
from .profiles import MessagingProfile

__all__ = ["AutoResponse", "MessagingProfile", "MirroredFields", "OptOut", "OptOutReading"]
