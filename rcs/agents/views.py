"""The pages and actions of RCS agents. An action is a POST that needs its permission and returns to the page."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.desk import pages, three_ways
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import form_token, frame, get_or_404, say_refusals, user_of, uuid_or_none
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry, Source
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync

from ..handsets import capability_jobs
from ..models import CapabilityCheck, Deeplink, RcsAgent, TestInvite
from . import page, values, webhook_check
from .forms import AgentForm, CheckForm, InviteForm, LinkForm, refusals

FOLDER = "admin/rcs/"


def back(agent: RcsAgent) -> HttpResponse:
    return HttpResponseRedirect(page.page_url(agent))


# An agent.


def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show an agent; if our copy is old, it is read again in the background."""
    agent: RcsAgent = get_or_404(request, pk, model_admin)
    if agent.is_there() and is_old(agent):
        sync.ask_soon(agent, Source.SYNC)
        agent.next_poll_at = clock.now()
    context = {**frame(request, model_admin, str(agent)), **page.context(agent, user_of(request))}
    context |= {"original": agent, "invite_form": InviteForm()}
    return TemplateResponse(request, f"{FOLDER}rcsagent/agent.html", context)


def is_old(agent: RcsAgent) -> bool:
    return agent.remote_as_of is None or clock.now() - agent.remote_as_of > page.FRESH


@require_safe
def progress(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show only the parts that change by themselves, for a page that keeps refreshing."""
    agent: RcsAgent = get_or_404(request, pk, model_admin)
    return render(request, f"{FOLDER}rcsagent/progress.html", page.context(agent, user_of(request)))


def edit(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Change settings: only differences are sent, and values Telnyx refused are filled in again."""
    agent: RcsAgent = get_or_404(request, pk, model_admin, page.CHANGE)
    if not page.may(agent, user_of(request))["edit"]:
        messages.warning(
            request, _("Nothing can be changed while a request is in progress or the agent is gone.")
        )
        return back(agent)
    refused = _refused(agent)
    held = values.held(agent)
    typed = refused.promised() if refused else {}
    initial = {name: value or "" for name, value in (held | typed).items()}
    form = AgentForm(request.POST if request.method == "POST" else None, initial=initial)
    ways = three_ways.of(form, {name: value or "" for name, value in held.items()})
    if request.method == "POST" and form.is_valid():
        return _send(request, agent, form, ways)
    said = refusals(refused.errors, form) if refused and request.method != "POST" else {}
    context = {**frame(request, model_admin, _("Change %(name)s") % {"name": agent}), "record": agent}
    context |= {
        "form": form,
        "ways": ways,
        "rows": [(field, said.get(field.name, [])) for field in form.visible_fields()],
        "refused": said.get("", []),
        "our_address": webhook_check.our_address(),
    }
    return TemplateResponse(request, f"{FOLDER}rcsagent/form.html", context)


def _refused(agent: RcsAgent) -> OutboxEntry | None:
    """Return the newest change if Telnyx refused it and nothing has been sent since."""
    newest = outbox.entries(agent).select_related("resource_type").first()
    return newest if newest is not None and newest.state == OutboxEntry.State.REFUSED else None


def _send(
    request: HttpRequest, agent: RcsAgent, form: AgentForm, ways: three_ways.Comparison
) -> HttpResponse:
    try:
        with transaction.atomic():
            locked = agent.lock()
            changed = values.changes(locked, form.settings())
            if changed:
                outbox.add(locked, "update", requested_by=user_of(request), changes=changed)
    except outbox.AlreadyPromised:
        messages.warning(request, _("Someone just sent a change, so yours wasn't sent."))
        return back(agent)
    ways.say(request)
    if changed:
        messages.success(request, _("Queued for Telnyx."))
    else:
        messages.info(request, _("Telnyx already has exactly this, so nothing was sent."))
    return back(agent)


@require_POST
def fix_webhook(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    agent: RcsAgent = get_or_404(request, pk, model_admin, page.CHANGE)
    with transaction.atomic():
        locked = agent.lock()
        wanted = webhook_check.fixes(locked)
        if not wanted or not locked.is_there():
            messages.error(request, _("There is nothing to fix."))
            return back(agent)
        with say_refusals(request):
            outbox.add(
                locked,
                "update",
                requested_by=user_of(request),
                form_token=form_token(request),
                changes=wanted,
            )
            messages.success(request, _("Queued for Telnyx."))
    return back(agent)


@require_POST
def ask(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Have the next poll, seconds from now, read this agent from Telnyx."""
    agent: RcsAgent = get_or_404(request, pk, model_admin, page.CHANGE)
    if agent.is_there():
        sync.ask_soon(agent, Source.PERSON)
        messages.success(request, _("We've asked Telnyx. The answer will appear here within seconds."))
    else:
        messages.error(request, _("The agent is no longer at Telnyx."))
    return back(agent)


# Test handsets.


@require_POST
def invite(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Invite a test handset; inviting it again reports its status."""
    agent: RcsAgent = get_or_404(request, pk, model_admin, page.INVITE)
    form = InviteForm(request.POST)
    if not agent.is_there():
        messages.error(request, _("The agent is no longer at Telnyx."))
        return back(agent)
    if not form.is_valid():
        context = {**frame(request, model_admin, str(agent)), **page.context(agent, user_of(request))}
        context |= {"original": agent, "invite_form": form}
        return TemplateResponse(request, f"{FOLDER}rcsagent/agent.html", context)
    with transaction.atomic():
        handset, _made = TestInvite.objects.get_or_create(
            agent=agent,
            phone_number=form.cleaned_data["phone_number"],
            defaults={"created_by": user_of(request)},
        )
        _promise(request, handset)
    return back(agent)


@require_POST
def invite_again(
    request: HttpRequest, pk: UUID, handset_pk: UUID, model_admin: DeskModelAdmin
) -> HttpResponse:
    agent: RcsAgent = get_or_404(request, pk, model_admin, page.INVITE)
    handset = TestInvite.objects.filter(agent=agent, pk=handset_pk).first()
    if handset is None:
        raise Http404
    _promise(request, handset)
    return back(agent)


def _promise(request: HttpRequest, handset: TestInvite) -> None:
    with say_refusals(request):
        handset.promise(requested_by=user_of(request))
        messages.success(request, _("Queued for Telnyx."))


# Links.


def links(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show an agent's links, and create a new one. Only creating one needs more than seeing the agent."""
    agent: RcsAgent = get_or_404(request, pk, model_admin, page.LINK if request.method == "POST" else "")
    form = LinkForm(request.POST if request.method == "POST" else None, initial={"draft_id": uuid4()})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        link, made = Deeplink.objects.get_or_create(
            pk=typed["draft_id"],
            defaults={
                "agent": agent,
                "phone_number": typed["phone_number"],
                "body": typed["body"],
                "created_by": user_of(request),
                "due_at": Now(),
            },
        )
        if link.created_by_id != request.user.pk:  # the id belongs to someone else's link
            raise PermissionDenied
        if made:
            messages.success(request, _("We've asked Telnyx. The link will appear here within seconds."))
        return HttpResponseRedirect(request.path)
    context = {**frame(request, model_admin, _("Links to %(name)s") % {"name": agent}), "form": form}
    context |= page.link_context(agent, user_of(request))
    return TemplateResponse(request, f"{FOLDER}rcsagent/links.html", context)


@require_safe
def link_progress(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    agent: RcsAgent = get_or_404(request, pk, model_admin)
    return render(request, f"{FOLDER}rcsagent/made_links.html", page.link_context(agent, user_of(request)))


# Phones.


def check_numbers(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Take numbers, and have the worker ask what each of them can receive."""
    pages.check(request, model_admin, page.CHECK)
    chosen = uuid_or_none(request.POST.get("agent") or request.GET.get("agent", ""))
    form = CheckForm(
        request.POST if request.method == "POST" else None,
        initial={"draft_id": uuid4(), "agent": chosen},
        chosen=chosen,
    )
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        check = capability_jobs.begin(
            typed["draft_id"],
            typed["agent"],
            typed["numbers"],
            by=user_of(request),
            again=typed["again"],
            not_checked=form.said(),
        )
        return HttpResponseRedirect(reverse("admin:rcs_capability_check", args=[check.pk]))
    context = {**frame(request, model_admin, _("Check which phones have RCS")), "form": form}
    context |= {"has_agents": RcsAgent.senders().exists()}
    return TemplateResponse(request, f"{FOLDER}capability/form.html", context)


@require_safe
def check(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    context = {**frame(request, model_admin, _("Phone check")), **_check(request, pk, model_admin)}
    return TemplateResponse(request, f"{FOLDER}capability/check.html", context)


@require_safe
def check_progress(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    return render(request, f"{FOLDER}capability/progress.html", _check(request, pk, model_admin))


def _check(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> dict[str, Any]:
    pages.check(request, model_admin)
    found = CapabilityCheck.objects.select_related("agent", "requested_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return page.check_context(found, user_of(request))
