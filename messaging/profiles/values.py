"""A profile's settings as one JSON object, in the same shape whether typed or held, so that only changes are sent."""

from collections.abc import Mapping
from typing import Any

from messaging.models import MessagingProfile

from .operations import same

POOL = {"sticky_sender": False, "geomatch": False}
SHORTENER = {"prefix": "", "replace_blacklist_only": False, "send_webhooks": False}
# Telnyx takes these only when a profile is created.
ONLY_NEW = ("resource_group_id", "health_webhook_url")
READ_ONLY = ("redaction_enabled", "redaction_level")


def held(profile: MessagingProfile) -> dict[str, Any]:
    """Return the settings of a profile as the form has them, under the names of Telnyx's JSON."""
    found = {
        name.json: getattr(profile, field)
        for field, name in profile.wire.names.items()
        if field not in READ_ONLY
    }
    found["features"] = {"ai_opt_out_detection_enabled": profile.ai_opt_out_detection}
    found["number_pool_settings"] = completed(profile.number_pool_settings, POOL)
    found["url_shortener_settings"] = completed(profile.url_shortener_settings, SHORTENER)
    return found


def completed(settings: Mapping[str, Any] | None, defaults: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a group of settings with every member, or None if the whole group is off."""
    return None if settings is None else {**defaults, **settings}


def changes(profile: MessagingProfile, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what in `typed` Telnyx does not hold yet, in the form it is sent in."""
    now = held(profile)
    return {
        name: value
        for name, value in typed.items()
        if name not in ONLY_NEW and not (same(value, now[name]) and same(now[name], value))
    }


def take(profile: MessagingProfile, typed: Mapping[str, Any]) -> None:
    """Write typed settings into a profile that is not at Telnyx yet, without saving it."""
    for field, value in profile.wire.load(typed).items():
        setattr(profile, field, value)
