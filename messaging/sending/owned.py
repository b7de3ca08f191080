"""Whether Telnyx lists a sender among the numbers of a profile, as far as the worker has read that list."""

from datetime import datetime

from messaging.models.cached_reads import Reading
from messaging.models.profiles import MessagingProfile
from messaging.profiles.operations import PROFILE
from messaging.telnyx.client import path

# The lists of a profile, and what a row of each calls its address.
LISTS = {"/phone_numbers": "phone_number", "/short_codes": "short_code"}


def listed_at(profile: MessagingProfile, sender: str) -> datetime | None:
    """Return when the newest list of a profile that holds this sender was read, or None. One query."""
    lists = {path(PROFILE + end, id=profile.remote_id or ""): name for end, name in LISTS.items()}
    for reading in Reading.objects.filter(address__in=lists):
        if any(record.get(lists[reading.address]) == sender for record in reading.records()):
            return reading.as_of
    return None
