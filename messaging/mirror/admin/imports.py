"""Import what exists at Telnyx: look first, then import; how far it is, and what past imports found."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from messaging.desk import acts, show
from messaging.desk.base_admin import ReadOnlyAdmin

from .. import breaker, clock, heartbeat
from ..models import Heartbeat, Import, ImportPart, TelnyxResource
from ..models.imports import AlreadyRunning
from ..permissions import may_view
from ..records import importing
from ..wording import Words

LIST, PAGE = "admin:mirror_import_changelist", "admin:mirror_import_change"
SOON = 2
State, Part = Import.State, ImportPart.State

GROUPS = {State.OPEN: "under_way", State.DONE: "done", State.PARTLY: "needs_us", State.STOPPED: "closed"}
PART_GROUPS = {
    Part.WAITING: "draft",
    Part.LISTING: "under_way",
    Part.WRITING: "under_way",
    Part.DETAILS: "under_way",
    Part.DONE: "done",
    Part.FAILED: "needs_us",
    Part.STOPPED: "closed",
}
REFUSED = gettext_lazy(
    "Telnyx refuses our API key or our account, so nothing can be read there. Ask an administrator to check "
    "both in Telnyx's portal. Once they work, try again."
)


@dataclass(frozen=True)
class Shown:
    """One kind as the page of an import shows it. Names are (name, address or "")."""

    part: ImportPart
    title: str
    group: str
    note: Words
    new: Sequence[tuple[str, str]]
    changed: Sequence[tuple[str, str]]
    missing: Sequence[tuple[str, str]]
    # Entries without an id only come and go.
    has_changes: bool

    @property
    def is_listed(self) -> bool:
        """Whether the list was read to its end, so that the numbers mean something."""
        return self.part.listed_at is not None

    @property
    def is_empty(self) -> bool:
        """Whether the list was read and there is nothing to say about it."""
        part = self.part
        return self.is_listed and not any((part.new, part.changed, part.missing, part.left, part.to_read))

    @property
    def not_in_full(self) -> int:
        """How many of those that are read one by one were not."""
        return self.part.to_read - self.part.in_full + self.part.unread


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    """The imports so far, and the way to start one."""

    page_template = "admin/mirror/import.html"
    list_display = ("asked", "what", "kinds", "state_pill", "new", "changed", "who")
    list_display_links = ("asked",)
    list_select_related = ("requested_by",)
    list_before_template = "admin/mirror/import_start.html"
    empty_words = gettext_lazy(
        "Nothing has been imported from this page yet. The desk also reads Telnyx's lists by itself, every hour."
    )
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Import]:
        parts = ImportPart.objects.defer("names", "made", "ids")
        return super().get_queryset(request).prefetch_related(Prefetch("parts", parts))

    def get_urls(self) -> list[URLPattern]:
        def post(words: str, view: Any) -> URLPattern:
            name = f"mirror_import_{words.strip('/').rpartition('/')[2]}"
            return path(words, self.admin_site.admin_view(require_POST(view)), name=name)

        return [
            post("look/", self.look),
            post("<int:pk>/take/", self.take),
            post("<int:pk>/again/", self.again),
            post("<int:pk>/stop/", self.stop),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        own = importing.kinds_for(request.user)
        context = {
            "title": _("Import from Telnyx"),
            "choices": [(label, title_of(label), _first_import(kind, own)) for label, kind in own.items()],
            "others": titles(label for label in importing.kinds() if label not in own) if own else "",
            "is_refused": bool(breaker.closed()),
            "running": Import.objects.filter(state=State.OPEN).select_related("requested_by").first(),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    # What people do.

    def look(self, request: HttpRequest) -> HttpResponse:
        """Let a worker say what an import would do. It changes nothing."""
        own = self._own(request)
        chosen = request.POST.getlist("kind")
        if not set(chosen) <= own.keys():
            raise PermissionDenied(importing.IMPORT)
        if not chosen:
            messages.warning(request, _("Choose at least one kind of record to look at."))
            return HttpResponseRedirect(reverse(LIST))
        return self._start(request, [label for label in own if label in chosen], only_look=True)

    def take(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Import the kinds that were looked at."""
        return self._repeat(request, pk, (Part.DONE,), only_look=False)

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Repeat what did not get to its end."""
        before = get_object_or_404(Import, pk=pk)
        return self._repeat(request, pk, (Part.FAILED, Part.STOPPED), only_look=before.only_look)

    def stop(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End an import where it is."""
        own = self._own(request)
        found = get_object_or_404(Import, pk=pk)
        if not _may_stop(found, own):
            raise PermissionDenied(importing.IMPORT)
        with transaction.atomic():
            if found.stop():
                acts.record(cast(User, request.user), found, _("Stop"))
        return HttpResponseRedirect(reverse(PAGE, args=[pk]))

    def _own(self, request: HttpRequest) -> dict[str, importing.Kind]:
        own = importing.kinds_for(request.user)
        if not own or not self.has_view_permission(request):
            raise PermissionDenied(importing.IMPORT)
        return own

    def _repeat(
        self, request: HttpRequest, pk: int, states: Sequence[str], *, only_look: bool
    ) -> HttpResponse:
        own = self._own(request)
        found = get_object_or_404(Import, pk=pk)
        parts = found.parts.filter(state__in=states)
        labels = [part.kind for part in parts if part.kind in own]
        if parts and not labels:
            raise PermissionDenied(importing.IMPORT)
        if found.is_open() or not labels:
            messages.warning(request, _("There is nothing to import here. See below how far it has come."))
            return HttpResponseRedirect(reverse(PAGE, args=[pk]))
        return self._start(request, labels, only_look=only_look)

    def _start(self, request: HttpRequest, labels: Sequence[str], *, only_look: bool) -> HttpResponse:
        user = cast(User, request.user)
        if breaker.closed():
            messages.error(request, REFUSED)
            return HttpResponseRedirect(reverse(LIST))
        try:
            with transaction.atomic():
                made = Import.start(labels, only_look=only_look, by=user)
                what = _("Look at Telnyx: %(kinds)s") if only_look else _("Import from Telnyx: %(kinds)s")
                acts.record(user, made, what % {"kinds": titles(labels)})
        except AlreadyRunning:
            messages.warning(
                request,
                _("Nothing was started: an import is already running. Wait until it has ended, or stop it."),
            )
            running = Import.objects.filter(state=State.OPEN).first()
            return HttpResponseRedirect(reverse(PAGE, args=[running.pk]) if running else reverse(LIST))
        return HttpResponseRedirect(reverse(PAGE, args=[made.pk]))

    # One import.

    def page(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        found = cast(Import, row)
        own = importing.kinds_for(request.user)
        parts = list(found.parts.defer("made", "ids"))
        # Nothing comes first where the same look found no others.
        complete = {part.kind for part in parts if part.state == Part.DONE and not part.new}
        shown = [_shown(part, own, complete) for part in parts if may_view(request.user, part.kind)]
        ended = not found.is_open()
        failed = [part for part in parts if part.state in (Part.FAILED, Part.STOPPED) and part.kind in own]
        done = [part for part in parts if part.state == Part.DONE and part.kind in own]
        return {
            "title": _("Look at Telnyx") if found.only_look else _("Import from Telnyx"),
            "found": found,
            "group": GROUPS[State(found.state)],
            "shown": shown,
            "hidden": len(parts) - len(shown),
            "steps": acts.steps(found),
            "may_take": ended
            and found.only_look
            and any(part.new or part.changed or part.missing for part in done),
            "is_all_here": found.only_look
            and found.state == State.DONE
            and not any(part.new or part.changed or part.missing or part.left for part in parts),
            "takes": titles(part.kind for part in done),
            "may_retry": ended and bool(failed),
            "may_stop": not ended and _may_stop(found, own),
            "waits_until": found.next_at if not ended and found.next_at > clock.now() else None,
            "is_worker_down": not ended and not heartbeat.alive(Heartbeat.WORKER),
            "refresh": 0 if ended else SOON,
        }

    @admin.display(description=gettext_lazy("Requested"))
    def asked(self, found: Import) -> SafeString | str:
        return show.age(found.requested_at)

    @admin.display(description=gettext_lazy("What"))
    def what(self, found: Import) -> str:
        return _("Look only") if found.only_look else _("Import")

    @admin.display(description=gettext_lazy("Kinds"))
    def kinds(self, found: Import) -> str:
        return titles(part.kind for part in found.parts.all())

    @admin.display(description=gettext_lazy("State"))
    def state_pill(self, found: Import) -> SafeString:
        return show.pill(GROUPS[State(found.state)], found.get_state_display())

    @admin.display(description=gettext_lazy("New"))
    def new(self, found: Import) -> str:
        return show.thousands(sum(part.new for part in found.parts.all()))

    @admin.display(description=gettext_lazy("Changed"))
    def changed(self, found: Import) -> str:
        return show.thousands(sum(part.changed for part in found.parts.all()))

    @admin.display(description=gettext_lazy("Requested by"))
    def who(self, found: Import) -> str:
        return str(found.requested_by or "-")


def title_of(label: str) -> str:
    """Return what a kind is called, in the plural; its label if its app is no longer installed."""
    kind = importing.kinds().get(label)
    return capfirst(str(kind._meta.verbose_name_plural)) if kind else label


def titles(labels: Iterable[str]) -> str:
    """Return what these kinds are called, in one line."""
    return ", ".join(title_of(label) for label in labels)


def _may_stop(found: Import, own: dict[str, importing.Kind]) -> bool:
    return all(part.kind in own for part in found.parts.all())


def _first_import(kind: Any, own: Collection[str], complete: Collection[str] = ()) -> str:
    """Return what has to be imported before this kind, and by whom, or "" if there is no such thing."""
    first = getattr(kind, "import_after", "")
    if not first or first in complete:
        return ""
    words = {"kind": importing.kinds()[first]._meta.verbose_name_plural}
    if first in own:
        return (
            _("Only those of %(kind)s that are here: if Telnyx has other %(kind)s, import them first.")
            % words
        )
    return (
        _(
            "Only those of %(kind)s that are here: if Telnyx has other %(kind)s, someone who may add %(kind)s imports "
            "them first."
        )
        % words
    )


def _shown(part: ImportPart, own: Collection[str], complete: Collection[str]) -> Shown:
    kind = importing.kinds().get(part.kind)
    ids = [id for names in part.names.values() for id, _name in names]
    pks: dict[str | None, Any] = {}
    if kind and ids and issubclass(kind, TelnyxResource):
        pks = dict(kind._base_manager.filter(remote_id__in=ids).values_list("remote_id", "pk"))

    def named(sort: str) -> list[tuple[str, str]]:
        return [(name, _address(kind, pks.get(id))) for id, name in part.names.get(sort, [])]

    return Shown(
        part,
        title_of(part.kind),
        PART_GROUPS[Part(part.state)],
        _first_import(kind, own, complete),
        named("new"),
        named("changed"),
        named("missing"),
        has_changes=bool(kind and issubclass(kind, TelnyxResource)),
    )


def _address(kind: Any, pk: Any) -> str:
    name = f"admin:{kind._meta.app_label}_{kind._meta.model_name}_change" if pk else ""
    return reverse(name, args=[pk]) if name else ""
