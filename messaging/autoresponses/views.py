"""The pages around one auto-response: read it, edit it, compare before sending, settle a difference, try it."""

from functools import partial
from hashlib import sha256
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging import segments
from messaging.desk import three_ways
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
from messaging.mirror.models import Source
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from messaging.models import AutoResponse, MessagingProfile
from messaging.models.autoresponses import EDITED, compare
from messaging.profiles.page import toll_free

from . import edits, lint, page
from .forms import AutoResponseForm, SimulatorForm, initial
from .simulator import Outcome, simulate
from .words import op_label

FOLDER = "admin/messaging/autoresponse/"


# Pages.


def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show one auto-response, with what can be done about it."""
    config: AutoResponse = get_or_404(request, pk, model_admin)
    context = {**frame(request, model_admin, str(config)), **page.context(config, user_of(request))}
    context |= {"original": config, "form_token": uuid4().hex, "was": edits.seen(config), "new_id": uuid4()}
    return TemplateResponse(request, f"{FOLDER}object.html", context)


def new(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Edit a new one; nothing is kept until it is saved or sent."""
    if not user_of(request).has_perm(page.ADD):
        raise PermissionDenied(page.ADD)
    return _editor(request, None, model_admin)


def edit(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    config: AutoResponse = get_or_404(request, pk, model_admin, page.CHANGE)
    if not config.is_editable():
        messages.warning(request, _("It can't be changed now. The page says why."))
        return HttpResponseRedirect(page.page_url(config))
    return _editor(request, config, model_admin)


def _editor(request: HttpRequest, config: AutoResponse | None, model_admin: DeskModelAdmin) -> HttpResponse:
    asked = request.GET.get("profile")
    form = AutoResponseForm(
        request.POST or None,
        config=config,
        profile=config.profile_id if config else asked,
        initial=initial(config) if config else {"profile": asked, "country_code": "*"},
    )
    ways = three_ways.of(form)
    context = {
        **frame(request, model_admin, _("Change auto-response") if config else _("New auto-response")),
        "form": form,
        "ways": ways,
        "record": config,
        "new_id": request.POST.get("new_id") or uuid4(),
        "form_token": uuid4().hex,
        "was": edits.seen(config) if config else "",
        "may_submit": user_of(request).has_perm(page.SUBMIT),
        "is_new": config is None or config.remote_id is None,
    }
    if request.method == "POST" and form.is_valid():
        profile = form.chosen_profile() if context["is_new"] else config.profile if config else None
        if profile is None:
            form.add_error("profile", _("Choose the messaging profile."))
        elif "_save" in request.POST and context["is_new"]:
            ways.say(request)
            return _save(request, config, profile, form)
        else:
            checked = _checked(config, profile, form)
            if "_send" in request.POST and request.POST.get("checked") == checked["stamp"]:
                done = _send(request, config, profile, form)
                if done:
                    return done
            elif "_send" in request.POST:
                messages.warning(
                    request,
                    _(
                        "Nothing was sent: something was changed after the check. Read it again, then send it."
                    ),
                )
            ways.say(request)
            context |= checked
    return TemplateResponse(request, f"{FOLDER}edit.html", context)


def _checked(
    config: AutoResponse | None, profile: MessagingProfile, form: AutoResponseForm
) -> dict[str, Any]:
    """Return what the rules say about the typed values, how they differ from Telnyx's, and a stamp of both."""
    typed = AutoResponse(pk=config.pk if config else uuid4(), profile=profile, **form.values())
    problems = typed.problems()
    before = config.held() if config and config.remote_id else {}
    changes = compare(before, form.values()) if before else []
    text = repr([str(profile.pk), *(form.values()[name] for name in EDITED)])
    return {
        "is_checked": True,
        "toll_free": toll_free(profile),
        "errors": lint.errors(problems),
        "warnings": [problem for problem in problems if not problem.is_error],
        "changes": changes,
        "is_replacement": bool(before),
        "size": segments.measure(typed.resp_text),
        "preview": page.values(typed),
        "profile": profile,
        "stamp": sha256(text.encode()).hexdigest()[:20],
    }


def _pk(request: HttpRequest, config: AutoResponse | None) -> UUID:
    if config:
        return config.pk
    pk = uuid_or_none(request.POST.get("new_id", ""))
    if pk is None:
        raise BadRequest("no id for the draft")
    made = AutoResponse.objects.filter(pk=pk).first()
    if made and made.created_by_id != user_of(request).pk:  # the id belongs to someone else's record
        raise PermissionDenied
    return pk


def _save(
    request: HttpRequest, config: AutoResponse | None, profile: MessagingProfile, form: AutoResponseForm
) -> HttpResponse:
    """Save it as a draft; a second click saves the same one."""
    try:
        saved = edits.draft(_pk(request, config), profile, form.values(), by=user_of(request))
    except NotAllowed as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse(page.LIST))
    messages.success(request, _("Draft saved. Telnyx doesn't have it yet."))
    return HttpResponseRedirect(page.page_url(saved))


def _send(
    request: HttpRequest, config: AutoResponse | None, profile: MessagingProfile, form: AutoResponseForm
) -> HttpResponse | None:
    """Promise what was compared; return None to stay on the page, which then says why."""
    if not user_of(request).has_perm(page.SUBMIT):
        raise PermissionDenied(page.SUBMIT)
    was = request.POST.get("was", "")
    pk = _pk(request, config)
    try:
        if config is None or config.remote_id is None:
            known = AutoResponse.objects.filter(pk=pk).first()
            if known is None or known.is_editable():
                config = edits.draft(pk, profile, form.values(), by=user_of(request))
                was = edits.seen(config)
            else:
                config = known
        edits.send(config, form.values(), by=user_of(request), form_token=form_token(request), was=was)
    except outbox.AlreadyPromised:
        messages.info(request, _("Already requested; the result appears here."))
    except HasProblems:
        return None
    except NotAllowed as error:
        if config and config.is_under_way():
            messages.info(request, str(error))
            return HttpResponseRedirect(page.page_url(config))
        messages.error(request, str(error))
        return None
    else:
        messages.success(request, _("Queued for Telnyx."))
    return HttpResponseRedirect(page.page_url(cast(AutoResponse, config)))


def delete(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Explain what deleting at Telnyx means; on POST, promise it."""
    config: AutoResponse = get_or_404(request, pk, model_admin, page.DELETE_REMOTE)
    if request.method == "POST":
        return promise_delete(request, pk, model_admin)
    context = {**frame(request, model_admin, _("Delete at Telnyx")), **page.context(config, user_of(request))}
    return TemplateResponse(request, f"{FOLDER}delete_remote.html", context | {"form_token": uuid4().hex})


@require_safe
def try_it(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Answer "who answers what" from what we mirror. The URL has a word, a country and a profile, but no number."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    form = SimulatorForm(request.GET if "text" in request.GET else None, profile=request.GET.get("profile"))
    context = {**frame(request, model_admin, _("Test a keyword")), "form": form}
    if form.is_bound and form.is_valid():
        context |= _outcome(form)
    return TemplateResponse(request, f"{FOLDER}simulator.html", context)


def _outcome(form: SimulatorForm) -> dict[str, Any]:
    data = form.cleaned_data
    there = AutoResponse.objects.filter(profile_id=data["profile"], remote_id__isnull=False, gone_at=None)
    rows = {str(row.pk): row for row in there.select_related("profile")}
    # What answers is what Telnyx holds, not what we want it to hold.
    configs = [held(row) for row in rows.values()]
    outcome: Outcome = simulate(data["text"], data["country"], configs, toll_free=data["toll_free"])
    return {
        "outcome": outcome,
        "answers": [
            (answer, rows.get(answer.config.key) if answer.config else None, op_label(answer.op))
            for answer in outcome.answers
        ],
        "is_short": outcome.word == "INFO",
        "profile": MessagingProfile.objects.get(pk=data["profile"]),
    }


def held(row: AutoResponse) -> lint.Config:
    theirs = row.held()
    return lint.Config(
        theirs.get("op", row.op),
        theirs.get("keywords", row.keywords),
        theirs.get("country_code", row.country_code),
        theirs.get("resp_text", ""),
        str(row.pk),
    )


# Actions.


def _after(config: AutoResponse) -> str:
    """Return the page of an auto-response, or the list once it is deleted here."""
    there = AutoResponse.objects.filter(pk=config.pk).exists()
    return page.page_url(config) if there else reverse(page.LIST)


action = partial(action_view, url=_after)


@action(page.CHANGE)
def take_theirs(request: HttpRequest, config: AutoResponse) -> str:
    edits.take_theirs(config, by=user_of(request), was=request.POST.get("was", ""))
    return _("Updated: our copy now matches what Telnyx holds. Nothing was sent.")


@action(page.SUBMIT)
def push_ours(request: HttpRequest, config: AutoResponse) -> str:
    edits.push_ours(
        config, by=user_of(request), form_token=form_token(request), was=request.POST.get("was", "")
    )
    return _("Queued for Telnyx.")


@action(page.DELETE_REMOTE)
def promise_delete(request: HttpRequest, config: AutoResponse) -> str:
    edits.delete(config, by=user_of(request), form_token=form_token(request))
    return _("Queued for Telnyx.")


@action(page.DELETE)
def delete_draft(request: HttpRequest, config: AutoResponse) -> str:
    edits.delete_draft(config)
    return _("Draft deleted.")


@action(page.CHANGE)
def ask(request: HttpRequest, config: AutoResponse) -> str:
    if config.remote_id and not config.gone_at:
        sync.ask_soon(config, Source.PERSON)
    return _("We've asked Telnyx. The answer will appear here within seconds.")


@require_POST
def copy(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Start a new draft with these texts; the page chose the id, so a second click opens the same draft."""
    config: AutoResponse = get_or_404(request, pk, model_admin, page.ADD)
    made = edits.copy(config, _pk(request, None), by=user_of(request))
    messages.success(request, _("A draft with the same texts. Telnyx doesn't have it yet."))
    return HttpResponseRedirect(reverse("admin:messaging_autoresponse_edit", args=[made.pk]))
