"""A profile's new secret, from Telnyx's answer until the one person who asked for it has read it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils.crypto import salted_hmac

from messaging.mirror import clock, sealing
from messaging.mirror.models import OutboxEntry

# Under this name, every answer about a profile contains the key that signs its old webhooks (docs/telnyx.md, T8.3).
SECRET = "v1_secret"  # noqa: S105 - a name
READABLE_FOR = timedelta(minutes=10)


def secret_in(record: Any) -> str:
    """Return the secret in Telnyx's answer about a profile, or "" if there is none."""
    found = record.get(SECRET) if isinstance(record, Mapping) else None
    return found if isinstance(found, str) else ""


def mark_of(secret: str) -> str:
    """Return a mark that tells two secrets apart without giving either away; "" for no secret."""
    return salted_hmac("messaging.models.secrets", secret, algorithm="sha256").hexdigest() if secret else ""


class NewSecret(models.Model):
    """What one request for a new secret brought: sealed, readable once, by one person, for a few minutes.

    It is erased when it is read, and when its time is up.
    """

    entry = models.OneToOneField(OutboxEntry, primary_key=True, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The mark of the previous secret, so that a lost answer can be told from a request that never arrived.
    mark_before = models.CharField(max_length=64, blank=True)
    sealed = models.BinaryField(default=b"")
    readable_until = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["readable_until"], name="newsecret_sealed", condition=~models.Q(sealed=b""))
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def seal(self, secret: str) -> None:
        """Seal a secret that has just arrived, to be read once."""
        self.sealed = sealing.seal(secret.encode())
        self.readable_until = clock.now() + READABLE_FOR
        self.save(update_fields=["sealed", "readable_until"])

    def waits_for(self, user: User) -> bool:
        """Return True if this person may read it now."""
        return bool(self.is_waiting() and self.asked_by_id == user.pk)

    def is_waiting(self) -> bool:
        return bool(self.sealed) and self.readable_until is not None and clock.now() < self.readable_until

    @classmethod
    def read_once(cls, entry_id: Any, user: User) -> str | None:
        """Return the secret to the person who asked for it, and erase it. Anyone else gets None, as do later calls."""
        with transaction.atomic():
            row = cls.objects.select_for_update().filter(pk=entry_id).first()
            if row is None or not row.waits_for(user):
                return None
            try:
                secret = sealing.unseal(bytes(row.sealed)).decode()
            except sealing.Unreadable:
                return None
            row.sealed, row.read_at = b"", clock.now()
            row.save(update_fields=["sealed", "read_at"])
        return secret

    @classmethod
    def erase_expired(cls) -> int:
        """Erase secrets that no one read in time; return how many."""
        return cls.objects.exclude(sealed=b"").filter(readable_until__lte=clock.now()).update(sealed=b"")
