"""Bring the built-in reasons into the database, where the team can change them, after every upgrade."""

from typing import Any

from django.utils import translation

from .models import RejectionReason
from .phrases import BUILT_IN, BuiltIn


def load(**_signal: Any) -> None:
    """Add the built-in reasons that are new and update those the team hasn't edited. Safe to run at any time."""
    with translation.override("en"):
        known = RejectionReason.objects.in_bulk([reason.key for reason in BUILT_IN], field_name="key")
        fresh = [row(reason) for reason in BUILT_IN if reason.key not in known]
        RejectionReason.objects.bulk_create(fresh, ignore_conflicts=True)
        for reason in BUILT_IN:
            old = known.get(reason.key)
            values = texts(reason)
            if old and not old.is_edited and any(getattr(old, name) != new for name, new in values.items()):
                RejectionReason.objects.filter(pk=old.pk, is_edited=False).update(**values)


def row(reason: BuiltIn) -> RejectionReason:
    """Return a built-in reason as an unsaved row."""
    return RejectionReason(key=reason.key, **texts(reason))


def texts(reason: BuiltIn) -> dict[str, Any]:
    """Return what a row says about a built-in reason."""
    return {
        "title": str(reason.title),
        "phrases": "\n".join(reason.phrases),
        "meaning": str(reason.meaning),
        "blamed_fields": list(reason.fields),
        "verdict": reason.verdict.value,
        "advice": str(reason.advice),
        "source": str(reason.source),
        "source_on": reason.source_on,
    }
