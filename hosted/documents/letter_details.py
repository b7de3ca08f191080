"""Keep what was typed for a letter, sealed, and find it for the next one: of the order, or of the same customer."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from messaging.mirror import clock, sealing

from ..models import HostedOrder, LetterDetails


def keep(order: HostedOrder, typed: Mapping[str, str], *, by: User) -> None:
    """Keep what was typed for the order's letter, instead of what was kept before."""
    sealed = sealing.seal(json.dumps(dict(typed)).encode())
    LetterDetails.objects.update_or_create(
        order=order, defaults={"sealed": sealed, "typed_at": clock.now(), "typed_by": by}
    )


def find(order: HostedOrder) -> LetterDetails | None:
    """Return what is kept for the order, or else what was typed last for another order of its customer."""
    kept = LetterDetails.objects.select_related("order", "typed_by")
    own = kept.filter(order=order).first()
    if own or not order.customer:
        return own
    return kept.filter(order__customer__iexact=order.customer).order_by("-typed_at").first()


def values(details: LetterDetails | None) -> dict[str, Any]:
    """Return what was typed, by field; nothing if its key is gone."""
    try:
        return json.loads(sealing.unseal(bytes(details.sealed))) if details else {}
    except sealing.Unreadable:
        return {}


def forget(order: HostedOrder) -> None:
    """Delete what the order's next letter would start with, wherever it was typed."""
    if details := find(order):
        details.delete()
