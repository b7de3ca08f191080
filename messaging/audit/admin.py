"""The admin of the changes on record: a page of our own, and nothing to add, change or delete."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path

from messaging.desk.base_admin import ListedAdmin
from messaging.mirror.models import AuditEntry

from . import views


@admin.register(AuditEntry)
class AuditEntryAdmin(ListedAdmin):
    """Who changed what, in words."""

    actions = None

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("csv/", view(self.csv), name="mirror_auditentry_csv"),
            path("find/", view(self.find), name="mirror_auditentry_find"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return views.show_list(request, self)

    def csv(self, request: HttpRequest) -> HttpResponseBase:
        return views.export(request, self)

    def find(self, request: HttpRequest) -> HttpResponse:
        return views.search(request, self)
