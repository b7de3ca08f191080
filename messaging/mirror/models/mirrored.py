"""A record whose fields are all Telnyx's: none of them is drafted here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from .resource import Fact, TelnyxResource


class MirroredFields(TelnyxResource):
    """Copy Telnyx's values to the fields, not only to `remote_data`; such a record is read by pulls and on request."""

    is_pulled_whole = True

    class Meta(TelnyxResource.Meta):
        abstract = True

    def apply(
        self, record: Mapping[str, Any], *, source: str, as_of: datetime, facts: Sequence[Fact] | None = None
    ) -> None:
        """Write what Telnyx says, also to the fields."""
        with transaction.atomic(savepoint=False):
            super().apply(record, source=source, as_of=as_of, facts=facts)
            type(self)._base_manager.filter(pk=self.pk).update(**self.wire.load(self.remote_data))
        self.refresh_from_db()

    def schedule_poll(self) -> None:
        """Poll nothing: the lists bring it."""
        self.next_poll_at = None
