"""The pages of saved texts: see one and what became of it, write one, change it or put it away."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging import segments
from messaging.desk import three_ways
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import frame, get_or_404, mark_wrong, user_of, uuid_or_none
from messaging.models import SavedText

from . import page, placeholders, rules, writing
from .writing import NameTaken, WriteForm

FOLDER = "admin/messaging/savedtext/"
NAME = "messaging_savedtext"


def page_url(saved: SavedText) -> str:
    return reverse(f"admin:{NAME}_change", args=[saved.pk])


def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    saved: SavedText = get_or_404(request, pk, model_admin)
    context = {**frame(request, model_admin, str(saved)), **page.context(saved, user_of(request))}
    return TemplateResponse(request, f"{FOLDER}text.html", context)


def new(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    rules.demand(user_of(request), page.ADD)
    return _form(request, model_admin, None, {"draft_id": _draft_id(request)})


def edit(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    saved: SavedText = get_or_404(request, pk, model_admin, page.CHANGE)
    rules.demand(user_of(request), page.CHANGE)
    return _form(request, model_admin, saved, writing.initial(saved))


def _draft_id(request: HttpRequest) -> UUID:
    return uuid_or_none(request.POST.get("draft_id", "")) or uuid4()


def _form(
    request: HttpRequest, model_admin: DeskModelAdmin, saved: SavedText | None, prefilled: dict[str, Any]
) -> HttpResponse:
    form = WriteForm(request.POST if request.method == "POST" else None, initial=prefilled)
    ways = three_ways.of(form)
    if request.method == "POST" and form.is_valid():
        kept = _keep(request, form, saved, model_admin)
        if kept:
            ways.say(request)
            return HttpResponseRedirect(page_url(kept))
    mark_wrong(form)
    text = str(form["text"].value() or "")
    context = {
        **frame(
            request, model_admin, _("Change %(name)s") % {"name": saved} if saved else _("New saved text")
        ),
        "form": form,
        "record": saved,
        "ways": ways,
        "fields": [form[name] for name in ("name", "text", "language", "is_in_use")],
        "depends": (),
        "placeholders": [f"{{{name}}}" for name in placeholders.names(text)],
        "basic": segments.BASIC,
        "extended": segments.EXTENDED,
    }
    return TemplateResponse(request, f"{FOLDER}form.html", context)


def _keep(
    request: HttpRequest, form: WriteForm, saved: SavedText | None, model_admin: DeskModelAdmin
) -> SavedText | None:
    """Save the text and return it. Return None if the name was taken meanwhile."""
    changes = model_admin.construct_change_message(request, form, [])
    try:
        kept, is_new = writing.keep(form.cleaned_data, saved, user_of(request))
    except NameTaken:
        form.add_error("name", writing.taken())
        return None
    if saved:
        model_admin.log_change(request, kept, changes)
    elif is_new:
        model_admin.log_addition(request, kept, _("Added."))
    messages.success(request, _("Saved."))
    return kept
