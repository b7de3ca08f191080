"""What every page of the desk has in common: bounded lists, and no way to search fields a person can't see."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import ShowFacets, SimpleListFilter
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from messaging.mirror.audit import tables

from . import acts, changed
from .show import Step

# The suffixes that Django admin's filters add to a field name.
FILTER_LOOKUPS = ("exact", "isnull")
MOST_STEPS = 2000
UNKNOWN_CHOICE = gettext_lazy(
    "The filter “%(filter)s” has no choice “%(value)s”; the bookmark or link may be old. Choose again under "
    "“Filters”."
)


class DeskModelAdmin(ModelAdmin):
    """The base of all our pages.

    No list counts its rows, and only the lookups of its own filters pass: with any other, a person who may view the
    list could find out, guess by guess, what is in a field they never see.
    """

    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_filter_submit = True
    list_disable_select_all = True
    compressed_fields = True
    # What a list says when it is empty without any filter.
    empty_words: Any = ""
    # What to load along with the record of a page; lists use Django's list_select_related.
    page_select_related: tuple[str, ...] = ()
    # Fields whose values the history doesn't repeat: whoever may see it need not see these.
    unsaid_fields: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in self._filter_lookups(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, and say which filter of its address has an unknown value, as in an old bookmark."""
        answer = super().changelist_view(request, extra_context)
        shown = (getattr(answer, "context_data", None) or {}).get("cl")
        for each in shown.filter_specs if shown else ():
            value = each.value() if isinstance(each, SimpleListFilter) else None
            if value and value not in [str(choice) for choice, _label in each.lookup_choices]:
                words = str(UNKNOWN_CHOICE) % {"filter": each.title, "value": value[:40]}
                messages.warning(request, words)
        if shown:
            shown.nothing_words = _nothing(shown)
        return answer

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Return what a form changed, with old and new values, for the record's history."""
        if add:
            return super().construct_change_message(request, form, formsets, add)
        return changed.words(form, self.unsaid_fields)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry | None:
        """Keep what was changed. A save that changed nothing leaves no line in the history."""
        return super().log_change(request, obj, message) if message else None

    def history_steps(self, request: HttpRequest, record: Any) -> Iterable[Step]:
        """Return the history of a record, newest first: what people did with it, unless a page knows more.

        What they typed may contain a number, which stays masked.
        """
        return acts.steps(record, MOST_STEPS, is_masked=True)

    def url_of(self, page: str) -> str:
        """Return the address of a page without a record, by the last word of its name: "changelist", "look"."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}")

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponseRedirect:
        """Say in our words that a record isn't here, and lead to its list instead of the home page."""
        words = _("%(what)s not found. It may have been deleted, or the address is wrong.")
        self.message_user(request, words % {"what": capfirst(opts.verbose_name)}, messages.WARNING)
        may_list = self.has_view_permission(request)
        return HttpResponseRedirect(self.url_of("changelist") if may_list else reverse("admin:index"))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the whole history of a record."""
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        steps = list(islice(self.history_steps(request, record), MOST_STEPS + 1))
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": record,
            "title": _("History of %(name)s") % {"name": record},
            "steps": steps[:MOST_STEPS],
            "is_cut": len(steps) > MOST_STEPS,
            "audit_url": audit_url(request.user, self.model, record.pk),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "desk/history.html", context)

    def _filter_lookups(self, request: HttpRequest) -> set[str]:
        allowed: set[str] = set()
        for chosen in self.get_list_filter(request):
            if hasattr(chosen, "parameter_name"):
                allowed.add(chosen.parameter_name)
                continue
            field = chosen if isinstance(chosen, str) else chosen[0]
            allowed.update(f"{field}__{lookup}" for lookup in FILTER_LOOKUPS)
        return allowed


def _nothing(shown: Any) -> Any:
    """Return what an empty list says if one choice alone made it so: a filter may say it with `nothing`."""
    chosen = [each for each in shown.filter_specs if getattr(each, "used_parameters", None)]
    if shown.query or len(chosen) != 1:
        return ""
    [one] = chosen
    value = one.value() if isinstance(one, SimpleListFilter) else None
    return getattr(one, "nothing", {}).get(value, "")


def audit_url(user: Any, model: type[models.Model], key: Any) -> str:
    """Return where the changes of a record are on record, or "" if they aren't or this person may not see them."""
    if not (tables.find(model._meta.label_lower) and user.has_perm("mirror.view_auditentry")):
        return ""
    query = urlencode({"kind": model._meta.label_lower, "record": key})
    return f"{reverse('admin:mirror_auditentry_changelist')}?{query}"


def record_urls(name: str, views: Iterable[tuple[str, Any]]) -> tuple[tuple[str, str, Any], ...]:
    """Return Unfold's `custom_urls` for views of one record: `remove-number` is named `<name>_remove_number`."""
    return tuple((f"<uuid:pk>/{word}/", f"{name}_{word.replace('-', '_')}", view) for word, view in views)


class ShownAdmin(DeskModelAdmin):
    """A page drawn by the app's views. Nothing is changed through its address, not even by a forged POST.

    Set `show_view`, and `new_view` where people may add a record, both as staticmethods: `show_view(request, pk,
    model_admin)` and `new_view(request, model_admin)`. Rows stay; what may be deleted has its own page for that.
    """

    show_view: Callable[..., HttpResponse]
    new_view: Callable[..., HttpResponse] | None = None
    sortable_by: tuple[str, ...] = ()
    actions: Any = None
    show_add_link = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.new_view is not None and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if self.new_view is None:
            raise PermissionDenied
        return self.new_view(request, self)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        try:
            pk = self.opts.pk.to_python(object_id)
        except ValidationError:
            raise Http404 from None
        return self.show_view(request, pk, self)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise PermissionDenied


class ReadOnlyAdmin(DeskModelAdmin):
    """A list and a page of what the machinery wrote. No one can add, change or delete it, even by a forged POST."""

    page_template = ""
    sortable_by: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_row(request, object_id)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": str(row),
            **self.page(request, row),
        }
        return TemplateResponse(request, self.page_template, context)

    def get_row(self, request: HttpRequest, object_id: str) -> Any:
        """Return one row. Raise Http404 if there is no such row."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def page(self, request: HttpRequest, row: models.Model) -> dict[str, Any]:
        """Return what the page of one row shows."""
        raise NotImplementedError


class ListedAdmin(ReadOnlyAdmin):
    """A list whose rows have no pages of their own: the address of one redirects to where it is shown."""

    def shown_at(self, request: HttpRequest, object_id: str) -> str:
        """Return the address where a row is shown: the list's, unless a subclass knows a better one."""
        return self.url_of("changelist")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(self.shown_at(request, object_id))
