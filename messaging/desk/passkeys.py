"""Passkeys: a phone, computer or security key shows that it's the person, in place of a code that is typed.

allauth's table keeps them. What is kept is a public key, so nothing of it is secret. The rules are those of Web
Authentication (W3C): a passkey works only at the address it was made at, and each answer fits one question only.
"""

import json
import struct
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from messaging.mirror import clock
from messaging.mirror.audit.context import acting

from . import acts, factors

KIND = factors.PASSKEY
# In a session: what the browser was asked, until it is answered.
ASKED = "desk_passkey"
MOST = 10
LONGEST = 20_000
# What fido2 raises for an answer that is no answer, or not to this question.
UNFIT = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    RecursionError,
    NotImplementedError,
    struct.error,
)


class NoPasskey(Exception):
    """The answer isn't one of a passkey that counts here."""


def of(user: AbstractBaseUser | AnonymousUser) -> list[Authenticator]:
    """Return a person's passkeys, oldest first."""
    return list(Authenticator.objects.filter(user_id=user.pk, type=KIND).order_by("pk"))


def ask_for_new(request: HttpRequest, user: User) -> str:
    """Return what the browser is asked to make a passkey, as JSON; the answer is `add`ed."""
    name = user.get_username()
    person = PublicKeyCredentialUserEntity(id=str(user.pk).encode(), name=name, display_name=name)
    options, state = _server(request).register_begin(
        person,
        [_public(row) for row in of(user)],
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    request.session[ASKED] = dict(state)
    return json.dumps(dict(options)["publicKey"])


def add(request: HttpRequest, user: User, name: str, answer: str) -> None:
    """Keep the passkey that a browser made, on record, or raise NoPasskey. The first factor brings recovery codes."""
    state = request.session.pop(ASKED, None)
    try:
        credential = _read(answer)
        made = _server(request).register_complete(state, credential)
    except UNFIT:
        raise NoPasskey from None
    with transaction.atomic():
        factors.hold(user)
        rows = of(user)
        if len(rows) >= MOST or made.credential_data in [_public(row) for row in rows]:
            raise NoPasskey
        data = {"name": name, "credential": credential, "count": made.counter}
        Authenticator.objects.create(user=user, type=KIND, data=data)
        factors.give_recovery_codes(user)
        acts.record(user, user, _("Added a passkey"))


def ask(request: HttpRequest, user: User) -> str:
    """Return what the browser is asked to show one of these passkeys, as JSON; "" if there are none."""
    if not (rows := of(user)):
        return ""
    options, state = _server(request).authenticate_begin(
        [_public(row) for row in rows], user_verification=UserVerificationRequirement.PREFERRED
    )
    request.session[ASKED] = dict(state)
    return json.dumps(dict(options)["publicKey"])


def accept(request: HttpRequest, user: User, answer: str) -> None:
    """Take a browser's answer to the last question, once, or raise NoPasskey."""
    state = request.session.pop(ASKED, None)
    # Who has the passkey is not signed in yet, but known.
    with transaction.atomic(), acting(user_id=user.pk, actor=user.get_username()):
        held = Authenticator.objects.select_for_update().filter(user_id=user.pk, type=KIND)
        rows = {_public(row).credential_id: row for row in held}
        try:
            given = _read(answer)
            used = _server(request).authenticate_complete(
                state, [_public(row) for row in rows.values()], given
            )
            count = AuthenticationResponse.from_dict(given).response.authenticator_data.counter
        except UNFIT:
            raise NoPasskey from None
        row: Any = rows[used.credential_id]
        # A counter that doesn't rise is that of a copy. Passkeys that are meant to be copied don't count.
        if (count or row.data["count"]) and count <= row.data["count"]:
            raise NoPasskey
        row.data["count"], row.last_used_at = count, clock.now()
        row.save(update_fields=["data", "last_used_at"])


def _read(answer: str) -> Any:
    if len(answer) > LONGEST:
        raise ValueError
    return json.loads(answer)


def _public(row: Any) -> AttestedCredentialData:
    made = RegistrationResponse.from_dict(row.data["credential"]).response.attestation_object.auth_data
    return made.credential_data


def _server(request: HttpRequest) -> Fido2Server:
    address = f"{request.scheme}://{request.get_host()}"
    host = urlsplit(address).hostname
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=host, name="telnyx-desk"),
        verify_origin=lambda origin: origin == address,
    )
