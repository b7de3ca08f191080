"""What goes around every page: nothing is kept in caches, times are those of the viewer, machines come first."""

import re
from collections.abc import Callable
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from messaging.views import telnyx_webhook

GetResponse = Callable[[HttpRequest], HttpResponseBase]

WEBHOOK = re.compile(r"/webhooks/telnyx(?:/(?P<token>[0-9a-f]{32}))?/?")
ZONE_COOKIE = "desk_zone"
# Set while a person wants to see every time in UTC.
UTC_COOKIE = "desk_utc"
ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
LONGEST_ZONE = 64


def webhooks_first(get_response: GetResponse) -> GetResponse:
    """Take Telnyx's deliveries before anything that is for people: no session, no language, no policy of a page.

    What they may do rests on their signature alone, and they come 200 a second (benchmarks/ingest.py).
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        match = WEBHOOK.fullmatch(request.path_info)
        if not match:
            return get_response(request)
        answer = telnyx_webhook(request, match["token"] or "")
        # Without a length the server answers in chunks, which is a second packet for every delivery.
        answer.headers["Content-Length"] = str(len(answer.content))
        return answer

    return middleware


def no_store(get_response: GetResponse) -> GetResponse:
    """Keep what a logged-in person saw out of every cache, also that of the browser's back button."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.session.accessed and "no-store" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "no-store, private"
        return response

    return middleware


def viewers_zone(get_response: GetResponse) -> GetResponse:
    """Show times in UTC for who wants that, else in the zone that the browser named in a cookie (desk.js), else in
    that of the settings.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        named = "UTC" if request.COOKIES.get(UTC_COOKIE) else request.COOKIES.get(ZONE_COOKIE, "")
        with timezone.override(zone_named(named)):
            return get_response(request)

    return middleware


def zone_named(name: str) -> ZoneInfo | None:
    """Return the zone of that name, or None for any text that is not one."""
    name = unquote(name)
    if len(name) > LONGEST_ZONE or not ZONE_NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
