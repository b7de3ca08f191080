"""How long what is known of handsets is kept; each row holds somebody's number."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from messaging.mirror import retention

from .models import Capability, CapabilityCheck, Deeplink


def days() -> int:
    return settings.RETENTION_RCS_DAYS


@retention.rule(
    "rcs_capabilities", _("What handsets can receive by RCS"), days, Capability, "as_of", is_listed=True
)
def forget_capabilities(ids: Sequence[Any]) -> None:
    """Forget handsets that nobody asked about for so long; of one that is being asked for only what was known."""
    rows = Capability.objects.filter(pk__in=ids)
    rows.filter(wanted_at__isnull=False).update(as_of=None, has_rcs=None, features=[])
    rows.filter(wanted_at=None).delete()


@retention.rule("rcs_checks", _("Checks of RCS"), days, CapabilityCheck, "created_at", is_listed=True)
def forget_checks(ids: Sequence[Any]) -> None:
    """Forget checks, with the numbers that Telnyx never answered about and no other check has."""
    Capability.objects.filter(checks__in=ids, as_of=None, wanted_at=None).exclude(
        checks__in=CapabilityCheck.objects.exclude(pk__in=ids)
    ).delete()
    CapabilityCheck.objects.filter(pk__in=ids).delete()


@retention.rule("rcs_links", _("Links to RCS agents"), days, Deeplink, "created_at", is_listed=True)
def forget_links(ids: Sequence[Any]) -> None:
    Deeplink.objects.filter(pk__in=ids).delete()
