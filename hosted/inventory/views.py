"""The pages and actions for one hosted number. Every change is shown, before and after, before it is sent."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.desk import acts, three_ways
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import NotAllowed, form_token, frame, get_or_404, reason_of, user_of
from messaging.mirror.models import Source
from messaging.mirror.outbound import outbox
from messaging.mirror.records import sync
from messaging.numbers import find_number

from ..models import HostedNumber
from . import changing, page
from .changing import ChangedMeanwhile
from .forms import SettingsForm

FOLDER = "admin/hosted/hostednumber/"


def _frame(
    request: HttpRequest, number: HostedNumber, model_admin: DeskModelAdmin, title: str
) -> dict[str, Any]:
    around = frame(request, model_admin, title)
    return {**around, "original": number, "record": number, "form_token": uuid4().hex}


def settings(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show the form; then what it would change; then promise that, once."""
    number: HostedNumber = get_or_404(request, pk, model_admin, page.CHANGE)
    entries = page.entries_of(number)
    objection = changing.why_not(number, changing.is_removing(number))
    context = _frame(request, number, model_admin, _("Change settings"))
    if request.method != "POST" or objection:
        if request.method == "POST":
            return _not_now(request, number, objection)
        no = None if objection else page.refused(entries)
        form = SettingsForm(number, asked=page.asked(no) if no else None)
        context["general"] = form.refuse(no.errors) if no else []
        if objection:
            form.lock()
        context |= {
            "form": form,
            "objection": objection,
            "refused": no,
            "ways": three_ways.of(form, form.starting_with({})),
        }
        return TemplateResponse(request, f"{FOLDER}settings.html", context)
    form = SettingsForm(number, request.POST)
    ways = three_ways.of(form, form.starting_with({}))
    if not form.is_valid() or "_back" in request.POST:
        return TemplateResponse(request, f"{FOLDER}settings.html", context | {"form": form, "ways": ways})
    if "_send" in request.POST:
        return _promise(request, number, form, ways, model_admin)
    ways.say(request)
    changes = form.changes()
    context |= {
        "title": _("Send change"),
        "form": form,
        "ways": ways,
        "seen": changing.seen(number),
        "changes": page.differences(number, changes),
        "loses_profile": changes.get("messaging_profile_id") == "",
    }
    return TemplateResponse(request, f"{FOLDER}confirm.html", context)


def _promise(
    request: HttpRequest,
    number: HostedNumber,
    form: SettingsForm,
    ways: three_ways.Comparison,
    model_admin: DeskModelAdmin,
) -> HttpResponse:
    changes, as_seen = form.changes(), request.POST.get("seen", "")
    told = acts.changes(
        [(capfirst(str(one.label)), one.before, one.after) for one in page.differences(number, changes)]
    )
    try:
        changing.change(
            number,
            changes,
            by=user_of(request),
            as_seen=as_seen,
            form_token=form_token(request),
            told=told,
            reason=reason_of(request),
        )
    except outbox.AlreadyPromised:
        messages.info(request, _("Already requested; the answer will appear here."))
    except NotAllowed as error:
        return _not_now(request, number, str(error))
    except ChangedMeanwhile:
        form.add_error(
            None,
            _(
                "The settings changed while you were reading. Nothing was sent. Check them "
                "again, then continue."
            ),
        )
        context = _frame(request, number, model_admin, _("Change settings"))
        context |= {"form": form, "ways": ways}
        return TemplateResponse(request, f"{FOLDER}settings.html", context)
    else:
        messages.success(request, _("Queued for Telnyx."))
    return HttpResponseRedirect(page.page_url(number))


def _not_now(request: HttpRequest, number: HostedNumber, why: str) -> HttpResponse:
    messages.error(request, _("Nothing was sent. %(why)s") % {"why": why})
    return HttpResponseRedirect(page.page_url(number))


def remove(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Explain what removing does, and remove the number once it has been typed to confirm."""
    number: HostedNumber = get_or_404(request, pk, model_admin, page.REMOVE)
    held = changing.holder(number)
    objection = changing.why_not(number, changing.is_removing(number))
    if not held and not objection:
        objection = _("We don't know which order at Telnyx holds this number.")
    if objection:
        return _not_now(request, number, objection)
    context = _frame(request, number, model_admin, _("Remove number"))
    context |= {"held": held, "typed": request.POST.get("typed", ""), "reason": reason_of(request)}
    if request.method == "POST":
        if _is_typed(request.POST, number):
            return _remove(request, number, model_admin)
        context["error"] = _("That is not the number. Nothing was removed.")
    return TemplateResponse(request, f"{FOLDER}remove.html", context)


def _is_typed(posted: Mapping[str, Any], number: HostedNumber) -> bool:
    typed = posted.get("typed", "").strip()
    return typed == number.phone_number or find_number(typed) == number.phone_number


def _remove(request: HttpRequest, number: HostedNumber, model_admin: DeskModelAdmin) -> HttpResponse:
    try:
        changing.remove(
            number, by=user_of(request), form_token=form_token(request), reason=reason_of(request)
        )
    except outbox.AlreadyPromised:
        messages.info(request, _("Already requested; the answer will appear here."))
    except NotAllowed as error:
        return _not_now(request, number, str(error))
    else:
        messages.success(request, _("The removal is queued for Telnyx."))
    return HttpResponseRedirect(page.page_url(number))


@require_POST
def ask(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Have the next poll, seconds from now, read this number from Telnyx."""
    number: HostedNumber = get_or_404(request, pk, model_admin, page.CHANGE)
    if number.remote_id and number.gone_at is None:
        sync.ask_soon(number, Source.PERSON)
        messages.info(request, _("We've asked Telnyx. The answer will appear here within seconds."))
    return HttpResponseRedirect(page.page_url(number))
