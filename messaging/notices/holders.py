"""Who is told of a piece of work: whoever has it; if nobody has it, everyone who may change it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.models import User

from messaging.team import kinds as work
from messaging.team.people import who_may


@dataclass(frozen=True)
class Holders:
    """Who has each of some records, by key, and who may see and change such records."""

    by_key: dict[str, int | None]
    may_view: dict[int, User]
    may_change: Collection[User]

    def told_of(self, key: str) -> Collection[User]:
        """Return who is told of this record."""
        # The work of someone who left or lost the right is nobody's, as far as telling goes.
        holder = self.may_view.get(self.by_key.get(key) or 0)
        return [holder] if holder else self.may_change


def of(kind: work.Kind, keys: Collection[str]) -> Holders:
    """Return who has these records, and who may see and change such records. Three queries, and what Django adds."""
    rows = kind.model.objects.filter(pk__in=keys).order_by()
    return Holders(
        {str(pk): holder for pk, holder in rows.values_list("pk", "assigned_to")},
        {user.pk: user for user in who_may(kind.view)},
        list(who_may(kind.change)),
    )
