"""Messaging profiles: where Telnyx sends a number's events, where it may send to, and how much it may spend."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models import Fact, FollowedSettings, OutboxEntry, SettingNoticed
from messaging.mirror.outbound import outbox
from messaging.mirror.records import pages
from messaging.mirror.records.wire import Name, Wire
from messaging.profiles import operations
from messaging.telnyx.client import Client

from .secrets import SECRET, mark_of, secret_in

# The key that signs webhooks in the old format; it is not kept.
SECRETS = (SECRET,)


def without_secrets(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a profile as Telnyx holds it, without its secrets."""
    return {name: value for name, value in record.items() if name not in SECRETS}


def listed(client: Client, path: str, params: Any = ()) -> Iterator[dict[str, Any]]:
    """Yield every profile without its secrets. Raises as `pages.data_pages` does."""
    return map(without_secrets, pages.data_pages(client, path, params))


# Telnyx may answer with anything; a value of the wrong shape is kept in `remote_data` only.


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def flag(value: Any) -> bool:
    return value is True


def texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def members(value: Any) -> dict[str, Any] | None:
    return dict(value) if isinstance(value, Mapping) else None


def never(value: Any) -> None:
    """Dump nothing: the value is only read, never sent."""


def detection(value: Any) -> dict[str, bool] | None:
    return {"ai_opt_out_detection_enabled": True} if value else None


class MessagingProfile(FollowedSettings):
    """A messaging profile as Telnyx holds it; one that is not there yet holds what was typed."""

    class WebhookFormat(models.TextChoices):
        V2 = "2", _("API v2")
        V1 = "1", _("API v1 (old)")
        LEGACY = "2010-04-01", _("2010-04-01 (oldest)")

    name = models.TextField(_("name"), blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    whitelisted_destinations = models.JSONField(_("allowed countries"), default=list, blank=True)
    webhook_url = models.TextField(_("events go to"), blank=True)
    webhook_failover_url = models.TextField(_("backup address for events"), blank=True)
    webhook_api_version = models.TextField(_("event format"), default=WebhookFormat.V2, blank=True)
    daily_spend_limit_enabled = models.BooleanField(_("daily limit is on"), default=False)
    daily_spend_limit = models.TextField(_("daily limit in US dollars"), blank=True)
    number_pool_settings = models.JSONField(_("number pool"), null=True, blank=True)
    url_shortener_settings = models.JSONField(_("short links"), null=True, blank=True)
    alpha_sender = models.TextField(_("alphanumeric sender where one is needed"), blank=True)
    smart_encoding = models.BooleanField(_("smart encoding"), default=False)
    mms_fall_back_to_sms = models.BooleanField(_("picture messages may become texts"), default=False)
    mms_transcoding = models.BooleanField(_("pictures are made smaller"), default=False)
    mobile_only = models.BooleanField(_("mobile numbers only"), default=False)
    ai_assistant_id = models.TextField(_("AI assistant"), blank=True)
    ai_opt_out_detection = models.BooleanField(_("AI finds opt-outs in free text"), default=False)
    resource_group_id = models.TextField(_("resource group"), blank=True)
    health_webhook_url = models.TextField(_("health events go to"), blank=True)
    redaction_enabled = models.BooleanField(_("contents are redacted"), default=False, editable=False)
    redaction_level = models.IntegerField(_("redaction level"), null=True, editable=False)
    secret_mark = models.CharField(max_length=64, blank=True, editable=False)

    wire = Wire(
        operations.BASE,
        pages=listed,
        status="",  # a profile has none
        name=Name("name", load=text),
        enabled=Name("enabled", load=lambda value: value is not False),
        whitelisted_destinations=Name("whitelisted_destinations", load=texts),
        webhook_url=Name("webhook_url", load=text),
        webhook_failover_url=Name("webhook_failover_url", load=text),
        webhook_api_version=Name("webhook_api_version", load=text),
        daily_spend_limit_enabled=Name("daily_spend_limit_enabled", load=flag),
        daily_spend_limit=Name("daily_spend_limit", load=text),
        number_pool_settings=Name("number_pool_settings", load=members),
        url_shortener_settings=Name("url_shortener_settings", load=members),
        alpha_sender=Name("alpha_sender", load=text),
        smart_encoding=Name("smart_encoding", load=flag),
        mms_fall_back_to_sms=Name("mms_fall_back_to_sms", load=flag),
        mms_transcoding=Name("mms_transcoding", load=flag),
        mobile_only=Name("mobile_only", load=flag),
        ai_assistant_id=Name("ai_assistant_id", load=text),
        # Only the SDK documents it (docs/telnyx.md, T8.8).
        ai_opt_out_detection=Name(
            "features",
            dump=detection,
            load=lambda value: flag((members(value) or {}).get("ai_opt_out_detection_enabled")),
        ),
        resource_group_id=Name("resource_group_id", load=text),
        health_webhook_url=Name("health_webhook_url", load=text),
        redaction_enabled=Name("redaction_enabled", dump=never, load=flag),
        redaction_level=Name(
            "redaction_level", dump=never, load=lambda value: value if type(value) is int else None
        ),
    )
    operations = operations.OF_PROFILE
    followed = tuple(wire.names)
    is_looked_for = True
    import_permission = "messaging.add_messagingprofile"

    class Meta(FollowedSettings.Meta):
        verbose_name = _("messaging profile")
        verbose_name_plural = _("messaging profiles")
        ordering = ["name"]
        permissions = [
            ("regenerate_secret_messagingprofile", _("Can create and read a new secret of a profile"))
        ]

    def __str__(self) -> str:
        return self.name[:80] or self.remote_id or str(self.pk)

    @classmethod
    def at_telnyx(cls) -> "models.QuerySet[MessagingProfile]":
        """Return the profiles that are at Telnyx, so that something there can use them."""
        return cls.objects.filter(remote_id__isnull=False, gone_at=None)

    def apply(
        self, record: Mapping[str, Any], *, source: str, as_of: datetime, facts: Sequence[Fact] | None = None
    ) -> None:
        """Write what Telnyx says, without the secret; only a mark of it is kept, which does not give it away."""
        mark = mark_of(secret_in(record))
        with transaction.atomic(savepoint=False):
            super().apply(without_secrets(record), source=source, as_of=as_of, facts=facts)
            if mark and self.remote_as_of == as_of:
                self.secret_mark = mark
                self.save(update_fields=["secret_mark"])

    def gone(self, at: datetime) -> None:
        """Record that Telnyx no longer has the profile, nor its auto-responses."""
        with transaction.atomic():
            super().gone(at)
            for response in self.autoresponses.filter(remote_id__isnull=False, gone_at=None):
                response.gone(at)

    def is_there(self) -> bool:
        """Return True if Telnyx has the profile."""
        return self.remote_id is not None and self.gone_at is None

    def is_new(self) -> bool:
        """Return True if it was never at Telnyx, so that what was typed may still change."""
        return self.remote_id is None and self.gone_at is None and not self.is_under_way()

    def newest_entry(self, operation: str) -> OutboxEntry | None:
        return outbox.entries(self).filter(operation=operation).first()


class ProfileChange(SettingNoticed):
    """One change to a profile's settings, made here or in Telnyx's portal."""

    profile = models.ForeignKey(MessagingProfile, on_delete=models.CASCADE, related_name="changes")

    class Meta(SettingNoticed.Meta):
        verbose_name = _("profile change")
        verbose_name_plural = _("profile changes")
