"""Lists at Telnyx whose entries have no id, so that no entry can be read alone."""

from dataclasses import dataclass
from typing import ClassVar

from django.db import models

from messaging.telnyx.client import Client


@dataclass(frozen=True)
class ListRead:
    """How many entries a list has, how many of them are new here, and how many that are here it no longer has."""

    seen: int
    new: int
    missing: int


class WholeList(models.Model):
    """An entry of such a list: the hourly pull reads the whole list, or nothing changes."""

    # Who may have it read again along with other imports.
    import_permission: ClassVar[str]

    class Meta:
        abstract = True

    @classmethod
    def read_whole(cls, client: Client, *, dry_run: bool = False) -> ListRead:
        """Read the list to its end and store it, unless it is a dry run. Raise TelnyxError, having changed nothing."""
        raise NotImplementedError
