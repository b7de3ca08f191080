"""The pages of templates: write one, change it, delete it. To use one is to start a message with its content."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import three_ways
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import frame, get_or_404, mark_wrong, user_of, uuid_or_none
from messaging.saved_texts import rules
from rcs.messages import sending
from rcs.models import RcsMessage, RcsTemplate

from . import page, wording
from .forms import TemplateForm
from .views import writing

FOLDER = "admin/rcs/rcstemplate/"
NAME = "rcs_rcstemplate"
SMS = ("sms_text",)


def page_url(template: RcsTemplate) -> str:
    return reverse(f"admin:{NAME}_change", args=[template.pk])


def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    template: RcsTemplate = get_or_404(request, pk, model_admin, "rcs.view_rcstemplate")
    user = user_of(request)
    text = template.sms_fallback
    context = {
        **frame(request, model_admin, str(template)),
        "original": template,
        "record": template,
        "summary": template.summary(),
        "shown": {"content": template.content, "agent": "", "fallback": {"text": text} if text else None},
        "phone_words": wording.phone() | {"no_agent": _("The agent you choose")},
        "may": {
            "use": bool(sending.purposes(user)),
            "change": rules.may_keep(user, "rcs.change_rcstemplate"),
            "delete": user.has_perm("rcs.delete_rcstemplate"),
        },
    }
    return TemplateResponse(request, f"{FOLDER}template.html", context)


def new(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Create a template; `?from=` starts with a message that was sent."""
    rules.demand(user_of(request), page.KEEP)
    prefilled = {"draft_id": uuid4(), **_from(request, model_admin)}
    return _form(request, model_admin, None, prefilled)


def edit(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    template: RcsTemplate = get_or_404(request, pk, model_admin, "rcs.change_rcstemplate")
    rules.demand(user_of(request), "rcs.change_rcstemplate")
    prefilled = {
        "draft_id": template.pk,
        "name": template.name,
        "content": template.content,
        "sms_text": template.sms_fallback,
        "notes": template.notes,
    }
    return _form(request, model_admin, template, prefilled)


def _from(request: HttpRequest, model_admin: DeskModelAdmin) -> dict[str, Any]:
    """Return a message's content, for someone who may read it."""
    pk = uuid_or_none(request.GET.get("from", ""))
    if pk is None:
        return {}
    message = RcsMessage.objects.filter(pk=pk).first()
    if message is None:
        raise Http404
    if not page.may_read(message, user_of(request)):
        raise PermissionDenied
    return {"content": message.content, "sms_text": (message.sms_fallback or {}).get("text", "")}


def _form(
    request: HttpRequest, model_admin: DeskModelAdmin, template: RcsTemplate | None, prefilled: dict[str, Any]
) -> HttpResponse:
    if request.method == "POST" and template is None:
        prefilled["draft_id"] = _draft_id(request)
    form = TemplateForm(request.POST if request.method == "POST" else None, initial=prefilled)
    ways = three_ways.of(form)
    if request.method == "POST" and form.is_valid():
        kept = _keep(request, form, template, model_admin)
        if kept:
            ways.say(request)
            return HttpResponseRedirect(page_url(kept))
    mark_wrong(form)
    title = _("Change template %(name)s") % {"name": template} if template else _("New RCS template")
    context = {
        **frame(request, model_admin, title),
        **writing(form),
        "record": template,
        "ways": ways,
        "first": [form["name"]],
        "end": [form["notes"]],
        "depends": (),
    }
    return TemplateResponse(request, f"{FOLDER}form.html", context)


def _draft_id(request: HttpRequest) -> UUID:
    return uuid_or_none(request.POST.get("draft_id", "")) or uuid4()


def _keep(
    request: HttpRequest, form: TemplateForm, template: RcsTemplate | None, model_admin: DeskModelAdmin
) -> RcsTemplate | None:
    """Save the template; a second click on a new one finds what the first created. Return None if the name is taken."""
    typed = form.cleaned_data
    values = {
        "name": typed["name"],
        "content": typed["content"],
        "sms_fallback": typed["sms_text"],
        "notes": typed["notes"],
    }
    try:
        with transaction.atomic():
            if template:
                for name, value in values.items():
                    setattr(template, name, value)
                template.save()
                model_admin.log_change(request, template, _("Changed."))
                made = False
            else:
                template, made = RcsTemplate.objects.get_or_create(
                    pk=typed["draft_id"], defaults={**values, "created_by": user_of(request)}
                )
    except IntegrityError:
        form.add_error("name", _("A template with this name exists. Choose another name."))
        return None
    if template.created_by_id != request.user.pk and not user_of(request).has_perm("rcs.change_rcstemplate"):
        raise PermissionDenied
    if made:
        model_admin.log_addition(request, template, _("Added."))
    messages.success(request, _("Saved."))
    return template


def delete(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Explain what deleting does; on POST, delete."""
    template: RcsTemplate = get_or_404(request, pk, model_admin, "rcs.delete_rcstemplate")
    if request.method == "POST":
        model_admin.log_deletions(request, RcsTemplate.objects.filter(pk=template.pk))
        template.delete()
        messages.success(request, _("Template deleted. Messages sent from it stay as they are."))
        return HttpResponseRedirect(reverse(f"admin:{NAME}_changelist"))
    context = {
        **frame(request, model_admin, _("Delete template %(name)s") % {"name": template}),
        "record": template,
    }
    return TemplateResponse(request, f"{FOLDER}delete.html", context)
