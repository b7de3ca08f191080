"""The company's own sign-in (OpenID Connect): what its provider is asked, and which of its answers count.

allauth reads the provider's addresses, keeps the state of an attempt in the session and redeems the code. The signature
is checked here every time, and PostgreSQL's clock decides what is too old.
"""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from requests import RequestException

from messaging.checks import is_loopback
from messaging.mirror import clock

logger = logging.getLogger(__name__)

COMPANY = "company"
DISCOVERY = "/.well-known/openid-configuration"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
# Signed with a key that only the provider has, never with one that we know, too.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
KEY_TYPES = ("RSA", "EC", "OKP")
NEEDED = ["iss", "sub", "aud", "exp", "iat"]
# Microsoft Entra ID says by the second one that the company owns the domain of an address.
VERIFIED = ("email_verified", "xms_edov")
# How far the provider's clock may be off, and for how long somebody counts as having just shown who they are.
LEEWAY_SECONDS = 120
FRESH_SECONDS = 600


class NotSignedIn(Exception):  # noqa: N818
    """Nobody was signed in; the text says why, for the person who tried."""


class Untrusted(Exception):  # noqa: N818
    """An answer of the provider that doesn't count; the text is for the log and holds nothing of the answer."""


def issuer() -> str:
    """Return what stands for the provider; "" if the company's sign-in isn't set up."""
    return str(settings.OIDC_ISSUER).rstrip("/")


class Provider(OpenIDConnectOAuth2Adapter):
    """The provider that the settings name."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, COMPANY)

    def get_provider(self) -> OpenIDConnectProvider:
        app = SocialApp(
            provider=OpenIDConnectProvider.id,
            provider_id=COMPANY,
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={"server_url": issuer() + DISCOVERY},
        )
        return OpenIDConnectProvider(self.request, app=app)

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return request.build_absolute_uri(reverse("admin:desk_company_back"))

    @cached_property
    def openid_config(self) -> dict[str, Any]:
        """Return what the provider says of itself, if it is the one of the settings."""
        config: dict[str, Any] = super().openid_config
        if str(config["issuer"]).rstrip("/") != issuer():
            raise Untrusted("the provider names another issuer than OIDC_ISSUER")
        for name in ENDPOINTS:
            if name in config and not _is_safe(config[name]):
                raise Untrusted(f"{name} is not an https address")
        return config

    def address(self, state: str, **parameters: str) -> str:
        """Return where a browser goes to sign in."""
        asked = {
            "client_id": settings.OIDC_CLIENT_ID,
            "redirect_uri": self.get_callback_url(self.request, None),
            "scope": "openid profile email",
            "response_type": "code",
            "state": state,
            **parameters,
        }
        endpoint = self.openid_config["authorization_endpoint"]
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def redeem(self, verifier: str, nonce: str) -> dict[str, Any]:
        """Return what the provider says of the person whose code came back."""
        app = self.get_provider().app
        answer = self.get_access_token_data(
            self.request, app, self.get_client(self.request, app), pkce_code_verifier=verifier
        )
        claims = self._checked(str(answer["id_token"]), nonce)
        if {"email", "email_verified", settings.OIDC_GROUPS_CLAIM} <= claims.keys():
            return claims
        return {**self._more(answer["access_token"], claims), **claims}

    def _checked(self, token: str, nonce: str) -> dict[str, Any]:
        """Return the claims of an ID token that is the provider's, for us, for this attempt, and of now."""
        claims = self._signed(token)
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise Untrusted("no subject")
        if claims.get("azp", settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID:
            raise Untrusted("made for another client")
        if not constant_time_compare(str(claims.get("nonce", "")), nonce):
            raise Untrusted("another nonce")
        now = clock.now().timestamp()
        is_of_now = (
            float(claims["exp"]) > now - LEEWAY_SECONDS
            and float(claims["iat"]) < now + LEEWAY_SECONDS
            and float(claims.get("nbf", 0)) < now + LEEWAY_SECONDS
        )
        if not is_of_now:
            raise NotSignedIn(
                _(
                    "The clocks of this desk and of %(name)s differ too much, so nobody was signed in. Try again. If "
                    "it happens again, tell an administrator to check the clock of this desk's server."
                )
                % {"name": settings.OIDC_NAME}
            )
        return claims

    def _signed(self, token: str) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
        answer.raise_for_status()
        wanted = jwt.get_unverified_header(token).get("kid")
        for key in jwt.PyJWKSet.from_dict(answer.json()).keys:
            if key.key_type in KEY_TYPES and (wanted is None or key.key_id == wanted):
                try:
                    return jwt.decode(
                        token,
                        key,
                        algorithms=ALGORITHMS,
                        audience=settings.OIDC_CLIENT_ID,
                        issuer=self.openid_config["issuer"],
                        # These three by PostgreSQL's clock, above.
                        options={
                            "require": NEEDED,
                            "verify_exp": False,
                            "verify_iat": False,
                            "verify_nbf": False,
                        },
                    )
                except jwt.InvalidSignatureError:
                    continue
        raise Untrusted("not signed with a key of the provider")

    def _more(self, access_token: str, claims: dict[str, Any]) -> dict[str, Any]:
        """Return what the provider says elsewhere of the same person."""
        if "userinfo_endpoint" not in self.openid_config:
            return {}
        more = self._fetch_user_info(access_token)
        if more["sub"] != claims["sub"]:
            raise Untrusted("userinfo is about somebody else")
        if claims.get("email", more.get("email")) != more.get("email"):
            # What it says of another address verifies nothing.
            return {name: value for name, value in more.items() if name not in VERIFIED}
        return more


def _is_safe(url: Any) -> bool:
    parts = urlsplit(str(url))
    return parts.scheme == "https" or (settings.PRIVATE and is_loopback(parts.netloc))


def start(request: HttpRequest, back: str, confirms: str = "") -> str:
    """Begin an attempt and return where the browser goes; `confirms` is the key of who shows that it's still them."""
    proof = generate_code_challenge()
    attempt = {
        "next": back,
        "confirms": confirms,
        "nonce": secrets.token_urlsafe(24),
        "verifier": proof["code_verifier"],
    }
    with failures_in_words():
        provider = Provider(request)
        parameters = {
            "nonce": attempt["nonce"],
            "code_challenge": proof["code_challenge"].decode(),
            "code_challenge_method": proof["code_challenge_method"],
        }
        if confirms:
            parameters |= {"prompt": "login", "max_age": "0"}
        state = secrets.token_urlsafe(24)
        address = provider.address(state, **parameters)
        statekit.stash_state(request, provider_id=COMPANY, state=attempt, state_id=state)
        return address


def taken_up(request: HttpRequest) -> dict[str, Any] | None:
    """Return the attempt that a browser came back from, which then can't be used again; None if there is none."""
    return statekit.unstash_state(request, provider_id=COMPANY, state_id=request.GET.get("state", ""))


def finish(request: HttpRequest, attempt: dict[str, Any]) -> dict[str, Any]:
    """Return what the provider says of whoever came back from it."""
    name = {"name": settings.OIDC_NAME}
    with failures_in_words():
        error = request.GET.get("error", "")
        if error == "access_denied":
            raise NotSignedIn(
                _("%(name)s didn't let you in, or you canceled there. Nobody was signed in.") % name
            )
        if error in ("temporarily_unavailable", "server_error"):
            raise NotSignedIn(_unreachable())
        if error or not request.GET.get("code"):
            raise Untrusted("the provider answered with an error")
        if request.GET.get("iss", issuer()).rstrip("/") != issuer():
            raise Untrusted("the answer is of another issuer")
        claims = Provider(request).redeem(attempt["verifier"], attempt["nonce"])
        if attempt["confirms"] and not _is_fresh(claims):
            raise NotSignedIn(
                _(
                    "%(name)s let you through without asking who you are, so this doesn't confirm that it's "
                    "you. Log out at %(name)s and try again. If it happens again, tell an administrator."
                )
                % name
            )
        return claims


def _is_fresh(claims: dict[str, Any]) -> bool:
    """Return True if somebody has just shown who they are. A provider that doesn't say when was asked to ask them."""
    since = claims.get("auth_time")
    return since is None or float(since) > clock.now().timestamp() - FRESH_SECONDS


@contextmanager
def failures_in_words() -> Iterator[None]:
    """Turn everything that can go wrong with the provider into words. The log gets no word of its answers."""
    try:
        yield
    except NotSignedIn:
        raise
    except RequestException as error:
        logger.warning("the company's sign-in: the provider can't be used: %s", type(error).__name__)
        raise NotSignedIn(_unreachable()) from None
    except (
        Untrusted,
        OAuth2Error,
        jwt.PyJWTError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
    ) as error:
        # Only our own words are certain to hold nothing of a person.
        said = str(error) if isinstance(error, Untrusted) else type(error).__name__
        logger.warning("the company's sign-in: an answer was refused: %s", said)
        raise NotSignedIn(
            _(
                "The answer from %(name)s could not be trusted, so nobody was signed in. Try again. If it "
                "happens again, tell an administrator to check how the desk and %(name)s are connected."
            )
            % {"name": settings.OIDC_NAME}
        ) from None


def _unreachable() -> str:
    return _("%(name)s can't be reached right now, so nobody was signed in. Try again in a few minutes.") % {
        "name": settings.OIDC_NAME
    }
