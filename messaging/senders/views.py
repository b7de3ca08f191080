"""The pages and actions around one alphanumeric sender."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.desk import outbox_words, undoing
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import form_token, frame, get_or_404, say_refusals, user_of
from messaging.desk.show import Step
from messaging.mirror import clock
from messaging.mirror.models import Source
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from messaging.models import AlphanumericSender
from messaging.profiles import page as profile_page

from .forms import SenderForm

ADD = "messaging.add_alphanumericsender"
DELETE = "messaging.delete_alphanumericsender"
FOLDER = "admin/messaging/alphanumericsender/"


def page_url(sender: AlphanumericSender) -> str:
    return reverse("admin:messaging_alphanumericsender_change", args=[sender.pk])


def new(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Take a new sender and promise to create it, once."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied(ADD)
    chosen = request.GET.get("profile", "")
    initial = {"draft_id": uuid4(), "messaging_profile": chosen}
    initial |= {
        name: request.GET.get(name, "") for name in ("alphanumeric_sender_id", "us_long_code_fallback")
    }
    form = SenderForm(request.POST or None, initial=initial, profile=chosen)
    if request.method == "POST" and form.is_valid():
        return _create(request, form)
    context = {**frame(request, model_admin, _("New alphanumeric sender")), "form": form}
    return TemplateResponse(request, f"{FOLDER}form.html", context)


def _create(request: HttpRequest, form: SenderForm) -> HttpResponse:
    """Save what was typed and promise it in one transaction; a second click opens the same sender."""
    typed = form.cleaned_data
    told = {
        "alphanumeric_sender_id": typed["alphanumeric_sender_id"],
        "messaging_profile_id": typed["messaging_profile"].remote_id,
        "us_long_code_fallback": typed["us_long_code_fallback"],
        "created_by": user_of(request),
    }
    with transaction.atomic():
        sender, made = AlphanumericSender.objects.get_or_create(pk=typed["draft_id"], defaults=told)
        if sender.created_by_id != request.user.pk:  # the id belongs to someone else's record
            raise PermissionDenied
        if made:
            outbox.add(sender, "create", requested_by=user_of(request), form_token=sender.pk.hex)
            messages.success(request, _("Queued for Telnyx."))
        else:
            messages.info(request, _("Already requested; the answer will appear here."))
    return HttpResponseRedirect(page_url(sender))


def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    sender: AlphanumericSender = get_or_404(request, pk, model_admin)
    context = {**frame(request, model_admin, str(sender)), **_context(sender, user_of(request))}
    return TemplateResponse(request, f"{FOLDER}sender.html", context | {"original": sender})


@require_safe
def progress(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show only the part that updates by itself, for a page that keeps refreshing."""
    return render(
        request, f"{FOLDER}progress.html", _context(get_or_404(request, pk, model_admin), user_of(request))
    )


def _context(sender: AlphanumericSender, user: User) -> dict[str, Any]:
    entries = list(outbox.entries(sender).select_related("requested_by", "resource_type").defer("body")[:50])
    began = _("Created here") if sender.created_by_id or not sender.remote_id else _("Found at Telnyx")
    steps = [Step(sender.created_at, began, who=str(sender.created_by or ""), group="draft")]
    steps += [step for entry in entries for step in outbox_words.entry_steps(entry, profile_page.SEEN)]
    newest = entries[0] if entries else None
    idle = not sender.is_under_way()
    return {
        "record": sender,
        "profile": sender.profile(),
        "ours": outbox_words.entry_line(newest, profile_page.SEEN),
        "undo": undoing.offered(newest, user),
        "steps": sorted(steps, key=lambda step: step.at, reverse=True),
        "refresh": None if idle and not sender.next_poll_at else profile_page.SOON,
        "may": {
            "delete": idle and sender.is_there() and user.has_perm(DELETE),
            "discard": sender.is_new() and user.has_perm(DELETE),
            "add": user.has_perm(ADD),
            "ask": sender.is_there() and user.has_perm(ADD),
            "see_outbox": user.has_perm(profile_page.SEE_OUTBOX),
        },
    }


def remove(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Explain what deleting does, and promise it once the sender was typed."""
    sender: AlphanumericSender = get_or_404(request, pk, model_admin, DELETE)
    if not sender.is_there() or sender.is_under_way():
        messages.info(request, _("There is nothing to delete at Telnyx now."))
        return HttpResponseRedirect(page_url(sender))
    if request.method == "POST":
        return _promise_removal(request, sender)
    context = {**frame(request, model_admin, _("Delete %(name)s") % {"name": sender}), "record": sender}
    context |= {"profile": sender.profile(), "form_token": uuid4().hex}
    return TemplateResponse(request, f"{FOLDER}delete.html", context)


def _promise_removal(request: HttpRequest, sender: AlphanumericSender) -> HttpResponse:
    token = form_token(request)
    if request.POST.get("typed", "").strip().casefold() != sender.alphanumeric_sender_id.strip().casefold():
        messages.error(request, _("Type the sender to confirm. Nothing was deleted."))
        return HttpResponseRedirect(request.path)
    with say_refusals(request):
        entry = outbox.add(sender, "delete", requested_by=user_of(request), form_token=token)
        messages.success(request, undoing.queued(entry))
    return HttpResponseRedirect(page_url(sender))


@require_POST
def ask(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Have the next poll, seconds from now, read this sender at Telnyx."""
    sender: AlphanumericSender = get_or_404(request, pk, model_admin, ADD)
    if sender.is_there():
        sync.ask_soon(sender, Source.PERSON)
        messages.success(request, _("We've asked Telnyx. The answer will appear here within seconds."))
    return HttpResponseRedirect(page_url(sender))


@require_POST
def discard(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Discard a sender that Telnyx never had; the row stays as the record of what was sent."""
    sender: AlphanumericSender = get_or_404(request, pk, model_admin, DELETE)
    with transaction.atomic():
        locked = sender.lock()
        if locked.is_new():
            locked.gone(clock.now())
            messages.success(request, _("Discarded. Telnyx doesn't have it."))
        else:
            messages.error(request, _("It is in progress or at Telnyx, so it can't be discarded."))
    return HttpResponseRedirect(page_url(sender))
