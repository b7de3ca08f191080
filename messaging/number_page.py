"""The page about one number, and the search for webhook events about one.

The page says what a number is to us, what happened in the order of time, and what each app knows of it.
"""

from typing import cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from messaging.desk import many, number_lookup
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.finding import digits_in
from messaging.desk.number_address import number_in, token_of
from messaging.desk.pages import check, user_of
from messaging.mirror.models import WebhookEvent

from .numbers import SHORTEST_IN_FULL, find_number
from .validators import display_number, mask_number

MOST_EVENTS = 50


@never_cache
@require_safe
def show_number(request: HttpRequest, token: str) -> HttpResponse:
    """Show everything about a number that this person may see. Raise Http404 if the address names none."""
    user, number = user_of(request), number_in(token)
    if not number_lookup.may_read(user):
        raise PermissionDenied(number_lookup.needed()[0])
    if not number:
        raise Http404
    chapters = number_lookup.chapters(user, number)
    events = sorted(
        (event for chapter in chapters for event in chapter.events), key=lambda event: event.at, reverse=True
    )
    is_shown = any(chapter.shows_number for chapter in chapters)
    is_ours = any(chapter.is_ours for chapter in chapters)
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "title": _("Everything about a number"),
        "number": display_number(number) if is_shown else mask_number(number),
        # For addresses, in which it is encrypted.
        "plain": number,
        "is_shown": is_shown,
        "warnings": [words for chapter in chapters for words in chapter.warnings],
        "is_to_us": [
            hit
            for chapter in chapters
            for hit in (*chapter.is_to_us, *(() if is_ours else chapter.is_others))
        ],
        "events": events[:MOST_EVENTS],
        "has_older": len(events) > MOST_EVENTS,
        "chapters": [chapter for chapter in chapters if chapter.hits],
        "empty": ", ".join(str(chapter.title) for chapter in chapters if not chapter.hits),
        "most_events": MOST_EVENTS,
    }
    return TemplateResponse(request, "desk/number.html", context)


@require_POST
def find_events(request: HttpRequest) -> HttpResponse:
    """Lead to the webhook events about a number that was typed, which is only a token in the address."""
    model_admin = cast(DeskModelAdmin, admin.site.get_model_admin(WebhookEvent))
    check(request, model_admin)
    number = find_number(request.POST.get("number", ""))
    if not number:
        is_part = 0 < len(digits_in(request.POST.get("number", ""))) < SHORTEST_IN_FULL
        words = _("Events are found by the whole number only, so nothing was searched for. Type all of it.")
        messages.warning(
            request, words if is_part else _("That isn't a phone number, so nothing was searched for.")
        )
    query = urlencode({"number": token_of(number)}) if number else ""
    return HttpResponseRedirect(many.list_url(WebhookEvent, query))
