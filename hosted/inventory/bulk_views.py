"""Choose many hosted numbers, see what a change does to each, send it, and follow what becomes of it."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.lists import found_by
from messaging.desk.pages import check, form_token, frame, user_of, uuid_or_none

from ..models import BulkChange, HostedNumber
from . import bulk, bulk_page, page
from .changing import fingerprint
from .forms import BulkForm

FOLDER = "admin/hosted/hostednumber/"
LIST = "admin:hosted_hostednumber_changelist"
CHOSEN = re.compile(r"([0-9a-f]{32})(?::([0-9a-f]{16}))?", re.ASCII)


def chosen_url(ids: Sequence[UUID]) -> str:
    """Return the address of the form for these numbers."""
    return f"{reverse('admin:hosted_hostednumber_many')}?{urlencode({'ids': ' '.join(id.hex for id in ids)})}"


def many(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show the form; then what it would change for each number; then promise that, once."""
    check(request, model_admin, page.CHANGE)
    if request.method != "POST":
        return _start(request, model_admin)
    seen = _posted(request.POST.get("numbers", ""))
    numbers = _load(list(seen))
    if not numbers:
        return _to_list(request, _("No numbers are chosen. Tick some in the list, then try again."))
    if len(seen) > bulk.MOST:
        return _too_many(request)
    form = BulkForm(numbers, request.POST)
    if not form.is_valid() or "_back" in request.POST:
        return _form(request, model_admin, numbers, form, missing=len(seen) - len(numbers))
    if "_send" in request.POST:
        return _send(request, seen, form)
    return _confirm(request, model_admin, numbers, form, missing=len(seen) - len(numbers))


def _start(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    earlier, missing = None, 0
    if "ids" in request.GET:
        ids = list(_posted(request.GET["ids"]))
        found = _load(ids)
        missing = len(ids) - len(found)
    elif "again" in request.GET:
        earlier = _get(uuid_or_none(request.GET["again"]))
        found = _of_part(earlier, request.GET.get("of", ""))
    else:
        found = list(found_by(request, model_admin).order_by("phone_number", "pk")[: bulk.MOST + 1])
    if len(found) > bulk.MOST:
        return _too_many(request)
    if not found:
        return _to_list(request, _("No numbers are chosen. Tick some in the list, then try again."))
    form = BulkForm(found, asked=earlier.asks() if earlier else None)
    return _form(request, model_admin, found, form, missing=missing, earlier=earlier)


def _of_part(earlier: BulkChange, part: str) -> list[HostedNumber]:
    if part not in bulk_page.AGAIN:
        raise Http404
    lines = earlier.lines.select_related("number", "entry").order_by("number__phone_number")
    return [line.number for line in lines if bulk_page.part_of(line) == part]


def _posted(text: str) -> dict[UUID, str]:
    """Return the numbers' ids that a form carries, each with the fingerprint of what the person saw."""
    pairs = (CHOSEN.fullmatch(word) for word in text.split()[: bulk.MOST + 1])
    return {UUID(found[1]): found[2] or "" for found in pairs if found}


def _load(ids: Sequence[UUID]) -> list[HostedNumber]:
    return list(HostedNumber.objects.filter(pk__in=ids).order_by("phone_number", "pk"))


def _get(pk: UUID | None) -> BulkChange:
    found = BulkChange.objects.select_related("asked_by").filter(pk=pk).first() if pk else None
    if found is None:
        raise Http404
    return found


def _to_list(request: HttpRequest, words: str) -> HttpResponse:
    messages.error(request, words)
    kept = request.GET.copy() if request.method == "GET" else QueryDict(mutable=True)
    for name in ("ids", "again", "of"):
        kept.pop(name, None)
    query = kept.urlencode()
    return HttpResponseRedirect(reverse(LIST) + (f"?{query}" if query else ""))


def _too_many(request: HttpRequest) -> HttpResponse:
    words = _(
        "You chose more than %(most)s numbers. At most %(most)s can be changed at a time. Narrow the list "
        "with a filter or a search, then try again."
    )
    return _to_list(request, words % {"most": bulk.MOST})


def _frame(
    request: HttpRequest,
    model_admin: DeskModelAdmin,
    title: str,
    numbers: Sequence[HostedNumber],
    missing: int,
) -> dict[str, Any]:
    return {
        **frame(request, model_admin, title),
        "numbers": numbers,
        "missing": missing,
        "chosen": " ".join(f"{number.pk.hex}:{fingerprint(number)}" for number in numbers),
        "form_token": uuid4().hex,
    }


def _form(
    request: HttpRequest,
    model_admin: DeskModelAdmin,
    numbers: Sequence[HostedNumber],
    form: BulkForm,
    *,
    missing: int,
    earlier: BulkChange | None = None,
) -> HttpResponse:
    words = ngettext("Change settings of %(n)s number", "Change settings of %(n)s numbers", len(numbers))
    context = _frame(request, model_admin, words % {"n": len(numbers)}, numbers, missing)
    return TemplateResponse(request, f"{FOLDER}many.html", context | {"form": form, "earlier": earlier})


def _confirm(
    request: HttpRequest,
    model_admin: DeskModelAdmin,
    numbers: Sequence[HostedNumber],
    form: BulkForm,
    *,
    missing: int,
) -> HttpResponse:
    asks = form.asks()
    context = _frame(request, model_admin, _("Check what will change"), numbers, missing)
    context |= {
        "form": form,
        "what": bulk_page.what(asks),
        "reason": form.cleaned_data["reason"],
        **bulk_page.planned(bulk.plan(numbers, asks)),
    }
    return TemplateResponse(request, f"{FOLDER}many_confirm.html", context)


def _send(request: HttpRequest, seen: dict[UUID, str], form: BulkForm) -> HttpResponse:
    made = bulk.start(
        seen,
        form.asks(),
        by=user_of(request),
        reason=form.cleaned_data["reason"],
        form_token=form_token(request),
    )
    return HttpResponseRedirect(bulk_page.address(made))


def progress(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show where each request of a change is; the page refreshes itself until all have ended."""
    user = check(request, model_admin)
    made = _get(pk)
    context = {**frame(request, model_admin, _("Change to many numbers")), **bulk_page.context(made, user)}
    return TemplateResponse(request, f"{FOLDER}many_progress.html", context)


@require_POST
def undo(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Cancel the requests of a change of which nothing was sent."""
    user = check(request, model_admin, page.CHANGE)
    made = _get(pk)
    done = bulk.undo(made, by=user)
    if done:
        words = ngettext(
            "%(n)s change was taken back. It never reached Telnyx.",
            "%(n)s changes were taken back. They never reached Telnyx.",
            done,
        )
        messages.success(request, words % {"n": done})
    else:
        messages.info(request, _("Everything was already sent, so nothing could be taken back."))
    return HttpResponseRedirect(bulk_page.address(made))
