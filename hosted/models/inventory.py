"""The numbers Telnyx hosts for us, with their settings."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Collate, Now, Reverse
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock
from messaging.mirror.models import FollowedSettings, SettingNoticed, Source, SyncState
from messaging.mirror.records import pages
from messaging.mirror.records.wire import Name, Wire
from messaging.models import MessagingProfile
from messaging.telnyx.client import Client, path
from messaging.telnyx.errors import NotFound
from messaging.validators import display_number

from .. import operations


def texts(value: Any) -> list[str]:
    """Return the strings in a list; everything else is left out."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def short(longest: int) -> Callable[[Any], str]:
    """Return a loader that cuts a string from Telnyx to a column's length; anything but a string becomes empty."""
    return lambda value: value[:longest] if isinstance(value, str) else ""


class HostedNumber(FollowedSettings):
    """One hosted number's settings. Its id is not the number's id in its order; the phone number joins the two."""

    phone_number = models.CharField(_("phone number"), max_length=20, blank=True)
    messaging_profile_id = models.CharField(_("messaging profile"), max_length=100, blank=True)
    messaging_product = models.CharField(_("messaging product"), max_length=100, blank=True)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    country_code = models.CharField(_("country"), max_length=10, blank=True)
    type = models.CharField(_("type"), max_length=50, blank=True)
    traffic_type = models.CharField(_("traffic type"), max_length=100, blank=True)
    eligible_messaging_products = models.JSONField(_("possible products"), default=list, blank=True)

    wire = Wire(
        operations.NUMBERS,
        pages=pages.data_pages,
        status="",  # settings have none
        phone_number=Name("phone_number", load=short(20)),
        messaging_profile_id=Name("messaging_profile_id", load=short(100)),
        messaging_product=Name("messaging_product", load=short(100)),
        tags=Name("tags", load=texts),
        country_code=Name("country_code", load=short(10)),
        type=Name("type", load=short(50)),
        traffic_type=Name("traffic_type", load=short(100)),
        eligible_messaging_products=Name("eligible_messaging_products", load=texts),
    )
    operations = operations.OF_NUMBER
    followed = ("messaging_profile_id", "messaging_product", "tags")
    is_imported_in_bulk = True
    is_looked_for = True
    import_permission = "hosted.change_hostednumber"

    class Meta(FollowedSettings.Meta):
        verbose_name = _("hosted number")
        verbose_name_plural = _("hosted numbers")
        ordering = ["phone_number"]
        permissions = [("remove_hostednumber", _("Can remove hosted numbers at Telnyx"))]
        indexes = [
            *FollowedSettings.Meta.indexes,
            models.Index(fields=["phone_number"], name="hostednumber_number"),
            models.Index(fields=["messaging_profile_id"], name="hostednumber_profile"),
            # For searches by last digits; with the C collation an index can serve a prefix search.
            models.Index(Collate(Reverse("phone_number"), "C"), name="hostednumber_ending"),
            GinIndex(fields=["tags"], name="hostednumber_tags", opclasses=["jsonb_path_ops"]),
        ]

    # Its name is one of our own numbers.
    has_open_name = True

    def __str__(self) -> str:
        return display_number(self.phone_number) or self.remote_id or str(self.pk)

    def profile(self) -> MessagingProfile | None:
        """Return the profile the number is assigned to, if we know it."""
        return MessagingProfile.objects.filter(remote_id=self.messaging_profile_id).first()

    def health(self) -> dict[str, Any]:
        """Return Telnyx's figures on the number's traffic, unchanged."""
        found = self.remote_data.get("health")
        return found if isinstance(found, dict) else {}

    @classmethod
    def look_again(cls, phone_numbers: Iterable[str]) -> None:
        """Have the settings of these numbers read again soon, because something happened to them."""
        rows = cls.objects.filter(phone_number__in=list(phone_numbers), remote_id__isnull=False)
        rows.update(next_poll_at=Now())

    @classmethod
    def unknown_of(cls, phone_numbers: Iterable[str]) -> list[str]:
        """Return the numbers among these whose settings we have never read."""
        asked = list(phone_numbers)
        known = set(
            cls.objects.filter(phone_number__in=asked, gone_at=None).values_list("phone_number", flat=True)
        )
        return [phone_number for phone_number in asked if phone_number not in known]

    @classmethod
    def learn(cls, client: Client, phone_numbers: Iterable[str]) -> None:
        """Read the settings of numbers that have just gone live; Telnyx accepts the phone number as the id.

        Raise TelnyxError, except for a number that Telnyx does not show yet.
        """
        for phone_number in phone_numbers:
            asked_at = clock.ask()
            try:
                record = client.get(path(operations.NUMBERS + "/{id}", id=phone_number)).body
            except NotFound:
                continue
            remote_id = cls.wire.remote_id(record)
            if not remote_id:
                continue
            row, _made = cls.objects.get_or_create(
                remote_id=remote_id, defaults={"sync_state": SyncState.ACCEPTED}
            )
            row.apply(record, source=Source.SYNC, as_of=asked_at)


class SettingChange(SettingNoticed):
    """One change to a number's settings, made here or in Telnyx's portal."""

    number = models.ForeignKey(HostedNumber, on_delete=models.CASCADE, related_name="changes")

    class Meta(SettingNoticed.Meta):
        verbose_name = _("setting change")
        verbose_name_plural = _("setting changes")
