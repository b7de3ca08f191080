"""Messaging profiles: where Telnyx sends the events of a number, and what an order is filed under."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror import pages
from messaging.mirror.models import Fact
from messaging.mirror.wire import Name, Wire
from messaging.telnyx.client import Client

from .mirrored import MirroredFields

BASE = "/messaging_profiles"
# Every answer about a profile holds the key that signs its old webhooks (contract, trap 29); it is not kept.
SECRETS = ("v1_secret",)


def without_secrets(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a profile as Telnyx holds it, but for its secrets."""
    return {name: value for name, value in record.items() if name not in SECRETS}


def listed(client: Client, path: str, params: Any = ()) -> Iterator[dict[str, Any]]:
    """Yield every profile without its secrets. Raises as `pages.data_pages` does."""
    return map(without_secrets, pages.data_pages(client, path, params))


class MessagingProfile(MirroredFields):
    """A messaging profile as Telnyx holds it, to choose from."""

    name = models.TextField(_("name"), blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)

    wire = Wire(
        BASE,
        pages=listed,
        status="",  # a profile has none
        name="name",
        enabled=Name("enabled", load=lambda value: value is not False),
    )
    operations = {}

    class Meta(MirroredFields.Meta):
        verbose_name = _("messaging profile")
        verbose_name_plural = _("messaging profiles")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name[:80] or self.remote_id or str(self.pk)

    def fetch(self, client: Client) -> tuple[dict[str, Any], Sequence[Fact] | None]:
        record, facts = super().fetch(client)
        return without_secrets(record), facts
