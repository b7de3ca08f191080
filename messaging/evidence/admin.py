"""The list of evidence files, and the URLs of its pages, which are in views.py."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from messaging.desk.base_admin import ListedAdmin
from messaging.desk.pages import user_of
from messaging.evidence import life, views
from messaging.models import Evidence


@admin.register(Evidence)
class EvidenceAdmin(ListedAdmin):
    """One's own evidence files, or everyone's for people who may see them. Only the owner downloads one."""

    actions = None
    custom_urls = (
        ("start/<slug:kind>/<str:key>/", "messaging_evidence_start", views.start),
        ("<uuid:key>/file/", "messaging_evidence_file", views.download),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = user_of(request)
        return user.is_active and (user.has_perm(views.VIEW) or user.has_perm(life.MAKE))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        return views.show_list(request, self)
