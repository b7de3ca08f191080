"""The pages around one message: choose how, write it, see exactly what will be sent, and follow it."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging import segments
from messaging.desk import bodies, outbox_words, sight
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import (
    form_token,
    frame,
    get_or_404,
    mark_wrong,
    reason_of,
    say_refusals,
    user_of,
    uuid_or_none,
)
from messaging.log import window
from messaging.mirror import clock
from messaging.mirror.models import Source
from messaging.mirror.records import sync
from messaging.models import ComposedMessage, SavedText, SentMessage
from messaging.numbers import find_number

from ..saved_texts import choosing
from ..whatsapp import at_telnyx
from ..whatsapp import page as whatsapp_page
from . import before, event_words, guards, operations, other_ways, page, promise, reply, suggested
from .choices import EARLIEST, WAYS, Kind
from .forms import FIELDS, RARELY, SEND, ComposeForm, purposes
from .promise import AlreadySent, Objected

FOLDER = "admin/messaging/composedmessage/"
LONG = ("text",)
LINES = ("media_urls",)


@require_safe
def choose(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Ask how to send."""
    if not purposes(user_of(request)):
        raise PermissionDenied(SEND)
    ways = [(kind, Kind(kind).label, way) for kind, way in WAYS.items()]
    context = {
        **frame(request, model_admin, _("Send a message")),
        "usual": [one for one in ways if not one[2].is_rare],
        "rare": [one for one in ways if one[2].is_rare],
        "elsewhere": other_ways.ways(user_of(request)),
        "left": page.left_today(user_of(request)),
    }
    return TemplateResponse(request, f"{FOLDER}choose.html", context)


def compose(request: HttpRequest, kind: str, model_admin: DeskModelAdmin) -> HttpResponse:
    """Take what is typed, show exactly what will be sent, and on the second POST promise it, once."""
    user = user_of(request)
    if not purposes(user):
        raise PermissionDenied(SEND)
    if kind not in WAYS:
        raise Http404
    if request.method != "POST":
        earlier = _earlier(request, user, kind, model_admin)
        given = _initial(earlier) if earlier else _of_saved(request)
        if asked := request.GET.get("reply"):
            given = reply.initial(user, kind, asked)
            if given is None:
                messages.warning(
                    request,
                    _("That took too long. Press “Reply” on the message again; it is valid for 15 minutes."),
                )
        form = ComposeForm(kind, user, initial=given)
        return _write(request, form, model_admin, earlier)
    form = ComposeForm(kind, user, _with_profile(request, user, kind))
    if {choosing.USE, choosing.FIND, choosing.OWN} & request.POST.keys():
        # Nothing is judged yet.
        form = ComposeForm(kind, user, initial=form.typed(request.POST))
        form.start_at(request.POST)
        return _write(request, form, model_admin)
    if kind == Kind.WHATSAPP and {at_telnyx.PRESSED, at_telnyx.USE} & request.POST.keys():
        given = whatsapp_page.typed(form.typed(request.POST), request.POST)
        return _write(request, ComposeForm(kind, user, initial=given), model_admin)
    if not form.is_valid() or "_edit" in request.POST:
        return _write(request, form, model_admin)
    message = form.message()
    body, looked_up = bodies.before_sending(message, operations.body), before.Before(message)
    if "_send" in request.POST and request.POST.get("seen") == stamp(body):
        return _send(request, form, message, model_admin)
    context = {
        **frame(request, model_admin, _("This will be sent")),
        **page.content(message, readable=True),
        "form": form,
        "hidden": [form[name].as_hidden() for name in form.fields],
        "body": body,
        "seen": stamp(body),
        "path": WAYS[kind].path,
        "webhook": event_words.reports_to(message),
        "profile": message.messaging_profile,
        "doubts": page.doubts(message, looked_up.known, is_listed=looked_up.own is not None),
        "checks": looked_up.checks(),
        "reports": event_words.meaning(message),
        "window": guards.window_of(message),
    }
    return TemplateResponse(request, f"{FOLDER}confirm.html", context)


def _with_profile(request: HttpRequest, user: User, kind: str) -> QueryDict:
    """Return what was typed, with the profile that follows from the sender if none was chosen."""
    sender = request.POST.get("sender", "")
    if request.POST.get("messaging_profile") or not sender.strip() or "\0" in sender:
        return request.POST
    found = suggested.profile_of(user, kind, sender)
    typed = request.POST.copy()
    if found:
        typed["messaging_profile"] = str(found.pk)
    return typed


def _write(
    request: HttpRequest,
    form: ComposeForm,
    model_admin: DeskModelAdmin,
    earlier: ComposedMessage | None = None,
) -> HttpResponse:
    for name, field in form.fields.items():
        if not field.widget.is_hidden and name not in ("auto_detect", "as_mms", "send_now", "content"):
            field.widget.attrs |= {"class": "desk-field"} | (
                {"rows": 5} if name in LONG else {"rows": 3} if name in LINES else {}
            )
    mark_wrong(form)
    names = form.names()
    context = {
        **frame(request, model_admin, str(Kind(form.kind).label)),
        "form": form,
        "way": WAYS[form.kind],
        "usual": [form[name] for name in names if name not in (*RARELY, "content")],
        "rare": [form[name] for name in names if name in RARELY],
        "rare_open": any(form[name].errors for name in names if name in RARELY),
        # Another field decides whether it is needed, so it is marked neither required nor optional.
        "depends": ("text", "saved_text", "saved_search"),
        "window": _window(form),
        "basic": segments.BASIC,
        "extended": segments.EXTENDED,
        "senders": suggested.senders(form.user, form.kind, form.chosen_profile())
        if "sender" in form.fields
        else [],
        "refused": _refused(earlier) if earlier else {},
        "went_wrong": earlier is not None and page.went_wrong(earlier),
        "earlier": earlier,
        "answered": reply.answered(form.user, form.kind, asked)
        if (asked := request.GET.get("reply"))
        else None,
        "left": page.left_today(form.user),
    }
    if form.kind == Kind.WHATSAPP:
        context |= whatsapp_page.writing(form, _refusals(earlier) if earlier else [], request.POST)
        return TemplateResponse(request, f"{FOLDER}whatsapp/write.html", context)
    return TemplateResponse(request, f"{FOLDER}write.html", context)


def _window(form: ComposeForm) -> window.Window | None:
    """Return what is known about the 24 hours of WhatsApp, once both numbers are typed or filled in."""
    if form.kind != Kind.WHATSAPP:
        return None
    ours, theirs = (find_number(str(form[name].value() or "")) for name in ("sender", "recipients"))
    return window.look(ours, theirs) if ours and theirs else None


def _send(
    request: HttpRequest, form: ComposeForm, message: ComposedMessage, model_admin: DeskModelAdmin
) -> HttpResponse:
    try:
        made = sent_once(
            request,
            message,
            lambda: promise.send(message, by=user_of(request), form_token=f"compose-{message.pk.hex}"),
        )
    except Objected as found:
        for objection in found.objections:
            form.add_error(objection.field if objection.field in form.fields else None, objection.words)
        return _write(request, form, model_admin)
    return HttpResponseRedirect(page.page_url(made))


def sent_once(request: HttpRequest, message: Any, send: Callable[[], object]) -> Any:
    """Send a message, say so, and return it, or the one that the same form created before. Raise Objected."""
    try:
        send()
    except AlreadySent as earlier:
        if earlier.message.created_by_id != request.user.pk:  # the id belongs to someone else's message
            raise PermissionDenied from None
        messages.info(request, _("This was already sent. Here is what happened to it."))
        return earlier.message
    messages.success(request, _("Saved for sending. The status below says where it is now."))
    return message


def stamp(body: str) -> str:
    """Return a stamp that shows whether this is the body that the person saw."""
    return sha256(body.encode()).hexdigest()


def _earlier(
    request: HttpRequest, user: User, kind: str, model_admin: DeskModelAdmin
) -> ComposedMessage | None:
    """Return the message to be sent again, if this person wrote it."""
    pk = uuid_or_none(request.GET.get("again", ""))
    if pk is None:
        return None
    message: ComposedMessage = get_or_404(request, pk, model_admin)
    if message.kind != kind or not page.may_read(message, user):
        raise PermissionDenied
    return message


def _of_saved(request: HttpRequest) -> dict[str, Any] | None:
    """Return the values of a form that starts from the saved text the address names."""
    pk = uuid_or_none(request.GET.get("saved_text", ""))
    return choosing.started(SavedText.objects.filter(pk=pk).first()) if pk else None


def _initial(message: ComposedMessage) -> dict[str, Any]:
    names = [name for name in FIELDS[message.kind] if name not in ("send_at", "content")]
    if message.send_at and message.send_at > clock.now() + EARLIEST:
        names.append("send_at")
    given = {name: getattr(message, name) for name in names} | {"content": message.whatsapp}
    given["messaging_profile"] = message.messaging_profile_id
    if message.kind != Kind.GROUP:
        given["recipients"] = message.recipients[0] if message.recipients else ""
    return {**given, **choosing.again(message), "again_of": message.pk, "message_id": uuid4()}


def _refusals(message: ComposedMessage) -> list[dict[str, Any]]:
    making = page.making_of(page.promises(message))
    return making.errors if making else []


def _refused(message: ComposedMessage) -> dict[str, list[str]]:
    """Return what Telnyx found wrong the last time, by field; "" for what names none."""
    found: dict[str, list[str]] = {}
    for error in _refusals(message):
        field = message.wire.field_for(error.get("pointer", "")) or ""
        found.setdefault(field if field in FIELDS[message.kind] else "", []).append(
            outbox_words.said(error, sight.WHOLE)
        )
    return found


def show(request: HttpRequest, message: ComposedMessage) -> dict[str, Any]:
    """Return what the page of a message shows."""
    user = user_of(request)
    readable = page.may_read(message, user)
    return {**page.context(message, user), **page.content(message, readable), "form_token": uuid4().hex}


@require_safe
def progress(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show only the part that updates by itself, for a page that keeps refreshing."""
    message: ComposedMessage = get_or_404(request, pk, model_admin)
    return render(request, f"{FOLDER}progress.html", page.context(message, user_of(request)))


def cancel(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Explain what canceling does; on POST, do it."""
    message: ComposedMessage = get_or_404(request, pk, model_admin)
    if not page.may_cancel(message, user_of(request)):
        raise PermissionDenied(page.CANCEL)
    waiting = promise.withdrawable(message)
    if request.method == "POST":
        return _cancel(request, message)
    if not waiting and not message.can_cancel():
        messages.error(request, _("It is too late to cancel this message, or it was never scheduled."))
        return HttpResponseRedirect(page.page_url(message))
    context = {
        **frame(request, model_admin, _("Cancel message")),
        **page.content(message, page.may_read(message, user_of(request))),
        "withdraws": waiting is not None,
        "form_token": uuid4().hex,
    }
    return TemplateResponse(request, f"{FOLDER}cancel.html", context)


def _cancel(request: HttpRequest, message: ComposedMessage) -> HttpResponse:
    token = form_token(request)
    with say_refusals(request):
        entry = promise.cancel(message, by=user_of(request), form_token=token, reason=reason_of(request))
        messages.success(
            request,
            _("The cancellation is queued for Telnyx.") if entry else _("Withdrawn. No one will be texted."),
        )
    return HttpResponseRedirect(page.page_url(message))


@require_POST
def ask(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Have the next poll, seconds from now, read this message and its group at Telnyx."""
    message: ComposedMessage = get_or_404(request, pk, model_admin)
    if not purposes(user_of(request)):
        raise PermissionDenied(SEND)
    ask_telnyx(request, message)
    return HttpResponseRedirect(page.page_url(message))


def ask_telnyx(request: HttpRequest, message: SentMessage) -> None:
    """Have the next poll read a message that Telnyx has, and say so."""
    if message.remote_id:
        sync.ask_soon(message, Source.PERSON)
        messages.info(request, _("We've asked Telnyx. The answer will appear here within seconds."))
