"""Open a masked record on record: who, which, when and why. It stays open to that person for 15 minutes."""

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model
from django.db.models.functions import Now

from . import throttle
from .models import RecordView

LASTS = timedelta(minutes=15)


def reveal(user: User, record: Model, reason: str) -> None:
    """Record that `user` opens `record`. Raise TooOften for a person who opened very many just now."""
    throttle.spend(throttle.REVEALS, user.pk)
    RecordView.objects.create(user=user, kind=record._meta.label_lower, key=str(record.pk), reason=reason)


def is_open(user: User | AnonymousUser, record: Model) -> bool:
    """Return True if `user` opened `record` recently."""
    recent = RecordView.objects.filter(user_id=user.pk or 0, at__gt=Now() - LASTS)
    return recent.filter(kind=record._meta.label_lower, key=str(record.pk)).exists()
