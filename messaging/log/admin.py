"""The message log: its list, the page of a message, its conversation, and who opened what."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import show
from messaging.desk.base_admin import ReadOnlyAdmin
from messaging.desk.filters import NumberFilter
from messaging.desk.pages import uuid_or_none
from messaging.list_csv import Column
from messaging.mirror import throttle
from messaging.mirror.masking import without_personal
from messaging.models import Message, Reveal
from messaging.numbers import find_number

from ..audit.seen import SinceFilter, UntilFilter, ViewsAdmin, WhoFilter, with_words
from ..exports import views as exports
from ..media import views as message_files
from ..sending import reply
from . import health_views, list_page, reveals, shared_searches
from . import views as message_pages

NAME = "messaging_message"
VIEWS: tuple[tuple[str, str, Callable[..., HttpResponse]], ...] = (
    ("find/", "find", list_page.find),
    ("number/<str:token>/", "of_number", list_page.of_number),
    ("save/", "save", list_page.save),
    ("searches/", "searches", shared_searches.show),
    ("searches/<uuid:id>/remove/", "remove_search", shared_searches.remove),
    ("searches/<uuid:id>/forget/", "forget", list_page.forget),
    ("searches/<uuid:id>/default/", "default", list_page.make_default),
    ("searches/<uuid:id>/elsewhere/", "elsewhere", list_page.elsewhere),
    ("export/", "export", exports.start),
    ("<int:pk>/sender/", "sender", health_views.sender),
    ("ask/", "ask_id", message_pages.ask_by_id),
    ("questions/<uuid:id>/", "question", message_pages.question),
    ("<int:pk>/ask/", "ask", message_pages.ask),
    ("<int:pk>/reply/", "reply", reply.start),
    ("<int:pk>/reveal/", "reveal", message_pages.reveal),
    ("<int:pk>/files/<int:position>/", "file", message_files.show),
    ("<int:pk>/conversation/", "conversation", message_pages.conversation),
)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """The pages show only what `messaging.log.masking` allows; nothing is added, changed or deleted here."""

    page_template = message_pages.MESSAGE
    actions = None

    def get_urls(self) -> list[URLPattern]:
        ours = [
            path(address, self.admin_site.admin_view(partial(view, model_admin=self)), name=f"{NAME}_{name}")
            for address, name, view in VIEWS
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return list_page.show_list(request, self)

    def page(self, request: HttpRequest, row: models.Model) -> dict[str, Any]:
        return message_pages.message_context(request, row)


class OfNumber(NumberFilter):
    def about(self, number: str) -> models.Q:
        return models.Q(pk__in=reveals.about(number).values("pk"))


def extent_of(reveal: Reveal) -> str:
    """Return what somebody opened with it: a message, its conversation, a file, or its number."""
    if reveal.file is not None:
        return _("file %(number)s of it") % {"number": reveal.file + 1}
    if reveal.is_of_number():
        return _("only its number, to reply")
    return _("the whole conversation") if reveal.is_conversation else _("this message")


@admin.register(Reveal)
class RevealAdmin(ViewsAdmin):
    """Who opened which message, and why."""

    list_display = ("when", "user", "opened", "why", "what")
    list_filter = (WhoFilter, SinceFilter, UntilFilter, "is_conversation", OfNumber)
    csv_columns = (
        Column(gettext_lazy("When (%(zone)s)"), lambda reveal, user: reveal.at),
        Column(gettext_lazy("Who"), lambda reveal, user: reveal.user.get_username()),
        Column(gettext_lazy("Message"), lambda reveal, user: reveal.called),
        Column(gettext_lazy("Telnyx message ID"), lambda reveal, user: reveal.remote_id),
        Column(gettext_lazy("What"), lambda reveal, user: extent_of(reveal)),
        Column(gettext_lazy("Why"), lambda reveal, user: without_personal(reveal.reason)),
    )
    search_fields = ("remote_id",)
    search_help_text = gettext_lazy(
        "Telnyx message ID, a customer's whole number, a person, or words from the reason"
    )
    empty_words = gettext_lazy("No one has viewed a message yet.")

    def record_of(self, row: Reveal) -> tuple[str, str]:
        """Return the message that a view opened, which the log calls by its masked number."""
        return "messaging.Message", str(row.message_id)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if id := uuid_or_none(term):
            return queryset.filter(remote_id=id), False
        if number := find_number(term):
            throttle.spend(throttle.NUMBERS, request.user.pk)
            return queryset.filter(pk__in=reveals.about(number).values("pk")), False
        return queryset.filter(with_words(queryset, term)), False

    @admin.display(description=gettext_lazy("When"))
    def when(self, reveal: Reveal) -> SafeString | str:
        return show.moment(reveal.at)

    @admin.display(description=gettext_lazy("Message"))
    def opened(self, reveal: Reveal) -> SafeString:
        url = reverse("admin:messaging_message_change", args=[reveal.message_id])
        called = getattr(reveal, "called", "")
        return format_html(
            '<a class="desk-link" href="{}">{}</a>{}',
            url,
            called or reveal.remote_id,
            format_html('<br><span class="desk-soft desk-small desk-mono">{}</span>', reveal.remote_id)
            if called
            else "",
        )

    @admin.display(description=gettext_lazy("Why"))
    def why(self, reveal: Reveal) -> str:
        return without_personal(reveal.reason)

    @admin.display(description=gettext_lazy("What"))
    def what(self, reveal: Reveal) -> str:
        return extent_of(reveal)

    def shown_at(self, request: HttpRequest, object_id: str) -> str:
        """Return the page of the message that was opened."""
        reveal = self.get_row(request, object_id)
        return reverse("admin:messaging_message_change", args=[reveal.message_id])
