"""The lists of RCS messages and templates, and the URLs of their pages."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import show
from messaging.desk.base_admin import ShownAdmin
from messaging.desk.pages import user_of
from messaging.sending.admin import SentListAdmin
from rcs.messages import sending
from rcs.models import RcsMessage, RcsTemplate

from . import page, templates, views
from .templates import NAME as TEMPLATE


@admin.register(RcsMessage)
class RcsMessageAdmin(SentListAdmin, ShownAdmin):
    show_view = staticmethod(views.show)
    list_display = ("when", "what", "to", "sender", "outcome", "who")
    list_display_links = ("when",)
    list_select_related = ("created_by", "agent")
    list_before_template = "admin/rcs/rcsmessage/before_list.html"
    empty_words = gettext_lazy(
        "No RCS messages have been sent from here yet. Each one appears here, with what became of it."
    )
    custom_urls = (
        ("new/", f"{page.NAME}_compose", views.compose),
        ("handset/", f"{page.NAME}_handset", views.look),
        ("<uuid:pk>/progress/", f"{page.NAME}_progress", views.progress),
        ("<uuid:pk>/withdraw/", f"{page.NAME}_withdraw", views.withdraw),
        ("<uuid:pk>/ask/", f"{page.NAME}_ask", views.ask),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found = super().get_queryset(request).select_related("agent", "created_by", "messaging_profile")
        return found.defer("remote_data", "agent__remote_data", "messaging_profile__remote_data")

    def kind(self, message: RcsMessage) -> str:
        return kind_of(message.content)

    def may_send(self, user: User) -> bool:
        return bool(sending.purposes(user))

    @admin.display(description=gettext_lazy("To"))
    def to(self, message: RcsMessage) -> str:
        return message.to_masked()

    @admin.display(description=gettext_lazy("Agent"))
    def sender(self, message: RcsMessage) -> str:
        return str(message.agent)

    @admin.display(description=gettext_lazy("Status"))
    def outcome(self, message: Any) -> SafeString | str:
        shown = super().outcome(message)
        row = next((row for row in message.told if row.type in page.INSTEAD), None)
        return (
            format_html("{} {}", shown, show.pill("closed", _("as %(type)s") % {"type": row.type}))
            if row
            else shown
        )


def kind_of(content: Any) -> str:
    """Return the kind of message, and none of its text: more people may see the list than the texts."""
    card = content.get("rich_card") if isinstance(content, dict) else None
    if isinstance(card, dict):
        return _("Carousel") if "carousel_card" in card else _("Card")
    return _("File") if isinstance(content, dict) and "content_info" in content else _("Text")


@admin.register(RcsTemplate)
class RcsTemplateAdmin(ShownAdmin):
    show_view = staticmethod(templates.show)
    list_display = ("called", "what", "changed", "who", "use")
    list_display_links = ("called",)
    list_before_template = "admin/rcs/rcstemplate/before_list.html"
    list_select_related = ("created_by",)
    page_select_related = ("created_by",)
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name")
    empty_words = gettext_lazy("No templates yet. You can save any sent message as one.")
    custom_urls = (
        ("new/", f"{TEMPLATE}_new", templates.new),
        ("<uuid:pk>/edit/", f"{TEMPLATE}_edit", templates.edit),
        ("<uuid:pk>/remove/", f"{TEMPLATE}_remove", templates.delete),
    )

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display if sending.purposes(user_of(request)) else self.list_display[:-1]

    @admin.display(description=gettext_lazy("Name"))
    def called(self, template: RcsTemplate) -> str:
        return template.name

    @admin.display(description=gettext_lazy("Content"))
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
        return format_html('<a class="desk-button is-small" href="{}">{}</a>', url, _("Use template"))
