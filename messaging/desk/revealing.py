"""Masked records: people with the permission can open one by saying why, and every opening is recorded."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.mirror import reveals

from .base_admin import ReadOnlyAdmin
from .pages import opening_reason, user_of


class RevealingAdmin(ReadOnlyAdmin):
    """A read-only page that is masked until a person with `reveal_permission` opens it on record."""

    reveal_permission = ""
    # What is hidden, as text for the button.
    hidden_words: Any = ""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.reveal))
        name = f"{self.opts.app_label}_{self.opts.model_name}_reveal"
        return [path("<path:object_id>/reveal/", view, name=name), *super().get_urls()]

    def reveal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open one record to a person who says why, and return to its page.

        Raise PermissionDenied for a person without the permission, and Http404 if there is no such record.
        """
        if not self.has_view_permission(request) or not request.user.has_perm(self.reveal_permission):
            raise PermissionDenied(self.reveal_permission)
        record = self.get_row(request, object_id)
        reason = opening_reason(request)
        if reason:
            reveals.reveal(user_of(request), record, reason)
        else:
            messages.error(request, _("Nothing was opened. Say in a few words why you need to see it."))
        return HttpResponseRedirect(page_url(record))

    def is_open(self, request: HttpRequest, record: Model) -> bool:
        """Return True if this person opened it recently and still has the permission."""
        may = request.user.has_perm(self.reveal_permission)
        return may and reveals.is_open(request.user, record)

    def reveal_context(
        self, request: HttpRequest, record: Model, *, is_open: bool, hides: bool = True
    ) -> dict[str, Any]:
        """Return what templates/desk/reveal.html needs; `hides` says whether anything is still hidden."""
        names = (self.opts.app_label, self.opts.model_name)
        return {
            "reveal": {
                "url": reverse("admin:{}_{}_reveal".format(*names), args=[record.pk]),
                "words": self.hidden_words,
                "hides": hides,
                "is_open": is_open,
                "may": request.user.has_perm(self.reveal_permission),
                "minutes": int(reveals.LASTS.total_seconds() // 60),
            }
        }


def page_url(record: Model) -> str:
    """Return the address of a record's page in the admin."""
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])
