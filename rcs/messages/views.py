"""The pages of one RCS message: write it, see exactly what will be sent, and follow it."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging import segments
from messaging.desk import bodies, outbox_words, sight
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import frame, get_or_404, mark_wrong, say_refusals, user_of, uuid_or_none
from messaging.mirror.models import OutboxEntry
from messaging.saved_texts import rules
from messaging.sending import page as sent
from messaging.sending.json_field import errors_beside
from messaging.sending.views import ask_telnyx, sent_once, stamp
from rcs.agents.page import CHECK
from rcs.messages import operations as wire
from rcs.messages import sending
from rcs.models import RcsMessage, RcsTemplate

from ..handsets import handset
from . import page, wording
from .forms import ContentForm, MessageForm, initial

FOLDER = "admin/rcs/rcsmessage/"
# In the order of the page; the other fields have their own places.
FIRST, END = ("agent", "to", "purpose"), ("lifetime", "expire_at")
SMS = ("sms_from", "sms_text")
MMS = ("mms_from", "mms_text", "mms_subject", "mms_media_urls")


def compose(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Take what is typed, show exactly what will be sent, and on the second POST, promise it once."""
    user = user_of(request)
    if not sending.purposes(user):
        raise PermissionDenied(sending.SEND)
    if request.method != "POST":
        prefilled, source = _prefilled(request, model_admin)
        return _write(request, MessageForm(user, initial=prefilled), model_admin, **source)
    form = MessageForm(user, request.POST)
    if "_ask" in request.POST:
        _ask(request)
        return _write(request, unjudged(form), model_admin)
    if not form.is_valid() or "_edit" in request.POST:
        return _write(request, form, model_admin)
    message = form.message()
    body = bodies.before_sending(message, wire.body)
    if "_send" in request.POST and request.POST.get("seen") == stamp(body):
        return _send(request, form, message, model_admin)
    known = handset.look(message.agent, message.recipient, user)
    context = {
        **frame(request, model_admin, _("This will be sent")),
        **page.content(message, readable=True),
        "form": form,
        "hidden": [form[name].as_hidden() for name in form.fields],
        "body": body,
        "seen": stamp(body),
        "path": wire.PATH,
        "webhook": bodies.webhook(),
        "handset": known,
        "goes_plain": known is not None and known.state == handset.NONE,
        "advice": sending.advice(message),
    }
    return TemplateResponse(request, f"{FOLDER}confirm.html", context)


def _prefilled(request: HttpRequest, model_admin: DeskModelAdmin) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the form's initial values and their source: an earlier message, a template, or nothing."""
    if again := uuid_or_none(request.GET.get("again", "")):
        return _again(request, again, model_admin)
    prefilled: dict[str, Any] = {"message_id": uuid4(), "agent": uuid_or_none(request.GET.get("agent", ""))}
    template = _template(request)
    if template:
        prefilled |= {"content": template.content, "sms_text": template.sms_fallback}
        prefilled["fallback"] = "sms" if template.sms_fallback else ""
    return {name: value for name, value in prefilled.items() if value is not None}, {"template": template}


def _template(request: HttpRequest) -> RcsTemplate | None:
    pk = uuid_or_none(request.GET.get("template", ""))
    if pk is None:
        return None
    if not user_of(request).has_perm("rcs.view_rcstemplate"):
        raise PermissionDenied
    return RcsTemplate.objects.filter(pk=pk).first()


def _again(
    request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Start with the person's own earlier message."""
    user = user_of(request)
    message: RcsMessage = get_or_404(request, pk, model_admin)
    entries = sent.promises(message)  # type: ignore[arg-type]
    if not page.may_read(message, user):
        raise PermissionDenied
    prefilled = initial(message) | {"message_id": uuid4(), "again_of": message.pk}
    making = sent.making_of(entries)
    said = [outbox_words.said(error, sight.WHOLE) for error in making.errors] if making else []
    withdrawn = making is not None and making.state == OutboxEntry.State.CANCELLED
    return prefilled, {"earlier": message, "said": said, "went_wrong": not withdrawn}


def _ask(request: HttpRequest) -> None:
    if not user_of(request).has_perm(CHECK):
        raise PermissionDenied(CHECK)
    agent = handset.agent_of(request.POST.get("agent", ""))
    number = handset.number_of(request.POST.get("to", ""))
    if agent and number:
        handset.ask(agent, number, user_of(request))


def unjudged(form: MessageForm) -> MessageForm:
    """Return a form that holds what was typed, without error messages."""
    typed = {name: form[name].value() for name in form.fields}
    return MessageForm(form.user, initial=typed)


def _write(
    request: HttpRequest, form: MessageForm, model_admin: DeskModelAdmin, **source: Any
) -> HttpResponse:
    user = user_of(request)
    mark_wrong(form)
    agent = handset.agent_of(str(form["agent"].value() or ""))
    context = {
        **frame(request, model_admin, _("Send an RCS message")),
        **writing(form),
        "first": [form[name] for name in FIRST],
        "sms": [form[name] for name in SMS],
        "mms": [form[name] for name in MMS],
        "end": [form[name] for name in END],
        "senders": sending.fallback_senders(agent.profile() if agent else None),
        "handset": handset.look(agent, handset.number_of(str(form["to"].value() or "")), user),
        "has_agents": bool(form.fields["agent"].queryset.exists()),  # type: ignore[attr-defined]
        "left": sent.left_today(user),
        "may_write": rules.may_write(user),
        "templates": RcsTemplate.objects.exists() if user.has_perm("rcs.view_rcstemplate") else False,
        **source,
    }
    return TemplateResponse(request, f"{FOLDER}write.html", context)


def writing(form: ContentForm) -> dict[str, Any]:
    """Return what every page with a builder needs."""
    return {
        "form": form,
        "prefix": "rcs",
        "wrong": errors_beside(form, form.problems),
        "problems": form.problems,
        "config": wording.config(form.problems),
        "phone_words": wording.phone(),
        "basic": segments.BASIC,
        "extended": segments.EXTENDED,
        # Another field decides whether these are needed, so they are marked neither required nor optional.
        "depends": (*SMS, *MMS, "expire_at"),
    }


def _send(
    request: HttpRequest, form: MessageForm, message: RcsMessage, model_admin: DeskModelAdmin
) -> HttpResponse:
    try:
        made = sent_once(
            request,
            message,
            lambda: sending.promise(message, user_of(request), form_token=f"rcs-{message.pk.hex}"),
        )
    except sending.Objected as found:
        for objection in found.objections:
            form.object(objection)
        return _write(request, form, model_admin)
    return HttpResponseRedirect(page.page_url(made))


@require_POST
def look(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what is known about a phone while the form is being filled in; `ask` has the worker ask Telnyx.

    A POST, so that no number appears in a URL.
    """
    user = user_of(request)
    if not sending.purposes(user):
        raise PermissionDenied(sending.SEND)
    agent = handset.agent_of(request.POST.get("agent", ""))
    number = handset.number_of(request.POST.get("to", ""))
    if "ask" in request.POST:
        _ask(request)
    return render(request, f"{FOLDER}handset.html", {"handset": handset.look(agent, number, user)})


def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    message: RcsMessage = get_or_404(request, pk, model_admin)
    user = user_of(request)
    context = {
        **frame(request, model_admin, _("RCS message")),
        **page.context(message, user),
        **page.content(message, page.may_read(message, user)),
        "original": message,
    }
    return TemplateResponse(request, f"{FOLDER}message.html", context)


@require_safe
def progress(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show only the parts that change by themselves, for a page that keeps refreshing."""
    message: RcsMessage = get_or_404(request, pk, model_admin)
    return render(request, f"{FOLDER}progress.html", page.context(message, user_of(request)))


@require_POST
def withdraw(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Withdraw a message that has not been sent yet."""
    message: RcsMessage = get_or_404(request, pk, model_admin)
    if message.purpose not in sending.purposes(user_of(request)):
        raise PermissionDenied(sending.SEND)
    with say_refusals(request):
        sending.withdraw(message)
        model_admin.log_change(request, message, _("Withdrawn."))
        messages.success(request, _("Withdrawn. No one will be texted."))
    return HttpResponseRedirect(page.page_url(message))


@require_POST
def ask(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Have the next poll, seconds from now, read this message from Telnyx."""
    message: RcsMessage = get_or_404(request, pk, model_admin)
    if not sending.purposes(user_of(request)):
        raise PermissionDenied(sending.SEND)
    ask_telnyx(request, message)
    return HttpResponseRedirect(page.page_url(message))
