"""The pages of toll-free verification: a list that starts with what needs us, and a form that accepts any draft."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected as delete_after_asking
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Case, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.views import ChangeList

from messaging import list_csv as csv
from messaging.desk import acts, filters, show, stages
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.finding import tidy
from messaging.desk.pages import user_of, uuid_or_none
from messaging.desk.show import Step
from messaging.desk.turns import OURS
from messaging.looks import views as looks
from messaging.mirror import clock
from messaging.team import approval_views, kinds, note_views
from messaging.team import filters as with_whom
from messaging.team import views as team
from messaging.team.people import name_and_state
from messaging.validators import display_number

from . import cases, formpage, list_csv, live, page, standing, turns, versions, views
from .bulk import views as bulk
from .businesses import views as businesses
from .businesses.admin import BusinessProfileAdmin
from .businesses.page import with_links
from .checks.sections import CONTACT, SECRETS, SECTION_OF
from .choices import Status, in_plain_words
from .desk import finding
from .forms import VerificationForm
from .lessons import views as lessons
from .lessons.filter import BehindFilter
from .links import views as link_views
from .links import work as links
from .models import RejectionReason, VerificationRequest
from .rejections import letters
from .rejections.admin import RejectionReasonAdmin

# Django looks for admin pages here; those of businesses are in their own folder.
__all__ = ["BusinessProfileAdmin", "VerificationRequestAdmin"]

NAME = "tollfree_verificationrequest"
admin.site.register(RejectionReason, RejectionReasonAdmin)
SHOWN_NUMBERS = 2
UNKNOWN = "unknown"


class TurnFilter(filters.TurnFilter):
    def in_group(self, group: str) -> Q:
        return turns.in_group(group)


class DueFilter(filters.DueFilter):
    def due(self) -> Case:
        return turns.due()


class StatusFilter(admin.SimpleListFilter):
    """Filter by Telnyx's own status."""

    title = gettext_lazy("status at Telnyx")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((status, in_plain_words(status)) for status in Status), (UNKNOWN, _("Any other status"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == UNKNOWN:
            return queryset.exclude(remote_status__in=["", *Status.values])
        return queryset.filter(remote_status=self.value()) if self.value() else queryset


class VerificationList(filters.DueList):
    """A page of the list, with each row's newest promise looked up in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)  # type: ignore[has-type]
        turns.with_entries(rows)
        self.result_list = rows

    def due(self) -> Case:
        return turns.due()


@admin.register(VerificationRequest)
class VerificationRequestAdmin(DeskModelAdmin):
    form = VerificationForm
    list_display = ("numbers", "business", "stage", "due", "with_person", "telnyx_status", "since")
    list_display_links = ("numbers", "business")
    list_filter = (TurnFilter, with_whom.WithFilter, DueFilter, StatusFilter, BehindFilter)
    list_before_template = "desk/groups.html"
    search_fields = ("business_name",)
    search_help_text = gettext_lazy(
        "Number, business, website, contact, address, author, words of the request, or part of an ID"
    )
    empty_words = gettext_lazy(
        "No toll-free verifications yet. Those started here appear here, and within minutes those made in Telnyx's "
        "portal."
    )
    sortable_by = ("business", "due")
    # In the place of Django's own, which would offer to delete what was sent.
    actions = ("give_selected", "delete_selected")
    show_add_link = False
    custom_urls = (
        ("look/", f"{NAME}_look", looks.button(page.SUBMIT)),
        ("csv/", f"{NAME}_csv", csv.view(list_csv.COLUMNS, list_csv.prepare)),
        ("readiness/", f"{NAME}_readiness_new", live.show),
        ("lessons/", f"{NAME}_lessons", lessons.show),
        ("bulk/", f"{NAME}_bulk", bulk.upload),
        ("bulk/template/", f"{NAME}_bulk_template", bulk.template),
        ("bulk/<uuid:pk>/", f"{NAME}_bulk_table", bulk.show),
        ("bulk/<uuid:pk>/import/", f"{NAME}_bulk_import", bulk.make),
        ("bulk/<uuid:pk>/left-out/", f"{NAME}_bulk_left_out", bulk.left_out),
        ("<uuid:pk>/readiness/", f"{NAME}_readiness", live.show),
        ("<uuid:pk>/submit/", f"{NAME}_submit", views.submit),
        ("<uuid:pk>/differences/", f"{NAME}_differences", views.differences),
        ("<uuid:pk>/delete-at-telnyx/", f"{NAME}_delete_remote", views.delete_remote),
        ("<uuid:pk>/case/", f"{NAME}_case", cases.show),
        ("<uuid:pk>/ask/", f"{NAME}_ask", views.ask),
        ("<uuid:pk>/copy/", f"{NAME}_copy", views.copy),
        ("<uuid:pk>/links/", f"{NAME}_links", link_views.show),
        ("<uuid:pk>/links/check/", f"{NAME}_again", link_views.check),
        ("<uuid:pk>/links/<int:link>/", f"{NAME}_thumbnail", link_views.thumbnail),
        ("<uuid:pk>/progress/", f"{NAME}_progress", views.progress),
        ("<uuid:pk>/versions/", f"{NAME}_versions", versions.show),
        ("<uuid:pk>/write/", f"{NAME}_write", letters.show),
        ("<uuid:pk>/wrote/", f"{NAME}_wrote", letters.wrote),
        ("<uuid:pk>/business/", f"{NAME}_business", businesses.link),
        ("<uuid:pk>/approve/", f"{NAME}_approve", views.approve),
        *approval_views.urls(NAME),
        *team.urls(NAME),
        *note_views.urls(NAME),
    )

    # Contacts, addresses and secrets are for those who write requests; the history names only that they changed.
    unsaid_fields = (*CONTACT, *SECRETS)

    def history_steps(self, request: HttpRequest, record: Any) -> Iterable[Step]:
        return page.everything(record, user_of(request))

    # The list.

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return VerificationList

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return stages.in_list(OURS)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = tidy(search_term)
        return finding.found(queryset, term, user_of(request)) if term else queryset, False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        links = filters.group_links(request, _("New toll-free verification"))
        is_rejected = request.GET.get(StatusFilter.parameter_name) == Status.REJECTED
        links["group_links"] = [
            *((url, label, chosen and not is_rejected) for url, label, chosen in links["group_links"]),
            (
                "?" if is_rejected else f"?{StatusFilter.parameter_name}={Status.REJECTED.value}",
                _("Rejected"),
                is_rejected,
            ),
        ]
        links |= looks.context(request, self, page.SUBMIT) | csv.link(request, self)
        links["bulk_url"] = self.url_of("bulk")
        links |= with_whom.links(request)
        links["lessons_url"] = self.url_of("lessons")
        links["only_words"] = BehindFilter.words(request)
        return super().changelist_view(request, {**(extra_context or {}), **links})

    @admin.display(description=gettext_lazy("Numbers"))
    def numbers(self, request: VerificationRequest) -> SafeString | str:
        if not request.phone_numbers:
            return _("No numbers yet")
        shown = [(display_number(number),) for number in request.phone_numbers[:SHOWN_NUMBERS]]
        more = len(request.phone_numbers) - len(shown)
        if more > 0:
            shown.append((_("and %(n)s more") % {"n": more},))
        return format_html_join(", ", '<span class="tf-number">{}</span>', shown)

    @admin.display(description=gettext_lazy("Business"), ordering="business_name")
    def business(self, request: VerificationRequest) -> SafeString | str:
        if not request.doing_business_as or not request.business_name:
            return str(request)
        return format_html('{} <span class="desk-soft">{}</span>', request, request.business_name[:80])

    @admin.display(description=gettext_lazy("Stage"))
    def stage(self, request: VerificationRequest) -> SafeString:
        group = request.turn().group
        return show.chip(group, group.label, standing.line(request))

    @admin.display(description=gettext_lazy("Due"), ordering="due_for_us")
    def due(self, request: VerificationRequest) -> SafeString | str:
        return show.due(turns.due_at(request), request.turn_since())

    @admin.display(description=gettext_lazy("Assigned to"))
    def with_person(self, request: VerificationRequest) -> str:
        return name_and_state(request.assigned_to) or "-"

    @admin.display(description=gettext_lazy("Status at Telnyx"))
    def telnyx_status(self, request: VerificationRequest) -> str:
        return in_plain_words(request.remote_status) if request.remote_status else "-"

    @admin.display(description=gettext_lazy("Since"))
    def since(self, request: VerificationRequest) -> SafeString | str:
        return show.age(request.turn_since())

    @admin.action(description=gettext_lazy("Delete drafts that were never sent"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        sent = sum(not draft.can_delete_draft() for draft in queryset)
        if not sent:
            return delete_after_asking(self, request, queryset)
        words = ngettext(
            "%(n)s of these was sent to Telnyx and stays here as a record of that. Nothing was deleted.",
            "%(n)s of these were sent to Telnyx and stay here as a record of that. Nothing was deleted.",
            sent,
        )
        messages.error(request, words % {"n": sent})
        return None

    def has_give_permission(self, request: HttpRequest) -> bool:
        return kinds.of(VerificationRequest).may_have(user_of(request))

    @admin.action(description=gettext_lazy("Give to a colleague"), permissions=["give"])
    def give_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return team.give_selected(request, self, queryset)

    # One request.

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Open the draft instead if this same form has already created it: a second click, or Back and Save."""
        draft = self._made_by(request)
        if draft:
            return self.change_view(request, str(draft.pk), form_url, extra_context)
        try:
            return super().add_view(request, form_url, extra_context)
        except IntegrityError:
            draft = self._made_by(request)
            if draft is None:  # the id belongs to someone else's record
                raise PermissionDenied from None
        return self.change_view(request, str(draft.pk), form_url, extra_context)

    def _made_by(self, request: HttpRequest) -> VerificationRequest | None:
        pk = uuid_or_none(request.POST.get("draft_id", ""))
        if pk is None:
            return None
        return self.get_queryset(request).filter(pk=pk, created_by=request.user).first()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form if the request is editable and the person may edit it, or else a read-only page."""
        is_reading = request.method in ("GET", "HEAD")
        record = self.get_object(request, unquote(object_id)) if is_reading else None
        if record is None or page.may(record, user_of(request))["edit"]:
            return super().change_view(request, object_id, form_url, extra_context)
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        return views.show(request, record, self)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Load a request once per page, not once per question about it."""
        kept = getattr(request, "record", None)
        if kept is None or str(kept.pk) != object_id:
            kept = super().get_object(request, object_id, from_field)
            request.record = kept  # type: ignore[attr-defined]
        return kept

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found = super().get_queryset(request).select_related("created_by", "assigned_to")
        # Only the page of one request has anything in its address.
        is_page = request.resolver_match is not None and bool(request.resolver_match.kwargs)
        return with_links(found) if is_page else found

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        return VerificationForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [(None, {"fields": list(SECTION_OF)})]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        form = context["adminform"].form
        context |= formpage.context(form, obj, request)
        if not any(form[name].errors for name in SECTION_OF):
            context[
                "errors"
            ] = []  # the error is about the whole form and shown at the top; no field is to blame
        if add:
            context["title"] = _("New toll-free verification")
        return super().render_change_form(request, context, add, change, form_url, obj)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry | None:
        """Put an edit on record as one in a single step: a row that is changed afterward looks like tampering."""
        if not getattr(request, "was_edited", False):
            return super().log_change(request, obj, message)
        return LogEntry.objects.log_actions(
            user_of(request).pk, [obj], acts.EDIT, message or _("Changed"), single_object=True
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if left_out := form.left_out():
            words = _("Only the number is kept: %(lines)s.") % {"lines": "; ".join(left_out)}
            messages.warning(request, words)
        if change:
            form.save_draft()
            request.was_edited = bool(SECTION_OF.keys() & form.changed_data)  # type: ignore[attr-defined]
            form.ways.say(request)
        else:
            obj.created_by = request.user
            obj.save(force_insert=True)
        links.note(obj)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._saved(request, obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._saved(request, obj)

    def _saved(self, request: HttpRequest, record: VerificationRequest) -> HttpResponse:
        if "_submit" in request.POST:
            return HttpResponseRedirect(page.submit_url(record))
        words = _("Saved %(time)s. Nothing was sent.") if record.remote_id else _("Draft saved %(time)s")
        messages.success(request, words % {"time": show.clock(clock.now())})
        return HttpResponseRedirect(page.page_url(record))

    # Deleting here is only for drafts that were never sent.

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_delete_permission(request, obj):
            return False
        return obj is None or (obj.known_entry is None and obj.can_delete_draft())

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, VerificationRequest.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Delete drafts, or none of them if one was promised a moment ago."""
        with transaction.atomic():
            locked = queryset.model.objects.select_for_update().filter(pk__in=[row.pk for row in queryset])
            if not all(draft.can_delete_draft() for draft in locked):
                raise PermissionDenied
            queryset.delete()
