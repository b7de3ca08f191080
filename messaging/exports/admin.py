"""The list of exports, and the URLs of its pages, which are in views.py."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from messaging.desk.base_admin import ListedAdmin
from messaging.desk.pages import user_of
from messaging.exports import build, views
from messaging.models import Export


@admin.register(Export)
class ExportAdmin(ListedAdmin):
    """One's own exports, or everyone's for people who may see them. Nothing is changed here except by its buttons."""

    actions = None
    custom_urls = (
        ("<uuid:key>/cancel/", "messaging_export_cancel", views.cancel),
        ("<uuid:key>/file/", "messaging_export_file", views.download),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = user_of(request)
        return user.is_active and (user.has_perm("messaging.view_export") or user.has_perm(build.EXPORT))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        return views.show_list(request, self)
