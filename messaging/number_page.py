"""The page about one number, and the filter of lists that it links to.

The page says what a number is to us, what happened in the order of time, and what each app knows of it.
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from messaging.desk import number_lookup
from messaging.desk.number_address import number_in
from messaging.desk.pages import user_of

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
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "title": _("Everything about a number"),
        "number": display_number(number) if is_shown else mask_number(number),
        # For addresses, in which it is encrypted.
        "plain": number,
        "is_shown": is_shown,
        "warnings": [words for chapter in chapters for words in chapter.warnings],
        "is_to_us": [hit for chapter in chapters for hit in chapter.is_to_us],
        "events": events[:MOST_EVENTS],
        "has_older": len(events) > MOST_EVENTS,
        "chapters": [chapter for chapter in chapters if chapter.hits],
        "empty": ", ".join(str(chapter.title) for chapter in chapters if not chapter.hits),
        "most_events": MOST_EVENTS,
    }
    return TemplateResponse(request, "desk/number.html", context)


class NumberFilter(admin.SimpleListFilter):
    """Keep what is about one number. A link from its page names it by a token; the list itself doesn't offer this.

    A value that is no token leaves the list unfiltered.
    """

    title = gettext_lazy("number")
    parameter_name = "number"

    def about(self, number: str) -> Q:
        """Return the filter for what is about a number."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        token = self.value() or ""
        number = number_in(token)
        return [(token, mask_number(number))] if number else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        number = number_in(self.value() or "")
        return queryset.filter(self.about(number)) if number else queryset
