"""The endpoints for machines: Telnyx's webhooks and a load balancer's probes."""

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from messaging.mirror import account, health, heartbeat
from messaging.mirror.failpoints import failpoint
from messaging.mirror.inbound import inbox
from messaging.mirror.models import Heartbeat
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
        return _try_again()
    body = request.body
    try:
        signed = signature.verify(
            body,
            request.headers.get("telnyx-signature-ed25519", ""),
            request.headers.get("telnyx-timestamp", ""),
            keys,
        )
    except signature.BadSignature as error:
        logger.warning("A webhook was refused: %s", error)
        return HttpResponse(status=400 if error.malformed else 403)
    try:
        is_fresh = inbox.store(body, signed.fingerprint, token=token, signed_at=signed.at)
    except (DatabaseError, InterfaceError) as error:
        logger.error("A webhook could not be stored (%s); Telnyx will try again.", type(error).__name__)
        connection.close()
        return _try_again()
    failpoint("webhook_before_answer")
    return HttpResponse(status=200 if is_fresh else 400)


def _length_refusal(request: HttpRequest) -> HttpResponse | None:
    length = request.META.get("CONTENT_LENGTH", "")
    if not length.isdigit():
        return HttpResponse(status=411)
    return HttpResponse(status=413) if int(length) > MOST_BYTES else None


def _try_again() -> HttpResponse:
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

    What is due decides, not which processes are up: requests (outbox) and webhooks (inbox) that have waited more than
    a minute, and clocks that are more than a minute off PostgreSQL's or Telnyx's.
    """
    names = ("database", "worker", "beat", "keys", "outbox", "inbox", "held_back", "clock")
    checks, why = dict.fromkeys(names, False), []
    try:
        found = health.read()
        checks["worker"] = heartbeat.alive(Heartbeat.WORKER)
        checks["beat"] = heartbeat.alive(Heartbeat.BEAT)
        checks["keys"] = (
            bool(account.public_keys(tuple(settings.TELNYX_PUBLIC_KEYS))) and not found.key_refused_at
        )
        checks["outbox"] = found.pause is None
        checks["inbox"] = found.events_late_since is None
        checks["held_back"] = not found.is_holding_back
        checks["clock"] = not found.public_skews
        checks["database"] = True
        why = [*filter(None, [found.held_back_words]), *found.public_skews]
    except (DatabaseError, InterfaceError):
        connection.close()
    except ValueError:
        logger.error("A public key is not valid.")
    words: dict[str, object] = {name: "ok" if fine else "failing" for name, fine in checks.items()}
    if why:
        words["why"] = why
    response = JsonResponse(words, status=200 if all(checks.values()) else 503)
    response._has_been_logged = True  # type: ignore[attr-defined] # the answer itself reports it, not an error of ours
    return response
