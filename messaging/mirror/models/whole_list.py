"""Lists at Telnyx whose entries have no id, so that no entry can be read alone."""

from django.db import models

from messaging.telnyx.client import Client


class WholeList(models.Model):
    """An entry of such a list: the hourly pull reads the whole list, or nothing changes."""

    class Meta:
        abstract = True

    @classmethod
    def read_whole(cls, client: Client) -> int:
        """Read the list to its end and store it; return its length. Raise TelnyxError, having changed nothing."""
        raise NotImplementedError
