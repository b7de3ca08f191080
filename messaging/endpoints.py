"""The endpoints for machines: Telnyx's webhooks, a load balancer's probes, and metrics."""

import logging
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from messaging.mirror import account, checkup, metrics, tallies
from messaging.mirror.failpoints import failpoint
from messaging.mirror.inbound import inbox, own_test, refused
from messaging.mirror.inbound.refused import Cause
from messaging.telnyx import signature

logger = logging.getLogger(__name__)

MOST_BYTES = 1 << 20


@csrf_exempt
@login_not_required
@require_POST
def telnyx_webhook(request: HttpRequest, token: str = "") -> HttpResponse:
    """Take one delivery: verify the raw bytes, commit them, answer 200. Nothing else happens here.

    400 malformed or outside the time window (kept, without effect), 403 not signed by a trusted key, 411 and 413 for
    the length, 503 if we can't store it, so that Telnyx tries again.
    """
    refusal = _length_refusal(request)
    if refusal:
        return refusal
    keys = account.public_keys(tuple(settings.TELNYX_PUBLIC_KEYS))
    if not keys:
        return _try_again(Cause.NO_KEY)
    body = request.body
    try:
        signed = signature.verify(
            body,
            request.headers.get("telnyx-signature-ed25519", ""),
            request.headers.get("telnyx-timestamp", ""),
            keys,
        )
    except signature.BadSignature as error:
        if not error.malformed and not token and (test := own_test.named_in(body)):
            return _own_test(test, request)
        logger.warning("A webhook was refused: %s", error)
        refused.count(_cause(error))
        return HttpResponse(status=400 if error.malformed else 403)
    try:
        is_fresh = inbox.store(body, signed.fingerprint, token=token, signed_at=signed.at)
    except (DatabaseError, InterfaceError) as error:
        logger.error("A webhook could not be stored (%s); Telnyx will try again.", type(error).__name__)
        connection.close()
        return _try_again(Cause.NOT_STORED)
    failpoint("webhook_before_answer")
    if is_fresh:
        tallies.add(tallies.WEBHOOKS)
        return HttpResponse(status=200)
    refused.count(Cause.WRONG_TIME)
    return HttpResponse(status=400)


def _length_refusal(request: HttpRequest) -> HttpResponse | None:
    length = request.META.get("CONTENT_LENGTH", "")
    if not length.isdigit():
        refused.count(Cause.NO_LENGTH)
        return HttpResponse(status=411)
    if int(length) > MOST_BYTES:
        refused.count(Cause.TOO_LARGE)
        return HttpResponse(status=413)
    return None


def _cause(error: signature.BadSignature) -> Cause:
    if error.malformed:
        return Cause.NO_SIGNATURE if error.missing else Cause.UNREADABLE
    return Cause.WRONG_SIGNATURE


def _own_test(test: UUID, request: HttpRequest) -> HttpResponse:
    """Answer a test that the desk sent to itself: nobody but our worker can make its body."""
    headers = request.headers
    try:
        if own_test.accept(
            test, request.body, headers["telnyx-signature-ed25519"], headers["telnyx-timestamp"]
        ):
            return HttpResponse(status=200)
    except (DatabaseError, InterfaceError) as error:
        logger.error("A test webhook could not be stored (%s).", type(error).__name__)
        connection.close()
        return _try_again(Cause.NOT_STORED)
    refused.count(Cause.OLD_TEST)
    return HttpResponse(status=403)


def _try_again(cause: Cause) -> HttpResponse:
    refused.count(cause, later=cause == Cause.NOT_STORED)
    return HttpResponse(status=503, headers={"Retry-After": "5"})


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process is answering."""
    return JsonResponse({"process": "ok"})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Return whether the whole desk works; a 503 names what doesn't, and `why` explains it in sentences.

    The page Health says the same in words: both read one checkup (messaging/mirror/checkup.py).
    """
    why: list[str] = []
    try:
        found = checkup.Checkup()
        fails = {part.name: part.level == checkup.Level.FAILING for part in found.parts}
        why = [*filter(None, [found.found.held_back_words]), *found.found.public_skews]
    except (DatabaseError, InterfaceError):
        connection.close()
        fails = dict.fromkeys(checkup.TITLES, True)
    words: dict[str, object] = {name: "failing" if failing else "ok" for name, failing in fails.items()}
    if why:
        words["why"] = why
    response = JsonResponse(words, status=503 if any(fails.values()) else 200)
    response._has_been_logged = True  # type: ignore[attr-defined] # the answer itself reports it, not an error of ours
    return response


@login_not_required
@require_safe
def show_metrics(request: HttpRequest) -> HttpResponse:
    """Return what Prometheus reads, for whoever sends METRICS_TOKEN as a bearer token. Without one there is no page."""
    token = settings.METRICS_TOKEN
    if not token:
        return HttpResponse(status=404)
    kind, _space, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not constant_time_compare(given.strip(), token):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(
        metrics.text(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"}
    )
