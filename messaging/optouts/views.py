"""The opt-outs to read and to look up, and our own promises not to text a number."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.views import ChangeList

from messaging.autoresponses.forms import ProfileField
from messaging.desk import show
from messaging.desk.revealing import RevealingAdmin
from messaging.log import reveals
from messaging.mirror.masking import without_personal
from messaging.models import MessagingProfile, OptOut
from messaging.optouts import reconcile
from messaging.validators import display_number, is_toll_free, normalise_number

NAME = "messaging_optout"
ADD = "messaging.add_optout"
WITHDRAW = "messaging.withdraw_optout"
FOLDER = "admin/messaging/optout/"
LONGEST_NUMBER = 60


def may(request: HttpRequest, permission: str) -> bool:
    return cast(User, request.user).has_perm(permission)


def with_names(rows: list[OptOut]) -> list[OptOut]:
    """Let each row know the name of its profile, looked up for all of them at once."""
    ids = {row.profile_id for row in rows if row.profile_id}
    known = dict(MessagingProfile.objects.filter(remote_id__in=ids).values_list("remote_id", "name"))
    for row in rows:
        row.note = without_personal(row.note)  # for the page alone; it is saved nowhere
        row.profile_name = known.get(row.profile_id) or row.profile_id or _("all profiles")  # type: ignore[attr-defined]
    return rows


class ActiveFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("out", _("Opted out")), ("lifted", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() in ("out", "lifted"):
            return queryset.filter(lifted_at__isnull=self.value() == "out")
        return queryset


class OptOutList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = with_names(list(self.result_list))  # type: ignore[has-type]


class PromiseForm(forms.Form):
    """Our own promise not to text a number. The profile is a choice, and none means all of them."""

    number = forms.CharField(widget=forms.HiddenInput, max_length=LONGEST_NUMBER)
    note = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "desk-field", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        every = _("All profiles")
        self.fields["profile"] = ProfileField(self.data.get("profile"), required=False, nothing=every)


@admin.register(OptOut)
class OptOutAdmin(RevealingAdmin):
    """Numbers are masked in the list, whoever looks; the page of one is opened on record, as a message is."""

    reveal_permission = reveals.ONE
    hidden_words = gettext_lazy("Show the number")
    list_display = ("handset", "state", "since", "word", "sender", "on_profile")
    list_filter = (ActiveFilter, "is_ours")
    list_before_template = f"{FOLDER}before.html"
    page_template = f"{FOLDER}row.html"
    empty_words = gettext_lazy("No opt-outs in Telnyx's list or in the texts we received.")
    actions = None
    custom_urls = (
        ("look-up/", f"{NAME}_look_up", lambda request, model_admin: model_admin.look_up(request)),
        ("add-promise/", f"{NAME}_promise", lambda request, model_admin: model_admin.add_promise(request)),
        ("read-again/", f"{NAME}_read_again", lambda request, model_admin: model_admin.read_again(request)),
        (
            "<int:pk>/withdraw/",
            f"{NAME}_withdraw",
            lambda request, pk, model_admin: model_admin.withdraw(request, pk),
        ),
    )

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return OptOutList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "reading": reconcile.reading()})

    @admin.display(description=gettext_lazy("phone"))
    def handset(self, row: OptOut) -> str:
        return str(row)

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: OptOut) -> SafeString:
        return pill(row)

    @admin.display(description=gettext_lazy("since"))
    def since(self, row: OptOut) -> SafeString | str:
        return show.age(row.lifted_at or row.stopped_at)

    @admin.display(description=gettext_lazy("keyword"))
    def word(self, row: OptOut) -> str:
        return row.keyword or "-"

    @admin.display(description=gettext_lazy("our sender"))
    def sender(self, row: OptOut) -> str:
        return display_number(row.from_number) or "-"

    @admin.display(description=gettext_lazy("messaging profile"))
    def on_profile(self, row: Any) -> str:
        return str(row.profile_name)

    def page(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        [named] = with_names([cast(OptOut, row)])
        is_open = self.is_open(request, named)
        return {
            "row": named,
            "number": display_number(named.to_number) if is_open else str(named),
            "pill": pill(named),
            "may_withdraw": may_withdraw(request, named),
            **self.reveal_context(request, named, is_open=is_open),
        }

    # The doors. None of them has a number in its address.

    def _admit(self, request: HttpRequest, permission: str = "") -> None:
        if not self.has_view_permission(request) or (permission and not may(request, permission)):
            raise PermissionDenied(permission)

    def look_up(self, request: HttpRequest) -> HttpResponse:
        """Answer whether a number in any shape may be texted."""
        self._admit(request)
        if request.method != "POST":
            return HttpResponseRedirect(reverse(f"admin:{NAME}_changelist"))
        return self._answer(request, request.POST.get("number", "")[:LONGEST_NUMBER])

    def _answer(self, request: HttpRequest, typed: str, form: PromiseForm | None = None) -> HttpResponse:
        context: dict[str, Any] = {"typed": typed}
        try:
            number = normalise_number(typed)
        except ValidationError as error:
            context["error"] = " ".join(error.messages)
        else:
            rows = with_names(reconcile.about(number))
            context |= {
                "number": display_number(number),
                "rows": [(row, pill(row), may_withdraw(request, row)) for row in rows],
                "is_out": any(row.is_active() for row in rows),
                "has_toll_free": any(is_toll_free(row.from_number) for row in rows),
                "may_add": may(request, ADD),
                "form": form or PromiseForm(initial={"number": number}),
            }
        request.current_app = self.admin_site.name
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Can we text this number?"),
            "reading": reconcile.reading(),
        }
        return TemplateResponse(request, f"{FOLDER}look_up.html", frame | context)

    def add_promise(self, request: HttpRequest) -> HttpResponse:
        """Promise not to text a number, then answer as the look-up does."""
        self._admit(request, ADD)
        if request.method != "POST":
            return HttpResponseRedirect(reverse(f"admin:{NAME}_changelist"))
        form = PromiseForm(request.POST)
        typed = request.POST.get("number", "")[:LONGEST_NUMBER]
        if not form.is_valid():
            return self._answer(request, typed, form)
        try:
            number = normalise_number(form.cleaned_data["number"])
        except ValidationError:
            return self._answer(request, typed)
        chosen = form.cleaned_data["profile"]
        profile = get_object_or_404(MessagingProfile, pk=chosen).remote_id if chosen else ""
        row = reconcile.promise(
            number, profile_id=profile or "", note=form.cleaned_data["note"], by=cast(User, request.user)
        )
        self.log_addition(request, row, str(_("Blocked by us")))
        messages.success(
            request, _("Saved: nothing is sent to this number from here. Telnyx wasn't informed.")
        )
        return self._answer(request, number)

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take back a promise of ours."""
        self._admit(request, WITHDRAW)
        if request.method != "POST":
            return HttpResponseRedirect(reverse(f"admin:{NAME}_changelist"))
        row = get_object_or_404(OptOut, pk=pk, is_ours=True)
        if reconcile.withdraw(row, by=cast(User, request.user)):
            self.log_change(request, row, str(_("Our block was removed")))
            messages.success(request, _("Our block is removed. What Telnyx blocks stays blocked."))
        return HttpResponseRedirect(reverse(f"admin:{NAME}_change", args=[row.pk]))

    def read_again(self, request: HttpRequest) -> HttpResponse:
        """Have a worker read Telnyx's list now."""
        self._admit(request)
        if request.method == "POST":
            reconcile.ask_soon()
            messages.info(
                request,
                _("Telnyx's list is being read again. The time beside the button shows when it is done."),
            )
        return HttpResponseRedirect(reverse(f"admin:{NAME}_changelist"))


def pill(row: OptOut) -> SafeString:
    """Return who blocks, or who ended it. Nothing is to be done about either, so neither has a loud color."""
    if row.is_active():
        return show.pill("closed", _("Blocked by us") if row.is_ours else _("Opted out"))
    if row.is_ours:
        return show.pill("draft", _("Ended by us"))
    return show.pill("draft", _("Opted in again") if row.started_at else _("Ended at Telnyx"))


def may_withdraw(request: HttpRequest, row: OptOut) -> bool:
    return row.is_ours and row.is_active() and may(request, WITHDRAW)
