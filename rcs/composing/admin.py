"""The lists of RCS messages and of templates, and the way to their pages."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.views import ChangeList

from messaging import home
from messaging.admin.compose import OUR_GROUPS, ComposedList
from messaging.mirror import show
from messaging.mirror.admin import ShownAdmin
from messaging.mirror.models import SyncState
from messaging.sending import elsewhere
from messaging.sending import page as sent
from messaging.sending.choices import Purpose
from messaging.validators import normalise_number
from rcs import sending
from rcs.models import RcsMessage, RcsTemplate
from rcs.views import user_of

from . import library, page, views
from .library import NAME as TEMPLATE


@home.contribute
def send_an_rcs_message(user: User) -> home.Section:
    """Offer to send an RCS message to who may."""
    if not sending.purposes(user):
        return home.Section()
    return home.Section(start=home.Link(_("Send an RCS message"), reverse(f"admin:{page.NAME}_compose")))


@elsewhere.contribute
def rcs(user: User) -> elsewhere.Way | None:
    if not sending.purposes(user):
        return None
    return elsewhere.Way(
        _("RCS message"),
        _(
            "With cards, pictures and buttons, from an RCS agent; as a text message where a handset has no RCS."
        ),
        reverse(f"admin:{page.NAME}_compose"),
    )


@admin.register(RcsMessage)
class RcsMessageAdmin(ShownAdmin):
    list_display = ("when", "what", "to", "sender", "our_side", "telnyx_side", "who")
    list_display_links = ("when",)
    list_filter = ("purpose",)
    list_select_related = ("created_by", "agent")
    list_before_template = "admin/rcs/rcsmessage/before_list.html"
    search_fields = ("remote_id",)
    search_help_text = gettext_lazy("Number in any shape, or Telnyx id")
    empty_words = gettext_lazy("Nobody has sent an RCS message from here yet.")
    sortable_by = ()
    actions = None
    show_add_link = False
    custom_urls = (
        ("new/", f"{page.NAME}_compose", views.compose),
        ("handset/", f"{page.NAME}_handset", views.look),
        ("<uuid:pk>/progress/", f"{page.NAME}_progress", views.progress),
        ("<uuid:pk>/withdraw/", f"{page.NAME}_withdraw", views.withdraw),
        ("<uuid:pk>/ask/", f"{page.NAME}_ask", views.ask),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return ComposedList

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found = super().get_queryset(request).select_related("agent", "created_by", "messaging_profile")
        return found.defer("remote_data", "agent__remote_data", "messaging_profile__remote_data")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        return queryset.filter(named(term)) if term else queryset, False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_send": bool(sending.purposes(user_of(request)))}
        return super().changelist_view(request, {**(extra_context or {}), **context})

    def show(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return views.show(request, pk, self)

    @admin.display(description=gettext_lazy("Asked for"))
    def when(self, message: RcsMessage) -> SafeString | str:
        return show.age(message.created_at)

    @admin.display(description=gettext_lazy("What"))
    def what(self, message: RcsMessage) -> SafeString | str:
        kind = kind_of(message.content)
        if message.purpose == Purpose.TEST:
            return format_html("{} {}", kind, show.pill("draft", _("Test")))
        return kind

    @admin.display(description=gettext_lazy("To"))
    def to(self, message: RcsMessage) -> str:
        return sent.masked(message.recipient)

    @admin.display(description=gettext_lazy("As"))
    def sender(self, message: RcsMessage) -> str:
        return str(message.agent)

    @admin.display(description=gettext_lazy("Our side"))
    def our_side(self, message: RcsMessage) -> SafeString:
        state = SyncState(message.sync_state)
        words = _("Withdrawn") if state == SyncState.DRAFT else state.label
        return show.pill(OUR_GROUPS[state], words)

    @admin.display(description=gettext_lazy("At Telnyx"))
    def telnyx_side(self, message: Any) -> SafeString | str:
        if not message.told:
            return "-"
        row = min(message.told, key=lambda row: row.status_rank)
        shown = show.pill(sent.STATUS_GROUPS.get(row.status, "reviewing"), sent.row_status(row))
        if row.type in page.INSTEAD:
            return format_html("{} {}", shown, show.pill("closed", _("as %(type)s") % {"type": row.type}))
        return shown

    @admin.display(description=gettext_lazy("By"))
    def who(self, message: RcsMessage) -> str:
        return str(message.created_by or "-")


def kind_of(content: Any) -> str:
    """Return what kind of message it is, and nothing of its words: the list is seen by more people than they are."""
    card = content.get("rich_card") if isinstance(content, dict) else None
    if isinstance(card, dict):
        return _("Carousel") if "carousel_card" in card else _("Card")
    return _("File") if isinstance(content, dict) and "content_info" in content else _("Text")


def named(term: str) -> Q:
    """Return the messages that a search means: by their whole number, or by Telnyx's id."""
    try:
        return Q(remote_id=str(UUID(term)))
    except ValueError:
        pass
    try:
        return Q(recipient=normalise_number(term))
    except ValidationError:
        return Q(pk=None)


@admin.register(RcsTemplate)
class RcsTemplateAdmin(ShownAdmin):
    list_display = ("called", "what", "changed", "who", "use")
    list_display_links = ("called",)
    list_before_template = "admin/rcs/rcstemplate/before_list.html"
    list_select_related = ("created_by",)
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name")
    empty_words = gettext_lazy("There are no templates yet. Every message that was sent can be saved as one.")
    sortable_by = ()
    actions = None
    show_add_link = False
    custom_urls = (
        ("new/", f"{TEMPLATE}_new", library.new),
        ("<uuid:pk>/edit/", f"{TEMPLATE}_edit", library.edit),
        ("<uuid:pk>/remove/", f"{TEMPLATE}_remove", library.delete),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display if sending.purposes(user_of(request)) else self.list_display[:-1]

    def show(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return library.show(request, pk, self)

    @admin.display(description=gettext_lazy("Name"))
    def called(self, template: RcsTemplate) -> str:
        return template.name

    @admin.display(description=gettext_lazy("What"))
    def what(self, template: RcsTemplate) -> str:
        return template.summary()

    @admin.display(description=gettext_lazy("Changed"))
    def changed(self, template: RcsTemplate) -> SafeString | str:
        return show.age(template.changed_at)

    @admin.display(description=gettext_lazy("By"))
    def who(self, template: RcsTemplate) -> str:
        return str(template.created_by or "-")

    @admin.display(description="")
    def use(self, template: RcsTemplate) -> SafeString:
        url = f"{reverse(f'admin:{page.NAME}_compose')}?template={template.pk}"
        return format_html('<a class="desk-button is-small" href="{}">{}</a>', url, _("Use it"))
