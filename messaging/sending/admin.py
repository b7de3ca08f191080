"""The list of messages sent from here, and the URLs of the pages that send and follow them."""

from textwrap import shorten
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.views import ChangeList

from messaging.desk import show
from messaging.desk.base_admin import DeskModelAdmin, ReadOnlyAdmin
from messaging.desk.pages import user_of, uuid_or_none
from messaging.mirror import throttle
from messaging.models import ComposedMessage
from messaging.numbers import find_number
from messaging.sending import outcomes, scheduled, views
from messaging.sending.choices import Purpose
from messaging.sending.forms import purposes
from messaging.validators import display_number

NAME = "messaging_composedmessage"
# Characters of a text in the list.
QUOTED = 60


class ComposedList(ChangeList):
    """A page of the list, with what the log holds about all its rows looked up in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)  # type: ignore[has-type]
        told = outcomes.told(rows)
        for row in rows:
            row.told = told.get(row.remote_id or "", [])
            row.is_own = row.created_by_id == request.user.pk
        self.result_list = rows


class SentListAdmin(DeskModelAdmin):
    """The list of one kind of message sent from here; each kind has its own page and its own way to write one."""

    list_filter: Any = ("purpose",)
    list_select_related: Any = ("created_by",)
    search_fields = ("remote_id",)
    search_help_text = gettext_lazy("Number in any format, or Telnyx ID")

    def kind(self, message: Any) -> str:
        """Return what kind of message it is, but none of its words: more people see the list than may read those."""
        raise NotImplementedError

    def may_send(self, user: User) -> bool:
        raise NotImplementedError

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return ComposedList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        return queryset.filter(self._named(term, user_of(request))) if term else queryset, False

    def _named(self, term: str, user: User) -> Q:
        """Return the messages that a search means: by whole number, or by Telnyx's id."""
        if id := uuid_or_none(term):
            return Q(remote_id=str(id))
        if not (number := find_number(term)):
            return Q(pk=None)
        throttle.spend(throttle.NUMBERS, user.pk)
        return self.model.to_number(number)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_send": self.may_send(user_of(request))}
        return super().changelist_view(request, {**(extra_context or {}), **context})

    @admin.display(description=gettext_lazy("Requested"))
    def when(self, message: Any) -> SafeString | str:
        return show.age(message.created_at)

    @admin.display(description=gettext_lazy("Type"))
    def what(self, message: Any) -> SafeString | str:
        kind = self.kind(message)
        return (
            format_html("{} {}", kind, show.pill("draft", _("Test")))
            if message.purpose == Purpose.TEST
            else kind
        )

    @admin.display(description=gettext_lazy("Status"))
    def outcome(self, message: Any) -> SafeString | str:
        return show.pill(*outcomes.of(message, message.told))

    @admin.display(description=gettext_lazy("By"))
    def who(self, message: Any) -> str:
        return str(message.created_by or "-")


@admin.register(ComposedMessage)
class ComposedMessageAdmin(SentListAdmin, ReadOnlyAdmin):
    page_template = "admin/messaging/composedmessage/message.html"
    list_display = ("when", "what", "sent_from", "to", "words", "outcome", "who")
    list_display_links = ("when", "what")
    list_filter = ("purpose", "kind")
    list_before_template = "admin/messaging/composedmessage/before_list.html"
    empty_words = gettext_lazy(
        "No messages have been sent from here yet. Each one that somebody sends from the desk appears here, with what "
        "became of it."
    )
    custom_urls = (
        ("new/", f"{NAME}_choose", views.choose),
        ("scheduled/", f"{NAME}_scheduled", scheduled.show),
        ("scheduled/cancel/", f"{NAME}_scheduled_cancel", scheduled.cancel),
        ("new/<str:kind>/", f"{NAME}_compose", views.compose),
        ("<uuid:pk>/progress/", f"{NAME}_progress", views.progress),
        ("<uuid:pk>/cancel/", f"{NAME}_cancel", views.cancel),
        ("<uuid:pk>/ask/", f"{NAME}_ask", views.ask),
    )

    def kind(self, message: ComposedMessage) -> str:
        return str(message.get_kind_display())

    def may_send(self, user: User) -> bool:
        return bool(purposes(user))

    def page(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        return views.show(request, row)

    @admin.display(description=gettext_lazy("From"))
    def sent_from(self, message: ComposedMessage) -> str:
        return display_number(message.sender) or _("a number Telnyx chooses")

    @admin.display(description=gettext_lazy("Text"))
    def words(self, message: Any) -> str:
        # As on its page: who wrote it reads it, others open it in the log, on record.
        return (shorten(message.text, QUOTED, placeholder="…") or "-") if message.is_own else _("hidden")

    @admin.display(description=gettext_lazy("To"))
    def to(self, message: ComposedMessage) -> str:
        return message.to_masked()
