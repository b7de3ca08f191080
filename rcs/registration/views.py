"""The pages and actions of registrations, the same for a brand and an agent where they can be."""

from copy import copy
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from messaging.desk import acts, outbox_words, pages, three_ways, undoing
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import (
    HasProblems,
    NotAllowed,
    action_view,
    form_token,
    frame,
    get_or_404,
    user_of,
    uuid_or_none,
)
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry, Source
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync

from ..models import RcsAgentRegistration, RcsBrand
from . import check, nested, page
from .choices import OVER, AgentStatus, BrandStatus
from .forms import (
    LAUNCH_SECTIONS,
    AgentForm,
    BrandForm,
    DeviceForm,
    LaunchForm,
    Section,
    launch_field,
    launch_initial,
)

FOLDER = "admin/rcs/registration/"
FORMS: dict[type, Any] = {RcsBrand: BrandForm, RcsAgentRegistration: AgentForm}


def back(record: Any) -> HttpResponse:
    return HttpResponseRedirect(page.page_url(record))


# Pages.


def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show a registration; if our copy is old, it is read again in the background."""
    record = get_or_404(request, pk, model_admin)
    if record.is_there() and not record.closed_at and _is_old(record):
        sync.ask_soon(record, Source.SYNC)
        record.next_poll_at = clock.now()
    return _shown(request, record, model_admin)


def _shown(
    request: HttpRequest, record: Any, model_admin: DeskModelAdmin, device: DeviceForm | None = None
) -> HttpResponse:
    context = {**frame(request, model_admin, str(record)), **page.context(record, user_of(request))}
    context |= {"original": record, "device_form": device or DeviceForm()}
    return TemplateResponse(request, f"{FOLDER}page.html", context)


def _is_old(record: Any) -> bool:
    return record.remote_as_of is None or clock.now() - record.remote_as_of > page.FRESH


@require_safe
def progress(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show only the part that updates by itself, for a page that keeps refreshing."""
    record = get_or_404(request, pk, model_admin)
    return render(request, f"{FOLDER}progress.html", page.context(record, user_of(request)))


@require_safe
def board(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show brands and agents by whose turn it is."""
    user = pages.check(request, model_admin)
    kinds = [model for model in FORMS if user.has_perm(page.viewing(model))]
    columns, is_cut = page.board(kinds)
    context = {**frame(request, model_admin, _("RCS registration")), "columns": columns, "is_cut": is_cut}
    del context["opts"]  # the board isn't a page of one list
    return TemplateResponse(request, f"{FOLDER}board.html", context)


# Writing one.


def new(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Take a new draft, or start one from an earlier registration. Nothing is sent."""
    model = model_admin.model
    pages.check(request, model_admin, f"rcs.add_{model._meta.model_name}")
    like = uuid_or_none(request.GET.get("like", ""))
    earlier = model._base_manager.filter(pk=like).first() if like else None
    initial: dict[str, Any] = {"draft_id": uuid4()}
    if earlier and page.may(earlier, user_of(request))["copy"]:
        initial |= {name: getattr(earlier, name) for name in FORMS[model].Meta.fields}
    elif brand := request.GET.get("brand", ""):
        initial["brand_remote_id"] = brand
    form = FORMS[model](request.POST or None, instance=model(), initial=initial)
    if request.method == "POST" and form.is_valid():
        return _keep(request, form)
    context = {**frame(request, model_admin, _new_title(model)), "is_new": True}
    return TemplateResponse(request, f"{FOLDER}form.html", context | _form_context(form, model))


def _new_title(model: type) -> str:
    return _("Register an RCS brand") if model is RcsBrand else _("Register an RCS agent")


def _keep(request: HttpRequest, form: Any) -> HttpResponse:
    """Save a new draft once; a second click opens the same."""
    pk = form.cleaned_data["draft_id"]
    if pk is None:
        raise BadRequest("an id for the draft is missing")
    record = form.instance
    earlier = type(record)._base_manager.filter(pk=pk).first()
    if earlier is None:
        record.pk, record.created_by = pk, user_of(request)
        record.save(force_insert=True)
    elif earlier.created_by_id != request.user.pk:  # the id belongs to someone else's draft
        raise PermissionDenied
    messages.success(request, _("Saved here. Nothing was sent to Telnyx yet."))
    return back(earlier or record)


def edit(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Change a draft here, or at Telnyx as long as it isn't submitted; what Telnyx refused is beside its field."""
    record = get_or_404(request, pk, model_admin, f"rcs.change_{model_admin.opts.model_name}")
    if not page.may(record, user_of(request))["edit"]:
        messages.warning(
            request, _("It can't be changed now: a request is in progress, or it was submitted or closed.")
        )
        return back(record)
    refused = _refused(record)
    typed = record.wire.load(refused.promised()) if refused and refused.operation == "update" else {}
    form = FORMS[type(record)](request.POST or None, instance=copy(record), initial=typed)
    saved = {name: getattr(record, name) for name in form.fields if hasattr(record, name)}
    ways = three_ways.of(form, saved)
    if request.method == "POST" and form.is_valid():
        return _change(request, record, form, ways)
    said = _said(record, refused, record.wire.field_for) if request.method != "POST" else {}
    context = {**frame(request, model_admin, _("Change %(name)s") % {"name": record}), "record": record}
    context |= {"ways": ways, "is_at_telnyx": record.remote_id is not None}
    return TemplateResponse(
        request, f"{FOLDER}form.html", context | _form_context(form, type(record), said, refused)
    )


def _change(request: HttpRequest, record: Any, form: Any, ways: three_ways.Comparison) -> HttpResponse:
    names = [name for name in form.Meta.fields if name in form.cleaned_data]
    try:
        with transaction.atomic():
            locked = record.lock()
            if not locked.may_be_edited() or locked.closed_at:
                raise NotAllowed
            for name in names:
                setattr(locked, name, form.cleaned_data[name])
            if locked.remote_id is None:
                locked.save(update_fields=[*names, "updated_at"])
                said = _("Saved here. Nothing was sent to Telnyx yet.")
            else:
                wanted = locked.wire.dump(locked)
                wanted.pop("brand_id", None)
                said = _send_changes(request, locked, nested.changes(locked.remote_data, wanted))
    except (outbox.AlreadyPromised, NotAllowed):
        messages.warning(request, _("Someone just sent a request about it, so your changes weren't saved."))
    else:
        ways.say(request)
        messages.success(request, said)
    return back(record)


def _send_changes(request: HttpRequest, locked: Any, changed: dict[str, Any]) -> str:
    if not changed:
        return _("Telnyx already has exactly this, so nothing was sent.")
    _expect(locked, "")
    outbox.add(locked, "update", requested_by=user_of(request), changes=changed)
    return _("Queued for Telnyx.")


def _expect(locked: Any, what: str) -> None:
    """Note what Telnyx is asked to begin, for its status may follow only later."""
    type(locked)._base_manager.filter(pk=locked.pk).update(awaited=what)


def _refused(record: Any) -> OutboxEntry | None:
    """Return the newest request that moves the record if Telnyx refused it."""
    newest = outbox.entries(record).filter(moves_record=True).select_related("resource_type").first()
    return newest if newest is not None and newest.state == OutboxEntry.State.REFUSED else None


def _said(record: Any, refused: OutboxEntry | None, field_for: Any) -> dict[str, list[str]]:
    """Return what Telnyx said by field; "" holds what names none."""
    found: dict[str, list[str]] = {}
    for error in refused.errors if refused else []:
        words = error.get("detail") or error.get("title") or error.get("code") or ""
        found.setdefault(field_for(error.get("pointer", "")) or "", []).append(words)
    return found


def _form_context(
    form: Any,
    model: type | None,
    said: dict[str, list[str]] | None = None,
    refused: OutboxEntry | None = None,
    sections: tuple[Section, ...] = (),
) -> dict[str, Any]:
    said = said or {}
    parts = []
    for title, words, names in sections or page.SECTIONS[model or RcsBrand]:
        shown = [name for name in names if name in form.fields]
        rows = [(form[name], said.get(name, [])) for name in shown]
        for field, refusals in rows:
            pages.mark_field(field, refusals)
        parts.append((title, words, rows))
    return {
        "form": form,
        "parts": parts,
        "elsewhere": said.get("", []),
        "refused": outbox_words.entry_line(refused, page.sight.WHOLE) if said else None,
        "list_url": f"admin:rcs_{model._meta.model_name}_changelist" if model else "",  # type: ignore[attr-defined]
    }


# Launching an agent.


def launch(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Take the campaign and the proof, and promise to send the agent to the carriers, once."""
    agent: RcsAgentRegistration = get_or_404(request, pk, model_admin, "rcs.submit_rcsagentregistration")
    if not page.may(agent, user_of(request))["launch"]:
        messages.warning(request, _not_launchable(agent))
        return back(agent)
    newest = _refused(agent)
    refused = newest if newest and newest.operation == "launch" else None
    held = refused.promised() if refused else agent.remote_data.get("configuration") or {}
    form = LaunchForm(request.POST or None, initial=launch_initial(held))
    if request.method == "POST" and form.is_valid():
        return _launch(request, agent, form.body())
    said = _said(agent, refused, launch_field) if request.method != "POST" else {}
    context = {**frame(request, model_admin, _("Send %(name)s to the carriers") % {"name": agent})}
    context |= {"record": agent, "is_launch": True, "form_token": uuid4().hex}
    context |= _form_context(form, type(agent), said, refused, LAUNCH_SECTIONS)
    return TemplateResponse(request, f"{FOLDER}form.html", context)


def _not_launchable(agent: RcsAgentRegistration) -> str:
    if agent.remote_status == AgentStatus.CREATED:
        return _("Submit the agent first: the carriers only look at one that Telnyx has.")
    return _("The agent can't be sent to the carriers now.")


def _launch(request: HttpRequest, agent: RcsAgentRegistration, body: dict[str, Any]) -> HttpResponse:
    with pages.say_refusals(request), transaction.atomic():
        locked = agent.lock()
        if not page.may(locked, user_of(request))["launch"]:
            raise NotAllowed(_not_launchable(locked))
        _expect(locked, "launch")
        entry = outbox.add(
            locked, "launch", requested_by=user_of(request), form_token=form_token(request), launch=body
        )
        messages.success(request, undoing.queued(entry))
    return back(agent)


# Actions.


def actions(model: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Return the actions that a brand and an agent have in common, with their addresses."""
    name = model._meta.model_name
    change, submits = f"rcs.change_{name}", f"rcs.submit_{name}"
    act = partial(action_view, url=page.page_url)
    return (
        ("send", act(change)(_send)),
        ("submit", act(submits)(_submit)),
        ("ask", act(change)(_ask)),
        ("close", act(change)(_close)),
        ("reopen", act(change)(_reopen)),
    )


def _send(request: HttpRequest, record: Any) -> str:
    """Promise to create it at Telnyx, where it stays a draft."""
    with transaction.atomic():
        locked = record.lock()
        if locked.closed_at or not locked.is_new():
            raise NotAllowed(_("It is at Telnyx, on its way there, or closed."))
        if found := check.problems(locked):
            raise HasProblems(found)
        _expect(locked, "")
        outbox.add(locked, "create", requested_by=user_of(request), form_token=form_token(request))
    return _("Queued for Telnyx.")


def _submit(request: HttpRequest, record: Any) -> str:
    """Promise to submit it for review. An agent goes only after its brand is verified."""
    with transaction.atomic():
        locked = record.lock()
        if not page.may(locked, user_of(request))["submit"]:
            raise NotAllowed(_("It was submitted already, or Telnyx doesn't have its draft yet."))
        if isinstance(locked, RcsAgentRegistration):
            _need_verified(locked.brand())
        _expect(locked, "submit")
        entry = outbox.add(locked, "submit", requested_by=user_of(request), form_token=form_token(request))
    return undoing.queued(entry)


def _need_verified(brand: RcsBrand | None) -> None:
    if brand is None:
        raise NotAllowed(
            _(
                "This desk doesn't know the brand of this agent, so it can't tell whether the brand is "
                "verified."
            )
        )
    if brand.remote_status != BrandStatus.VERIFIED:
        words = _("Telnyx accepts an agent only once its brand is verified. %(brand)s is not: %(status)s.")
        raise NotAllowed(words % {"brand": brand, "status": page.status_words(brand)})


def _ask(request: HttpRequest, record: Any) -> str:
    if not record.is_there():
        raise NotAllowed(_("Telnyx doesn't have it."))
    sync.ask_soon(record, Source.PERSON)
    return _("We've asked Telnyx. The answer will appear here within seconds.")


def _close(request: HttpRequest, record: Any) -> str:
    """Put away a draft that was never sent, or a registration that has ended badly."""
    with transaction.atomic():
        locked = record.lock()
        if locked.is_under_way() or not (locked.is_new() or locked.remote_status in OVER):
            raise NotAllowed(_("Only a draft, or what was rejected or failed, can be closed."))
        locked.closed_at = clock.now()
        locked.save(update_fields=["closed_at"])
        acts.record(user_of(request), locked, _("Closed"))
    return _("Closed. It can be opened again.")


def _reopen(request: HttpRequest, record: Any) -> str:
    with transaction.atomic():
        locked = record.lock()
        locked.closed_at = None
        locked.save(update_fields=["closed_at"])
        acts.record(user_of(request), locked, _("Opened again"))
    return _("It is open again.")


# Test devices.

CHANGE_AGENT = "rcs.change_rcsagentregistration"


def _again(
    request: HttpRequest, record: Any, model_admin: DeskModelAdmin, *, device: DeviceForm
) -> HttpResponse:
    return _shown(request, record, model_admin, device)


device_action = partial(action_view, url=page.page_url, at="devices")


@device_action(CHANGE_AGENT, in_place=_again)
def add_device(request: HttpRequest, agent: RcsAgentRegistration) -> str:
    """Promise to invite a phone; Telnyx takes the same one only once."""
    form = DeviceForm(request.POST)
    if not form.is_valid():
        raise pages.InPlace(device=form)
    if not page.may(agent, user_of(request))["devices"]:
        raise NotAllowed(
            _("Telnyx accepts test devices only after the agent is submitted, and not once it is rejected.")
        )
    outbox.add(
        agent,
        "add_device",
        requested_by=user_of(request),
        form_token=form_token(request),
        phone_number=form.cleaned_data["phone_number"],
    )
    return _("Queued for Telnyx.")


@device_action(CHANGE_AGENT)
def remove_device(request: HttpRequest, agent: RcsAgentRegistration) -> str:
    id = str(request.POST.get("device", ""))
    if id not in [one.id for one in page.devices(agent, user_of(request))]:
        raise NotAllowed(_("The agent no longer has this test device."))
    outbox.add(
        agent,
        "remove_device",
        requested_by=user_of(request),
        form_token=form_token(request),
        device_id=id,
    )
    return _("Queued for Telnyx.")
