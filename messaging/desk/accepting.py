"""Telnyx's copy taken over for several records at once: a look at what it replaces, then what became of each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.contrib import admin, messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from . import differing
from .differing import Kind, Look
from .pages import NotAllowed, user_of, uuid_or_none
from .turns import Group

# What was chosen: a kind, a key and, once it was looked at, the stamp of what was seen.
Chosen = Sequence[tuple[Kind, str, str]]


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show what Telnyx's copy would replace; on POST, take it over where nothing has changed since."""
    chosen = _chosen(request)
    if not chosen:
        messages.warning(request, _("Nothing was changed. Select at least one record."))
        return HttpResponseRedirect(reverse(differing.URL))
    looks = _looks(request, chosen)
    if request.method == "POST":
        results = [_accept(request, one, look) for one, look in looks]
        done = sum(is_done for _look, is_done, _why in results)
        said = ngettext(
            "%(done)s of %(n)s record was updated to Telnyx's copy. Nothing was sent.",
            "%(done)s of %(n)s records were updated to Telnyx's copy. Nothing was sent.",
            len(results),
        )
        lead = said % {"done": done, "n": len(results)}
        rows = [_result(*result) for result in results]
        return _page(request, _("What happened to each"), lead=lead, results=rows)
    fitting = [(*one[:2], look) for one, look in looks if look.differences]
    return _page(
        request,
        _("Use Telnyx's copy"),
        lead=_lead([look for _kind, _key, look in fitting]),
        looks=[(f"{kind.name}:{key}:{look.was}", look) for kind, key, look in fitting],
        left_out=[(look, _why_not(look)) for _one, look in looks if not look.differences],
    )


def _chosen(request: HttpRequest) -> Chosen:
    """Return what was chosen on the page of differences, each once. Raise PermissionDenied for what isn't theirs."""
    user = user_of(request)
    accepted = {kind.name: kind for kind in differing.accepted_by(user)}
    needed = {kind.name: kind.change for kind in differing.seen_by(user) if kind.accept}
    if not accepted:
        raise PermissionDenied(next(iter(needed.values()), ""))
    found: dict[tuple[str, str], tuple[Kind, str, str]] = {}
    values = request.POST.getlist("row") if request.method == "POST" else request.GET.getlist("row")
    for value in values[: differing.PAGE]:
        name, _colon, rest = value.partition(":")
        typed, _colon, was = rest.partition(":")
        key = uuid_or_none(typed)
        if name in accepted and key:
            found[name, str(key)] = accepted[name], str(key), was
        elif key:
            raise PermissionDenied(needed.get(name, ""))
    return list(found.values())


def _looks(request: HttpRequest, chosen: Chosen) -> list[tuple[tuple[Kind, str, str], Look]]:
    """Return what each holds now, in the order in which they were chosen, without those that are gone."""
    keys: dict[str, list[str]] = defaultdict(list)
    for kind, key, _was in chosen:
        keys[kind.name].append(key)
    kinds = {kind.name: kind for kind, _key, _was in chosen}
    found: dict[str, Mapping[str, Look]] = {
        name: look(some, user_of(request)) for name, some in keys.items() if (look := kinds[name].look)
    }
    return [(one, found[one[0].name][one[1]]) for one in chosen if one[1] in found[one[0].name]]


def _lead(looks: Sequence[Look]) -> str:
    if not looks:
        return _("There is nothing left to replace.")
    fields = sum(len(look.differences) for look in looks)
    differences = ngettext("%(n)s difference", "%(n)s differences", fields) % {"n": fields}
    words = ngettext(
        "%(differences)s on %(n)s record: Telnyx's values replace ours. Nothing is sent.",
        "%(differences)s on %(n)s records: Telnyx's values replace ours. Nothing is sent.",
        len(looks),
    )
    return words % {"differences": differences, "n": len(looks)}


def _why_not(look: Look) -> str:
    return str(differing.UNDER_WAY if look.is_under_way else differing.NOTHING_LEFT)


def _accept(request: HttpRequest, one: tuple[Kind, str, str], look: Look) -> tuple[Look, bool, str]:
    """Take over one, in a transaction of its own; return whether that was done, or why not."""
    kind, key, was = one
    try:
        if kind.accept:
            kind.accept(key, user_of(request), was)
    except NotAllowed as refused:
        return look, False, str(refused)
    except ObjectDoesNotExist:
        return look, False, _("It was deleted in the meantime.")
    return look, True, ""


def _result(look: Look, is_done: bool, why: str) -> tuple[Look, str, str, str]:
    if is_done:
        return look, Group.DONE, _("Updated"), ""
    return look, Group.NEEDS_US if look.differences else Group.CLOSED, _("Left out"), why


def _page(request: HttpRequest, title: str, **shown: object) -> HttpResponse:
    request.current_app = admin.site.name
    context = {**admin.site.each_context(request), "title": title, "back": reverse(differing.URL), **shown}
    return TemplateResponse(request, "desk/accepting.html", context)
