"""The second factor of a login: a code from an app on the phone, a passkey, or one of the recovery codes on paper.

allauth keeps them; here they are sealed with DOCUMENT_KEYS, judged by PostgreSQL's clock, and each code works once.
"""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock, sealing
from messaging.mirror.audit.context import acting
from messaging.mirror.wording import Words

from . import acts

APP, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES
PASSKEY = Authenticator.Type.WEBAUTHN
PERIOD = 30
# The data of an authenticator that is sealed.
SEALED = ("secret", "seed")
# The period of the newest code that was used.
LAST = "last_period"


class Adapter(DefaultMFAAdapter):
    """Seals what allauth stores."""

    def encrypt(self, text: str) -> str:
        """Return `text` sealed."""
        return sealing.seal(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was sealed."""
        return sealing.unseal(encrypted_text.encode()).decode()


def needs(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Return True if this person may do more than view, so that a password alone isn't enough."""
    if not settings.REQUIRE_SECOND_FACTOR or not isinstance(user, User):
        return False
    return user.is_superuser or any(
        not name.partition(".")[2].startswith("view_") for name in user.get_all_permissions()
    )


def of(user: AbstractBaseUser | AnonymousUser) -> Authenticator | None:
    """Return the app that makes a person's codes, or None."""
    return Authenticator.objects.filter(user_id=user.pk, type=APP).first()


def has_any(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Return True if this person has a second factor, an app or a passkey."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=(APP, PASSKEY)).exists()


def is_last(row: Authenticator) -> bool:
    """Return True if this is somebody's only second factor."""
    rows = Authenticator.objects.filter(user_id=row.user_id, type__in=(APP, PASSKEY))
    return not rows.exclude(pk=row.pk).exists()


def new_secret() -> str:
    """Return a secret for an app, in base32."""
    return generate_totp_secret()


def fits(secret: str, text: str) -> int | None:
    """Return the period of a code that is right now, or just was, or is about to be; None for any other."""
    now = int(clock.now().timestamp()) // PERIOD
    for period in (now, now - 1, now + 1):
        if constant_time_compare(text, format_hotp_value(hotp_value(secret, period))):
            return period
    return None


def turn_on(user: User, secret: str, period: int) -> None:
    """Make an app with this secret the second factor, whose code of `period` was just used, and make recovery codes."""
    sealed = sealing.seal(secret.encode()).decode()
    with transaction.atomic():
        hold(user)
        is_new = not Authenticator.objects.filter(user=user, type__in=(APP, RECOVERY)).delete()[0]
        Authenticator.objects.create(user=user, type=APP, data={"secret": sealed, LAST: period})
        give_recovery_codes(user)
        acts.record(
            user, user, _("Set up sign-in codes") if is_new else _("Set up sign-in codes on another app")
        )


def hold(user: User) -> None:
    """Let nobody else change this person's factors until the transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def give_recovery_codes(user: User) -> None:
    """Make recovery codes for somebody who has none."""
    if not Authenticator.objects.filter(user=user, type=RECOVERY).exists():
        RecoveryCodes.activate(user)


def remove(row: Authenticator, what: Words) -> bool:
    """Remove one of a person's own factors, on record; return True if it was the last. Recovery codes go with that."""
    user: Any = row.user
    with transaction.atomic():
        hold(user)
        was_last = is_last(row)
        gone = (
            Authenticator.objects.filter(user=user) if was_last else Authenticator.objects.filter(pk=row.pk)
        )
        if gone.delete()[0]:
            acts.record(user, user, what)
    return was_last


def turn_off(user: User, by: User, what: Words, reason: str = "") -> bool:
    """Remove all factors of a person, on record; return True if there were any."""
    with transaction.atomic():
        if not Authenticator.objects.filter(user=user).delete()[0]:
            return False
        acts.record(by, user, what, reason=reason)
    return True


def accept(user: AbstractBaseUser, text: str) -> str:
    """Use up a code; return which kind it was, or "" for a code that is wrong or was used before."""
    text = "".join(text.split()).replace("-", "")
    if not text.isascii() or not text.isdigit():
        return ""
    # Who gives the right code is not signed in yet, but known.
    with transaction.atomic(), acting(user_id=user.pk, actor=user.get_username()):
        found = {row.type: row for row in Authenticator.objects.select_for_update().filter(user_id=user.pk)}
        if APP in found and _use(found[APP], text):
            return str(APP)
        # Without a factor there is nothing to recover.
        if len(found) > 1 and RECOVERY in found and found[RECOVERY].wrap().validate_code(text):
            Authenticator.objects.filter(pk=found[RECOVERY].pk).update(last_used_at=clock.now())
            return str(RECOVERY)
    return ""


def _use(app: Authenticator, text: str) -> bool:
    period = fits(sealing.unseal(app.data["secret"].encode()).decode(), text)
    # A code that was used, or is older than one that was, never works again.
    if period is None or period <= app.data.get(LAST, 0):
        return False
    app.data[LAST], app.last_used_at = period, clock.now()
    app.save(update_fields=["data", "last_used_at"])
    return True


def recovery_codes(user: AbstractBaseUser | AnonymousUser) -> list[str]:
    """Return the recovery codes that were not used yet."""
    row = Authenticator.objects.filter(user_id=user.pk, type=RECOVERY).first()
    return row.wrap().get_unused_codes() if row else []


def renew_recovery_codes(user: User) -> None:
    """Replace all recovery codes, on record."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user, type=RECOVERY).delete()
        RecoveryCodes.activate(user)
        acts.record(user, user, _("Made new recovery codes"))


def reseal(row: Authenticator) -> None:
    """Seal what is stored with the first of DOCUMENT_KEYS. Raise Unreadable if no key opens it."""
    with transaction.atomic():
        locked: Any = Authenticator.objects.select_for_update().get(pk=row.pk)
        for name in SEALED:
            if name in locked.data:
                locked.data[name] = sealing.reseal(locked.data[name].encode()).decode()
        locked.save(update_fields=["data"])
