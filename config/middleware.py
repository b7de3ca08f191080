"""What wraps every page: machines come first, text that can't be stored never gets in, nothing is kept in caches,
times are in the viewer's zone.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotFound,
    QueryDict,
    UnreadablePostError,
)
from django.template import loader
from django.utils import timezone

from config import errors
from config.asking import in_frame
from messaging.endpoints import healthz, readyz, show_metrics, telnyx_webhook
from messaging.mirror import trace
from messaging.mirror.audit.context import acting_for
from messaging.mirror.records.wire import UNSTORABLE
from messaging.mirror.throttle import TooOften

GetResponse = Callable[[HttpRequest], HttpResponseBase]

WEBHOOK = re.compile(r"/webhooks/telnyx(?:/(?P<token>[0-9a-f]{32}))?/?")
PROBES = {"/healthz": healthz, "/readyz": readyz, "/metrics": show_metrics}
# What of a browser and its machine no page asks for.
UNUSED = ", ".join(
    f"{name}=()"
    for name in ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb")
)
ZONE_COOKIE = "desk_zone"
# Set while a person wants every time in UTC.
UTC_COOKIE = "desk_utc"
ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
LONGEST_ZONE = 64
# Hex digits or a UUID, as proxies make them: nothing that could be a phone number or hold words.
REQUEST_ID = re.compile(r"[0-9a-f]{16,32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
# What an address may say of a record: a UUID or a short number. Anything longer may be somebody's phone number.
RECORD_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{1,9}")


def machines_first(get_response: GetResponse) -> GetResponse:
    """Answer Telnyx's deliveries, a load balancer's probes and Prometheus before anything meant for people: no session,
    no language, no page policies.

    The host they name doesn't count. A probe uses the address of our container, and a proxy may pass on a host other
    than ours: a delivery is trusted by its signature alone, and refusing it would lose it. Deliveries come at 200 a
    second (benchmarks/ingest.py). With WEBHOOK_ONLY this process serves nothing else.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if probe := PROBES.get(request.path_info):
            answer = probe(request)
        elif match := WEBHOOK.fullmatch(request.path_info):
            answer = telnyx_webhook(request, match["token"] or "")
        elif settings.WEBHOOK_ONLY:
            answer = HttpResponseNotFound()
        else:
            return get_response(request)
        # Without a length the server answers in chunks, which means a second packet for every delivery.
        answer.headers["Content-Length"] = str(len(answer.content))
        return answer

    return middleware


def ours_alone(get_response: GetResponse) -> GetResponse:
    """Let no other site load what we answer, and let no page use what a desk has no use for."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", UNUSED)
        return response

    return middleware


def traced(get_response: GetResponse) -> GetResponse:
    """Give each request an ID: the trusted proxy's, or one of ours. The log and what is promised name it, and so does
    the answer.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXY else ""
        request_id = given.lower() if REQUEST_ID.fullmatch(given) else uuid4().hex
        # Django logs a refusal only after all middleware (config.logs).
        request.trace = {"request_id": request_id}  # type: ignore[attr-defined]
        with trace.about(request_id=request_id):
            response = get_response(request)
        response.headers["X-Request-ID"] = request_id
        return response

    return middleware


class StorableText:
    """Let nothing in that PostgreSQL can't store: NUL, and half a surrogate pair.

    No page has such an address, and we ignore a parameter or a cookie that contains one. In a form it can come in
    unseen with a paste: there we remove it, and nothing else of what was typed. Contents of files aren't touched.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if UNSTORABLE.search(request.path_info):
            raise Http404
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if not UNSTORABLE.search(name + value)
        }
        if has_unstorable(request.GET):
            request.GET = fields_with(
                request.GET, lambda values: [value for value in values if not UNSTORABLE.search(value)]
            )
            request.META["QUERY_STRING"] = request.GET.urlencode()
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Clean the form here and no earlier; the CSRF check reads it here too."""
        with suppress(UnreadablePostError):  # the sender is gone; the form then counts as empty
            if has_unstorable(request.POST):
                request.POST = fields_with(
                    request.POST, lambda values: [UNSTORABLE.sub("", value) for value in values]
                )


def fields_with(fields: QueryDict, change: Callable[[list[str]], list[str]]) -> Any:
    """Return the fields whose names can be stored, with changed values; leave out those with no value left."""
    changed = QueryDict(mutable=True)
    for name, values in fields.lists():
        kept = change([str(value) for value in values])
        if kept and not UNSTORABLE.search(name):
            changed.setlist(name, kept)
    changed._mutable = False
    return changed


def has_unstorable(fields: QueryDict) -> bool:
    return any(UNSTORABLE.search(str(text)) for name, values in fields.lists() for text in (name, *values))


def on_record(get_response: GetResponse) -> GetResponse:
    """Let what changes during a request be put on record with who changed it, and on which page."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request_id = trace.request_id().replace("-", "")

        def whom() -> dict[str, Any]:
            user, match = request.user, request.resolver_match
            ids = match.kwargs.values() if match else ()
            named = [match.view_name if match else "", *filter(RECORD_ID.fullmatch, map(str, ids))]
            is_known = user.is_authenticated
            return {
                "user_id": user.pk if is_known else None,
                "actor": user.get_username() if is_known else "",
                "page": " ".join(named),
                "request_id": request_id,
                "source": "page",
            }

        with acting_for(whom):
            return get_response(request)

    return middleware


def strangers_send_little(get_response: GetResponse) -> GetResponse:
    """Read no large body from someone who isn't logged in: nothing open to strangers takes one."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_large = not length.isdigit() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if is_large and not request.user.is_authenticated:
            return errors.bad_request(request, RequestDataTooBig("the body of a request without a login"))
        return get_response(request)

    return middleware


class SayWhenToTryAgain:
    """Answer an attempt too many with when the next one is possible (messaging/mirror/throttle.py)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, TooOften):
            return None
        html = loader.get_template("429.html").render({"minutes": exception.minutes})
        response = HttpResponse(html, status=429, headers={"Retry-After": str(exception.seconds)})
        return in_frame(response)


def no_blank_page(get_response: GetResponse) -> GetResponse:
    """Show words and a way back at an address that only a form is sent to; whoever opens it means no harm."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code == 405 and request.method == "GET" and isinstance(response, HttpResponse):
            response.content = loader.get_template("405.html").render()
        return response

    return middleware


def no_store(get_response: GetResponse) -> GetResponse:
    """Keep what a logged-in person saw out of every cache, including the browser's for its back button."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.session.accessed and "no-store" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "no-store, private"
        return response

    return middleware


def viewers_zone(get_response: GetResponse) -> GetResponse:
    """Show times in UTC if the person wants that, otherwise in the zone the browser named in a cookie (desk.js), or
    else in the zone of the settings.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        named = "UTC" if request.COOKIES.get(UTC_COOKIE) else request.COOKIES.get(ZONE_COOKIE, "")
        with timezone.override(zone_named(named)):
            return get_response(request)

    return middleware


def zone_named(name: str) -> ZoneInfo | None:
    """Return the zone with that name, or None if there is no such zone."""
    name = unquote(name)
    if len(name) > LONGEST_ZONE or not ZONE_NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
