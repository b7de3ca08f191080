"""Lists of Telnyx's whose entries have no id, so that no record can be asked for alone."""

from django.db import models

from messaging.telnyx.client import Client


class WholeList(models.Model):
    """An entry of such a list: the hourly pull reads all of it, or nothing changes."""

    class Meta:
        abstract = True

    @classmethod
    def read_whole(cls, client: Client) -> int:
        """Read the list to its end and take it in; return its length. Raise TelnyxError, having changed nothing."""
        raise NotImplementedError
