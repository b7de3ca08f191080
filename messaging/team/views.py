"""Take a record, give it to a colleague, release it; give away all of one person's work."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from messaging.desk.base_admin import DeskModelAdmin, record_urls
from messaging.desk.pages import frame, get_or_404, reason_of, say_refusals, user_of

from . import assign, editing, kinds
from .forms import ColleagueForm, GiveForm
from .people import name, name_and_state, who_may

# How many records are given at once, and how many of them a message names.
MOST_AT_ONCE, MOST_NAMED = 100, 5


@require_POST
def take(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Make a record one's own work."""
    return _done(request, pk, model_admin, assign.take)


@require_POST
def release(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Make a record nobody's work."""
    return _done(request, pk, model_admin, assign.release)


def _done(
    request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin, act: Callable[..., str]
) -> HttpResponse:
    record = _to_move(request, pk, model_admin)
    with say_refusals(request, assign.Overtaken):
        messages.success(request, act(record, by=user_of(request), was=request.POST.get("seen", "")))
    return HttpResponseRedirect(kinds.url_of(record))


def _to_move(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> Any:
    kind = kinds.of(model_admin.model)
    if not kind.may_have(user_of(request)):
        raise PermissionDenied(kind.change)
    return get_or_404(request, pk, model_admin)


def give(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Ask for the colleague who is to have a record; on POST, give it to them."""
    record = _to_move(request, pk, model_admin)
    kind, can = kinds.of(record), request.GET.get("can", "")
    if not can.isidentifier():
        can = ""
    form = GiveForm(
        who_may(*kind.steps), record, can and f"{model_admin.opts.app_label}.{can}", request.POST or None
    )
    was = request.POST.get("seen", assign.seen(record))
    if request.method == "POST" and form.is_valid():
        with say_refusals(request, assign.Overtaken):
            said = assign.give(
                record, form.cleaned_data["to"], by=user_of(request), was=was, reason=reason_of(request)
            )
            messages.success(request, said)
        return HttpResponseRedirect(kinds.url_of(record))
    context = {
        **frame(request, model_admin, _("Give to a colleague")),
        "original": record,
        "record": record,
        "form": form,
        "seen": was,
        "holder": name_and_state(record.assigned_to),
        "back_url": kinds.url_of(record),
    }
    return TemplateResponse(request, "desk/team/give.html", context)


def give_selected(request: HttpRequest, model_admin: DeskModelAdmin, chosen: QuerySet) -> HttpResponse | None:
    """Ask for the colleague who is to have the records that were selected in a list; once named, give them."""
    kind, by = kinds.of(model_admin.model), user_of(request)
    if not kind.may_have(by):
        raise PermissionDenied(kind.change)
    records = list(chosen.order_by("pk")[: MOST_AT_ONCE + 1])
    if len(records) > MOST_AT_ONCE:
        words = _("Select at most %(n)s at once. Nothing was changed.")
        messages.error(request, words % {"n": MOST_AT_ONCE})
        return None
    form = ColleagueForm(who_may(*kind.steps), request.POST if "to" in request.POST else None)
    if form.is_valid():
        to = form.cleaned_data["to"]
        was = {str(record.pk): request.POST.get(f"seen_{record.pk}", "") for record in records}
        left = assign.give_each(records, to, by=by, was=was, reason=reason_of(request))
        _say_given(request, len(records) - len(left), left, to)
        return None
    request.current_app = admin.site.name
    context = {
        **frame(request, model_admin, _("Give to a colleague")),
        "form": form,
        "rows": [(record, name_and_state(record.assigned_to), assign.seen(record)) for record in records],
        "checkbox": ACTION_CHECKBOX_NAME,
        "action": request.POST.get("action", ""),
        "back_url": request.get_full_path(),
    }
    return TemplateResponse(request, "desk/team/give_selected.html", context)


def _say_given(request: HttpRequest, count: int, left: list[Any], to: User) -> None:
    if count:
        messages.success(request, _given_words(count, to))
    if left:
        words = ngettext(
            "%(n)s was left as it is, because someone else reassigned it in the meantime: %(names)s.",
            "%(n)s were left as they are, because someone else reassigned them in the meantime: %(names)s.",
            len(left),
        )
        names = ", ".join(str(record) for record in left[:MOST_NAMED])
        messages.warning(request, words % {"n": len(left), "names": names})


def _given_words(count: int, to: User) -> str:
    words = ngettext("%(n)s record is with %(name)s now.", "%(n)s records are with %(name)s now.", count)
    return words % {"n": count, "name": name(to)}


@require_POST
def editing_now(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Take in that this person has the form of a record open, or left it; answer who else has it open, in words."""
    record = get_or_404(request, pk, model_admin, kinds.of(model_admin.model).change)
    user = user_of(request)
    if "left" in request.POST:
        editing.gone(record, user)
        return HttpResponse(status=204)
    editing.here(record, user)
    return HttpResponse(editing.words(record, user), content_type="text/plain; charset=utf-8")


def urls(model: str) -> tuple[tuple[str, str, Any], ...]:
    """Return the addresses that the admin of such records adds to its own; `model` as in "hosted_hostedorder"."""
    pages = [("take", take), ("give", give), ("release", release), ("editing", editing_now)]
    return record_urls(model, pages)


def give_all(request: HttpRequest, id: int) -> HttpResponse:
    """Show how much one person has; on POST, give all of it that a colleague may have to them."""
    by = user_of(request)
    mine = kinds.changed_by(by)
    if not mine:
        raise PermissionDenied
    whose = get_object_or_404(User, pk=id)
    among = who_may(mine[0].change)
    for kind in mine[1:]:
        among = among | who_may(kind.change)
    form = ColleagueForm(among.exclude(pk=whose.pk).distinct(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        _give_all(request, mine, whose, form.cleaned_data["to"])
        return HttpResponseRedirect(request.path)
    held = [(kind.plural, kind.model.objects.filter(assigned_to=whose).count()) for kind in mine]
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "title": _("Work of %(name)s") % {"name": name_and_state(whose)},
        "whose": whose,
        "whose_name": name(whose),
        "held": [each for each in held if each[1]],
        "form": form,
        "is_own": whose == by,
    }
    return TemplateResponse(request, "desk/team/give_all.html", context)


def _give_all(request: HttpRequest, mine: list[kinds.Kind], whose: User, to: User) -> None:
    fitting = [kind for kind in mine if to.has_perm(kind.change)]
    count = assign.give_all(fitting, whose, to, by=user_of(request), reason=reason_of(request))
    messages.success(request, _given_words(count, to))
    left = [
        kind for kind in mine if kind not in fitting and kind.model.objects.filter(assigned_to=whose).exists()
    ]
    for kind in left:
        words = _("%(kind)s stay with %(whose)s: %(name)s may not change them.")
        messages.warning(
            request, words % {"kind": _first_up(kind.plural), "whose": name(whose), "name": name(to)}
        )


def _first_up(words: str | Promise) -> str:
    return str(words)[:1].upper() + str(words)[1:]
