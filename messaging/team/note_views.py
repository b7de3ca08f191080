"""Add a note to a record; change, delete and strike out one's own; dismiss a mention."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import frame, get_or_404, say_refusals, user_of
from messaging.mirror import clock
from messaging.models import Mention, Note

from . import kinds, notes


class NoteForm(forms.Form):
    """The text of a note."""

    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=notes.LONGEST,
        help_text=gettext_lazy("For colleagues only. @ and a user name mentions someone."),
        widget=forms.Textarea(attrs={"class": "desk-field", "rows": 4}),
    )


@require_POST
def add(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Add a note; one that is empty or too long is shown again."""
    record = get_or_404(request, pk, model_admin, notes.PERMISSION)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, model_admin, record, form, _("Add a note"))
    messages.success(request, notes.add(record, form.cleaned_data["text"], by=user_of(request)))
    return _back(record)


def edit(request: HttpRequest, pk: UUID, note_id: int, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show one's own note to change it; on POST, save it."""
    record, note = _own(request, pk, note_id, model_admin)
    form = NoteForm(request.POST or None, initial={"text": note.text})
    if request.method != "POST" or not form.is_valid():
        return _page(request, model_admin, record, form, _("Change your note"))
    try:
        messages.success(request, notes.edit(record, note, form.cleaned_data["text"], by=user_of(request)))
    except notes.TooLate as error:
        form.add_error("text", str(error))
        return _page(request, model_admin, record, form, _("Change your note"))
    return _back(record)


@require_POST
def delete(request: HttpRequest, pk: UUID, note_id: int, model_admin: DeskModelAdmin) -> HttpResponse:
    """Delete one's own note, shortly after it was written."""
    record, note = _own(request, pk, note_id, model_admin)
    with say_refusals(request, notes.TooLate):
        messages.success(request, notes.delete(record, note, by=user_of(request)))
    return _back(record)


@require_POST
def strike(request: HttpRequest, pk: UUID, note_id: int, model_admin: DeskModelAdmin) -> HttpResponse:
    """Strike out one's own note."""
    record, note = _own(request, pk, note_id, model_admin)
    messages.success(request, notes.strike(record, note, by=user_of(request)))
    return _back(record)


def urls(model: str) -> tuple[tuple[str, str, Any], ...]:
    """Return the addresses that the admin of such records adds to its own; `model` as in "hosted_hostedorder"."""
    return (
        ("<uuid:pk>/notes/add/", f"{model}_add_note", add),
        ("<uuid:pk>/notes/<int:note_id>/", f"{model}_note", edit),
        ("<uuid:pk>/notes/<int:note_id>/delete/", f"{model}_delete_note", delete),
        ("<uuid:pk>/notes/<int:note_id>/strike/", f"{model}_strike_note", strike),
    )


@require_POST
def dismiss(request: HttpRequest, id: int) -> HttpResponse:
    """Take a mention off one's own home page."""
    Mention.objects.filter(pk=id, user=user_of(request), opened_at=None).update(opened_at=clock.now())
    return HttpResponseRedirect(reverse("admin:index"))


def _own(request: HttpRequest, pk: UUID, note_id: int, model_admin: DeskModelAdmin) -> tuple[Any, Note]:
    record = get_or_404(request, pk, model_admin, notes.PERMISSION)
    note = get_object_or_404(record.notes, pk=note_id)
    if note.author_id != request.user.pk:
        raise PermissionDenied
    return record, note


def _page(
    request: HttpRequest, model_admin: DeskModelAdmin, record: Any, form: NoteForm, title: str
) -> HttpResponse:
    context = {
        **frame(request, model_admin, title),
        "original": record,
        "record": record,
        "form": form,
        "back_url": kinds.url_of(record),
    }
    return TemplateResponse(request, "desk/team/note.html", context)


def _back(record: Any) -> HttpResponse:
    return HttpResponseRedirect(f"{kinds.url_of(record)}#notes")
